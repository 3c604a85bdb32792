/** Scans, and reads of many keys that may end early: chunk by chunk, of one snapshot. */
import type {
  Entry,
  EntryKey,
  GetManyOptions,
  KeyRange,
  ResidentVersion,
  ScannedEntry,
  ScanOptions,
  Space,
} from '../engine.ts';
import { type Call, call } from './batch.ts';
import type { Connection, Connections } from './connections.ts';
import { readSnapshot, requireVersion, type StoredEntry } from './entry-reads.ts';
import type { EntrySizes } from './entry-sizes.ts';
import { byteaParameter } from './parameters.ts';
import { beginSnapshot, commit, readFence, type ScanRow, scans } from './statements.ts';

/** What is read at once: about so many bytes, and few entries where it isn't known how large they are. */
const CHUNK_BYTES = 262_144;
const UNKNOWN_SPACE_ENTRIES = 16;
const FIRST_CHUNK_ENTRIES = 64;
const CHUNK_ENTRIES = 512;
const CHUNK_GROWTH = 8;

/** The most spaces to know of; beyond it the table starts anew. */
const MAX_SPACES = 100_000;

/** How many entries of `space` to read next, after `taken`: as many as are likely to be of a chunk's size. */
export function nextChunkEntries(sizes: EntrySizes, space: Space, taken: number): number {
  const mean = sizes.meanBytes(space);
  const likely = mean === undefined ? UNKNOWN_SPACE_ENTRIES : Math.ceil(CHUNK_BYTES / Math.max(mean, 1));
  return Math.min(likely, taken === 0 ? FIRST_CHUNK_ENTRIES : Math.min(taken * CHUNK_GROWTH, CHUNK_ENTRIES));
}

/** Is told the resident version that a read is of, before anything of it is handed out; throws if it is another one. */
export type CheckVersion = (actual: ResidentVersion) => void;

export interface Scans {
  /** See `StorageEngine.scan`. */
  scan(space: Space, range: KeyRange, options: ScanOptions, check: CheckVersion): Promise<ScannedEntry[]>;
  /** See `StorageEngine.getMany`; `keys` are more than are likely to be read at once. */
  getMany(
    keys: readonly EntryKey[],
    until: GetManyOptions['until'],
    check: CheckVersion,
  ): Promise<(Uint8Array | undefined)[]>;
}

export function createScans(connections: Connections, sizes: EntrySizes): Scans {
  /** The spaces of which the last scan went beyond its first chunk, so that the next one is likely to. */
  const longScanned = new Set<Space>();
  return {
    async scan(space, range, options, check) {
      const scan = { connections, sizes, space, options, check };
      const size = nextChunk(scan, 0);
      if (options.follow === undefined && (size === options.limit || !longScanned.has(space))) {
        const taken = await scanOneChunk(scan, range, size);
        if (taken !== undefined) return taken;
        if (longScanned.size >= MAX_SPACES) longScanned.clear();
        longScanned.add(space);
      }
      const taken = await scanSnapshot(scan, range, size);
      if (taken.length < size) longScanned.delete(space);
      return taken;
    },
    getMany: (keys, until, check) =>
      inSnapshot(
        connections,
        (connection) => connection.run(call(beginSnapshot)),
        (connection) => takeMany(connection, sizes, keys, until, check),
      ),
  };
}

/** One scan. */
interface Scan {
  readonly connections: Connections;
  readonly sizes: EntrySizes;
  readonly space: Space;
  readonly options: ScanOptions;
  readonly check: CheckVersion;
}

/** In one statement, which needs no transaction; undefined, with nothing handed out, if `size` entries are not all. */
async function scanOneChunk(scan: Scan, range: KeyRange, size: number): Promise<ScannedEntry[] | undefined> {
  const { connections, options, check } = scan;
  const [version, rows] = await connections.read(async (connection) => {
    const [found] = await connection.run(chunkCall(connection, scan, range, size));
    // Versions don't come back: one that is in force now was so before.
    return [found[0]?.[0] ?? (await readVersion(connection)), found] as const;
  });
  check(requireVersion(version));
  if (rows.length === size && size < options.limit) return undefined;
  const taken: ScannedEntry[] = [];
  for (const entry of entriesOf(scan, rows)) {
    taken.push(entry);
    if (options.until?.(entry) === true) break;
  }
  return taken;
}

/** Chunk by chunk, the first of `size`, in a transaction whose statements all see the same. */
async function scanSnapshot(scan: Scan, range: KeyRange, size: number): Promise<ScannedEntry[]> {
  const { connections, check } = scan;
  const readFirst = (connection: Connection) =>
    connection.run(call(beginSnapshot), call(readFence, connection.stripe), chunkCall(connection, scan, range, size));
  return await inSnapshot(connections, readFirst, async (connection, [, [version], rows]) => {
    check(requireVersion(version?.[0]));
    return await takeChunks(connection, scan, range, entriesOf(scan, rows), size);
  });
}

function nextChunk({ sizes, space, options: { limit } }: Scan, taken: number): number {
  return Math.min(limit - taken, nextChunkEntries(sizes, space, taken));
}

/** Takes the entries of `first`, the first chunk of `range`, of which `firstSize` were asked for, and of those after it. */
async function takeChunks(
  connection: Connection,
  scan: Scan,
  range: KeyRange,
  first: readonly Entry[],
  firstSize: number,
): Promise<ScannedEntry[]> {
  const { limit, reverse } = scan.options;
  const taken: ScannedEntry[] = [];
  let rest = range;
  let size = firstSize;
  for (let entries = first; ;) {
    const last = entries.at(-1);
    if (last === undefined || (await takeChunk(connection, scan, entries, taken))) return taken;
    if (entries.length < size || taken.length === limit) return taken;
    rest = reverse ? { from: rest.from, before: last.key } : { from: keyAfter(last.key), before: rest.before };
    size = nextChunk(scan, taken.length);
    const [rows] = await connection.run(chunkCall(connection, scan, rest, size));
    entries = entriesOf(scan, rows);
  }
}

/** Adds `entries` to `taken`, with what they are followed to; true if one of them is the last. */
async function takeChunk(
  connection: Connection,
  { sizes, options: { follow, until } }: Scan,
  entries: readonly Entry[],
  taken: ScannedEntry[],
): Promise<boolean> {
  let targetSpace: Space | undefined;
  for (let begin = 0, end = 0; begin < entries.length; begin = end) {
    const count =
      targetSpace === undefined ? UNKNOWN_SPACE_ENTRIES : nextChunkEntries(sizes, targetSpace, taken.length);
    end = follow === undefined ? entries.length : Math.min(begin + count, entries.length);
    const group = entries.slice(begin, end);
    const targets = follow && group.map(follow);
    const followed = targets && (await readEntriesOf(connection, sizes, targets));
    targetSpace = targets?.[0]?.space;
    for (const [i, entry] of group.entries()) {
      const scanned = followed === undefined ? entry : { ...entry, followed: followed[i]?.value };
      taken.push(scanned);
      if (until?.(scanned) === true) return true;
    }
  }
  return false;
}

async function takeMany(
  connection: Connection,
  sizes: EntrySizes,
  keys: readonly EntryKey[],
  until: GetManyOptions['until'],
  check: CheckVersion,
): Promise<(Uint8Array | undefined)[]> {
  const values: (Uint8Array | undefined)[] = [];
  for (let rest = keys; rest.length > 0; rest = keys.slice(values.length)) {
    const count = nextChunkEntries(sizes, (rest[0] as EntryKey).space, values.length);
    const { residentVersion, entries } = await readSnapshot(connection, rest.slice(0, count));
    noteSizes(sizes, rest, entries);
    if (values.length === 0) check(residentVersion);
    for (const entry of entries) {
      values.push(entry?.value);
      if (until?.(entry?.value) === true) return values;
    }
  }
  return values;
}

/**
 * Runs `begin`, which begins a transaction, then `use` with what it has read, and ends the transaction without having
 * the caller wait for it.
 */
function inSnapshot<First, Result>(
  connections: Connections,
  begin: (connection: Connection) => Promise<First>,
  use: (connection: Connection, first: First) => Promise<Result>,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    let hasBegun = false;
    const run = async (connection: Connection) => {
      const first = await begin(connection);
      hasBegun = true;
      resolve(await use(connection, first));
      await connection.run(call(commit));
    };
    connections.read(run, () => !hasBegun).catch(reject);
  });
}

function chunkCall(connection: Connection, scan: Scan, range: KeyRange, limit: number): Call<ScanRow> {
  const { space, options } = scan;
  const direction = options.reverse === true ? 'reverse' : 'forward';
  const start = [connection.stripe, String(space), range.from ? byteaParameter(range.from) : FIRST_KEY] as const;
  return range.before === undefined
    ? call(scans.open[direction], ...start, String(limit))
    : call(scans.bounded[direction], ...start, byteaParameter(range.before), String(limit));
}

const FIRST_KEY = Buffer.alloc(0);

function entriesOf({ sizes, space }: Scan, rows: readonly ScanRow[]): Entry[] {
  return rows.map(([, key, value]) => {
    sizes.note(space, key.length + value.length);
    return { key, value };
  });
}

async function readEntriesOf(
  connection: Connection,
  sizes: EntrySizes,
  keys: readonly EntryKey[],
): Promise<readonly (StoredEntry | undefined)[]> {
  const { entries } = await readSnapshot(connection, keys);
  noteSizes(sizes, keys, entries);
  return entries;
}

function noteSizes(sizes: EntrySizes, keys: readonly EntryKey[], entries: readonly (StoredEntry | undefined)[]): void {
  for (const [i, entry] of entries.entries()) {
    if (entry !== undefined) sizes.note((keys[i] as EntryKey).space, entry.value.length);
  }
}

async function readVersion(connection: Connection): Promise<number | undefined> {
  const [[fence]] = await connection.run(call(readFence, connection.stripe));
  return fence?.[0];
}

/** The least key above `key`. */
function keyAfter(key: Uint8Array): Uint8Array {
  const after = new Uint8Array(key.length + 1);
  after.set(key);
  return after;
}
