import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import type { StreamViewType, TableDefinition } from '../tables/table.ts';
import { canonicalItem } from '../values/arbitraries.test.ts';
import type { Item } from '../values/attribute-value.ts';
import { itemSizeBytes } from '../values/size.ts';
import { itemFromJson } from '../values/stored-item.ts';
import {
  appendChange,
  type ChangedItem,
  type ChangeRecord,
  decodeChangeRecord,
  encodeChangeRecord,
  type Image,
  recordTimeMs,
} from './change-record.ts';

const image: fc.Arbitrary<Image> = fc.record(
  { json: canonicalItem.map((value) => JSON.stringify(value)), sizeBytes: fc.nat({ max: 409_600 }) },
  { noNullPrototype: true },
);

const anyRecord: fc.Arbitrary<ChangeRecord> = fc.record(
  {
    event: fc.constantFrom('INSERT' as const, 'MODIFY' as const, 'REMOVE' as const),
    atMs: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
    actor: fc.constant('ttl' as const),
    keysJson: canonicalItem.map((value) => JSON.stringify(value)),
    oldImage: image,
    newImage: image,
  },
  { requiredKeys: ['event', 'atMs'], noNullPrototype: true },
);

const TABLE: TableDefinition = {
  name: 'table',
  id: 'id-1',
  createdAtMs: 0,
  partitionKey: { name: 'pk', type: 'S' },
  sortKey: { name: 'sk', type: 'N' },
  billingMode: 'PAY_PER_REQUEST',
  space: 10,
  indexes: [],
};

function followed(images: StreamViewType): TableDefinition {
  return { ...TABLE, changeLog: { log: 7, nextShard: 2, partitions: [{ shard: 1, openedAtMs: 0 }], images } };
}

/** As it lies in the store; nobody may look inside who needn't. */
function changedItem(attributes: object, options: { readonly mayParse?: boolean } = {}): ChangedItem {
  const json = JSON.stringify(attributes);
  return {
    json,
    sizeBytes: itemSizeBytes(itemFromJson(json)),
    attributes(): Item {
      assert.ok(options.mayParse !== false, 'not parsed');
      return itemFromJson(json);
    },
  };
}

const KEY = { pk: { S: 'a' }, sk: { N: '1' } };
const BASE_KEY = new Uint8Array(16);

/** The record that a write leaves; undefined if none. */
function recordOf(table: TableDefinition, before: ChangedItem | undefined, after: ChangedItem | undefined) {
  const writes = appendChange(table, { baseKey: BASE_KEY, before, after, atMs: 5 });
  assert.ok(writes.length <= 1);
  const [write] = writes;
  if (write === undefined) return undefined;
  assert.ok(write.kind === 'append');
  assert.deepEqual([write.log, write.shard], [7, 1]);
  return decodeChangeRecord(write.value);
}

describe('a change record', () => {
  test('comes back as it was, and tells its time without the rest', () => {
    fc.assert(
      fc.property(anyRecord, (record) => {
        const bytes = encodeChangeRecord(record);
        assert.deepEqual(decodeChangeRecord(bytes), record);
        assert.equal(recordTimeMs(bytes), record.atMs);
      }),
    );
  });

  test('is read wherever it lies in a larger buffer', () => {
    const record: ChangeRecord = { event: 'REMOVE', atMs: 1_700_000_000_123, keysJson: '{"pk":{"S":"é"}}' };
    const bytes = encodeChangeRecord(record);
    const pool = Buffer.alloc(bytes.length + 20, 0xff);
    pool.set(bytes, 7);
    assert.deepEqual(decodeChangeRecord(pool.subarray(7, 7 + bytes.length)), record);
  });

  test('of another format or event is refused', () => {
    const bytes = encodeChangeRecord({ event: 'INSERT', atMs: 0 });
    assert.throws(() => decodeChangeRecord(Uint8Array.from(bytes).fill(2, 0, 1)), /unknown format version 2/);
    assert.throws(() => decodeChangeRecord(Uint8Array.from(bytes).fill(4, 1, 2)), /unknown event 4/);
    assert.throws(() => decodeChangeRecord(new Uint8Array()), /unknown format version/);
  });
});

describe('a write of an item', () => {
  const before = changedItem({ ...KEY, v: { S: 'old' } });
  const after = changedItem({ ...KEY, v: { S: 'new value' } });

  test('leaves nothing where nobody follows the table, or nobody any more', () => {
    assert.equal(recordOf(TABLE, before, after), undefined);
    const { changeLog } = followed('NEW_IMAGE');
    assert.ok(changeLog !== undefined);
    assert.equal(recordOf({ ...TABLE, changeLog: { ...changeLog, partitions: [] } }, before, after), undefined);
  });

  test('is INSERT, MODIFY or REMOVE', () => {
    const table = followed('NEW_AND_OLD_IMAGES');
    assert.equal(recordOf(table, undefined, after)?.event, 'INSERT');
    assert.equal(recordOf(table, before, after)?.event, 'MODIFY');
    assert.equal(recordOf(table, before, undefined)?.event, 'REMOVE');
    assert.equal(recordOf(table, undefined, undefined), undefined);
  });

  test('leaves the images that are wanted, and the keys where no image has them', () => {
    const { json: oldJson, sizeBytes: oldSize } = before;
    const { json: newJson, sizeBytes: newSize } = after;
    const oldImage = { json: oldJson, sizeBytes: oldSize };
    const newImage = { json: newJson, sizeBytes: newSize };
    const keysJson = JSON.stringify(KEY);
    const common = { atMs: 5 };
    const cases = [
      ['KEYS_ONLY', { keysJson }, { keysJson }, { keysJson }],
      ['NEW_IMAGE', { newImage }, { newImage }, { keysJson }],
      ['OLD_IMAGE', { keysJson }, { oldImage }, { oldImage }],
      ['NEW_AND_OLD_IMAGES', { newImage }, { oldImage, newImage }, { oldImage }],
    ] as const;
    for (const [images, insert, modify, remove] of cases) {
      const table = followed(images);
      assert.deepEqual(recordOf(table, undefined, after), { event: 'INSERT', ...common, ...insert }, images);
      assert.deepEqual(recordOf(table, before, after), { event: 'MODIFY', ...common, ...modify }, images);
      assert.deepEqual(recordOf(table, before, undefined), { event: 'REMOVE', ...common, ...remove }, images);
    }
  });

  test('that changes nothing leaves nothing, whatever the order of attributes and members of sets', () => {
    const table = followed('KEYS_ONLY');
    const one = changedItem({ ...KEY, s: { SS: ['a', 'b'] }, m: { M: { x: { N: '1' }, y: { NULL: true } } } });
    const same = changedItem({ m: { M: { y: { NULL: true }, x: { N: '1' } } }, s: { SS: ['b', 'a'] }, ...KEY });
    assert.equal(recordOf(table, one, one), undefined);
    assert.equal(recordOf(table, one, same), undefined);
    const list = changedItem({ ...KEY, l: { L: [{ S: 'a' }, { S: 'b' }] } });
    const turned = changedItem({ ...KEY, l: { L: [{ S: 'b' }, { S: 'a' }] } });
    assert.equal(recordOf(table, list, turned)?.event, 'MODIFY', 'lists have an order');
  });

  test('is not parsed where its text or its size tells enough', () => {
    const table = followed('NEW_AND_OLD_IMAGES');
    const closed = (attributes: object) => changedItem(attributes, { mayParse: false });
    assert.equal(recordOf(table, closed(KEY), closed(KEY)), undefined);
    assert.equal(recordOf(table, closed(KEY), closed({ ...KEY, v: { S: 'x' } }))?.event, 'MODIFY');
  });

  test('says who did it, if it was no caller', () => {
    const [write] = appendChange(followed('KEYS_ONLY'), {
      baseKey: BASE_KEY,
      before,
      after: undefined,
      atMs: 5,
      actor: 'ttl',
    });
    assert.ok(write?.kind === 'append');
    assert.equal(decodeChangeRecord(write.value).actor, 'ttl');
  });
});
