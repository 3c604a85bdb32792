/** Reading a shard of a stream: what it holds now, and whether more can come. */
import type { LogShard, StorageEngine } from '../storage/engine.ts';
import { findShard } from '../tables/shard-records.ts';
import type { StreamRecord } from '../tables/stream-records.ts';
import { type ChangeRecord, decodeChangeRecord, recordTimeMs } from './change-record.ts';

/** How long a record can be read. Source: "Data retention limit" in the developer guide. */
export const RETENTION_MS = 86_400_000;

/** One record of a shard. */
export interface ShardRecordEntry {
  /** The engine's, within the shard. */
  readonly sequence: bigint;
  readonly record: ChangeRecord;
}

export interface ShardPage {
  readonly records: readonly ShardRecordEntry[];
  /** Where the next page starts: behind the last record, or where this one started. */
  readonly after: bigint;
  /** Nothing comes behind this page any more: the shard is closed and read to its end. */
  readonly isEnd: boolean;
}

export interface PageLimits {
  /** At least 1. */
  readonly records: number;
  /** What the records lie as, together; the first record is there even if it alone is more. */
  readonly bytes: number;
}

/** What is read first, for a record may be of 800 KB; how many more are read at once depends on what those are like. */
const FIRST_CHUNK_RECORDS = 4;
const CHUNK_RECORDS = 100;

/** Up to `limits` records of a shard of `stream` behind the sequence `after`, in order. */
export async function readShard(
  engine: Pick<StorageEngine, 'get' | 'readLog' | 'logBounds'>,
  stream: StreamRecord,
  shard: number,
  after: bigint,
  limits: PageLimits,
): Promise<ShardPage> {
  // Before the records: of one that was closed by then, all records are there.
  const known = await findShard(engine, stream, shard);
  const isClosed = known === undefined || known.closedAtMs !== undefined;
  return await readKnownShard(engine, { log: stream.log, shard, isClosed }, after, limits);
}

/** A shard, and whether it was closed before the call that reads it. */
export interface KnownShard extends LogShard {
  readonly isClosed: boolean;
}

/** As `readShard`, for a caller that knows of the shard. */
export async function readKnownShard(
  engine: Pick<StorageEngine, 'readLog' | 'logBounds'>,
  { log, shard, isClosed }: KnownShard,
  after: bigint,
  limits: PageLimits,
): Promise<ShardPage> {
  const records: ShardRecordEntry[] = [];
  let last = after;
  let bytes = 0;
  for (;;) {
    const wanted = Math.min(nextChunkRecords(records.length, bytes, limits.bytes), limits.records - records.length);
    const chunk = wanted === 0 ? [] : await engine.readLog(log, shard, last, wanted);
    for (const { sequence, value } of chunk) {
      bytes += value.length;
      // What was trimmed since the last chunk is not passed over: the next page starts before it.
      const isNextPage = bytes > limits.bytes || sequence !== last + 1n;
      if (isNextPage && records.length > 0) return { records, after: last, isEnd: false };
      records.push({ sequence, record: decodeChangeRecord(value) });
      last = sequence;
    }
    if (wanted === 0 || chunk.length < wanted) break;
  }
  const isAll = records.length < limits.records;
  return { records, after: last, isEnd: isClosed && (isAll || (await isLast(engine, log, shard, last))) };
}

/** How many records are likely to fill the page, one more to see that they do. */
function nextChunkRecords(taken: number, bytes: number, limitBytes: number): number {
  if (taken === 0) return FIRST_CHUNK_RECORDS;
  return Math.min(CHUNK_RECORDS, Math.ceil(((limitBytes - bytes) * taken) / bytes) + 1);
}

async function isLast(
  engine: Pick<StorageEngine, 'logBounds'>,
  log: number,
  shard: number,
  after: bigint,
): Promise<boolean> {
  const [bounds] = await engine.logBounds([{ log, shard }]);
  return bounds === undefined || bounds.last <= after;
}

/**
 * The sequence behind which the records of a shard are younger than `beforeMs`: its newest record that is older, or what was
 * trimmed. Found by bisection: sequences leave none out, and times hardly ever go back.
 */
export async function findHorizon(
  engine: Pick<StorageEngine, 'readLog' | 'logBounds'>,
  log: number,
  shard: number,
  beforeMs: number,
): Promise<bigint> {
  const [bounds] = await engine.logBounds([{ log, shard }]);
  let { after, last } = bounds ?? { after: 0n, last: 0n };
  while (after < last) {
    const middle = (after + last + 1n) / 2n;
    const [entry] = await engine.readLog(log, shard, middle - 1n, 1);
    if (entry === undefined) return last;
    // Where it isn't the one in the middle, that was trimmed meanwhile.
    if (entry.sequence > middle) after = entry.sequence - 1n;
    else if (recordTimeMs(entry.value) < beforeMs) after = middle;
    else last = middle - 1n;
  }
  return after;
}
