/** A look at a data folder that changes no data: beside a running server, or after one was killed. */
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import type Database from 'better-sqlite3';
import {
  type ResidentVersion,
  ResidentVersionError,
  StorageClosedError,
  type StorageEngine,
  StorageOpenError,
} from '../engine.ts';
import { asOpenError, databaseFileOf, lockFolder } from './folder.ts';
import { checkFormat } from './format.ts';
import { openReader, prepareReads } from './reads.ts';

export interface ReadOnlyStorage {
  /** Reads only; `transact` rejects. */
  readonly engine: StorageEngine;
  /** What SQLite finds wrong with the database as the snapshot has it, one line each; empty if all is well. */
  integrityProblems(): string[];
  close(): void;
}

/**
 * Opens the store in `path` to look at the one state it is in now, whatever is written meanwhile. The WAL of a running
 * server can't shrink until `close`. Throws StorageOpenError if there is no store or one that this program can't read.
 */
export function openSqliteReadOnly(path: string): ReadOnlyStorage {
  const db = openExisting(databaseFileOf(path));
  const reads = prepareReads(db);
  // The snapshot is taken by the first read within the transaction, and kept until its end.
  db.exec('BEGIN');
  const version = reads.residentVersion();
  const readAt = <Result>(expected: ResidentVersion | undefined, read: () => Result): Result => {
    if (!db.open) throw new StorageClosedError('this handle on the store is closed');
    if (expected !== undefined && expected !== version) throw new ResidentVersionError('a resident space has changed');
    return read();
  };
  const engine: StorageEngine = {
    get: async (space, key, expected) => readAt(expected, () => reads.get(space, key)),
    getMany: async (keys, expected, options) => readAt(expected, () => reads.getMany(keys, options)),
    scan: async (space, range, options, expected) => readAt(expected, () => reads.scan(space, range, options)),
    readLog: async (log, shard, after, limit) => readAt(undefined, () => reads.readLog(log, shard, after, limit)),
    logBounds: async (shards) => readAt(undefined, () => reads.logBounds(shards)),
    waitForAppends: () => Promise.reject(new Error(`data folder ${path} is open for reading only`)),
    counters: async (names) => readAt(undefined, () => reads.counters(names)),
    contents: async () => readAt(undefined, () => reads.contents()),
    transact: () => Promise.reject(new Error(`data folder ${path} is open for reading only`)),
    residentVersion: () => version,
    ping: async () => readAt(undefined, () => undefined),
    // The snapshot ends with the connection; a COMMIT would fail on a damaged file.
    close: async () => void db.close(),
  };
  return {
    engine,
    integrityProblems: () => findProblems(db),
    close: () => void db.close(),
  };
}

/**
 * As `openSqliteReadOnly`, with the folder's lock, so that nothing is written meanwhile. Throws StorageOpenError where
 * a storage has the folder open.
 */
export function openSqliteLocked(path: string): ReadOnlyStorage {
  // What is no data folder is not made to look like one by the files of a lock.
  if (!existsSync(databaseFileOf(path))) throw new StorageOpenError(`data folder ${path} holds no data`);
  const lock = lockFolder(path);
  try {
    const store = openSqliteReadOnly(path);
    const close = () => {
      store.close();
      lock.release();
    };
    return { ...store, close };
  } catch (error) {
    lock.release();
    throw error;
  }
}

function openExisting(databaseFile: string): Database.Database {
  let db: Database.Database | undefined;
  try {
    db = openReader(databaseFile);
    checkFormat(db, databaseFile);
    return db;
  } catch (error) {
    db?.close();
    throw asOpenError(dirname(databaseFile), error);
  }
}

function findProblems(db: Database.Database): string[] {
  try {
    const lines = db.prepare<[], string>('PRAGMA integrity_check').pluck().all();
    return lines.flatMap((line) => line.split('\n')).filter((line) => line !== 'ok' && !line.startsWith('***'));
  } catch (error) {
    // The check itself can trip over what is damaged.
    return [error instanceof Error ? error.message : String(error)];
  }
}
