import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Client } from 'pg';
import { openTestDatabase } from '../../../test/postgres.ts';
import { addToAll, decodeNumber, encodeNumber, readAll, RESIDENT_SPACE, writeAll } from '../conformance-procedures.ts';
import { type EntryKey, type Procedure, StorageConflictError, type StorageEngine, type Write } from '../engine.ts';
import { openPostgresEngine } from './engine.ts';
import { lockFence } from './statements.ts';
import { openPostgresStorage, type PostgresAttachment } from './storage.ts';

let database: Awaited<ReturnType<typeof openTestDatabase>>;
let engines: [StorageEngine, StorageEngine, StorageEngine];
let lastSpace = 100;

before(async () => {
  database = await openTestDatabase();
  const storage = await openPostgresStorage({ url: database.url, residentSpaces: [RESIDENT_SPACE] });
  const open = () => openPostgresEngine(storage.attach().attachment as PostgresAttachment);
  engines = [open(), open(), open()];
});
after(async () => {
  await Promise.all(engines.map((engine) => engine.close()));
  await database.drop();
});

function freshKeys(count: number): EntryKey[] {
  lastSpace += 1;
  return Array.from({ length: count }, (_, i) => ({ space: lastSpace, key: new Uint8Array([i + 1]) }));
}

/** A connection that holds an entry until it ends. */
async function holdEntry({ space, key }: EntryKey): Promise<Client> {
  const holder = new Client({ connectionString: database.url });
  await holder.connect();
  await holder.query('BEGIN');
  await holder.query('SELECT 1 FROM stator_entry WHERE space = $1 AND key = $2 FOR UPDATE', [space, key]);
  return holder;
}

const CATALOG: EntryKey = { space: RESIDENT_SPACE, key: new Uint8Array([1]) };

interface GuardedInput {
  readonly guards: readonly EntryKey[];
  readonly target: EntryKey;
}

/** Writes `target` if none of `guards` is there, which it only reads. */
const putUnlessThere: Procedure<GuardedInput, boolean> = {
  name: 'putUnlessThere',
  reads: ({ guards, target }) => [...guards, target],
  decide({ guards, target }, values) {
    if (values.slice(0, guards.length).some((value) => value !== undefined)) return { writes: [], output: false };
    return { writes: [{ kind: 'put', ...target, value: encodeNumber(1) }], output: true };
  },
};

/** Takes 1 from `target` if the sum with `guards` stays above 0. */
const takeOne: Procedure<GuardedInput, boolean> = {
  name: 'takeOne',
  reads: ({ guards, target }) => [target, ...guards],
  decide({ target }, values) {
    const sum = values.map(decodeNumber).reduce((total, value) => total + value, 0);
    if (sum <= 1) return { writes: [], output: false };
    return { writes: [{ kind: 'put', ...target, value: encodeNumber(decodeNumber(values[0]) - 1) }], output: true };
  },
};

/** Adds 1 to an entry, or deletes it when it has 5, appends what it has now to a log and counts. */
const changeAndLog: Procedure<{ readonly key: EntryKey; readonly log: number }, number> = {
  name: 'changeAndLog',
  reads: ({ key }) => [CATALOG, key],
  decide({ key, log }, [, value]) {
    const count = (decodeNumber(value) + 1) % 6;
    const change: Write =
      count === 0 ? { kind: 'delete', ...key } : { kind: 'put', ...key, value: encodeNumber(count) };
    const writes: Write[] = [
      change,
      { kind: 'append', log, shard: 0, value: new Uint8Array([key.key[0] ?? 0, count]) },
      { kind: 'increment', counter: `log ${log}`, by: 1 },
      { kind: 'increment', counter: `key ${log} ${key.key[0]}`, by: count },
    ];
    return { writes, output: count };
  },
};

describe('serializability between handles', () => {
  test('of two that each write only if the other one did not, one does', async () => {
    for (let round = 0; round < 60; round += 1) {
      const [left, right] = freshKeys(2) as [EntryKey, EntryKey];
      const results = await Promise.all([
        engines[0].transact(putUnlessThere, { guards: [left], target: right }),
        engines[1].transact(putUnlessThere, { guards: [right], target: left }),
      ]);
      assert.deepEqual(results.toSorted(), [false, true]);
    }
  });

  test('what is only read holds until the writes are there', async () => {
    const keys = freshKeys(3);
    await engines[0].transact(addToAll, { keys, by: [30, 30, 30] });
    let taken = 0;
    const take = async (engine: StorageEngine, i: number) => {
      const target = keys[i % 3] as EntryKey;
      const guards = keys.filter((key) => key !== target);
      while (await engine.transact(takeOne, { guards, target })) taken += 1;
    };
    await Promise.all(engines.flatMap((engine, i) => [take(engine, i), take(engine, i + 1)]));
    const values = await engines[0].transact(readAll, keys);
    assert.equal(
      values.map(decodeNumber).reduce((total, value) => total + value, 0),
      1,
    );
    assert.equal(taken, 89);
  });

  test('a writer never misses a change of a resident space', async () => {
    const key = freshKeys(1)[0] as EntryKey;
    /** Notes in an entry which value of the catalog its write saw. */
    const note: Procedure<null, number> = {
      name: 'note',
      reads: () => [CATALOG, key],
      decide: (_input, [catalog]) => ({
        writes: [{ kind: 'put', ...key, value: encodeNumber(decodeNumber(catalog)) }],
        output: decodeNumber(catalog),
      }),
    };
    let isWriting = true;
    const writing = Promise.all(
      [engines[0], engines[1]].map(async (engine) => {
        let last = 0;
        while (isWriting) {
          const seen = await engine.transact(note, null);
          assert.ok(seen >= last);
          last = seen;
        }
      }),
    );
    for (let round = 1; round <= 40; round += 1) {
      const [now = 0] = await engines[2].transact(addToAll, { keys: [CATALOG], by: [1] });
      // Whatever is written from now on has seen the change.
      const seen = await engines[round % 2 === 0 ? 0 : 1].transact(note, null);
      assert.ok(seen >= now, `${seen} after ${now}`);
    }
    isWriting = false;
    await writing;
  });

  test('entries that two handles create at once are created once', async () => {
    const keys = freshKeys(40);
    const create = (engine: StorageEngine) =>
      Promise.all(keys.map((key) => engine.transact(putUnlessThere, { guards: [key], target: key })));
    const [left, right] = await Promise.all([create(engines[0]), create(engines[1])]);
    for (const [i, isCreated] of left.entries()) assert.notEqual(isCreated, right[i]);
  });

  test('deletions and puts in one step meet others without losing any', async () => {
    const keys = freshKeys(4);
    await engines[0].transact(addToAll, { keys: keys.slice(0, 1), by: [100] });
    /** Moves what one entry holds to another, as a changed index key does. */
    const move: Procedure<{ readonly from: EntryKey; readonly to: EntryKey }, null> = {
      name: 'move',
      reads: ({ from, to }) => [from, to],
      decide({ from, to }, values) {
        const sum = values.map(decodeNumber).reduce((total, value) => total + value, 0);
        const writes: Write[] = [
          { kind: 'delete', ...from },
          { kind: 'put', ...to, value: encodeNumber(sum) },
        ];
        return { writes, output: null };
      },
    };
    const run = async (engine: StorageEngine, seed: number) => {
      for (let i = 0; i < 30; i += 1) {
        const [from, to] = [keys[(i * seed) % 4], keys[(i * seed + 1 + (i % 3)) % 4]] as [EntryKey, EntryKey];
        await engine.transact(move, { from, to });
      }
    };
    await Promise.all([run(engines[0], 1), run(engines[1], 3), run(engines[2], 5)]);
    const values = await engines[0].getMany(keys);
    assert.equal(
      values.map(decodeNumber).reduce((total, value) => total + value, 0),
      100,
    );
  });
});

describe('conflicts', () => {
  test('many handles on one entry all get their turn', async () => {
    const keys = freshKeys(1);
    const add = (engine: StorageEngine) =>
      Promise.all(Array.from({ length: 60 }, () => engine.transact(addToAll, { keys, by: [1] })));
    await Promise.all(engines.map(add));
    assert.deepEqual(await engines[0].transact(addToAll, { keys, by: [0] }), [180]);
  });

  test('an item that somebody holds keeps nobody else waiting, however many are written at once', async () => {
    const keys = freshKeys(30);
    const log = lastSpace;
    const write = () => keys.map((key) => engines[0].transact(changeAndLog, { key, log }));
    await Promise.all(write());
    const [held] = keys as [EntryKey];
    const holder = await holdEntry(held);
    const writes = write();
    const counts = await Promise.all(writes.slice(1));
    assert.deepEqual(new Set(counts), new Set([2]));
    assert.equal(decodeNumber(await engines[1].get(held.space, held.key)), 1);
    await holder.end();
    assert.equal(await writes[0], 2);
  });

  test('who waits too long for others is told so, and has written nothing', async () => {
    const [key, beside] = freshKeys(2) as [EntryKey, EntryKey];
    const keys = [key, beside];
    await engines[0].transact(addToAll, { keys, by: [1, 1] });
    const holder = await holdEntry(key);
    try {
      const waiting = Array.from({ length: 3 }, () => engines[0].transact(addToAll, { keys, by: [1, 1] }));
      // Others go on, and reads of the same entry too.
      await engines[0].transact(addToAll, { keys: freshKeys(1), by: [1] });
      assert.equal(decodeNumber(await engines[0].get(key.space, key.key)), 1);
      await Promise.all(waiting.map((call) => assert.rejects(call, StorageConflictError)));
    } finally {
      await holder.end();
    }
    assert.deepEqual(await engines[1].transact(addToAll, { keys, by: [0, 0] }), [1, 1]);
  });
});

describe('a change of a resident space', () => {
  /** As a writer does: holds a stripe of the fence for a few milliseconds, over and over. */
  async function holdStripe(client: Client, signal: AbortSignal): Promise<number> {
    let turns = 0;
    while (!signal.aborted) {
      await client.query('BEGIN');
      turns += (await client.query(lockFence.text, ['7'])).rowCount ?? 0;
      await client.query('SELECT pg_sleep(random() * 0.02)');
      await client.query('COMMIT');
    }
    return turns;
  }

  test('comes to its turn however many writers there are, and so do they', async () => {
    const clients = Array.from({ length: 40 }, () => new Client({ connectionString: database.url }));
    await Promise.all(clients.map((client) => client.connect()));
    const ending = new AbortController();
    const holding = Promise.all(clients.map((client) => holdStripe(client, ending.signal)));
    const change = async (engine: StorageEngine, i: number) => {
      const key: EntryKey = { space: RESIDENT_SPACE, key: new Uint8Array([100 + i]) };
      for (let round = 1; round <= 4; round += 1) {
        assert.deepEqual(await engine.transact(addToAll, { keys: [key], by: [1] }), [round]);
      }
    };
    await Promise.all(engines.map(change));
    ending.abort();
    for (const turns of await holding) assert.ok(turns > 0);
    await Promise.all(clients.map((client) => client.end()));
  });
});

describe('logs and counters', () => {
  test('entries of one item stand in the order of its writes, whoever made them', async () => {
    const keys = freshKeys(8);
    const log = lastSpace;
    let isWriting = true;
    const write = async (engine: StorageEngine, key: EntryKey) => {
      for (let i = 0; i < 12; i += 1) await engine.transact(changeAndLog, { key, log });
    };
    const all = engines.flatMap((engine) => keys.map((key) => write(engine, key)));
    const writing = Promise.all(all).finally(() => (isWriting = false));
    const seen: Uint8Array[] = [];
    let last = 0n;
    while (isWriting || seen.length < 8 * 36) {
      for (const { sequence, value } of await engines[1].readLog(log, 0, last, 7)) {
        assert.equal(sequence, last + 1n);
        last = sequence;
        seen.push(value);
      }
    }
    await writing;
    for (const { key } of keys) {
      const counts = seen.filter((value) => value[0] === key[0]).map((value) => value[1]);
      assert.deepEqual(
        counts,
        Array.from({ length: 36 }, (_, i) => (i + 1) % 6),
      );
    }
    const names = [`log ${log}`, ...keys.map(({ key }) => `key ${log} ${key[0]}`)];
    assert.deepEqual(await engines[2].counters(names), [8 * 36, ...keys.map(() => 6 * 15)]);
  });

  test('counters stay exact while several fold them', async () => {
    const counter = 'folded';
    let isWriting = true;
    const write = async (engine: StorageEngine) => {
      for (let i = 0; i < 50; i += 1) await engine.transact(writeAll, [{ kind: 'increment', counter, by: 3 }]);
    };
    const writing = Promise.all(engines.map(write)).finally(() => (isWriting = false));
    const fold = async (engine: StorageEngine) => {
      while (isWriting) await engine.maintain?.();
    };
    let last = 0;
    const read = async () => {
      while (isWriting) {
        const [now = 0] = await engines[2].counters([counter]);
        assert.ok(now >= last);
        last = now;
      }
    };
    await Promise.all([writing, fold(engines[0]), fold(engines[1]), read()]);
    assert.deepEqual(await engines[0].counters([counter]), [450]);
    while ((await engines[0].maintain?.()) === 'more');
    assert.deepEqual(await engines[0].counters([counter]), [450]);
  });

  test('a counter that went back to 0 leaves nothing', async () => {
    const add = (by: number) => engines[0].transact(writeAll, [{ kind: 'increment', counter: 'passing', by }]);
    for (const by of [2, -2, 5]) {
      await add(by);
      while ((await engines[0].maintain?.()) === 'more');
    }
    assert.deepEqual(await engines[1].counters(['passing']), [5]);
    await add(-5);
    while ((await engines[0].maintain?.()) === 'more');
    const client = new Client({ connectionString: database.url });
    await client.connect();
    const { rows } = await client.query("SELECT * FROM stator_counter WHERE name = 'passing'");
    await client.end();
    assert.deepEqual(rows, []);
  });

  test('many large entries get their sequences', async () => {
    const log = 1_000;
    const value = new Uint8Array(400_000);
    for (let i = 0; i < 12; i += 1) {
      const writes = Array.from({ length: 10 }, () => ({ kind: 'append', log, shard: 0, value }) as const);
      await engines[0].transact(writeAll, writes);
    }
    const sequences: bigint[] = [];
    for (let last = 0n; sequences.length < 120; last = sequences.at(-1) ?? 0n) {
      sequences.push(...(await engines[1].readLog(log, 0, last, 7)).map(({ sequence }) => sequence));
    }
    assert.deepEqual(
      sequences,
      Array.from({ length: 120 }, (_, i) => BigInt(i + 1)),
    );
  });
});
