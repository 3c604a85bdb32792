/** The long form of the metamorphic test: `npm run test:metamorphic -- [--operations 20000] [--seed N]`. */
import { parseArgs } from 'node:util';
import { Mismatch } from './comparison.ts';
import { runEngines } from './engines.ts';

const { values } = parseArgs({ options: { operations: { type: 'string' }, seed: { type: 'string' } } });
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 32));
const operations = Number(values.operations ?? 20_000);
console.log(`seed ${seed}, ${operations} operations`);
const onStep = (taken: number): void => {
  if (taken % 1_000 === 0) console.log(`${taken} operations agree`);
};
try {
  await runEngines({ seed, operations, retakenSteps: 5_000, onStep, onFailure: console.log });
  console.log('all agree');
} catch (error) {
  if (!(error instanceof Mismatch)) throw error;
  console.log(error.message);
  process.exitCode = 1;
}
