import assert from 'node:assert/strict';
import { test } from 'node:test';
import { validationError } from '../foundation/errors.ts';
import { type ResidentVersion, ResidentVersionError, type StorageEngine } from '../storage/engine.ts';
import { encodeVersionedJson } from '../values/versioned-json.ts';
import { createCatalog, decodeTable, encodeTable } from './catalog.ts';
import type { TableDefinition } from './table.ts';

function makeTable(id: string): TableDefinition {
  return {
    name: 'table',
    id,
    createdAtMs: 0,
    partitionKey: { name: 'pk', type: 'S' },
    billingMode: 'PAY_PER_REQUEST',
    indexes: [],
    space: 16,
  };
}

/** A handle on a store that other nodes write to: it learns of a version when a read is refused for it. */
function createNode() {
  let store: { version: ResidentVersion; table: TableDefinition | undefined } = { version: 1, table: undefined };
  let known = store.version;
  let trips = 0;
  /** Run once, within the next read, before the store looks at the version. */
  let beforeRead: (() => void) | undefined;
  const changeElsewhere = (table: TableDefinition | undefined) => {
    store = { version: store.version + 1, table };
  };
  const engine: Pick<StorageEngine, 'get' | 'residentVersion'> = {
    get: async (_space, _key, expected) => {
      trips++;
      beforeRead?.();
      beforeRead = undefined;
      if (expected !== undefined && expected !== store.version) {
        known = store.version;
        throw new ResidentVersionError('changed');
      }
      return store.table && encodeTable(store.table);
    },
    residentVersion: () => known,
  };
  return {
    catalog: createCatalog(engine as StorageEngine),
    engine,
    changeElsewhere,
    onNextRead: (run: () => void) => void (beforeRead = run),
    trips: () => trips,
  };
}

test('a table that another node creates is found by a node that knew of none', async () => {
  const { catalog, changeElsewhere } = createNode();
  assert.equal(await catalog.find('table'), undefined);
  assert.equal(await catalog.findForWrite('table'), undefined);
  await assert.rejects(
    catalog.read('table', async () => null),
    { name: 'ResourceNotFoundException' },
  );
  changeElsewhere(makeTable('first'));
  assert.equal((await catalog.findForWrite('table'))?.id, 'first');
  changeElsewhere(undefined);
  assert.equal(await catalog.find('table'), undefined);
  changeElsewhere(makeTable('second'));
  assert.equal(await catalog.read('table', async ({ id }) => id), 'second');
});

test('find sees at once what another node changed', async () => {
  const { catalog, changeElsewhere } = createNode();
  changeElsewhere(makeTable('first'));
  assert.equal((await catalog.find('table'))?.id, 'first');
  changeElsewhere(makeTable('second'));
  assert.equal((await catalog.find('table'))?.id, 'second');
  changeElsewhere(undefined);
  assert.equal(await catalog.find('table'), undefined);
});

test('a definition is kept under the version that it is of', async () => {
  const { catalog, engine, changeElsewhere, onNextRead } = createNode();
  changeElsewhere(makeTable('first'));
  await catalog.find('table');
  onNextRead(() => changeElsewhere(makeTable('second')));
  await catalog.find('table');
  const seen = await catalog.read('table', async ({ id }, version) => ({ id, version }));
  assert.deepEqual(seen, { id: 'second', version: engine.residentVersion() });
});

test('a read of a table that changed meanwhile runs again, with the table as it is now', async () => {
  const { catalog, engine, changeElsewhere } = createNode();
  changeElsewhere(makeTable('first'));
  await catalog.find('table');
  changeElsewhere(makeTable('second'));
  const seen: string[] = [];
  await catalog.read('table', async ({ id }, version) => {
    seen.push(id);
    return engine.get(16, new Uint8Array(1), version);
  });
  assert.deepEqual(seen, ['first', 'second']);
});

test('an error that is of a table as it was is none for the table as it is', async () => {
  const { catalog, changeElsewhere } = createNode();
  changeElsewhere(makeTable('first'));
  await catalog.find('table');
  changeElsewhere(makeTable('second'));
  const refuseFirst = async ({ id }: TableDefinition): Promise<string> => {
    if (id === 'first') throw validationError('the key is not one of this table');
    return id;
  };
  assert.equal(await catalog.read('table', refuseFirst), 'second');

  changeElsewhere(makeTable('first'));
  await catalog.find('table');
  await assert.rejects(catalog.read('table', refuseFirst), { name: 'ValidationException' });
  changeElsewhere(makeTable('second'));
  const refuseFirsts = async (tables: readonly TableDefinition[]) => await Promise.all(tables.map(refuseFirst));
  assert.deepEqual(await catalog.readMany(['table', 'other'], refuseFirsts), ['second', 'second']);
  changeElsewhere(undefined);
  await assert.rejects(
    catalog.read('table', async () => Promise.reject(validationError('the key is not one of this table'))),
    { name: 'ResourceNotFoundException' },
  );
});

test('several tables are read at one version, whatever changes between the looks at them', async () => {
  const { catalog, engine, changeElsewhere, onNextRead } = createNode();
  changeElsewhere(makeTable('first'));
  await catalog.find('table');
  onNextRead(() => changeElsewhere(makeTable('second')));
  const seen = await catalog.readMany(['table', 'other'], async (tables, version) => ({ tables, version }));
  assert.deepEqual(
    seen.tables.map(({ id }) => id),
    ['second', 'second'],
  );
  assert.equal(seen.version, engine.residentVersion());
  changeElsewhere(undefined);
  await assert.rejects(
    catalog.readMany(['table', 'other'], async (_tables, version) => engine.get(16, new Uint8Array(1), version)),
    { name: 'ResourceNotFoundException' },
  );
});

test('reads and writes on a table that is known make no trip for it', async () => {
  const { catalog, changeElsewhere, trips } = createNode();
  changeElsewhere(makeTable('first'));
  await catalog.read('table', async () => null);
  const before = trips();
  await catalog.read('table', async () => null);
  await catalog.findForWrite('table');
  assert.equal(trips(), before);
});

test('a definition of format version 1 is read, and written as 3; one of version 99 is refused', () => {
  const table = makeTable('first');
  assert.deepEqual(decodeTable(encodeVersionedJson(1, table)), table);
  assert.equal(encodeTable(table)[0], 3);
  assert.deepEqual(decodeTable(encodeTable(table)), table);
  assert.throws(() => decodeTable(encodeVersionedJson(99, table)), /table definition of unknown format version 99/);
});
