import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startStator } from '../../src/index.ts';
import { makePassingStore } from '../../test/e2e/store.ts';
import { takeTour } from './tour.ts';

test('the tour through the cities gives true answers', async (t) => {
  const { options } = await makePassingStore();
  const stator = await startStator({ ...options, port: 0 });
  t.after(() => stator.close());
  const lines: string[] = [];
  const progress: number[] = [];
  await takeTour({
    endpoint: stator.endpoint,
    limit: 1000,
    print: (line) => lines.push(line),
    showProgress: (loaded) => progress.push(loaded),
  });
  const output = lines.join('\n');
  assert.equal(progress.at(-1), 1000);
  assert.match(output, /Brazil.*\n  São Paulo +10,021,295\n  Rio de Janeiro +6,023,699\n/);
  assert.match(output, /Capitals.*\n  Buenos Aires \(AR\) +13,076,300\n/);
  assert.match(output, /"Ham".*\n  Hamburg +1,739,117\n/);
  assert.match(output, /  1000 cities in \d+ countries/);
  assert.match(output, /Shanghai once more \(attribute_not_exists\): refused/);
  assert.match(output, /before +22,315,474\n  after \d+ attempts +22,320,474/);
});
