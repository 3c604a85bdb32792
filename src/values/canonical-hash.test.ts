import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashRequest } from './canonical-hash.ts';

test('the order of members does not count, at any depth', () => {
  const one = { a: [{ x: 1, y: { p: 'q', r: null } }], b: 'c', 2: 0, 1: 0 };
  const other = { 1: 0, b: 'c', 2: 0, a: [{ y: { r: null, p: 'q' }, x: 1 }] };
  assert.equal(hashRequest(one), hashRequest(other));
});

test('the order of a set does not count, that of a list does', () => {
  assert.equal(hashRequest({ s: { SS: ['a', 'b'] } }), hashRequest({ s: { SS: ['b', 'a'] } }));
  const list = (...members: string[]) => ({ l: { L: members.map((S) => ({ S })) } });
  assert.notEqual(hashRequest(list('a', 'b')), hashRequest(list('b', 'a')));
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
