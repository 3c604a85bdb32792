/** What concurrent clients are told has a serial order, on each engine. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { startPostgres } from '../postgres.ts';
import { type StartedNodes, startPostgresNodes, startSqlite } from './nodes.ts';
import { runRounds } from './rounds.ts';

const SIZES = { rounds: 4, clients: 10, requests: 50 };

function makeFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'stator-serializability-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function verify(t: TestContext, engine: string, { nodes, end }: StartedNodes): Promise<void> {
  t.after(end);
  const seed = Math.floor(Math.random() * 2 ** 32);
  const { rounds, clients, requests } = SIZES;
  const sizes = `--rounds ${rounds} --clients ${clients} --requests ${requests} --calm`;
  t.diagnostic(`seed ${seed}: npm run test:serializability -- --storage ${engine} ${sizes} --seed ${seed}`);
  const failureFolder = tmpdir();
  const counts = await runRounds({ nodes, seed, failureFolder, ...SIZES, report: (line) => t.diagnostic(line) });
  const unanswered = [...counts.keys()].filter((outcome) => outcome.endsWith('unknown'));
  assert.deepEqual(unanswered, [], 'undisturbed nodes answer everything');
  for (const kind of ['Write', 'TransactWriteItems']) {
    for (const outcome of ['written', 'failed']) assert.ok(counts.has(`${kind} ${outcome}`), `${kind} ${outcome}`);
  }
}

test('one server over SQLite', async (t) => {
  await verify(t, 'sqlite', await startSqlite(makeFolder(t)));
});

test('three nodes over one PostgreSQL', async (t) => {
  const postgres = await startPostgres();
  t.after(() => postgres.remove());
  await verify(t, 'postgres', await startPostgresNodes(makeFolder(t), postgres));
});
