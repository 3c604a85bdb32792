import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCatalog, listTableNames } from './catalog.ts';
import { createTable } from './create-table.ts';
import { deleteTable } from './delete-table.ts';
import { listPurgeRecords } from './purge-record.ts';
import { listStreams } from './stream-records.ts';
import type { IndexDefinition, TableDefinition } from './table.ts';
import { deletionOf, draftOf, fillTable, openTestEngine } from './table-store.test.ts';

const ALL = { type: 'ALL', nonKeyAttributes: [] } as const;

function indexOf(name: string): Omit<IndexDefinition, 'space'> {
  return { name, kind: 'global', partitionKeys: [{ name: 'g', type: 'N' }], sortKeys: [], projection: ALL };
}

function tableOf(outcome: { table: TableDefinition } | { fault: unknown }): TableDefinition {
  assert.ok('table' in outcome);
  return outcome.table;
}

test('a table gets a space of its own for its items and for each index', async (t) => {
  const engine = await openTestEngine(t);
  const one = tableOf(await engine.transact(createTable, draftOf('one', { indexes: [indexOf('x'), indexOf('y')] })));
  const two = tableOf(await engine.transact(createTable, draftOf('two')));
  assert.deepEqual([one.space, ...one.indexes.map((index) => index.space), two.space], [16, 17, 18, 19]);
  assert.deepEqual(await createCatalog(engine).find('one'), one);
});

test('spaces of a deleted table are not given again', async (t) => {
  const engine = await openTestEngine(t);
  const first = tableOf(await engine.transact(createTable, draftOf('again')));
  const deleted = tableOf(await engine.transact(deleteTable, deletionOf('again')));
  assert.deepEqual([deleted.id, deleted.transition?.status], [first.id, 'DELETING']);
  const second = tableOf(await engine.transact(createTable, draftOf('again', { id: 'another' })));
  assert.equal(second.space, first.space + 1);
});

test('of many requests to create one table, one succeeds', async (t) => {
  const engine = await openTestEngine(t);
  const drafts = Array.from({ length: 20 }, (_, i) => draftOf('same', { id: `id-${i}` }));
  const outcomes = await Promise.all(drafts.map((draft) => engine.transact(createTable, draft)));
  const created = outcomes.filter((outcome) => 'table' in outcome);
  assert.equal(created.length, 1);
  for (const outcome of outcomes) {
    if ('table' in outcome) continue;
    assert.deepEqual(outcome.fault, { name: 'ResourceInUseException', message: 'Table already exists: same' });
  }
  const other = tableOf(await engine.transact(createTable, draftOf('other')));
  assert.equal(other.space, 17, 'requests that failed take no space');
});

test('deleting a table that is not there is a fault', async (t) => {
  const engine = await openTestEngine(t);
  assert.deepEqual(await engine.transact(deleteTable, deletionOf('none')), {
    fault: {
      name: 'ResourceNotFoundException',
      message: 'Requested resource not found: Table: none not found',
    },
  });
});

test('a deleted table is gone at once and leaves a record of its spaces', async (t) => {
  const engine = await openTestEngine(t);
  const catalog = createCatalog(engine);
  const table = tableOf(await engine.transact(createTable, draftOf('gone', { indexes: [indexOf('x')] })));
  assert.ok(await catalog.find('gone'));
  await engine.transact(deleteTable, deletionOf('gone'));
  assert.equal(await catalog.find('gone'), undefined);
  const records = await listPurgeRecords(engine, 10);
  assert.deepEqual(records, [{ tableId: table.id, spaces: [16, 17] }]);
});

test('no write gets into a table after its deletion', async (t) => {
  const engine = await openTestEngine(t);
  const table = tableOf(await engine.transact(createTable, draftOf('busy')));
  const writes = Array.from({ length: 50 }, (_, i) =>
    engine.transact(fillTable, { table, from: i, count: 1, valueSizeBytes: 10 }),
  );
  const deletion = engine.transact(deleteTable, deletionOf('busy'));
  const later = Array.from({ length: 50 }, (_, i) =>
    engine.transact(fillTable, { table, from: 50 + i, count: 1, valueSizeBytes: 10 }),
  );
  await deletion;
  const acknowledged = (await Promise.all([...writes, ...later])).filter((outcome) => outcome === 'done').length;
  assert.equal(await engine.transact(fillTable, { table, from: 100, count: 1, valueSizeBytes: 10 }), 'stale');
  const entries = await engine.scan(table.space, {}, { limit: 1000 });
  assert.equal(entries.length, acknowledged);
});

test('names are listed in byte order, after the one given', async (t) => {
  const engine = await openTestEngine(t);
  for (const name of ['b-2', 'b.1', 'Z-9', 'a_1']) await engine.transact(createTable, draftOf(name));
  assert.deepEqual(await listTableNames(engine, undefined, 10), ['Z-9', 'a_1', 'b-2', 'b.1']);
  assert.deepEqual(await listTableNames(engine, 'a_1', 1), ['b-2']);
  assert.deepEqual(await listTableNames(engine, 'b', 10), ['b-2', 'b.1']);
});

test('a table that is created anew within a millisecond has a stream of its own', async (t) => {
  const engine = await openTestEngine(t);
  const stream = { viewType: 'KEYS_ONLY', label: '2020-01-01T00:00:00.000' } as const;
  for (let i = 0; i < 3; i++) {
    assert.ok('table' in (await engine.transact(createTable, { ...draftOf('again'), stream })));
    assert.ok('table' in (await engine.transact(deleteTable, deletionOf('again'))));
  }
  const streams = await listStreams(engine, 10, { tableName: 'again' });
  const labels = ['000', '001', '002'].map((ms) => `2020-01-01T00:00:00.${ms}`);
  assert.deepEqual(
    streams.map(({ label }) => label),
    labels,
  );
  assert.equal(new Set(streams.map(({ log }) => log)).size, 3);
});
