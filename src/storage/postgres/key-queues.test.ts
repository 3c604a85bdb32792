import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asConnectError } from './errors.ts';
import { createKeyQueues } from './key-queues.ts';

test('those of one name go one after the other, also after one that failed', async () => {
  const { run } = createKeyQueues();
  const order: number[] = [];
  const turn = (i: number) =>
    run(['a', `b${i % 2}`], async () => {
      order.push(i);
      await new Promise(setImmediate);
      order.push(i);
      if (i === 1) throw new Error('a fault');
    });
  await Promise.allSettled([0, 1, 2, 3].map(turn));
  assert.deepEqual(order, [0, 0, 1, 1, 2, 2, 3, 3]);
});

test('who waits behind one that found the store away is told so at once', async () => {
  const { run } = createKeyQueues();
  const outage = asConnectError(new Error('away'));
  let turns = 0;
  const turn = () =>
    run(['a'], async () => {
      turns += 1;
      throw outage;
    });
  const results = await Promise.allSettled([turn(), turn(), turn()]);
  assert.deepEqual(
    results.map((result) => result.status === 'rejected' && result.reason),
    [outage, outage, outage],
  );
  assert.equal(turns, 1);
  assert.equal(await run(['a'], async () => 'back'), 'back');
});
