/** What the errors of requests say about what became of them, when nodes and their store come and go. */

import { TransactionCanceledException, TransactionConflictException } from '@aws-sdk/client-dynamodb';
import { StorageUnavailableError } from '../../src/storage/engine.ts';

/** Errors of the connection, by their codes, and of a client that waited long enough, by their name. */
const BROKEN_OFF = ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'TimeoutError'];

/** How a request ended that is to be sent again. */
export type Outage =
  /** The node answered that it can't tell, or not now: a status of 500 or above. */
  | 'unavailable'
  /** No whole answer came. */
  | 'broken off'
  /**
   * Surely nothing was written: another one was in the way too long. Where that one's node was paused meanwhile, the
   * database keeps its locks until it ends the session.
   */
  | 'conflict';

/** Undefined for anything else, such as a failed condition. Only of a conflict is it known what became of it. */
export function outageOf(error: unknown): Outage | undefined {
  if (error instanceof StorageUnavailableError) return 'unavailable';
  if (error instanceof TransactionConflictException || isConflict(error)) return 'conflict';
  if (!(error instanceof Error)) return undefined;
  const { $metadata, code } = error as Error & { $metadata?: { httpStatusCode?: number }; code?: string };
  const status = $metadata?.httpStatusCode;
  if (status !== undefined) return status >= 500 ? 'unavailable' : undefined;
  return [code, error.name].some((name) => name !== undefined && BROKEN_OFF.includes(name)) ? 'broken off' : undefined;
}

/** Whether a transaction was cancelled because of others, not because of what it asks for. */
function isConflict(error: unknown): boolean {
  if (!(error instanceof TransactionCanceledException)) return false;
  return (error.CancellationReasons ?? []).some(({ Code }) => Code === 'TransactionConflict');
}
