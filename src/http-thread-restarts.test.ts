import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRestartDelays } from './http-thread-restarts.ts';

test('pauses double up to a limit, and the tenth end within a minute is the last', () => {
  let nowMs = 1_000_000;
  const nextDelayMs = createRestartDelays({ nowMs: () => nowMs });
  const delays: (number | undefined)[] = [];
  for (let end = 0; end < 10; end++) {
    const delayMs = nextDelayMs();
    delays.push(delayMs);
    nowMs += delayMs ?? 0;
  }
  assert.deepEqual(delays, [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000, undefined]);
});

test('after a minute an end is forgotten', () => {
  let nowMs = 1_000_000;
  const nextDelayMs = createRestartDelays({ nowMs: () => nowMs });
  assert.deepEqual([nextDelayMs(), nextDelayMs()], [100, 200]);
  for (let end = 0; end < 20; end++) {
    nowMs += 60_000;
    assert.equal(nextDelayMs(), 100);
  }
  nowMs += 59_999;
  assert.equal(nextDelayMs(), 200);
});
