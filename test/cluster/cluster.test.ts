import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startPostgres } from '../postgres.ts';
import { runCluster } from './cluster-run.ts';

// Windows has no SIGSTOP.
const skip = process.platform === 'win32';

test('three nodes on one PostgreSQL keep what they acknowledged, whichever of the four fails', { skip }, async (t) => {
  const logFolder = mkdtempSync(join(tmpdir(), 'stator-cluster-'));
  t.after(() => rmSync(logFolder, { recursive: true, force: true }));
  const postgres = await startPostgres({ durable: true });
  t.after(() => postgres.remove());
  const seed = Math.floor(Math.random() * 2 ** 32);
  const sizes = { faults: 4, increments: 1_000, outageMsMax: 1_000 };
  t.diagnostic(`seed ${seed}: npm run test:cluster -- --faults 4 --increments 1000 --outage 1000 --seed ${seed}`);
  await runCluster({ postgres, logFolder, seed, ...sizes, report: (line) => t.diagnostic(line) });
});
