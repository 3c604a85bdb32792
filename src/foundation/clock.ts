/** Time, injected so that a test can drive it. */
import { setTimeout as setTimeoutPromise } from 'node:timers/promises';

export interface Clock {
  /** Milliseconds since the Unix epoch. */
  nowMs(): number;
}

export const systemClock: Clock = { nowMs: () => Date.now() };

/** Time as it passes in this process, for pauses and for how long something took. */
export interface Timer {
  /** Milliseconds since a moment of the timer's own; never goes back, whatever is done to the machine's clock. */
  elapsedMs(): number;
  /** Settles after `ms`, or as soon as `signal` is aborted; never rejects. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export const systemTimer: Timer = {
  elapsedMs: () => performance.now(),
  sleep: (ms, signal) => setTimeoutPromise(ms, undefined, { signal }).catch(() => undefined),
};
