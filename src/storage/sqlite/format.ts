/** The format of the database file: its schema, its number, and what is refused. */
import { basename, dirname } from 'node:path';
import Database from 'better-sqlite3';
import { setDurability } from './durability.ts';
import { StorageOpenError } from '../engine.ts';
import { asOpenError, createFile, syncFolder } from './folder.ts';

/**
 * The newest format that this program reads, and the one it writes; raised when an older program must not go on.
 * Formats 2 and 3 have the tables of 1; in their entries are definitions that an older program would not honour.
 */
const FORMAT = 3;

/** "STAT", in SQLite's application_id: marks the file as ours. */
const APPLICATION_ID = 0x53544154;

/** Chosen by measurement: see docs/design/2026-11-22-sqlite-layout.md. Fixed for the life of a file. */
const PAGE_SIZE_BYTES = 4096;

const SCHEMA = `
  CREATE TABLE entry (
    space INTEGER NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL, PRIMARY KEY (space, key)
  ) WITHOUT ROWID;
  CREATE TABLE log (
    log INTEGER NOT NULL, shard INTEGER NOT NULL, sequence INTEGER NOT NULL, value BLOB NOT NULL,
    PRIMARY KEY (log, shard, sequence)
  ) WITHOUT ROWID;
  CREATE TABLE log_shard (
    log INTEGER NOT NULL, shard INTEGER NOT NULL, last_sequence INTEGER NOT NULL, PRIMARY KEY (log, shard)
  ) WITHOUT ROWID;
  CREATE TABLE counter (name TEXT NOT NULL PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE resident_version (version INTEGER NOT NULL);
  INSERT INTO resident_version VALUES (0);
`;

/**
 * Makes sure that `databaseFile` exists in the format that this program writes; a file of an older one has it from then
 * on, and is out of reach for older programs. Throws StorageOpenError if it is
 * something else or newer. The caller holds the folder's lock.
 */
export function createFormat(databaseFile: string): void {
  const path = dirname(databaseFile);
  let db: Database.Database | undefined;
  try {
    createFile(databaseFile);
    db = new Database(databaseFile);
    if (isFresh(db)) {
      db.pragma(`page_size = ${PAGE_SIZE_BYTES}`);
      db.pragma('journal_mode = WAL');
      setDurability(db, true);
      db.transaction(writeFormat)(db);
      syncFolder(path);
    }
    if (requireFormat(db, databaseFile) < FORMAT) raiseFormat(db);
  } catch (error) {
    throw describeFailure(databaseFile, error);
  } finally {
    db?.close();
  }
}

/** Durably, whatever the store is opened with: before anything of the newer format is written. */
function raiseFormat(db: Database.Database): void {
  setDurability(db, true);
  db.pragma(`user_version = ${FORMAT}`);
}

/** Throws StorageOpenError unless `db`, opened from `databaseFile`, is in a format that this program reads. */
export function checkFormat(db: Database.Database, databaseFile: string): void {
  try {
    requireFormat(db, databaseFile);
  } catch (error) {
    throw describeFailure(databaseFile, error);
  }
}

function isFresh(db: Database.Database): boolean {
  const entries = db.prepare<[], number>('SELECT count(*) FROM sqlite_schema').pluck().get();
  return entries === 0 && readNumber(db, 'application_id') === 0 && readNumber(db, 'user_version') === 0;
}

function writeFormat(db: Database.Database): void {
  db.exec(SCHEMA);
  db.pragma(`application_id = ${APPLICATION_ID}`);
  db.pragma(`user_version = ${FORMAT}`);
}

/** The file's format, which is one that this program reads. */
function requireFormat(db: Database.Database, databaseFile: string): number {
  if (readNumber(db, 'application_id') !== APPLICATION_ID) throw notOurs(databaseFile);
  const format = readNumber(db, 'user_version');
  if (format > FORMAT) {
    throw new StorageOpenError(
      `data folder ${dirname(databaseFile)} has format ${format}, written by a newer StatorDB; this one reads up to format ${FORMAT}`,
    );
  }
  return format;
}

function describeFailure(databaseFile: string, error: unknown): StorageOpenError {
  if (error instanceof Database.SqliteError && error.code === 'SQLITE_NOTADB') return notOurs(databaseFile);
  return asOpenError(dirname(databaseFile), error);
}

function notOurs(databaseFile: string): StorageOpenError {
  return new StorageOpenError(
    `data folder ${dirname(databaseFile)} can't be opened: ${basename(databaseFile)} is not a StatorDB data file`,
  );
}

function readNumber(db: Database.Database, pragma: string): number {
  return Number(db.pragma(pragma, { simple: true }));
}
