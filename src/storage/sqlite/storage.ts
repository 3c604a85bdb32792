/**
 * The SQLite store of one process: its folder's lock and its two threads.
 *
 * All writes go through one writer thread, which syncs them to disk in groups, and a second thread copies the write-ahead
 * log into the database, so that no thread which answers requests ever waits for the disk. docs/design/2026-11-22-sqlite-layout.md
 * holds the measurements behind the layout.
 */
import { extname } from 'node:path';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import type { Space, Storage } from '../engine.ts';
import { createFolder, databaseFileOf, type FolderLock, lockFolder } from './folder.ts';
import { createFormat } from './format.ts';
import type { CheckpointStart, SqliteAttachment, ThreadReport, WriterOrder, WriterStart } from './messages.ts';
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

interface Threads {
  readonly writer: Worker;
  readonly checkpointer: Worker;
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
    const threads = await startThreads(options, databaseFile, residentVersions);
    return openStorage(threads, lock, databaseFile, residentVersions);
  } catch (error) {
    lock.release();
    throw error;
  }
}

function openStorage(
  threads: Threads,
  lock: FolderLock,
  databaseFile: string,
  residentVersions: SharedArrayBuffer,
): Storage {
  const { writer } = threads;
  const { isStopped, stop } = openResidentVersions(residentVersions);
  let closing: Promise<void> | undefined;
  watchThreads(threads, stop);
  return {
    attach: () => {
      const { port1, port2 } = new MessageChannel();
      const order: WriterOrder = { kind: 'attach', port: port1 };
      writer.postMessage(order, [port1]);
      const attachment: SqliteAttachment = { databaseFile, port: port2, residentVersions };
      return { attachment, transfer: [port2] };
    },
    close: () => (closing ??= closeThreads(threads, isStopped).finally(() => lock.release())),
  };
}

async function startThreads(
  { durable, proceduresUrl, residentSpaces }: SqliteOptions,
  databaseFile: string,
  residentVersions: SharedArrayBuffer,
): Promise<Threads> {
  const { port1: checkpointPort, port2: writerPort } = new MessageChannel();
  const writerStart: WriterStart = {
    databaseFile,
    durable,
    proceduresUrl: proceduresUrl.href,
    residentSpaces,
    residentVersions,
    checkpointPort,
  };
  const checkpointStart: CheckpointStart = { databaseFile, durable, writerPort };
  const writer = startThread('writer-thread', writerStart, checkpointPort);
  const checkpointer = startThread('checkpoint-thread', checkpointStart, writerPort);
  try {
    await nextReport(writer);
  } catch (error) {
    await Promise.all([writer.terminate(), checkpointer.terminate()]);
    throw error;
  }
  return { writer, checkpointer };
}

/** Starts the module `name` beside this one, in TypeScript or JavaScript as this one is. */
function startThread(name: string, workerData: WriterStart | CheckpointStart, port: MessagePort): Worker {
  const file = new URL(`./${name}${extname(import.meta.url)}`, import.meta.url);
  return new Worker(file, { workerData, transferList: [port], name });
}

/** Calls `onStop` when a thread ends, and ends the other, since neither is of use without its twin. */
function watchThreads({ writer, checkpointer }: Threads, onStop: () => void): void {
  const stop = () => {
    onStop();
    void writer.terminate();
    void checkpointer.terminate();
  };
  for (const thread of [writer, checkpointer]) {
    // Callers only learn that the store has stopped; the reason must not be lost.
    thread.on('error', (error) => process.emitWarning(error instanceof Error ? error : String(error)));
    thread.on('exit', stop);
  }
}

/** Ends the threads in turn: the last to close its connection leaves a database without a WAL. */
async function closeThreads({ writer, checkpointer }: Threads, isStopped: () => boolean): Promise<void> {
  for (const thread of [writer, checkpointer]) {
    if (isStopped()) break;
    const closed = nextReport(thread);
    thread.postMessage({ kind: 'close' });
    // A thread that fails at this leaves all that was committed in the WAL, where the next opening finds it.
    await closed.catch(() => undefined);
  }
  await Promise.all([writer.terminate(), checkpointer.terminate()]);
}

/** The thread's next report; rejects if it fails or ends first. */
function nextReport(thread: Worker): Promise<ThreadReport> {
  return new Promise((resolve, reject) => {
    thread.once('message', resolve);
    thread.once('error', reject);
    thread.once('exit', () => reject(new Error('a thread of the store ended')));
  });
}
