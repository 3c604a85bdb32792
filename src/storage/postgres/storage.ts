/** The store of one process in a database that speaks PostgreSQL's protocol. All of its state is in that database. */
import type { Space, Storage } from '../engine.ts';
import { openConnections } from './connections.ts';
import { checkSchema, createSchema } from './schema.ts';

export interface PostgresOptions {
  /**
   * Such as `postgres://user:password@host:5432/database?sslmode=verify-full`; what it says of TLS is passed on.
   * `pool_size` is the most connections of each handle.
   */
  readonly url: string;
  /** See `Storage`. */
  readonly residentSpaces: readonly Space[];
  /** Whether a database without a store is refused, instead of made one. */
  readonly mustExist?: boolean;
}

/** What another thread opens its handle from. */
export interface PostgresAttachment extends PostgresOptions {
  readonly kind: 'postgres';
}

/**
 * Opens the store at `options.url`, creating or migrating its schema if need be. Rejects with StorageOpenError if the
 * database can't be reached, refuses the caller, holds something newer, or nothing where it must.
 */
export async function openPostgresStorage(options: PostgresOptions): Promise<Storage> {
  const { url, residentSpaces, mustExist = false } = options;
  const connections = openConnections(url, { isPatient: !mustExist });
  try {
    await (mustExist ? checkSchema(connections) : createSchema(connections));
  } finally {
    await connections.close();
  }
  const attachment: PostgresAttachment = { kind: 'postgres', url, residentSpaces };
  return {
    attach: () => ({ attachment, transfer: [] }),
    // A database that is away may come back, and handles connect to it again by themselves.
    failed: new Promise(() => undefined),
    close: async () => undefined,
  };
}
