/**
 * A thread that runs a function from a file, one event at a time, as Lambda's runtime for Node.js does.
 *
 * Source: "Define Lambda function handler in Node.js" and "Using the Lambda context object" in the developer guide. A
 * handler with three parameters answers by its callback, any other by what it returns or by its context's methods.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { systemTimer } from '../../foundation/clock.ts';
import { ANSWER_BYTES } from './invocation.ts';

/** What the thread starts with. */
export interface FunctionThreadData {
  /** The module's file, as a URL. */
  readonly module: string;
  readonly functionName: string;
  readonly functionArn: string;
}

export interface FunctionCall {
  readonly requestId: string;
  readonly event: string;
  readonly timeoutMs: number;
}

/** What became of a call. `payload` is JSON, empty for what there is none of; of what failed it is only the start. */
export interface FunctionReport {
  readonly requestId: string;
  /** `broken`: the function could not be loaded, and won't be in this thread. */
  readonly kind: 'returned' | 'failed' | 'broken';
  readonly payload: string;
}

/** How much is told of what failed. */
const FAILURE_LENGTH = 1_000;

type Callback = (error?: unknown, result?: unknown) => void;
type Handler = (event: unknown, context: object, callback: Callback) => unknown;

const { module, functionName, functionArn } = workerData as FunctionThreadData;
const loading = loadHandler();
// It is told of with the first call.
loading.catch(() => undefined);

parentPort?.on('message', (call: FunctionCall) => void answer(call));

async function answer(call: FunctionCall): Promise<void> {
  const { requestId } = call;
  const fail = (kind: 'failed' | 'broken', error: unknown): FunctionReport => {
    return { requestId, kind, payload: JSON.stringify(describeError(error)).slice(0, FAILURE_LENGTH) };
  };
  const report = await loading.then(
    (handler) => runHandler(handler, call).catch((error: unknown) => fail('failed', error)),
    (error: unknown) => fail('broken', error),
  );
  parentPort?.postMessage(report);
}

async function runHandler(handler: Handler, call: FunctionCall): Promise<FunctionReport> {
  const payload = JSON.stringify(await run(handler, call)) ?? '';
  if (Buffer.byteLength(payload) > ANSWER_BYTES)
    throw new RangeError(`the answer is longer than ${ANSWER_BYTES} bytes`);
  return { requestId: call.requestId, kind: 'returned', payload };
}

async function loadHandler(): Promise<Handler> {
  const loaded = (await import(module)) as { readonly handler?: unknown; readonly default?: unknown };
  const common = loaded.default as { readonly handler?: unknown } | undefined;
  const handler = loaded.handler ?? common?.handler;
  if (typeof handler !== 'function') throw new TypeError(`${module} exports no function called handler`);
  return handler as Handler;
}

function run(handler: Handler, call: FunctionCall): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const callback: Callback = (error, result) =>
      error === null || error === undefined ? resolve(result) : reject(error);
    const returned = handler(JSON.parse(call.event), createContext(call, callback), callback);
    if (isThenable(returned)) Promise.resolve(returned).then(resolve, reject);
    else if (handler.length < 3) resolve(returned);
  });
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { readonly then?: unknown } | null | undefined)?.then === 'function';
}

function createContext({ requestId, timeoutMs }: FunctionCall, done: Callback): object {
  const endMs = systemTimer.elapsedMs() + timeoutMs;
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: functionArn,
    memoryLimitInMB: '128',
    awsRequestId: requestId,
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: requestId,
    getRemainingTimeInMillis: () => Math.max(0, Math.floor(endMs - systemTimer.elapsedMs())),
    done,
    succeed: (result: unknown) => done(null, result),
    fail: (error: unknown) => done(error ?? new Error('handled')),
  };
}

function describeError(error: unknown): object {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
  const { name: errorType, message: errorMessage, stack = '' } = error;
  return { errorType, errorMessage, trace: stack.split('\n') };
}
