/** The list of nodes: who is in it, and who is no more. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createForgetNodesJob } from './forget-nodes.ts';
import { findLiveNodes } from './live-nodes.ts';
import { type NodeBeat, startNodeBeat } from './node-beat.ts';
import { listNodes, type NodeRecord } from './node-record.ts';
import { type Scheduler, startScheduler } from './scheduler.ts';
import { createSimulatedStore, type SimulatedNode, type SimulatedStore } from './simulated-nodes.test.ts';

interface Running {
  readonly node: SimulatedNode;
  readonly beat: NodeBeat;
  readonly scheduler: Scheduler;
}

const createStore = () => createSimulatedStore(() => 0.5);

function startNode(store: SimulatedStore, id: string, countCalls = () => 0): Running {
  const node = store.addNode();
  const { engine, timer } = node;
  const identity = { id, address: `http://${id}:8000`, version: '1.2.3', threads: 2 };
  const onError = (): void => undefined;
  const beat = startNodeBeat({ engine, node: identity, countCalls, timer, onError });
  const jobs = [createForgetNodesJob(timer)];
  return { node, beat, scheduler: startScheduler({ engine, timer, jobs, holder: id, isAlone: false, onError }) };
}

/** The nodes in the list, by id. */
async function list(store: SimulatedStore): Promise<Map<string, NodeRecord>> {
  const nodes = await store.settle(listNodes(store.addNode().engine));
  return new Map(nodes.map((node) => [node.id, node]));
}

test('nodes appear at once, move, and tell what they do', async () => {
  const store = createStore();
  let calls = 0;
  startNode(store, 'a', () => (calls += 500));
  startNode(store, 'b');
  await store.pass(100);
  const before = await list(store);
  assert.deepEqual([...before.keys()], ['a', 'b']);
  await store.pass(20_000);
  const { beat, uptimeMs, requestsPerSecond, ...identity } = (await list(store)).get('a') as NodeRecord;
  assert.deepEqual(identity, { id: 'a', address: 'http://a:8000', version: '1.2.3', threads: 2 });
  assert.ok(beat - (before.get('a')?.beat ?? 0) >= 18, `${beat} beats`);
  assert.ok(uptimeMs > 18_000 && uptimeMs < 22_000, `up for ${uptimeMs} ms`);
  // Half a thousand calls come with each beat, which takes a little longer than a second.
  assert.ok(requestsPerSecond > 450 && requestsPerSecond <= 500, `${requestsPerSecond} requests/s`);
  assert.equal((await list(store)).get('b')?.requestsPerSecond, 0);
});

test('a node that closes is gone at once, one that dies a few seconds later', async () => {
  const store = createStore();
  const [closed, dead] = [startNode(store, 'closed'), startNode(store, 'dead')];
  startNode(store, 'alive');
  await store.pass(5_000);
  await store.settle(Promise.all([closed.beat.close(), closed.scheduler.close()]));
  assert.deepEqual([...(await list(store)).keys()], ['alive', 'dead']);
  dead.node.kill();
  await store.pass(20_000);
  assert.deepEqual([...(await list(store)).keys()], ['alive']);
});

test('the last node that dies is forgotten by the next one to start', async () => {
  const store = createStore();
  startNode(store, 'first').node.kill();
  await store.pass(1_000);
  startNode(store, 'second');
  await store.pass(25_000);
  assert.deepEqual([...(await list(store)).keys()], ['second']);
});

test('a node that was taken for dead comes back', async () => {
  const store = createStore();
  startNode(store, 'alive');
  const paused = startNode(store, 'paused');
  await store.pass(5_000);
  paused.node.pause();
  await store.pass(20_000);
  assert.deepEqual([...(await list(store)).keys()], ['alive']);
  paused.node.resume();
  await store.pass(2_000);
  assert.deepEqual([...(await list(store)).keys()], ['alive', 'paused']);
});

test('nobody is forgotten because the store was out of reach for all', async () => {
  const store = createStore();
  const running = ['a', 'b', 'c'].map((id) => startNode(store, id));
  await store.pass(5_000);
  for (const { node } of running) node.isCutOff = true;
  await store.pass(60_000);
  for (const { node } of running) node.isCutOff = false;
  for (let seconds = 0; seconds < 20; seconds++) {
    await store.pass(1_000);
    assert.deepEqual([...(await list(store)).keys()], ['a', 'b', 'c']);
  }
});

test('who asks is told of those that live, with their jobs', async () => {
  const store = createStore();
  startNode(store, 'a');
  await store.pass(500);
  const dead = startNode(store, 'b');
  startNode(store, 'c');
  await store.pass(2_000);
  const asker = store.addNode();
  const ask = async () => await store.settle(findLiveNodes(asker.engine, asker.timer));

  const startedMs = store.nowMs();
  const all = (await ask()).map(({ id, jobs }) => ({ id, jobs }));
  assert.deepEqual(all, [
    { id: 'a', jobs: ['forget-nodes'] },
    { id: 'b', jobs: [] },
    { id: 'c', jobs: [] },
  ]);
  assert.ok(store.nowMs() - startedMs < 2_000, 'no longer than it takes all to move');

  dead.node.kill();
  await store.pass(100);
  assert.deepEqual(
    (await ask()).map(({ id }) => id),
    ['a', 'c'],
  );
});

test('who asks about a store without nodes is told so at once', async () => {
  const store = createStore();
  const asker = store.addNode();
  assert.deepEqual(await store.settle(findLiveNodes(asker.engine, asker.timer)), []);
});
