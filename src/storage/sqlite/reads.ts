/** All reads of a connection: synchronous, each of one snapshot. */
import Database from 'better-sqlite3';
import type {
  Entry,
  EntryKey,
  GetManyOptions,
  KeyRange,
  LogBounds,
  LogEntry,
  LogPosition,
  LogShard,
  ResidentVersion,
  ScannedEntry,
  ScanOptions,
  Space,
  StoreContents,
} from '../engine.ts';

/**
 * Pages a handle keeps of its own. Every commit of the writer empties it, so that a larger one helps idle stores only;
 * the operating system caches the file for all handles together.
 */
const READER_CACHE_KIB = 65_536;

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
  getMany(keys: readonly EntryKey[], options?: GetManyOptions): (Uint8Array | undefined)[];
  scan(space: Space, range: KeyRange, options: ScanOptions): ScannedEntry[];
  readLog(log: number, shard: number, after: bigint, limit: number): LogEntry[];
  logBounds(shards: readonly LogShard[]): LogBounds[];
  hasEntryBehind(positions: readonly LogPosition[]): boolean;
  counters(names: readonly string[]): number[];
  contents(): StoreContents;
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
    getMany: (keys, options) => inSnapshot(() => takeMany(get, keys, options?.until)),
    scan: prepareScan(db, inSnapshot, get),
    ...prepareLogReads(db, inSnapshot),
    counters: (names) => inSnapshot(() => names.map((name) => counter.get(name) ?? 0)),
    contents: () => inSnapshot(() => readContents(db)),
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

function takeMany(
  get: Reads['get'],
  keys: readonly EntryKey[],
  until: GetManyOptions['until'],
): (Uint8Array | undefined)[] {
  const values: (Uint8Array | undefined)[] = [];
  for (const { space, key } of keys) {
    const value = get(space, key);
    values.push(value);
    if (until?.(value) === true) break;
  }
  return values;
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

function prepareScan(db: Database.Database, inSnapshot: Reads['inSnapshot'], get: Reads['get']): Reads['scan'] {
  const prepare = (bounds: string, order: 'ASC' | 'DESC') =>
    db.prepare<unknown[], Entry>(
      `SELECT key, value FROM entry WHERE space = ? AND key >= ?${bounds} ORDER BY key ${order} LIMIT ?`,
    );
  const open = { forward: prepare('', 'ASC'), reverse: prepare('', 'DESC') };
  const bounded = { forward: prepare(' AND key < ?', 'ASC'), reverse: prepare(' AND key < ?', 'DESC') };
  const read: ReadRange = (space, { from, before }, reverse, limit) => {
    const direction = reverse ? 'reverse' : 'forward';
    return before === undefined
      ? open[direction].all(space, from ?? FIRST_KEY, limit)
      : bounded[direction].all(space, from ?? FIRST_KEY, before, limit);
  };
  const sizesOfSpaces = new Map<Space, EntrySizes>();
  return (space, range, { limit, reverse = false, follow, until }) => {
    if (until === undefined && follow === undefined) return read(space, range, reverse, limit);
    const take = (entry: Entry): Taken => {
      const target = follow?.(entry);
      const scanned = target === undefined ? entry : { ...entry, followed: get(target.space, target.key) };
      return { scanned, isLast: until?.(scanned) === true };
    };
    const sizes = sizesOfSpaces.get(space) ?? { meanBytes: undefined };
    sizesOfSpaces.set(space, sizes);
    const readNext = (rest: KeyRange, size: number) => read(space, rest, reverse, size);
    return inSnapshot(() => takeEach(readNext, range, { limit, reverse, take, sizes }));
  };
}

type ReadRange = (space: Space, range: KeyRange, reverse: boolean, limit: number) => Entry[];

/** One entry of a scan as it is handed out. */
interface Taken {
  readonly scanned: ScannedEntry;
  readonly isLast: boolean;
}

/** What the entries of one space were like when they were last read. */
interface EntrySizes {
  meanBytes: number | undefined;
}

interface TakeOptions {
  readonly limit: number;
  readonly reverse: boolean;
  readonly take: (entry: Entry) => Taken;
  readonly sizes: EntrySizes;
}

/** Reads chunk by chunk, because SQLite hands over many entries at half the cost of one by one. */
function takeEach(
  read: (range: KeyRange, limit: number) => Entry[],
  range: KeyRange,
  { limit, reverse, take, sizes }: TakeOptions,
): ScannedEntry[] {
  const taken: ScannedEntry[] = [];
  let rest = range;
  for (;;) {
    const size = Math.min(limit - taken.length, nextChunkEntries(taken.length, sizes));
    const chunk = read(rest, size);
    const last = chunk.at(-1);
    if (last === undefined) return taken;
    sizes.meanBytes = meanBytes(chunk);
    for (const entry of chunk) {
      const { scanned, isLast } = take(entry);
      taken.push(scanned);
      if (isLast) return taken;
    }
    if (chunk.length < size || taken.length === limit) return taken;
    rest = reverse ? { from: rest.from, before: last.key } : { from: keyAfter(last.key), before: rest.before };
  }
}

/** What is read at once, for a value may be of 400 KB: see docs/design/2026-11-22-sqlite-layout.md. */
const CHUNK_BYTES = 131_072;
const UNKNOWN_SPACE_ENTRIES = 4;
const FIRST_CHUNK_ENTRIES = 24;
const CHUNK_ENTRIES = 128;
const CHUNK_GROWTH = 8;

/** How many entries to read next, after `taken`: as many as are likely to be of a chunk's size, but few at first. */
function nextChunkEntries(taken: number, { meanBytes: expectedBytes }: EntrySizes): number {
  const likely = expectedBytes === undefined ? UNKNOWN_SPACE_ENTRIES : Math.ceil(CHUNK_BYTES / expectedBytes);
  return Math.min(likely, taken === 0 ? FIRST_CHUNK_ENTRIES : Math.min(taken * CHUNK_GROWTH, CHUNK_ENTRIES));
}

function meanBytes(entries: readonly Entry[]): number {
  const bytes = entries.reduce((sum, { key, value }) => sum + key.length + value.length, 0);
  return bytes / entries.length;
}

/** The least key above `key`. */
function keyAfter(key: Uint8Array): Uint8Array {
  const after = new Uint8Array(key.length + 1);
  after.set(key);
  return after;
}

function prepareLogReads(
  db: Database.Database,
  inSnapshot: Reads['inSnapshot'],
): Pick<Reads, 'readLog' | 'logBounds' | 'hasEntryBehind'> {
  const select = db.prepare<[number, number, bigint, number], { sequence: bigint; value: Uint8Array }>(
    'SELECT sequence, value FROM log WHERE log = ? AND shard = ? AND sequence > ? ORDER BY sequence LIMIT ?',
  );
  const first = db
    .prepare<[number, number], bigint | null>('SELECT min(sequence) FROM log WHERE log = ? AND shard = ?')
    .pluck();
  const last = db
    .prepare<[number, number], bigint>('SELECT last_sequence FROM log_shard WHERE log = ? AND shard = ?')
    .pluck();
  for (const statement of [select, first, last]) statement.safeIntegers(true);
  const boundsOf = ({ log, shard }: LogShard): LogBounds => {
    const given = last.get(log, shard) ?? 0n;
    return { after: (first.get(log, shard) ?? given + 1n) - 1n, last: given };
  };
  return {
    readLog: (log, shard, after, limit) => {
      if (after >= MAX_SEQUENCE) return [];
      return select.all(log, shard, after < 0n ? 0n : after, limit);
    },
    logBounds: (shards) => inSnapshot(() => shards.map(boundsOf)),
    hasEntryBehind: (positions) =>
      inSnapshot(() => positions.some(({ log, shard, after }) => (last.get(log, shard) ?? 0n) > after)),
  };
}

/** Prepares its statements by itself, for it is hardly ever asked. */
function readContents(db: Database.Database): StoreContents {
  const counters = db.prepare<[], [string, number]>('SELECT name, value FROM counter WHERE value <> 0').raw();
  const shards = db.prepare<[], { log: number; shard: number }>('SELECT log, shard FROM log_shard ORDER BY log, shard');
  return { spaces: readSpaces(db), counters: new Map(counters.all()), shards: shards.all() };
}

/** From each space to the next, for a space may hold millions of entries. */
function readSpaces(db: Database.Database): Space[] {
  const next = db.prepare<[Space], Space | null>('SELECT min(space) FROM entry WHERE space > ?').pluck();
  const spaces: Space[] = [];
  let last: Space | null | undefined = 0;
  while ((last = next.get(last))) spaces.push(last);
  return spaces;
}
