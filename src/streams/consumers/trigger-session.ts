/** What a trigger has while it is delivered to: see deliver-stream.ts. */
import type { Clock, Timer } from '../../foundation/clock.ts';
import type { Random } from '../../foundation/random.ts';
import type { StorageEngine } from '../../storage/engine.ts';
import type { ByteBudget } from './byte-budget.ts';
import type { EventFilter } from './event-filter.ts';
import type { HttpPoster } from './http-post.ts';
import type { FunctionTarget } from './invocation.ts';
import type { ProcessingResult, TriggerPosition } from './trigger-progress.ts';
import type { TriggerRecord } from './trigger-record.ts';

/** What a session reads. It writes by its `save...` alone. */
export type SessionEngine = Pick<StorageEngine, 'get' | 'scan' | 'readLog' | 'logBounds' | 'waitForAppends'>;

export interface TriggerSession {
  readonly trigger: TriggerRecord;
  readonly region: string;
  readonly engine: SessionEngine;
  readonly target: FunctionTarget;
  readonly filter: EventFilter | undefined;
  readonly poster: Pick<HttpPoster, 'post'>;
  /** Shared by all triggers of the process. */
  readonly budget: ByteBudget;
  readonly clock: Clock;
  readonly timer: Timer;
  readonly random: Random;
  /** Aborted when nothing new is to be started. */
  readonly stopping: AbortSignal;
  /** Aborted when calls under way are to be given up. */
  readonly hardStop: AbortSignal;
  /** Aborts `hardStop`. */
  giveUp(): void;
  /** Notes a position in one step, or rejects. */
  savePosition(position: TriggerPosition): Promise<void>;
  /** Forgets positions in shards that there are no more. */
  forgetPositions(shards: readonly number[]): Promise<void>;
  /** Told how a call ended. */
  report(result: ProcessingResult): void;
  /** Told why one failed. */
  onFailure(reason: string): void;
}
