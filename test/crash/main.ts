/** The long form of the crash test: `npm run test:crash -- [--kills 25] [--seed N] [--load-ms 3000]`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runCrashes } from './crash-run.ts';

const { values } = parseArgs({
  options: { kills: { type: 'string' }, seed: { type: 'string' }, 'load-ms': { type: 'string' } },
});
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 32));
const dataDir = mkdtempSync(join(tmpdir(), 'stator-crash-'));
console.log(`seed ${seed}, data in ${dataDir}`);
await runCrashes({
  dataDir,
  seed,
  kills: Number(values.kills ?? 25),
  loadMsMax: Number(values['load-ms'] ?? 3000),
  report: console.log,
});
// Left behind after a failure, to be looked into.
rmSync(dataDir, { recursive: true });
