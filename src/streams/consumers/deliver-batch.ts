/**
 * Delivers one batch to a function until all of its records are processed or given up.
 *
 * Source: "Retain discarded records for a DynamoDB event source" and "Configuring partial batch response" in the Lambda
 * developer guide. A function that can't be run is tried until the records are too old. One that fails is tried as
 * often as the trigger says; or, with bisecting, the batch is cut in two first, which counts as no retry.
 */
import type { Clock, Timer } from '../../foundation/clock.ts';
import { RETENTION_MS } from '../read-shard.ts';
import type { PendingRecord } from './delivery-window.ts';
import { type Invocation, readBatchAnswer } from './invocation.ts';
import type { TriggerRecord } from './trigger-record.ts';

/** Why records are given up. */
export type GivenUpCondition = 'RetryAttemptsExhausted' | 'RecordAgeExceeded';

/** Records that are given up, in their order: at least one. */
export interface GivenUpBatch {
  readonly records: readonly PendingRecord[];
  readonly condition: GivenUpCondition;
  /** How often the function was called with them. */
  readonly invocations: number;
  /** The last of the calls, if there was one. */
  readonly last: Invocation | undefined;
}

export interface BatchDelivery {
  readonly trigger: Pick<TriggerRecord, 'maxRetries' | 'bisect' | 'maxAgeMs' | 'reportsItemFailures'>;
  invoke(records: readonly PendingRecord[]): Promise<Invocation>;
  /** Tells of records that are given up; rejects if it can't be told, to be tried again. */
  giveUp(batch: GivenUpBatch): Promise<void>;
  /** Nothing is left to do for these records. */
  settle(records: readonly PendingRecord[]): void;
  /** Told of each call that ended; and of one that failed, why. */
  report(isSuccess: boolean, reason?: string): void;
  readonly clock: Clock;
  readonly timer: Timer;
  /** Ends it: no call is made any more. */
  readonly signal: AbortSignal;
}

/** The pauses before calls that follow on a failure, the first and the longest; each is twice the one before. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 30_000;

/** How often a destination is tried for records that are too old to wait for it. */
const LAST_TRIES = 3;

/** A part of the batch on its way. */
interface Attempt {
  readonly records: readonly PendingRecord[];
  /** Calls that count against the trigger's retries, and all calls. */
  readonly failures: number;
  readonly invocations: number;
  /** Calls in a row that failed, for the pauses. */
  readonly streak: number;
  readonly last?: Invocation;
}

export async function deliverBatch(records: readonly PendingRecord[], delivery: BatchDelivery): Promise<void> {
  const { signal, timer } = delivery;
  let attempts: Attempt[] = [{ records, failures: 0, invocations: 0, streak: 0 }];
  for (;;) {
    const [next, ...others] = attempts;
    if (next === undefined) return;
    if (next.streak > 0) await timer.sleep(pauseMs(next.streak), signal);
    const attempt = await dropOld(next, delivery);
    if (signal.aborted) return;
    attempts = attempt === undefined ? others : [...(await callOnce(attempt, delivery)), ...others];
  }
}

function pauseMs(streak: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(streak - 1, 20));
}

/** The attempt without the records that are too old, which are given up; undefined if all are. */
async function dropOld(attempt: Attempt, delivery: BatchDelivery): Promise<Attempt | undefined> {
  const { maxAgeMs } = delivery.trigger;
  const oldest = delivery.clock.nowMs() - (maxAgeMs === -1 ? RETENTION_MS : Math.min(maxAgeMs, RETENTION_MS));
  const old = attempt.records.filter(({ atMs }) => atMs < oldest);
  if (old.length === 0) return attempt;
  await giveUp({ ...attempt, records: old }, 'RecordAgeExceeded', delivery);
  const records = attempt.records.filter(({ atMs }) => atMs >= oldest);
  return records.length === 0 ? undefined : { ...attempt, records };
}

/** Calls the function, and gives what is left to do. */
async function callOnce(attempt: Attempt, delivery: BatchDelivery): Promise<Attempt[]> {
  const { trigger, signal, settle } = delivery;
  const { records } = attempt;
  const last = await delivery.invoke(records);
  // A call that was given up at the end says nothing of the function.
  if (last.kind !== 'returned' && signal.aborted) return [attempt];
  const called = { ...attempt, invocations: attempt.invocations + 1, last };
  const numbers = records.map(({ sequenceNumber }) => sequenceNumber);
  const answer = trigger.reportsItemFailures ? readBatchAnswer(payloadOf(last), numbers) : ({ kind: 'all' } as const);
  const isSuccess = last.kind === 'returned' && answer.kind === 'all';
  delivery.report(isSuccess, describeFailure(last));
  if (isSuccess) {
    settle(records);
    return [];
  }
  if (last.kind === 'unreachable') return [{ ...attempt, streak: attempt.streak + 1, last }];
  if (last.kind === 'returned' && answer.kind === 'until' && answer.index > 0) {
    settle(records.slice(0, answer.index));
    return await retry({ ...called, records: records.slice(answer.index) }, delivery, trigger.bisect);
  }
  if (trigger.bisect && records.length > 1) return halve(called);
  return await retry(called, delivery, false);
}

function describeLoss(records: readonly PendingRecord[]): string {
  const [first, last] = [records[0], records.at(-1)].map((record) => record?.sequenceNumber);
  return `${records.length} records from ${first} to ${last} are given up, and the destination was not told of them`;
}

function describeFailure(invocation: Invocation): string {
  return invocation.kind === 'returned' ? 'the function reported items that failed' : invocation.reason;
}

function payloadOf(invocation: Invocation): string {
  return invocation.kind === 'returned' ? invocation.payload : '';
}

function halve({ records, failures, invocations, last }: Attempt): Attempt[] {
  const middle = Math.ceil(records.length / 2);
  return [records.slice(0, middle), records.slice(middle)].map((half) => ({
    records: half,
    failures,
    invocations,
    streak: 0,
    ...(last !== undefined && { last }),
  }));
}

/** The same again; or nothing, if it was tried often enough. A batch that was cut is tried again in any case. */
async function retry(attempt: Attempt, delivery: BatchDelivery, isCut: boolean): Promise<Attempt[]> {
  const { maxRetries } = delivery.trigger;
  if (isCut) return [{ ...attempt, streak: 0 }];
  const failures = attempt.failures + 1;
  if (maxRetries === -1 || failures <= maxRetries) return [{ ...attempt, failures, streak: attempt.streak + 1 }];
  await giveUp(attempt, 'RetryAttemptsExhausted', delivery);
  return [];
}

/** Gives records up once it was told of them; while they can still be read, that is waited for. */
async function giveUp(
  { records, invocations, last }: Attempt,
  condition: GivenUpCondition,
  { clock, timer, signal, ...delivery }: BatchDelivery,
): Promise<void> {
  const youngestMs = Math.max(...records.map(({ atMs }) => atMs));
  for (let tries = 1; !signal.aborted; tries++) {
    try {
      await delivery.giveUp({ records, condition, invocations, last });
      break;
    } catch (error) {
      if (signal.aborted) return;
      delivery.report(false, String(error));
      if (tries >= LAST_TRIES && clock.nowMs() - youngestMs >= RETENTION_MS) {
        delivery.report(false, describeLoss(records));
        break;
      }
      await timer.sleep(pauseMs(tries), signal);
    }
  }
  if (!signal.aborted) delivery.settle(records);
}
