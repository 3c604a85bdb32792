/** When an HTTP thread that ended is started again, so that one that keeps dying does not keep the machine busy. */
import type { Clock } from './foundation/clock.ts';

/** What ended longer ago is forgotten. */
const MEMORY_MS = 60_000;
/** So many ends within MEMORY_MS are no accident; whoever keeps services running has better means then. */
const MAX_ENDS = 10;
const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 5_000;

/**
 * Counts the ends of a server's threads. Each call notes one and gives the pause before the next start: 100 ms, twice
 * that with every end within a minute, at most 5 seconds. The tenth end within a minute gives undefined: give up.
 */
export function createRestartDelays(clock: Clock): () => number | undefined {
  let endsMs: number[] = [];
  return () => {
    const nowMs = clock.nowMs();
    endsMs = endsMs.filter((endMs) => endMs > nowMs - MEMORY_MS);
    endsMs.push(nowMs);
    return endsMs.length < MAX_ENDS ? Math.min(FIRST_DELAY_MS * 2 ** (endsMs.length - 1), MAX_DELAY_MS) : undefined;
  };
}
