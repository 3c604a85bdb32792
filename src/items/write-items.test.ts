import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { readExpressions } from '../expressions/read-expressions.ts';
import type { Write } from '../storage/engine.ts';
import { catalogKey, encodeTable } from '../tables/catalog.ts';
import { type TableDefinition, itemCountCounter, sizeBytesCounter } from '../tables/table.ts';
import { type Item, emptyItem } from '../values/attribute-value.ts';
import { compareBytes, encodeBaseKey, encodeIndexKey } from '../values/key-encoding.ts';
import { itemSizeBytes } from '../values/size.ts';
import { decodeStoredItem, storedAttributes } from '../values/stored-item.ts';
import { type PlanWrite, planDelete, planPut, planUpdate } from './plan-write.ts';
import { type WriteAction, type WriteItemsOutput, writeItems } from './write-items.ts';

const TABLE: TableDefinition = {
  name: 'table',
  id: 'id-1',
  createdAtMs: 0,
  partitionKey: { name: 'pk', type: 'S' },
  billingMode: 'PAY_PER_REQUEST',
  space: 10,
  indexes: [
    {
      name: 'all',
      kind: 'global',
      partitionKeys: [{ name: 'a', type: 'S' }],
      sortKeys: [{ name: 'b', type: 'S' }],
      projection: { type: 'ALL', nonKeyAttributes: [] },
      space: 11,
    },
    {
      name: 'some',
      kind: 'global',
      partitionKeys: [{ name: 'b', type: 'S' }],
      sortKeys: [],
      projection: { type: 'INCLUDE', nonKeyAttributes: ['c'] },
      space: 12,
    },
  ],
};

/** The table as writers know it. */
const TABLES = [{ name: TABLE.name, id: TABLE.id, space: TABLE.space }];

/** A store in memory that applies what the procedure decides, one transaction after the other. */
interface Store {
  readonly entries: Map<string, Uint8Array>;
  readonly counters: Map<string, number>;
  run(nowMs: number, ...actions: WriteAction[]): WriteItemsOutput;
  /** The attributes of every item or index entry of a space, by the names of their keys. */
  contents(space: number): Record<string, Item>;
}

function createStore(table: TableDefinition): Store {
  const { space: catalogSpace, key: tableKey } = catalogKey(table.name);
  const entries = new Map([[nameOf(catalogSpace, tableKey), encodeTable(table)]]);
  const counters = new Map<string, number>();
  return {
    entries,
    counters,
    run(nowMs, ...actions) {
      const values = writeItems
        .reads({ nowMs, tables: TABLES, actions })
        .map(({ space, key }) => entries.get(nameOf(space, key)));
      const { writes, output } = writeItems.decide({ nowMs, tables: TABLES, actions }, values);
      for (const write of writes) applyWrite(entries, counters, write);
      return output;
    },
    contents(space) {
      const mine = [...entries].filter(([name]) => name.startsWith(`${space}/`));
      return Object.fromEntries(mine.map(([name, value]) => [name, storedAttributes(value)]));
    },
  };
}

function applyWrite(entries: Map<string, Uint8Array>, counters: Map<string, number>, write: Write): void {
  if (write.kind === 'put') entries.set(nameOf(write.space, write.key), write.value);
  else if (write.kind === 'delete') assert.ok(entries.delete(nameOf(write.space, write.key)), 'deletes what is there');
  else if (write.kind === 'increment') counters.set(write.counter, (counters.get(write.counter) ?? 0) + write.by);
}

function nameOf(space: number, key: Uint8Array): string {
  return `${space}/${Buffer.from(key).toString('hex')}`;
}

/** The action of `plan` on the store's one table. */
function actionOf(plan: PlanWrite): WriteAction {
  return { table: 0, ...plan(TABLE) };
}

function updateOf(expression: string, values: Record<string, unknown>): PlanWrite {
  const parameters = {
    UpdateExpression: expression,
    ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: values }),
  };
  return planUpdate({ pk: { S: 'p' } }, readExpressions(parameters, ['UpdateExpression']).update);
}

const put = (attributes: object): WriteAction => actionOf(planPut({ pk: { S: 'p' }, ...attributes }));

/** What the space of each index must hold when the table holds `items`. */
function expectedEntries(items: readonly Item[]): readonly Record<string, Item>[] {
  const all: Record<string, Item> = {};
  const some: Record<string, Item> = {};
  for (const item of items) {
    const { pk, a, b, c } = item;
    assert.ok(pk !== undefined);
    const baseKey = encodeBaseKey(pk, undefined);
    if (a !== undefined && b !== undefined) all[nameOf(11, encodeIndexKey([a], [b], baseKey))] = item;
    if (b !== undefined) {
      const projected = Object.assign(emptyItem(), { pk, b }, c && { c });
      some[nameOf(12, encodeIndexKey([b], [], baseKey))] = projected;
    }
  }
  return [all, some];
}

test('items, entries and counters agree after any sequence of writes', () => {
  const text = fc.constantFrom('x', 'y', 'long text');
  const attributes = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), text, { maxKeys: 4 });
  const step = fc.record({
    kind: fc.constantFrom('put', 'set', 'remove', 'delete'),
    pk: fc.constantFrom('1', '2', '3'),
    attributes,
  });
  const property = fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
    const store = createStore(TABLE);
    const model = new Map<string, Record<string, string>>();
    for (const [i, { kind, pk, attributes: given }] of steps.entries()) {
      const key = { pk: { S: pk } };
      const names = Object.keys(given);
      const values = Object.fromEntries(names.map((name) => [`:${name}`, { S: given[name] }]));
      const before = model.get(pk);
      if (kind === 'put') {
        const item = Object.fromEntries(names.map((name) => [name, { S: given[name] }]));
        store.run(i, actionOf(planPut({ ...key, ...item })));
        model.set(pk, given);
      } else if (kind === 'delete') {
        store.run(i, actionOf(planDelete(key)));
        model.delete(pk);
      } else if (names.length > 0) {
        const expression =
          kind === 'set' ? `SET ${names.map((name) => `${name} = :${name}`).join(', ')}` : `REMOVE ${names.join(', ')}`;
        const parameters = {
          UpdateExpression: expression,
          ...(kind === 'set' && { ExpressionAttributeValues: values }),
        };
        store.run(i, actionOf(planUpdate(key, readExpressions(parameters).update)));
        if (kind === 'set') model.set(pk, { ...before, ...given });
        else if (before) model.set(pk, Object.fromEntries(Object.entries(before).filter(([name]) => !(name in given))));
      }
    }

    const items = [...model].map(([pk, texts]) => {
      const item = Object.assign(emptyItem(), { pk: { S: pk } });
      for (const [name, S] of Object.entries(texts)) item[name] = { S };
      return item;
    });
    const contents = items.map((item) => [nameOf(10, encodeBaseKey(item['pk']!, undefined)), item] as const);
    const spaces = [Object.fromEntries(contents), ...expectedEntries(items)];
    for (const [i, expected] of spaces.entries()) {
      const space = 10 + i;
      assert.deepEqual(store.contents(space), expected);
      const sizes = Object.values(expected).map((item) => itemSizeBytes(item));
      assert.equal(store.counters.get(itemCountCounter(space)) ?? 0, sizes.length);
      assert.equal(
        store.counters.get(sizeBytesCounter(space)) ?? 0,
        sizes.reduce((one, other) => one + other, 0),
      );
    }
  });
  fc.assert(property, { numRuns: 300 });
});

test('a failed action keeps all others from being written, and is told apart from them', () => {
  const store = createStore(TABLE);
  const { condition } = readExpressions({ ConditionExpression: 'attribute_exists(pk)' });
  const output = store.run(1, put({}), { ...actionOf(planDelete({ pk: { S: 'other' } })), condition });
  assert.ok(output.kind === 'failed');
  assert.deepEqual(
    output.faults.map((fault) => fault?.name),
    [undefined, 'ConditionalCheckFailedException'],
  );
  assert.deepEqual(store.contents(10), {});
});

test('each table is read once, however many actions it has, and one that was replaced stops them all', () => {
  const other: TableDefinition = { ...TABLE, name: 'other', id: 'id-2', space: 20, indexes: [] };
  const tables = [...TABLES, { name: other.name, id: other.id, space: other.space }];
  const actions = ['1', '2', '3'].map((pk, i) => ({ ...actionOf(planPut({ pk: { S: pk } })), table: i % 2 }));
  const input = { nowMs: 1, tables, actions };
  assert.deepEqual(writeItems.reads(input), [
    catalogKey(TABLE.name),
    catalogKey(other.name),
    ...actions.map(({ table, key }) => ({ space: table === 0 ? TABLE.space : other.space, key })),
  ]);
  const decide = (definitions: readonly TableDefinition[]) =>
    writeItems.decide(input, [...definitions.map(encodeTable), undefined, undefined, undefined]);
  const puts = decide([TABLE, other]).writes.flatMap((write) => (write.kind === 'put' ? [write.space] : []));
  assert.deepEqual(puts, [TABLE.space, other.space, TABLE.space]);
  const replaced = decide([TABLE, { ...other, id: 'id-3' }]);
  assert.deepEqual(replaced, { writes: [], output: { kind: 'stale' } });
});

test('actions planned for a table that was replaced write nothing', () => {
  const store = createStore({ ...TABLE, id: 'id-2' });
  assert.deepEqual(store.run(1, put({})), { kind: 'stale' });
  assert.deepEqual(store.contents(10), {});
});

test('versions grow with each write, although the clock stands still or goes back', () => {
  const store = createStore(TABLE);
  const versions: number[] = [];
  for (const nowMs of [5, 5, 4, 6, 6]) {
    store.run(nowMs, put({}));
    const stored = store.entries.get(nameOf(10, encodeBaseKey({ S: 'p' }, undefined)));
    assert.ok(stored);
    versions.push(decodeStoredItem(stored).version);
  }
  assert.deepEqual(
    versions,
    [...new Set(versions)].toSorted((one, other) => one - other),
  );
});

test('an update of nothing but REMOVE and DELETE creates no item, any other does', () => {
  const creates = (expression: string, values: Record<string, unknown> = {}): boolean => {
    const store = createStore(TABLE);
    store.run(1, actionOf(updateOf(expression, values)));
    assert.equal(store.counters.get(itemCountCounter(10)) ?? 0, Object.keys(store.contents(10)).length);
    return Object.keys(store.contents(10)).length === 1;
  };
  const set = { ':s': { SS: ['x'] } };
  assert.equal(creates('REMOVE a'), false);
  assert.equal(creates('DELETE a :s', set), false);
  assert.equal(creates('REMOVE b DELETE a :s', set), false);
  assert.equal(creates('ADD a1 :s', set), true);
  assert.equal(creates('SET a1 = :s REMOVE c', set), true);
});

test('the input of a decision is not changed by it', () => {
  const store = createStore(TABLE);
  store.run(1, put({ a: { S: 'x' }, b: { S: 'y' } }));
  const before = [...store.entries].map(([name, value]) => [name, Uint8Array.from(value)] as const);
  const action = actionOf(updateOf('SET b = :v', { ':v': { S: 'z' } }));
  const values = writeItems
    .reads({ nowMs: 2, tables: TABLES, actions: [action] })
    .map(({ space, key }) => store.entries.get(nameOf(space, key)));
  const first = writeItems.decide({ nowMs: 2, tables: TABLES, actions: [action] }, values);
  const second = writeItems.decide({ nowMs: 2, tables: TABLES, actions: [action] }, values);
  assert.deepEqual(first, second);
  for (const [name, value] of before) assert.equal(compareBytes(store.entries.get(name)!, value), 0);
});
