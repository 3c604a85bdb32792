/**
 * A reader of a stream that follows its shards and builds a copy of the table from nothing else.
 *
 * Each record says what its item was before, and no two states of an item are equal. So a record that is lost, comes
 * twice, or comes before an older one of its item doesn't fit the copy, and the follower rejects.
 */
import assert from 'node:assert/strict';
import type { StorageEngine } from '../../src/storage/engine.ts';
import { readShard, type ShardRecordEntry } from '../../src/streams/read-shard.ts';
import { listShards, listStreams, type ShardRecord, type StreamRecord } from '../../src/tables/change-log.ts';
import { describeKey } from './items.ts';

/** As GetRecords has them. */
const PAGE = { records: 1_000, bytes: 1_048_576 };

/** More shards than a run has. */
const MAX_SHARDS = 100_000;

type Reads = Pick<StorageEngine, 'get' | 'scan' | 'readLog' | 'logBounds'>;

export interface Follower {
  /** Reads all that is there and resolves with how many records were new. */
  poll(engine: Reads): Promise<number>;
  /** The items, as the stream has them, by their keys. */
  readonly copy: ReadonlyMap<string, string>;
  /** How many records there were, and how many shards they were in. */
  counts(): { readonly records: number; readonly shards: number; readonly splits: number };
}

/** Follows the only stream of the table called `tableName` from its beginning. */
export function createFollower(tableName: string): Follower {
  const copy = new Map<string, string>();
  const positions = new Map<number, bigint>();
  const ended = new Set<number>();
  const children = new Map<number, Set<number>>();
  let records = 0;

  function apply(shard: number, { sequence, record }: ShardRecordEntry): void {
    assert.equal(sequence, (positions.get(shard) ?? 0n) + 1n, `shard ${shard} leaves no sequence out`);
    const key = describeKey(JSON.parse((record.newImage ?? record.oldImage)?.json ?? ''));
    const before = record.oldImage?.json;
    assert.equal(before, copy.get(key), `record ${sequence} of shard ${shard} follows on what was known of ${key}`);
    if (record.newImage === undefined) copy.delete(key);
    else copy.set(key, record.newImage.json);
    positions.set(shard, sequence);
    records++;
  }

  async function readAll(engine: Reads, stream: StreamRecord, shard: number): Promise<void> {
    for (;;) {
      const page = await readShard(engine, stream, shard, positions.get(shard) ?? 0n, PAGE);
      for (const entry of page.records) apply(shard, entry);
      if (page.isEnd) ended.add(shard);
      if (page.isEnd || page.records.length === 0) return;
    }
  }

  function note({ shard, parent }: ShardRecord): void {
    if (parent !== undefined) children.set(parent, (children.get(parent) ?? new Set()).add(shard));
  }

  return {
    copy,
    counts: () => ({
      records,
      shards: positions.size,
      splits: [...children.values()].filter(({ size }) => size > 1).length,
    }),
    async poll(engine) {
      const [stream] = await listStreams(engine, 1, { tableName });
      if (stream === undefined) return 0;
      const before = records;
      for (const shard of await listShards(engine, stream, MAX_SHARDS)) {
        note(shard);
        // What a parent has comes first.
        const isReadable = shard.parent === undefined || ended.has(shard.parent);
        if (isReadable && !ended.has(shard.shard)) await readAll(engine, stream, shard.shard);
      }
      return records - before;
    },
  };
}
