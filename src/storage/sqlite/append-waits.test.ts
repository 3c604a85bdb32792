import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StorageClosedError } from '../engine.ts';
import { createAppendWaits } from './append-waits.ts';
import { allocateResidentVersions, openResidentVersions } from './resident-version.ts';

/** Waits on memory of their own, which tell how often they asked; a pause lasts until `resume`. */
function openWaits() {
  const versions = openResidentVersions(allocateResidentVersions());
  let resume = Promise.withResolvers<void>();
  let paused = Promise.withResolvers<void>();
  const waits = createAppendWaits(versions, async () => {
    paused.resolve();
    await resume.promise;
    [resume, paused] = [Promise.withResolvers(), Promise.withResolvers()];
  });
  const ending = new AbortController();
  return {
    versions,
    end: waits.end,
    paused: () => paused.promise,
    resume: () => resume.resolve(),
    abort: () => ending.abort(),
    wait(...logs: readonly number[]) {
      const state = { asked: 0, isThere: false };
      const positions = logs.map((log) => ({ log, shard: 0, after: 0n }));
      const isThere = () => {
        state.asked++;
        return state.isThere;
      };
      return Object.assign(state, { done: waits.wait(positions, isThere, ending.signal) });
    },
  };
}

test('who waits asks when something was appended to one of its logs, and not before', async () => {
  const { versions, wait } = openWaits();
  const [both, one] = [wait(1, 2), wait(3)];
  one.isThere = true;
  versions.countAppend([3]);
  await one.done;
  assert.equal(both.asked, 1);
  both.isThere = true;
  versions.countAppend([4, 2]);
  await both.done;
  assert.deepEqual([both.asked, one.asked], [2, 2]);
});

test('who waits asks when something may have been appended to any log', async () => {
  const { versions, wait } = openWaits();
  const waits = [1, 63, 64, 1_000_001].map((log) => wait(log));
  for (const each of waits) each.isThere = true;
  versions.countAppend();
  await Promise.all(waits.map(({ done }) => done));
});

test('after somebody asked in vain, all that comes meanwhile is asked for at once', async () => {
  const { versions, wait, paused, resume, abort } = openWaits();
  const [vain, other] = [wait(1), wait(2)];
  versions.countAppend([1]);
  await paused();
  assert.equal(vain.asked, 2);
  for (let i = 0; i < 10; i++) versions.countAppend([1]);
  other.isThere = true;
  versions.countAppend([2]);
  resume();
  await other.done;
  assert.deepEqual([vain.asked, other.asked], [3, 2]);
  resume();
  abort();
  await vain.done;
});

test('what is appended while the first question is asked is asked for again', async () => {
  const versions = openResidentVersions(allocateResidentVersions());
  let asked = 0;
  const isThere = () => {
    if (asked++ === 0) versions.countAppend([1]);
    return asked > 1;
  };
  const positions = [{ log: 1, shard: 0, after: 0n }];
  await createAppendWaits(versions).wait(positions, isThere, new AbortController().signal);
  assert.equal(asked, 2);
});

test('who waits is rejected when the handle or the store is closed', async () => {
  const closed = openWaits();
  const waiting = closed.wait(1);
  closed.end();
  await assert.rejects(waiting.done, StorageClosedError);

  const stopped = openWaits();
  const others = [stopped.wait(1), stopped.wait(2)];
  stopped.versions.stop();
  for (const { done } of others) await assert.rejects(done, StorageClosedError);
  await assert.rejects(stopped.wait(3).done, StorageClosedError);
});
