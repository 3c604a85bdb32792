import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client } from 'pg';
import { openTestDatabase } from '../../../test/postgres.ts';
import { addToAll, decodeNumber, encodeNumber, RESIDENT_SPACE } from '../conformance-procedures.ts';
import type { EntryKey } from '../engine.ts';
import { openConnections } from './connections.ts';
import { openPostgresEngine } from './engine.ts';
import { createItemWrites, type ItemWrite } from './item-writes.ts';
import { openPostgresStorage, type PostgresAttachment } from './storage.ts';

const SPACE = 20;
const LOG = 7;

for (const kind of ['replace', 'delete'] as const) {
  test(`of items that one statement is to ${kind}, each is done or not by itself`, async (t) => {
    const { url, drop } = await openTestDatabase();
    const storage = await openPostgresStorage({ url, residentSpaces: [RESIDENT_SPACE] });
    const engine = openPostgresEngine(storage.attach().attachment as PostgresAttachment);
    const keys: EntryKey[] = [1, 2, 3, 4, 5].map((i) => ({ space: SPACE, key: new Uint8Array([i]) }));
    await engine.transact(addToAll, { keys, by: [1, 2, 3, 4, 5] });
    const other = new Client({ connectionString: url });
    await other.connect();
    const versions = await versionsOf(other);
    // The first has changed since it was read, and the second is held by somebody.
    await other.query(`UPDATE stator_entry SET version = version + 1 WHERE key = '\\x01'`);
    await other.query('BEGIN');
    await other.query(`SELECT 1 FROM stator_entry WHERE key = '\\x02' FOR UPDATE`);

    const connections = openConnections(url);
    t.after(async () => {
      await Promise.all([connections.close(), engine.close(), other.end()]);
      await drop();
    });
    const write = createItemWrites(connections);
    const residentVersion = engine.residentVersion();
    const writes = keys.map(({ space, key }, i): ItemWrite => {
      const value = kind === 'replace' ? encodeNumber(10) : new Uint8Array(0);
      const steps = new Map(
        [
          ['all', 1],
          [`item ${i}`, 1],
        ].slice(0, i === 4 ? 0 : 2) as [string, number][],
      );
      const appends = i === 3 ? [] : [{ log: LOG, shard: 0, value: new Uint8Array([i]) }];
      return { kind, residentVersion, space, key, version: versions[i] ?? '', value, steps, appends };
    });
    assert.deepEqual(await Promise.all(writes.map(write)), [false, false, true, true, true]);
    await other.query('COMMIT');

    const now = (await engine.getMany(keys)).map((value) => value && decodeNumber(value));
    const done = kind === 'replace' ? 10 : undefined;
    assert.deepEqual(now, [1, 2, done, done, done]);
    assert.deepEqual(await engine.counters(['all', 'item 0', 'item 1', 'item 2', 'item 3']), [2, 0, 0, 1, 1]);
    const entries = await engine.readLog(LOG, 0, 0n, 10);
    assert.deepEqual(entries.map(({ value }) => value[0]).toSorted(), [2, 4]);
  });
}

async function versionsOf(client: Client): Promise<string[]> {
  const { rows } = await client.query<[string]>({
    text: `SELECT version FROM stator_entry WHERE space = ${SPACE} ORDER BY key`,
    rowMode: 'array',
  });
  return rows.map(([version]) => version);
}

test('an item that waits for its deletion to be committed is logged behind it', async (t) => {
  const { url, drop } = await openTestDatabase();
  const storage = await openPostgresStorage({ url, residentSpaces: [RESIDENT_SPACE] });
  const engine = openPostgresEngine(storage.attach().attachment as PostgresAttachment);
  const connections = openConnections(url);
  const [other, watcher] = [new Client({ connectionString: url }), new Client({ connectionString: url })];
  await Promise.all([other.connect(), watcher.connect()]);
  t.after(async () => {
    await Promise.all([connections.close(), engine.close(), other.end(), watcher.end()]);
    await drop();
  });
  const key: EntryKey = { space: SPACE, key: new Uint8Array([1]) };
  await engine.transact(addToAll, { keys: [key], by: [1] });

  await other.query('BEGIN');
  await other.query(`DELETE FROM stator_entry WHERE space = ${SPACE}`);
  const appends = [{ log: LOG, shard: 0, value: new Uint8Array([2]) }];
  const residentVersion = engine.residentVersion();
  const value = encodeNumber(2);
  const created = createItemWrites(connections)({
    kind: 'create',
    residentVersion,
    ...key,
    version: '',
    value,
    steps: new Map(),
    appends,
  });
  await someoneWaits(watcher);
  await other.query(`INSERT INTO stator_outbox (log, shard, position, id, ordinal, value)
    VALUES (${LOG}, 0, (EXTRACT(EPOCH FROM clock_timestamp()) * 1024000000)::int8 + 1023, '\\x01', 1, '\\x01')`);
  await other.query('COMMIT');
  assert.equal(await created, true);
  const entries = await engine.readLog(LOG, 0, 0n, 10);
  assert.deepEqual(
    entries.map(({ value: [number] }) => number),
    [1, 2],
  );
});

/** Resolves when a statement in the database waits for a lock. */
async function someoneWaits(client: Client): Promise<void> {
  for (;;) {
    const { rows } = await client.query(
      `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    if (rows.length > 0) return;
  }
}
