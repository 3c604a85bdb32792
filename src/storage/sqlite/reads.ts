/** All reads of a connection: synchronous, each of one snapshot. */
import Database from 'better-sqlite3';
import type { Entry, EntryKey, KeyRange, LogEntry, ResidentVersion, ScanOptions, Space } from '../engine.ts';

/**
 * Pages a handle keeps of its own. Every commit of the writer empties it, so that a larger one helps idle stores only;
 * the operating system caches the file for all handles together.
 */
const READER_CACHE_KIB = 32_768;

/** SQLite's largest integer, and so the largest sequence that could be asked for. */
const MAX_SEQUENCE = 2n ** 63n - 1n;

const FIRST_KEY = new Uint8Array(0);

/** A connection that can only read. `databaseFile` must exist. */
export function openReader(databaseFile: string): Database.Database {
  const db = new Database(databaseFile, { readonly: true, fileMustExist: true });
  db.pragma(`cache_size = -${READER_CACHE_KIB}`);
  return db;
}

export interface Reads {
  /** Runs `read` on one snapshot, within which nested calls stay. */
  inSnapshot<Result>(read: () => Result): Result;
  get(space: Space, key: Uint8Array): Uint8Array | undefined;
  getMany(keys: readonly EntryKey[]): (Uint8Array | undefined)[];
  scan(space: Space, range: KeyRange, options: ScanOptions): Entry[];
  readLog(log: number, shard: number, after: bigint, limit: number): LogEntry[];
  counters(names: readonly string[]): number[];
  /** The resident version as the snapshot has it. */
  residentVersion(): ResidentVersion;
}

/** Prepares the statements of all reads on `db`. */
export function prepareReads(db: Database.Database): Reads {
  const get = prepareGet(db);
  const inSnapshot = prepareSnapshot(db);
  const counter = db.prepare<[string], number>('SELECT value FROM counter WHERE name = ?').pluck();
  const version = db.prepare<[], number>('SELECT version FROM resident_version').pluck();
  return {
    inSnapshot,
    get,
    getMany: (keys) => inSnapshot(() => keys.map(({ space, key }) => get(space, key))),
    scan: prepareScan(db),
    readLog: prepareReadLog(db),
    counters: (names) => inSnapshot(() => names.map((name) => counter.get(name) ?? 0)),
    residentVersion: () => version.get() ?? 0,
  };
}

/** Prepares the read of one entry's value. */
export function prepareGet(db: Database.Database): Reads['get'] {
  const select = db
    .prepare<[Space, Uint8Array], Uint8Array>('SELECT value FROM entry WHERE space = ? AND key = ?')
    .pluck();
  return (space, key) => select.get(space, key);
}

function prepareSnapshot(db: Database.Database): Reads['inSnapshot'] {
  const begin = db.prepare('BEGIN');
  const commit = db.prepare('COMMIT');
  return (read) => {
    if (db.inTransaction) return read();
    begin.run();
    try {
      return read();
    } finally {
      commit.run();
    }
  };
}

function prepareScan(db: Database.Database): Reads['scan'] {
  const prepare = (bounds: string, order: 'ASC' | 'DESC') =>
    db.prepare<unknown[], Entry>(
      `SELECT key, value FROM entry WHERE space = ? AND key >= ?${bounds} ORDER BY key ${order} LIMIT ?`,
    );
  const open = { forward: prepare('', 'ASC'), reverse: prepare('', 'DESC') };
  const bounded = { forward: prepare(' AND key < ?', 'ASC'), reverse: prepare(' AND key < ?', 'DESC') };
  return (space, { from, before }, { limit, reverse, until }) => {
    const direction = reverse === true ? 'reverse' : 'forward';
    const statement = (before === undefined ? open : bounded)[direction];
    const bounds = before === undefined ? [from ?? FIRST_KEY] : [from ?? FIRST_KEY, before];
    if (until === undefined) return statement.all(space, ...bounds, limit);
    return takeUntil(statement.iterate(space, ...bounds, limit), until);
  };
}

/** Leaving the loop ends the statement, so that no entry past the last one is read. */
function takeUntil(entries: Iterable<Entry>, until: (entry: Entry) => boolean): Entry[] {
  const taken: Entry[] = [];
  for (const entry of entries) {
    taken.push(entry);
    if (until(entry)) break;
  }
  return taken;
}

function prepareReadLog(db: Database.Database): Reads['readLog'] {
  const select = db.prepare<[number, number, bigint, number], { sequence: bigint; value: Uint8Array }>(
    'SELECT sequence, value FROM log WHERE log = ? AND shard = ? AND sequence > ? ORDER BY sequence LIMIT ?',
  );
  select.safeIntegers(true);
  return (log, shard, after, limit) => {
    if (after >= MAX_SEQUENCE) return [];
    return select.all(log, shard, after < 0n ? 0n : after, limit);
  };
}
