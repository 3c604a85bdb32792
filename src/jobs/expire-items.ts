/**
 * Deletes items that have expired under their table's Time to Live.
 *
 * A pass goes through the tables and, in each, through the entries of its expiry index (`items/expiry.ts`) that lie
 * between five years ago and the pass's start: what it reads is proportional to what has expired, not to what there is.
 * An item is deleted only if the transaction that does it still sees it as expired, by the attribute that counts then;
 * everything else is as for any other deletion, but that nobody is charged for it.
 *
 * Nothing waits for it, so it gives way: steps are small, each is followed by a pause, and what others keep writing
 * meanwhile is left to the next pass.
 */
import type { Clock, Timer } from '../foundation/clock.ts';
import { baseKeyOfExpiry, expiredRange, isStoredExpired } from '../items/expiry.ts';
import { type WriteAction, type WriteItemsInput, type WrittenTable, writeItems } from '../items/write-items.ts';
import { type Entry, type EntryKey, type Procedure, type Space, StorageConflictError } from '../storage/engine.ts';
import { catalogKey, decodeTable } from '../tables/catalog.ts';
import { CATALOG_SPACE, decodeNextSpace, NEXT_SPACE_KEY } from '../tables/spaces.ts';
import { decodeLifeCycle, lifeCycleKey, writeTable } from '../tables/life-cycle.ts';
import { findBuild, type TableDefinition } from '../tables/table.ts';
import { expiryIndexOf } from '../tables/time-to-live.ts';
import { enable } from '../tables/update-time-to-live.ts';
import { keyAfter } from '../values/key-encoding.ts';
import type { Job, JobStore } from './job.ts';
import { fenced } from './lease.ts';

/** What one step deletes at most: it holds the writer for a few milliseconds. The last item may go past the bytes. */
const STEP_ITEMS = 50;
const STEP_SIZE_BYTES = 262_144;

/** The pause after a step that deleted something: so no more than some 2,000 items go in a second. */
const STEP_PAUSE_MS = 20;

/** How many definitions are looked at in a step. */
const STEP_TABLES = 100;

interface ExpireItemsInput {
  /** Deletions of items of one table, whose items they are to be if they are still to be deleted. */
  readonly writes: WriteItemsInput;
  /** Where the items were found: an index of another space is of another setting. */
  readonly expirySpace: Space;
}

/** Deletes those of the items that have expired at the time of the writes; how many that were. */
const expireItemsProcedure: Procedure<ExpireItemsInput, number> = {
  name: 'expireItems',
  reads: ({ writes }) => writeItems.reads(writes),
  decide({ writes, expirySpace }, values) {
    const [bytes] = values;
    const index = bytes && expiryIndexOf(decodeTable(bytes));
    const [table] = writes.tables;
    if (index?.space !== expirySpace || table === undefined) return { writes: [], output: 0 };
    const read = new Map(writeItems.reads(writes).map((key, i) => [nameOf(key), values[i]]));
    const actions = writes.actions.filter(({ key }) => {
      const stored = read.get(nameOf({ space: table.space, key }));
      return stored !== undefined && isStoredExpired(index, stored, writes.nowMs);
    });
    const expired = { ...writes, actions };
    const wanted = writeItems.reads(expired).map((key) => read.get(nameOf(key)));
    const decision = writeItems.decide(expired, wanted);
    return { writes: decision.writes, output: decision.output.kind === 'done' ? actions.length : 0 };
  },
};
export const expireItems = fenced(expireItemsProcedure);

interface StartExpiryInput {
  readonly tableName: string;
  readonly nowMs: number;
}

/** Gives a table an expiry index whose Time to Live was enabled by a program that had none. */
const startExpiryProcedure: Procedure<StartExpiryInput, null> = {
  name: 'startExpiry',
  reads: ({ tableName }) => [catalogKey(tableName), lifeCycleKey(tableName), NEXT_SPACE_KEY],
  decide({ nowMs }, [bytes, record, nextSpace]) {
    const table = bytes && decodeTable(bytes);
    if (!lacksIndex(table)) return { writes: [], output: null };
    const { attributeName = '', changedAtMs } = table.timeToLive ?? {};
    const enabled = enable({ attributeName, nowMs, delayMs: 0 }, decodeNextSpace(nextSpace));
    const timeToLive = { ...enabled.timeToLive, ...(changedAtMs !== undefined && { changedAtMs }) };
    const known = { before: table, record: record && decodeLifeCycle(record) };
    const written = writeTable({ ...table, timeToLive }, nowMs, known);
    return { writes: [...written, ...enabled.writes], output: null };
  },
};
export const startExpiry = fenced(startExpiryProcedure);

function lacksIndex(table: TableDefinition | undefined): table is TableDefinition {
  return table?.timeToLive?.attributeName !== undefined && table.timeToLive.expirySpace === undefined;
}

/** Where a pass is. */
interface Pass {
  /** When it started: what expires later is left to the next one. */
  readonly startMs: number;
  /** The next definitions in the catalog have keys from here. */
  readonly from: Uint8Array | undefined;
  /** Of the tables that were read there, those still to be seen; the first one from the expiry index's key `at`. */
  readonly tableNames: readonly string[];
  readonly at: Uint8Array | undefined;
  readonly isLastChunk: boolean;
  /** How many items a step takes now. */
  readonly stepItems: number;
}

export interface ExpireItemsOptions {
  /** What items' times are compared with. */
  readonly clock: Clock;
  readonly timer: Pick<Timer, 'sleep'>;
  /** From the end of a pass to the next one. */
  readonly intervalMs: number;
}

export function createExpireItemsJob({ clock, timer, intervalMs }: ExpireItemsOptions): Job {
  let pass: Pass | undefined;

  /** Deletes the next items of the table called `tableName`; how many there were. */
  async function expireNext(store: JobStore, tableName: string, current: Pass): Promise<number> {
    const table = await findTable(store, tableName);
    if (lacksIndex(table)) await store.transact(startExpiry, { tableName, nowMs: clock.nowMs() });
    const index = table && isEnabled(table) ? expiryIndexOf(table) : undefined;
    const entries = table && index ? await nextExpired(store, table, index.space, current) : [];
    const last = entries.at(-1);
    if (table === undefined || index === undefined || last === undefined) {
      pass = leaveTable(current);
      return 0;
    }
    const writes = deletionsOf(table, entries, clock.nowMs());
    // Where it fails, one of these items may be why: each of the rest can go alone, and that one has the next pass.
    pass = entries.length === 1 ? goOn(current, last.key) : { ...current, stepItems: Math.ceil(entries.length / 2) };
    const deleted = await store.transact(expireItems, { writes, expirySpace: index.space });
    pass = { ...goOn(current, last.key), stepItems: Math.min(2 * current.stepItems, STEP_ITEMS) };
    return deleted;
  }

  return {
    name: 'expire-items',
    intervalMs,
    async run(store, signal) {
      pass ??= beginPass(clock.nowMs());
      const [tableName] = pass.tableNames;
      if (tableName === undefined) {
        pass = pass.isLastChunk ? undefined : await readTables(store, pass);
        return pass === undefined ? 'done' : 'more';
      }
      try {
        const deleted = await expireNext(store, tableName, pass);
        if (deleted > 0) await timer.sleep(STEP_PAUSE_MS, signal);
      } catch (error) {
        // Others kept writing what the step reads.
        if (!(error instanceof StorageConflictError)) throw error;
      }
      return 'more';
    },
  };
}

function beginPass(startMs: number): Pass {
  return { startMs, from: undefined, tableNames: [], at: undefined, isLastChunk: false, stepItems: STEP_ITEMS };
}

function leaveTable(pass: Pass): Pass {
  return { ...pass, tableNames: pass.tableNames.slice(1), at: undefined };
}

/** `pass` behind the entry under `key`. */
function goOn(pass: Pass, key: Uint8Array): Pass {
  return { ...pass, at: keyAfter(key) };
}

/** The pass with the next tables that something may expire in. */
async function readTables(store: JobStore, pass: Pass): Promise<Pass> {
  const entries = await store.scan(CATALOG_SPACE, { from: pass.from }, { limit: STEP_TABLES });
  const tables = entries.map(({ value }) => decodeTable(value));
  const last = entries.at(-1);
  return {
    ...pass,
    tableNames: tables.filter((table) => lacksIndex(table) || isEnabled(table)).map(({ name }) => name),
    from: last && keyAfter(last.key),
    isLastChunk: entries.length < STEP_TABLES,
  };
}

async function findTable(store: JobStore, name: string): Promise<TableDefinition | undefined> {
  const { space, key } = catalogKey(name);
  const bytes = await store.get(space, key);
  return bytes && decodeTable(bytes);
}

function isEnabled(table: TableDefinition): boolean {
  return expiryIndexOf(table) !== undefined && table.timeToLive?.enablingUntilMs === undefined;
}

/** The next entries of items that had expired at the pass's start. */
async function nextExpired(store: JobStore, table: TableDefinition, space: Space, pass: Pass): Promise<Entry[]> {
  const { from, before } = expiredRange(pass.startMs);
  let sizeBytes = 0;
  return await store.scan(
    space,
    { from: pass.at ?? from, before },
    {
      limit: pass.stepItems,
      follow: ({ key }) => ({ space: table.space, key: baseKeyOfExpiry(key) }),
      until: ({ followed }) => {
        sizeBytes += followed?.length ?? 0;
        return sizeBytes >= STEP_SIZE_BYTES;
      },
    },
  );
}

function deletionsOf(table: TableDefinition, entries: readonly Entry[], nowMs: number): WriteItemsInput {
  const { name, id, space, collectionSpace } = table;
  const written: WrittenTable = { name, id, space, collectionSpace, markSpace: findBuild(table)?.build.markSpace };
  const actions = entries.map(({ key }): WriteAction => ({ table: 0, kind: 'delete', key: baseKeyOfExpiry(key) }));
  return { nowMs, actor: 'ttl', tables: [written], actions };
}

function nameOf({ space, key }: EntryKey): string {
  return `${space}/${Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1')}`;
}
