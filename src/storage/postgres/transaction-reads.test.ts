/** What a procedure gets to see is of one moment, whatever else is read or written meanwhile. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { Client } from 'pg';
import { openTestDatabase } from '../../../test/postgres.ts';
import { addToAll, decodeNumber, encodeNumber, RESIDENT_SPACE } from '../conformance-procedures.ts';
import type { EntryKey, Procedure } from '../engine.ts';
import type { Connections } from './connections.ts';
import { openPostgresEngine } from './engine.ts';
import type { Snapshot } from './entry-reads.ts';
import { createResidentValues } from './resident-values.ts';
import { openPostgresStorage, type PostgresAttachment } from './storage.ts';
import { createTransactions } from './transactions.ts';

const SPACE = 20;
const CATALOG: EntryKey = { space: RESIDENT_SPACE, key: new Uint8Array([1]) };

/** Answers with what the catalog has. */
const lookUp: Procedure<EntryKey, number | undefined> = {
  name: 'lookUp',
  reads: (key) => [CATALOG, key],
  decide: (_key, [catalog]) => ({ writes: [], output: catalog?.[0] }),
};

/** Transactions over reads that the test answers, in any order. */
function createAnsweredTransactions() {
  let known = 1;
  const asked: { keys: readonly EntryKey[]; resolve: (snapshot: Snapshot) => void }[] = [];
  const { transact } = createTransactions({
    connections: {} as Connections,
    writeItem: () => Promise.reject(new Error('nothing writes here')),
    reads: { read: (keys) => new Promise((resolve) => asked.push({ keys, resolve })) },
    resident: createResidentValues([RESIDENT_SPACE]),
    version: {
      get: () => known,
      learn: (version, before) => void (known = known === before ? version : Math.max(known, version)),
    },
  });
  /** The next read, to be answered as of `residentVersion`, which is what the catalog has too. */
  const takeRead = async () => {
    await turn();
    const read = asked.shift();
    assert.ok(read !== undefined);
    return (residentVersion: number) => {
      const value = { value: new Uint8Array([residentVersion]), version: String(residentVersion) };
      const entries = read.keys.map(({ space }) => (space === RESIDENT_SPACE ? value : undefined));
      read.resolve({ residentVersion, entries });
    };
  };
  const learn = (version: number) => (known = version);
  return { transact, takeRead, learn };
}

function entryKey(number: number): EntryKey {
  return { space: SPACE, key: new Uint8Array([number]) };
}

test('what is known of a resident space stays so for a read that is answered after a newer one', async () => {
  const { transact, takeRead, learn } = createAnsweredTransactions();
  const first = transact(lookUp, entryKey(1));
  (await takeRead())(1);
  assert.equal(await first, 1);
  const slow = transact(lookUp, entryKey(2));
  const answerSlow = await takeRead();
  learn(2);
  const quick = transact(lookUp, entryKey(3));
  (await takeRead())(2);
  assert.equal(await quick, 2);
  answerSlow(1);
  assert.equal(await slow, 1);
});

test('what is known of a resident space stays so for a read that is answered after an older one', async () => {
  const { transact, takeRead, learn } = createAnsweredTransactions();
  const late = transact(lookUp, entryKey(1));
  const answerLate = await takeRead();
  learn(2);
  const first = transact(lookUp, entryKey(2));
  (await takeRead())(2);
  assert.equal(await first, 2);
  const slow = transact(lookUp, entryKey(3));
  const answerSlow = await takeRead();
  answerLate(1);
  assert.equal(await late, 1);
  answerSlow(2);
  assert.equal(await slow, 2);
});

test('a decision to write nothing is about one moment, after a conflict too', async (t) => {
  const { url, drop } = await openTestDatabase();
  const storage = await openPostgresStorage({ url, residentSpaces: [RESIDENT_SPACE] });
  const engine = openPostgresEngine(storage.attach().attachment as PostgresAttachment);
  const [present, absent] = [entryKey(1), entryKey(2)];
  await engine.transact(addToAll, { keys: [present], by: [1] });
  /** Adds 1 to what is 1, and otherwise only tells what there is. */
  const addToOne: Procedure<null, number[]> = {
    name: 'addToOne',
    reads: () => [present, absent],
    decide(_input, values) {
      const output = values.map(decodeNumber);
      if (output[0] !== 1) return { writes: [], output };
      return { writes: [{ kind: 'put', ...present, value: encodeNumber(2) }], output };
    },
  };
  const [other, watcher] = [new Client({ connectionString: url }), new Client({ connectionString: url })];
  await Promise.all([other.connect(), watcher.connect()]);
  t.after(async () => {
    await Promise.all([engine.close(), other.end(), watcher.end()]);
    await drop();
  });
  await other.query('BEGIN');
  await other.query('SELECT 1 FROM stator_entry WHERE space = $1 FOR UPDATE', [SPACE]);
  const call = engine.transact(addToOne, null);
  // The first try gives up waiting for the lock; the second one waits as it reads.
  const isReading = `SELECT 1 FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'SELECT k.n%FOR UPDATE OF e'`;
  while ((await watcher.query(isReading)).rowCount === 0) await turn();
  await other.query('UPDATE stator_entry SET value = $2, version = version + 1 WHERE space = $1', [
    SPACE,
    encodeNumber(7),
  ]);
  await other.query('INSERT INTO stator_entry (space, key, value, version) VALUES ($1, $2, $3, 1)', [
    absent.space,
    absent.key,
    encodeNumber(8),
  ]);
  await other.query('COMMIT');
  assert.deepEqual(await call, [7, 8]);
});
