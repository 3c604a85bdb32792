import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { Client } from 'pg';
import { openTestDatabase } from '../test/postgres.ts';
import { runPgLoadInThread } from './pg-load.ts';
import { createPgTable } from './pg-table.ts';

const ROWS = 100;

let database: Awaited<ReturnType<typeof openTestDatabase>>;
let client: Client;
before(async () => {
  database = await openTestDatabase();
  await createPgTable(database.url, ROWS);
  client = new Client({ connectionString: database.url });
  await client.connect();
});
beforeEach(() => client.query('UPDATE bare_entry SET value = $1', [Buffer.alloc(400)]));
after(async () => {
  await client.end();
  await database.drop();
});

/** How many rows there are, and how many different values they have. */
async function countRows(): Promise<readonly number[]> {
  const text = 'SELECT count(*)::integer, count(DISTINCT value)::integer FROM bare_entry';
  return (await client.query<number[]>({ text, rowMode: 'array' })).rows[0] ?? [];
}

for (const pipelined of [false, true]) {
  const options = () => ({ url: database.url, rows: ROWS, seed: 1, loops: 4, connections: 2, warmupMs: 0, pipelined });
  const form = pipelined ? 'pipelined' : 'by a pool';

  test(`the bare select runs ${form} and changes nothing`, async () => {
    const result = await runPgLoadInThread({ ...options(), statement: 'select', measureMs: 200 });
    assert(result.operationsPerSecond > 0 && result.p99Us >= result.p50Us);
    assert.deepEqual(await countRows(), [ROWS, 1]);
  });

  test(`the bare upsert runs ${form} and gives rows new values`, async () => {
    const result = await runPgLoadInThread({ ...options(), statement: 'upsert', measureMs: 200 });
    assert(result.operationsPerSecond > 0);
    const [rows, values = 0] = await countRows();
    assert.equal(rows, ROWS);
    assert(values > 1);
  });

  test(`the bare select that finds nothing ${form} is a failure`, async () => {
    const missing = runPgLoadInThread({ ...options(), statement: 'select', rows: ROWS * 100, measureMs: 1000 });
    await assert.rejects(missing, /select of 0 rows/);
  });
}
