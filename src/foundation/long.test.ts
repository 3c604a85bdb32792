import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatLong, isLong, keepLong } from './long.ts';

test('a Long is an integer of 64 bits', () => {
  for (const text of ['0', '1e3', '-1', '9007199254740993', '9223372036854775807', '-9223372036854775808']) {
    assert.ok(isLong(JSON.parse(text)), text);
  }
  for (const text of ['1.5', '1e19', '9223372036854780000', '-9223372036854780000', '"1"', 'null', 'true']) {
    assert.ok(!isLong(JSON.parse(text)), text);
  }
});

test('its text has all of its digits, and is a Long', () => {
  assert.equal(formatLong(-5), '-5');
  assert.equal(formatLong(2 ** 53), '9007199254740992');
  assert.equal(formatLong(JSON.parse('9223372036854775807') as number), '9223372036854775807');
  assert.equal(formatLong(-(2 ** 63)), '-9223372036854775808');
});

test('what is kept of it is a Long in JSON too', () => {
  assert.equal(keepLong(7), 7);
  const kept = JSON.stringify(keepLong(JSON.parse('9223372036854775807') as number));
  assert.ok(BigInt(kept) < 2n ** 63n, kept);
});
