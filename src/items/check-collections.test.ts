import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Entry } from '../storage/engine.ts';
import type { TableDefinition } from '../tables/table.ts';
import type { Item } from '../values/attribute-value.ts';
import { encodeBaseKey } from '../values/key-encoding.ts';
import { itemSizeBytes } from '../values/size.ts';
import { encodeStoredItem } from '../values/stored-item.ts';
import { checkCollections } from './check-collections.ts';
import { collectionKey } from './item-collections.ts';

const TABLE: TableDefinition = {
  name: 'table',
  id: 'id',
  createdAtMs: 0,
  partitionKey: { name: 'pk', type: 'S' },
  sortKey: { name: 'sk', type: 'N' },
  billingMode: 'PAY_PER_REQUEST',
  space: 16,
  collectionSpace: 18,
  indexes: [
    {
      name: 'by-w',
      kind: 'local',
      partitionKeys: [{ name: 'pk', type: 'S' }],
      sortKeys: [{ name: 'w', type: 'S' }],
      projection: { type: 'KEYS_ONLY', nonKeyAttributes: [] },
      space: 17,
    },
  ],
};

function entryOf(item: Item): Entry {
  const key = encodeBaseKey(item['pk'] as { S: string }, item['sk']);
  const json = JSON.stringify(item);
  return { key, value: encodeStoredItem({ sizeBytes: itemSizeBytes(item), version: 1, writtenAtMs: 0, json }) };
}

function sizeBytesOf(size: number): Uint8Array {
  return Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, size);
}

async function* iterate(entries: readonly Entry[]): AsyncIterable<Entry> {
  yield* entries;
}

/** What is reported of items, in the order of their keys, and of the sizes noted for their collections. */
async function check(items: readonly Entry[], sizes: readonly Entry[]): Promise<string[]> {
  const problems: string[] = [];
  const valueOf = (key: Uint8Array) => sizes.find((entry) => Buffer.compare(entry.key, key) === 0)?.value;
  const engine = { get: async (_space: number, key: Uint8Array) => valueOf(key) };
  const entries = { items: iterate(items), sizes: iterate(sizes) };
  await checkCollections(engine, TABLE, entries, (problem) => problems.push(problem));
  return problems;
}

// 2 + 1 and 2 + 2 bytes; with `w` 2 more, and 9 for its entry in the index.
const PLAIN = entryOf({ pk: { S: 'a' }, sk: { N: '1' } });
const INDEXED = entryOf({ pk: { S: 'a' }, sk: { N: '2' }, w: { S: 'x' } });
const OTHER = entryOf({ pk: { S: 'b' }, sk: { N: '1' } });
const sizeOf = ({ key }: Entry, sizeBytes: number): Entry => ({
  key: collectionKey(18, key).key,
  value: sizeBytesOf(sizeBytes),
});

test('sizes that agree are no problem', async () => {
  assert.deepEqual(await check([PLAIN, INDEXED, OTHER], [sizeOf(PLAIN, 7 + 9 + 9), sizeOf(OTHER, 7)]), []);
  assert.deepEqual(await check([], []), []);
});

test('a size that is wrong, missing or unreadable is a problem', async () => {
  const name = Buffer.from(collectionKey(18, PLAIN.key).key).toString('hex');
  const wrong = `item collection ${name} holds 7 bytes, but`;
  assert.deepEqual(await check([PLAIN], [sizeOf(PLAIN, 8)]), [`${wrong} 8 were noted`]);
  assert.deepEqual(await check([PLAIN], []), [
    `${wrong} 0 were noted`,
    'has 1 item collections, but the sizes of 0 were noted',
  ]);
  const unreadable = { ...sizeOf(PLAIN, 7), value: Uint8Array.of(9) };
  assert.deepEqual(await check([PLAIN], [unreadable]), [`${wrong} something else were noted`]);
});

test('the size of a collection that is not there is a problem', async () => {
  assert.deepEqual(await check([PLAIN], [sizeOf(PLAIN, 7), sizeOf(OTHER, 7)]), [
    'has 1 item collections, but the sizes of 2 were noted',
  ]);
});

test('an item that can’t be read is left to the check of items', async () => {
  const damaged = { key: PLAIN.key, value: Uint8Array.of(0) };
  assert.deepEqual(await check([damaged, INDEXED], [sizeOf(PLAIN, 7)]), []);
});
