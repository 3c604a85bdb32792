import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS } from '../foundation/limits.ts';
import { systemTimer } from '../foundation/clock.ts';
import { checkStore } from '../items/check-store.ts';
import { checkSystem } from '../items/check-system.ts';
import { planPut } from '../items/plan-write.ts';
import { runWrite } from '../items/run-writes.ts';
import { type StorageEngine, StorageConflictError } from '../storage/engine.ts';
import { decodeChangeRecord } from '../streams/change-record.ts';
import { catalogKey, createCatalog, decodeTable } from '../tables/catalog.ts';
import { checkSpaces } from '../tables/check-spaces.ts';
import { type TableDraft, createTable } from '../tables/create-table.ts';
import { deleteTable } from '../tables/delete-table.ts';
import { listPurgeRecords } from '../tables/purge-record.ts';
import { itemCountCounter, type TableDefinition } from '../tables/table.ts';
import { countEntries, deletionOf, draftOf, openTestEngine } from '../tables/table-store.test.ts';
import { expiryIndexOf, showTimeToLive } from '../tables/time-to-live.ts';
import { updateTimeToLive } from '../tables/update-time-to-live.ts';
import type { Item } from '../values/attribute-value.ts';
import { createAdvanceTablesJob } from './advance-tables.ts';
import { createExpireItemsJob } from './expire-items.ts';
import { acquireLease } from './held-lease.ts';
import type { Job, JobStore } from './job.ts';
import { createPurgeSpacesJob } from './purge-spaces.ts';

const signal = new AbortController().signal;
const START_MS = 1_800_000_000_000;
const HOUR_MS = 3_600_000;

/** A store whose time stands until it is moved. */
function openWorld(engine: StorageEngine) {
  const time = { nowMs: START_MS, sleptMs: 0 };
  const clock = { nowMs: () => time.nowMs };
  const timer = {
    sleep: async (ms: number) => {
      time.sleptMs += ms;
    },
  };
  const context = { engine, catalog: createCatalog(engine), clock };

  async function holdStore(job: Job): Promise<JobStore> {
    const common = { engine, holder: 'test', isAlone: true, timer: systemTimer, onError: assert.ifError };
    const lease = await acquireLease({ ...common, job: job.name, claims: { count: 0 } }, signal);
    assert.ok(lease !== undefined);
    return lease.store;
  }
  const newJob = () => createExpireItemsJob({ clock, timer, intervalMs: 1 });

  return {
    time,
    newJob,
    holdStore,
    async create(more: Partial<TableDraft> = {}, name = 'table'): Promise<TableDefinition> {
      const outcome = await engine.transact(createTable, draftOf(name, more));
      assert.ok('table' in outcome);
      return outcome.table;
    },
    async put(item: Item, tableName = 'table'): Promise<void> {
      await runWrite(context, { tableName, plan: planPut(item) });
    },
    async setTtl(enabled: boolean, attributeName = 't', tableName = 'table'): Promise<void> {
      const change = { tableName, enabled, attributeName, nowMs: time.nowMs, delayMs: 0 };
      assert.deepEqual(await engine.transact(updateTimeToLive, change), { fault: undefined });
    },
    async find(tableName = 'table'): Promise<TableDefinition> {
      const table = await context.catalog.find(tableName);
      assert.ok(table !== undefined);
      return table;
    },
    /** Takes steps of `job` until there is no more to do; how many. */
    async finish(job: Job, change: (store: JobStore) => JobStore = (store) => store): Promise<number> {
      const store = change(await holdStore(job));
      let steps = 1;
      while ((await job.run(store, signal)) === 'more') steps++;
      return steps;
    },
    /** Ends ENABLING. */
    async settle(): Promise<void> {
      await this.finish(createAdvanceTablesJob(clock));
    },
    /** One pass of a node that has just started. */
    async expire(): Promise<void> {
      await this.finish(newJob());
    },
    async keysIn(table: TableDefinition): Promise<string[]> {
      const entries = await engine.scan(table.space, {}, { limit: 100_000 });
      const keys = entries.map(({ value }) => /"pk":\{"S":"([^"]*)"/.exec(Buffer.from(value).toString())?.[1] ?? '');
      return keys.toSorted();
    },
    async check(): Promise<void> {
      const problems: string[] = [];
      const report = (problem: string) => void problems.push(problem);
      await checkStore(engine, report);
      await checkSystem(engine, report);
      await checkSpaces(engine, (await engine.contents()).spaces, report);
      assert.deepEqual(problems, []);
    },
  };
}

const secondsFrom = (ms: number): string => String((START_MS + ms) / 1_000);
const expiring = (pk: string, ms: number, more: Item = {}): Item => ({
  pk: { S: pk },
  t: { N: secondsFrom(ms) },
  ...more,
});

test('an item stays until its time is over, to the millisecond, and then goes with all its entries', async (t) => {
  const engine = await openTestEngine(t);
  const world = openWorld(engine);
  const projection = { type: 'ALL', nonKeyAttributes: [] } as const;
  const table = await world.create({
    sortKey: { name: 'sk', type: 'N' },
    indexes: [
      {
        name: 'local',
        kind: 'local',
        partitionKeys: [{ name: 'pk', type: 'S' }],
        sortKeys: [{ name: 'g', type: 'S' }],
        projection,
      },
      { name: 'global', kind: 'global', partitionKeys: [{ name: 'g', type: 'S' }], sortKeys: [], projection },
    ],
  });
  await world.setTtl(true);
  await world.settle();
  const more = { sk: { N: '1' }, g: { S: 'g' } };
  await world.put(expiring('early', 1_500, more));
  await world.put(expiring('late', 1_501, more));
  await world.put({ pk: { S: 'never' }, ...more });
  const spaces = [table.space, ...table.indexes.map(({ space }) => space)];
  const counts = async () => await Promise.all(spaces.map((space) => countEntries(engine, space)));

  world.time.nowMs += 1_500;
  await world.expire();
  assert.deepEqual(await counts(), [3, 3, 3]);
  world.time.nowMs += 1;
  await world.expire();
  assert.deepEqual(await world.keysIn(table), ['late', 'never']);
  assert.deepEqual(await counts(), [2, 2, 2]);
  world.time.nowMs += 1;
  await world.expire();
  assert.deepEqual(await counts(), [1, 1, 1]);
  assert.deepEqual(await engine.counters(spaces.map(itemCountCounter)), [1, 1, 1]);
  await world.check();
});

test('what is no number of seconds, or five years old, is never deleted', async (t) => {
  const engine = await openTestEngine(t);
  const world = openWorld(engine);
  const table = await world.create();
  await world.setTtl(true);
  await world.settle();
  const past = -LIMITS.timeToLivePastMs;
  const kept: Item[] = [
    { pk: { S: 'text' }, t: { S: secondsFrom(-5) } },
    { pk: { S: 'set' }, t: { NS: [secondsFrom(-5)] } },
    { pk: { S: 'milliseconds' }, t: { N: String(START_MS - 5_000) } },
    { pk: { S: 'negative' }, t: { N: '-5' } },
    { pk: { S: 'zero' }, t: { N: '0' } },
    expiring('five years', past),
    expiring('older', past - 1_000),
  ];
  for (const item of [...kept, expiring('a second less', past + 1_000), expiring('fraction', -1)])
    await world.put(item);
  await world.expire();
  assert.deepEqual(await world.keysIn(table), kept.map(({ pk }) => (pk as { S: string }).S).toSorted());
  await world.check();
});

test('items that were there before are entered while it is ENABLING, and expire then', async (t) => {
  const engine = await openTestEngine(t);
  const world = openWorld(engine);
  const table = await world.create();
  for (let i = 0; i < 500; i++) await world.put(expiring(`p${i}`, i < 450 ? -1_000 : 1_000));
  await world.setTtl(true);
  assert.equal(showTimeToLive((await world.find()).timeToLive).status, 'ENABLING');
  await world.expire();
  assert.equal(await countEntries(engine, table.space), 500, 'nothing expires before');

  const entering = createAdvanceTablesJob({ nowMs: () => world.time.nowMs });
  const store = await world.holdStore(entering);
  await entering.run(store, signal);
  const { timeToLive } = await world.find();
  assert.equal(await countEntries(engine, timeToLive?.expirySpace ?? 0), 200);
  await world.check();
  // Written meanwhile, before and behind the place where it is.
  for (let i = 0; i < 40; i++) await world.put(i % 2 === 0 ? expiring(`p${i}`, 500) : { pk: { S: `p${i}` } });
  await world.settle();
  assert.equal(showTimeToLive((await world.find()).timeToLive).status, 'ENABLED');
  await world.check();

  await world.expire();
  assert.equal(await countEntries(engine, table.space), 90);
  await world.check();
});

test('an item whose time was moved, or that was replaced, after it was found is not deleted', async (t) => {
  const engine = await openTestEngine(t);
  const world = openWorld(engine);
  const table = await world.create();
  await world.setTtl(true);
  await world.settle();
  for (const pk of ['moved', 'freed', 'replaced', 'expired', 'again']) await world.put(expiring(pk, -1_000));
  const job = world.newJob();
  await world.finish(job, (store) => ({
    ...store,
    scan: async (...given) => {
      const entries = await store.scan(...given);
      if (given[0] !== expiryIndexOf(await world.find())?.space || entries.length === 0) return entries;
      await world.put(expiring('moved', 1_000));
      await world.put({ pk: { S: 'freed' } });
      await world.put({ pk: { S: 'replaced' }, t: { S: 'soon' } });
      await world.put(expiring('again', -500));
      return entries;
    },
  }));
  // The one that expired again at another time was to go, whatever the entry said.
  assert.deepEqual(await world.keysIn(table), ['freed', 'moved', 'replaced']);
  await world.check();
});

test('nothing expires once it is disabled, by the attribute before or after', async (t) => {
  const engine = await openTestEngine(t);
  const world = openWorld(engine);
  const table = await world.create();
  await world.setTtl(true);
  await world.settle();
  for (let i = 0; i < 3; i++) await world.put(expiring(`p${i}`, -1_000));
  const old = expiryIndexOf(await world.find())?.space ?? 0;
  world.time.nowMs += HOUR_MS;
  await world.finish(world.newJob(), (store) => ({
    ...store,
    // Disabled after the items were found.
    transact: async (...given) => {
      if (given[0].name === 'expireItems') await world.setTtl(false);
      return await store.transact(...given);
    },
  }));
  assert.equal(await countEntries(engine, table.space), 3);
  assert.equal(await countEntries(engine, old), 3);
  await world.check();
  await world.finish(createPurgeSpacesJob());
  assert.equal(await countEntries(engine, old), 0);
  assert.deepEqual(await listPurgeRecords(engine, 10), []);
  await world.check();

  world.time.nowMs += HOUR_MS;
  await world.setTtl(true, 'u');
  await world.settle();
  await world.put({ pk: { S: 'p0' }, u: { N: secondsFrom(-1) } });
  await world.expire();
  assert.deepEqual(await world.keysIn(table), ['p1', 'p2']);
  await world.check();
});

test('the record of a deletion says that Time to Live did it', async (t) => {
  const engine = await openTestEngine(t);
  const world = openWorld(engine);
  const { changeLog } = await world.create({ stream: { viewType: 'OLD_IMAGE', label: '2020-01-01T00:00:00.000' } });
  await world.setTtl(true);
  await world.settle();
  await world.put(expiring('expired', -1_000));
  world.time.nowMs += 5;
  await world.expire();
  const [partition] = changeLog?.partitions ?? [];
  const entries = await engine.readLog(changeLog?.log ?? 0, partition?.shard ?? 0, 0n, 10);
  const records = entries.map(({ value }) => decodeChangeRecord(value));
  assert.deepEqual(
    records.map(({ event, actor, atMs, oldImage }) => [event, actor, atMs, oldImage !== undefined]),
    [
      ['INSERT', undefined, START_MS, false],
      ['REMOVE', 'ttl', START_MS + 5, true],
    ],
  );
  await world.check();
});

test('a table that is deleted frees its expiry index', async (t) => {
  const engine = await openTestEngine(t);
  const world = openWorld(engine);
  const table = await world.create();
  await world.put(expiring('p', -1_000));
  await world.setTtl(true);
  await world.settle();
  await engine.transact(deleteTable, deletionOf('table'));
  assert.deepEqual(await listPurgeRecords(engine, 10), [{ tableId: table.id, spaces: [table.space, table.space + 1] }]);
  await world.expire();
  await world.check();
});

test('what is read is proportional to what has expired, not to what is there', async (t) => {
  const engine = await openTestEngine(t);
  const world = openWorld(engine);
  const table = await world.create();
  const plain = await world.create({}, 'plain');
  await world.setTtl(true);
  await world.settle();
  for (let i = 0; i < 2_000; i++) await world.put(expiring(`p${i}`, i < 120 ? -1_000 : 1_000));
  for (let i = 0; i < 50; i++) await world.put(expiring(`old${i}`, -LIMITS.timeToLivePastMs - 1_000));
  await world.put(expiring('plain', -1_000), 'plain');
  const read: number[] = [];
  await world.finish(world.newJob(), (store) => ({
    ...store,
    scan: async (...given) => {
      const entries = await store.scan(...given);
      assert.notEqual(given[0], table.space);
      if (given[0] === expiryIndexOf(await world.find())?.space) read.push(entries.length);
      return entries;
    },
  }));
  assert.deepEqual(read, [50, 50, 20, 0]);
  assert.equal(await countEntries(engine, table.space), 1_930);
  assert.equal(await countEntries(engine, plain.space), 1);
  assert.equal(world.time.sleptMs, 3 * 20, 'each step that deletes is followed by a pause');
  await world.check();
});

test('what others keep writing is left to the next pass, and all else goes', async (t) => {
  const engine = await openTestEngine(t);
  const world = openWorld(engine);
  const table = await world.create();
  await world.setTtl(true);
  await world.settle();
  for (let i = 0; i < 120; i++) await world.put(expiring(`p${i}`, -1_000 - i));
  const [contended] = await engine.scan(table.space, {}, { limit: 1 });
  const job = world.newJob();
  const contend = (store: JobStore): JobStore => ({
    ...store,
    transact: async (procedure, input) => {
      const actions = (input as { writes?: { actions: { key: Uint8Array }[] } }).writes?.actions ?? [];
      const isHit = actions.some(({ key }) => Buffer.compare(key, contended?.key ?? new Uint8Array()) === 0);
      if (isHit) throw new StorageConflictError('others kept writing');
      return await store.transact(procedure, input);
    },
  });
  await world.finish(job, contend);
  assert.equal(await countEntries(engine, table.space), 1);
  await world.finish(job);
  assert.equal(await countEntries(engine, table.space), 0);
  await world.check();
});

test('an item that can not be read keeps no other from expiring, and is told of', async (t) => {
  const engine = await openTestEngine(t);
  const world = openWorld(engine);
  const table = await world.create();
  await world.setTtl(true);
  await world.settle();
  for (let i = 0; i < 8; i++) await world.put(expiring(`p${i}`, -1_000 - i));
  const job = world.newJob();
  const store = await world.holdStore(job);
  const [damaged] = await engine.scan(table.space, {}, { limit: 1 });
  const failing: JobStore = {
    ...store,
    transact: async (procedure, input) => {
      const actions = (input as { writes?: { actions: { key: Uint8Array }[] } }).writes?.actions ?? [];
      const isHit = actions.some(({ key }) => Buffer.compare(key, damaged?.key ?? new Uint8Array()) === 0);
      if (isHit) throw new Error('it can not be read');
      return await store.transact(procedure, input);
    },
  };
  let failures = 0;
  for (let left = 'more'; left === 'more';) {
    left = await job.run(failing, signal).catch((error: unknown) => {
      assert.match(String(error), /it can not be read/);
      failures++;
      return 'more';
    });
  }
  assert.ok(failures > 0);
  assert.equal(await countEntries(engine, table.space), 1);
});

test('a setting of a program that had no expiry index gets one', async (t) => {
  const engine = await openTestEngine(t);
  const world = openWorld(engine);
  const old = { timeToLive: { attributeName: 't', changedAtMs: START_MS - 5 } };
  const table = await world.create(old);
  await world.put(expiring('p', -1_000));
  await world.put(expiring('q', 1_000));
  await world.expire();
  await world.check();
  assert.equal(showTimeToLive((await world.find()).timeToLive).status, 'ENABLING');
  await world.settle();
  const { timeToLive } = await world.find();
  assert.deepEqual(timeToLive, { ...old.timeToLive, expirySpace: table.space + 1 });
  await world.expire();
  assert.deepEqual(await world.keysIn(table), ['q']);
  await world.check();
});

test('all tables have their turn in a pass, however many there are', async (t) => {
  const engine = await openTestEngine(t);
  const world = openWorld(engine);
  const names = Array.from({ length: 205 }, (_, i) => `t${i}`);
  for (const name of names) {
    await world.create({}, name);
    if (Number(name.slice(1)) % 3 > 0) continue;
    await world.setTtl(true, 't', name);
    await world.put(expiring('p', -1_000), name);
  }
  await world.settle();
  await world.expire();
  for (const name of names) {
    const { key, space } = catalogKey(name);
    const bytes = await engine.get(space, key);
    assert.ok(bytes);
    assert.equal(await countEntries(engine, decodeTable(bytes).space), 0, name);
  }
});
