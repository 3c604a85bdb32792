/**
 * Functions from files, each in threads of its own: as many as it has calls at a time, which stay for the next ones.
 *
 * A thread that takes too long, or has had no call for a while, is ended; one that ended, that could not load its
 * module, or whose file has changed since, is replaced at the next call. A thread in a synchronous system call can't be
 * ended before that returns: nothing waits for it, and there are no more than a few of them.
 */
import { randomUUID } from 'node:crypto';
import { realpathSync, statSync } from 'node:fs';
import { extname, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { type Timer, systemTimer } from '../../foundation/clock.ts';
import type { FunctionCall, FunctionReport, FunctionThreadData } from './function-thread.ts';
import type { FunctionTarget, Invocation } from './invocation.ts';

export interface FileTargetOptions {
  /** The folder that files have to lie in; undefined: there is none. */
  readonly folder: string | undefined;
  /** From the folder. */
  readonly path: string;
  /** As the trigger's API names it. */
  readonly functionArn: string;
  /** How long a call may take. */
  readonly timeoutMs?: number;
  /** For how long threads are kept without calls, and how long their end is waited for. */
  readonly timer?: Timer;
}

/** Longer than what handles a batch should take, shorter than a stuck one should stop the rest. */
const TIMEOUT_MS = 60_000;

/** A thread takes about 17 MB. */
const IDLE_MS = 30_000;

/** How long the end of threads is waited for. */
const CLOSE_MS = 1_000;

/** So many threads may be there that were ended and go on. */
const MAX_STUCK = 8;

/** As much as the heap of a thread may hold. */
const HEAP_MB = 512;

export function createFileTarget(options: FileTargetOptions): FunctionTarget {
  const { path, functionArn, timeoutMs = TIMEOUT_MS, timer = systemTimer } = options;
  const idle: FunctionThread[] = [];
  const running = new Set<FunctionThread>();
  const ending = new Map<FunctionThread, Promise<unknown>>();

  let isClosed = false;

  /** A thread that has the file as it is now. */
  function takeThread(): FunctionThread {
    const file = locateFile(options);
    const { mtimeMs } = statSync(file);
    for (let thread = idle.pop(); thread !== undefined; thread = idle.pop()) {
      thread.rest.abort();
      if (thread.isAlive() && thread.mtimeMs === mtimeMs) return thread;
      void end(thread);
    }
    if (ending.size >= MAX_STUCK) throw new Error(`${ending.size} threads of the function do not end`);
    const functionName = path.replace(/^.*\//, '').replace(/\.[^.]*$/, '');
    const thread = startThread({ module: pathToFileURL(file).href, functionName, functionArn }, mtimeMs);
    running.add(thread);
    return thread;
  }

  /** Resolves when the thread has ended. */
  async function end(thread: FunctionThread): Promise<void> {
    running.delete(thread);
    thread.rest.abort();
    const ended = ending.get(thread) ?? thread.worker.terminate().finally(() => ending.delete(thread));
    ending.set(thread, ended);
    await ended;
  }

  /** Keeps a thread for the next call, but not for long. */
  async function keep(thread: FunctionThread): Promise<void> {
    const rest = new AbortController();
    thread.rest = rest;
    idle.push(thread);
    await timer.sleep(IDLE_MS, rest.signal);
    if (rest.signal.aborted) return;
    idle.splice(idle.indexOf(thread), 1);
    await end(thread);
  }

  async function invoke(event: string, signal: AbortSignal): Promise<Invocation> {
    let thread: FunctionThread;
    try {
      thread = takeThread();
    } catch (error) {
      return { kind: 'unreachable', reason: error instanceof Error ? error.message : String(error) };
    }
    const requestId = randomUUID();
    const report = await callThread(thread, { requestId, event, timeoutMs }, signal);
    const isFit = thread.isAlive() && (report.kind === 'returned' || report.kind === 'failed');
    void (isFit && !isClosed ? keep(thread) : end(thread));
    const answer = { statusCode: 200, executedVersion: '$LATEST', requestId };
    if (report.kind === 'returned') return { kind: 'returned', payload: report.payload, ...answer };
    return { kind: 'failed', functionError: 'Unhandled', reason: report.payload, ...answer };
  }

  return {
    timeoutMs,
    invoke,
    close: async () => {
      isClosed = true;
      for (const thread of running) void end(thread);
      const over = new AbortController();
      await Promise.race([Promise.all(ending.values()), timer.sleep(CLOSE_MS, over.signal)]);
      over.abort();
    },
  };
}

/** Why there is no such file here; undefined if there is one. */
export function whyNoFile(options: Pick<FileTargetOptions, 'folder' | 'path'>): string | undefined {
  try {
    statSync(locateFile(options));
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The file, if it lies in the folder, also past symbolic links. Throws if not. */
function locateFile({ folder, path }: Pick<FileTargetOptions, 'folder' | 'path'>): string {
  if (folder === undefined) throw new Error('this server runs no functions from files');
  const root = realpathSync(folder);
  const file = realpathSync(resolve(root, path));
  if (!file.startsWith(root.endsWith(sep) ? root : root + sep))
    throw new Error(`${path} is not in the folder of functions`);
  return file;
}

interface FunctionThread {
  readonly worker: Worker;
  /** Of its file when it was started. */
  readonly mtimeMs: number;
  /** Aborted when it is not idle any more. */
  rest: AbortController;
  isAlive(): boolean;
}

function startThread(workerData: FunctionThreadData, mtimeMs: number): FunctionThread {
  // Built, this file has another ending, and so has the thread's.
  const entry = new URL(`./function-thread${extname(import.meta.url)}`, import.meta.url);
  const env = {
    ...process.env,
    AWS_LAMBDA_FUNCTION_NAME: workerData.functionName,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
  };
  const resourceLimits = { maxOldGenerationSizeMb: HEAP_MB };
  const worker = new Worker(entry, { name: 'function-thread', workerData, env, resourceLimits });
  let isAlive = true;
  worker.once('exit', () => (isAlive = false));
  // Told of by the call that is under way; without one there is nothing to tell.
  worker.on('error', () => (isAlive = false));
  return { worker, mtimeMs, rest: new AbortController(), isAlive: () => isAlive };
}

/** `ended`: the thread did not answer, and can't be used any more. */
type CallReport = Pick<FunctionReport, 'payload'> & { readonly kind: FunctionReport['kind'] | 'ended' };

async function callThread({ worker }: FunctionThread, call: FunctionCall, signal: AbortSignal): Promise<CallReport> {
  const report = Promise.withResolvers<CallReport>();
  const end = (payload: string): void => report.resolve({ kind: 'ended', payload });
  const timeout = AbortSignal.timeout(call.timeoutMs);
  const ends = AbortSignal.any([signal, timeout]);
  const listeners = {
    // Modules can send messages of their own.
    message: (message: unknown) => void (isReport(message, call) && report.resolve(message)),
    error: (error: unknown) => end(String(error)),
    exit: (code: number) => end(`the function ended its thread with exit code ${code}`),
  };
  const stop = (): void =>
    end(timeout.aborted ? `Task timed out after ${call.timeoutMs / 1_000} seconds` : 'the call was given up');
  for (const [event, listener] of Object.entries(listeners)) worker.on(event, listener);
  ends.addEventListener('abort', stop, { once: true });
  if (ends.aborted) stop();
  else worker.postMessage(call);
  try {
    return await report.promise;
  } finally {
    for (const [event, listener] of Object.entries(listeners)) worker.off(event, listener);
    ends.removeEventListener('abort', stop);
  }
}

function isReport(message: unknown, { requestId }: FunctionCall): message is FunctionReport {
  const report = message as Partial<FunctionReport> | null | undefined;
  return report?.requestId === requestId && typeof report.kind === 'string' && typeof report.payload === 'string';
}
