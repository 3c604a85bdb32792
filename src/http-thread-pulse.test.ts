import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, mock, test } from 'node:test';
import { createPulses, startPulse } from './http-thread-pulse.ts';

describe('the pulse of threads', () => {
  beforeEach(() => mock.timers.enable({ apis: ['setInterval'] }));
  afterEach(() => mock.timers.reset());

  test('is there while every thread counts on', () => {
    const pulses = createPulses(2);
    const threads = [0, 1, 2].map((own) => startPulse(pulses, own, () => assert.fail('none is stuck')));
    for (let second = 0; second < 100; second++) mock.timers.tick(1_000);
    assert.deepEqual([...pulses], [100, 100, 100]);
    assert.deepEqual(
      threads.map(({ areOthersRunning }) => areOthersRunning()),
      [true, true, true],
    );
    for (const { stop } of threads) stop();
    mock.timers.tick(1_000);
    assert.deepEqual([...pulses], [100, 100, 100]);
  });

  test('misses the thread that stands still, until it goes on', () => {
    const pulses = createPulses(2);
    const stuck: number[] = [];
    const { areOthersRunning } = startPulse(pulses, 1, (thread) => stuck.push(thread));
    for (let second = 0; second < 19; second++) mock.timers.tick(1_000);
    assert.equal(areOthersRunning(), true);
    Atomics.add(pulses, 0, 1);
    for (let second = 0; second < 15; second++) mock.timers.tick(1_000);
    assert.deepEqual([areOthersRunning(), stuck], [false, [2]]);
    for (let second = 0; second < 10; second++) mock.timers.tick(1_000);
    assert.deepEqual([areOthersRunning(), stuck], [false, [2, 0]]);
    for (const thread of [0, 2]) Atomics.add(pulses, thread, 1);
    mock.timers.tick(1_000);
    assert.deepEqual([areOthersRunning(), stuck], [true, [2, 0]]);
  });
});
