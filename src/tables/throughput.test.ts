import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Capacity } from './table.ts';
import { changeThroughput, countDecreasesToday } from './throughput.ts';

const NOON = Date.UTC(2026, 9, 8, 12);
const HOUR_MS = 3_600_000;

function reads(capacity: Capacity, readCapacityUnits: number, nowMs: number): Capacity {
  return changeThroughput(capacity, { readCapacityUnits, writeCapacityUnits: 1 }, nowMs, undefined);
}

/** Throughput that was decreased four times at noon. */
function spent(): Capacity {
  let capacity: Capacity = { provisionedThroughput: { readCapacityUnits: 10, writeCapacityUnits: 1 } };
  for (const units of [9, 8, 7, 6]) capacity = reads(capacity, units, NOON);
  return capacity;
}

test('the fifth decrease of a day waits for an hour after the last, and says until when', () => {
  const capacity = spent();
  assert.equal(countDecreasesToday(capacity.throughputHistory, NOON), 4);
  assert.throws(() => reads(capacity, 5, NOON + HOUR_MS - 1), {
    name: 'LimitExceededException',
    message: new RegExp(
      'Number of decreases today: 4\\. ' +
        'Last decrease at Thursday, October 8, 2026 at 12:00:00 PM Coordinated Universal Time\\. ' +
        'Next decrease can be made at Thursday, October 8, 2026 at 1:00:00 PM Coordinated Universal Time$',
    ),
  });
  const fifth = reads(capacity, 5, NOON + HOUR_MS);
  assert.equal(countDecreasesToday(fifth.throughputHistory, NOON + HOUR_MS), 5);
  assert.throws(() => reads(fifth, 4, NOON + HOUR_MS + 1), { name: 'LimitExceededException' });
});

test('the next UTC day starts with four', () => {
  const midnight = Date.UTC(2026, 9, 9);
  const capacity = spent();
  assert.equal(countDecreasesToday(capacity.throughputHistory, midnight), 0);
  const next = reads(capacity, 5, midnight);
  assert.equal(countDecreasesToday(next.throughputHistory, midnight), 1);
});

test('an increase is always possible, and what it was ready for stays', () => {
  const capacity = reads(spent(), 7, NOON + 1);
  assert.deepEqual(capacity.throughputHistory, { lastIncreaseAtMs: NOON + 1, lastDecreaseAtMs: NOON, decreases: 4 });
  assert.deepEqual(capacity.warmThroughput, { readUnitsPerSecond: 10, writeUnitsPerSecond: 1 });
});
