import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemTimer } from './clock.ts';

const HOUR_MS = 3_600_000;

test('a pause ends when its signal is aborted, now or before', async () => {
  const ending = new AbortController();
  const pause = systemTimer.sleep(HOUR_MS, ending.signal);
  ending.abort();
  await pause;
  await systemTimer.sleep(HOUR_MS, ending.signal);
});

test('a pause takes as long as it is to', async () => {
  const startedMs = systemTimer.elapsedMs();
  await systemTimer.sleep(20, new AbortController().signal);
  // Timers of the event loop count in whole milliseconds.
  assert.ok(systemTimer.elapsedMs() - startedMs >= 19);
});
