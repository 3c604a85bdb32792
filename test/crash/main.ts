/** The long form of the crash test: `npm run test:crash -- [--kills 25] [--seed N] [--requests 5000]`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runCrashes } from './crash-run.ts';

const { values } = parseArgs({
  options: { kills: { type: 'string' }, seed: { type: 'string' }, requests: { type: 'string' } },
});
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 32));
const dataDir = mkdtempSync(join(tmpdir(), 'stator-crash-'));
console.log(`seed ${seed}, data in ${dataDir}`);
await runCrashes({
  dataDir,
  seed,
  kills: Number(values.kills ?? 25),
  requestsMax: Number(values.requests ?? 5000),
  report: console.log,
});
// Left behind after a failure, to be looked into.
rmSync(dataDir, { recursive: true });
