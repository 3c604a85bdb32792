/** Splits of the followed table's partitions by the job's own procedure, where chance has it. */
import assert from 'node:assert/strict';
import { systemTimer } from '../../src/foundation/clock.ts';
import { acquireLease } from '../../src/jobs/held-lease.ts';
import type { JobStore } from '../../src/jobs/job.ts';
import { splitPartition } from '../../src/jobs/split-partitions.ts';
import type { StorageEngine } from '../../src/storage/engine.ts';
import { catalogKey, decodeTable } from '../../src/tables/catalog.ts';
import type { TableDefinition } from '../../src/tables/table.ts';
import { TABLE_NAME } from './items.ts';

/** How many splits there are in a run, evenly over its writes. */
const SPLITS = 12;
const ROLLED_SHARE = 0.3;

/**
 * Splits a partition in two, or rolls it, whenever the next part of the writes is done; `progress` says how much of them
 * is, and undefined when all are.
 */
export async function splitNowAndThen(
  engine: StorageEngine,
  random: () => number,
  progress: () => number | undefined,
): Promise<void> {
  const store = await leaseStore(engine);
  for (let splits = 1; splits <= SPLITS;) {
    const part = progress();
    if (part === undefined) return;
    if (part < splits / (SPLITS + 1)) {
      await systemTimer.sleep(1, new AbortController().signal);
      continue;
    }
    // The first one is a split however chance has it.
    const isRoll = splits++ > 1 && random() < ROLLED_SHARE;
    await splitAny(store, random, isRoll);
  }
}

async function leaseStore(engine: StorageEngine): Promise<JobStore> {
  const options = { engine, job: 'test-splits', holder: 'test', isAlone: true, timer: systemTimer };
  const signal = new AbortController().signal;
  const lease = await acquireLease({ ...options, claims: { count: 0 }, onError: assert.ifError }, signal);
  assert.ok(lease !== undefined);
  return lease.store;
}

async function splitAny(store: JobStore, random: () => number, isRoll: boolean): Promise<void> {
  const { space, key } = catalogKey(TABLE_NAME);
  const bytes = await store.get(space, key);
  const table = bytes && decodeTable(bytes);
  assert.ok(table?.changeLog !== undefined);
  const { partitions } = table.changeLog;
  const index = Math.floor(random() * partitions.length);
  const { shard } = partitions[index] ?? { shard: 0 };
  const at = isRoll ? undefined : middleOf(table, index);
  const input = { tableName: TABLE_NAME, tableId: table.id, shard, at, nowMs: table.createdAtMs };
  assert.equal(await store.transact(splitPartition, input), true);
}

function middleOf({ changeLog }: TableDefinition, index: number): string {
  const before = (i: number): string | undefined => changeLog?.partitions[i]?.before;
  const first = BigInt(`0x${before(index - 1) ?? '0'}`);
  const end = before(index);
  const last = end === undefined ? 16n ** 32n : BigInt(`0x${end}`);
  return ((first + last) / 2n).toString(16).padStart(32, '0');
}
