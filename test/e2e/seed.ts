import type { TestContext } from 'node:test';

/** The seed for a test that uses chance: `SEED` of the environment, or a new one, which the test then tells. */
export function chooseSeed(t: TestContext): number {
  const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 32));
  t.diagnostic(`to run this again: SEED=${seed} npm test`);
  return seed;
}
