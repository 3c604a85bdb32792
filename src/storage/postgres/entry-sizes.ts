/** How large the values of each space were when they were last read: a value may be of 400 KB, and mostly is not. */
import type { Space } from '../engine.ts';

export interface EntrySizes {
  /** Undefined for a space of which nothing was read yet. */
  meanBytes(space: Space): number | undefined;
  /** Takes an entry of `bytes` into account. */
  note(space: Space, bytes: number): void;
}

/** How much the last entry counts. */
const WEIGHT = 1 / 16;

/** The most spaces to know of; beyond it the table starts anew. */
const MAX_SPACES = 100_000;

export function createEntrySizes(): EntrySizes {
  const means = new Map<Space, number>();
  return {
    meanBytes: (space) => means.get(space),
    note(space, bytes) {
      const mean = means.get(space);
      if (mean === undefined && means.size >= MAX_SPACES) means.clear();
      means.set(space, mean === undefined ? bytes : mean + (bytes - mean) * WEIGHT);
    },
  };
}
