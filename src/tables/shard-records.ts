/** The records of shards of logs, which outlive their tables. See docs/design/2026-11-22-change-log.md. */
import type { EntryKey, LogShard, StorageEngine, Write } from '../storage/engine.ts';
import { keyAfter, prefixEnd } from '../values/key-encoding.ts';
import { decodeVersionedJson, encodeVersionedJson } from '../values/versioned-json.ts';
import { SYSTEM_SPACE } from './spaces.ts';
import type { StreamRecord } from './stream-records.ts';
import { scanRecords, systemKey } from './system-records.ts';

/** A shard of a log: takes the changes of items whose hashes are at or above `from` and below `before`. */
export interface ShardRecord {
  readonly shard: number;
  readonly parent?: number;
  readonly from: string;
  /** Absent: all hashes above `from`. */
  readonly before?: string;
  readonly openedAtMs: number;
  readonly closedAtMs?: number;
}

const PREFIX = 'shard/';
const FORMAT = 1;

/** Where the record of a shard lies: in the order of their numbers. */
export function shardKey(log: number, shard: number): EntryKey {
  return systemKey(`${shardsPrefix(log)}${toHex(shard)}`);
}

function shardsPrefix(log: number): string {
  return `${PREFIX}${toHex(log)}/`;
}

function toHex(number: number): string {
  return number.toString(16).padStart(8, '0');
}

/** Notes a shard. */
export function putShard(log: number, record: ShardRecord): Write {
  return { kind: 'put', ...shardKey(log, record.shard), value: encodeVersionedJson(FORMAT, record) };
}

/** The record of a shard in `bytes`. */
export function decodeShard(bytes: Uint8Array): ShardRecord {
  return decodeVersionedJson(FORMAT, bytes, 'shard record') as ShardRecord;
}

/** A shard of a stream, if it has not been trimmed away, nor closed before `sinceMs`. */
export async function findShard(
  engine: Pick<StorageEngine, 'get'>,
  { log, firstShard, lastShard }: StreamRecord,
  shard: number,
  sinceMs = -Infinity,
): Promise<ShardRecord | undefined> {
  if (shard < firstShard || shard > (lastShard ?? Infinity)) return undefined;
  const { space, key } = shardKey(log, shard);
  const bytes = await engine.get(space, key);
  const record = bytes && decodeShard(bytes);
  return record !== undefined && isShardSince(record, sinceMs) ? record : undefined;
}

/** Whether a shard is open, or was closed no earlier than `sinceMs`. */
export function isShardSince({ closedAtMs = Infinity }: ShardRecord, sinceMs: number): boolean {
  return closedAtMs >= sinceMs;
}

/** Up to `limit` shards of a stream with numbers above `after`, in order; none that were closed before `sinceMs`. */
export async function listShards(
  engine: Pick<StorageEngine, 'scan'>,
  { log, firstShard, lastShard }: Pick<StreamRecord, 'log' | 'firstShard' | 'lastShard'>,
  limit: number,
  after = 0,
  sinceMs = -Infinity,
): Promise<ShardRecord[]> {
  const range = {
    from: shardKey(log, Math.max(firstShard, after + 1)).key,
    before: lastShard === undefined ? prefixEnd(systemKey(shardsPrefix(log)).key) : shardKey(log, lastShard + 1).key,
  };
  return await scanRecords(engine, range, limit, decodeShard, (shard) => isShardSince(shard, sinceMs));
}

/** A shard with the log that it is of. */
export interface ShardOfLog {
  readonly log: number;
  readonly record: ShardRecord;
}

/** Up to `limit` shards of all logs behind `after`, by logs and then by numbers. */
export async function listAllShards(
  engine: Pick<StorageEngine, 'scan'>,
  limit: number,
  after?: LogShard,
): Promise<ShardOfLog[]> {
  const prefix = systemKey(PREFIX).key;
  const from = after === undefined ? prefix : keyAfter(shardKey(after.log, after.shard).key);
  const entries = await engine.scan(SYSTEM_SPACE, { from, before: prefixEnd(prefix) }, { limit });
  return entries.map(({ key, value }) => ({ log: logOfShardKey(key), record: decodeShard(value) }));
}

function logOfShardKey(key: Uint8Array): number {
  return Number.parseInt(new TextDecoder().decode(key.subarray(PREFIX.length, PREFIX.length + 8)), 16);
}
