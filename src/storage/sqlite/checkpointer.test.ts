import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { createCheckpointer } from './checkpointer.ts';

const COPIES = `const { parentPort } = require('node:worker_threads');
  parentPort.on('message', () => parentPort.postMessage(true));`;
const ENDS = `const { parentPort } = require('node:worker_threads');
  parentPort.on('message', () => process.exit(0));`;
const FAILS = `const { parentPort } = require('node:worker_threads');
  parentPort.on('message', () => { throw new RangeError('the medium is gone'); });`;

/** A checkpointer whose threads run `codes`, one after the other. */
function createFrom(...codes: readonly string[]) {
  const threads: Worker[] = [];
  const checkpointer = createCheckpointer(() => {
    const thread = new Worker(codes[threads.length] ?? '', { eval: true });
    threads.push(thread);
    return thread;
  });
  return { checkpointer, threads };
}

test('one thread serves all copies, and ends with stop', async () => {
  const { checkpointer, threads } = createFrom(COPIES);
  for (let round = 0; round < 3; round += 1) assert.equal(await checkpointer.copy(), true);
  assert.equal(threads.length, 1);
  const [thread] = threads;
  assert.ok(thread);
  const ended = once(thread, 'exit');
  await checkpointer.stop();
  await ended;
});

test('a thread that ends in the middle of a copy settles it as not done, and the next copy starts another', async () => {
  const { checkpointer, threads } = createFrom(ENDS, COPIES);
  assert.equal(await checkpointer.copy(), false);
  assert.equal(await checkpointer.copy(), true);
  assert.equal(threads.length, 2);
  await checkpointer.stop();
});

test('a store whose checkpoint thread has ended can stop', async () => {
  const { checkpointer } = createFrom(ENDS);
  await checkpointer.copy();
  await checkpointer.stop();
});

test('what a thread throws is what the copy rejects with', async () => {
  const { checkpointer } = createFrom(FAILS);
  await assert.rejects(checkpointer.copy(), { name: 'RangeError', message: 'the medium is gone' });
});

test('a checkpointer that never copied starts no thread', async () => {
  const { checkpointer, threads } = createFrom();
  await checkpointer.stop();
  assert.equal(threads.length, 0);
});
