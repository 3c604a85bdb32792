import { SPLIT_LIMITS, type SplitLimits } from '../../src/jobs/split-partitions.ts';

/** Limits by which partitions are split at a few kilobytes, so that a test sees in seconds what else takes hours. */
export const SMALL_PARTITIONS: SplitLimits = {
  ...SPLIT_LIMITS,
  windowMs: 200,
  // However slow the machine is, the table has more than this for each partition some time.
  sizeBytes: 20_000,
  intervalMs: 50,
};
