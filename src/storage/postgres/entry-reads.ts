/** Reads of entries by their keys, gathered. */
import type { EntryKey, ResidentVersion } from '../engine.ts';
import type { Connection, Connections } from './connections.ts';
import { call } from './batch.ts';
import type { EntrySizes } from './entry-sizes.ts';
import { missingFenceError } from './errors.ts';
import { createGatherer, type Gathered } from './gatherer.ts';
import { byteaArray, byteaParameter, int4Array } from './parameters.ts';
import { type EntryRow, readEntries, readEntry } from './statements.ts';

/** A value and its version. */
export interface StoredEntry {
  readonly value: Uint8Array;
  /** Changes with each write and is never used again; see `nextVersion` in statements.ts. */
  readonly version: string;
}

/** What some keys had, all at one moment. */
export interface Snapshot {
  readonly residentVersion: ResidentVersion;
  /** In the order of the keys. */
  readonly entries: readonly (StoredEntry | undefined)[];
}

export interface EntryReads {
  /** Reads `keys`, at least one. */
  read(keys: readonly EntryKey[]): Promise<Snapshot>;
}

/** Measured: see docs/design/2026-11-22-postgresql-engine.md. */
const MAX_STATEMENTS = 2;
const MAX_KEYS = 100;
const MAX_BYTES = 1_048_576;

export function createEntryReads(connections: Connections, sizes: EntrySizes): EntryReads {
  const read = createGatherer<readonly EntryKey[], Snapshot>({
    maxRunning: MAX_STATEMENTS,
    count: (requests) => countRequests(requests, sizes),
    serve: (requests) => readAll(connections, requests, sizes),
  });
  return { read };
}

function countRequests(requests: readonly Gathered<readonly EntryKey[], Snapshot>[], sizes: EntrySizes): number {
  let keys = 0;
  let bytes = 0;
  for (const [i, { request }] of requests.entries()) {
    keys += request.length;
    for (const { space } of request) bytes += sizes.meanBytes(space) ?? 0;
    if (i > 0 && (keys > MAX_KEYS || bytes > MAX_BYTES)) return i;
  }
  return requests.length;
}

async function readAll(
  connections: Connections,
  requests: readonly (readonly EntryKey[])[],
  sizes: EntrySizes,
): Promise<Snapshot[]> {
  const keys = requests.flat();
  const { residentVersion, entries } = await connections.read((connection) => readSnapshot(connection, keys));
  for (const [i, entry] of entries.entries()) if (entry) sizes.note((keys[i] as EntryKey).space, entry.value.length);
  let end = 0;
  return requests.map(({ length }) => {
    const begin = end;
    end += length;
    return { residentVersion, entries: entries.slice(begin, end) };
  });
}

/** Reads `keys`, at least one, on `connection`. */
export async function readSnapshot(connection: Connection, keys: readonly EntryKey[]): Promise<Snapshot> {
  const rows = await readRows(connection, keys);
  const entries: (StoredEntry | undefined)[] = Array.from({ length: keys.length });
  for (const [, position, value, entryVersion] of rows) {
    if (value !== undefined && entryVersion !== undefined) entries[position - 1] = { value, version: entryVersion };
  }
  return { residentVersion: requireVersion(rows[0]?.[0]), entries };
}

/** `version` as it was read; it is missing, or 0 for a null, where the fence has lost its rows. */
export function requireVersion(version: number | undefined): ResidentVersion {
  if (version === undefined || version === 0) throw missingFenceError();
  return version;
}

async function readRows(connection: Connection, keys: readonly EntryKey[]): Promise<EntryRow[]> {
  const [only] = keys;
  const statement =
    keys.length === 1 && only
      ? call(readEntry, String(only.space), byteaParameter(only.key), connection.stripe)
      : call(
          readEntries,
          int4Array(keys.map(({ space }) => space)),
          byteaArray(keys.map(({ key }) => key)),
          connection.stripe,
        );
  const [rows] = await connection.run(statement);
  return rows;
}
