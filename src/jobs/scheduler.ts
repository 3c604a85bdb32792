/**
 * Runs the background jobs of a process: each in its own loop, one small step at a time, with a pause after every
 * step so that requests go first.
 */
import { setTimeout as setTimeoutPromise } from 'node:timers/promises';
import type { StorageEngine } from '../storage/engine.ts';

export interface Job {
  /** Unique among a scheduler's jobs. */
  readonly name: string;
  /** The pause after a step that found nothing more to do, or that failed. */
  readonly intervalMs: number;
  /**
   * Does one small step (a few milliseconds of the writer at most) and says whether there is more to do now. What
   * the next step needs to know is in the store, so that a step which never happened, because the process ended, is
   * done by the next process. `signal` is aborted when the scheduler closes, which waits for the step.
   */
  run(engine: StorageEngine, signal: AbortSignal): Promise<'more' | 'done'>;
}

export interface Scheduler {
  /** Starts no further step and settles when those under way have ended. */
  close(): Promise<void>;
}

export interface SchedulerOptions {
  readonly engine: StorageEngine;
  readonly jobs: readonly Job[];
  /** Told of every step that failed; the job goes on after its interval. */
  readonly onError: (job: Job, error: unknown) => void;
  /** Settles after `ms`, or as soon as `signal` is aborted; never rejects. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** The pause between two steps of a job that has more to do. */
const STEP_PAUSE_MS = 5;

/** Starts all jobs: each takes its first step at once, which is how work left by an earlier process is found. */
export function startScheduler(options: SchedulerOptions): Scheduler {
  const { engine, jobs, onError, sleep = sleepFor } = options;
  const closing = new AbortController();

  async function runStep(job: Job): Promise<'more' | 'done'> {
    try {
      return await job.run(engine, closing.signal);
    } catch (error) {
      if (!closing.signal.aborted) onError(job, error);
      return 'done';
    }
  }

  async function runLoop(job: Job): Promise<void> {
    while (!closing.signal.aborted) {
      const left = await runStep(job);
      await sleep(left === 'more' ? STEP_PAUSE_MS : job.intervalMs, closing.signal);
    }
  }

  const loops = jobs.map(runLoop);
  return {
    close: async () => {
      closing.abort();
      await Promise.all(loops);
    },
  };
}

async function sleepFor(ms: number, signal: AbortSignal): Promise<void> {
  await setTimeoutPromise(ms, undefined, { signal }).catch(() => undefined);
}
