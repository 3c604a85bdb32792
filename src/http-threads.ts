/** The HTTP threads of a server, seen from the main thread: started, replaced when one ends, and closed. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { extname, resolve as resolvePath } from 'node:path';
import { type Transferable, Worker } from 'node:worker_threads';
import type { Credentials } from './auth/credentials.ts';
import { assert } from './foundation/assert.ts';
import { systemClock } from './foundation/clock.ts';
import type { Logger } from './foundation/logging.ts';
import { createRestartDelays } from './http-thread-restarts.ts';
import { createPulses, type Pulses, startPulse } from './http-thread-pulse.ts';
import { StartError, type StatorOptions } from './options.ts';
import type { ListenOptions } from './server/http-server.ts';
import type { Storage } from './storage/engine.ts';

/** What an HTTP thread starts with. It loads its modules then, and opens nothing before its order comes. */
export interface HttpThreadData {
  readonly credentials: Credentials | undefined;
  readonly region: string;
  readonly accountId: string;
  readonly functions: { readonly endpoint: string | undefined; readonly folder: string | undefined };
  readonly tableDelayMs: number;
  readonly indexBuildDelayMs: number;
  readonly logLevel: StatorOptions['logLevel'];
  /** One number that all threads add their calls to. */
  readonly calls: BigUint64Array<SharedArrayBuffer>;
  readonly pulses: Pulses;
  /** The thread's place in `pulses`, which the one that replaces it takes over. */
  readonly number: number;
}

/** To an HTTP thread: `open` at most once, then `drain` if at all, then `close` once. */
export type HttpThreadOrder =
  /** For `attachment` see `Storage.attach`. */
  | { readonly kind: 'open'; readonly attachment: unknown; readonly listen: ListenOptions }
  /** See `HttpServer.drain`. */
  | { readonly kind: 'drain' }
  /** Finish the requests in flight, release everything and end. */
  | { readonly kind: 'close' };

/** From an HTTP thread, once, after it tried to listen. */
export type HttpThreadReport =
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'failed'; readonly code: string };

export interface HttpThreads {
  /** Gives the threads the store and resolves with the port when all listen. Rejects with StartError if they can't. */
  open(storage: Storage): Promise<number>;
  /** Resolves with the reason when threads keep ending or none can take one's place; never settles otherwise. */
  readonly failed: Promise<Error>;
  /** How many calls the threads have admitted since the start. */
  countCalls(): number;
  /** See `HttpServer.drain`; threads that take the place of others do so too. */
  drain(): void;
  /** Stops accepting, finishes the requests in flight and resolves when all threads have ended. */
  close(): Promise<void>;
}

interface HttpThread {
  readonly worker: Worker;
  readonly number: number;
  /** The reason, where the thread has told one. Never rejects. */
  readonly ended: Promise<unknown>;
}

/** Longer than a thread takes at most to finish its requests: one that is stuck must not keep the process. */
const CLOSE_GRACE_MS = 15_000;

/** Starts `options.threads` threads, which load the program while the caller opens the store. */
export function startHttpThreads(
  options: StatorOptions,
  credentials: Credentials | undefined,
  logger: Logger,
): HttpThreads {
  const { host, region, accountId, logLevel } = options;
  const { lambdaEndpoint: endpoint, functions: folder } = options;
  const functions = { endpoint, folder: folder && resolvePath(folder) };
  const tableDelayMs = options.tableDelaySeconds * 1_000;
  const indexBuildDelayMs = options.indexBuildDelaySeconds * 1_000;
  const reusePort = options.threads > 1;
  const running = new Set<HttpThread>();
  const failure = Promise.withResolvers<Error>();
  const nextDelayMs = createRestartDelays(systemClock);
  const restarts = new Set<NodeJS.Timeout>();
  const calls = new BigUint64Array(new SharedArrayBuffer(BigUint64Array.BYTES_PER_ELEMENT));
  const pulses = createPulses(options.threads);
  const pulse = startPulse(pulses, 0, (number) => logger.error({ number }, 'an HTTP thread is stuck'));
  const delays = { tableDelayMs, indexBuildDelayMs };
  const data = { credentials, region, accountId, functions, ...delays, logLevel, calls, pulses };
  let isDraining = false;
  let closing: Promise<void> | undefined;

  function start(number: number): HttpThread {
    const thread = startThread({ ...data, number });
    running.add(thread);
    void thread.ended.then(() => running.delete(thread));
    return thread;
  }

  async function listen(thread: HttpThread, storage: Storage, port: number): Promise<number> {
    const told = await openThread(thread, storage, { host, port, ...(reusePort && { reusePort }) });
    if (told.kind === 'failed') throw new StartError(describeListenError(told.code, options));
    if (isDraining) order(thread, { kind: 'drain' });
    void thread.ended.then((cause) => scheduleRestart(thread.number, cause, storage, told.port));
    return told.port;
  }

  function scheduleRestart(number: number, cause: unknown, storage: Storage, port: number): void {
    if (closing !== undefined) return;
    const delayMs = nextDelayMs();
    if (delayMs === undefined) {
      failure.resolve(new Error('HTTP threads keep ending', { cause }));
      return;
    }
    logger.error({ err: cause, delayMs }, 'an HTTP thread ended and is started again');
    const restart = setTimeout(() => {
      restarts.delete(restart);
      void replace(number, storage, port);
    }, delayMs);
    restarts.add(restart);
  }

  async function replace(number: number, storage: Storage, port: number): Promise<void> {
    try {
      await listen(start(number), storage, port);
    } catch (error) {
      if (closing === undefined) failure.resolve(new Error('no HTTP thread can be started', { cause: error }));
    }
  }

  async function open(storage: Storage): Promise<number> {
    // Sharing a port would let two servers take the same one unnoticed.
    if (reusePort && options.port !== 0) await probePort(options);
    assert(first !== undefined, 'a server has at least one HTTP thread');
    const port = await listen(first, storage, options.port);
    await Promise.all(others.map((thread) => listen(thread, storage, port)));
    return port;
  }

  function drain(): void {
    isDraining = true;
    for (const thread of running) order(thread, { kind: 'drain' });
  }

  async function close(): Promise<void> {
    for (const restart of restarts) clearTimeout(restart);
    await Promise.all([...running].map(closeThread));
    pulse.stop();
  }

  const [first, ...others] = Array.from({ length: options.threads }, (_, index) => start(index + 1));
  return {
    open,
    failed: failure.promise,
    countCalls: () => Number(Atomics.load(calls, 0)),
    drain,
    close: () => (closing ??= close()),
  };
}

function startThread(workerData: HttpThreadData): HttpThread {
  const file = new URL(`./http-thread${extname(import.meta.url)}`, import.meta.url);
  // What Node.js was told about the program that we may be part of (`--input-type`, say) is not meant for our files.
  const worker = new Worker(file, { workerData, name: 'http-thread', execArgv: [] });
  const ended = new Promise((resolve) => {
    let cause: unknown;
    worker.once('error', (error) => (cause = error));
    worker.once('exit', () => resolve(cause));
  });
  return { worker, number: workerData.number, ended };
}

/** Resolves when the thread has tried to listen; rejects if it ends before. */
async function openThread(thread: HttpThread, storage: Storage, listen: ListenOptions): Promise<HttpThreadReport> {
  const { attachment, transfer } = storage.attach();
  order(thread, { kind: 'open', attachment, listen }, transfer);
  const endedEarly = thread.ended.then((cause) => {
    throw new Error('an HTTP thread ended before it listened', { cause });
  });
  return await Promise.race([nextReport(thread.worker), endedEarly]);
}

function nextReport(worker: Worker): Promise<HttpThreadReport> {
  return new Promise((resolve) => worker.once('message', resolve));
}

function order({ worker }: HttpThread, what: HttpThreadOrder, transfer: readonly Transferable[] = []): void {
  worker.postMessage(what, [...transfer]);
}

async function closeThread(thread: HttpThread): Promise<void> {
  order(thread, { kind: 'close' });
  const cut = setTimeout(() => void thread.worker.terminate(), CLOSE_GRACE_MS);
  await thread.ended;
  clearTimeout(cut);
}

/** Rejects with StartError if somebody listens on the port. */
async function probePort(options: StatorOptions): Promise<void> {
  const probe = createServer();
  try {
    await once(probe.listen({ host: options.host, port: options.port }), 'listening');
  } catch (error) {
    throw new StartError(describeListenError((error as NodeJS.ErrnoException).code ?? String(error), options));
  }
  await new Promise((resolve) => probe.close(resolve));
}

function describeListenError(code: string, { host, port }: StatorOptions): string {
  switch (code) {
    case 'EADDRINUSE':
      return `port ${port} on ${host} is in use by another process`;
    case 'EACCES':
      return `port ${port} on ${host} needs more rights than this process has`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EAI_FAIL':
      return `host ${host} is not an address of this machine`;
    default:
      return `can't listen on port ${port} of ${host}: ${code}`;
  }
}
