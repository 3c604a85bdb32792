/** Trimming on the engine where what is appended waits for its sequence until somebody reads. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTestDatabase } from '../../test/postgres.ts';
import { openTarget } from '../open-storage.ts';
import { RETENTION_MS } from '../streams/read-shard.ts';
import { listStreams } from '../tables/stream-records.ts';
import { deleteTable } from '../tables/delete-table.ts';
import { deletionOf } from '../tables/table-store.test.ts';
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
import { splitPartition } from './split-partitions.ts';
import { createTrimLogsJob } from './trim-logs.ts';

const START_MS = 1_700_000_000_000;

test('what nobody ever read goes in time, with its shards and its stream', async (t) => {
  const database = await openTestDatabase();
  t.after(() => database.drop());
  const { engine, close } = await openTarget({ kind: 'postgres', url: database.url });
  t.after(close);
  const table = await createFollowed(engine, 'followed', START_MS);
  const store = await holdStore(engine, 'trim-logs');
  let nowMs = START_MS;
  const job = createTrimLogsJob({ clock: { nowMs: () => nowMs }, onHolds: () => assert.fail() });

  await putItems(engine, table, keysOf(250), START_MS);
  const at = `8${'0'.repeat(31)}`;
  const split = { tableName: table.name, tableId: table.id, shard: 1, at, nowMs: START_MS + 1 };
  assert.equal(await store.transact(splitPartition, split), true);
  await putItems(engine, await definitionOf(engine, 'followed'), keysOf(100), START_MS + 2);
  nowMs = START_MS + RETENTION_MS;
  await runPass(job, store);
  const { 1: parent, 2: low = 0, 3: high = 0 } = await contentsOf(engine);
  assert.deepEqual([parent, low + high], [250, 100]);

  nowMs = START_MS + RETENTION_MS + 1;
  await runPass(job, store);
  await runPass(job, store);
  assert.equal((await contentsOf(engine))[1], undefined);
  await engine.transact(deleteTable, { ...deletionOf('followed'), nowMs });
  nowMs += RETENTION_MS;
  await runPass(job, store);
  assert.deepEqual(await contentsOf(engine), {});
  assert.deepEqual(await listStreams(engine, 10), []);
  assert.deepEqual((await engine.contents()).shards, []);
  await assertSound(engine);
});
