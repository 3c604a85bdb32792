/**
 * Ends what goes on with tables and indexes when its time has come, and builds the indexes that were added to tables
 * (for the expiry index see enter-expiries.ts).
 *
 * From the moment an index is in its table's definition, every write of an item maintains it. What is left are the
 * items that nobody writes: the backfill goes through the table in the order of keys, a few hundred items a step, and
 * gives each the entry that it has none of yet. Whether it has one says a mark under the item's key (`IndexBuild`),
 * which the step reads with the item in one transaction, as writes do: so each item gets its entry once, by
 * whoever comes first, and the counters are right at any time. How far it has come is in the store; interrupted
 * anywhere, or done twice, it goes on.
 */
import { backfillWrites } from '../items/index-writes.ts';
import type { Clock } from '../foundation/clock.ts';
import { type Procedure, type Space, StorageConflictError, type Write } from '../storage/engine.ts';
import { catalogKey, decodeTable } from '../tables/catalog.ts';
import {
  type BuildProgress,
  decodeLifeCycle,
  encodeLifeCycle,
  lifeCycleKey,
  type LifeCycleRecord,
  listLifeCycles,
  settleTable,
  writeTable,
} from '../tables/life-cycle.ts';
import { findBuild, type TableDefinition } from '../tables/table.ts';
import { enterExpiriesStep } from './enter-expiries.ts';
import type { Job, JobStore } from './job.ts';
import { fenced } from './lease.ts';
import { nextKeys, progressAfter } from './next-keys.ts';

/** What one step reads at most: it holds the writer for a few milliseconds. */
const STEP_ITEMS = 200;

const INTERVAL_MS = 250;

/** How many tables are looked at in a step at most; the next ones come in the next step. */
const MAX_RECORDS = 100;

interface AdvanceTableInput {
  readonly tableName: string;
  readonly nowMs: number;
}

/** Settles a table as `writeTable` does. */
const advanceTableProcedure: Procedure<AdvanceTableInput, null> = {
  name: 'advanceTable',
  reads: ({ tableName }) => [catalogKey(tableName), lifeCycleKey(tableName)],
  decide({ tableName, nowMs }, [bytes, noted]) {
    if (noted === undefined) return { writes: [], output: null };
    const record = decodeLifeCycle(noted);
    const table = bytes && decodeTable(bytes);
    if (table?.id === record.tableId)
      return { writes: writeTable(table, nowMs, { before: table, record }), output: null };
    return { writes: [{ kind: 'delete', ...lifeCycleKey(tableName) }], output: null };
  },
};
export const advanceTable = fenced(advanceTableProcedure);

interface BackfillIndexInput {
  readonly tableName: string;
  readonly tableId: string;
  readonly tableSpace: Space;
  readonly indexSpace: Space;
  readonly markSpace: Space;
  /** Of the items of this step. */
  readonly keys: readonly Uint8Array[];
  readonly progress: BuildProgress;
}

/** Gives items the entries that they lack in an index that is being built, and notes that they have been seen. */
const backfillIndexProcedure: Procedure<BackfillIndexInput, null> = {
  name: 'backfillIndex',
  reads: ({ tableName, tableSpace, markSpace, keys }) => [
    catalogKey(tableName),
    ...keys.map((key) => ({ space: tableSpace, key })),
    ...keys.map((key) => ({ space: markSpace, key })),
  ],
  decide({ tableName, tableId, indexSpace, keys, progress }, [bytes, ...values]) {
    const table = bytes && decodeTable(bytes);
    const index = table && findBuild(table);
    if (table?.id !== tableId || index?.space !== indexSpace) return { writes: [], output: null };
    const writes: Write[] = keys.flatMap((key, i) => {
      const stored = values[i];
      const isMarked = values[keys.length + i] !== undefined;
      return stored === undefined || isMarked ? [] : backfillWrites(table, index, key, stored);
    });
    const record: LifeCycleRecord = { tableId, tableName, ...progress };
    writes.push({ kind: 'put', ...lifeCycleKey(tableName), value: encodeLifeCycle(record) });
    return { writes, output: null };
  },
};
export const backfillIndex = fenced(backfillIndexProcedure);

/** The job; `clock` is what the times in definitions are compared with. */
export function createAdvanceTablesJob(clock: Clock): Job {
  // Tables take turns: after this one.
  let last = '';
  let stepItems = STEP_ITEMS;
  return {
    name: 'advance-tables',
    intervalMs: INTERVAL_MS,
    async run(store) {
      for (const record of await listLifeCycles(store, last, MAX_RECORDS)) {
        last = record.tableName;
        try {
          if (!(await advance(store, record, clock.nowMs(), stepItems))) continue;
          stepItems = Math.min(2 * stepItems, STEP_ITEMS);
        } catch (error) {
          if (!(error instanceof StorageConflictError)) throw error;
          // Others kept writing what the step reads; fewer items are less in their way.
          stepItems = Math.ceil(stepItems / 2);
        }
        return 'more';
      }
      return 'done';
    },
  };
}

/** Does one step for a table; whether there was one to do. */
async function advance(store: JobStore, record: LifeCycleRecord, nowMs: number, stepItems: number): Promise<boolean> {
  const { tableName, tableId, backfill, expiry } = record;
  const progress: BuildProgress = { ...(backfill && { backfill }), ...(expiry && { expiry }) };
  const { space, key } = catalogKey(tableName);
  const bytes = await store.get(space, key);
  const table = bytes && decodeTable(bytes);
  if (table?.id === tableId && !isDue(table, nowMs, progress)) {
    if (await backfillStep(store, table, progress, stepItems)) return true;
    return await enterExpiriesStep(store, table, progress, stepItems);
  }
  await store.transact(advanceTable, { tableName, nowMs });
  return true;
}

/** Whether something ends now; compared as it would be stored. */
function isDue(table: TableDefinition, nowMs: number, progress: BuildProgress): boolean {
  const { table: settled } = settleTable(table, nowMs, progress);
  return JSON.stringify(settled) !== JSON.stringify(table);
}

/** Whether the table has an index that is being built, and items of it were left to see. */
async function backfillStep(
  store: JobStore,
  table: TableDefinition,
  progress: BuildProgress,
  stepItems: number,
): Promise<boolean> {
  const index = findBuild(table);
  if (index?.transition?.status !== 'CREATING') return false;
  const { space } = index;
  const known = progress.backfill?.space === space ? progress.backfill : { space, seenKey: '', isDone: false };
  if (known.isDone) return false;
  const keys = await nextKeys(store, table.space, known.seenKey, stepItems);
  const backfill = progressAfter(known, keys);
  await store.transact(backfillIndex, {
    tableName: table.name,
    tableId: table.id,
    tableSpace: table.space,
    indexSpace: space,
    markSpace: index.build.markSpace,
    keys,
    progress: { ...progress, backfill },
  });
  return true;
}
