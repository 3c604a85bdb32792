import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { canonicalItem } from './arbitraries.test.ts';
import { type AttributeValue, type Item, parseItem } from './attribute-value.ts';
import { itemSizeBytes } from './size.ts';
import {
  decodeStoredItem,
  encodeStoredItem,
  itemFromJson,
  storedAttributes,
  storedJson,
  storedSizeBytes,
} from './stored-item.ts';

const SAMPLE = { sizeBytes: 5, version: 2, writtenAtMs: 1_700_000_000_123, json: '{"a":{"S":"é"}}' };

/** Fails where a map inside `item` has a prototype. */
function assertNoPrototypes(item: Item): void {
  assert.equal(Object.getPrototypeOf(item), null);
  for (const name of Object.keys(item)) assertNoPrototypesInside(item[name] as AttributeValue);
}

function assertNoPrototypesInside(value: AttributeValue): void {
  if ('M' in value) assertNoPrototypes(value.M);
  if ('L' in value) value.L.forEach(assertNoPrototypesInside);
}

describe('encodeStoredItem', () => {
  test('writes the bytes that the format says', () => {
    // The stored form: it may never change without a new format version.
    const header = ['01', '00000005', '0000000000000002', '0000018bcfe5687b'];
    const expected = header.join('') + Buffer.from('{"a":{"S":"é"}}').toString('hex');
    assert.equal(Buffer.from(encodeStoredItem(SAMPLE)).toString('hex'), expected);
  });

  test('spans its whole buffer, so that it can be posted', () => {
    const bytes = encodeStoredItem(SAMPLE);
    assert.equal(bytes.buffer.byteLength, bytes.length);
  });

  test('keeps its fields over their whole ranges', () => {
    const fields = fc.record({
      sizeBytes: fc.integer({ min: 0, max: 409_600 }),
      version: fc.maxSafeNat(),
      writtenAtMs: fc.maxSafeNat(),
      json: canonicalItem.map((item) => JSON.stringify(item)),
    });
    fc.assert(
      fc.property(fields, (stored) => {
        const bytes = encodeStoredItem(stored);
        assert.deepEqual(decodeStoredItem(bytes), { ...stored });
        assert.equal(storedSizeBytes(bytes), stored.sizeBytes);
        assert.equal(storedJson(bytes), stored.json);
      }),
    );
    const largest = { ...SAMPLE, version: Number.MAX_SAFE_INTEGER, writtenAtMs: Number.MAX_SAFE_INTEGER };
    assert.deepEqual(decodeStoredItem(encodeStoredItem(largest)), largest);
  });
});

describe('reading a stored item', () => {
  test('gives back the item, its size and null prototypes', () => {
    fc.assert(
      fc.property(canonicalItem, (item) => {
        const json = JSON.stringify(item);
        const bytes = encodeStoredItem({ sizeBytes: itemSizeBytes(item), version: 1, writtenAtMs: 0, json });
        const read = storedAttributes(bytes);
        assert.deepEqual(read, item);
        assert.equal(JSON.stringify(read), json);
        assert.equal(itemSizeBytes(read), storedSizeBytes(bytes));
        assertNoPrototypes(read);
      }),
    );
  });

  test('keeps attributes named as members of every object, at any depth', () => {
    const json = '{"__proto__":{"S":"a"},"constructor":{"M":{"__proto__":{"L":[{"M":{"__proto__":{"N":"1"}}}]}}}}';
    const item = itemFromJson(json);
    assert.equal(JSON.stringify(item), json);
    assert.deepEqual(item, parseItem(JSON.parse(json)));
    assert.equal(item['hasOwnProperty'], undefined);
    assertNoPrototypes(item);
  });

  test('works on a view into a larger buffer', () => {
    const bytes = encodeStoredItem(SAMPLE);
    const padded = new Uint8Array(bytes.length + 20);
    padded.set(bytes, 7);
    const view = padded.subarray(7, 7 + bytes.length);
    assert.deepEqual(decodeStoredItem(view), SAMPLE);
    assert.equal(storedJson(view), SAMPLE.json);
    assert.equal(storedSizeBytes(view), SAMPLE.sizeBytes);
  });

  test('refuses a format it does not know', () => {
    const bytes = encodeStoredItem(SAMPLE);
    bytes[0] = 2;
    for (const read of [decodeStoredItem, storedSizeBytes, storedJson, storedAttributes]) {
      assert.throws(() => read(bytes), { message: 'stored item of unknown format version 2' });
    }
  });
});
