import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { Client } from 'pg';
import { openTestDatabase } from '../../../test/postgres.ts';
import { addToAll, decodeNumber, readAll, RESIDENT_SPACE } from '../conformance-procedures.ts';
import { type StorageEngine, StorageUnavailableError } from '../engine.ts';
import { openPostgresEngine } from './engine.ts';
import { openPostgresStorage, type PostgresAttachment } from './storage.ts';

const KEY = { space: 20, key: new Uint8Array([1]) };
const OTHER = { space: 20, key: new Uint8Array([2]) };
const CATALOG = { space: RESIDENT_SPACE, key: new Uint8Array([1]) };

interface Store {
  readonly url: string;
  readonly engine: StorageEngine;
  query(text: string): Promise<unknown[][]>;
}

async function openStore(t: TestContext): Promise<Store> {
  const { url, drop } = await openTestDatabase();
  const storage = await openPostgresStorage({ url, residentSpaces: [RESIDENT_SPACE] });
  const engine = openPostgresEngine(storage.attach().attachment as PostgresAttachment);
  const client = new Client({ connectionString: url });
  await client.connect();
  t.after(async () => {
    await engine.close();
    await client.end();
    await drop();
  });
  await engine.transact(addToAll, { keys: [KEY, CATALOG], by: [1, 1] });
  return { url, engine, query: async (text) => (await client.query<unknown[]>({ text, rowMode: 'array' })).rows };
}

/** All ways to use the store. */
function callsOf(engine: StorageEngine): Promise<unknown>[] {
  return [
    engine.get(KEY.space, KEY.key),
    engine.getMany([KEY, CATALOG]),
    engine.scan(KEY.space, {}, { limit: 5 }),
    engine.scan(KEY.space + 1, {}, { limit: 5 }),
    engine.scan(KEY.space, {}, { limit: 5, follow: () => KEY }),
    engine.transact(addToAll, { keys: [KEY], by: [1] }),
    engine.transact(addToAll, { keys: [KEY, CATALOG], by: [1, 1] }),
    engine.ping(),
  ];
}

async function rejectAll(calls: readonly Promise<unknown>[], message: RegExp): Promise<void> {
  for (const result of await Promise.allSettled(calls)) {
    assert.ok(result.status === 'rejected' && result.reason instanceof StorageUnavailableError);
    assert.match(result.reason.message, message);
  }
}

test('a store that lost its fence answers nothing, rather than that nothing is there', async (t) => {
  const { url, engine, query } = await openStore(t);
  await query('CREATE TABLE kept AS SELECT * FROM stator_fence');
  await query('DELETE FROM stator_fence');
  await rejectAll(callsOf(engine), /fence is missing/);
  await assert.rejects(openPostgresStorage({ url, residentSpaces: [] }), {
    name: 'StorageOpenError',
    message: /fence is missing/,
  });
  await query('INSERT INTO stator_fence SELECT * FROM kept');
  await Promise.all(callsOf(engine));
});

test('a store that lost a table is out of reach until it is back', async (t) => {
  const { engine, query } = await openStore(t);
  await query('ALTER TABLE stator_entry RENAME TO misplaced');
  await rejectAll(callsOf(engine), /unusable: relation "stator_entry" does not exist/);
  await query('ALTER TABLE misplaced RENAME TO stator_entry');
  await Promise.all(callsOf(engine));
});

test('a ping tells of a database that takes no writes, on connections old and new', async (t) => {
  const { engine, query } = await openStore(t);
  await engine.ping();
  const [[database]] = (await query('SELECT current_database()')) as [[string]];
  await query(`ALTER DATABASE ${database} SET default_transaction_read_only = on`);
  const endOthers = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()`;
  await query(endOthers);
  await rejectAll([engine.ping(), engine.ping()], /read-only/);
  assert.ok(await engine.get(KEY.space, KEY.key));
  await query(`ALTER DATABASE ${database} RESET default_transaction_read_only`);
  await query(endOthers);
  await engine.ping();
});

test('a ping is answered while all other connections are in use', async (t) => {
  const { url, drop } = await openTestDatabase();
  const storage = await openPostgresStorage({ url: `${url}?pool_size=1`, residentSpaces: [RESIDENT_SPACE] });
  const engine = openPostgresEngine(storage.attach().attachment as PostgresAttachment);
  t.after(drop);
  await engine.transact(addToAll, { keys: [KEY], by: [1] });
  const holder = new Client({ connectionString: url });
  await holder.connect();
  await holder.query('BEGIN');
  await holder.query('SELECT 1 FROM stator_entry FOR UPDATE');
  const waiting = engine.transact(addToAll, { keys: [KEY, OTHER], by: [1, 1] });
  const held = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  while ((await holder.query(held)).rowCount === 0);
  await engine.ping();
  await holder.end();
  await waiting;
  await engine.close();
});

test('a store that went back to an earlier state never comes by a resident version again', async (t) => {
  const { engine, query } = await openStore(t);
  const seen = new Set<number>();
  for (let round = 0; round < 5; round += 1) {
    await query('UPDATE stator_fence SET version = 1');
    await engine.transact(addToAll, { keys: [CATALOG], by: [1] });
    const [[stripes, version]] = (await query(
      'SELECT count(DISTINCT version)::int4, min(version)::float8 FROM stator_fence',
    )) as [[number, number]];
    assert.equal(stripes, 1);
    seen.add(version);
  }
  assert.equal(seen.size, 5);
});

test('who only writes follows a store that went back to an earlier state', async (t) => {
  const { engine, query } = await openStore(t);
  for (const table of ['entry', 'fence']) await query(`CREATE TABLE kept_${table} AS SELECT * FROM stator_${table}`);
  const before = engine.residentVersion();
  await engine.transact(addToAll, { keys: [CATALOG], by: [1] });
  assert.notEqual(engine.residentVersion(), before);
  await query('BEGIN');
  for (const table of ['entry', 'fence']) {
    await query(`DELETE FROM stator_${table}`);
    await query(`INSERT INTO stator_${table} SELECT * FROM kept_${table}`);
  }
  await query('COMMIT');
  assert.deepEqual((await engine.transact(readAll, [KEY, CATALOG])).map(decodeNumber), [1, 1]);
  assert.equal(engine.residentVersion(), before);
});

test('a table that somebody locks is out of reach for reads, which wait a bounded time', async (t) => {
  const { url, engine } = await openStore(t);
  const holder = new Client({ connectionString: url });
  await holder.connect();
  await holder.query('BEGIN');
  await holder.query('LOCK TABLE stator_entry, stator_counter IN ACCESS EXCLUSIVE MODE');
  await rejectAll(
    [
      engine.get(KEY.space, KEY.key),
      engine.scan(KEY.space, {}, { limit: 5 }),
      engine.scan(KEY.space, {}, { limit: 5, follow: () => KEY }),
      engine.counters(['one']),
      engine.contents(),
    ],
    /too busy/,
  );
  await holder.end();
  await Promise.all(callsOf(engine));
});
