/**
 * The SQLite store of one process: its folder's lock and its writer thread.
 *
 * All writes go through that thread, which syncs them to disk in groups and has a child to copy the write-ahead log
 * into the database, so that no thread which answers requests ever waits for the disk. What was measured before the
 * layout was chosen is in docs/design/2026-11-22-sqlite-layout.md.
 */
import { extname } from 'node:path';
import { MessageChannel, Worker } from 'node:worker_threads';
import type { Space, Storage } from '../engine.ts';
import { asOpenError, createFolder, databaseFileOf, type FolderLock, lockFolder } from './folder.ts';
import { createFormat } from './format.ts';
import type { SqliteAttachment, WriterOrder, WriterReport, WriterStart } from './messages.ts';
import { allocateResidentVersions, openResidentVersions } from './resident-version.ts';

export interface SqliteOptions {
  /** The data folder; created if need be. */
  readonly path: string;
  /** False: nothing is ever synced to disk, for data that needn't outlive the machine's next crash. */
  readonly durable: boolean;
  /** The module of procedures (`ProcedureModule`), imported by the writer thread. */
  readonly proceduresUrl: URL;
  /** The spaces whose values the writer keeps in memory; see `Storage`. */
  readonly residentSpaces: readonly Space[];
}

/**
 * Opens the store in `options.path`, creating it if it isn't there. Rejects with StorageOpenError if the folder is in use,
 * can't be written, or holds something else or something newer.
 */
export async function openSqliteStorage(options: SqliteOptions): Promise<Storage> {
  createFolder(options.path);
  const lock = lockFolder(options.path);
  try {
    const databaseFile = databaseFileOf(options.path);
    createFormat(databaseFile);
    const residentVersions = allocateResidentVersions();
    const writer = await startWriter(options, databaseFile, residentVersions);
    return openStorage(writer, lock, databaseFile, residentVersions);
  } catch (error) {
    lock.release();
    throw error;
  }
}

function openStorage(
  writer: Worker,
  lock: FolderLock,
  databaseFile: string,
  residentVersions: SharedArrayBuffer,
): Storage {
  const { isStopped, stop } = openResidentVersions(residentVersions);
  let closing: Promise<void> | undefined;
  const failed = new Promise<Error>((resolve) => {
    let cause: unknown;
    writer.on('error', (error) => (cause = error));
    writer.on('exit', (code) => {
      stop();
      if (closing === undefined) resolve(new Error(`the writer thread ended with code ${code}`, { cause }));
    });
  });
  return {
    attach: () => {
      const { port1, port2 } = new MessageChannel();
      const order: WriterOrder = { kind: 'attach', port: port1 };
      writer.postMessage(order, [port1]);
      const attachment: SqliteAttachment = { kind: 'sqlite', databaseFile, port: port2, residentVersions };
      return { attachment, transfer: [port2] };
    },
    failed,
    close: () => (closing ??= closeWriter(writer, isStopped()).finally(() => lock.release())),
  };
}

/** Starts the thread, in TypeScript or JavaScript as this module is, and waits until it takes calls. */
async function startWriter(
  { path, durable, proceduresUrl, residentSpaces }: SqliteOptions,
  databaseFile: string,
  residentVersions: SharedArrayBuffer,
): Promise<Worker> {
  const file = new URL(`./writer-thread${extname(import.meta.url)}`, import.meta.url);
  const workerData: WriterStart = {
    databaseFile,
    durable,
    proceduresUrl: proceduresUrl.href,
    residentSpaces,
    residentVersions,
  };
  // What Node.js was told about the program that we may be part of (`--input-type`, say) is not meant for our files.
  const writer = new Worker(file, { workerData, name: 'writer-thread', execArgv: [] });
  try {
    await nextReport(writer);
    return writer;
  } catch (error) {
    await writer.terminate();
    throw isStoreDamaged(error) ? asOpenError(path, error) : error;
  }
}

/** Whether the thread's failure lies in the file, and not in the program. */
function isStoreDamaged(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_');
}

/** A writer that fails at this leaves all that was committed in the WAL, where the next opening finds it. */
async function closeWriter(writer: Worker, isStopped: boolean): Promise<void> {
  if (!isStopped) {
    const closed = nextReport(writer);
    const order: WriterOrder = { kind: 'close' };
    writer.postMessage(order);
    await closed.catch(() => undefined);
  }
  await writer.terminate();
}

/** The thread's next report; rejects if it fails or ends first. */
function nextReport(writer: Worker): Promise<WriterReport> {
  return new Promise((resolve, reject) => {
    writer.once('message', resolve);
    writer.once('error', reject);
    writer.once('exit', () => reject(new Error('the writer thread ended')));
  });
}
