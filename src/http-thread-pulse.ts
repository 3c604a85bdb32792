/**
 * Whether the process's threads run, for `/health/live`: each counts its beats in memory that all share, and looks
 * whether the others' counts go on.
 *
 * A thread measures the others by its own beats, not by a clock, so that none seems stuck because the whole process
 * was stopped for a while.
 */

const BEAT_MS = 1_000;
/** Longer than any work in one go, and than a thread may be gone: while it is started again, or others still close. */
const STUCK_BEATS = 20;

/** One number for each thread, the main thread's first. */
export type Pulses = Int32Array<SharedArrayBuffer>;

export interface Pulse {
  /** Whether all other threads ran lately. */
  areOthersRunning(): boolean;
  stop(): void;
}

/** For the main thread and `httpThreads` more. */
export function createPulses(httpThreads: number): Pulses {
  return new Int32Array(new SharedArrayBuffer((1 + httpThreads) * Int32Array.BYTES_PER_ELEMENT));
}

/** Beats as number `own`, for as long as this thread runs. Calls `onStuck` with the number of a thread that gets stuck. */
export function startPulse(pulses: Pulses, own: number, onStuck: (thread: number) => void): Pulse {
  const seen = [...pulses];
  /** Own beats since the thread's last one that was seen. */
  const silent = seen.map(() => 0);
  const beat = setInterval(() => {
    Atomics.add(pulses, own, 1);
    for (const [thread, before] of seen.entries()) {
      const count = Atomics.load(pulses, thread);
      seen[thread] = count;
      silent[thread] = count === before ? (silent[thread] ?? 0) + 1 : 0;
      if (silent[thread] === STUCK_BEATS) onStuck(thread);
    }
  }, BEAT_MS).unref();
  return {
    areOthersRunning: () => silent.every((beats) => beats < STUCK_BEATS),
    stop: () => clearInterval(beat),
  };
}
