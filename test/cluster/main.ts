/**
 * The long form of the cluster test:
 * `npm run test:cluster -- [--faults 30] [--seed N] [--increments 10000] [--outage 6000]`, the last in milliseconds.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startPostgres } from '../postgres.ts';
import { runCluster } from './cluster-run.ts';

const { values } = parseArgs({
  options: {
    faults: { type: 'string' },
    seed: { type: 'string' },
    increments: { type: 'string' },
    outage: { type: 'string' },
  },
});
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 32));
const logFolder = mkdtempSync(join(tmpdir(), 'stator-cluster-'));
console.log(`seed ${seed}, logs in ${logFolder}`);
const postgres = await startPostgres({ durable: true });
try {
  await runCluster({
    postgres,
    logFolder,
    seed,
    faults: Number(values.faults ?? 30),
    increments: Number(values.increments ?? 10_000),
    outageMsMax: Number(values.outage ?? 6_000),
    report: console.log,
  });
} finally {
  await postgres.remove();
}
// Left behind after a failure, to be looked into.
rmSync(logFolder, { recursive: true });
