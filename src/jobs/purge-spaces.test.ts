import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemTimer } from '../foundation/clock.ts';
import { writeItems } from '../items/write-items.ts';
import { createTable } from '../tables/create-table.ts';
import { deleteTable } from '../tables/delete-table.ts';
import { listPurgeRecords } from '../tables/purge-record.ts';
import { itemCountCounter, sizeBytesCounter, type TableDefinition } from '../tables/table.ts';
import { tagsKey } from '../tables/tags.ts';
import { countEntries, deletionOf, draftOf, fillTable, openTestEngine } from '../tables/table-store.test.ts';
import type { StorageEngine } from '../storage/engine.ts';
import { acquireLease } from './held-lease.ts';
import { type Job, type JobStore, LeaseLostError } from './job.ts';
import { createPurgeSpacesJob } from './purge-spaces.ts';

const signal = new AbortController().signal;

const INDEX = {
  name: 'by-g',
  kind: 'global',
  partitionKeys: [{ name: 'g', type: 'S' }],
  sortKeys: [],
  projection: { type: 'ALL', nonKeyAttributes: [] },
} as const;

async function createFilled(engine: StorageEngine, name: string, count: number, valueSizeBytes: number) {
  const outcome = await engine.transact(createTable, draftOf(name, { indexes: [INDEX] }));
  assert.ok('table' in outcome);
  const { table } = outcome;
  await engine.transact(fillTable, { table, from: 0, count, valueSizeBytes });
  return table;
}

/** The store under the job's lease, which whoever had it loses. */
async function holdStore(engine: StorageEngine): Promise<JobStore> {
  const job = createPurgeSpacesJob().name;
  const common = { engine, holder: 'test', isAlone: true, timer: systemTimer, onError: assert.ifError };
  const lease = await acquireLease({ ...common, job, claims: { count: 0 } }, signal);
  assert.ok(lease !== undefined);
  return lease.store;
}

/** Runs steps until there is nothing more to do; their number. */
async function purgeAll(engine: StorageEngine, job: Job = createPurgeSpacesJob()): Promise<number> {
  const store = await holdStore(engine);
  let steps = 0;
  while ((await job.run(store, signal)) === 'more') steps++;
  return steps;
}

async function countersOf(engine: StorageEngine, table: TableDefinition): Promise<number[]> {
  const spaces = [table.space, ...table.indexes.map((index) => index.space)];
  return engine.counters(spaces.flatMap((space) => [itemCountCounter(space), sizeBytesCounter(space)]));
}

test('entries, counters and the record of a deleted table go away; other tables stay', async (t) => {
  const engine = await openTestEngine(t);
  const dead = await createFilled(engine, 'dead', 450, 10);
  const alive = await createFilled(engine, 'alive', 30, 10);
  await engine.transact(deleteTable, deletionOf('dead'));
  assert.deepEqual(await countersOf(engine, dead), [450, 4500, 450, 4500]);

  await purgeAll(engine);
  assert.equal(await countEntries(engine, dead.space), 0);
  assert.equal(await countEntries(engine, dead.space + 1), 0);
  assert.deepEqual(await countersOf(engine, dead), [0, 0, 0, 0]);
  assert.deepEqual(await listPurgeRecords(engine, 10), []);
  assert.equal(await countEntries(engine, alive.space), 30);
  assert.deepEqual(await countersOf(engine, alive), [30, 300, 30, 300]);
});

test('without deleted tables there is nothing to do', async (t) => {
  const engine = await openTestEngine(t);
  await createFilled(engine, 'alive', 3, 10);
  assert.equal(await purgeAll(engine), 0);
});

test('a purge that was interrupted is finished by another node', async (t) => {
  const engine = await openTestEngine(t);
  const dead = await createFilled(engine, 'dead', 450, 10);
  await engine.transact(deleteTable, deletionOf('dead'));
  const interrupted = createPurgeSpacesJob();
  assert.equal(await interrupted.run(await holdStore(engine), signal), 'more');
  assert.equal(await countEntries(engine, dead.space), 250);

  await purgeAll(engine);
  assert.equal(await countEntries(engine, dead.space), 0);
  assert.deepEqual(await listPurgeRecords(engine, 10), []);
  assert.equal(await purgeAll(engine, interrupted), 0, 'the first one finds all done');
});

test('a node that lost the lease purges nothing', async (t) => {
  const engine = await openTestEngine(t);
  const dead = await createFilled(engine, 'dead', 450, 10);
  await engine.transact(deleteTable, deletionOf('dead'));
  const job = createPurgeSpacesJob();
  const lost = await holdStore(engine);
  assert.equal(await job.run(lost, signal), 'more');
  const held = await holdStore(engine);
  await assert.rejects(job.run(lost, signal), LeaseLostError);
  assert.equal(await countEntries(engine, dead.space), 250);
  await assert.rejects(job.run(lost, signal), LeaseLostError, 'without asking the store now');
  assert.equal(await job.run(held, signal), 'more');
  assert.equal(await countEntries(engine, dead.space), 50);
});

test('a step of large entries is bounded by their bytes', async (t) => {
  const engine = await openTestEngine(t);
  const dead = await createFilled(engine, 'dead', 12, 100_000);
  await engine.transact(deleteTable, deletionOf('dead'));
  await createPurgeSpacesJob().run(await holdStore(engine), signal);
  assert.equal(await countEntries(engine, dead.space), 9);
});

test('a failed step is taken again', async (t) => {
  const engine = await openTestEngine(t);
  const dead = await createFilled(engine, 'dead', 250, 10);
  await engine.transact(deleteTable, deletionOf('dead'));
  const job = createPurgeSpacesJob();
  const store = await holdStore(engine);
  const failing: JobStore = { ...store, transact: () => Promise.reject(new Error('no space left')) };
  await assert.rejects(job.run(failing, signal), /no space left/);
  while ((await job.run(store, signal)) === 'more');
  assert.equal(await countEntries(engine, dead.space), 0);
  assert.deepEqual(await listPurgeRecords(engine, 10), []);
});

test('the tags of a deleted table and the sizes of its item collections go away', async (t) => {
  const engine = await openTestEngine(t);
  const local = { ...INDEX, kind: 'local' } as const;
  const outcome = await engine.transact(createTable, {
    ...draftOf('dead', { indexes: [local] }),
    tags: [{ key: 'k', value: 'v' }],
  });
  assert.ok('table' in outcome);
  const { table } = outcome;
  const action = { table: 0, kind: 'put', key: new Uint8Array(16), json: '{"pk":{"S":"a"}}', sizeBytes: 3 } as const;
  await engine.transact(writeItems, { nowMs: 0, tables: [table], actions: [action] });
  const { space, key } = tagsKey(table.id);
  const collectionSpace = table.collectionSpace as number;
  assert.equal(await countEntries(engine, collectionSpace), 1);
  assert.notEqual(await engine.get(space, key), undefined);
  await engine.transact(deleteTable, deletionOf('dead'));
  await purgeAll(engine);
  assert.equal(await countEntries(engine, collectionSpace), 0);
  assert.equal(await engine.get(space, key), undefined);
});
