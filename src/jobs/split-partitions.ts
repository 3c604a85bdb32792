/**
 * Keeps shards of logs small and their load spread: one that has been open for four hours is followed by another, and
 * a partition that takes too many changes, or one of a table that holds too much for its partitions, is split in two.
 */
import { assert } from '../foundation/assert.ts';
import type { Clock } from '../foundation/clock.ts';
import type { LogEntry } from '../storage/engine.ts';
import { decodeChangeRecord } from '../streams/change-record.ts';
import { keysOfRecord } from '../streams/describe-change.ts';
import { catalogKey, decodeTable, encodeTable, listTableNames } from '../tables/catalog.ts';
import { FIRST_HASH, logRecordWrites, splitPartition as splitOf } from '../tables/change-log.ts';
import { type ChangePartition, sizeBytesCounter, type TableDefinition } from '../tables/table.ts';
import { hashPartitionKey } from '../values/key-encoding.ts';
import type { Job, JobStore } from './job.ts';
import { fenced } from './lease.ts';

/** When a shard is closed. */
export interface SplitLimits {
  /** How long a shard that holds anything stays open. */
  readonly openMs: number;
  /** Changes that one partition takes, each second of a window. Source: "Partitions and data distribution" in the guide. */
  readonly recordsPerSecond: number;
  readonly windowMs: number;
  /** What a table holds for each partition. */
  readonly sizeBytes: number;
  /** How often tables are looked at. */
  readonly intervalMs: number;
}

export const SPLIT_LIMITS: SplitLimits = {
  openMs: 4 * 3_600_000,
  recordsPerSecond: 1_000,
  windowMs: 60_000,
  sizeBytes: 10 * 2 ** 30,
  intervalMs: 10_000,
};

/** A definition with more would be too large to be read by every write. */
const MAX_PARTITIONS = 1_000;

/** How many tables are looked at in one step. */
const PAGE = 100;

/** The newest records of a shard, whose hashes say where it is split: so many, of so much together. */
const SAMPLE_RECORDS = 500;
const SAMPLE_CHUNK = 50;
const SAMPLE_SIZE_BYTES = 4 * 2 ** 20;

export interface SplitPartitionInput {
  readonly tableName: string;
  readonly tableId: string;
  /** Nothing is done if it isn't open any more. */
  readonly shard: number;
  /** Where it is split, in hexadecimal digits: above its first hash. Absent: it gets one child. */
  readonly at?: string | undefined;
  readonly nowMs: number;
}

/** Closes a shard and opens its children in one step, so that no change is lost or comes twice; whether it was done. */
export const splitPartition = fenced<SplitPartitionInput, boolean>({
  name: 'splitPartition',
  reads: ({ tableName }) => [catalogKey(tableName)],
  decide({ tableId, shard, at, nowMs }, [bytes]) {
    const table = bytes && decodeTable(bytes);
    const partitions = table?.changeLog?.partitions ?? [];
    const open = partitions.findIndex((partition) => partition.shard === shard);
    if (table === undefined || table.id !== tableId || open < 0) return { writes: [], output: false };
    if (at !== undefined) {
      const { from, before } = rangeOf(partitions, open);
      assert(from < at && (before === undefined || at < before), 'a partition is split inside its range');
    }
    const split = splitOf(table, shard, at === undefined ? [] : [at], nowMs);
    return {
      writes: [
        { kind: 'put', ...catalogKey(table.name), value: encodeTable(split) },
        ...logRecordWrites(table, split, nowMs),
      ],
      output: true,
    };
  },
});

export interface SplitPartitionsOptions {
  readonly clock: Clock;
  readonly limits?: SplitLimits;
}

/** How many records a shard had ever had at some time. */
interface Sample {
  readonly atMs: number;
  readonly last: bigint;
}

/** The job. */
export function createSplitPartitionsJob({ clock, limits = SPLIT_LIMITS }: SplitPartitionsOptions): Job {
  const samples = createSamples(limits);
  let after: string | undefined;
  return {
    name: 'split-partitions',
    intervalMs: limits.intervalMs,
    async run(store) {
      const names = await listTableNames(store, after, PAGE);
      const values = await store.getMany(names.map(catalogKey));
      for (const [i, bytes] of values.entries()) {
        // Behind it already, so that a table with which something fails doesn't keep the others waiting.
        const before = after;
        after = names[i];
        if (bytes === undefined) continue;
        const isSplit = await lookAt(store, decodeTable(bytes), { samples, limits, nowMs: clock.nowMs() });
        if (!isSplit) continue;
        // Others of its shards may be due as well: the next step looks at the table as it is then.
        after = before;
        return 'more';
      }
      if (names.length === PAGE) return 'more';
      after = undefined;
      samples.endPass();
      return 'done';
    },
  };
}

interface Look {
  readonly samples: Samples;
  readonly limits: SplitLimits;
  readonly nowMs: number;
}

interface Samples {
  /** Whether the shard has more records a second than it may, over a window that ends now. If not, another starts. */
  isHot(shard: string, now: Sample): boolean;
  /** Starts a window of the shard. */
  restart(shard: string, now: Sample): void;
  /** Whether the shard's window is not over. */
  isWaiting(shard: string, nowMs: number): boolean;
  /** Forgets the shards that were not asked for since the last call. */
  endPass(): void;
}

function createSamples({ recordsPerSecond, windowMs }: SplitLimits): Samples {
  const known = new Map<string, Sample>();
  const seen = new Set<string>();
  const isOver = (before: Sample | undefined, now: Sample): boolean =>
    before !== undefined &&
    now.atMs > before.atMs &&
    (Number(now.last - before.last) * 1_000) / (now.atMs - before.atMs) > recordsPerSecond;
  return {
    isHot(shard, now) {
      const isHot = isOver(known.get(shard), now);
      if (!isHot) known.set(shard, now);
      return isHot;
    },
    restart: (shard, now) => void known.set(shard, now),
    isWaiting(shard, nowMs) {
      seen.add(shard);
      const before = known.get(shard);
      return before !== undefined && nowMs >= before.atMs && nowMs - before.atMs < windowMs;
    },
    endPass() {
      for (const shard of known.keys()) if (!seen.has(shard)) known.delete(shard);
      seen.clear();
    },
  };
}

/** Whether a shard was closed: then the table is to be looked at again, as it is now. */
async function lookAt(store: JobStore, table: TableDefinition, look: Look): Promise<boolean> {
  const { nowMs } = look;
  const { log, partitions } = table.changeLog ?? { log: 0, partitions: [] };
  const due = await findDue(store, table, log, partitions, look);
  if (due === undefined) return false;
  const { name: tableName, id: tableId } = table;
  return await store.transact(splitPartition, { tableName, tableId, ...due, nowMs });
}

/** The first shard of `table` that is to be closed now, and where it is split. */
async function findDue(
  store: JobStore,
  table: TableDefinition,
  log: number,
  partitions: readonly ChangePartition[],
  { samples, limits, nowMs }: Look,
): Promise<Pick<SplitPartitionInput, 'shard' | 'at'> | undefined> {
  const mayGrow = partitions.length < MAX_PARTITIONS;
  const open = partitions.filter(({ shard }) => !samples.isWaiting(`${log}/${shard}`, nowMs));
  const bounds = await store.logBounds(open.map(({ shard }) => ({ log, shard })));
  for (const [i, { shard, openedAtMs }] of open.entries()) {
    const { after, last } = bounds[i] ?? { after: 0n, last: 0n };
    const [name, now] = [`${log}/${shard}`, { atMs: nowMs, last }];
    if (samples.isHot(name, now)) {
      const at = mayGrow ? await findSplit(store, table, log, shard, last) : undefined;
      if (at !== undefined) return { shard, at };
      samples.restart(name, now);
    }
    if (nowMs - openedAtMs >= limits.openMs && last > after) return { shard };
  }
  if (open.length === 0 || !mayGrow) return undefined;
  const [sizeBytes = 0] = await store.counters([sizeBytesCounter(table.space)]);
  return sizeBytes > limits.sizeBytes * partitions.length ? findWidest(partitions) : undefined;
}

/** The partition that takes the most hashes, and the middle of its range: by size, items lie evenly over hashes. */
function findWidest(partitions: readonly ChangePartition[]): Pick<SplitPartitionInput, 'shard' | 'at'> | undefined {
  let widest: { readonly width: bigint; readonly shard: number; readonly at: bigint } | undefined;
  for (const [i, { shard }] of partitions.entries()) {
    const { from, before } = rangeOf(partitions, i);
    const first = BigInt(`0x${from}`);
    const width = (before === undefined ? HASHES : BigInt(`0x${before}`)) - first;
    if (width > 1n && width > (widest?.width ?? 0n)) widest = { width, shard, at: first + width / 2n };
  }
  return widest && { shard: widest.shard, at: widest.at.toString(16).padStart(FIRST_HASH.length, '0') };
}

/** How many hashes there are. */
const HASHES = 16n ** BigInt(FIRST_HASH.length);

/** The range of the partition at `index`: from a hash on, before another or to the end. */
function rangeOf(partitions: readonly ChangePartition[], index: number) {
  return { from: partitions[index - 1]?.before ?? FIRST_HASH, before: partitions[index]?.before };
}

/** The median of the hashes of a shard's newest records, or the next one above it; undefined if there is only one. */
async function findSplit(
  store: JobStore,
  table: TableDefinition,
  log: number,
  shard: number,
  last: bigint,
): Promise<string | undefined> {
  const entries = await readNewest(store, log, shard, last);
  const hashes = entries.map(({ value }) => {
    const key = keysOfRecord(table, decodeChangeRecord(value))[table.partitionKey.name];
    assert(key !== undefined, 'a record has the keys of its item');
    return Buffer.from(hashPartitionKey([key])).toString('hex');
  });
  hashes.sort();
  const [lowest] = hashes;
  // Above the lowest, so that either side has one of them, and neither bound is met.
  return hashes.slice(Math.floor(hashes.length / 2)).find((hash) => lowest !== undefined && hash > lowest);
}

async function readNewest(store: JobStore, log: number, shard: number, last: bigint): Promise<LogEntry[]> {
  const entries: LogEntry[] = [];
  let sizeBytes = 0;
  for (let end = last; end > 0n && entries.length < SAMPLE_RECORDS && sizeBytes < SAMPLE_SIZE_BYTES;) {
    const after = end > BigInt(SAMPLE_CHUNK) ? end - BigInt(SAMPLE_CHUNK) : 0n;
    const chunk = await store.readLog(log, shard, after, Number(end - after));
    if (chunk.length === 0) break;
    for (const { value } of chunk) sizeBytes += value.length;
    entries.push(...chunk);
    end = after;
  }
  return entries;
}
