import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashRequest } from './canonical-hash.ts';

test('the order of members does not count, at any depth', () => {
  const one = { a: [{ x: 1, y: { p: 'q', r: null } }], b: 'c', 2: 0, 1: 0 };
  const other = { 1: 0, b: 'c', 2: 0, a: [{ y: { r: null, p: 'q' }, x: 1 }] };
  assert.equal(hashRequest(one), hashRequest(other));
});

test('members that are undefined do not count', () => {
  assert.equal(hashRequest({ a: 1, b: undefined }), hashRequest({ a: 1 }));
});

test('everything else counts', () => {
  const hashes = [
    [1, 2],
    [2, 1],
    [[1], 2],
    { a: 1 },
    { a: '1' },
    { b: 1 },
    JSON.parse('{"__proto__":1}'),
    {},
    null,
  ].map(hashRequest);
  assert.equal(new Set(hashes).size, hashes.length);
});
