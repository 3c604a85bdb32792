import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { LogBounds } from '../storage/engine.ts';
import { listShards, shardKey, type ShardRecord } from '../tables/shard-records.ts';
import { encodeVersionedJson } from '../values/versioned-json.ts';
import { describeShards } from './describe-shards.ts';
import { listChildren } from './list-children.ts';
import { LOG, STREAM } from './log-model.test.ts';

const FROM = '0'.repeat(32);

function shard(number: number, more: Partial<ShardRecord> = {}): ShardRecord {
  return { shard: number, from: FROM, openedAtMs: 1_000 + number, ...more };
}

function idOf(number: number): string {
  return `shardId-${String(1_000 + number).padStart(20, '0')}-${number.toString(16).padStart(8, '0')}`;
}

/** A store that holds the records of `shards`, of which some have so many entries. */
function storeOf(shards: readonly ShardRecord[], lastByShard: ReadonlyMap<number, bigint> = new Map()) {
  const entries = shards.map((record) => {
    const { key } = shardKey(LOG, record.shard);
    return { key, value: encodeVersionedJson(1, record) };
  });
  return {
    getMany: async (keys: readonly { readonly key: Uint8Array }[]) =>
      keys.map(({ key }) => entries.find((entry) => Buffer.compare(entry.key, key) === 0)?.value),
    logBounds: async (asked: readonly { readonly shard: number }[]): Promise<LogBounds[]> =>
      asked.map(({ shard: number }) => ({ after: 0n, last: lastByShard.get(number) ?? 0n })),
    scan: async (
      _space: number,
      range: { from?: Uint8Array | undefined; before?: Uint8Array | undefined },
      options: { limit: number },
    ) =>
      entries
        .filter(({ key }) => Buffer.compare(key, range.from ?? new Uint8Array()) >= 0)
        .filter(({ key }) => range.before === undefined || Buffer.compare(key, range.before) < 0)
        .slice(0, options.limit),
  };
}

describe('a shard is described', () => {
  test('with a starting number, and an ending one once it is closed', async () => {
    const shards = [shard(3, { closedAtMs: 5_000 }), shard(4, { closedAtMs: 5_000 }), shard(5)];
    const described = await describeShards(storeOf(shards, new Map([[3, 12n]])), STREAM, shards, 0);
    assert.deepEqual(
      described.map(({ ShardId, SequenceNumberRange: range }) => [ShardId, ...Object.values(range)]),
      [
        [idOf(3), '300000000000000000001', '300000000000000000012'],
        // It never had a record.
        [idOf(4), '400000000000000000001', '400000000000000000001'],
        [idOf(5), '500000000000000000001'],
      ],
    );
  });

  test('with its parent, on the page or not, unless that is of another stream or gone', async () => {
    const stored = [shard(2), shard(3), shard(4, { parent: 3 }), shard(6, { parent: 4 }), shard(7, { parent: 6 })];
    const page = [shard(3, { parent: 2 }), shard(6, { parent: 4 }), shard(7, { parent: 6 }), shard(8, { parent: 5 })];
    const described = await describeShards(storeOf(stored), STREAM, page, 0);
    assert.deepEqual(
      described.map(({ ParentShardId }) => ParentShardId),
      [undefined, idOf(4), idOf(6), undefined],
    );
  });
});

describe('the children of a shard', () => {
  test('are found among any number of others, by the page', async () => {
    const others = Array.from({ length: 1_200 }, (_, i) => shard(4 + i, { parent: i % 400 === 399 ? 3 : 1_000_000 }));
    const store = storeOf([shard(3), ...others]);
    const numbers = async (limit: number, after = 0) =>
      (await listChildren(store, STREAM, 3, { limit, after, sinceMs: 0 })).map((record) => record.shard);
    assert.deepEqual(await numbers(10), [403, 803, 1_203]);
    assert.deepEqual(await numbers(2), [403, 803]);
    assert.deepEqual(await numbers(10, 403), [803, 1_203]);
    assert.deepEqual(await listChildren(store, STREAM, 1_203, { limit: 10, after: 0, sinceMs: 0 }), []);
  });
});

describe('of shards that can no longer be read', () => {
  const SINCE_MS = 5_000;
  const shards = [
    shard(3, { closedAtMs: 4_999 }),
    shard(4, { parent: 3, closedAtMs: 5_000 }),
    shard(5, { parent: 3, closedAtMs: 4_999 }),
    shard(6, { parent: 3 }),
    shard(7, { parent: 4, closedAtMs: 4_999 }),
  ];
  const store = storeOf(shards);

  test('none are listed, by the page or as children', async () => {
    const list = async (limit: number, after = 0) =>
      (await listShards(store, STREAM, limit, after, SINCE_MS)).map((record) => record.shard);
    assert.deepEqual(await list(10), [4, 6]);
    assert.deepEqual(await list(1), [4]);
    assert.deepEqual(await list(1, 4), [6]);
    assert.deepEqual(await list(1, 6), []);
    const children = await listChildren(store, STREAM, 3, { limit: 10, after: 0, sinceMs: SINCE_MS });
    assert.deepEqual(
      children.map((record) => record.shard),
      [4, 6],
    );
  });

  test('none is told as a parent', async () => {
    const described = await describeShards(store, STREAM, [shard(4, { parent: 3 }), shard(8, { parent: 4 })], SINCE_MS);
    assert.deepEqual(
      described.map(({ ParentShardId }) => ParentShardId),
      [undefined, idOf(4)],
    );
  });
});
