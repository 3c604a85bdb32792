/**
 * Removes what deleted tables held, a few hundred entries at a time.
 *
 * DeleteTable leaves a record of the table's spaces and nothing can write to them afterwards, so the purge has no race
 * to lose: it deletes entries until the spaces are empty, sets their counters back to 0 and forgets the record.
 * Interrupted anywhere, it goes on from what is left.
 */
import type { Space } from '../storage/engine.ts';
import { listPurgeRecords, type PurgeRecord, purgeRecordKey } from '../tables/purge-record.ts';
import { itemCountCounter, sizeBytesCounter } from '../tables/table.ts';
import { tagsKey } from '../tables/tags.ts';
import { keyAfter } from '../values/key-encoding.ts';
import type { Job, JobStore } from './job.ts';
import { fenced } from './lease.ts';

/** What one step deletes at most: it holds the writer for about a millisecond. The last entry may go past the bytes. */
const STEP_ENTRIES = 200;
const STEP_SIZE_BYTES = 262_144;

const INTERVAL_MS = 1_000;

interface PurgeEntriesInput {
  readonly tableId: string;
  readonly space: Space;
  readonly keys: readonly Uint8Array[];
}

/** Deletes entries of a deleted table, as long as its record says that it is one. */
export const purgeEntries = fenced<PurgeEntriesInput, null>({
  name: 'purgeEntries',
  reads: ({ tableId }) => [purgeRecordKey(tableId)],
  decide({ space, keys }, [record]) {
    if (record === undefined) return { writes: [], output: null };
    return { writes: keys.map((key) => ({ kind: 'delete', space, key })), output: null };
  },
});

interface ForgetPurgeInput {
  readonly tableId: string;
  /** The dead spaces' counters as they stand. */
  readonly counters: readonly { readonly name: string; readonly value: number }[];
}

/** Drops the record and the tags of a deleted table whose entries are gone, and sets its counters back to 0, once. */
export const forgetPurge = fenced<ForgetPurgeInput, null>({
  name: 'forgetPurge',
  reads: ({ tableId }) => [purgeRecordKey(tableId)],
  decide({ tableId, counters }, [record]) {
    if (record === undefined) return { writes: [], output: null };
    const resets = counters.filter(({ value }) => value !== 0);
    return {
      writes: [
        ...resets.map(({ name, value }) => ({ kind: 'increment', counter: name, by: -value }) as const),
        { kind: 'delete', ...tagsKey(tableId) },
        { kind: 'delete', ...purgeRecordKey(tableId) },
      ],
      output: null,
    };
  },
});

/** How far this node has come with a record. Only saves work: entries before it are known to be gone. */
interface Progress {
  readonly tableId: string;
  readonly emptied: number;
  readonly from: Uint8Array | undefined;
}

export function createPurgeSpacesJob(): Job {
  let progress: Progress | undefined;
  return {
    name: 'purge-spaces',
    intervalMs: INTERVAL_MS,
    async run(store) {
      const [record] = await listPurgeRecords(store, 1);
      if (record === undefined) return 'done';
      if (progress?.tableId !== record.tableId) progress = { tableId: record.tableId, emptied: 0, from: undefined };
      progress = await purgeStep(store, record, progress);
      return 'more';
    },
  };
}

async function purgeStep(store: JobStore, record: PurgeRecord, progress: Progress): Promise<Progress> {
  const { tableId } = record;
  const space = record.spaces[progress.emptied];
  if (space === undefined) {
    await forget(store, record);
    return progress;
  }
  const keys = await nextKeys(store, space, progress.from);
  const last = keys.at(-1);
  if (last === undefined) return { tableId, emptied: progress.emptied + 1, from: undefined };
  await store.transact(purgeEntries, { tableId, space, keys });
  return { ...progress, from: keyAfter(last) };
}

async function nextKeys(store: JobStore, space: Space, from: Uint8Array | undefined): Promise<Uint8Array[]> {
  let sizeBytes = 0;
  const entries = await store.scan(
    space,
    { from },
    {
      limit: STEP_ENTRIES,
      until: ({ key, value }) => {
        sizeBytes += key.length + value.length;
        return sizeBytes >= STEP_SIZE_BYTES;
      },
    },
  );
  // Copies, because a procedure's input must not be a view of a larger buffer.
  return entries.map((entry) => new Uint8Array(entry.key));
}

/** Where counters lag behind their increments a remainder may stay; nobody asks for the counters of a dead space. */
async function forget(store: JobStore, { tableId, spaces }: PurgeRecord): Promise<void> {
  const names = spaces.flatMap((space) => [itemCountCounter(space), sizeBytesCounter(space)]);
  const values = await store.counters(names);
  const counters = names.map((name, i) => ({ name, value: values[i] ?? 0 }));
  await store.transact(forgetPurge, { tableId, counters });
}
