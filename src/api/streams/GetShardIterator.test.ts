/** GetShardIterator in the course of time. Source: API reference, also of TrimmedDataAccessException. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openStreamsContext } from './streams-context.test.ts';

const DAY_MS = 86_400_000;
const TRIMMED = { name: 'TrimmedDataAccessException', message: 'The data you are trying to access has been trimmed.' };

test('no start is at or after a record of more than 24 hours ago', async (t) => {
  const stream = await openStreamsContext(t);
  await stream.put('a');
  stream.wait(1);
  await stream.put('b');
  stream.wait(DAY_MS - 1);
  assert.deepEqual((await stream.read(await stream.iterate('AT_SEQUENCE_NUMBER', 1))).keys, ['a', 'b']);
  stream.wait(1);
  await assert.rejects(stream.iterate('AT_SEQUENCE_NUMBER', 1), TRIMMED);
  await assert.rejects(stream.iterate('AFTER_SEQUENCE_NUMBER', 1), TRIMMED);
  assert.deepEqual((await stream.read(await stream.iterate('AT_SEQUENCE_NUMBER', 2))).keys, ['b']);
  stream.wait(1);
  await assert.rejects(stream.iterate('AFTER_SEQUENCE_NUMBER', 2), TRIMMED);
  assert.deepEqual((await stream.read(await stream.iterate('LATEST'))).keys, []);
  assert.deepEqual((await stream.read(await stream.iterate('TRIM_HORIZON'))).keys, []);
});
