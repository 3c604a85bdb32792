import assert from 'node:assert/strict';
import { test } from 'node:test';
import { watchStillness } from './stillness.ts';

/** Looks for 10 seconds of stillness at the times that `look` is given. */
function createWatch() {
  let nowMs = 1_000_000;
  const findStill = watchStillness({ elapsedMs: () => nowMs }, 10_000);
  return (afterMs: number, states: Record<string, string>): string[] => {
    nowMs += afterMs;
    return findStill(Object.entries(states));
  };
}

test('what moves is never found; what stands still is, once it did for long enough', () => {
  const look = createWatch();
  for (let second = 0; second < 10; second++) assert.deepEqual(look(1_000, { a: `${second}`, b: '7' }), []);
  assert.deepEqual(look(1_000, { a: '10', b: '7' }), ['b']);
  assert.deepEqual(look(1_000, { a: '10', b: '8' }), []);
});

test('what was away starts anew', () => {
  const look = createWatch();
  look(0, { a: '1' });
  look(4_000, { a: '1' });
  look(4_000, {});
  assert.deepEqual(look(4_000, { a: '1' }), []);
  assert.deepEqual(look(5_000, { a: '1' }), []);
  assert.deepEqual(look(5_000, { a: '1' }), ['a']);
});

test('a long time without a look counts for nothing', () => {
  const look = createWatch();
  look(0, { a: '1' });
  assert.deepEqual(look(60_000, { a: '1' }), []);
  assert.deepEqual(look(5_000, { a: '1' }), []);
  assert.deepEqual(look(5_000, { a: '1' }), ['a']);
});
