/**
 * Enters the items that were there before Time to Live was enabled into the expiry index.
 *
 * From the moment the index is in its table's definition, every write of an item keeps it. What is left are the items
 * that nobody writes: the steps of `advance-tables.ts` go through the table in the order of keys. An entry is a function
 * of the item, which is read in the transaction that puts it; so entering one that is there does no harm, and no marks
 * are needed to tell.
 */
import { enterExpiry } from '../items/expiry.ts';
import type { Procedure, Space, Write } from '../storage/engine.ts';
import { catalogKey, decodeTable } from '../tables/catalog.ts';
import { type BuildProgress, encodeLifeCycle, lifeCycleKey } from '../tables/life-cycle.ts';
import type { TableDefinition } from '../tables/table.ts';
import { expiryIndexOf } from '../tables/time-to-live.ts';
import type { JobStore } from './job.ts';
import { fenced } from './lease.ts';
import { nextKeys, progressAfter } from './next-keys.ts';

interface EnterExpiriesInput {
  readonly tableName: string;
  readonly tableId: string;
  readonly tableSpace: Space;
  readonly expirySpace: Space;
  /** Of the items of this step. */
  readonly keys: readonly Uint8Array[];
  readonly progress: BuildProgress;
}

/** Enters items, and notes that they have been seen. */
const enterExpiriesProcedure: Procedure<EnterExpiriesInput, null> = {
  name: 'enterExpiries',
  reads: ({ tableName, tableSpace, keys }) => [
    catalogKey(tableName),
    ...keys.map((key) => ({ space: tableSpace, key })),
  ],
  decide({ tableName, tableId, expirySpace, keys, progress }, [bytes, ...values]) {
    const table = bytes && decodeTable(bytes);
    const index = table && expiryIndexOf(table);
    if (table?.id !== tableId || index?.space !== expirySpace || table.timeToLive?.enablingUntilMs === undefined) {
      return { writes: [], output: null };
    }
    const writes: Write[] = keys.flatMap((key, i) => {
      const stored = values[i];
      return stored === undefined ? [] : enterExpiry(index, key, stored);
    });
    const record = encodeLifeCycle({ tableId, tableName, ...progress });
    return { writes: [...writes, { kind: 'put', ...lifeCycleKey(tableName), value: record }], output: null };
  },
};
export const enterExpiries = fenced(enterExpiriesProcedure);

/** Does one step for `table`; whether there was one to do. */
export async function enterExpiriesStep(
  store: JobStore,
  table: TableDefinition,
  progress: BuildProgress,
  stepItems: number,
): Promise<boolean> {
  const index = expiryIndexOf(table);
  if (index === undefined || table.timeToLive?.enablingUntilMs === undefined) return false;
  const { space } = index;
  const known = progress.expiry?.space === space ? progress.expiry : { space, seenKey: '', isDone: false };
  if (known.isDone) return false;
  const keys = await nextKeys(store, table.space, known.seenKey, stepItems);
  await store.transact(enterExpiries, {
    tableName: table.name,
    tableId: table.id,
    tableSpace: table.space,
    expirySpace: space,
    keys,
    progress: { ...progress, expiry: progressAfter(known, keys) },
  });
  return true;
}
