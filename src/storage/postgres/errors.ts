/** What PostgreSQL's errors mean to the engine. Codes: https://www.postgresql.org/docs/current/errcodes-appendix.html */
import { DatabaseError } from 'pg';
import { StorageUnavailableError } from '../engine.ts';

/** The failure of `check` in statements.ts: a division by zero. */
const CHECK_FAILED = '22012';
const UNIQUE_VIOLATION = '23505';
const SERIALIZATION_FAILURE = '40001';
const DEADLOCK = '40P01';
const LOCK_TIMEOUT = '55P03';
const CONFLICTS: ReadonlySet<string | undefined> = new Set([
  CHECK_FAILED,
  UNIQUE_VIOLATION,
  SERIALIZATION_FAILURE,
  DEADLOCK,
  LOCK_TIMEOUT,
]);

/**
 * Connection failures, refused logins, databases that are gone, lack of resources, cancelled statements and servers
 * that stop, have internal errors or, as standbys do, take no writes.
 */
const OUT_OF_REACH = /^(08|28|3D|53|57|58|XX)|^(25006|25P03|25P04|26000)$/;

/** The connection ended, or can't be used any more, in the midst of something. */
export class ConnectionLostError extends StorageUnavailableError {
  /** Whether the time that an answer may take is used up. */
  readonly isTimeout: boolean;

  constructor(cause: Error) {
    super(`the database failed: ${cause.message}`, { cause });
    this.isTimeout = cause.message === ANSWER_TIMEOUT;
  }
}

/** There is no connection to be had. */
class UnreachableError extends StorageUnavailableError {}

/** A row isn't of the form that its statement says: a fault of this program or of the database. */
export class RowDecodingError extends Error {
  constructor(statement: string, cause: unknown) {
    super(`a row of ${statement} can't be decoded`, { cause });
  }
}

/** What `pg` says when `query_timeout` is over. */
const ANSWER_TIMEOUT = 'Query read timeout';

const QUERY_CANCELED = '57014';

/** Tables or columns that are missing, and those that the user may not use: for the database's operator to mend. */
const UNDEFINED_TABLE = '42P01';
const UNUSABLE = new Set([UNDEFINED_TABLE, '42703', '42501']);

/** Whether a transaction failed because of others, so that the same one may succeed now. */
export function isConflict(error: unknown): boolean {
  return error instanceof DatabaseError && CONFLICTS.has(error.code);
}

/** Whether a statement took longer than it was given. */
export function isTooSlow(error: unknown): boolean {
  const cause = error instanceof StorageUnavailableError ? error.cause : undefined;
  return cause instanceof DatabaseError && cause.code === QUERY_CANCELED;
}

/** Whether a read that failed so may succeed at once, because only the connection was bad. */
export function isWorthAnotherRead(error: unknown): boolean {
  return error instanceof ConnectionLostError && !error.isTimeout;
}

/** Whether others that ask now would only wait as long to find out the same. */
export function isAway(error: unknown): boolean {
  return error instanceof UnreachableError || (error instanceof ConnectionLostError && error.isTimeout);
}

/** Whether a table isn't there. */
export function isUndefinedTable(error: unknown): boolean {
  const cause = error instanceof StorageUnavailableError ? error.cause : undefined;
  return cause instanceof DatabaseError && cause.code === UNDEFINED_TABLE;
}

/** For what an engine may refuse; rethrows if the database didn't answer, which is then not waited for again. */
export function allowRefusal(error: unknown): void {
  if (!(error instanceof DatabaseError)) throw error;
}

/** What comes of creating a table that another node creates at the same moment. */
export function isCreatedMeanwhile(error: unknown): boolean {
  return isConflict(error) || (error instanceof DatabaseError && ['42710', '42P07'].includes(error.code ?? ''));
}

/** `error` of a statement as the engine's callers see it. */
export function asStatementError(error: Error): Error {
  if (error instanceof RowDecodingError) return error;
  if (!(error instanceof DatabaseError)) return new ConnectionLostError(error);
  const { code = '', message } = error;
  if (code === QUERY_CANCELED) return new StorageUnavailableError('the database is too slow', { cause: error });
  if (UNUSABLE.has(code)) return new StorageUnavailableError(`the store is unusable: ${message}`, { cause: error });
  return OUT_OF_REACH.test(code) ? new ConnectionLostError(error) : error;
}

/** The store has no row that says which resident version is in force, which each has from its creation on. */
export function missingFenceError(): StorageUnavailableError {
  return new StorageUnavailableError('the store is damaged: its fence is missing');
}

/** `error` of an attempt to connect. */
export function asConnectError(error: unknown): StorageUnavailableError {
  return new UnreachableError(`the database can't be reached: ${describe(error)}`, { cause: error });
}

/** One line. Failures of several addresses have a message each, and none together. */
function describe(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(describe).join(', ');
  return error instanceof Error ? error.message || error.name : String(error);
}
