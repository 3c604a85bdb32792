/**
 * The long form of the tests of streams:
 * `npm run test:streams -- [--storage sqlite|postgres] [--writes 100000] [--kills 20] [--seed N]`, on both by default.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startPostgres } from '../postgres.ts';
import { followOnPostgres } from './postgres-run.ts';
import { followOnSqlite } from './sqlite-run.ts';

const { values } = parseArgs({
  options: {
    storage: { type: 'string' },
    writes: { type: 'string' },
    kills: { type: 'string' },
    seed: { type: 'string' },
  },
});
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 32));
const folder = mkdtempSync(join(tmpdir(), 'stator-streams-'));
console.log(`seed ${seed}, data and logs in ${folder}`);
const common = {
  seed,
  writes: Number(values.writes ?? 100_000),
  kills: Number(values.kills ?? 20),
  report: console.log,
};
for (const storage of ['sqlite', 'postgres'].filter((name) => name === (values.storage ?? name))) {
  console.log(storage);
  const here = { ...common, folder: join(folder, storage) };
  mkdirSync(here.folder);
  if (storage === 'sqlite') await followOnSqlite(here);
  else await onPostgres(here);
}
// Left behind after a failure, to be looked into.
rmSync(folder, { recursive: true });

async function onPostgres(here: typeof common & { readonly folder: string }): Promise<void> {
  const postgres = await startPostgres();
  try {
    await followOnPostgres({ ...here, postgres });
  } finally {
    await postgres.remove();
  }
}
