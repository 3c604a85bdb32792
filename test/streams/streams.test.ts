import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { startPostgres } from '../postgres.ts';
import { followOnPostgres } from './postgres-run.ts';
import { followOnSqlite } from './sqlite-run.ts';

function optionsOf(t: TestContext, storage: string, writes: number, kills: number) {
  const folder = mkdtempSync(join(tmpdir(), 'stator-streams-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const seed = Math.floor(Math.random() * 2 ** 32);
  t.diagnostic(
    `seed ${seed}: npm run test:streams -- --storage ${storage} --writes ${writes} --kills ${kills} --seed ${seed}`,
  );
  return { folder, seed, writes, kills, report: (line: string) => t.diagnostic(line) };
}

test('on three nodes with slow commits readers see each change once, through splits and the death of a node', async (t) => {
  const options = optionsOf(t, 'postgres', 2_000, 1);
  const postgres = await startPostgres();
  t.after(() => postgres.remove());
  await followOnPostgres({ ...options, postgres });
});

test('a copy that is built from the stream is the table, though the server is killed under load', async (t) => {
  await followOnSqlite(optionsOf(t, 'sqlite', 3_000, 2));
});
