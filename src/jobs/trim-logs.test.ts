import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { type LogHold, measureHolds } from '../streams/log-holds.ts';
import { RETENTION_MS } from '../streams/read-shard.ts';
import {
  findReader,
  listReaders,
  MAX_HOLD_MS,
  type RegisterReaderInput,
  registerReader,
  removeReader,
} from '../streams/readers.ts';
import { listStreams } from '../tables/stream-records.ts';
import { deleteTable } from '../tables/delete-table.ts';
import type { TableDefinition } from '../tables/table.ts';
import { deletionOf, openTestEngine } from '../tables/table-store.test.ts';
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
import type { JobStore } from './job.ts';
import { saveReaderInJob } from './save-reader.ts';
import { splitPartition } from './split-partitions.ts';
import { createTrimLogsJob } from './trim-logs.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const START_MS = 1_700_000_000_000;

/** A store with a followed table, the job, and the time that it goes by. */
async function start(t: TestContext) {
  const engine = await openTestEngine(t);
  const table = await createFollowed(engine, 'followed', START_MS);
  const log = table.changeLog?.log ?? 0;
  const store = await holdStore(engine, 'trim-logs');
  const told: (readonly LogHold[])[] = [];
  const time = { nowMs: START_MS };
  const job = createTrimLogsJob({ clock: { nowMs: () => time.nowMs }, onHolds: (holds) => told.push(holds) });
  const passAt = async (nowMs: number): Promise<number> => {
    time.nowMs = nowMs;
    return await runPass(job, store);
  };
  return { engine, table, log, store, told, passAt };
}

function readerOf(table: TableDefinition, more: Partial<RegisterReaderInput> = {}): RegisterReaderInput {
  return {
    log: table.changeLog?.log ?? 0,
    reader: 'recovery',
    tableName: table.name,
    tableId: table.id,
    firstShard: 1,
    positions: {},
    untilMs: START_MS + MAX_HOLD_MS,
    nowMs: START_MS,
    ...more,
  };
}

async function roll(store: JobStore, table: TableDefinition, shard: number, nowMs: number): Promise<void> {
  const input = { tableName: table.name, tableId: table.id, shard, nowMs };
  assert.equal(await store.transact(splitPartition, input), true);
}

test('records go when they are more than 24 hours old, a few hundred at a step', async (t) => {
  const { engine, table, passAt } = await start(t);
  await putItems(engine, table, keysOf(450), START_MS);
  await putItems(engine, table, keysOf(7), START_MS + 1);
  await passAt(START_MS + RETENTION_MS);
  assert.deepEqual(await contentsOf(engine), { 1: 457 });
  // Three that remove, one that looks on, one for streams.
  assert.equal(await passAt(START_MS + RETENTION_MS + 1), 5);
  assert.deepEqual(await contentsOf(engine), { 1: 7 });
  await passAt(START_MS + RETENTION_MS + 2);
  assert.deepEqual(await contentsOf(engine), { 1: 0 });
  await putItems(engine, table, ['later'], START_MS + 2 * DAY_MS);
  const [entry] = await engine.readLog(table.changeLog?.log ?? 0, 1, 0n, 10);
  assert.equal(entry?.sequence, 458n);
  await assertSound(engine);
});

test('large records go a few at a step', async (t) => {
  const { engine, table, passAt } = await start(t);
  const keys = keysOf(8).map((key) => key.padEnd(300_000));
  await putItems(engine, table, keys, START_MS);
  // Two that remove four each, one that looks on, one for streams.
  assert.equal(await passAt(START_MS + RETENTION_MS + 1), 4);
  assert.deepEqual(await contentsOf(engine), { 1: 0 });
});

test('a step takes as much as it may, however small its first record is', async (t) => {
  const { engine, table, store, passAt } = await start(t);
  const large = keysOf(20).map((key) => key.padEnd(300_000));
  await putItems(engine, table, ['tiny', ...large.slice(0, 10), 'small', ...large.slice(10)], START_MS);
  const removed: number[] = [];
  const transact = store.transact.bind(store);
  let before = 22;
  store.transact = async (procedure, input) => {
    const output = await transact(procedure, input);
    const { 1: left = 0 } = await contentsOf(engine);
    removed.push(before - left);
    before = left;
    return output;
  };
  await passAt(START_MS + RETENTION_MS + 1);
  assert.deepEqual(removed, [5, 4, 5, 4, 4]);
  assert.deepEqual(await contentsOf(engine), { 1: 0 });
});

test('a pass in which nothing is due reads no log', async (t) => {
  const { engine, table, store } = await start(t);
  await putItems(engine, table, keysOf(10), START_MS);
  let reads = 0;
  const counted: JobStore = {
    ...store,
    readLog: (...given) => {
      reads++;
      return store.readLog(...given);
    },
  };
  let nowMs = START_MS + 1;
  const job = createTrimLogsJob({ clock: { nowMs: () => nowMs }, onHolds: () => assert.fail() });
  await runPass(job, counted);
  assert.equal(reads, 1);
  nowMs += 23 * HOUR_MS;
  await runPass(job, counted);
  assert.equal(reads, 1);
});

test('a closed shard goes when it is empty and 24 hours have passed, and a stream with its last shard', async (t) => {
  const { engine, table, store, passAt } = await start(t);
  await putItems(engine, table, keysOf(3), START_MS);
  await roll(store, table, 1, START_MS + 2 * HOUR_MS);
  await putItems(engine, await definitionOf(engine, 'followed'), ['late'], START_MS + 3 * HOUR_MS);
  await passAt(START_MS + DAY_MS + HOUR_MS);
  assert.deepEqual(await contentsOf(engine), { 1: 0, 2: 1 });
  await passAt(START_MS + DAY_MS + 2 * HOUR_MS);
  assert.deepEqual(await contentsOf(engine), { 2: 1 });
  await engine.transact(deleteTable, { ...deletionOf('followed'), nowMs: START_MS + 4 * HOUR_MS });
  await passAt(START_MS + DAY_MS + 3 * HOUR_MS + 1);
  assert.deepEqual(await contentsOf(engine), { 2: 0 });
  assert.equal((await listStreams(engine, 10)).length, 1);
  await passAt(START_MS + DAY_MS + 4 * HOUR_MS);
  assert.deepEqual(await contentsOf(engine), {});
  assert.deepEqual(await listStreams(engine, 10), []);
  assert.deepEqual((await engine.contents()).shards, []);
  await assertSound(engine);
});

test('an open shard stays however long it is empty, and so does its stream', async (t) => {
  const { engine, passAt } = await start(t);
  await passAt(START_MS + 100 * DAY_MS);
  assert.deepEqual(await contentsOf(engine), { 1: 0 });
  assert.equal((await listStreams(engine, 10)).length, 1);
});

test('what a reader has not read stays, is told of, and goes when it was read', async (t) => {
  const { engine, table, log, store, told, passAt } = await start(t);
  assert.equal(await engine.transact(registerReader, readerOf(table)), 'registered');
  await putItems(engine, table, keysOf(5), START_MS);
  await roll(store, table, 1, START_MS + HOUR_MS);
  const rolled = await definitionOf(engine, 'followed');
  await putItems(engine, rolled, keysOf(4), START_MS + 2 * HOUR_MS);
  const save = async (positions: Record<string, string>) =>
    await store.transact(saveReaderInJob, { log, reader: 'recovery', positions, nowMs: START_MS });

  await save({ 1: '2' });
  await passAt(START_MS + 2 * DAY_MS);
  assert.deepEqual(await contentsOf(engine), { 1: 3, 2: 4 });
  const hold = { log, reader: 'recovery', tableName: 'followed', untilMs: START_MS + MAX_HOLD_MS };
  assert.deepEqual(told, [[{ ...hold, records: 7, oldestAgeMs: 2 * DAY_MS }]]);
  assert.deepEqual(await measureHolds(engine, START_MS + DAY_MS), []);

  await save({ 1: '5', 2: '1' });
  // It is told of once a minute at most.
  await passAt(START_MS + 2 * DAY_MS + 59_999);
  assert.equal(told.length, 1);
  assert.deepEqual(await contentsOf(engine), { 2: 3 });
  assert.deepEqual((await findReader(engine, { log, reader: 'recovery' }))?.positions, { 2: '1' });
  await passAt(START_MS + 2 * DAY_MS + 60_000);
  assert.equal(told[1]?.[0]?.records, 3);

  await engine.transact(removeReader, { log, reader: 'recovery' });
  await passAt(START_MS + 2 * DAY_MS + 120_000);
  assert.deepEqual(await contentsOf(engine), { 2: 0 });
  assert.equal(told.length, 2);
  await assertSound(engine);
});

test('the reader that is furthest behind counts, until its time is over', async (t) => {
  const { engine, table, passAt } = await start(t);
  await putItems(engine, table, keysOf(10), START_MS);
  const untilMs = START_MS + 2 * DAY_MS;
  await engine.transact(registerReader, readerOf(table, { reader: 'slow', positions: { 1: '3' }, untilMs }));
  await engine.transact(registerReader, readerOf(table, { reader: 'quick', positions: { 1: '8' } }));
  await engine.transact(registerReader, readerOf(table, { reader: 'new', firstShard: 2 }));
  await passAt(untilMs - 1);
  assert.deepEqual(await contentsOf(engine), { 1: 7 });
  await passAt(untilMs);
  assert.deepEqual(await contentsOf(engine), { 1: 2 });
});

test('nothing is held for more than 35 days, whatever a reader says', async (t) => {
  const { engine, table, store, log, passAt } = await start(t);
  assert.equal(
    await engine.transact(registerReader, readerOf(table, { untilMs: START_MS + MAX_HOLD_MS + 1 })),
    'too-long',
  );
  await engine.transact(registerReader, readerOf(table));
  assert.equal(await engine.transact(registerReader, readerOf(table)), 'exists');
  await putItems(engine, table, keysOf(3), START_MS);
  await putItems(engine, table, keysOf(2), START_MS + 1);
  const nowMs = START_MS + MAX_HOLD_MS;
  const saved = { log, reader: 'recovery', positions: {}, nowMs };
  assert.equal(await store.transact(saveReaderInJob, { ...saved, untilMs: nowMs + MAX_HOLD_MS + 1 }), 'too-long');
  assert.equal(await store.transact(saveReaderInJob, { ...saved, untilMs: nowMs + MAX_HOLD_MS }), 'saved');
  assert.equal(await store.transact(saveReaderInJob, { ...saved, reader: 'other' }), 'unknown');
  await passAt(nowMs);
  assert.deepEqual(await contentsOf(engine), { 1: 5 });
  await passAt(nowMs + 1);
  assert.deepEqual(await contentsOf(engine), { 1: 2 });
});

test('positions only rise, and are kept of shards that are there', async (t) => {
  const { engine, table, store, log } = await start(t);
  await engine.transact(registerReader, readerOf(table, { positions: { 1: '5', 9: '1' } }));
  const save = async (positions: Record<string, string>) =>
    await store.transact(saveReaderInJob, { log, reader: 'recovery', positions, nowMs: START_MS });
  const positions = async () => (await findReader(engine, { log, reader: 'recovery' }))?.positions;
  assert.deepEqual(await positions(), { 1: '5' });
  await save({ 1: '4', 7: '2' });
  assert.deepEqual(await positions(), { 1: '5' });
  await save({ 1: '10' });
  assert.deepEqual(await positions(), { 1: '10' });
});

test('readers go with the log of a table that is gone', async (t) => {
  const { engine, table, passAt } = await start(t);
  await engine.transact(registerReader, readerOf(table));
  await passAt(START_MS);
  await engine.transact(deleteTable, { ...deletionOf('followed'), nowMs: START_MS });
  await passAt(START_MS + DAY_MS - 1);
  assert.equal((await listReaders(engine)).length, 1);
  await passAt(START_MS + DAY_MS);
  assert.deepEqual(await listReaders(engine), []);
});

test('a node that lost the lease takes nothing away', async (t) => {
  const { engine, table, passAt } = await start(t);
  await putItems(engine, table, keysOf(3), START_MS);
  await holdStore(engine, 'trim-logs');
  await assert.rejects(passAt(START_MS + 2 * DAY_MS), { name: 'LeaseLostError' });
  assert.deepEqual(await contentsOf(engine), { 1: 3 });
});

test('a shard in which something fails does not keep others waiting', async (t) => {
  const { engine, table, store } = await start(t);
  const other = await createFollowed(engine, 'other', START_MS);
  for (const one of [table, other]) await putItems(engine, one, keysOf(3), START_MS);
  const failing: JobStore = {
    ...store,
    readLog: (log, ...given) =>
      log === table.changeLog?.log ? Promise.reject(new Error('damaged')) : store.readLog(log, ...given),
  };
  const job = createTrimLogsJob({ clock: { nowMs: () => START_MS + 2 * DAY_MS }, onHolds: () => assert.fail() });
  await assert.rejects(runPass(job, failing), /damaged/);
  await runPass(job, failing);
  const [bounds] = await engine.logBounds([{ log: other.changeLog?.log ?? 0, shard: 1 }]);
  assert.deepEqual(bounds, { after: 3n, last: 3n });
});
