import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogModel, type LogModel, SHARD, STREAM } from './log-model.test.ts';
import { readRecords } from './read-records.ts';
import type { ShardPosition } from './shard-iterator.ts';

const TRIMMED = { name: 'TrimmedDataAccessException', message: 'The data you are trying to access has been trimmed.' };

async function sequences(log: LogModel, position: ShardPosition, oldestMs = 0, records = 10): Promise<bigint[]> {
  const place = { stream: STREAM, shard: SHARD, position };
  const page = await readRecords(log, place, { records, bytes: 1_000_000 }, oldestMs);
  return page.records.map(({ sequence }) => sequence);
}

test('a position goes on behind it, and the horizon from the oldest record', async () => {
  const log = createLogModel();
  assert.deepEqual(await sequences(log, 'horizon'), []);
  log.append([1, 2, 3]);
  assert.deepEqual(await sequences(log, 'horizon'), [1n, 2n, 3n]);
  assert.deepEqual(await sequences(log, 1n), [2n, 3n]);
  assert.deepEqual(await sequences(log, 1n, 0, 1), [2n]);
});

test('what was trimmed is missed by a position, not by the horizon', async () => {
  const log = createLogModel();
  log.append([1, 2, 3]);
  log.trim(2n);
  assert.deepEqual(await sequences(log, 'horizon'), [3n]);
  assert.deepEqual(await sequences(log, 2n), [3n]);
  await assert.rejects(sequences(log, 1n), TRIMMED);
  log.trim(3n);
  assert.deepEqual(await sequences(log, 'horizon'), []);
  assert.deepEqual(await sequences(log, 3n), []);
  await assert.rejects(sequences(log, 2n), TRIMMED);
});

test('what is trimmed between two reads of a page is missed by the next page', async () => {
  const log = createLogModel();
  log.append(Array.from({ length: 130 }, () => 1));
  let first: number | undefined;
  const readLog: typeof log.readLog = async (...request) => {
    const chunk = await log.readLog(...request);
    first ??= chunk.length;
    log.trim(70n);
    return chunk;
  };
  const place = { stream: STREAM, shard: SHARD, position: 0n };
  const page = await readRecords({ ...log, readLog }, place, { records: 1_000, bytes: 1_000_000 }, 0);
  assert.deepEqual([page.records.length, page.after, page.isEnd], [first, BigInt(first ?? 0), false]);
  await assert.rejects(sequences(log, page.after), TRIMMED);
});

test('what is too old is as good as trimmed, though it be there', async () => {
  const log = createLogModel();
  log.append([10, 20, 30]);
  assert.deepEqual(await sequences(log, 'horizon', 20), [2n, 3n]);
  assert.deepEqual(await sequences(log, 'horizon', 21), [3n]);
  assert.deepEqual(await sequences(log, 1n, 20), [2n, 3n]);
  await assert.rejects(sequences(log, 0n, 20), TRIMMED);
  assert.deepEqual(await sequences(log, 'horizon', 31), []);
  // Who has read all that there was misses nothing.
  assert.deepEqual(await sequences(log, 3n, 31), []);
});

test('what is trimmed between looking at the bounds and reading is missed too', async () => {
  const log = createLogModel();
  log.append([1, 2, 3]);
  const racing: LogModel = {
    ...log,
    async readLog(...request) {
      log.trim(2n);
      return await log.readLog(...request);
    },
  };
  await assert.rejects(sequences(racing, 0n), TRIMMED);
  log.trim(0n);
  assert.deepEqual(await sequences(racing, 'horizon'), [3n]);
});

test('a shard that is gone is at its end from the horizon, and trimmed from anywhere else', async () => {
  const log = createLogModel();
  log.append([1]);
  log.drop();
  const limits = { records: 1, bytes: 1 };
  const page = await readRecords(log, { stream: STREAM, shard: SHARD, position: 'horizon' }, limits, 0);
  assert.deepEqual(page, { records: [], after: 0n, isEnd: true });
  await assert.rejects(sequences(log, 1n), TRIMMED);
});

test('where there is nothing new the log itself is not read', async () => {
  const log = createLogModel();
  log.append([1]);
  assert.deepEqual(await sequences(log, 1n), []);
  log.trim(1n);
  assert.deepEqual(await sequences(log, 'horizon'), []);
  assert.equal(log.reads, 0);
});
