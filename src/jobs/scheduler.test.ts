import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StorageEngine } from '../storage/engine.ts';
import { type Job, startScheduler } from './scheduler.ts';

/** No job here touches the store. */
const engine = {} as StorageEngine;

/** A clock that stands still until told: pauses as they are asked for, each ended by hand or by its signal. */
function createPauses() {
  const pauses: { ms: number; end: () => void }[] = [];
  const waiting: (() => void)[] = [];
  const sleep = (ms: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve();
      signal.addEventListener('abort', () => resolve());
      pauses.push({ ms, end: resolve });
      waiting.shift()?.();
    });
  /** The next pause a job asks for. */
  async function next(): Promise<{ ms: number; end: () => void }> {
    if (pauses.length === 0) await new Promise<void>((resolve) => waiting.push(resolve));
    return pauses.shift() as { ms: number; end: () => void };
  }
  return { sleep, next };
}

function jobOf(run: Job['run']): Job {
  return { name: 'test', intervalMs: 1000, run };
}

const rethrow = (_job: Job, error: unknown): void => {
  throw error;
};

test('a job runs at once, pauses shortly while there is more, then for its interval', async () => {
  const pauses = createPauses();
  const outcomes: ('more' | 'done')[] = ['more', 'more', 'done', 'done'];
  const job = jobOf(async () => outcomes.shift() ?? 'done');
  const scheduler = startScheduler({ engine, jobs: [job], onError: rethrow, sleep: pauses.sleep });
  const asked: number[] = [];
  for (let i = 0; i < 4; i++) {
    const pause = await pauses.next();
    asked.push(pause.ms);
    pause.end();
  }
  assert.deepEqual(asked, [5, 5, 1000, 1000]);
  await scheduler.close();
});

test('a step that fails is reported and taken again after the interval', async () => {
  const pauses = createPauses();
  const errors: unknown[] = [];
  let runs = 0;
  const job = jobOf(async () => {
    runs++;
    if (runs === 1) throw new Error('first');
    return 'done';
  });
  const onError = (failed: Job, error: unknown): void => void errors.push(failed.name, String(error));
  const scheduler = startScheduler({ engine, jobs: [job], onError, sleep: pauses.sleep });
  const pause = await pauses.next();
  assert.equal(pause.ms, 1000);
  pause.end();
  await pauses.next();
  assert.equal(runs, 2);
  assert.deepEqual(errors, ['test', 'Error: first']);
  await scheduler.close();
});

test('close waits for the step under way and starts no other', async () => {
  const steps: string[] = [];
  const release = Promise.withResolvers<void>();
  const job = jobOf(async (_engine, signal) => {
    steps.push('began');
    await release.promise;
    steps.push(signal.aborted ? 'ended knowing' : 'ended unaware');
    return 'more';
  });
  const scheduler = startScheduler({ engine, jobs: [job], onError: rethrow });
  const closed = scheduler.close().then(() => steps.push('closed'));
  release.resolve();
  await closed;
  assert.deepEqual(steps, ['began', 'ended knowing', 'closed']);
});

test('pauses of real time end when the scheduler closes', async () => {
  let runs = 0;
  const job = jobOf(async () => (++runs < 3 ? 'more' : 'done'));
  const paused = Promise.withResolvers<void>();
  const watched: Job = {
    ...job,
    intervalMs: 3_600_000,
    run: async (...given) => {
      const left = await job.run(...given);
      if (left === 'done') paused.resolve();
      return left;
    },
  };
  const scheduler = startScheduler({ engine, jobs: [watched], onError: rethrow });
  await paused.promise;
  await scheduler.close();
  assert.equal(runs, 3);
});
