/** Servers in a process that has other things to do: `startStator`. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import type { Worker } from 'node:worker_threads';
import {
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { type Stator, StartError, startStator } from '../../src/index.ts';
import { makeFolder } from './program.ts';
import { SQLITE_ONLY, makePassingStore, makeStore } from './store.ts';

const QUIET = { port: 0, logLevel: 'fatal' } as const;
const TableName = 'Things';

/** The threads that started since the test began, and have not ended. */
const threads = new Set<Worker>();
const watch = (worker: Worker): void => {
  threads.add(worker);
  worker.once('exit', () => threads.delete(worker));
};

/** Where in-memory servers keep their data during these tests. */
const temporaryFolder = makeFolder();
const { TMPDIR } = process.env;
before(() => {
  process.env['TMPDIR'] = temporaryFolder;
  process.on('worker', watch);
});
after(() => {
  if (TMPDIR === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = TMPDIR;
  process.off('worker', watch);
});

/** What keeps a process from ending: open sockets, listening servers, threads' ports and the like. */
function countResources(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  // Timers, immediates and file requests come and go with the test runner itself.
  for (const kind of ['Timeout', 'Immediate', 'FSReqCallback', 'FSReqPromise', 'PipeWrap', 'TTYWrap'])
    counts.delete(kind);
  return counts;
}

let resources = new Map<string, number>();
beforeEach(() => (resources = countResources()));

/** Every test must leave nothing behind; clients' connections take a moment to go. */
afterEach(async () => {
  for (let tries = 0; tries < 500 && !isDeepStrictEqual(countResources(), resources); tries++) await sleep(10);
  assert.equal(threads.size, 0, 'no thread is left');
  assert.deepEqual(readdirSync(temporaryFolder), [], 'no temporary folder is left');
  assert.deepEqual(countResources(), resources, 'no open handle is left');
});

/** A server that is closed, if need be, at the end of the test: one that fails must not keep the process. */
async function start(options: Parameters<typeof startStator>[0]): Promise<Stator> {
  const stator = await startStator(options);
  after(() => stator.close());
  return stator;
}

async function withClient<Result>(
  { endpoint }: Stator,
  use: (client: DynamoDBClient) => Promise<Result>,
): Promise<Result> {
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  const client = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
  try {
    return await use(client);
  } finally {
    client.destroy();
  }
}

const CREATE_TABLE = new CreateTableCommand({
  TableName,
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
  KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
});

function put(pk: string): PutItemCommand {
  return new PutItemCommand({ TableName, Item: { pk: { S: pk } } });
}

async function readItem(client: DynamoDBClient, pk: string): Promise<unknown> {
  return (await client.send(new GetItemCommand({ TableName, Key: { pk: { S: pk } } }))).Item;
}

describe('servers in one process', () => {
  test("don't see each other's tables, wherever they are, and go on when others close", async () => {
    const stores = await Promise.all([makePassingStore(), makePassingStore(), makeStore(), makeStore()]);
    const stators = await Promise.all(stores.map(({ options }) => start({ ...QUIET, ...options })));
    assert.equal(new Set(stators.map(({ endpoint }) => endpoint)).size, stators.length);
    for (const [index, stator] of stators.entries()) {
      await withClient(stator, async (client) => {
        assert.deepEqual((await client.send(new ListTablesCommand({}))).TableNames, []);
        await client.send(CREATE_TABLE);
        await client.send(put(`of-${index}`));
      });
    }
    for (const [index, stator] of stators.entries()) {
      await withClient(stator, async (client) => {
        assert.ok(await readItem(client, `of-${index}`));
        assert.equal(await readItem(client, `of-${(index + 1) % stators.length}`), undefined);
      });
      await stator.close();
    }
  });

  test('are as many as one likes, without a warning', async (context) => {
    const warn = context.mock.method(process, 'emitWarning', () => undefined);
    const stores = await Promise.all(Array.from({ length: 12 }, makePassingStore));
    const stators = await Promise.all(stores.map(({ options }) => start({ ...QUIET, ...options })));
    await Promise.all(stators.map((stator) => stator.close()));
    assert.deepEqual(
      warn.mock.calls.map(({ arguments: [warning] }) => warning),
      [],
    );
  });

  test('serve with all of their threads', async () => {
    const { options } = await makePassingStore();
    const stator = await start({ ...QUIET, ...options, threads: 4 });
    const serving = [...threads].filter(({ threadName }) => threadName === 'http-thread');
    assert.equal(serving.length, 4);
    const used = new Set<Worker>();
    const idleMs = serving.map(({ performance }) => performance.eventLoopUtilization().active);
    // The system spreads connections over the threads by chance, so it may take many to reach every one.
    for (let request = 0; request < 1000 && used.size < serving.length; request++) {
      await (await fetch(stator.endpoint, { headers: { connection: 'close' } })).text();
      serving.forEach((thread, index) => {
        if (thread.performance.eventLoopUtilization().active > (idleMs[index] ?? 0)) used.add(thread);
      });
    }
    assert.equal(used.size, 4);
    await stator.close();
  });
});

describe('close', () => {
  test('can be called again, also meanwhile, and waits each time', async () => {
    const { options } = await makePassingStore();
    const stator = await start({ ...QUIET, ...options });
    const closing = [stator.close(), stator.close()];
    await closing[1];
    assert.equal(threads.size, 0);
    await Promise.all(closing);
    await stator.close();
    const { hostname, port } = new URL(stator.endpoint);
    await assert.rejects(once(connect(Number(port), hostname), 'connect'), { code: 'ECONNREFUSED' });
  });

  test('answers the requests that run, and their writes are there when the store is opened again', async () => {
    const { options } = await makeStore();
    const acknowledged: string[] = [];
    const stator = await start({ ...QUIET, ...options });
    await withClient(stator, async (client) => {
      await client.send(CREATE_TABLE);
      const writes = Array.from({ length: 40 }, async (_, number) => {
        await client.send(put(`item-${number}`));
        acknowledged.push(`item-${number}`);
      });
      await Promise.any(writes);
      const [results] = await Promise.all([Promise.allSettled(writes), stator.close()]);
      // What was refused was refused by the connection's end, not by a broken answer.
      for (const result of results) {
        if (result.status === 'rejected') assert.match(String(result.reason.code), /^E(CONNRESET|CONNREFUSED|PIPE)$/);
      }
    });
    const again = await start({ ...QUIET, ...options });
    await withClient(again, async (client) => {
      for (const pk of acknowledged) assert.deepEqual(await readItem(client, pk), { pk: { S: pk } });
    });
    await again.close();
  });

  test('lets the process end by itself', async () => {
    const entry = new URL('../../src/index.ts', import.meta.url).href;
    const [first, second] = [await makePassingStore(), await makePassingStore()];
    const program = `
      import { startStator } from '${entry}';
      const options = { port: 0, threads: 2, logLevel: 'fatal' };
      const [first, second] = ${JSON.stringify([first.options, second.options])};
      const stators = [await startStator({ ...options, ...first }), await startStator({ ...options, ...second })];
      for (const { endpoint } of stators) await (await fetch(endpoint)).text();
      for (const stator of stators) await stator.close();
      await startStator({ ...options, ...first, host: '192.0.2.1', allowAnonymous: true })
        .catch(({ name }) => console.log(name));
    `;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    const [code] = await once(child, 'close');
    assert.deepEqual([code, output], [0, 'StartError\n']);
  });
});

describe('a folder', SQLITE_ONLY.dataFolder, () => {
  test('is one server’s at a time: of many that start at once, one wins', async () => {
    const dataDir = makeFolder();
    const results = await Promise.allSettled(Array.from({ length: 4 }, () => start({ ...QUIET, dataDir })));
    const winners = results.filter((result) => result.status === 'fulfilled').map(({ value }) => value);
    assert.equal(winners.length, 1);
    for (const result of results) {
      if (result.status === 'rejected') {
        assert.equal(result.reason.message, `data folder ${dataDir} is in use by this process (pid ${process.pid})`);
      }
    }
    for (const winner of winners) await winner.close();
  });

  test('is free as soon as its server is closed', async () => {
    const dataDir = makeFolder();
    for (let round = 0; round < 3; round++) await (await start({ ...QUIET, dataDir })).close();
    assert.deepEqual(
      readdirSync(dataDir).filter((name) => name.endsWith('-wal')),
      [],
    );
  });
});

describe('a start that fails', () => {
  test('leaves neither threads nor folders nor locks', async () => {
    const [{ options: lasting }, { options: passing }] = [await makeStore(), await makePassingStore()];
    const blocker = createServer().listen(0, '127.0.0.1');
    await once(blocker, 'listening');
    const { port } = blocker.address() as AddressInfo;
    const taken = new RegExp(`^port ${port} on 127\\.0\\.0\\.1 is in use`);
    for (const count of [1, 3]) {
      for (const place of [lasting, passing]) {
        const starting = start({ ...QUIET, ...place, port, threads: count });
        await assert.rejects(starting, (error) => error instanceof StartError && taken.test(error.message));
        assert.equal(threads.size, 0);
      }
    }
    blocker.close();
    await once(blocker, 'close');
    await (await start({ ...QUIET, ...lasting })).close();
  });

  test('rejects before anything is started when the options make no sense', async () => {
    const before = threads.size;
    await assert.rejects(start({ ...QUIET, threads: 0 }), StartError);
    await assert.rejects(start({ ...QUIET, host: '0.0.0.0' }), /anyone who can reach 0\.0\.0\.0/);
    await assert.rejects(start({ ...QUIET, credentials: join(temporaryFolder, 'none') }), /can't be read: ENOENT/);
    assert.equal(threads.size, before);
  });

  test('takes undefined for what is not given', async () => {
    const { options } = await makePassingStore();
    const stator = await start({ ...QUIET, ...options, host: undefined, threads: undefined });
    assert.match(stator.endpoint, /^http:\/\/127\.0\.0\.1:\d+$/);
    await stator.close();
  });
});

test('a server whose writer ended says so, fails writes, reads on, and closes', SQLITE_ONLY.writerThread, async () => {
  const stator = await start({ ...QUIET, logLevel: 'silent', inMemory: true });
  await withClient(stator, async (client) => {
    await client.send(CREATE_TABLE);
    await client.send(put('before'));
    await [...threads].find(({ threadName }) => threadName === 'writer-thread')?.terminate();
    assert.match((await stator.failed).message, /the writer thread ended/);
    await assert.rejects(client.send(put('after')), { name: 'ServiceUnavailable' });
    assert.deepEqual(await readItem(client, 'before'), { pk: { S: 'before' } });
  });
  await stator.close();
});
