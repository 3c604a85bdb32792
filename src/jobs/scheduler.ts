/**
 * Runs the background jobs of a node: each in its own loop, under its lease, one small step at a time, with a pause
 * after every step so that requests go first.
 *
 * Each node of a store starts all jobs; a job takes steps only on the node that has its lease.
 */
import type { Timer } from '../foundation/clock.ts';
import type { StorageEngine } from '../storage/engine.ts';
import { acquireLease, type Claims, type HeldLease } from './held-lease.ts';
import type { Job } from './job.ts';
import { holdBackRepetitions } from './repetitions.ts';

export interface Scheduler {
  /**
   * Makes `jobs` those that come and go, beside the ones that are always there: starts the ones whose names are new, and
   * ends those that are not among them any more, after their step, giving their leases back. A job that goes on is not
   * replaced by one of the same name.
   */
  keepJobs(jobs: readonly Job[]): void;
  /** Starts no further step, gives the leases back and settles when all is done. */
  close(): Promise<void>;
}

export interface SchedulerOptions {
  readonly engine: StorageEngine;
  readonly jobs: readonly Job[];
  /** Names this node in leases; another name for each start of it. */
  readonly holder: string;
  /** Whether no other process can have the store, so that leases need no waiting for. */
  readonly isAlone: boolean;
  /** Told when a step failed, or what a lease needs; the job goes on after its interval. Repetitions are held back. */
  readonly onError: (job: Job, error: unknown) => void;
  readonly timer: Timer;
}

/** The pause between two steps of a job that has more to do. */
const STEP_PAUSE_MS = 5;

/** Starts all jobs: each takes its first step once it has its lease, which is how work left by others is found. */
export function startScheduler(options: SchedulerOptions): Scheduler {
  const closing = new AbortController();
  const claims: Claims = { count: 0 };
  // Of their own: a node with nothing of what comes and goes is to be as quick as any to take some.
  const passingClaims: Claims = { count: 0 };
  const loops = options.jobs.map((job) => runJob(options, job, claims, closing.signal));
  const passing = new Map<string, PassingJob>();
  let wanted: ReadonlyMap<string, Job> = new Map();

  function start(job: Job): void {
    const ending = new AbortController();
    const loop = runJob(options, job, passingClaims, AbortSignal.any([closing.signal, ending.signal]));
    const ended = loop.then(() => {
      passing.delete(job.name);
      // It may be wanted again since it was told to end.
      reconcile();
    });
    passing.set(job.name, { ending, ended });
  }

  function reconcile(): void {
    for (const [name, { ending }] of passing) if (!wanted.has(name)) ending.abort();
    if (closing.signal.aborted) return;
    for (const [name, job] of wanted) if (!passing.has(name)) start(job);
  }

  return {
    keepJobs: (jobs) => {
      wanted = new Map(jobs.map((job) => [job.name, job]));
      reconcile();
    },
    close: async () => {
      closing.abort();
      await Promise.all([...loops, ...[...passing.values()].map(({ ended }) => ended)]);
    },
  };
}

/** A job that may end before the scheduler does. */
interface PassingJob {
  readonly ending: AbortController;
  readonly ended: Promise<void>;
}

async function runJob(options: SchedulerOptions, job: Job, claims: Claims, closing: AbortSignal): Promise<void> {
  const { engine, holder, isAlone, timer } = options;
  const report = holdBackRepetitions(timer, (error) => options.onError(job, error));
  const onError = (error: unknown): void => {
    if (!closing.aborted) report(error);
  };
  while (!closing.aborted) {
    const lease = await acquireLease({ engine, job: job.name, holder, isAlone, claims, timer, onError }, closing);
    if (lease === undefined) return;
    await runSteps(job, lease, AbortSignal.any([closing, lease.lost]), timer, onError);
    await lease.release();
  }
}

/** Takes steps until `ending` is aborted. */
async function runSteps(
  job: Job,
  lease: HeldLease,
  ending: AbortSignal,
  timer: Timer,
  onError: (error: unknown) => void,
): Promise<void> {
  while (!ending.aborted) {
    let left: 'more' | 'done' = 'done';
    try {
      left = await job.run(lease.store, ending);
    } catch (error) {
      // A step fails when its lease is lost; there is nothing to tell.
      if (!ending.aborted) onError(error);
    }
    await timer.sleep(left === 'more' ? STEP_PAUSE_MS : job.intervalMs, ending);
  }
}
