/** What the errors of requests say about what became of them, when nodes and their store come and go. */

import { StorageUnavailableError } from '../../src/storage/engine.ts';

/** Errors of the connection, by their codes, and of a client that waited long enough, by their name. */
const BROKEN_OFF = ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'TimeoutError'];

/** How a request ended that was neither carried out nor refused. */
export type Outage =
  /** The node answered that it can't tell, or not now: a status of 500 or above. */
  | 'unavailable'
  /** No whole answer came. */
  | 'broken off';

/** Undefined for anything else, such as a failed condition. What became of what was asked nobody knows. */
export function outageOf(error: unknown): Outage | undefined {
  if (error instanceof StorageUnavailableError) return 'unavailable';
  if (!(error instanceof Error)) return undefined;
  const { $metadata, code } = error as Error & { $metadata?: { httpStatusCode?: number }; code?: string };
  const status = $metadata?.httpStatusCode;
  if (status !== undefined) return status >= 500 ? 'unavailable' : undefined;
  return [code, error.name].some((name) => name !== undefined && BROKEN_OFF.includes(name)) ? 'broken off' : undefined;
}
