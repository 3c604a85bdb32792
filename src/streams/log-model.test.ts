/** A shard in memory, for tests of its readers, which may look at it only as engines let them; it holds no tests. */
import type { StorageEngine } from '../storage/engine.ts';
import { shardKey, type ShardRecord } from '../tables/shard-records.ts';
import type { StreamRecord } from '../tables/stream-records.ts';
import { encodeVersionedJson } from '../values/versioned-json.ts';
import { encodeChangeRecord } from './change-record.ts';

export const LOG = 7;
export const SHARD = 3;

export const STREAM: StreamRecord = {
  tableName: 'table',
  tableId: 'id-1',
  label: '2026-11-22T22:59:28.061',
  viewType: 'KEYS_ONLY',
  partitionKey: { name: 'pk', type: 'S' },
  log: LOG,
  firstShard: SHARD,
};

export interface LogModel extends Pick<StorageEngine, 'get' | 'readLog' | 'logBounds'> {
  /** Appends records of these times, each with so many bytes more than it needs. */
  append(timesMs: readonly number[], extraBytes?: number): void;
  trim(through: bigint): void;
  close(): void;
  /** Takes away the shard's record, and what it held. */
  drop(): void;
  /** How often the log was read. */
  readonly reads: number;
}

export function createLogModel(): LogModel {
  const values: Uint8Array[] = [];
  let trimmed = 0n;
  let reads = 0;
  let record: ShardRecord | undefined = { shard: SHARD, from: '0'.repeat(32), openedAtMs: 0 };
  return {
    append(timesMs, extraBytes = 0) {
      const keysJson = JSON.stringify({ pk: { S: 'k'.repeat(extraBytes) } });
      for (const atMs of timesMs) values.push(encodeChangeRecord({ event: 'INSERT', atMs, keysJson }));
    },
    trim(through) {
      trimmed = through;
    },
    close() {
      if (record !== undefined) record = { ...record, closedAtMs: 1 };
    },
    drop() {
      record = undefined;
      trimmed = BigInt(values.length);
    },
    get reads() {
      return reads;
    },
    async get(_space, key) {
      const isAsked = Buffer.compare(key, shardKey(LOG, SHARD).key) === 0;
      return isAsked && record !== undefined ? encodeVersionedJson(1, record) : undefined;
    },
    async readLog(_log, _shard, after, limit) {
      reads++;
      const from = Number(after > trimmed ? after : trimmed);
      return values.slice(from, from + limit).map((value, i) => ({ sequence: BigInt(from + i + 1), value }));
    },
    logBounds: async (shards) => shards.map(() => ({ after: trimmed, last: BigInt(values.length) })),
  };
}
