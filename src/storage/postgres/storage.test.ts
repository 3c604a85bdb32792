import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { once } from 'node:events';
import { after, before, describe, test, type TestContext } from 'node:test';
import { inspect } from 'node:util';
import { Client } from 'pg';
import { openTestDatabase, startPostgres } from '../../../test/postgres.ts';
import { addToAll, decodeNumber, RESIDENT_SPACE, writeAll } from '../conformance-procedures.ts';
import { type StorageEngine, StorageOpenError, StorageUnavailableError } from '../engine.ts';
import { openPostgresEngine } from './engine.ts';
import { openPostgresStorage, type PostgresAttachment } from './storage.ts';

const PASSWORD = 'hunter2-not-to-be-seen';
const SPACE = 20;
const KEYS = [{ space: SPACE, key: new Uint8Array([1]) }];

let database: Awaited<ReturnType<typeof openTestDatabase>>;
before(async () => {
  database = await openTestDatabase();
});
after(() => database.drop());

async function openEngine(url: string): Promise<StorageEngine> {
  const storage = await openPostgresStorage({ url, residentSpaces: [RESIDENT_SPACE] });
  return openPostgresEngine(storage.attach().attachment as PostgresAttachment);
}

async function query(url: string, text: string): Promise<unknown[][]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<unknown[]>({ text, rowMode: 'array' })).rows;
  } finally {
    await client.end();
  }
}

describe('opening', () => {
  test('many at once create one schema', async () => {
    const { url, drop } = await openTestDatabase();
    const options = { url, residentSpaces: [] };
    const storages = await Promise.all(Array.from({ length: 12 }, () => openPostgresStorage(options)));
    await Promise.all(storages.map((storage) => storage.close()));
    assert.deepEqual(await query(url, 'SELECT count(*)::int4, min(version)::int4 FROM stator_fence'), [[64, 1]]);
    assert.deepEqual(await query(url, 'SELECT version FROM stator_format'), [[3]]);
    await drop();
  });

  test('a store of format 1 has format 3 once nodes have opened it', async () => {
    const { url, drop } = await openTestDatabase();
    const options = { url, residentSpaces: [] };
    await (await openPostgresStorage(options)).close();
    await query(url, 'UPDATE stator_format SET version = 1');
    const storages = await Promise.all(Array.from({ length: 4 }, () => openPostgresStorage(options)));
    await Promise.all(storages.map((storage) => storage.close()));
    assert.deepEqual(await query(url, 'SELECT version FROM stator_format'), [[3]]);
    await drop();
  });

  test('a store of format 1 without the gate, as the first programs made them, takes writes', async () => {
    for (const version of [1, 2, 3]) {
      const { url, drop } = await openTestDatabase();
      await (await openPostgresStorage({ url, residentSpaces: [] })).close();
      await query(url, `UPDATE stator_format SET version = ${version}`);
      await query(url, 'DROP TABLE stator_gate');
      const engine = await openEngine(url);
      assert.deepEqual(await engine.transact(addToAll, { keys: KEYS, by: [1] }), [1]);
      await engine.ping();
      await engine.close();
      await drop();
    }
  });

  test('a store that lacks a table that it always had is refused, and who has it open is not ready', async () => {
    const { url, drop } = await openTestDatabase();
    const engine = await openEngine(url);
    await query(url, 'DROP TABLE stator_entry');
    await assert.rejects(engine.ping(), StorageUnavailableError);
    await assert.rejects(openPostgresStorage({ url, residentSpaces: [] }), StorageOpenError);
    await engine.close();
    await drop();
  });

  test('a node that may not create tables opens a store that has them all', async () => {
    const { url, drop } = await openTestDatabase();
    await (await openPostgresStorage({ url, residentSpaces: [] })).close();
    const name = `limited_${randomBytes(6).toString('hex')}`;
    await query(url, `CREATE ROLE ${name} LOGIN PASSWORD '${PASSWORD}'`);
    await query(url, 'REVOKE CREATE ON SCHEMA public FROM PUBLIC');
    await query(url, `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${name}`);
    const limited = new URL(url);
    limited.username = name;
    limited.password = PASSWORD;
    const engine = await openEngine(limited.href);
    assert.deepEqual(await engine.transact(addToAll, { keys: KEYS, by: [1] }), [1]);
    await engine.close();
    await query(url, `DROP OWNED BY ${name}`);
    await query(url, `DROP ROLE ${name}`);
    await drop();
  });

  test('a store of a newer format is refused', async () => {
    const { url, drop } = await openTestDatabase();
    await (await openPostgresStorage({ url, residentSpaces: [] })).close();
    await query(url, 'UPDATE stator_format SET version = 99');
    const expected = { name: 'StorageOpenError', message: /of format 99.*formats up to 3.*newer version/ };
    await assert.rejects(openPostgresStorage({ url, residentSpaces: [] }), expected);
    assert.deepEqual(await query(url, 'SELECT version FROM stator_format'), [[99]]);
    await drop();
  });

  test('a database that writes bytes in another form gives back what was stored', async () => {
    const { url, drop } = await openTestDatabase();
    await query(url, `ALTER DATABASE ${new URL(url).pathname.slice(1)} SET bytea_output = 'escape'`);
    const engine = await openEngine(url);
    const value = new Uint8Array([0, 0x41, 0x5c, 0x78, 0xff]);
    await engine.transact(writeAll, [{ kind: 'put', space: SPACE, key: new Uint8Array([1]), value }]);
    const stored = await engine.get(SPACE, new Uint8Array([1]));
    await engine.close();
    assert.deepEqual([...(stored ?? [])], [...value]);
    await drop();
  });

  const wrong: Record<string, (url: URL) => void> = {
    'a wrong password': (url) => (url.password = PASSWORD),
    'no server at the port': (url) => ((url.port = '1'), (url.password = PASSWORD)),
    'no such database': (url) => (url.pathname = 'absent'),
    'a pool of no size': (url) => ((url.password = PASSWORD), url.searchParams.set('pool_size', 'many')),
    'TLS where there is none': (url) => url.searchParams.set('sslmode', 'verify-full'),
  };
  for (const [what, change] of Object.entries(wrong)) {
    test(`${what} is an error for the person who starts the program, without the password`, async () => {
      const url = new URL(database.url);
      change(url);
      const error = await failureOf(openPostgresStorage({ url: url.href, residentSpaces: [] }));
      assert.ok(error instanceof StorageOpenError, inspect(error));
      assert.doesNotMatch(error.message, /\n/);
      assert.equal(inspect(error, { depth: 20 }).includes(url.password), false);
    });
  }

  test('what is no URL is refused without being told', async () => {
    const error = await failureOf(
      openPostgresStorage({ url: `postgres://user:${PASSWORD}@[host`, residentSpaces: [] }),
    );
    assert.ok(error instanceof StorageOpenError);
    assert.equal(inspect(error, { depth: 20 }).includes(PASSWORD), false);
  });
});

describe('the largest keys', () => {
  test('of bytes that cannot be compressed fit every index', async (t) => {
    const engine = await openEngine(database.url);
    t.after(() => engine.close());
    const keys = Array.from({ length: 3 }, () => new Uint8Array(randomBytes(2600))).toSorted(Buffer.compare);
    const space = 2 ** 31 - 1;
    const sums = await engine.transact(addToAll, { keys: keys.map((key) => ({ space, key })), by: [1, 2, 3] });
    assert.deepEqual(sums, [1, 2, 3]);
    const values = await engine.getMany(keys.map((key) => ({ space, key })));
    assert.deepEqual(values.map(decodeNumber), [1, 2, 3]);
    const found = await engine.scan(space, { from: keys[1], before: keys[2] }, { limit: 10, until: () => false });
    assert.deepEqual(
      found.map(({ value }) => decodeNumber(value)),
      [2],
    );
  });
});

describe('a database that comes and goes', () => {
  test('idle connections that it closed are replaced, and no read fails for it', async (t) => {
    const engine = await openEngine(database.url);
    t.after(() => engine.close());
    await engine.transact(addToAll, { keys: KEYS, by: [1] });
    const expected = decodeNumber(await engine.get(SPACE, new Uint8Array([1])));
    for (let round = 0; round < 5; round += 1) {
      await query(
        database.url,
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE application_name = 'statordb' AND datname = current_database()`,
      );
      assert.equal(decodeNumber(await engine.get(SPACE, new Uint8Array([1]))), expected);
      assert.equal((await engine.scan(SPACE, {}, { limit: 1000, until: () => false })).length, 1);
    }
  });

  test('while it is away everything rejects, and when it is back everything works', async (t) => {
    const server = await startPostgres();
    t.after(() => server.remove());
    const engine = await openEngine(await server.createDatabase());
    t.after(() => engine.close());
    for (const mode of ['fast', 'immediate', 'killed'] as const) {
      await engine.transact(addToAll, { keys: KEYS, by: [1] });
      const under = Array.from({ length: 50 }, () => engine.transact(addToAll, { keys: KEYS, by: [0] }));
      const settled = Promise.allSettled([...under, engine.get(SPACE, new Uint8Array([1]))]);
      await (mode === 'killed' ? server.kill() : server.stop(mode));
      for (const result of await settled) {
        const isExpected = result.status === 'fulfilled' || result.reason instanceof StorageUnavailableError;
        assert.ok(isExpected, inspect(result));
      }
      await assertUnreachable(engine);
      await server.restart();
      await engine.ping();
      const [sum] = await engine.transact(addToAll, { keys: KEYS, by: [0] });
      assert.equal(sum, { fast: 1, immediate: 2, killed: 3 }[mode]);
    }
  });

  test('a connection that falls silent ends every call within a bounded time', async (t) => {
    const proxy = await startProxy(t, Number(new URL(database.url).port));
    const url = new URL(database.url);
    url.port = String(proxy.port);
    url.searchParams.set('query_timeout', '300');
    const engine = await openEngine(url.href);
    t.after(() => engine.close());
    await engine.transact(addToAll, { keys: KEYS, by: [1] });
    proxy.silence();
    const calls = Array.from({ length: 300 }, () => engine.get(SPACE, new Uint8Array([1])));
    for (const call of calls) call.catch(() => undefined);
    await assertUnreachable(engine);
    for (const call of calls) await assert.rejects(call, StorageUnavailableError);
    proxy.resume();
    await engine.ping();
    assert.ok((await engine.get(SPACE, new Uint8Array([1]))) !== undefined);
  });
});

async function failureOf(opening: Promise<unknown>): Promise<unknown> {
  return await opening.then(
    () => assert.fail('it opened'),
    (error: unknown) => error,
  );
}

async function assertUnreachable(engine: StorageEngine): Promise<void> {
  const calls = [
    engine.get(SPACE, new Uint8Array([1])),
    engine.getMany(KEYS),
    engine.scan(SPACE, {}, { limit: 1 }),
    engine.scan(SPACE, {}, { limit: 1000, until: () => false }),
    engine.readLog(1, 1, 0n, 1),
    engine.counters(['c']),
    engine.transact(addToAll, { keys: KEYS, by: [1000] }),
    engine.transact(writeAll, [{ kind: 'increment', counter: 'c', by: 1 }]),
    engine.ping(),
  ];
  await Promise.all(calls.map((call) => assert.rejects(call, StorageUnavailableError)));
}

/** Passes on what goes to and from the server at `target`; connections that were silenced stay silent. */
async function startProxy(t: TestContext, target: number) {
  let isSilent = false;
  const sockets: Socket[] = [];
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    sockets.push(client, upstream);
    pass(client, upstream);
    pass(upstream, client);
  });
  const pass = (from: Socket, to: Socket) => {
    let wasSilenced = false;
    from.on('data', (chunk) => {
      wasSilenced ||= isSilent;
      if (!wasSilenced) to.write(chunk);
    });
    from.on('error', () => to.destroy()).on('close', () => to.destroy());
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return {
    port: (server.address() as AddressInfo).port,
    silence: () => (isSilent = true),
    resume: () => (isSilent = false),
  };
}
