/**
 * Functions from files, each in threads of its own: as many as it has calls at a time, which stay for the next ones.
 *
 * A thread that takes too long is ended; one that ended, or whose file has changed since, is replaced at the next call.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { realpathSync, statSync } from 'node:fs';
import { extname, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
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
}

/** Longer than what handles a batch should take, shorter than a stuck one should stop the rest. */
const TIMEOUT_MS = 60_000;

export function createFileTarget(options: FileTargetOptions): FunctionTarget {
  const { path, functionArn, timeoutMs = TIMEOUT_MS } = options;
  const idle: FunctionThread[] = [];
  const running = new Set<FunctionThread>();

  /** A thread that has the file as it is now. */
  function takeThread(): FunctionThread {
    const file = locateFile(options);
    const { mtimeMs } = statSync(file);
    for (let thread = idle.pop(); thread !== undefined; thread = idle.pop()) {
      if (thread.isAlive() && thread.mtimeMs === mtimeMs) return thread;
      void end(thread);
    }
    const functionName = path.replace(/^.*\//, '').replace(/\.[^.]*$/, '');
    const thread = startThread({ module: pathToFileURL(file).href, functionName, functionArn }, mtimeMs);
    running.add(thread);
    return thread;
  }

  async function end(thread: FunctionThread): Promise<void> {
    await thread.worker.terminate();
    running.delete(thread);
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
    if (thread.isAlive() && report.kind !== 'ended') idle.push(thread);
    else await end(thread);
    const answer = { statusCode: 200, executedVersion: '$LATEST', requestId };
    if (report.kind === 'returned') return { kind: 'returned', payload: report.payload, ...answer };
    return { kind: 'failed', functionError: 'Unhandled', reason: report.payload.slice(0, 1_000), ...answer };
  }

  return {
    timeoutMs,
    invoke,
    close: async () => {
      await Promise.all([...running].map(end));
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
  const worker = new Worker(entry, { name: 'function-thread', workerData, env });
  let isAlive = true;
  worker.once('exit', () => (isAlive = false));
  // Told of by the call that is under way; without one there is nothing to tell.
  worker.on('error', () => (isAlive = false));
  return { worker, mtimeMs, isAlive: () => isAlive };
}

/** `ended`: the thread did not answer, and can't be used any more. */
type CallReport = FunctionReport | { readonly kind: 'ended'; readonly payload: string };

async function callThread({ worker }: FunctionThread, call: FunctionCall, signal: AbortSignal): Promise<CallReport> {
  const timeout = AbortSignal.timeout(call.timeoutMs);
  const over = new AbortController();
  const ended = (payload: string): CallReport => ({ kind: 'ended', payload });
  const reports = [
    once(worker, 'message', { signal: AbortSignal.any([signal, timeout, over.signal]) }).then(
      ([report]) => report as FunctionReport,
      (error: unknown) =>
        ended(timeout.aborted ? `Task timed out after ${call.timeoutMs / 1_000} seconds` : String(error)),
    ),
    once(worker, 'exit', { signal: over.signal }).then(
      ([code]) => ended(`the function ended its thread with exit code ${String(code)}`),
      (error: unknown) => ended(String(error)),
    ),
  ];
  worker.postMessage(call);
  const report = await Promise.race(reports);
  over.abort();
  return report;
}
