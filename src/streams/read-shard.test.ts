import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { createLogModel, LOG, SHARD, STREAM } from './log-model.test.ts';
import { findHorizon, readShard } from './read-shard.ts';

const LIMITS = { records: 1_000, bytes: 1_048_576 };

function numbers(count: number, first = 1): number[] {
  return Array.from({ length: count }, (_, i) => first + i);
}

describe('a page of a shard', () => {
  test('has the records behind a sequence, in order, up to as many as asked for', async () => {
    const log = createLogModel();
    log.append(numbers(130));
    const page = await readShard(log, STREAM, SHARD, 10n, { ...LIMITS, records: 100 });
    assert.deepEqual(
      page.records.map(({ sequence, record }) => [sequence, record.atMs]),
      numbers(100, 11).map((number) => [BigInt(number), number]),
    );
    assert.deepEqual([page.after, page.isEnd], [110n, false]);
    const rest = await readShard(log, STREAM, SHARD, page.after, LIMITS);
    assert.deepEqual([rest.records.length, rest.after, rest.isEnd], [20, 130n, false]);
    const none = await readShard(log, STREAM, SHARD, rest.after, LIMITS);
    assert.deepEqual(none, { records: [], after: 130n, isEnd: false });
  });

  test('ends before the record that would make it too large, but has one', async () => {
    const log = createLogModel();
    log.append([1, 2, 3], 400);
    const bytes = 900;
    const two = await readShard(log, STREAM, SHARD, 0n, { records: 10, bytes });
    assert.deepEqual([two.records.length, two.after], [2, 2n]);
    const one = await readShard(log, STREAM, SHARD, 2n, { records: 10, bytes: 1 });
    assert.deepEqual([one.records.length, one.after], [1, 3n]);
  });

  test('is the last one of a shard that is closed and read to its end, also where it is full', async () => {
    const log = createLogModel();
    log.append(numbers(100));
    log.close();
    for (const [after, records, isEnd] of [
      [0n, 99, false],
      [0n, 100, true],
      [0n, 101, true],
      [50n, 50, true],
      [50n, 49, false],
      [100n, 1, true],
    ] as const) {
      const page = await readShard(log, STREAM, SHARD, after, { ...LIMITS, records });
      assert.equal(page.isEnd, isEnd, `${records} after ${after}`);
    }
    const small = await readShard(log, STREAM, SHARD, 98n, { records: 10, bytes: 1 });
    assert.deepEqual([small.records.length, small.isEnd], [1, false], 'the size ended it');
  });

  test('takes little more from the log than it has, however large records are', async () => {
    const log = createLogModel();
    log.append(numbers(60), 400_000);
    let read = 0;
    const readLog: typeof log.readLog = async (...request) => {
      const chunk = await log.readLog(...request);
      read += chunk.length;
      return chunk;
    };
    const page = await readShard({ ...log, readLog }, STREAM, SHARD, 0n, LIMITS);
    assert.equal(page.records.length, 2);
    assert.ok(read <= 4, `${read} records`);
  });

  test('ends before what is trimmed while it is read', async () => {
    const log = createLogModel();
    log.append(numbers(130));
    log.close();
    let first: number | undefined;
    const readLog: typeof log.readLog = async (...request) => {
      const chunk = await log.readLog(...request);
      first ??= chunk.length;
      log.trim(70n);
      return chunk;
    };
    const page = await readShard({ ...log, readLog }, STREAM, SHARD, 0n, LIMITS);
    assert.deepEqual([page.records.length, page.after, page.isEnd], [first, BigInt(first ?? 0), false]);
  });

  test('is the last one where the shard is gone', async () => {
    const log = createLogModel();
    log.append([1]);
    log.drop();
    assert.deepEqual(await readShard(log, STREAM, SHARD, 0n, LIMITS), { records: [], after: 0n, isEnd: true });
  });
});

describe('the horizon', () => {
  test('is behind the newest record that is older than a time, wherever the shard was trimmed', async () => {
    const sorted = fc.array(fc.nat({ max: 50 }), { maxLength: 60 }).map((times) => times.toSorted((a, b) => a - b));
    await fc.assert(
      fc.asyncProperty(sorted, fc.nat({ max: 60 }), fc.nat({ max: 51 }), async (times, trimmed, beforeMs) => {
        const log = createLogModel();
        log.append(times);
        const through = Math.min(trimmed, times.length);
        log.trim(BigInt(through));
        const older = times.filter((time) => time < beforeMs).length;
        assert.equal(await findHorizon(log, LOG, SHARD, beforeMs), BigInt(Math.max(through, older)));
      }),
    );
  });

  test('is found by bisection', async () => {
    const log = createLogModel();
    log.append(numbers(1_000));
    assert.equal(await findHorizon(log, LOG, SHARD, 700), 699n);
    assert.ok(log.reads <= 10, `${log.reads} reads`);
  });

  test('moves with what is trimmed while it is sought', async () => {
    const log = createLogModel();
    log.append(numbers(100));
    const readLog: typeof log.readLog = async (...request) => {
      log.trim(80n);
      return await log.readLog(...request);
    };
    assert.equal(await findHorizon({ logBounds: log.logBounds, readLog }, LOG, SHARD, 10), 80n);
    const all: typeof log.readLog = async (...request) => {
      log.trim(100n);
      return await log.readLog(...request);
    };
    log.trim(0n);
    assert.equal(await findHorizon({ logBounds: log.logBounds, readLog: all }, LOG, SHARD, 10), 100n);
  });
});
