import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Timer, systemTimer } from '../../foundation/clock.ts';
import { callFunction } from './call-function.ts';
import type { Invocation } from './invocation.ts';

const NEVER = new AbortController().signal;
const hanging = { timeoutMs: 60_000, invoke: () => new Promise<Invocation>(() => undefined) };

test('a call that its target forgets ends when its time is over', async () => {
  const slept: number[] = [];
  const timer: Timer = { elapsedMs: () => 0, sleep: async (ms) => void slept.push(ms) };
  const answer = await callFunction(hanging, '{}', timer, NEVER);
  assert.deepEqual([answer.kind, slept], ['failed', [62_000]]);
});

test('a call that its target forgets ends when it is given up', async () => {
  const giveUp = new AbortController();
  const call = callFunction(hanging, '{}', systemTimer, giveUp.signal);
  giveUp.abort();
  assert.equal((await call).kind, 'unreachable');
});

test('what a target throws is a failure of the function', async () => {
  const target = {
    timeoutMs: 60_000,
    invoke: (): Promise<Invocation> => {
      throw new RangeError('fault');
    },
  };
  const answer = await callFunction(target, '{}', systemTimer, NEVER);
  assert.ok(answer.kind === 'failed' && /fault/.test(answer.reason));
});
