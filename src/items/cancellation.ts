/**
 * Why a transaction was cancelled: one reason for each of its actions, in the order of the request.
 * Source: TransactionCanceledException in the API reference.
 */
import { ApiError, type ApiFault } from '../foundation/errors.ts';
import type { Item } from '../values/attribute-value.ts';
import { TRANSACTION_MESSAGES } from './messages.ts';

export interface CancellationReason {
  readonly code:
    | 'None'
    | 'ConditionalCheckFailed'
    | 'DuplicateItem'
    | 'ItemCollectionSizeLimitExceeded'
    | 'TransactionConflict'
    | 'ValidationError';
  /** Absent with `None` alone. */
  readonly message?: string | undefined;
  /** The item as it was, where its condition failed and the action asked for it. */
  readonly item?: Item | undefined;
}

/** What became of an action whose item others kept changing. */
export const CONFLICT_REASON: CancellationReason = {
  code: 'TransactionConflict',
  message: TRANSACTION_MESSAGES.conflict,
};

/**
 * The reasons that the faults of a transaction's actions are, undefined being that of an action without one. Throws the
 * first fault that is no reason but refuses the whole request.
 */
export function reasonsOf(faults: readonly (ApiFault | undefined)[]): CancellationReason[] {
  const refusal = faults.find((fault) => fault?.refusesTransaction);
  if (refusal !== undefined) throw new ApiError(refusal);
  return faults.map(reasonOf);
}

function reasonOf(fault: ApiFault | undefined): CancellationReason {
  if (fault === undefined) return { code: 'None' };
  const { name, message, members } = fault;
  if (name === 'ItemCollectionSizeLimitExceededException') return { code: 'ItemCollectionSizeLimitExceeded', message };
  if (name !== 'ConditionalCheckFailedException') return { code: 'ValidationError', message };
  return { code: 'ConditionalCheckFailed', message, item: members?.['Item'] as Item | undefined };
}

/** The error of a transaction that was cancelled for `reasons`. */
export function canceledError(reasons: readonly CancellationReason[]): ApiError {
  return new ApiError({
    name: 'TransactionCanceledException',
    message: TRANSACTION_MESSAGES.canceled(reasons.map(({ code }) => code)),
    members: {
      CancellationReasons: reasons.map(({ code, message, item }) => ({ Code: code, Item: item, Message: message })),
    },
  });
}
