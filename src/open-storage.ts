/** The one file that knows which storage engine is in use. Each is loaded only where it is used. */
import { extname } from 'node:path';
import { StartError } from './options.ts';
import { type Storage, type StorageEngine, StorageOpenError } from './storage/engine.ts';
import type { PostgresAttachment } from './storage/postgres/storage.ts';
import type { SqliteAttachment } from './storage/sqlite/engine.ts';
import { lockFolder } from './storage/sqlite/folder.ts';
import type { ReadOnlyStorage } from './storage/sqlite/inspect.ts';
import { RESIDENT_SPACES } from './tables/spaces.ts';

/** Where a store is. */
export type StorageLocation =
  /** In the folder `path`, for this process alone; made if it is not there. */
  | { readonly kind: 'sqlite'; readonly path: string; readonly durable: boolean }
  /** In a database that many processes share; see `PostgresOptions`. */
  | { readonly kind: 'postgres'; readonly url: string; readonly mustExist?: boolean };

/** Opens the store at `location` for this process. Rejects with StartError if it can't be had. */
export async function openStorage(location: StorageLocation): Promise<Storage> {
  try {
    return await openOf(location);
  } catch (error) {
    throw asStartError(error);
  }
}

async function openOf(location: StorageLocation): Promise<Storage> {
  if (location.kind === 'postgres') {
    const { openPostgresStorage } = await import('./storage/postgres/storage.ts');
    const { url, mustExist = false } = location;
    return await openPostgresStorage({ url, mustExist, residentSpaces: RESIDENT_SPACES });
  }
  const { path, durable } = location;
  const { openSqliteStorage } = await import('./storage/sqlite/storage.ts');
  const proceduresUrl = new URL(`./procedures${extname(import.meta.url)}`, import.meta.url);
  return await openSqliteStorage({ path, durable, proceduresUrl, residentSpaces: RESIDENT_SPACES });
}

/** A handle on the store for this thread, from what `Storage.attach` gave. */
export async function openEngine(attachment: unknown): Promise<StorageEngine> {
  const { kind } = attachment as SqliteAttachment | PostgresAttachment;
  if (kind === 'postgres') {
    const { openPostgresEngine } = await import('./storage/postgres/engine.ts');
    return openPostgresEngine(attachment as PostgresAttachment);
  }
  const { openSqliteEngine } = await import('./storage/sqlite/engine.ts');
  return openSqliteEngine(attachment as SqliteAttachment);
}

/** Opens the store in the folder `path` to look at it, beside a running server too. Rejects with StartError if it can't. */
export async function openReadOnlyStorage(path: string): Promise<ReadOnlyStorage> {
  const { openSqliteReadOnly } = await import('./storage/sqlite/inspect.ts');
  try {
    return openSqliteReadOnly(path);
  } catch (error) {
    throw asStartError(error);
  }
}

/** A handle on a store that this process opened for itself. */
export interface OpenStore {
  readonly engine: StorageEngine;
  close(): Promise<void>;
}

/**
 * Opens the store at `location` to write to it from this thread alone. Rejects with StartError if it can't be had.
 */
export async function openTarget(location: StorageLocation): Promise<OpenStore> {
  const storage = await openStorage(location);
  const engine = await openEngine(storage.attach().attachment);
  const close = async () => {
    await engine.close();
    await storage.close();
  };
  return { engine, close };
}

/**
 * Opens the store at `location` to read from it. A folder is not written to by others meanwhile; a database may be.
 * Rejects with StartError if it can't be had.
 */
export async function openSource(location: StorageLocation): Promise<OpenStore> {
  if (location.kind === 'postgres') return await openTarget({ ...location, mustExist: true });
  const { openSqliteLocked } = await import('./storage/sqlite/inspect.ts');
  try {
    const { engine, close } = openSqliteLocked(location.path);
    return { engine, close: async () => close() };
  } catch (error) {
    throw asStartError(error);
  }
}

/** `location` as messages name it, without a password. */
export function describeLocation(location: StorageLocation): string {
  if (location.kind === 'sqlite') return `data folder ${location.path}`;
  const { protocol, host, pathname } = new URL(location.url);
  return `${protocol}//${host}${pathname}`;
}

/** Whether a storage of this or another process has the folder `path` open, or could not be kept from opening it. */
export function isStorageInUse(path: string): boolean {
  try {
    lockFolder(path).release();
    return false;
  } catch {
    return true;
  }
}

function asStartError(error: unknown): unknown {
  return error instanceof StorageOpenError ? new StartError(error.message, { cause: error }) : error;
}
