/**
 * The catalog: every table's definition, by name, in one resident space of the store.
 *
 * Operations find tables here. Definitions are kept decoded, each with the resident version it is of. That version may
 * be out of date without this thread's knowing it, where other nodes write too; so whoever uses a kept definition has
 * the engine compare the version in the same step: reads by handing it on, writes in their procedure. That a table is
 * absent is never kept.
 */
import { ApiError, type ApiFault } from '../foundation/errors.ts';
import { type EntryKey, ResidentVersionError, type ResidentVersion, type StorageEngine } from '../storage/engine.ts';
import { keyAfter } from '../values/key-encoding.ts';
import { decodeVersionedJson, encodeVersionedJson } from '../values/versioned-json.ts';
import { CATALOG_SPACE } from './spaces.ts';
import type { TableDefinition } from './table.ts';

export interface Catalog {
  /** The table called `name` as it is now, or undefined. */
  find(name: string): Promise<TableDefinition | undefined>;

  /**
   * The table called `name` as this thread last knew it, mostly without asking the store: for writes, whose procedure
   * compares it with the catalog's own and has the caller look again, which then sees what the procedure saw. Undefined
   * only if there is none now.
   */
  findForWrite(name: string): Promise<TableDefinition | undefined>;

  /**
   * The result of `read` on the table called `name`. `read` passes the version on to the engine's reads and runs
   * again if the table changed meanwhile; so it does where it threw an ApiError, as for a key that does not fit, and
   * the table is another one by now. Throws ResourceNotFoundException if there is no such table.
   */
  read<Result>(
    name: string,
    read: (table: TableDefinition, version: ResidentVersion) => Promise<Result>,
  ): Promise<Result>;

  /** As `read`, on the tables called `names`, in their order and all of one version. */
  readMany<Result>(
    names: readonly string[],
    read: (tables: readonly TableDefinition[], version: ResidentVersion) => Promise<Result>,
  ): Promise<Result>;
}

/** A definition and the resident version it is of. */
interface KnownTable {
  readonly version: ResidentVersion;
  readonly table: TableDefinition;
}

/** The most names kept decoded; beyond it the cache starts anew. */
const CACHED_TABLES = 10_000;

export function createCatalog(engine: StorageEngine): Catalog {
  const cache = new Map<string, KnownTable>();

  /** What is kept, if this thread knows of nothing newer. */
  function recall(name: string): KnownTable | undefined {
    const known = cache.get(name);
    return known?.version === engine.residentVersion() ? known : undefined;
  }

  /** What the store has now. */
  async function load(name: string): Promise<KnownTable | undefined> {
    for (;;) {
      const version = engine.residentVersion();
      try {
        const bytes = await engine.get(CATALOG_SPACE, catalogKey(name).key, version);
        return keep(name, version, bytes);
      } catch (error) {
        // The engine has another version to tell now.
        if (!(error instanceof ResidentVersionError)) throw error;
      }
    }
  }

  function keep(name: string, version: ResidentVersion, bytes: Uint8Array | undefined): KnownTable | undefined {
    const known = cache.get(name);
    if (bytes === undefined) {
      cache.delete(name);
      return undefined;
    }
    if (known?.version === version) return known;
    const loaded = { version, table: decodeTable(bytes) };
    if (cache.size >= CACHED_TABLES) cache.clear();
    cache.set(name, loaded);
    return loaded;
  }

  /** Throws ResourceNotFoundException where there is no table whose items could be read. */
  async function findUsable(name: string): Promise<KnownTable> {
    const recalled = recall(name);
    if (recalled !== undefined && isUsable(recalled.table)) return recalled;
    const known = await load(name);
    if (known === undefined || !isUsable(known.table)) throw tableNotFoundError();
    return known;
  }

  /** Returns if a read that ended with `error` may end otherwise on what the store has now; throws `error` if not. */
  async function expectChange(error: unknown, name: string, version: ResidentVersion): Promise<void> {
    if (error instanceof ResidentVersionError) return;
    if (error instanceof ApiError && (await isOutdated(name, version))) return;
    throw error;
  }

  async function isOutdated(name: string, version: ResidentVersion): Promise<boolean> {
    try {
      await engine.get(CATALOG_SPACE, catalogKey(name).key, version);
      return false;
    } catch (error) {
      if (error instanceof ResidentVersionError) return true;
      throw error;
    }
  }

  async function read<Result>(
    name: string,
    run: (table: TableDefinition, version: ResidentVersion) => Promise<Result>,
  ): Promise<Result> {
    for (;;) {
      const known = await findUsable(name);
      try {
        return await run(known.table, known.version);
      } catch (error) {
        await expectChange(error, name, known.version);
      }
    }
  }

  async function readMany<Result>(
    names: readonly string[],
    run: (tables: readonly TableDefinition[], version: ResidentVersion) => Promise<Result>,
  ): Promise<Result> {
    for (;;) {
      const tables: TableDefinition[] = [];
      const versions = new Set<ResidentVersion>();
      for (const name of names) {
        const known = await findUsable(name);
        tables.push(known.table);
        versions.add(known.version);
      }
      // A change came in between; the definitions before it are no longer what is recalled.
      if (versions.size > 1) continue;
      const [version = engine.residentVersion()] = versions;
      try {
        return await run(tables, version);
      } catch (error) {
        await expectChange(error, names[0] ?? '', version);
      }
    }
  }

  return {
    find: async (name) => (await load(name))?.table,
    findForWrite: async (name) => (recall(name) ?? (await load(name)))?.table,
    read,
    readMany,
  };
}

/** Whether data operations find `table`: not while it is being created. */
export function isUsable({ transition }: TableDefinition): boolean {
  return transition?.status !== 'CREATING';
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
  engine: Pick<StorageEngine, 'scan'>,
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

/**
 * Each version may say more that every writer has to honour, and else the same. Version 2: marks of an index that is
 * being built, sizes of item collections, states, protection from deletion. Version 3: a log of changes, an index of
 * what expires.
 */
const FORMAT_VERSION = 3;
const OLDEST_FORMAT_VERSION = 1;

/** A definition as bytes. */
export function encodeTable(table: TableDefinition): Uint8Array {
  return encodeVersionedJson(FORMAT_VERSION, table);
}

/** Engines hand out the same bytes for a resident value until it changes, so one decoding serves many procedures. */
const decoded = new WeakMap<Uint8Array, TableDefinition>();

/** The definition in `bytes`, which must not change afterwards. */
export function decodeTable(bytes: Uint8Array): TableDefinition {
  let table = decoded.get(bytes);
  if (table === undefined) {
    table = decodeVersionedJson(FORMAT_VERSION, bytes, 'table definition', OLDEST_FORMAT_VERSION) as TableDefinition;
    decoded.set(bytes, table);
  }
  return table;
}
