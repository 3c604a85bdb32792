/** What readers with saved positions keep in logs beyond the time after which it would go: a metric of each. */
import type { StorageEngine } from '../storage/engine.ts';
import { listShards } from '../tables/shard-records.ts';
import { recordTimeMs } from './change-record.ts';
import { findHorizon, RETENTION_MS } from './read-shard.ts';
import { heldBehind, listReaders, type ReaderRecord } from './readers.ts';

/** What one reader holds of one log: what it has not read, and is older than 24 hours. */
export interface LogHold {
  readonly log: number;
  readonly reader: string;
  readonly tableName: string;
  readonly records: number;
  /** The age of the oldest of them. */
  readonly oldestAgeMs: number;
  /** When the reader lets go at the latest, if it says nothing until then. */
  readonly untilMs: number;
}

type LogReads = Pick<StorageEngine, 'scan' | 'readLog' | 'logBounds'>;

/** More shards than a log has; bounds what a damaged store may give. */
const MAX_SHARDS = 100_000;

/** The readers that hold anything at `nowMs`. Takes time for each shard of their logs, not for each record. */
export async function measureHolds(engine: LogReads, nowMs: number): Promise<LogHold[]> {
  const holds: LogHold[] = [];
  for (const reader of await listReaders(engine)) {
    const hold = await measureHold(engine, reader, nowMs);
    if (hold.records > 0) holds.push(hold);
  }
  return holds;
}

async function measureHold(engine: LogReads, record: ReaderRecord, nowMs: number): Promise<LogHold> {
  const { log, reader, tableName, untilMs } = record;
  let records = 0;
  let oldestAgeMs = 0;
  for (const { shard } of await listShards(engine, { log, firstShard: 0 }, MAX_SHARDS)) {
    const behind = heldBehind(record, shard, nowMs);
    if (behind === undefined) continue;
    const held = await measureShard(engine, { log, shard, behind }, nowMs);
    records += held.records;
    oldestAgeMs = Math.max(oldestAgeMs, held.oldestAgeMs);
  }
  return { log, reader, tableName, records, oldestAgeMs, untilMs };
}

interface HeldShard {
  readonly log: number;
  readonly shard: number;
  /** The reader has read up to this sequence. */
  readonly behind: bigint;
}

async function measureShard(
  engine: LogReads,
  { log, shard, behind }: HeldShard,
  nowMs: number,
): Promise<Pick<LogHold, 'records' | 'oldestAgeMs'>> {
  const horizon = await findHorizon(engine, log, shard, nowMs - RETENTION_MS);
  const [oldest] = horizon > behind ? await engine.readLog(log, shard, behind, 1) : [];
  if (oldest === undefined || oldest.sequence > horizon) return { records: 0, oldestAgeMs: 0 };
  const oldestAgeMs = nowMs - recordTimeMs(oldest.value);
  return { records: Number(horizon - oldest.sequence) + 1, oldestAgeMs };
}
