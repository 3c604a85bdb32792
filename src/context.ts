/**
 * The composition root: puts a server together from its storage engine, its threads and its jobs, and takes it down.
 *
 * The main thread supervises and runs the jobs; requests are served by HTTP threads (http-thread.ts), which share one
 * port and each have their own handle on the store.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Credential, type Credentials, CredentialsFileError, loadCredentials } from './auth/credentials.ts';
import { startBackgroundWork } from './background-work.ts';
import { findUnfinishedCopy } from './copy/copy-records.ts';
import { systemClock } from './foundation/clock.ts';
import { createLogger } from './foundation/logging.ts';
import { type HttpThreads, startHttpThreads } from './http-threads.ts';
import type { SplitLimits } from './jobs/split-partitions.ts';
import { type StorageLocation, openEngine, openStorage } from './open-storage.ts';
import { type PartialOptions, StartError, type StatorOptions, completeOptions } from './options.ts';
import type { Storage, StorageEngine } from './storage/engine.ts';
import { adoptStreams } from './tables/adopt-streams.ts';
import { makeTemporaryFolder } from './temporary-folder.ts';
import { type Triggers, createTriggerClient } from './trigger-client.ts';

/** A running server. */
export interface Stator {
  /** Such as `http://127.0.0.1:8000`. */
  readonly endpoint: string;
  /** The functions that run on changes of its tables. */
  readonly triggers: Triggers;
  /** Resolves with the reason if the server can go on no more; then close it. Never settles otherwise. */
  readonly failed: Promise<Error>;
  /**
   * Drains the server (see `drainSeconds`), finishes what is in flight, makes everything durable and ends the server.
   * `impatience` ends the draining before its time; one that is aborted already leaves it out.
   */
  close(impatience?: AbortSignal): Promise<void>;
}

/** What only tests have otherwise: no option, for a server is right without it. */
export interface InternalOptions {
  readonly splitLimits?: SplitLimits;
}

/** See index.ts, whose `startStator` this is. */
export async function startStator(given: PartialOptions = {}, { splitLimits }: InternalOptions = {}): Promise<Stator> {
  const options = completeOptions(given);
  const credentials = options.credentials === undefined ? undefined : readCredentials(options.credentials);
  const logger = createLogger(options.logLevel, { thread: 'main' });
  const threads = startHttpThreads(options, credentials, logger);
  // The threads are the first to go, and what was opened last is closed next.
  const opened: (() => unknown)[] = [];
  let closing: Promise<void> | undefined;
  const close = async (impatience?: AbortSignal): Promise<void> => {
    await drain(threads, options.drainSeconds, impatience);
    await threads.close();
    await runBackwards(opened);
  };
  try {
    const storage = await openOptionsStorage(options, opened);
    const engine = await openEngine(storage.attach().attachment);
    opened.push(() => engine.close());
    await requireWhole(engine);
    await adoptStreams(engine, systemClock.nowMs());
    const endpoint = formatEndpoint(options.host, await threads.open(storage));
    const { countCalls } = threads;
    const work = startBackgroundWork({ engine, options, endpoint, countCalls, logger, splitLimits });
    opened.push(() => work.close());
    const failed = Promise.race([storage.failed, threads.failed]);
    void failed.then((error) => logger.fatal({ err: error }, 'the server can not go on'));
    return {
      endpoint,
      triggers: createTriggerClient({ endpoint, region: options.region, credential: anyCredential(credentials) }),
      failed,
      close: (impatience) => (closing ??= close(impatience)),
    };
  } catch (error) {
    await close(AbortSignal.abort());
    throw error;
  }
}

function readCredentials(path: string): Credentials {
  try {
    return loadCredentials(path);
  } catch (error) {
    throw error instanceof CredentialsFileError ? new StartError(error.message, { cause: error }) : error;
  }
}

/** What the program signs its own calls with: one of the keys that it knows, or any where it takes any. */
function anyCredential(credentials: Credentials | undefined): Credential {
  const [credential = { accessKeyId: 'stator', secretAccessKey: 'stator' }] = credentials?.values() ?? [];
  return credential;
}

async function drain(threads: HttpThreads, seconds: number, impatience?: AbortSignal): Promise<void> {
  if (seconds === 0 || impatience?.aborted === true) return;
  threads.drain();
  await sleep(seconds * 1_000, undefined, { ...(impatience && { signal: impatience }) }).catch(() => undefined);
}

async function runBackwards(steps: readonly (() => unknown)[]): Promise<void> {
  for (const step of steps.toReversed()) await step();
}

async function openOptionsStorage(options: StatorOptions, opened: (() => unknown)[]): Promise<Storage> {
  const storage = await openStorage(locateStorage(options, opened));
  opened.push(() => storage.close());
  return storage;
}

function locateStorage(options: StatorOptions, opened: (() => unknown)[]): StorageLocation {
  if (options.storage !== undefined) return { kind: 'postgres', url: options.storage };
  if (!options.inMemory) return { kind: 'sqlite', path: options.dataDir, durable: true };
  const folder = makeTemporaryFolder();
  opened.push(folder.remove);
  return { kind: 'sqlite', path: folder.path, durable: false };
}

async function requireWhole(engine: StorageEngine): Promise<void> {
  if ((await findUnfinishedCopy(engine)) === undefined) return;
  throw new StartError('the store is an unfinished copy: finish it with stator copy --resume');
}

function formatEndpoint(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
