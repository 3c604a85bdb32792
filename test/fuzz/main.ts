/**
 * The long form of the fuzz test:
 * `npm run test:fuzz -- [--inputs 100000] [--seed 1] [--first 0] [--storage sqlite|postgres]`, by default on both.
 */
import { parseArgs } from 'node:util';
import { fuzzEngine } from './engines.ts';

const { values } = parseArgs({
  options: {
    inputs: { type: 'string' },
    seed: { type: 'string' },
    first: { type: 'string' },
    storage: { type: 'string', multiple: true },
  },
});
const engines = values.storage ?? ['sqlite', 'postgres'];
const seed = Number(values.seed ?? 1);
for (const engine of engines) {
  const problems = await fuzzEngine(engine, {
    seed,
    first: Number(values.first ?? 0),
    inputs: Number(values.inputs ?? 100_000),
    inputsPerRound: 5_000,
    slowMs: 1_000,
    report: console.log,
  });
  console.log(problems.length === 0 ? `${engine}: nothing found` : `${engine}:\n${problems.join('\n')}`);
  if (problems.length > 0) process.exitCode = 1;
}
