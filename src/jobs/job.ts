/** The contract of a background job. */
import type { StorageEngine } from '../storage/engine.ts';
import type { FencedProcedure } from './lease.ts';

export interface Job {
  /** Unique among all jobs, in every version of the program: it names the job's lease. */
  readonly name: string;
  /** The pause after a step that found nothing more to do, or that failed. */
  readonly intervalMs: number;
  /**
   * Does one small step (a few milliseconds of the writer at most) and says whether there is more to do now. What
   * the next step needs to know is in the store, so that a step which never happened, because the process ended, is
   * done by the next node. `signal` is aborted when the lease is lost, and when the scheduler closes, which waits for
   * the step.
   */
  run(store: JobStore, signal: AbortSignal): Promise<'more' | 'done'>;
}

/** What a job has of the store: reads, and writes under its lease. */
export interface JobStore extends Pick<
  StorageEngine,
  'get' | 'getMany' | 'scan' | 'readLog' | 'logBounds' | 'counters'
> {
  /** As the engine's. Rejects with LeaseLostError, having written nothing, if the job's lease is lost. */
  transact<Input, Output>(procedure: FencedProcedure<Input, Output>, input: Input): Promise<Output>;
}

/** Another node runs the job now, or may; this one has to stop. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';
}
