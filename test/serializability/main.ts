/**
 * The long form of the serializability test, with nodes that are killed and paused, and connections that are cut:
 * `npm run test:serializability -- [--storage sqlite|postgres] [--rounds 40] [--clients 12] [--requests 100]
 * [--seed N] [--calm] [--whole]`, on both engines unless one is named, undisturbed with `--calm`. With `--whole` each
 * Query and BatchGetItem must be one snapshot, which StatorDB gives although the service doesn't promise it. The seed
 * repeats what the clients draw and what disturbs them; how their requests meet is the machine's. A history without an
 * order stays in the folder that is named.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startPostgres } from '../postgres.ts';
import { type StartedNodes, startPostgresNodes, startSqlite } from './nodes.ts';
import { runRounds } from './rounds.ts';

const { values } = parseArgs({
  options: {
    storage: { type: 'string' },
    rounds: { type: 'string' },
    clients: { type: 'string' },
    requests: { type: 'string' },
    seed: { type: 'string' },
    calm: { type: 'boolean' },
    whole: { type: 'boolean' },
  },
});
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 32));
const folder = mkdtempSync(join(tmpdir(), 'stator-serializability-'));
console.log(`seed ${seed}, logs in ${folder}`);

async function run(engine: string, { nodes, disturb, end }: StartedNodes): Promise<void> {
  console.log(engine);
  try {
    const counts = await runRounds({
      nodes,
      disturb: values.calm ? undefined : disturb,
      seed,
      rounds: Number(values.rounds ?? 40),
      clients: Number(values.clients ?? 12),
      requests: Number(values.requests ?? 100),
      whole: values.whole,
      failureFolder: folder,
      report: console.log,
    });
    for (const [outcome, count] of [...counts].toSorted()) console.log(`${outcome}: ${count}`);
  } finally {
    await end();
  }
}

function folderFor(engine: string): string {
  const path = join(folder, engine);
  mkdirSync(path);
  return path;
}

if (values.storage !== 'postgres') await run('sqlite', await startSqlite(folderFor('sqlite')));
if (values.storage !== 'sqlite') {
  const postgres = await startPostgres({ durable: true });
  try {
    await run('postgres', await startPostgresNodes(folderFor('postgres'), postgres));
  } finally {
    await postgres.remove();
  }
}
// Left behind after a failure, to be looked into.
rmSync(folder, { recursive: true });
