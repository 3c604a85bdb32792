/**
 * The composition root: puts a server together from its storage engine, its threads and its jobs, and takes it down.
 *
 * This file alone knows which engine is in use. The main thread supervises and runs the jobs; requests are served by
 * HTTP threads (http-thread.ts), which share one port and each have their own handle on the store.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { CredentialsFileError, loadCredentials } from './auth/credentials.ts';
import { type Logger, createLogger } from './foundation/logging.ts';
import { startHttpThreads } from './http-threads.ts';
import { checkStore } from './items/check-store.ts';
import { createPurgeSpacesJob } from './jobs/purge-spaces.ts';
import { type Scheduler, startScheduler } from './jobs/scheduler.ts';
import { DEFAULT_OPTIONS, StartError, type StatorOptions, validateOptions } from './options.ts';
import { type Storage, type StorageEngine, StorageOpenError } from './storage/engine.ts';
import { type SqliteAttachment, openSqliteEngine } from './storage/sqlite/engine.ts';
import { openSqliteReadOnly } from './storage/sqlite/inspect.ts';
import { openSqliteStorage } from './storage/sqlite/storage.ts';
import { RESIDENT_SPACES } from './tables/spaces.ts';

/** A running server. */
export interface Stator {
  /** Such as `http://127.0.0.1:8000`. */
  readonly endpoint: string;
  /** Finishes what is in flight, makes everything durable and ends the server. */
  close(): Promise<void>;
}

/**
 * Starts a server in this process and resolves when it answers requests. Servers in one process don't disturb each
 * other. Rejects with an error of one line (StartError, StorageOpenError, CredentialsFileError) for what the caller
 * can mend.
 */
export async function startStator(given: Partial<StatorOptions> = {}): Promise<Stator> {
  const options: StatorOptions = { ...DEFAULT_OPTIONS, ...given };
  validateOptions(options);
  const credentials = options.credentials === undefined ? undefined : loadCredentials(options.credentials);
  const logger = createLogger(options.logLevel, { thread: 'main' });
  const undo: (() => unknown)[] = [];
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => (closed ??= runBackwards(undo));
  try {
    const path = options.inMemory ? makeTemporaryFolder(undo) : options.dataDir;
    const storage = await openStorage(path, !options.inMemory);
    undo.push(() => storage.close());
    const jobs = startJobs(storage, logger, undo);
    undo.push(() => jobs.close());
    const threads = await startHttpThreads(options, credentials, storage, logger);
    undo.push(() => threads.close());
    return { endpoint: formatEndpoint(options.host, threads.port), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function runBackwards(steps: readonly (() => unknown)[]): Promise<void> {
  for (const step of steps.toReversed()) await step();
}

/** The folder is removed when the server closes, or at the latest when the process exits. */
function makeTemporaryFolder(undo: (() => unknown)[]): string {
  const path = mkdtempSync(join(tmpdir(), 'stator-'));
  const remove = (): void => rmSync(path, { recursive: true, force: true });
  process.once('exit', remove);
  undo.push(() => {
    process.removeListener('exit', remove);
    remove();
  });
  return path;
}

function openStorage(path: string, durable: boolean): Promise<Storage> {
  const proceduresUrl = new URL(`./procedures${extname(import.meta.url)}`, import.meta.url);
  return openSqliteStorage({ path, durable, proceduresUrl, residentSpaces: RESIDENT_SPACES });
}

/** A handle on the store for this thread, from what `Storage.attach` gave. */
export function openEngine(attachment: unknown): StorageEngine {
  return openSqliteEngine(attachment as SqliteAttachment);
}

function startJobs(storage: Storage, logger: Logger, undo: (() => unknown)[]): Scheduler {
  const engine = openEngine(storage.attach().attachment);
  undo.push(() => engine.close());
  return startScheduler({
    engine,
    jobs: [createPurgeSpacesJob()],
    onError: (job, error) => logger.error({ err: error, job: job.name }, 'a background job failed and will try again'),
  });
}

function formatEndpoint(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Whether `error` is for the person who started the program: its message is one line that says what to mend. */
export function isForPerson(error: unknown): error is Error {
  return error instanceof StartError || error instanceof StorageOpenError || error instanceof CredentialsFileError;
}

/**
 * Verifies a data folder without changing it, beside a running server too: the store's own integrity, and that items,
 * index entries and counters agree. Calls `report` with one line for each problem and resolves with what was seen.
 */
export async function checkDataFolder(
  path: string,
  report: (problem: string) => void,
): Promise<{ readonly tables: number; readonly items: number; readonly indexEntries: number }> {
  const store = openSqliteReadOnly(path);
  try {
    for (const problem of store.integrityProblems()) report(problem);
    return await checkStore(store.engine, report);
  } finally {
    store.close();
  }
}
