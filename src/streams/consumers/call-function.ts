/** One call of a function that ends in any case, whatever its target does. */
import type { Timer } from '../../foundation/clock.ts';
import type { FunctionTarget, Invocation } from './invocation.ts';

/** A target says itself that a call took too long; it is not waited for longer than this behind that. */
const MARGIN_MS = 2_000;

/**
 * Calls a function, and resolves within the time that its target has and a little, or as soon as `signal` is aborted.
 * What the target throws is a failure of the function. Never rejects.
 */
export async function callFunction(
  target: Pick<FunctionTarget, 'invoke' | 'timeoutMs'>,
  event: string,
  timer: Timer,
  signal: AbortSignal,
): Promise<Invocation> {
  const over = new AbortController();
  const ends = AbortSignal.any([signal, over.signal]);
  const limit = timer.sleep(target.timeoutMs + MARGIN_MS, ends).then((): Invocation => {
    if (signal.aborted) return { kind: 'unreachable', reason: 'the call was given up' };
    return describeFault(`no answer within ${target.timeoutMs / 1_000} seconds`);
  });
  try {
    return await Promise.race([target.invoke(event, signal), limit]);
  } catch (error) {
    return describeFault(String(error));
  } finally {
    over.abort();
  }
}

function describeFault(reason: string): Invocation {
  return { kind: 'failed', functionError: 'Unhandled', reason, statusCode: 200, executedVersion: '$LATEST' };
}
