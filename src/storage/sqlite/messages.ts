/** What goes between the threads of one storage. */
import type { MessagePort } from 'node:worker_threads';

/** What a thread needs to open its handle; posted with `port` in the transfer list. */
export interface SqliteAttachment {
  readonly kind: 'sqlite';
  readonly databaseFile: string;
  /** Carries Call[] to the writer and Answer[] back. */
  readonly port: MessagePort;
  /** See resident-version.ts. */
  readonly residentVersions: SharedArrayBuffer;
}

/** One transact, on its way to the writer. `id` is the handle's own. */
export interface Call {
  readonly id: number;
  readonly procedure: string;
  readonly input: unknown;
}

/** What became of the call `id`. */
export type Answer =
  | { readonly id: number; readonly output: unknown }
  | { readonly id: number; readonly failure: Failure };

/** An error as data: structured cloning would lose the name and the properties of one of our own. */
export interface Failure {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
}

/** What the writer thread starts with. */
export interface WriterStart {
  readonly databaseFile: string;
  readonly durable: boolean;
  readonly proceduresUrl: string;
  readonly residentSpaces: readonly number[];
  readonly residentVersions: SharedArrayBuffer;
}

/** What the checkpoint thread starts with. */
export interface CheckpointStart {
  readonly databaseFile: string;
  readonly durable: boolean;
  /** Of the database, to sync it by. */
  readonly fileDescriptor: number;
}

/** From the storage to its writer thread. */
export type WriterOrder =
  | { readonly kind: 'attach'; readonly port: MessagePort }
  /** Finish what was received, checkpoint it, then report `closed`. */
  | { readonly kind: 'close' };

/** From the writer thread to its storage. */
export type WriterReport = { readonly kind: 'ready' } | { readonly kind: 'closed' };

/** `error` as data. */
export function describeError(error: unknown): Failure {
  if (error instanceof Error) return { name: error.name, message: error.message, stack: error.stack };
  return { name: 'Error', message: String(error), stack: undefined };
}

/** The error that `failure` describes. */
export function restoreError(failure: Failure): Error {
  const error = new Error(failure.message);
  Object.defineProperty(error, 'name', { value: failure.name, configurable: true, writable: true });
  if (failure.stack !== undefined) error.stack = failure.stack;
  return error;
}
