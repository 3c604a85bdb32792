import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { StorageEngine } from '../storage/engine.ts';
import { readShard } from '../streams/read-shard.ts';
import { activeStream } from '../tables/change-log.ts';
import { listShards } from '../tables/shard-records.ts';
import type { TableDefinition } from '../tables/table.ts';
import { fillTable, openTestEngine } from '../tables/table-store.test.ts';
import { encodeBaseKey } from '../values/key-encoding.ts';
import {
  assertSound,
  contentsOf,
  createFollowed,
  definitionOf,
  holdStore,
  keysOf,
  putItems,
  runPass,
} from './followed-table.test.ts';
import { createSplitPartitionsJob, SPLIT_LIMITS, type SplitLimits, splitPartition } from './split-partitions.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const START_MS = 1_700_000_000_000;
const MIDDLE = `8${'0'.repeat(31)}`;

/** A store with a followed table, the job, and the time that it goes by. */
async function start(t: TestContext, limits: Partial<SplitLimits> = {}) {
  const engine = await openTestEngine(t);
  const table = await createFollowed(engine, 'followed', START_MS);
  const store = await holdStore(engine, 'split-partitions');
  const time = { nowMs: START_MS };
  const clock = { nowMs: () => time.nowMs };
  const job = createSplitPartitionsJob({ clock, limits: { ...SPLIT_LIMITS, ...limits } });
  const passAt = async (nowMs: number): Promise<number> => {
    time.nowMs = nowMs;
    return await runPass(job, store);
  };
  return { engine, table, store, passAt };
}

async function partitionsOf(engine: StorageEngine): Promise<[shard: number, parent?: number, before?: string][]> {
  const { changeLog } = await definitionOf(engine, 'followed');
  return (changeLog?.partitions ?? []).map(({ shard, parent, before }) => {
    if (before !== undefined) return [shard, parent ?? 0, before];
    return parent === undefined ? [shard] : [shard, parent];
  });
}

function hashOf(pk: string): string {
  return Buffer.from(encodeBaseKey({ S: pk }, undefined)).toString('hex');
}

/** The hash at which 60 records a second by `keys` split the only partition; undefined: they don't. */
async function splitBy(t: TestContext, keys: readonly string[]): Promise<string | undefined> {
  const { engine, table, passAt } = await start(t, { recordsPerSecond: 1 });
  await passAt(START_MS);
  for (let i = 0; i < 10; i++) await putItems(engine, table, keys, START_MS + i);
  await passAt(START_MS + MINUTE_MS);
  await assertSound(engine);
  return (await partitionsOf(engine))[0]?.[2];
}

test('a shard that was open for four hours gets one child, if it holds anything', async (t) => {
  const { engine, table, passAt } = await start(t);
  await passAt(START_MS + 100 * HOUR_MS);
  assert.deepEqual(await partitionsOf(engine), [[1]]);
  await putItems(engine, table, keysOf(3), START_MS + 100 * HOUR_MS);
  await passAt(START_MS + 101 * HOUR_MS);
  assert.deepEqual(await partitionsOf(engine), [[2, 1]]);
  await putItems(engine, await definitionOf(engine, 'followed'), keysOf(2), START_MS + 102 * HOUR_MS);
  await passAt(START_MS + 105 * HOUR_MS - 1);
  assert.deepEqual(await partitionsOf(engine), [[2, 1]]);
  await passAt(START_MS + 105 * HOUR_MS + MINUTE_MS);
  assert.deepEqual(await partitionsOf(engine), [[3, 2]]);
  assert.deepEqual(await contentsOf(engine), { 1: 3, 2: 2, 3: 0 });
  await assertSound(engine);
});

test('a partition with more records a second over a minute than it may is split', async (t) => {
  const { engine, table, passAt } = await start(t, { recordsPerSecond: 2 });
  await putItems(engine, table, keysOf(500), START_MS);
  await passAt(START_MS);
  await putItems(engine, table, keysOf(120), START_MS + 1);
  await passAt(START_MS + MINUTE_MS);
  assert.deepEqual(await partitionsOf(engine), [[1]], 'two a second are as many as it may');
  await putItems(engine, table, keysOf(121), START_MS + MINUTE_MS + 1);
  await passAt(START_MS + 2 * MINUTE_MS - 1);
  assert.deepEqual(await partitionsOf(engine), [[1]], 'the minute is not over');
  await passAt(START_MS + 2 * MINUTE_MS);
  const [low, high] = await partitionsOf(engine);
  assert.deepEqual(
    [low?.slice(0, 2), high],
    [
      [2, 1],
      [3, 1],
    ],
  );
  await putItems(engine, await definitionOf(engine, 'followed'), keysOf(500), START_MS + 3 * MINUTE_MS);
  const { 2: lower = 0, 3: higher = 0 } = await contentsOf(engine);
  assert.equal(lower + higher, 500);
  assert.ok(lower > 150 && higher > 150, `${lower} and ${higher}`);
  await assertSound(engine);
});

test('it is split so that either side has some of the keys', async (t) => {
  const [first = '', second = '', third = ''] = ['a', 'b', 'c'].toSorted((a, b) => (hashOf(a) < hashOf(b) ? -1 : 1));
  assert.equal(await splitBy(t, keysOf(20)), keysOf(20).map(hashOf).toSorted()[10]);
  for (const keys of [
    [first, second],
    [first, first, first, second],
    [first, second, second, second],
    [first, second, third],
  ]) {
    const rounds = [...keys, ...keys, ...keys, ...keys];
    assert.equal(await splitBy(t, rounds), hashOf(second), keys.join());
  }
});

test('a single key that is written all the time is left where it is', async (t) => {
  assert.equal(
    await splitBy(
      t,
      Array.from({ length: 20 }, () => 'hot'),
    ),
    undefined,
  );
});

test('all partitions that are due are split in steps that follow on each other', async (t) => {
  const { engine, table, store, passAt } = await start(t, { recordsPerSecond: 1 });
  for (const [i, at] of ['8', '4', 'c', '2', '6', 'a', 'e'].entries()) {
    const shard = i + 1;
    await store.transact(splitPartition, { ...nameOf(table), shard, at: at.padEnd(32, '0'), nowMs: START_MS });
  }
  const split = await definitionOf(engine, 'followed');
  assert.equal(split.changeLog?.partitions.length, 8);
  await passAt(START_MS);
  // Twice what they may have.
  await putItems(engine, split, keysOf(2 * 8 * 60), START_MS + 1);
  // A step for each, and one in which nothing is due.
  assert.equal(await passAt(START_MS + MINUTE_MS), 9);
  const partitions = await partitionsOf(engine);
  assert.equal(partitions.length, 16);
  assert.deepEqual(
    partitions.map(([, parent]) => parent),
    [8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13, 14, 14, 15, 15],
  );
  // Children have windows of their own.
  assert.equal(await passAt(START_MS + MINUTE_MS + 1), 1);
  assert.equal((await partitionsOf(engine)).length, 16);
  await assertSound(engine);
});

test('shards that have been open for too long all go at once', async (t) => {
  const { engine, table, store, passAt } = await start(t);
  await store.transact(splitPartition, { ...nameOf(table), shard: 1, at: MIDDLE, nowMs: START_MS });
  await putItems(engine, await definitionOf(engine, 'followed'), keysOf(20), START_MS);
  await passAt(START_MS + 4 * HOUR_MS);
  assert.deepEqual(await partitionsOf(engine), [
    [4, 2, MIDDLE],
    [5, 3],
  ]);
  assert.deepEqual(await contentsOf(engine).then(({ 4: low, 5: high }) => [low, high]), [0, 0]);
  await assertSound(engine);
});

test('a table that holds too much for its partitions has the widest ones split in the middle', async (t) => {
  const { engine, table, passAt } = await start(t, { sizeBytes: 1_000 });
  await engine.transact(fillTable, { table, from: 0, count: 3, valueSizeBytes: 1_000 });
  // Three for 3,000 bytes are enough.
  await passAt(START_MS);
  assert.deepEqual(await partitionsOf(engine), [
    [4, 2, `4${'0'.repeat(31)}`],
    [5, 2, MIDDLE],
    [3, 1],
  ]);
  await passAt(START_MS + MINUTE_MS);
  assert.equal((await partitionsOf(engine)).length, 3);
  await assertSound(engine);
});

test('shards that are split while items are written have each change once, in the order of each item', async (t) => {
  const { engine, table, store, passAt } = await start(t);
  const at = [MIDDLE, `4${'0'.repeat(31)}`, `c${'0'.repeat(31)}`];
  const splits: Promise<boolean>[] = [];
  for (let i = 1; i <= 60; i++) {
    await putItems(engine, await definitionOf(engine, 'followed'), keysOf(10), START_MS + i);
    const shard = i / 15;
    // Nobody waits for it: the next items are written meanwhile.
    if (at[shard - 1] === undefined) continue;
    const input = { ...nameOf(table), shard, at: at[shard - 1], nowMs: START_MS };
    splits.push(store.transact(splitPartition, input));
  }
  assert.deepEqual(await Promise.all(splits), [true, true, true]);
  await passAt(START_MS);
  const contents = await contentsOf(engine);
  assert.deepEqual(Object.keys(contents), ['1', '2', '3', '4', '5', '6', '7']);
  for (const [shard, records] of Object.entries(contents)) assert.ok(records > 0, `shard ${shard} has records`);
  const stream = activeStream(await definitionOf(engine, 'followed'));
  assert.ok(stream);
  const times = new Map<string, number[]>();
  for (const { shard } of await listShards(engine, stream, 100)) {
    const { records } = await readShard(engine, stream, shard, 0n, { records: 10_000, bytes: 1e9 });
    for (const { record } of records) {
      const { pk, t: at } = JSON.parse(record.newImage?.json ?? '') as { pk: { S: string }; t: { N: string } };
      times.set(pk.S, [...(times.get(pk.S) ?? []), Number(at.N) - START_MS]);
    }
  }
  const all = Array.from({ length: 60 }, (_, i) => i + 1);
  assert.deepEqual(Object.fromEntries(times), Object.fromEntries(keysOf(10).map((key) => [key, all])));
  await assertSound(engine);
});

test('a shard that is closed, or of a table that is another one by now, is not split', async (t) => {
  const { engine, table, store } = await start(t);
  const split = async (more: object) =>
    await store.transact(splitPartition, { ...nameOf(table), shard: 1, nowMs: START_MS, ...more });
  assert.equal(await split({ tableId: 'another' }), false);
  assert.equal(await split({ tableName: 'another' }), false);
  assert.equal(await split({ shard: 2 }), false);
  assert.equal(await split({}), true);
  assert.equal(await split({}), false);
  for (const at of ['0'.repeat(32)]) await assert.rejects(split({ shard: 2, at }), /inside its range/);
  assert.equal(await split({ shard: 2, at: MIDDLE }), true);
  await assert.rejects(split({ shard: 3, at: MIDDLE }), /inside its range/);
  await assert.rejects(split({ shard: 4, at: MIDDLE }), /inside its range/);
  assert.deepEqual(await partitionsOf(engine), [
    [3, 2, MIDDLE],
    [4, 2],
  ]);
  await assertSound(engine);
});

function nameOf({ name, id }: TableDefinition): { readonly tableName: string; readonly tableId: string } {
  return { tableName: name, tableId: id };
}
