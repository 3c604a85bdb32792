/** GetRecords in the course of time. Sources: API reference; "Data retention limit" in the developer guide. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openStreamsContext } from './streams-context.test.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const QUARTER_MS = 15 * 60_000;

const TRIMMED = { name: 'TrimmedDataAccessException', message: 'The data you are trying to access has been trimmed.' };

test('an iterator lives 15 minutes, and each page gives one that lives as long', async (t) => {
  const stream = await openStreamsContext(t);
  await stream.put('a');
  const iterator = await stream.iterate('TRIM_HORIZON');
  stream.wait(QUARTER_MS);
  const { keys, next } = await stream.read(iterator);
  assert.deepEqual(keys, ['a']);
  stream.wait(1);
  const expired = {
    name: 'ExpiredIteratorException',
    message: 'The provided iterator exceeds the maximum age allowed.',
  };
  await assert.rejects(stream.read(iterator), expired);
  stream.wait(QUARTER_MS - 1);
  assert.deepEqual((await stream.read(next)).keys, []);
  stream.wait(1);
  await assert.rejects(stream.read(next), expired);
});

test('a record can be read for 24 hours', async (t) => {
  const stream = await openStreamsContext(t);
  await stream.put('a');
  stream.wait(HOUR_MS);
  await stream.put('b');
  stream.wait(23 * HOUR_MS);
  assert.deepEqual((await stream.read(await stream.iterate('TRIM_HORIZON'))).keys, ['a', 'b']);
  stream.wait(1);
  assert.deepEqual((await stream.read(await stream.iterate('TRIM_HORIZON'))).keys, ['b']);
});

test('a reader that is too late for the next record learns it, from whatever iterator but one of TRIM_HORIZON', async (t) => {
  const stream = await openStreamsContext(t);
  await stream.put('a', 'b');
  stream.wait(DAY_MS - QUARTER_MS + 1);
  const at = await stream.iterate('AT_SEQUENCE_NUMBER', 2);
  const after = await stream.iterate('AFTER_SEQUENCE_NUMBER', 1);
  const horizon = await stream.iterate('TRIM_HORIZON');
  const { next } = await stream.read(horizon, 1);
  const { next: end } = await stream.read(horizon);
  stream.wait(QUARTER_MS);
  for (const late of [at, after, next]) await assert.rejects(stream.read(late), TRIMMED);
  assert.deepEqual((await stream.read(horizon)).keys, []);
  assert.deepEqual((await stream.read(end)).keys, [], 'who has read all has missed nothing');
});

test('pages go on from each other, while records age away behind them', async (t) => {
  const stream = await openStreamsContext(t);
  await stream.put('a', 'b', 'c');
  stream.wait(10);
  await stream.put('d', 'e');
  stream.wait(DAY_MS - 5);
  const first = await stream.read(await stream.iterate('TRIM_HORIZON'), 1);
  assert.deepEqual(first.keys, ['d']);
  const second = await stream.read(first.next);
  assert.deepEqual(second.keys, ['e']);
  await stream.put('f');
  assert.deepEqual((await stream.read(second.next)).keys, ['f']);
});
