/**
 * The long form of the metamorphic test: `npm run test:metamorphic -- [--runs 200] [--commands 200] [--seed N]`, and
 * `--seed N --path P --replay-path R` with what a report says, for the failure that it is about.
 */
import { parseArgs } from 'node:util';
import { runEngines } from './engines.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '200' },
    commands: { type: 'string', default: '200' },
    seed: { type: 'string' },
    path: { type: 'string' },
    'replay-path': { type: 'string' },
  },
});
const { path, 'replay-path': replayPath } = values;
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
const [runs, commands] = [Number(values.runs), Number(values.commands)];
console.log(`seed ${seed}, ${runs} runs of up to ${commands} commands`);
const onRun = (ran: number, steps: number): void => {
  if (ran % 10 === 0) console.log(`${ran} runs, ${steps} steps agree`);
};
try {
  await runEngines({ seed, runs, commands, path, replayPath, onRun });
  console.log('all agree');
} catch (error) {
  console.log(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
