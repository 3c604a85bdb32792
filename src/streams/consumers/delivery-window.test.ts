import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Timer } from '../../foundation/clock.ts';
import { createByteBudget } from './byte-budget.ts';
import { type PendingRecord, createDeliveryWindow, formatEvent } from './delivery-window.ts';

const NEVER = new AbortController().signal;

/** A timer that passes by hand. */
function createManualTimer(): Timer & { pass(ms: number): Promise<void> } {
  let nowMs = 0;
  const sleepers = new Set<{ readonly untilMs: number; readonly wake: () => void }>();
  return {
    elapsedMs: () => nowMs,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const sleeper = { untilMs: nowMs + ms, wake: resolve };
        sleepers.add(sleeper);
        signal.addEventListener('abort', () => resolve());
      }),
    async pass(ms) {
      nowMs += ms;
      for (const { untilMs, wake } of sleepers) if (untilMs <= nowMs) wake();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

function recordOf(sequence: number, json = '{}'): PendingRecord {
  const sizeBytes = Buffer.byteLength(json);
  return { sequence: BigInt(sequence), sequenceNumber: String(sequence), json, sizeBytes, atMs: 0 };
}

const timer = createManualTimer();
const SETTINGS = { after: 0n, lanes: 1, batchSize: 3, batchingWindowMs: 0, timer, budget: createByteBudget(Infinity) };

async function numbersOf(taken: Promise<readonly PendingRecord[] | undefined>): Promise<number[] | undefined> {
  return (await taken)?.map(({ sequence }) => Number(sequence));
}

describe('a lane', () => {
  test('gives what is there, up to the batch size, and nothing at the end', async () => {
    const window = createDeliveryWindow(SETTINGS);
    for (let sequence = 1; sequence <= 4; sequence++) {
      window.add(BigInt(sequence), { lane: 0, pending: recordOf(sequence) });
    }
    assert.deepEqual(await numbersOf(window.take(0, NEVER)), [1, 2, 3]);
    assert.deepEqual(await numbersOf(window.take(0, NEVER)), [4]);
    const next = numbersOf(window.take(0, NEVER));
    window.end();
    assert.equal(await next, undefined);
  });

  test('waits for what is not there yet, and no longer than it is wanted', async () => {
    const window = createDeliveryWindow(SETTINGS);
    const stop = new AbortController();
    const next = numbersOf(window.take(0, stop.signal));
    window.add(1n, { lane: 0, pending: recordOf(1) });
    assert.deepEqual(await next, [1]);
    const stopped = numbersOf(window.take(0, stop.signal));
    stop.abort();
    assert.equal(await stopped, undefined);
  });

  test('gives no more than a payload holds, but one record in any case', async () => {
    const window = createDeliveryWindow({ ...SETTINGS, batchSize: 100 });
    const json = JSON.stringify('x'.repeat(2 * 1_048_576 - 6));
    for (let sequence = 1; sequence <= 4; sequence++) {
      window.add(BigInt(sequence), { lane: 0, pending: recordOf(sequence, json) });
    }
    const batch = (await window.take(0, NEVER)) ?? [];
    assert.equal(batch.length, 2);
    assert.ok(Buffer.byteLength(formatEvent(batch)) <= 6 * 1_048_576);
  });

  test('waits for a full batch for as long as its window', async () => {
    const window = createDeliveryWindow({ ...SETTINGS, batchingWindowMs: 1_000 });
    let taken: number[] | undefined;
    const take = () => void numbersOf(window.take(0, NEVER)).then((numbers) => (taken = numbers));
    take();
    await timer.pass(5_000);
    window.add(1n, { lane: 0, pending: recordOf(1) });
    await timer.pass(999);
    assert.equal(taken, undefined);
    await timer.pass(1);
    assert.deepEqual(taken, [1]);
    take();
    for (const sequence of [2, 3, 4]) window.add(BigInt(sequence), { lane: 0, pending: recordOf(sequence) });
    await timer.pass(0);
    assert.deepEqual(taken, [2, 3, 4]);
  });
});

test('the watermark stands before the first record that is not settled, whatever was settled behind it', async () => {
  const window = createDeliveryWindow({ ...SETTINGS, after: 10n, lanes: 2 });
  assert.equal(window.watermark(), 10n);
  window.add(11n);
  assert.equal(window.watermark(), 11n);
  window.add(12n, { lane: 0, pending: recordOf(12) });
  window.add(13n, { lane: 1, pending: recordOf(13) });
  window.add(14n);
  assert.equal(window.watermark(), 11n);
  window.settle((await window.take(1, NEVER)) ?? []);
  assert.equal(window.watermark(), 11n);
  window.settle((await window.take(0, NEVER)) ?? []);
  assert.equal(window.watermark(), 14n);
});

test('there is room for two batches in each lane, and again when one was taken', async () => {
  const window = createDeliveryWindow(SETTINGS);
  for (let sequence = 1; sequence <= 6; sequence++) {
    await window.waitForRoom(NEVER);
    window.add(BigInt(sequence), { lane: 0, pending: recordOf(sequence) });
  }
  let hasRoom = false;
  void window.waitForRoom(NEVER).then(() => (hasRoom = true));
  await timer.pass(0);
  assert.equal(hasRoom, false);
  await window.take(0, NEVER);
  await timer.pass(0);
  assert.equal(hasRoom, true);
});

test('windows share a budget: while it is spent there is room only where nothing waits', async () => {
  const budget = createByteBudget(4);
  const [first, second] = [
    createDeliveryWindow({ ...SETTINGS, budget }),
    createDeliveryWindow({ ...SETTINGS, budget }),
  ];
  first.add(1n, { lane: 0, pending: recordOf(1) });
  assert.equal(budget.isSpent(), false);
  first.add(2n, { lane: 0, pending: recordOf(2) });
  assert.equal(budget.isSpent(), true);
  await second.waitForRoom(NEVER);
  let hasRoom = false;
  void first.waitForRoom(NEVER).then(() => (hasRoom = true));
  await timer.pass(0);
  assert.equal(hasRoom, false);
  const batch = (await first.take(0, NEVER)) ?? [];
  await timer.pass(0);
  assert.deepEqual([hasRoom, budget.isSpent()], [true, true]);
  first.settle(batch);
  assert.equal(budget.isSpent(), false);
  second.add(1n, { lane: 0, pending: recordOf(1, '[1, 2]') });
  assert.equal(budget.isSpent(), true);
  second.close();
  assert.equal(budget.isSpent(), false);
});
