/**
 * Logs faults that come by the thousand, such as those of a store out of reach: a warning when they begin, and one with
 * their number when they have ended.
 */
import type { Logger } from '../foundation/logging.ts';

/** Without one of its kind for so long, faults have ended. */
const QUIET_MS = 10_000;

export interface FaultLog {
  /** Logs `error` with `details` as a warning if it is the first of its name; otherwise counts it. */
  note(error: unknown, details: object): void;
  /** Ends what has not ended. */
  close(): void;
}

/** Faults of one kind that came with no long pause between them. */
interface Run {
  faults: number;
  readonly end: () => void;
}

export function createFaultLog(logger: Logger): FaultLog {
  const runs = new Map<string, Run>();

  function begin(fault: string): Run {
    let seen = 0;
    const watch = setInterval(() => {
      if (run.faults === seen) run.end();
      seen = run.faults;
    }, QUIET_MS).unref();
    const run: Run = {
      faults: 0,
      end: () => {
        clearInterval(watch);
        runs.delete(fault);
        logger.warn({ fault, requests: run.faults }, 'no more requests are refused for this fault');
      },
    };
    runs.set(fault, run);
    return run;
  }

  return {
    note: (error, details) => {
      const fault = error instanceof Error ? error.name : 'unknown';
      const run = runs.get(fault) ?? begin(fault);
      run.faults++;
      if (run.faults > 1) logger.debug({ fault, ...details, err: error }, 'a request is refused');
      else logger.warn({ fault, ...details, err: error }, 'requests are refused for a fault below the operations');
    },
    close: () => {
      for (const run of runs.values()) run.end();
    },
  };
}
