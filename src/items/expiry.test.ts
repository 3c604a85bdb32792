import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { LIMITS } from '../foundation/limits.ts';
import type { TableDefinition } from '../tables/table.ts';
import type { Item } from '../values/attribute-value.ts';
import { compareBytes } from '../values/key-encoding.ts';
import { baseKeyOfExpiry, encodeExpiryKey, expiredRange, expiryTimeMs, expiryWrites, isExpiredAt } from './expiry.ts';

const NOW_MS = 1_800_000_000_500;
const KEY = Uint8Array.of(7, 8, 9);

test('only a Number says when an item expires, in seconds', () => {
  const cases: readonly (readonly [Item, number | undefined])[] = [
    [{}, undefined],
    [{ t: { N: '1800000000' } }, 1_800_000_000_000],
    [{ t: { N: '1800000000.5' } }, 1_800_000_000_500],
    [{ t: { N: '1800000000.1239' } }, 1_800_000_000_123],
    [{ t: { N: '0' } }, 0],
    [{ t: { N: '0.0000001' } }, 0],
    [{ t: { N: '999999999999.999' } }, 999_999_999_999_999],
    // Later than that is never: milliseconds by mistake are not so late, but late enough.
    [{ t: { N: '1000000000000' } }, undefined],
    [{ t: { N: '1'.padEnd(126, '0') } }, undefined],
    [{ t: { N: '-1' } }, undefined],
    [{ t: { N: '-0.5' } }, undefined],
    [{ t: { S: '1800000000' } }, undefined],
    [{ t: { B: 'AAAA' } }, undefined],
    [{ t: { NS: ['1800000000'] } }, undefined],
    [{ t: { M: { t: { N: '1800000000' } } } }, undefined],
    [{ t: { L: [{ N: '1800000000' }] } }, undefined],
    [{ t: { NULL: true } }, undefined],
  ];
  for (const [item, expected] of cases) assert.equal(expiryTimeMs(item, 't'), expected, JSON.stringify(item));
});

test('an item expires when the time is greater than its own, but not five years after', () => {
  const ageOf = (ageMs: number) => isExpiredAt(NOW_MS - ageMs, NOW_MS);
  assert.deepEqual([-1, 0, 1].map(ageOf), [false, false, true]);
  const past = LIMITS.timeToLivePastMs;
  assert.deepEqual([past - 1, past, past + 1].map(ageOf), [true, false, false]);
  assert.equal(isExpiredAt(undefined, NOW_MS), false);
});

test('the entries of what has expired, and no others, are in one range of keys, in the order of their times', () => {
  const { from, before } = expiredRange(NOW_MS);
  const nearBounds = fc.oneof(
    fc.integer({ min: -3, max: 3 }).map((by) => NOW_MS + by),
    fc.integer({ min: -3, max: 3 }).map((by) => NOW_MS - LIMITS.timeToLivePastMs + by),
    fc.integer({ min: 0, max: 999_999_999_999_999 }),
  );
  const baseKeys = fc.uint8Array({ minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(nearBounds, nearBounds, baseKeys, baseKeys, (time, otherTime, baseKey, otherKey) => {
      const key = encodeExpiryKey(time, baseKey);
      assert.equal(compareBytes(from, key) <= 0 && compareBytes(key, before) < 0, isExpiredAt(time, NOW_MS));
      assert.deepEqual(baseKeyOfExpiry(key), Uint8Array.from(baseKey));
      if (time !== otherTime) {
        assert.equal(compareBytes(key, encodeExpiryKey(otherTime, otherKey)) < 0, time < otherTime);
      }
    }),
  );
});

test('at the beginning of time there is a range too', () => {
  const { from, before } = expiredRange(5);
  assert.ok(compareBytes(from, encodeExpiryKey(0, KEY)) <= 0 && compareBytes(encodeExpiryKey(4, KEY), before) < 0);
  assert.ok(compareBytes(before, encodeExpiryKey(5, KEY)) < 0);
});

const TABLE: TableDefinition = {
  name: 'table',
  id: 'id',
  createdAtMs: 0,
  partitionKey: { name: 'pk', type: 'S' },
  billingMode: 'PAY_PER_REQUEST',
  space: 16,
  timeToLive: { attributeName: 'a"b', changedAtMs: 0, expirySpace: 17 },
  indexes: [],
};

function stateOf(item: Item | undefined) {
  return item && { json: JSON.stringify(item), attributes: () => item };
}

function writesOf(table: TableDefinition, before: Item | undefined, after: Item | undefined) {
  return expiryWrites(table, KEY, stateOf(before), stateOf(after));
}

const at = (seconds: number): Item => ({ pk: { S: 'p' }, 'a"b': { N: String(seconds) } });
const entryAt = (seconds: number) => ({ space: 17, key: encodeExpiryKey(seconds * 1_000, KEY) });
const putAt = (seconds: number) => ({ kind: 'put', ...entryAt(seconds), value: new Uint8Array(0) });
const deleteAt = (seconds: number) => ({ kind: 'delete', ...entryAt(seconds) });

test('a write takes the entry of the item before, and puts that of the item after', () => {
  assert.deepEqual(writesOf(TABLE, undefined, at(1)), [putAt(1)]);
  assert.deepEqual(writesOf(TABLE, at(1), at(2)), [deleteAt(1), putAt(2)]);
  assert.deepEqual(writesOf(TABLE, at(1), { ...at(1), other: { S: 'x' } }), []);
  assert.deepEqual(writesOf(TABLE, at(1), { 'a"b': { S: '1' } }), [deleteAt(1)]);
  assert.deepEqual(writesOf(TABLE, at(1), undefined), [deleteAt(1)]);
  assert.deepEqual(writesOf(TABLE, { other: { M: at(1) } }, at(1)), [putAt(1)]);
  assert.deepEqual(writesOf(TABLE, undefined, undefined), []);
});

test('a table without Time to Live has no entries, and its items are not looked into', () => {
  const { timeToLive: _, ...plain } = TABLE;
  const opaque = {
    get json(): string {
      throw new Error('was looked at');
    },
    attributes: () => assert.fail('was parsed'),
  };
  assert.deepEqual(expiryWrites(plain, KEY, opaque, opaque), []);
  assert.deepEqual(expiryWrites({ ...plain, timeToLive: { changedAtMs: 0 } }, KEY, opaque, opaque), []);
});

test('an item that does not name the attribute as a number is not parsed', () => {
  const opaque = { json: '{"pk":{"S":"p"},"a\\"b":{"S":"1"}}', attributes: () => assert.fail('was parsed') };
  assert.deepEqual(expiryWrites(TABLE, KEY, opaque, opaque), []);
});
