import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Entry, StorageEngine } from '../storage/engine.ts';
import type { IndexDefinition, TableDefinition } from '../tables/table.ts';
import type { Item } from '../values/attribute-value.ts';
import { encodeBaseKey } from '../values/key-encoding.ts';
import { itemSizeBytes } from '../values/size.ts';
import { encodeStoredItem } from '../values/stored-item.ts';
import { indexEntryOf } from './index-entries.ts';
import { readPage } from './read-page.ts';

const INDEX: IndexDefinition = {
  name: 'by-rank',
  kind: 'local',
  partitionKeys: [{ name: 'pk', type: 'S' }],
  sortKeys: [{ name: 'rank', type: 'N' }],
  projection: { type: 'KEYS_ONLY', nonKeyAttributes: [] },
  space: 17,
};

const TABLE: TableDefinition = {
  name: 'table',
  id: 'id',
  createdAtMs: 0,
  partitionKey: { name: 'pk', type: 'S' },
  sortKey: { name: 'sk', type: 'N' },
  billingMode: 'PAY_PER_REQUEST',
  indexes: [INDEX],
  space: 16,
};

function store(item: Item): Uint8Array {
  return encodeStoredItem({ sizeBytes: itemSizeBytes(item), version: 1, writtenAtMs: 0, json: JSON.stringify(item) });
}

function makeItem(sk: number, rank: number): Item {
  return { pk: { S: 'a' }, sk: { N: `${sk}` }, rank: { N: `${rank}` }, note: { S: `${sk}` } };
}

function makeEntry({ pk, sk, rank, ...rest }: Item): Entry {
  assert.ok(pk && sk && rank);
  const entry = indexEntryOf(TABLE, INDEX, { pk, sk, rank, ...rest }, encodeBaseKey(pk, sk));
  assert.ok(entry);
  return { key: entry.key, value: store({ pk, sk, rank }) };
}

test('items that moved in the index, or went, between the reads of entries and items are left out', async () => {
  const entries = [makeItem(1, 10), makeItem(2, 20), makeItem(3, 30)].map(makeEntry);
  const values = [store(makeItem(1, 10)), store(makeItem(2, 99)), undefined];
  const engine: Pick<StorageEngine, 'scan' | 'getMany'> = {
    scan: async () => entries,
    getMany: async (keys) => keys.map((_, i) => values[i]),
  };
  const page = await readPage(engine as StorageEngine, {
    table: TABLE,
    index: INDEX,
    version: 0,
    range: {},
    reverse: false,
    limit: 3,
    filter: undefined,
    selection: { count: false, projection: undefined, fetch: true },
  });
  assert.deepEqual(
    page.itemsJson.map((json) => JSON.parse(json)),
    [makeItem(1, 10)],
  );
  assert.deepEqual([page.count, page.scannedCount], [1, 3]);
  assert.deepEqual(page.lastEvaluatedKey?.sk, { N: '3' });
});
