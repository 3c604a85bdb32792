/** Delivers one shard of a stream to a function: reads it, and hands its records to as many lanes as are wanted. */
import { createHash } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import type { ShardRecord } from '../../tables/shard-records.ts';
import type { StreamRecord } from '../../tables/stream-records.ts';
import { describeChange, keysOfRecord } from '../describe-change.ts';
import { type ShardRecordEntry, readShard } from '../read-shard.ts';
import { formatSequenceNumber } from '../sequence-number.ts';
import { callFunction } from './call-function.ts';
import { deliverBatch } from './deliver-batch.ts';
import { type DeliveryWindow, type PendingRecord, createDeliveryWindow, formatEvent } from './delivery-window.ts';
import { describeGivenUp, tellDestination } from './failure-destination.ts';
import { PROCESSING_RESULTS } from './trigger-progress.ts';
import type { TriggerSession } from './trigger-session.ts';

/** What is read at a step: 1 MB as GetRecords gives, or as many as make a quick step. */
const PAGE = { records: 500, bytes: 1_048_576 };

/** What is read at a step while all triggers together hold too much. */
const SMALL_PAGE = { records: 5, bytes: 65_536 };

/** How long records that no function gets may be without a position behind them. */
const SKIP_PAUSE_MS = 1_000;

/** The shard as it was when the session last looked, and how it is told that there is something new about it. */
export interface ShardSource {
  readonly session: TriggerSession;
  readonly stream: StreamRecord;
  readonly shard: ShardRecord;
  /** Everything up to here has been delivered. */
  readonly after: bigint;
  /** Aborted when shards may have been closed; another one each time it was. */
  changes(): AbortSignal;
}

/**
 * Delivers until the shard's end, and resolves with true; with false if the session stops before. Rejects as the store
 * does.
 */
export async function deliverShard(source: ShardSource): Promise<boolean> {
  const { session, shard, after } = source;
  const { trigger, timer, budget, stopping, hardStop } = session;
  const { batchSize, batchingWindowMs, parallelization } = trigger;
  const window = createDeliveryWindow({ after, lanes: parallelization, batchSize, batchingWindowMs, timer, budget });
  const saver = createSaver(source, window);
  const failed = new AbortController();
  // Calls that are given up because another shard's deliveries failed count for nothing either.
  const ending = AbortSignal.any([stopping, hardStop, failed.signal]);
  // Each lane listens to it.
  setMaxListeners(0, ending);
  const lanes = Array.from({ length: parallelization }, (_, lane) => runLane(source, window, lane, ending, saver.save));
  const work = [readInto(source, window, ending, saver.skip), ...lanes];
  let settled: bigint;
  try {
    await Promise.race([Promise.all(work), saver.failed]);
  } catch (error) {
    failed.abort();
    session.giveUp();
    await Promise.allSettled(work);
    throw error;
  } finally {
    await saver.end();
    settled = window.watermark();
    window.close();
  }
  const isEnded = !ending.aborted;
  await session.savePosition({ shard: shard.shard, after: settled, isEnded });
  return isEnded;
}

/** Reads the shard until its end. */
async function readInto(
  source: ShardSource,
  window: DeliveryWindow,
  ending: AbortSignal,
  skip: () => void,
): Promise<void> {
  const { session, stream, shard, changes } = source;
  const { engine } = session;
  let { after } = source;
  while (!ending.aborted) {
    await window.waitForRoom(ending);
    if (ending.aborted) return;
    const changed = changes();
    const page = await readPage(source, after);
    for (const entry of page.records) addRecord(source, window, entry);
    after = page.after;
    if (page.isEnd) return window.end();
    if (page.records.length > 0) {
      skip();
      // Reads may resolve without giving anything else a turn.
      await setImmediate();
    } else {
      const position = { log: stream.log, shard: shard.shard, after };
      await engine.waitForAppends([position], AbortSignal.any([ending, changed]));
    }
  }
}

async function readPage({ session, stream, shard }: ShardSource, after: bigint): ReturnType<typeof readShard> {
  const { engine, budget } = session;
  const limits = budget.isSpent() ? SMALL_PAGE : PAGE;
  // Others that begin to read meanwhile are to know of it.
  budget.add(limits.bytes);
  try {
    return await readShard(engine, stream, shard.shard, after, limits);
  } finally {
    budget.add(-limits.bytes);
  }
}

function addRecord({ session, stream, shard }: ShardSource, window: DeliveryWindow, entry: ShardRecordEntry): void {
  const { trigger, filter, region } = session;
  const { streamArn, parallelization } = trigger;
  const { sequence, record } = entry;
  const json = describeChange({ stream, streamArn, region, shard: shard.shard, sequence }, record, streamArn);
  if (filter !== undefined && !filter(json)) return window.add(sequence);
  const lane = parallelization === 1 ? 0 : laneOf(JSON.stringify(keysOfRecord(stream, record)), parallelization);
  const pending: PendingRecord = {
    sequence,
    sequenceNumber: formatSequenceNumber(shard.shard, sequence),
    json,
    sizeBytes: Buffer.byteLength(json),
    atMs: record.atMs,
  };
  window.add(sequence, { lane, pending });
}

/** The lane of an item: always the same. */
function laneOf(keys: string, lanes: number): number {
  return createHash('md5').update(keys).digest().readUInt32BE(0) % lanes;
}

/** Delivers the batches of one lane, one after the other. */
async function runLane(
  source: ShardSource,
  window: DeliveryWindow,
  lane: number,
  ending: AbortSignal,
  save: () => void,
): Promise<void> {
  const { session, shard } = source;
  const { trigger, target, poster, clock, timer, random, hardStop } = session;
  for (;;) {
    const records = await window.take(lane, ending);
    if (records === undefined) return;
    await deliverBatch(records, {
      trigger,
      invoke: (batch) => callFunction(target, formatEvent(batch), timer, hardStop),
      async giveUp(batch) {
        if (trigger.onFailure === undefined) return;
        const body = describeGivenUp(batch, { trigger, shard, requestId: random.uuid(), nowMs: clock.nowMs() });
        await tellDestination(trigger.onFailure, body, poster, hardStop);
      },
      settle(settled) {
        window.settle(settled);
        save();
      },
      report(isSuccess, reason) {
        session.report(isSuccess ? PROCESSING_RESULTS.ok : PROCESSING_RESULTS.failed);
        if (!isSuccess && reason !== undefined) session.onFailure(reason);
      },
      clock,
      timer,
      signal: ending,
    });
  }
}

interface Saver {
  /** Has the watermark saved, at once or after the save that is under way. */
  save(): void;
  /** The same, a little later. */
  skip(): void;
  /** Rejects when the watermark can't be saved; never resolves. */
  readonly failed: Promise<never>;
  /** Saves no more; resolves when what is under way has ended. */
  end(): Promise<void>;
}

function createSaver({ session, shard, after }: ShardSource, window: DeliveryWindow): Saver {
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => undefined);
  const over = new AbortController();
  let saved = after;
  let saving: Promise<void> | undefined;
  let isSkipping = false;

  async function run(): Promise<void> {
    for (let next = window.watermark(); next > saved && !over.signal.aborted; next = window.watermark()) {
      await session.savePosition({ shard: shard.shard, after: next, isEnded: false });
      saved = next;
    }
  }

  function save(): void {
    saving ??= run()
      .catch(failure.reject)
      .finally(() => (saving = undefined));
  }

  return {
    save,
    skip() {
      if (isSkipping) return;
      isSkipping = true;
      void session.timer.sleep(SKIP_PAUSE_MS, over.signal).then(() => {
        isSkipping = false;
        save();
      });
    },
    failed: failure.promise,
    end: async () => {
      over.abort();
      await saving;
    },
  };
}
