/** What a node does beside answering requests: its jobs, and its place in the list of nodes. */
import { hostname } from 'node:os';
import { systemClock, systemTimer } from './foundation/clock.ts';
import type { Logger } from './foundation/logging.ts';
import { systemRandom } from './foundation/random.ts';
import { readVersion } from './foundation/version.ts';
import { createAdvanceTablesJob } from './jobs/advance-tables.ts';
import { createExpireItemsJob } from './jobs/expire-items.ts';
import { createForgetNodesJob } from './jobs/forget-nodes.ts';
import type { Job } from './jobs/job.ts';
import { listMaintenanceJobs } from './jobs/maintain-store.ts';
import { type NodeBeat, startNodeBeat } from './jobs/node-beat.ts';
import { createPurgeSpacesJob } from './jobs/purge-spaces.ts';
import { createPurgeTokensJob } from './jobs/purge-tokens.ts';
import { createForgetTriggersJob } from './jobs/run-triggers-progress.ts';
import { startTriggers } from './jobs/run-triggers.ts';
import { startScheduler } from './jobs/scheduler.ts';
import { createSplitPartitionsJob, type SplitLimits } from './jobs/split-partitions.ts';
import { createTrimLogsJob } from './jobs/trim-logs.ts';
import type { StatorOptions } from './options.ts';
import { type StorageEngine, StorageUnavailableError } from './storage/engine.ts';

export interface BackgroundWorkOptions {
  readonly engine: StorageEngine;
  readonly options: StatorOptions;
  /** Where the node listens, such as `http://127.0.0.1:8000`. */
  readonly endpoint: string;
  /** How many calls the node has admitted since its start. */
  readonly countCalls: () => number;
  readonly logger: Logger;
  /** By default those of the job. */
  readonly splitLimits?: SplitLimits | undefined;
}

export interface BackgroundWork {
  /** Ends the jobs and leaves the list of nodes, which needs the engine. */
  close(): Promise<void>;
}

export function startBackgroundWork(given: BackgroundWorkOptions): BackgroundWork {
  const { engine, options, logger } = given;
  // The embedded store belongs to this process: nobody could take a lease away, or look at the list of nodes.
  const isAlone = options.storage === undefined;
  const id = systemRandom.uuid();
  const scheduler = startScheduler({
    engine,
    jobs: listJobs(given, isAlone),
    holder: id,
    isAlone,
    onError: (job, error) => logFailure(logger, error, { job: job.name }, 'a background job failed and will try again'),
    timer: systemTimer,
  });
  const triggers = startTriggers({
    engine,
    scheduler,
    functions: options.functions,
    isAlone,
    clock: systemClock,
    timer: systemTimer,
    random: systemRandom,
    onError: (error) => logFailure(logger, error, {}, 'the list of triggers could not be read and will be again'),
    onFailedCall: (trigger, reason) => logger.warn({ trigger, reason }, 'a call of a function failed'),
    onLeft: (trigger, reason) => logger.info({ trigger, reason }, 'a trigger is left to other nodes'),
  });
  const beat = isAlone ? undefined : joinNodes(id, given);
  return {
    close: async () => {
      await Promise.all([scheduler.close(), beat?.close()]);
      await triggers.close();
    },
  };
}

function listJobs({ engine, options, logger, splitLimits }: BackgroundWorkOptions, isAlone: boolean): Job[] {
  const { ttlIntervalSeconds } = options;
  const jobs = [
    createAdvanceTablesJob(systemClock),
    createExpireItemsJob({ clock: systemClock, timer: systemTimer, intervalMs: ttlIntervalSeconds * 1_000 }),
    createPurgeSpacesJob(),
    createPurgeTokensJob(systemClock),
    createSplitPartitionsJob({ clock: systemClock, ...(splitLimits && { limits: splitLimits }) }),
    createTrimLogsJob({
      clock: systemClock,
      onHolds: (holds) => logger.info({ holds }, 'readers hold changes of tables that are older than 24 hours'),
    }),
    createForgetTriggersJob(),
    ...listMaintenanceJobs(engine),
  ];
  return isAlone ? jobs : [...jobs, createForgetNodesJob(systemTimer)];
}

function joinNodes(id: string, given: BackgroundWorkOptions): NodeBeat {
  const { engine, options, endpoint, countCalls, logger } = given;
  return startNodeBeat({
    engine,
    node: { id, address: addressOf(endpoint), version: readVersion(), threads: options.threads },
    countCalls,
    timer: systemTimer,
    onError: (error) => logFailure(logger, error, {}, "this node's record could not be written and will be again"),
  });
}

/** Where other machines find a node: one that listens on all of its addresses goes by its host's name. */
function addressOf(endpoint: string): string {
  return endpoint.replace(/\/\/(0\.0\.0\.0|\[::\])(?=:)/, `//${hostname()}`);
}

/** A store out of reach is no fault of the program's, and all goes on when it is back. */
function logFailure(logger: Logger, error: unknown, about: object, message: string): void {
  const level = error instanceof StorageUnavailableError ? 'warn' : 'error';
  logger[level]({ err: error, ...about }, message);
}
