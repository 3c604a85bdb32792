/** Runs write transactions, for TransactWriteItems and ExecuteTransaction. */
import { ApiError } from '../foundation/errors.ts';
import { StorageConflictError } from '../storage/engine.ts';
import { CONFLICT_REASON, type CancellationReason, reasonsOf } from './cancellation.ts';
import type { DataContext } from './data-context.ts';
import { TRANSACTION_MESSAGES } from './messages.ts';
import { type PlannedWrite, prepareWrites, validateDistinctItems } from './prepare-writes.ts';
import { type RequestToken, tokenKey } from './request-tokens.ts';
import { type TransactItemsInput, type TransactItemsOutput, answerToken, transactItems } from './transact-items.ts';
import type { WriteResult } from './write-items.ts';

/** What became of a transaction; see `TransactItemsOutput` for `replayed`. */
export type TransactionOutcome =
  | { readonly kind: 'done'; readonly results: readonly WriteResult[] }
  | { readonly kind: 'replayed'; readonly chargedSizesBytes: readonly number[] }
  /** Nothing was written. `canceledError` makes the error of it. */
  | { readonly kind: 'canceled'; readonly reasons: readonly CancellationReason[] };

/**
 * Runs `writes` in one atomic step and resolves once it is durable; with a token, once in its lifetime.
 *
 * Throws what refuses the whole request: ResourceNotFoundException, the ValidationException for an item that is named
 * twice or a key value that is empty, and IdempotentParameterMismatchException.
 */
export async function runTransaction(
  context: DataContext,
  writes: readonly PlannedWrite[],
  token?: RequestToken,
): Promise<TransactionOutcome> {
  for (;;) {
    const prepared = await prepareWrites(context, writes, (input) => {
      validateDistinctItems(input, TRANSACTION_MESSAGES.duplicateKeys);
    });
    if (prepared.kind === 'unfit') return { kind: 'canceled', reasons: reasonsOf(prepared.faults) };
    const output = await transact(context, { writes: prepared.input, token });
    switch (output.kind) {
      case 'failed':
        return { kind: 'canceled', reasons: reasonsOf(output.faults) };
      case 'mismatch':
        throw new ApiError({
          name: 'IdempotentParameterMismatchException',
          message: TRANSACTION_MESSAGES.tokenMismatch,
        });
      case 'stale':
        break;
      default:
        return output;
    }
  }
}

type Settled = TransactItemsOutput | Extract<TransactionOutcome, { readonly kind: 'canceled' }>;

/**
 * Runs the procedure. A conflict that the engine gave up on may have been with the same request, sent twice: then it is
 * answered by what the other one has done. Which of the actions met another write can't be told.
 */
async function transact(context: DataContext, input: TransactItemsInput): Promise<Settled> {
  const { engine, clock } = context;
  const { token, writes } = input;
  try {
    return await engine.transact(transactItems, input);
  } catch (error) {
    if (!(error instanceof StorageConflictError)) throw error;
  }
  const key = token && tokenKey(token);
  const stored = key && (await engine.get(key.space, key.key));
  const answer = token && answerToken(token, stored, clock.nowMs());
  return answer ?? { kind: 'canceled', reasons: writes.actions.map(() => CONFLICT_REASON) };
}
