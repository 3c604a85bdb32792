/**
 * Runs the triggers of a store: each is a job under a lease of its own, so that nodes share them, and one of them
 * delivers a stream to a function at a time.
 *
 * Every node looks at the list of triggers twice a second. What a trigger has delivered is noted under its lease, in
 * one step for each batch; a node that was paused past its lease may call a function again, but notes nothing.
 */
import { setMaxListeners } from 'node:events';
import type { Clock, Timer } from '../foundation/clock.ts';
import type { Random } from '../foundation/random.ts';
import { type ByteBudget, createByteBudget } from '../streams/consumers/byte-budget.ts';
import { type StreamName, deliverStream } from '../streams/consumers/deliver-stream.ts';
import { compileFilter } from '../streams/consumers/event-filter.ts';
import { createFileTarget, whyNoFile } from '../streams/consumers/file-target.ts';
import { type HttpPoster, createHttpPoster } from '../streams/consumers/http-post.ts';
import { createLambdaTarget, createUrlTarget } from '../streams/consumers/http-targets.ts';
import type { FunctionTarget } from '../streams/consumers/invocation.ts';
import { type ProcessingResult, readProcessingResult } from '../streams/consumers/trigger-progress.ts';
import { type TriggerRecord, listTriggers } from '../streams/consumers/trigger-record.ts';
import type { TriggerSession } from '../streams/consumers/trigger-session.ts';
import type { StorageEngine } from '../storage/engine.ts';
import { parseArn } from '../tables/arn.ts';
import type { Job, JobStore } from './job.ts';
import { holdBackRepetitions } from './repetitions.ts';
import { noteProgress } from './run-triggers-progress.ts';
import type { Scheduler } from './scheduler.ts';

/** How often a node looks for triggers that are new, changed or gone. */
const LOOK_MS = 500;

/** The pause of a trigger whose session failed, as it does while the store is out of reach. */
const PAUSE_MS = 1_000;

/** How long calls under way may go on when a trigger stops: not until another node may take its lease. */
const GRACE_MS = 900;

/** What records on their way to functions may take of a process's memory, in about. */
const HELD_BYTES = 256 * 1_048_576;

export interface TriggersOptions {
  readonly engine: Pick<StorageEngine, 'get' | 'scan' | 'readLog' | 'logBounds' | 'waitForAppends'>;
  readonly scheduler: Pick<Scheduler, 'keepJobs'>;
  /** The folder of functions in files; undefined: there is none. */
  readonly functions: string | undefined;
  /** Whether no other node can run what this one can't. */
  readonly isAlone: boolean;
  readonly clock: Clock;
  readonly timer: Timer;
  readonly random: Random;
  /** Told that the list can't be read; repetitions are held back. */
  readonly onError: (error: unknown) => void;
  /** Told why a call of a trigger's function failed; repetitions are held back. */
  readonly onFailedCall: (uuid: string, reason: string) => void;
  /** Told that a trigger is left to other nodes, and why. */
  readonly onLeft: (uuid: string, reason: string) => void;
}

export interface Triggers {
  /** Looks for triggers no more; those that run end with the scheduler, which is closed first. */
  close(): Promise<void>;
}

/** Has the scheduler run the triggers that are enabled. */
export function startTriggers(options: TriggersOptions): Triggers {
  const { engine, scheduler, timer } = options;
  const closing = new AbortController();
  const shared = { poster: createHttpPoster(), budget: createByteBudget(HELD_BYTES) };
  const report = holdBackRepetitions(timer, options.onError);
  const isHere = createLookForFiles(options);
  let running = new Map<string, RunningTrigger>();

  function keep(triggers: readonly TriggerRecord[]): void {
    const kept = triggers.filter(isHere).map((trigger) => {
      const known = running.get(trigger.uuid) ?? createRunningTrigger(options, shared, trigger);
      known.update(trigger);
      return [trigger.uuid, known] as const;
    });
    running = new Map(kept);
    scheduler.keepJobs([...running.values()].map(({ job }) => job));
  }

  async function look(): Promise<void> {
    while (!closing.signal.aborted) {
      try {
        const triggers: TriggerRecord[] = [];
        for await (const trigger of listTriggers(engine)) if (trigger.enabled) triggers.push(trigger);
        keep(triggers);
      } catch (error) {
        if (!closing.signal.aborted) report(error);
      }
      await timer.sleep(LOOK_MS, closing.signal);
    }
  }

  const looking = look();
  return {
    close: async () => {
      closing.abort();
      await looking;
      shared.poster.close();
    },
  };
}

/** Whether this node is to run a trigger: none whose file another node may have, and this one has not. */
function createLookForFiles(options: TriggersOptions): (trigger: TriggerRecord) => boolean {
  const left = new Map<string, string>();
  return ({ uuid, target }) => {
    if (target.kind !== 'file' || options.isAlone) return true;
    const reason = whyNoFile({ folder: options.functions, path: target.path });
    if (reason === undefined) {
      left.delete(uuid);
      return true;
    }
    if (left.get(uuid) !== reason) options.onLeft(uuid, reason);
    left.set(uuid, reason);
    return false;
  };
}

/** What all triggers of a process have in common. */
interface Shared {
  readonly poster: HttpPoster;
  readonly budget: ByteBudget;
}

interface RunningTrigger {
  readonly job: Job;
  /** Tells of the trigger as it is now. */
  update(trigger: TriggerRecord): void;
}

function createRunningTrigger(options: TriggersOptions, shared: Shared, first: TriggerRecord): RunningTrigger {
  let trigger = first;
  const onFailure = holdBackRepetitions(options.timer, (reason) => options.onFailedCall(first.uuid, String(reason)));
  let changed = new AbortController();
  return {
    job: {
      name: `trigger/${first.uuid}`,
      intervalMs: PAUSE_MS,
      async run(store, signal) {
        const seen = changed.signal;
        const stopping = AbortSignal.any([signal, seen]);
        await runSession({ ...options, ...shared, onFailure, trigger, store, stopping });
        return seen.aborted ? 'more' : 'done';
      },
    },
    update(next) {
      if (JSON.stringify(next) === JSON.stringify(trigger)) return;
      trigger = next;
      changed.abort();
      changed = new AbortController();
    },
  };
}

interface SessionOptions extends TriggersOptions, Shared, Pick<TriggerSession, 'trigger' | 'stopping' | 'onFailure'> {
  readonly store: JobStore;
}

/** Delivers until `stopping` is aborted. */
async function runSession(options: SessionOptions): Promise<void> {
  const { engine, timer, poster, onFailure, trigger, store, stopping } = options;
  const { uuid } = trigger;
  const { region, name } = parseStreamName(trigger.streamArn);
  const hardStop = new AbortController();
  const ended = new AbortController();
  // Each lane of each shard listens to them.
  for (const signal of [stopping, hardStop.signal]) setMaxListeners(0, signal);
  const stop = (): void => void timer.sleep(GRACE_MS, ended.signal).then(() => hardStop.abort());
  stopping.addEventListener('abort', stop, { once: true });
  const target = openTarget(trigger, poster, options.functions);
  const status = await openStatus(store, uuid);
  const session: TriggerSession = {
    trigger,
    region,
    engine,
    target,
    filter: compileFilter(trigger.filters),
    poster,
    budget: options.budget,
    clock: options.clock,
    timer,
    random: options.random,
    stopping,
    hardStop: hardStop.signal,
    giveUp: () => hardStop.abort(),
    async savePosition(position) {
      await store.transact(noteProgress, { uuid, positions: [position] });
    },
    async forgetPositions(trimmed) {
      await store.transact(noteProgress, { uuid, trimmed });
    },
    report: status.report,
    onFailure,
  };
  try {
    await deliverStream(session, name);
  } finally {
    ended.abort();
    stopping.removeEventListener('abort', stop);
    await status.settle();
    await target.close();
  }
}

function openTarget(
  { target, functionArn }: TriggerRecord,
  poster: HttpPoster,
  folder: string | undefined,
): FunctionTarget {
  switch (target.kind) {
    case 'lambda':
      return createLambdaTarget(target, poster);
    case 'http':
      return createUrlTarget(target.url, poster);
    default:
      return createFileTarget({ folder, path: target.path, functionArn });
  }
}

function parseStreamName(streamArn: string): { readonly region: string; readonly name: StreamName } {
  const arn = parseArn(streamArn);
  const resource = typeof arn === 'number' ? '' : arn.resource;
  const [, tableName, label] = /^table\/([^/]+)\/stream\/([^/]+)$/.exec(resource) ?? [];
  if (typeof arn === 'number' || tableName === undefined || label === undefined) {
    throw new Error(`${streamArn} is not the ARN of a stream`);
  }
  return { region: arn.region, name: { tableName, label } };
}

interface Status {
  report(result: ProcessingResult): void;
  /** Resolves when what was reported is noted, or can't be. */
  settle(): Promise<void>;
}

/** Notes how the last call ended when that changes; what can't be noted waits for the next call. */
async function openStatus(store: JobStore, uuid: string): Promise<Status> {
  let noted = await readProcessingResult(store, uuid);
  let wanted = noted;
  let noting: Promise<void> | undefined;

  async function note(): Promise<void> {
    while (wanted !== noted) {
      const result = wanted;
      await store.transact(noteProgress, { uuid, result });
      noted = result;
    }
  }

  return {
    report(result) {
      wanted = result;
      noting ??= note()
        .catch(() => undefined)
        .finally(() => (noting = undefined));
    },
    settle: async () => await noting,
  };
}
