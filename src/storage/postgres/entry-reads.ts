/**
 * Reads of entries by their keys, gathered: what is asked for while earlier reads are under way goes to the database as
 * one statement, which costs it and the client much less than one for each.
 *
 * Only so many such statements run at a time. So a read that comes alone is sent at once, and the more come the more
 * share a statement.
 */
import { type EntryKey, StorageUnavailableError } from '../engine.ts';
import type { Connection, Connections } from './connections.ts';
import { call } from './batch.ts';
import type { EntrySizes } from './entry-sizes.ts';
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
  readonly residentVersion: number;
  /** In the order of the keys. */
  readonly entries: readonly (StoredEntry | undefined)[];
}

export interface EntryReads {
  /** Reads `keys`, at least one. */
  read(keys: readonly EntryKey[]): Promise<Snapshot>;
}

interface Request {
  readonly keys: readonly EntryKey[];
  resolve(snapshot: Snapshot): void;
  reject(error: unknown): void;
}

/** Measured: see docs/design/2026-11-22-postgresql-engine.md. */
const MAX_STATEMENTS = 2;
const MAX_KEYS = 100;
const MAX_BYTES = 1_048_576;

export function createEntryReads(connections: Connections, sizes: EntrySizes): EntryReads {
  let waiting: Request[] = [];
  let running = 0;
  let isScheduled = false;

  const start = () => {
    isScheduled = false;
    while (running < MAX_STATEMENTS && waiting.length > 0) {
      const count = countRequests(waiting, sizes);
      const requests = waiting.slice(0, count);
      waiting = waiting.slice(count);
      running += 1;
      void readAll(connections, requests, sizes).then((failure) => {
        running -= 1;
        if (failure instanceof StorageUnavailableError) rejectWaiting(failure);
        start();
      });
    }
  };
  /** Who waited behind a read that the store was out of reach for doesn't wait for another one to find out. */
  const rejectWaiting = (failure: StorageUnavailableError) => {
    for (const request of waiting) request.reject(failure);
    waiting = [];
  };
  return {
    read: (keys) =>
      new Promise((resolve, reject) => {
        waiting.push({ keys, resolve, reject });
        if (isScheduled || running >= MAX_STATEMENTS) return;
        isScheduled = true;
        setImmediate(start);
      }),
  };
}

/** How many of `requests`, at least one, one statement is to serve. */
function countRequests(requests: readonly Request[], sizes: EntrySizes): number {
  let keys = 0;
  let bytes = 0;
  for (const [i, request] of requests.entries()) {
    keys += request.keys.length;
    for (const { space } of request.keys) bytes += sizes.meanBytes(space) ?? 0;
    if (i > 0 && (keys > MAX_KEYS || bytes > MAX_BYTES)) return i;
  }
  return requests.length;
}

/** Answers each of `requests`; resolves with what went wrong. */
async function readAll(connections: Connections, requests: readonly Request[], sizes: EntrySizes): Promise<unknown> {
  const [first] = requests;
  const keys = requests.length === 1 && first ? first.keys : requests.flatMap((request) => request.keys);
  try {
    const { residentVersion, entries } = await connections.read((connection) => readSnapshot(connection, keys));
    for (const [i, entry] of entries.entries()) if (entry) sizes.note((keys[i] as EntryKey).space, entry.value.length);
    let end = 0;
    for (const request of requests) {
      const begin = end;
      end += request.keys.length;
      request.resolve({ residentVersion, entries: entries.slice(begin, end) });
    }
    return undefined;
  } catch (error) {
    for (const request of requests) request.reject(error);
    return error;
  }
}

/** Reads `keys`, at least one, on `connection`. */
export async function readSnapshot(connection: Connection, keys: readonly EntryKey[]): Promise<Snapshot> {
  const rows = await readRows(connection, keys);
  const entries: (StoredEntry | undefined)[] = Array.from({ length: keys.length });
  let residentVersion = 0;
  for (const [version, position, value, entryVersion] of rows) {
    residentVersion = version;
    if (value !== undefined && entryVersion !== undefined) entries[position - 1] = { value, version: entryVersion };
  }
  return { residentVersion, entries };
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
