import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Condition } from '../expressions/ast.ts';
import type { Entry, ScannedEntry, StorageEngine } from '../storage/engine.ts';
import type { IndexDefinition, TableDefinition } from '../tables/table.ts';
import type { Item } from '../values/attribute-value.ts';
import { encodeBaseKey } from '../values/key-encoding.ts';
import { itemSizeBytes } from '../values/size.ts';
import { encodeStoredItem } from '../values/stored-item.ts';
import { indexEntryOf } from './index-entries.ts';
import { type PageRequest, readPage } from './read-page.ts';

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

/** A handle on a store that has the index entries of `items`, and the items where they say. */
function createEngine(items: readonly Item[]): StorageEngine {
  const engine: Pick<StorageEngine, 'scan'> = {
    async scan(space, _range, { limit, follow, until }) {
      assert.equal(space, INDEX.space);
      const scanned: ScannedEntry[] = [];
      for (const item of items.slice(0, limit)) {
        const entry = makeEntry(item);
        const target = follow?.(entry);
        if (target) assert.deepEqual(target, { space: TABLE.space, key: encodeBaseKey(item['pk']!, item['sk']) });
        scanned.push({ ...entry, followed: target && store(item) });
        if (until?.(scanned.at(-1) as ScannedEntry) === true) break;
      }
      return scanned;
    },
  };
  return engine as StorageEngine;
}

const NOTE_EXISTS: Condition = {
  kind: 'call',
  name: 'attribute_exists',
  operands: [{ kind: 'path', path: ['note'] }],
};

const REQUEST: PageRequest = {
  tableName: TABLE.name,
  table: TABLE,
  indexName: INDEX.name,
  index: INDEX,
  version: 0,
  consistent: true,
  range: {},
  reverse: false,
  startKey: undefined,
  limit: undefined,
  filter: undefined,
  select: 'ALL_ATTRIBUTES',
  projection: undefined,
};

test('what a local index does not hold comes from the table, in the scan of the index', async () => {
  const items = [makeItem(1, 10), makeItem(2, 20), makeItem(3, 30)];
  const page = await readPage(createEngine(items), { ...REQUEST, limit: 2 });
  assert.deepEqual(
    page.itemsJson?.map((json) => JSON.parse(json)),
    items.slice(0, 2),
  );
  assert.deepEqual([page.count, page.scannedCount], [2, 2]);
  assert.deepEqual(page.lastEvaluatedKey?.['sk'], { N: '2' });
  assert.equal(page.consumption.table, 2);
  assert.deepEqual([...page.consumption.localIndexes], [[INDEX.name, 1]]);
});

test('a page ends where the items fetched for it pass 1 MB, however small their entries are', async () => {
  const items = Array.from({ length: 9 }, (_, i) => ({ ...makeItem(i, i), note: { S: 'x'.repeat(300_000) } }));
  const page = await readPage(createEngine(items), { ...REQUEST, select: 'COUNT', filter: NOTE_EXISTS });
  assert.deepEqual([page.itemsJson, page.count, page.scannedCount], [undefined, 4, 4]);
  assert.deepEqual(page.lastEvaluatedKey?.['sk'], { N: '3' });
});

test('a page that the range ends first has no key to go on from', async () => {
  const page = await readPage(createEngine([makeItem(1, 10)]), { ...REQUEST, limit: 2 });
  assert.equal(page.lastEvaluatedKey, undefined);
});
