/** A database that goes away and comes back, and what a node's callers, its supervisor and its log are told. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { Client } from 'pg';
import { openTestDatabase, type PostgresServer, startPostgres } from '../postgres.ts';
import { findFreePort } from '../server-process.ts';
import { makeFolder, type Program, runProgram, startProgram } from './program.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

const HEADERS = {
  'content-type': 'application/x-amz-json-1.0',
  'x-amz-date': '20260101T000000Z',
  authorization:
    'AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
};

/** The longest that sessions of the database are waited for when they are ended. */
const SESSION_END_MS = 60_000;

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Sends one request, once. Rejects without an answer, or if it has not what every answer has. */
async function send(endpoint: string, operation: string, input: unknown): Promise<Answer> {
  const headers = { ...HEADERS, 'x-amz-target': `DynamoDB_20120810.${operation}` };
  const response = await fetch(endpoint, { method: 'POST', headers, body: JSON.stringify(input) });
  const body = await response.text();
  assert.match(String(response.headers.get('x-amzn-requestid')), /^[A-Z0-9]{52}$/);
  assert.equal(response.headers.get('x-amz-crc32'), String(crc32(body)));
  return { status: response.status, body };
}

/** What the SDKs try again: a 5xx, in the form of the service's errors. */
function assertRetryable({ status, body }: Answer): void {
  const { __type } = JSON.parse(body) as { readonly __type: string };
  const expected = { 500: /#InternalServerError$/, 503: /#ServiceUnavailable$/ }[status];
  assert.ok(expected?.test(__type), `${status} ${body}`);
}

async function sendSuccessfully(endpoint: string, operation: string, input: unknown): Promise<unknown> {
  const { status, body } = await send(endpoint, operation, input);
  assert.equal(status, 200, body);
  return JSON.parse(body);
}

const TABLE = {
  TableName: 'Things',
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
  KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
};

function putInput(pk: string): unknown {
  return { TableName: 'Things', Item: { pk: { S: pk } } };
}

function getInput(pk: string): unknown {
  return { TableName: 'Things', Key: { pk: { S: pk } } };
}

async function askHealth(endpoint: string, check: 'live' | 'ready'): Promise<readonly [number, string]> {
  const response = await fetch(`${endpoint}/health/${check}`);
  return [response.status, await response.text()];
}

/** Resolves when the answer to `/health/ready` is `text`. */
async function untilReadiness(endpoint: string, text: string): Promise<void> {
  while ((await askHealth(endpoint, 'ready'))[1] !== text) await sleep(20);
}

function startNode(url: string): Program {
  return startProgram(['start', '--storage', url, '--port', '0', '--threads', '2', '--drain-seconds', '0']);
}

interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly fault?: string;
  readonly requests?: number;
}

function readLog(program: Program): LogLine[] {
  const lines = program.stderr().trim().split('\n');
  return lines.map((line) => JSON.parse(line) as LogLine);
}

/** A client that puts one item after the other, whatever becomes of each. */
interface Writer {
  readonly acknowledged: string[];
  refused: number;
}

async function write(endpoint: string, name: string, writer: Writer, isEnough: () => boolean): Promise<void> {
  for (let number = 0; !isEnough(); number++) {
    const pk = `${name}-${number}`;
    const answer = await send(endpoint, 'PutItem', putInput(pk));
    if (answer.status === 200) {
      writer.acknowledged.push(pk);
    } else {
      assertRetryable(answer);
      writer.refused++;
    }
  }
}

/** Resolves when `count` has grown for each of `writers`; rejects if one of them ends before. */
async function untilAllGrow(
  writers: readonly Writer[],
  count: (writer: Writer) => number,
  ends: Promise<unknown>,
): Promise<void> {
  const before = writers.map(count);
  const ended = ends.then(() => true);
  while (writers.some((writer, index) => count(writer) === before[index])) {
    assert.equal(await Promise.race([ended, sleep(10, false)]), false, 'the writers have ended');
  }
}

describe('a database that ends and comes back', () => {
  let postgres: PostgresServer;
  before(async () => {
    postgres = await startPostgres();
  });
  after(() => postgres.remove());

  for (const end of ['kill', 'stop'] as const) {
    test(`by ${end}, is refused requests, and then all goes on as before`, async () => {
      const node = startNode(await postgres.createDatabase());
      const endpoint = await node.ready();
      await sendSuccessfully(endpoint, 'CreateTable', TABLE);
      assert.deepEqual(await askHealth(endpoint, 'ready'), [200, 'ready']);
      let isEnough = false;
      const writers = Array.from({ length: 8 }, (): Writer => ({ acknowledged: [], refused: 0 }));
      const writing = Promise.all(writers.map((writer, index) => write(endpoint, `c${index}`, writer, () => isEnough)));
      await untilAllGrow(writers, ({ acknowledged }) => acknowledged.length, writing);

      await postgres[end]();
      await untilReadiness(endpoint, 'store unavailable');
      await untilAllGrow(writers, ({ refused }) => refused, writing);
      assert.deepEqual(await askHealth(endpoint, 'live'), [200, 'live']);
      assertRetryable(await send(endpoint, 'GetItem', getInput('c0-0')));
      assertRetryable(await send(endpoint, 'ListTables', {}));

      await postgres.restart();
      await untilReadiness(endpoint, 'ready');
      await untilAllGrow(writers, ({ acknowledged }) => acknowledged.length, writing);
      isEnough = true;
      await writing;
      for (const pk of writers.flatMap(({ acknowledged }) => acknowledged)) {
        assert.deepEqual(await sendSuccessfully(endpoint, 'GetItem', getInput(pk)), { Item: { pk: { S: pk } } });
      }
      node.signal('SIGTERM');
      assert.equal(await node.ended, 0);
      // The two reads above were refused too.
      assertLogged(node, 2 + writers.reduce((sum, { refused }) => sum + refused, 0));
    });
  }
});

/** Asserts that the log tells of `refused` requests, in one line for the first of a kind and one for the end. */
function assertLogged(node: Program, refused: number): void {
  const log = readLog(node);
  assert.deepEqual(
    log.filter(({ level }) => level === 'error' || level === 'fatal'),
    [],
  );
  const ends = log.filter(({ msg }) => msg === 'no more requests are refused for this fault');
  const begins = log.filter(({ msg }) => msg === 'requests are refused for a fault below the operations');
  assert.equal(begins.length, ends.length);
  assert.equal(
    ends.reduce((sum, { requests = 0 }) => sum + requests, 0),
    refused,
  );
}

describe('a database that falls silent', () => {
  let database: Awaited<ReturnType<typeof openTestDatabase>>;
  let proxy: TcpProxy;
  before(async () => {
    database = await openTestDatabase();
    proxy = await startTcpProxy(database.url);
  });
  after(async () => {
    await proxy.close();
    await database.drop();
  });

  test('lets nobody wait for ever, and all goes on when it is back', async () => {
    const node = startNode(proxy.through(database.url));
    const endpoint = await node.ready();
    await sendSuccessfully(endpoint, 'CreateTable', TABLE);
    await sendSuccessfully(endpoint, 'PutItem', putInput('before'));

    proxy.silence();
    const refused = [
      send(endpoint, 'GetItem', getInput('before')),
      send(endpoint, 'PutItem', putInput('meanwhile')),
      send(endpoint, 'UpdateItem', getInput('meanwhile')),
      send(endpoint, 'Scan', { TableName: 'Things' }),
      send(endpoint, 'ListTables', {}),
      send(endpoint, 'DescribeTable', { TableName: 'Things' }),
      send(endpoint, 'CreateTable', { ...TABLE, TableName: 'Others' }),
      send(endpoint, 'BatchGetItem', { RequestItems: { Things: { Keys: [{ pk: { S: 'before' } }] } } }),
    ];
    await untilReadiness(endpoint, 'store unavailable');
    assert.deepEqual(await askHealth(endpoint, 'live'), [200, 'live']);
    for (const answer of await Promise.all(refused)) assertRetryable(answer);

    proxy.restore();
    await untilReadiness(endpoint, 'ready');
    const got = await sendSuccessfully(endpoint, 'GetItem', getInput('before'));
    assert.deepEqual(got, { Item: { pk: { S: 'before' } } });
    await sendSuccessfully(endpoint, 'PutItem', putInput('after'));

    proxy.silence();
    node.signal('SIGTERM');
    assert.equal(await node.ended, 0);
    proxy.restore();
  });
});

describe('a database that takes no writes', () => {
  let database: Awaited<ReturnType<typeof openTestDatabase>>;
  before(async () => {
    database = await openTestDatabase();
  });
  after(() => database.drop());

  /** As a failover to a standby and back does: sessions end, and new ones only read, or write again. */
  async function setReadOnly(isReadOnly: boolean): Promise<void> {
    const client = new Client({ connectionString: database.url });
    await client.connect();
    // The session itself may only read.
    await client.query('SET default_transaction_read_only = off');
    const name = new URL(database.url).pathname.slice(1);
    await client.query(`ALTER DATABASE ${name} SET default_transaction_read_only = ${isReadOnly ? 'on' : 'off'}`);
    await client.query(
      `SELECT pg_terminate_backend(pid, ${SESSION_END_MS}) FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    );
    await client.end();
  }

  test('makes a node unready and its writes fail, until it takes them again', async () => {
    const node = startNode(database.url);
    const endpoint = await node.ready();
    await sendSuccessfully(endpoint, 'CreateTable', TABLE);
    await sendSuccessfully(endpoint, 'PutItem', putInput('before'));

    await setReadOnly(true);
    await untilReadiness(endpoint, 'store unavailable');
    assert.deepEqual(await askHealth(endpoint, 'ready'), [503, 'store unavailable']);
    assert.deepEqual(await askHealth(endpoint, 'live'), [200, 'live']);
    const writes = [
      send(endpoint, 'PutItem', putInput('meanwhile')),
      send(endpoint, 'UpdateItem', getInput('meanwhile')),
      send(endpoint, 'DeleteItem', getInput('before')),
      send(endpoint, 'CreateTable', { ...TABLE, TableName: 'Others' }),
    ];
    for (const answer of await Promise.all(writes)) assertRetryable(answer);
    const item = { Item: { pk: { S: 'before' } } };
    assert.deepEqual(await sendSuccessfully(endpoint, 'GetItem', getInput('before')), item);

    await setReadOnly(false);
    await untilReadiness(endpoint, 'ready');
    assert.deepEqual(await sendSuccessfully(endpoint, 'GetItem', getInput('before')), item);
    assert.deepEqual(await sendSuccessfully(endpoint, 'GetItem', getInput('meanwhile')), {});
    await sendSuccessfully(endpoint, 'PutItem', putInput('after'));
    await sendSuccessfully(endpoint, 'CreateTable', { ...TABLE, TableName: 'Others' });
    node.signal('SIGTERM');
    assert.equal(await node.ended, 0);
    assertLogged(node, writes.length);
  });
});

describe('a database that can not be reached ends the start in one line', () => {
  let database: Awaited<ReturnType<typeof openTestDatabase>>;
  before(async () => {
    database = await openTestDatabase();
  });
  after(() => database.drop());

  async function assertRefused(url: string, reason: RegExp): Promise<void> {
    const args = ['start', '--port', '0', '--storage', url];
    const { code, stdout, stderr } = await runProgram(args, { cwd: makeFolder() });
    assert.match(stderr, /^stator: [^\n]+\n$/);
    assert.match(stderr, reason);
    const { password } = new URL(url);
    assert.ok(password === '' || !stderr.includes(password), 'the password is told');
    assert.deepEqual([code, stdout], [1, '']);
  }

  test('where nobody listens', async () => {
    await assertRefused(`postgres://user:secret@127.0.0.1:${await findFreePort()}/stator`, /can't be reached/);
  });

  test('where there is no such host', () =>
    assertRefused('postgres://user:secret@no.invalid/stator', /can't be reached/));

  test('where nobody answers', async () => {
    const proxy = await startTcpProxy(database.url);
    proxy.silence();
    await assertRefused(proxy.through(database.url), /can't be reached/);
    await proxy.close();
  });

  test('where the password is wrong', async () => {
    const url = new URL(database.url);
    url.password = 'guessed-secret';
    await assertRefused(url.href, /password authentication failed/);
  });

  test('where there is no such database', async () => {
    const url = new URL(database.url);
    url.pathname = 'nowhere';
    await assertRefused(url.href, /database "nowhere" does not exist/);
  });
});
