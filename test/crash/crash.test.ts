import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runCrashes } from './crash-run.ts';

test('a server that is killed under load keeps every acknowledged write', async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'stator-crash-'));
  t.after(() => rmSync(dataDir, { recursive: true, force: true }));
  const seed = Math.floor(Math.random() * 2 ** 32);
  t.diagnostic(`seed ${seed}: npm run test:crash -- --kills 3 --requests 600 --seed ${seed}`);
  await runCrashes({ dataDir, seed, kills: 3, requestsMax: 600, report: (line) => t.diagnostic(line) });
});
