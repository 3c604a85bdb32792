/** Leases between nodes that die, stand still and lose the store. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { createSeededRandom } from '../../test/seeded-random.ts';
import { type EntryKey, StorageUnavailableError } from '../storage/engine.ts';
import { type Job, type JobStore, LeaseLostError } from './job.ts';
import { fenced, listHolders, readLease } from './lease.ts';
import { type Scheduler, startScheduler } from './scheduler.ts';
import { createSimulatedStore, type SimulatedNode, type SimulatedStore } from './simulated-nodes.test.ts';

const COUNT: EntryKey = { space: 100, key: new Uint8Array([1]) };

/** Puts a number whatever was there: that no step is lost is up to the lease alone. */
const putCount = fenced<number, null>({
  name: 'putCount',
  reads: () => [],
  decide: (count) => ({
    writes: [{ kind: 'put', ...COUNT, value: new Uint8Array(new Uint32Array([count]).buffer) }],
    output: null,
  }),
});

function decodeCount(bytes: Uint8Array | undefined): number {
  return bytes === undefined ? 0 : (new Uint32Array(bytes.buffer)[0] ?? 0);
}

/** What the count is in the store. */
function countOf(store: SimulatedStore): number {
  return decodeCount(store.values(COUNT.space)[0]);
}

/** Adds one in a step that reads, thinks and writes. */
function createCountJob(node: SimulatedNode, thinkMs = 0): Job {
  return {
    name: 'count',
    intervalMs: 250,
    async run(store, signal) {
      const count = decodeCount(await store.get(COUNT.space, COUNT.key));
      await node.timer.sleep(thinkMs, signal);
      await store.transact(putCount, count + 1);
      return 'done';
    },
  };
}

interface Running {
  readonly node: SimulatedNode;
  readonly holder: string;
  readonly scheduler: Scheduler;
}

/** Starts a node that runs `job` when it can; failures are reported to `onError`. */
function startNode(
  store: SimulatedStore,
  holder: string,
  createJob: (node: SimulatedNode) => Job = createCountJob,
  onError: (error: unknown) => void = assert.ifError,
): Running {
  const node = store.addNode();
  const { engine, timer } = node;
  const jobs = [createJob(node)];
  const scheduler = startScheduler({
    engine,
    timer,
    jobs,
    holder,
    isAlone: false,
    onError: (_job, error) => onError(error),
  });
  return { node, holder, scheduler };
}

/** The node that wrote last. */
function lastWriter(store: SimulatedStore): SimulatedNode | undefined {
  return store.fencedWrites.at(-1)?.node;
}

/** How many writes the store took while `ms` passed. */
async function countWrites(store: SimulatedStore, ms: number): Promise<number> {
  const before = store.fencedWrites.length;
  await store.pass(ms);
  return store.fencedWrites.length - before;
}

async function holderOf(store: SimulatedStore): Promise<string | undefined> {
  return (await store.settle(readLease(store.addNode().engine, 'count')))?.holder;
}

describe('a job', () => {
  test('runs on one node, as long as that lives', async () => {
    const store = createSimulatedStore(createSeededRandom(1));
    const first = startNode(store, 'first');
    await store.pass(500);
    startNode(store, 'second');
    await store.pass(60_000);
    assert.ok(store.fencedWrites.length > 150);
    assert.ok(store.fencedWrites.every(({ node }) => node === first.node));
  });

  test('moves within seconds when its node dies', async () => {
    const store = createSimulatedStore(createSeededRandom(2));
    const first = startNode(store, 'first');
    await store.pass(500);
    const others = [startNode(store, 'second'), startNode(store, 'third')];
    await store.pass(10_000);
    first.node.kill();
    const killedMs = store.nowMs();
    await store.pass(8_000);
    const moved = store.fencedWrites.find(({ node }) => node !== first.node);
    assert.ok(moved !== undefined && moved.atMs - killedMs < 7_500, `moved at ${moved?.atMs}, killed at ${killedMs}`);
    assert.ok(others.some(({ node }) => node === lastWriter(store)));
  });

  test('moves at once when its node closes', async () => {
    const store = createSimulatedStore(createSeededRandom(3));
    const first = startNode(store, 'first');
    await store.pass(500);
    const second = startNode(store, 'second');
    await store.pass(2_000);
    await store.settle(first.scheduler.close());
    assert.equal(await holderOf(store), undefined);
    await store.pass(1_500);
    assert.equal(lastWriter(store), second.node);
  });

  test('goes on where it is when the store was out of reach for all', async () => {
    const store = createSimulatedStore(createSeededRandom(4));
    const errors: unknown[] = [];
    const start = (holder: string) => startNode(store, holder, createCountJob, (error) => errors.push(error));
    const nodes = [start('first')];
    await store.pass(500);
    nodes.push(start('second'));
    await store.pass(10_000);
    for (const { node } of nodes) node.isCutOff = true;
    await store.pass(60_000);
    for (const { node } of nodes) node.isCutOff = false;
    await store.pass(7_500);
    assert.ok((await countWrites(store, 5_000)) >= 15);
    assert.equal(lastWriter(store), nodes[0]?.node);
    assert.ok(errors.length > 0 && errors.every((error) => error instanceof StorageUnavailableError));
  });
});

test('jobs spread over the nodes that are there when they are to be taken', async () => {
  const store = createSimulatedStore(createSeededRandom(8));
  const names = ['one', 'two', 'three', 'four'];
  const start = (holder: string): Running => {
    const node = store.addNode();
    const { engine, timer } = node;
    const jobs = names.map((name): Job => ({ name, intervalMs: 1_000, run: async () => 'done' }));
    const onError = (_job: Job, error: unknown): void => assert.ifError(error);
    return { node, holder, scheduler: startScheduler({ engine, timer, jobs, holder, isAlone: false, onError }) };
  };
  const holders = async () => {
    const pairs = await store.settle(listHolders(store.addNode().engine));
    return Object.fromEntries(
      ['a', 'b', 'c'].map((name) => [name, pairs.filter(([, holder]) => holder === name).length]),
    );
  };
  const first = start('a');
  await store.pass(5_000);
  assert.deepEqual(await holders(), { a: 4, b: 0, c: 0 });
  start('b');
  start('c');
  await store.pass(5_000);
  assert.deepEqual(await holders(), { a: 4, b: 0, c: 0 }, 'a job that runs stays where it is');
  first.node.kill();
  await store.pass(12_000);
  const { a, b = 0, c = 0 } = await holders();
  assert.equal(a, 0);
  assert.equal(b + c, 4);
  assert.ok(b > 0 && c > 0, `${b} and ${c} jobs`);
});

describe('a node that was paused past its lease', () => {
  /** A job that is in the middle of a step for longer than its node will stand still. */
  const createSlowJob = (node: SimulatedNode): Job => createCountJob(node, 1_000);

  test('writes nothing, although its step goes on', async () => {
    const store = createSimulatedStore(createSeededRandom(5));
    const lost: unknown[] = [];
    const first = startNode(store, 'first', (node) => ({
      ...createSlowJob(node),
      run: async (...given) => {
        try {
          return await createSlowJob(node).run(...given);
        } catch (error) {
          lost.push(error);
          throw error;
        }
      },
    }));
    await store.pass(500);
    const second = startNode(store, 'second', createSlowJob);
    await store.pass(5_000);
    first.node.pause();
    await store.pass(20_000);
    assert.equal(lastWriter(store), second.node);
    const from = store.fencedWrites.length;
    first.node.resume();
    await store.pass(20_000);
    assert.equal(lost.length, 1);
    assert.ok(lost[0] instanceof LeaseLostError);
    assert.ok(store.fencedWrites.slice(from).length > 10);
    assert.ok(store.fencedWrites.slice(from).every(({ node }) => node === second.node));
    assert.equal(countOf(store), store.fencedWrites.length);
  });

  test('writes nothing, although it had sent the write before', async () => {
    const store = createSimulatedStore(createSeededRandom(6));
    const first = startNode(store, 'first');
    await store.pass(500);
    const stolen: JobStore[] = [];
    const second = startNode(store, 'second', (node) => ({
      ...createCountJob(node),
      run: async (given) => {
        stolen.push(given);
        return 'done';
      },
    }));
    first.node.kill();
    await store.pass(8_000);
    await store.settle(second.scheduler.close());
    // What the engine is handed is refused too, with nothing of the node's own in between.
    const late = { lease: { job: 'count', token: 1 }, input: 77 };
    assert.deepEqual(await store.settle(second.node.engine.transact(putCount, late)), { kind: 'lost' });
    const givenBack = { lease: { job: 'count', token: 2 }, input: 77 };
    assert.deepEqual(await store.settle(second.node.engine.transact(putCount, givenBack)), { kind: 'lost' });
    assert.ok(stolen.length > 0);
    await assert.rejects(store.settle((stolen[0] as JobStore).transact(putCount, 77)), LeaseLostError);
    assert.notEqual(countOf(store), 77);
  });

  test('takes its lease again with another token if nobody else did', async () => {
    const store = createSimulatedStore(createSeededRandom(7));
    const only = startNode(store, 'only');
    await store.pass(2_000);
    only.node.pause();
    await store.pass(20_000);
    only.node.resume();
    assert.ok((await countWrites(store, 5_000)) >= 15);
    assert.deepEqual(new Set(store.fencedWrites.map(({ token }) => token)), new Set([1, 2]));
  });
});

/** What happens to nodes at random for `rounds`, in which at most one in three is all right for long. */
async function disturb(store: SimulatedStore, running: Running[], rounds: number, random: () => number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    const i = Math.floor(random() * running.length);
    const { node, scheduler } = running[i] as Running;
    const chance = random();
    if (chance < 0.35) node.pause();
    else if (chance < 0.6) node.resume();
    else if (chance < 0.7) node.isCutOff = !node.isCutOff;
    else if (chance < 0.85) node.isSlow = !node.isSlow;
    else {
      if (random() < 0.5) node.kill();
      else void scheduler.close();
      running[i] = startNode(store, `node-${round}`, createDisturbedJob(random), () => undefined);
    }
    await store.pass(random() * 6_000);
  }
}

function createDisturbedJob(random: () => number): (node: SimulatedNode) => Job {
  return (node) => createCountJob(node, random() * 2_000);
}

/** What holds whatever happened: tokens only rise, each is one node's, and no step undid another. */
function assertOneWriter(store: SimulatedStore): void {
  const owners = new Map<number, SimulatedNode>();
  let last = 0;
  for (const { token, node } of store.fencedWrites) {
    assert.ok(token >= last, `a write with token ${token} after one with ${last}`);
    assert.equal(owners.get(token) ?? node, node, `two nodes wrote with token ${token}`);
    owners.set(token, node);
    last = token;
  }
}

test('whatever happens to nodes, one at a time writes, and the job goes on afterwards', async () => {
  const property = fc.asyncProperty(fc.noShrink(fc.integer()), async (seed) => {
    const random = createSeededRandom(seed);
    const store = createSimulatedStore(random);
    const running = ['a', 'b', 'c'].map((name) => startNode(store, name, createDisturbedJob(random), () => undefined));
    await disturb(store, running, 40, random);
    for (const { node } of running) {
      node.isCutOff = false;
      node.isSlow = false;
      node.resume();
    }
    await store.pass(25_000);
    assert.ok((await countWrites(store, 15_000)) >= 3, 'the job stands still');
    assertOneWriter(store);
    assert.equal(countOf(store), store.fencedWrites.length);
  });
  await fc.assert(property, { numRuns: 40 });
});
