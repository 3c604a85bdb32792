/**
 * Functions behind HTTP: those of servers that speak Lambda's Invoke API, and any URL that takes events.
 *
 * Source: API reference, Invoke. The runtime emulator speaks it too, but tells of an error in the payload alone.
 */
import { type FunctionTarget, type Invocation, parseJson } from './invocation.ts';
import { type HttpPoster, type PostAnswer, PostError } from './http-post.ts';
import type { TriggerTarget } from './trigger-record.ts';

/** The longest that a function may run. Source: Lambda quotas. */
const FUNCTION_TIMEOUT_MS = 900_000;

/** A URL has to answer sooner, for it says itself nothing of how long it may take. */
const URL_TIMEOUT_MS = 60_000;

const LATEST = '$LATEST';

/** What the runtime answers with if it ends, or doesn't answer: the function was run. */
const RUNTIME_FAILURES: ReadonlySet<number> = new Set([502, 504]);

export function createLambdaTarget(
  { name, qualifier, endpoint }: TriggerTarget & { readonly kind: 'lambda' },
  poster: Pick<HttpPoster, 'post'>,
): FunctionTarget {
  const query = qualifier === undefined ? '' : `?Qualifier=${encodeURIComponent(qualifier)}`;
  const url = `${endpoint}/2015-03-31/functions/${encodeURIComponent(name)}/invocations${query}`;
  const headers = { 'x-amz-invocation-type': 'RequestResponse' };
  return {
    timeoutMs: FUNCTION_TIMEOUT_MS,
    invoke: (event, signal) =>
      call(() => poster.post(url, event, { headers, signal, timeoutMs: FUNCTION_TIMEOUT_MS }), readLambdaAnswer),
    close: async () => undefined,
  };
}

export function createUrlTarget(url: string, poster: Pick<HttpPoster, 'post'>): FunctionTarget {
  return {
    timeoutMs: URL_TIMEOUT_MS,
    invoke: (event, signal) =>
      call(() => poster.post(url, event, { signal, timeoutMs: URL_TIMEOUT_MS }), readUrlAnswer),
    close: async () => undefined,
  };
}

async function call(post: () => Promise<PostAnswer>, read: (answer: PostAnswer) => Invocation): Promise<Invocation> {
  try {
    return read(await post());
  } catch (error) {
    if (!(error instanceof PostError)) throw error;
    const { message: reason } = error;
    if (!error.isSent) return { kind: 'unreachable', reason };
    return { kind: 'failed', functionError: 'Unhandled', reason, statusCode: 200, executedVersion: LATEST };
  }
}

function readLambdaAnswer({ statusCode, headers, body }: PostAnswer): Invocation {
  const answer = { statusCode, ...describeAnswer(headers) };
  const isRun = (statusCode >= 200 && statusCode < 300) || RUNTIME_FAILURES.has(statusCode);
  if (!isRun) return { kind: 'unreachable', reason: `status ${statusCode}: ${body.slice(0, 200)}` };
  const header = firstOf(headers['x-amz-function-error']);
  const functionError = header ?? (RUNTIME_FAILURES.has(statusCode) || isErrorPayload(body) ? 'Unhandled' : undefined);
  if (functionError === undefined) return { kind: 'returned', payload: body, ...answer };
  return { kind: 'failed', functionError, reason: body.slice(0, 200), ...answer };
}

/** What runtimes make of an exception. */
function isErrorPayload(body: string): boolean {
  if (!body.startsWith('{')) return false;
  const { errorMessage, errorType } = (parseJson(body) ?? {}) as { readonly [member: string]: unknown };
  return typeof errorMessage === 'string' && typeof errorType === 'string';
}

/** Any answer but success is the function's failure, unless it says that it could not be asked. */
function readUrlAnswer({ statusCode, headers, body }: PostAnswer): Invocation {
  if (statusCode === 429 || statusCode === 503) return { kind: 'unreachable', reason: `status ${statusCode}` };
  const answer = { statusCode, ...describeAnswer(headers) };
  if (statusCode >= 200 && statusCode < 300) return { kind: 'returned', payload: body, ...answer };
  return { kind: 'failed', functionError: 'Unhandled', reason: `status ${statusCode}`, ...answer };
}

function describeAnswer(headers: PostAnswer['headers']): { readonly executedVersion: string; requestId?: string } {
  const requestId = firstOf(headers['x-amzn-requestid']);
  const executedVersion = firstOf(headers['x-amz-executed-version']) ?? LATEST;
  return { executedVersion, ...(requestId !== undefined && { requestId }) };
}

function firstOf(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : header?.[0];
}
