import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { Client } from 'pg';
import { type PostgresServer, openTestDatabase, startPostgres } from './postgres.ts';

let server: PostgresServer;
before(async () => void (server = await startPostgres()));
after(() => server.remove());

async function query(url: string, text: string): Promise<unknown[][]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query({ text, rowMode: 'array' })).rows;
  } finally {
    await client.end();
  }
}

test('databases are fresh, and survive a stop, a kill and a restart', async () => {
  const [first, second] = await Promise.all([server.createDatabase(), server.createDatabase()]);
  await query(first, 'CREATE TABLE kept (number int)');
  await query(first, 'INSERT INTO kept VALUES (1)');
  await assert.rejects(query(second, 'SELECT * FROM kept'), /does not exist/);
  await server.stop();
  await assert.rejects(query(first, 'SELECT 1'), /ECONNREFUSED/);
  await server.restart();
  await query(first, 'INSERT INTO kept VALUES (2)');
  const session = new Client({ connectionString: first });
  session.on('error', () => {});
  await session.connect();
  await server.kill();
  await server.restart();
  await server.restart('immediate');
  assert.deepEqual(await query(first, 'SELECT number FROM kept ORDER BY number'), [[1], [2]]);
});

test('no session outlives a kill', async () => {
  const session = new Client({ connectionString: server.url });
  session.on('error', () => {});
  await session.connect();
  let isOver = false;
  // One that is at work notices at its end, and may answer what was asked meanwhile too.
  const work = session.query('SELECT count(*) FROM generate_series(1, 2000000)');
  void work.catch(() => {}).finally(() => (isOver = true));
  await server.kill();
  // What has arrived is read before this resolves.
  await setImmediate();
  assert.ok(isOver);
  await server.restart();
});

test('a durable server syncs what is committed', async () => {
  const durable = await startPostgres({ durable: true });
  try {
    assert.deepEqual(await query(durable.url, 'SHOW fsync'), [['on']]);
    assert.deepEqual(await query(server.url, 'SHOW fsync'), [['off']]);
  } finally {
    await durable.remove();
  }
  await assert.rejects(query(durable.url, 'SELECT 1'), /ECONNREFUSED/);
});

test('a test database is dropped while sessions are open', async () => {
  const database = await openTestDatabase();
  const session = new Client({ connectionString: database.url });
  session.on('error', () => {});
  await session.connect();
  await database.drop();
  await assert.rejects(query(database.url, 'SELECT 1'), /does not exist/);
});
