/** The one file that knows which storage engine is in use. */
import { extname } from 'node:path';
import { StartError } from './options.ts';
import { type Storage, type StorageEngine, StorageOpenError } from './storage/engine.ts';
import { type SqliteAttachment, openSqliteEngine } from './storage/sqlite/engine.ts';
import { lockFolder } from './storage/sqlite/folder.ts';
import { type ReadOnlyStorage, openSqliteReadOnly } from './storage/sqlite/inspect.ts';
import { openSqliteStorage } from './storage/sqlite/storage.ts';
import { RESIDENT_SPACES } from './tables/spaces.ts';

/** Opens the store in the folder `path` for this process. Rejects with StartError if it can't be had. */
export async function openStorage(path: string, durable: boolean): Promise<Storage> {
  const proceduresUrl = new URL(`./procedures${extname(import.meta.url)}`, import.meta.url);
  try {
    return await openSqliteStorage({ path, durable, proceduresUrl, residentSpaces: RESIDENT_SPACES });
  } catch (error) {
    throw asStartError(error);
  }
}

/** A handle on the store for this thread, from what `Storage.attach` gave. */
export function openEngine(attachment: unknown): StorageEngine {
  return openSqliteEngine(attachment as SqliteAttachment);
}

/** Opens the store in the folder `path` to look at it, beside a running server too. Throws StartError if it can't. */
export function openReadOnlyStorage(path: string): ReadOnlyStorage {
  try {
    return openSqliteReadOnly(path);
  } catch (error) {
    throw asStartError(error);
  }
}

function asStartError(error: unknown): unknown {
  return error instanceof StorageOpenError ? new StartError(error.message, { cause: error }) : error;
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
