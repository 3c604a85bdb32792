/**
 * The catalog: every table's definition, by name, in one resident space of the store.
 *
 * Operations find tables here. Definitions are kept decoded and are as old as the resident version says, which
 * reads hand to the engine, so that a table changed by anyone is seen changed by the next request.
 */
import { ApiError, type ApiFault } from '../foundation/errors.ts';
import { type EntryKey, ResidentVersionError, type ResidentVersion, type StorageEngine } from '../storage/engine.ts';
import { keyAfter } from '../values/key-encoding.ts';
import { CATALOG_SPACE } from './spaces.ts';
import type { TableDefinition } from './table.ts';

export interface Catalog {
  /** The table called `name`, or undefined. */
  find(name: string): Promise<TableDefinition | undefined>;

  /**
   * The result of `read` on the table called `name`. `read` passes the version on to the engine's reads and runs
   * again if the table changed meanwhile. Throws ResourceNotFoundException if there is no such table.
   */
  read<Result>(
    name: string,
    read: (table: TableDefinition, version: ResidentVersion) => Promise<Result>,
  ): Promise<Result>;
}

interface CachedTable {
  readonly version: ResidentVersion;
  readonly table: TableDefinition | undefined;
}

/** The most names kept decoded; beyond it the cache starts anew. */
const CACHED_TABLES = 10_000;

export function createCatalog(engine: StorageEngine): Catalog {
  const cache = new Map<string, CachedTable>();

  async function load(name: string): Promise<CachedTable> {
    const version = engine.residentVersion();
    const cached = cache.get(name);
    if (cached !== undefined && cached.version === version) return cached;
    const bytes = await engine.get(CATALOG_SPACE, catalogKey(name).key);
    const loaded = { version, table: bytes === undefined ? undefined : decodeTable(bytes) };
    if (cache.size >= CACHED_TABLES) cache.clear();
    cache.set(name, loaded);
    return loaded;
  }

  async function read<Result>(
    name: string,
    run: (table: TableDefinition, version: ResidentVersion) => Promise<Result>,
  ): Promise<Result> {
    for (;;) {
      const { table, version } = await load(name);
      if (table === undefined) throw tableNotFoundError();
      try {
        return await run(table, version);
      } catch (error) {
        if (!(error instanceof ResidentVersionError)) throw error;
      }
    }
  }

  return { find: async (name) => (await load(name)).table, read };
}

/** What data operations answer when there is no such table. */
export function tableNotFoundError(): ApiError {
  return new ApiError({ name: 'ResourceNotFoundException', message: 'Requested resource not found' });
}

/** What operations on the table itself answer when there is none called `name`. */
export function namedTableNotFoundFault(name: string): ApiFault {
  return { name: 'ResourceNotFoundException', message: `Requested resource not found: Table: ${name} not found` };
}

/** Up to `limit` names of tables after the name `after`, in byte order. */
export async function listTableNames(
  engine: StorageEngine,
  after: string | undefined,
  limit: number,
): Promise<string[]> {
  const from = after === undefined ? undefined : keyAfter(catalogKey(after).key);
  const entries = await engine.scan(CATALOG_SPACE, { from }, { limit });
  return entries.map((entry) => new TextDecoder().decode(entry.key));
}

/** Where the definition of the table called `name` lies. */
export function catalogKey(name: string): EntryKey {
  return { space: CATALOG_SPACE, key: new TextEncoder().encode(name) };
}

const FORMAT_VERSION = 1;

/** A definition as bytes: the format version, then JSON. */
export function encodeTable(table: TableDefinition): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(table));
  const bytes = new Uint8Array(1 + json.length);
  bytes[0] = FORMAT_VERSION;
  bytes.set(json, 1);
  return bytes;
}

/** Engines hand out the same bytes for a resident value until it changes, so one decoding serves many procedures. */
const decoded = new WeakMap<Uint8Array, TableDefinition>();

/** The definition in `bytes`, which must not change afterwards. */
export function decodeTable(bytes: Uint8Array): TableDefinition {
  let table = decoded.get(bytes);
  if (table === undefined) {
    if (bytes[0] !== FORMAT_VERSION) throw new Error(`table definition of unknown format version ${String(bytes[0])}`);
    table = JSON.parse(new TextDecoder().decode(bytes.subarray(1))) as TableDefinition;
    decoded.set(bytes, table);
  }
  return table;
}
