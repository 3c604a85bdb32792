import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readLease } from './lease.ts';
import type { Job } from './job.ts';
import { type Scheduler, type SchedulerOptions, startScheduler } from './scheduler.ts';
import { createSimulatedStore, type SimulatedNode } from './simulated-nodes.test.ts';

const createStore = () => createSimulatedStore(() => 0.5);

function jobOf(run: Job['run']): Job {
  return { name: 'test', intervalMs: 1000, run };
}

/** Starts a scheduler as the only node of the store, unless `options` say otherwise. */
function start(node: SimulatedNode, job: Job, options: Partial<SchedulerOptions> = {}): Scheduler {
  const onError = (_job: Job, error: unknown): void => {
    throw error;
  };
  const { engine, timer } = node;
  return startScheduler({ engine, timer, jobs: [job], holder: 'only', isAlone: true, onError, ...options });
}

test('a job runs at once, pauses shortly while there is more, then for its interval', async () => {
  const store = createStore();
  const node = store.addNode();
  const outcomes: ('more' | 'done')[] = ['more', 'more', 'done', 'done'];
  const startsMs: number[] = [];
  const scheduler = start(
    node,
    jobOf(async () => {
      startsMs.push(node.timer.elapsedMs());
      return outcomes.shift() ?? 'done';
    }),
  );
  await store.pass(2_500);
  const pausesMs = startsMs.map((startMs, i) => Math.round(startMs - (startsMs[i - 1] ?? startMs)));
  assert.deepEqual(pausesMs, [0, 5, 5, 1000, 1000]);
  await store.settle(scheduler.close());
});

test('a step that fails is reported and taken again after the interval', async () => {
  const store = createStore();
  const errors: unknown[] = [];
  let runs = 0;
  const job = jobOf(async () => {
    runs++;
    if (runs === 1) throw new Error('first');
    return 'done';
  });
  const onError = (failed: Job, error: unknown): void => void errors.push(failed.name, String(error));
  const scheduler = start(store.addNode(), job, { onError });
  await store.pass(1_500);
  assert.equal(runs, 2);
  assert.deepEqual(errors, ['test', 'Error: first']);
  await store.settle(scheduler.close());
});

test('a failure that comes again and again is reported once a minute', async () => {
  const store = createStore();
  const errors: string[] = [];
  let failure = 'no space left';
  const job = jobOf(() => Promise.reject(new Error(failure)));
  const scheduler = start(store.addNode(), job, { onError: (_job, error) => void errors.push(String(error)) });
  await store.pass(90_000);
  failure = 'no rights';
  await store.pass(10_000);
  assert.deepEqual(errors, ['Error: no space left', 'Error: no space left', 'Error: no rights']);
  await store.settle(scheduler.close());
});

test('close waits for the step under way and starts no other', async () => {
  const store = createStore();
  const steps: string[] = [];
  const release = Promise.withResolvers<void>();
  const job = jobOf(async (_store, signal) => {
    steps.push('began');
    await release.promise;
    steps.push(signal.aborted ? 'ended knowing' : 'ended unaware');
    return 'more';
  });
  const scheduler = start(store.addNode(), job);
  await store.pass(100);
  const closed = scheduler.close().then(() => steps.push('closed'));
  release.resolve();
  await store.settle(closed);
  assert.deepEqual(steps, ['began', 'ended knowing', 'closed']);
});

test('a scheduler that waits for a lease closes', async () => {
  const store = createStore();
  const job = jobOf(async () => 'done');
  const first = start(store.addNode(), job, { holder: 'first', isAlone: false });
  await store.pass(100);
  const second = start(store.addNode(), job, { holder: 'second', isAlone: false });
  await store.pass(100);
  await store.settle(second.close());
  assert.equal((await store.settle(readLease(store.addNode().engine, 'test')))?.holder, 'first');
  await store.settle(first.close());
});

test('where there is one process, a lease that another left is taken at once, and never renewed', async () => {
  const store = createStore();
  const [killed, node] = [store.addNode(), store.addNode()];
  start(
    killed,
    jobOf(async () => 'done'),
    { holder: 'killed' },
  );
  await store.pass(100);
  killed.kill();
  let runs = 0;
  const job = jobOf(async () => (++runs, 'done'));
  const scheduler = start(node, job, { holder: 'next' });
  await store.pass(100);
  assert.equal(runs, 1);
  const taken = { holder: 'next', token: 2, beat: 0 };
  assert.deepEqual(await store.settle(readLease(node.engine, 'test')), taken);
  await store.pass(60_000);
  await store.settle(scheduler.close());
  assert.deepEqual(await store.settle(readLease(node.engine, 'test')), taken);
});

test('jobs come and go, each under a lease of its own', async () => {
  const store = createStore();
  const node = store.addNode();
  const runs: string[] = [];
  const jobs = ['a', 'b', 'c'].map((name): Job => ({ ...jobOf(async () => (runs.push(name), 'done')), name }));
  const [a, b, c] = jobs as [Job, Job, Job];
  const scheduler = start(node, a, { jobs: [] });
  const runsOver = async (ms: number): Promise<string> => {
    runs.length = 0;
    await store.pass(ms);
    return [...new Set(runs)].toSorted().join('');
  };
  const holderOf = async (name: string) => (await store.settle(readLease(node.engine, name)))?.holder;
  scheduler.keepJobs([a, b]);
  assert.equal(await runsOver(5_000), 'ab');
  scheduler.keepJobs([b, c]);
  await store.pass(100);
  assert.equal(await runsOver(5_000), 'bc');
  assert.deepEqual([await holderOf('b'), await holderOf('c')], ['only', 'only']);
  await store.settle(scheduler.close());
  scheduler.keepJobs(jobs);
  assert.equal(await runsOver(5_000), '');
});

test('a job that goes gives its lease back, for another node to take at once', async () => {
  const store = createStore();
  const node = store.addNode();
  const job = jobOf(async () => 'done');
  const scheduler = start(node, job, { jobs: [], isAlone: false });
  scheduler.keepJobs([job]);
  await store.pass(5_000);
  assert.equal((await store.settle(readLease(node.engine, 'test')))?.holder, 'only');
  scheduler.keepJobs([]);
  await store.pass(1_000);
  assert.equal((await store.settle(readLease(node.engine, 'test')))?.holder, undefined);
  await store.settle(scheduler.close());
});

test('a job that is wanted again before it has ended starts anew when it has', async () => {
  const store = createStore();
  const release = Promise.withResolvers<void>();
  let steps = 0;
  const job = jobOf(async () => {
    steps++;
    if (steps === 1) await release.promise;
    return 'done';
  });
  const scheduler = start(store.addNode(), job, { jobs: [] });
  scheduler.keepJobs([job]);
  await store.pass(1_000);
  scheduler.keepJobs([]);
  scheduler.keepJobs([job]);
  await store.pass(5_000);
  assert.equal(steps, 1);
  release.resolve();
  await store.pass(10);
  await store.pass(5_000);
  assert.ok(steps > 1);
  await store.settle(scheduler.close());
});
