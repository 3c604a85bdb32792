import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createHistogram, percentileUs, recordDuration } from './histogram.ts';

test('percentiles are those of the sorted durations, to 1.6 %', () => {
  const durations = fc.array(fc.oneof(fc.nat(200), fc.nat(100_000_000)), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(durations, fc.double({ min: 0.01, max: 1, noNaN: true }), (sample, share) => {
      const histogram = createHistogram();
      for (const duration of sample) recordDuration(histogram, duration);
      const sorted = sample.toSorted((a, b) => a - b);
      const exact = sorted[Math.ceil(sample.length * share) - 1] ?? 0;
      const estimate = percentileUs(histogram, share);
      assert(estimate >= exact && estimate <= exact * (1 + 1 / 64) + 1, `${estimate} for ${exact}`);
    }),
    { numRuns: 300 },
  );
});

test('an empty histogram has percentiles of 0, and the longest durations fit', () => {
  const histogram = createHistogram();
  assert.equal(percentileUs(histogram, 0.99), 0);
  recordDuration(histogram, Number.MAX_VALUE);
  assert(percentileUs(histogram, 0.99) > 1e12);
});
