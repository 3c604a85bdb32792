import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeVersionedJson, encodeVersionedJson } from './versioned-json.ts';

test('a record comes back as it was', () => {
  const record = { name: 'ä', list: [1, { of: 'two' }] };
  const bytes = encodeVersionedJson(3, record);
  assert.equal(bytes[0], 3);
  assert.equal(bytes.buffer.byteLength, bytes.length);
  assert.deepEqual(decodeVersionedJson(3, bytes, 'record'), record);
});

test('bytes of another format are refused by name', () => {
  const bytes = encodeVersionedJson(2, {});
  assert.throws(() => decodeVersionedJson(1, bytes, 'record'), /record of unknown format version 2/);
  assert.throws(
    () => decodeVersionedJson(1, new Uint8Array(0), 'record'),
    /record of unknown format version undefined/,
  );
});

test('bytes of older formats are read as far back as the caller knows them', () => {
  const record = { name: 'old' };
  assert.deepEqual(decodeVersionedJson(3, encodeVersionedJson(2, record), 'record', 2), record);
  for (const version of [1, 4]) {
    const bytes = encodeVersionedJson(version, record);
    assert.throws(() => decodeVersionedJson(3, bytes, 'record', 2), /record of unknown format version/);
  }
});
