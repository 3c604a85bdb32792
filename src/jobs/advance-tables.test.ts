import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemTimer } from '../foundation/clock.ts';
import { type WriteAction, writeItems } from '../items/write-items.ts';
import { type StorageEngine, StorageConflictError } from '../storage/engine.ts';
import { createCatalog } from '../tables/catalog.ts';
import { createTable } from '../tables/create-table.ts';
import { listLifeCycles } from '../tables/life-cycle.ts';
import type { IndexDefinition, TableDefinition } from '../tables/table.ts';
import { countEntries, draftOf, openTestEngine } from '../tables/table-store.test.ts';
import { updateTable } from '../tables/update-table.ts';
import { createAdvanceTablesJob } from './advance-tables.ts';
import { acquireLease } from './held-lease.ts';
import type { JobStore } from './job.ts';

const signal = new AbortController().signal;
const NOW_MS = 1_700_000_000_456;
const job = () => createAdvanceTablesJob({ nowMs: () => NOW_MS });

/** The store under the job's lease. */
async function holdStore(engine: StorageEngine): Promise<JobStore> {
  const common = { engine, holder: 'test', isAlone: true, timer: systemTimer, onError: assert.ifError };
  const lease = await acquireLease({ ...common, job: job().name, claims: { count: 0 } }, signal);
  assert.ok(lease !== undefined);
  return lease.store;
}

async function create(engine: StorageEngine, name: string, untilMs?: number): Promise<TableDefinition> {
  const transition = untilMs === undefined ? {} : { transition: { status: 'CREATING', untilMs } as const };
  const outcome = await engine.transact(createTable, draftOf(name, transition));
  assert.ok('table' in outcome);
  return outcome.table;
}

async function fill(engine: StorageEngine, table: TableDefinition, count: number): Promise<void> {
  const actions = Array.from({ length: count }, (_, i): WriteAction => {
    const key = new Uint8Array(16).fill(i % 256);
    key[0] = i / 256;
    return { table: 0, kind: 'put', key, json: `{"g":{"S":"g"},"pk":{"S":"${i}"}}`, sizeBytes: 5 };
  });
  await engine.transact(writeItems, { nowMs: 0, tables: [table], actions });
}

/** Adds an index by `g`, which is to be backfilled. */
async function addIndex(engine: StorageEngine, name: string): Promise<IndexDefinition> {
  const outcome = await engine.transact(updateTable, {
    update: {
      name,
      attributeDefinitions: [{ name: 'g', type: 'S' }],
      billingMode: undefined,
      provisionedThroughput: undefined,
      onDemandThroughput: undefined,
      warmThroughput: undefined,
      stream: undefined,
      tableClass: undefined,
      deletionProtection: undefined,
      encryption: undefined,
      indexUpdates: [
        {
          kind: 'create',
          name: 'by-g',
          index: {
            name: 'by-g',
            keySchema: [{ name: 'g', keyType: 'HASH' }],
            projectionType: 'ALL',
            nonKeyAttributes: undefined,
            provisionedThroughput: undefined,
            onDemandThroughput: undefined,
            warmThroughput: undefined,
          },
        },
      ],
    },
    nowMs: NOW_MS,
    delayMs: 0,
    indexBuildDelayMs: 0,
  });
  assert.ok('table' in outcome, JSON.stringify(outcome));
  const [index] = outcome.table.indexes;
  assert.ok(index);
  return index;
}

/** As over a database where others write the items of every step that has more than `mostItems`. */
function contendedStore(store: JobStore, mostItems: number): { store: JobStore; steps: readonly number[] } {
  const steps: number[] = [];
  const transact: JobStore['transact'] = async (procedure, input) => {
    const items = (input as { keys?: readonly Uint8Array[] }).keys?.length;
    if (items !== undefined) steps.push(items);
    if (items !== undefined && items > mostItems) throw new StorageConflictError('others kept writing');
    return await store.transact(procedure, input);
  };
  return { store: { ...store, transact }, steps };
}

test('a step that loses to writers of its items is taken again with half of them, and is no error', async (t) => {
  const engine = await openTestEngine(t);
  const table = await create(engine, 'busy');
  await fill(engine, table, 500);
  const index = await addIndex(engine, 'busy');
  for (const mostItems of [1, 60]) {
    const { store, steps } = contendedStore(await holdStore(engine), mostItems);
    const contended = job();
    // As many as it takes for the smallest step, and a few that succeed.
    for (let i = 0; i < 12; i++) assert.equal(await contended.run(store, signal), 'more');
    const expected = mostItems === 1 ? [200, 100, 50, 25, 13, 7, 4, 2, 1, 2, 1, 2] : [200, 100, 50, 100, 50, 100];
    assert.deepEqual(steps.slice(0, expected.length), expected);
  }
  const alone = job();
  const store = await holdStore(engine);
  while ((await alone.run(store, signal)) === 'more');
  assert.equal(await countEntries(engine, index.space), 500);
  const [built] = (await createCatalog(engine).find('busy'))?.indexes ?? [];
  assert.deepEqual([built?.transition, built?.build], [undefined, undefined]);
});

test('any other failure of a step is one', async (t) => {
  const engine = await openTestEngine(t);
  const table = await create(engine, 'full');
  await fill(engine, table, 3);
  await addIndex(engine, 'full');
  const store = await holdStore(engine);
  const failing: JobStore = { ...store, transact: () => Promise.reject(new Error('no space left')) };
  await assert.rejects(job().run(failing, signal), /no space left/);
});

test('tables take turns, however many wait before them', async (t) => {
  const engine = await openTestEngine(t);
  const names = Array.from({ length: 250 }, (_, i) => `wait-${String(i).padStart(3, '0')}`);
  for (const name of names) await create(engine, name, NOW_MS + 1);
  await create(engine, 'wait-last', NOW_MS);
  const store = await holdStore(engine);
  const one = job();
  for (let i = 0; i < 3; i++) await one.run(store, signal);
  assert.equal((await createCatalog(engine).find('wait-last'))?.transition, undefined);
  assert.equal((await createCatalog(engine).find('wait-000'))?.transition?.status, 'CREATING');
});

test('records are listed from behind one, and then from the start', async (t) => {
  const engine = await openTestEngine(t);
  for (const name of ['aaa', 'bbb', 'ccc']) await create(engine, name, NOW_MS);
  const list = async (after: string, limit: number) =>
    (await listLifeCycles(engine, after, limit)).map(({ tableName }) => tableName);
  assert.deepEqual(await list('', 10), ['aaa', 'bbb', 'ccc']);
  assert.deepEqual(await list('aaa', 10), ['bbb', 'ccc', 'aaa']);
  assert.deepEqual(await list('bba', 2), ['bbb', 'ccc']);
  assert.deepEqual(await list('ccc', 2), ['aaa', 'bbb']);
});
