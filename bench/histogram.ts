/** Counts of durations in buckets that grow with them, so that a percentile is known to 1.6 % without keeping all. */

/** Buckets for each doubling. */
const STEPS = 64;
const DOUBLINGS = 40;

/** `counts[i]` is the number of durations in bucket i. */
export interface Histogram {
  readonly counts: Uint32Array;
}

export function createHistogram(): Histogram {
  return { counts: new Uint32Array(STEPS * DOUBLINGS) };
}

/** Adds a duration of at least 0 microseconds. */
export function recordDuration({ counts }: Histogram, durationUs: number): void {
  const index = Math.min(bucketOf(durationUs), counts.length - 1);
  counts[index] = (counts[index] ?? 0) + 1;
}

/** The smallest duration in microseconds that `share` (0 to 1) of those recorded don't exceed; 0 if there is none. */
export function percentileUs({ counts }: Histogram, share: number): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  let seen = 0;
  for (const [index, count] of counts.entries()) {
    seen += count;
    if (count > 0 && seen >= total * share) return upperBoundOf(index);
  }
  return 0;
}

// The first STEPS microseconds have a bucket each; from there on, every doubling has STEPS buckets.
function bucketOf(durationUs: number): number {
  const us = Math.max(0, Math.floor(durationUs));
  if (us < STEPS) return us;
  const doubling = Math.floor(Math.log2(us / STEPS)) + 1;
  return doubling * STEPS + Math.floor((us / (STEPS * 2 ** (doubling - 1)) - 1) * STEPS);
}

function upperBoundOf(index: number): number {
  if (index < STEPS) return index;
  const doubling = Math.floor(index / STEPS);
  return STEPS * 2 ** (doubling - 1) * (1 + ((index % STEPS) + 1) / STEPS);
}
