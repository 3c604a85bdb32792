/** How the process ends, and what it does when a part of it fails. */
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync, statSync, utimesSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { findFreePort } from '../server-process.ts';
import { makeFolder, type Program, type ProgramOptions, runProgram, startProgram } from './program.ts';
import { SQLITE_ONLY, type TestStore, makePassingStore, makeStore } from './store.ts';

const TABLE = {
  TableName: 'Things',
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
  KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
};

const HEADERS = {
  'content-type': 'application/x-amz-json-1.0',
  'x-amz-date': '20260101T000000Z',
  authorization:
    'AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
};

/** What became of a request: the whole answer, or the connection's end before any byte of one. */
type Result = { readonly status: number; readonly body: string } | 'closed';

/** Sends one request. Rejects if an answer began and did not end. */
function send(endpoint: string, operation: string, input: unknown, agent?: Agent): Promise<Result> {
  return new Promise((resolve, reject) => {
    const headers = { ...HEADERS, 'x-amz-target': `DynamoDB_20120810.${operation}` };
    const sent = request(endpoint, { method: 'POST', headers, ...(agent && { agent }) }, (response) => {
      let body = '';
      response.on('data', (chunk) => (body += chunk));
      response.on('error', reject);
      response.on('close', () => {
        if (response.complete) resolve({ status: response.statusCode ?? 0, body });
        else reject(new Error(`an answer broke off after ${body.length} characters`));
      });
    });
    sent.on('error', () => resolve('closed'));
    sent.end(JSON.stringify(input));
  });
}

async function call(endpoint: string, operation: string, input: unknown, agent?: Agent): Promise<unknown> {
  const result = await send(endpoint, operation, input, agent);
  assert.ok(result !== 'closed' && result.status === 200, JSON.stringify(result));
  return JSON.parse(result.body);
}

function putInput(pk: string): unknown {
  return { TableName: 'Things', Item: { pk: { S: pk } } };
}

/** Resolves when `condition` holds, asked over and over; rejects if one of `ends` settles before. */
async function until(condition: () => boolean | Promise<boolean>, ...ends: Promise<unknown>[]): Promise<void> {
  const ended = Promise.race(ends).then(() => true);
  while (!(await condition())) {
    assert.equal(await Promise.race([ended, sleep(1, false)]), false, 'what was waited for can come no more');
  }
}

/** Puts items one after the other until a connection is closed, and adds those that were acknowledged. */
async function putUntilClosed(endpoint: string, name: string, acknowledged: string[]): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  for (let number = 0; ; number++) {
    const pk = `${name}-${number}`;
    const result = await send(endpoint, 'PutItem', putInput(pk), agent);
    if (result === 'closed') break;
    assert.equal(result.status, 200, result.body);
    acknowledged.push(pk);
  }
  agent.destroy();
}

/** A request of which only the last byte is held back. */
async function startRequest(
  endpoint: string,
  operation: string,
  input: unknown,
): Promise<{ finish(): Promise<string> }> {
  const { hostname, port } = new URL(endpoint);
  const socket: Socket = connect(Number(port), hostname);
  const body = JSON.stringify(input);
  const headers = { ...HEADERS, host: hostname, 'x-amz-target': `DynamoDB_20120810.${operation}` };
  const lines = Object.entries({ ...headers, 'content-length': body.length }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  // The server asks for the body once it has the head, so that the request is known to be under way.
  socket.write(`POST / HTTP/1.1\r\n${lines.join('\r\n')}\r\nexpect: 100-continue\r\n\r\n`);
  assert.match(String(await once(socket, 'data')), /^HTTP\/1\.1 100 /);
  socket.write(body.slice(0, -1));
  return {
    async finish() {
      let answer = '';
      socket.on('data', (chunk) => (answer += chunk));
      socket.write(body.slice(-1));
      await once(socket, 'close');
      return answer;
    },
  };
}

function startOn(store: TestStore, args: readonly string[] = [], options?: ProgramOptions): Program {
  return startProgram(['start', '--port', '0', ...store.args, ...args], options);
}

async function assertStored(store: TestStore, keys: readonly string[]): Promise<void> {
  const server = startOn(store);
  const endpoint = await server.ready();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  for (const pk of keys) {
    const input = { TableName: 'Things', Key: { pk: { S: pk } } };
    assert.deepEqual(await call(endpoint, 'GetItem', input, agent), { Item: { pk: { S: pk } } });
  }
  agent.destroy();
  server.signal('SIGTERM');
  assert.equal(await server.ended, 0);
}

/** Nothing is left in SQLite's write-ahead log. */
function assertCheckpointed({ dataDir }: TestStore): void {
  if (dataDir === undefined) return;
  assert.equal(statSync(join(dataDir, 'stator.db-wal'), { throwIfNoEntry: false })?.size ?? 0, 0);
}

function readLog(program: Program): Record<string, unknown>[] {
  return program
    .stderr()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** Between the log's lines `stopping` and `stopped`. */
function stopDurationMs(program: Program): number {
  const log = readLog(program);
  const timeOf = (message: string): number => Date.parse(String(log.find(({ msg }) => msg === message)?.['time']));
  return timeOf('stopped') - timeOf('stopping');
}

/** After so long a server cuts what keeps it from ending. */
const CLOSE_GRACE_MS = 10_000;

describe('a signal ends the server in good order', () => {
  for (const [signal, threads] of [
    ['SIGTERM', 1],
    ['SIGINT', 2],
    ['SIGTERM', 4],
  ] as const) {
    test(`${signal} under load, with ${threads} threads`, async () => {
      const store = await makeStore();
      const server = startOn(store, ['--threads', String(threads)]);
      const endpoint = await server.ready();
      await call(endpoint, 'CreateTable', TABLE);
      const acknowledged: string[] = [];
      const clients = Array.from({ length: 16 }, (_, client) => putUntilClosed(endpoint, `c${client}`, acknowledged));
      await until(() => acknowledged.length >= 200, server.ended, Promise.all(clients));
      server.signal(signal);
      await Promise.all(clients);
      assert.equal(await server.ended, 0);
      assert.deepEqual(
        readLog(server)
          .slice(1)
          .map(({ msg }) => msg),
        ['stopping', 'stopped'],
      );
      assertCheckpointed(store);
      await assertStored(store, acknowledged);
    });
  }

  test('without waiting for the idle connections of an SDK, or for those that never sent anything', async () => {
    const server = startOn(await makePassingStore(), ['--threads', '2']);
    const endpoint = await server.ready();
    const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
    const client = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials });
    await Promise.all(Array.from({ length: 8 }, () => client.send(new ListTablesCommand({}))));
    const { hostname, port } = new URL(endpoint);
    const silent = connect(Number(port), hostname).on('error', () => undefined);
    await once(silent, 'connect');
    server.signal('SIGTERM');
    assert.equal(await server.ended, 0);
    assert.ok(stopDurationMs(server) < CLOSE_GRACE_MS / 2, server.stderr());
    client.destroy();
    silent.destroy();
  });

  test('after a request that had begun, whatever signals come meanwhile', async () => {
    const store = await makeStore();
    const server = startOn(store);
    const endpoint = await server.ready();
    await call(endpoint, 'CreateTable', TABLE);
    const begun = await startRequest(endpoint, 'PutItem', putInput('begun'));
    server.signal('SIGTERM');
    await server.logged(/"msg":"stopping"/);
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGINT'] as const) server.signal(signal);
    assert.match(await begun.finish(), /^HTTP\/1\.1 200 OK\r\n[^]*\r\nConnection: close\r\n[^]*\r\n\r\n\{\}$/);
    assert.equal(await server.ended, 0);
    assertCheckpointed(store);
    await assertStored(store, ['begun']);
  });

  test('while it starts', SQLITE_ONLY.temporaryFolder, async () => {
    const TMPDIR = makeFolder();
    const server = startProgram(['start', '--in-memory', '--port', '0'], { env: { TMPDIR } });
    // Its folder is made after it began to listen to signals.
    await until(() => readdirSync(TMPDIR).length > 0, server.ended);
    server.signal('SIGTERM');
    assert.equal(await server.ended, 0);
    assert.deepEqual(readdirSync(TMPDIR), []);
  });

  // Before any of its code runs, Node.js ends it by the signal itself.
  test('or at once, before it has begun anything', async () => {
    const store = await makeStore();
    for (const delayMs of [0, 20, 40, 80, 160, 320]) {
      const server = startOn(store);
      await sleep(delayMs);
      server.signal('SIGTERM');
      assert.ok([0, 'SIGTERM'].includes((await server.ended) ?? -1));
    }
    await assertStored(store, []);
  });
});

describe('a server that drains', () => {
  const isReady = async (endpoint: string): Promise<boolean> => (await fetch(`${endpoint}/health/ready`)).ok;

  test('goes on answering, is not ready, and lets go of its connections', async (t) => {
    const server = startOn(await makePassingStore(), ['--threads', '2', '--drain-seconds', '600']);
    const endpoint = await server.ready();
    await call(endpoint, 'CreateTable', TABLE);
    assert.equal(await isReady(endpoint), true);
    // All three are one wish.
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGTERM'] as const) server.signal(signal);
    // Each connection is one thread's, and both must have heard of it.
    const areClosing = async (): Promise<boolean> =>
      !(await Promise.all(Array.from({ length: 16 }, () => isReady(endpoint)))).includes(true);
    await until(areClosing, server.ended);
    for (let number = 0; number < 16; number++) {
      const response = await fetch(endpoint, {
        method: 'POST',
        headers: { ...HEADERS, 'x-amz-target': 'DynamoDB_20120810.PutItem' },
        body: JSON.stringify(putInput(`drained-${number}`)),
      });
      assert.deepEqual([response.status, response.headers.get('connection')], [200, 'close']);
      await response.text();
    }
    assert.equal((await fetch(`${endpoint}/health/live`)).status, 200);
    // Whoever asks again some time later does not want to wait.
    const impatient = setInterval(() => server.signal('SIGTERM'), 50);
    t.after(() => clearInterval(impatient));
    // From here on nothing listens for signals for certain: the program is about to end.
    await server.logged(/"msg":"stopped"/);
    clearInterval(impatient);
    assert.equal(await server.ended, 0);
  });

  test('ends by itself', async () => {
    const server = startOn(await makePassingStore(), ['--drain-seconds', '1']);
    await server.ready();
    server.signal('SIGINT');
    assert.equal(await server.ended, 0);
    assert.ok(stopDurationMs(server) >= 990, server.stderr());
  });

  test('starts threads that drain too, where one ends', { skip: process.platform === 'win32' }, async () => {
    const args = ['--threads', '1', '--drain-seconds', '600'];
    const server = startOn(await makePassingStore(), args, { preload: endOnSignal('http-thread') });
    const endpoint = await server.ready();
    server.signal('SIGTERM');
    await server.logged(/"msg":"stopping"/);
    server.signal('SIGUSR2');
    await server.logged(/an HTTP thread ended and is started again/);
    const askReady = async (): Promise<string | undefined> =>
      await fetch(`${endpoint}/health/ready`).then(
        (response) => response.text(),
        () => undefined,
      );
    // It is told so right after it has begun to listen.
    await until(async () => (await askReady()) === 'closing', server.ended);
    server.signal('SIGKILL');
    assert.equal(await server.ended, 'SIGKILL');
  });

  test('does not, where it can go on no more', { skip: process.platform === 'win32' }, async () => {
    const args = ['--drain-seconds', '600'];
    const server = startOn(await makePassingStore(), args, { preload: END_FOR_GOOD_ON_SIGNAL });
    await server.ready();
    server.signal('SIGUSR2');
    assert.equal(await server.ended, 1);
  });
});

describe('several threads', () => {
  for (const threads of [2, 4]) {
    test(`${threads} of them read what was written through any`, async () => {
      const server = startOn(await makePassingStore(), ['--threads', String(threads)]);
      const endpoint = await server.ready();
      await call(endpoint, 'CreateTable', TABLE);
      // Each connection is one thread's, and without an agent each request has its own.
      for (let number = 0; number < 40; number++) {
        const pk = { S: `item-${number}` };
        await call(endpoint, 'PutItem', { TableName: 'Things', Item: { pk } });
        const input = { TableName: 'Things', Key: { pk } };
        const answers = await Promise.all(Array.from({ length: 8 }, () => call(endpoint, 'GetItem', input)));
        for (const answer of answers) assert.deepEqual(answer, { Item: { pk } });
      }
      await call(endpoint, 'DeleteTable', { TableName: 'Things' });
      for (let number = 0; number < 16; number++) {
        assert.deepEqual(await call(endpoint, 'ListTables', {}), { TableNames: [] });
      }
      server.signal('SIGTERM');
      assert.equal(await server.ended, 0);
    });
  }
});

/** Ends a thread of the server as `SIGUSR2` comes; a thread that dies of a fault looks the same from outside. */
function endOnSignal(threadName: string): string {
  return `
    const threads = [];
    process.on('worker', (worker) => threads.push(worker));
    process.on('SIGUSR2', () => threads.find((worker) => worker.threadName === '${threadName}').terminate());
  `;
}

/** The same of an HTTP thread, after which none can be started. */
const END_FOR_GOOD_ON_SIGNAL = `${endOnSignal('http-thread')}
  process.on('SIGUSR2', () => process.on('worker', (worker) => worker.terminate()));`;

describe('when a part of the server fails', { skip: process.platform === 'win32' }, () => {
  test('an HTTP thread is started again, on the same port', async () => {
    const server = startOn(await makePassingStore(), [], { preload: endOnSignal('http-thread') });
    const endpoint = await server.ready();
    await call(endpoint, 'CreateTable', TABLE);
    server.signal('SIGUSR2');
    await server.logged(/an HTTP thread ended and is started again/);
    let listed: Result = 'closed';
    const isAnswered = async (): Promise<boolean> => (listed = await send(endpoint, 'ListTables', {})) !== 'closed';
    await until(isAnswered, server.ended);
    assert.deepEqual(listed, { status: 200, body: '{"TableNames":["Things"]}' });
    await call(endpoint, 'PutItem', putInput('a'));
    server.signal('SIGTERM');
    assert.equal(await server.ended, 0);
  });

  test('an HTTP thread that ends before it listened ends the start', async () => {
    const TMPDIR = makeFolder();
    const preload = `process.on('worker', (worker) => worker.threadName === 'http-thread' && worker.terminate());`;
    const store = await makePassingStore();
    for (const threads of ['1', '2']) {
      const args = ['start', ...store.args, '--port', '0', '--threads', threads];
      const { code, stdout, stderr } = await runProgram(args, { env: { TMPDIR }, preload });
      assert.deepEqual([code, stdout], [1, '']);
      const { level, err } = JSON.parse(stderr) as { level: string; err: { message: string } };
      assert.equal(level, 'fatal');
      assert.match(err.message, /ended before it listened/);
      assert.deepEqual(readdirSync(TMPDIR), []);
    }
  });

  test('an HTTP thread that can not be started again ends the server', async () => {
    const server = startOn(await makePassingStore(), [], { preload: END_FOR_GOOD_ON_SIGNAL });
    await server.ready();
    server.signal('SIGUSR2');
    assert.equal(await server.ended, 1);
    const log = readLog(server);
    assert.match(JSON.stringify(log.find(({ level }) => level === 'fatal')), /no HTTP thread can be started/);
    assert.equal(log.at(-1)?.['msg'], 'stopped');
  });

  test('HTTP threads that keep ending are started with longer and longer pauses, and end the server at last', async () => {
    const preload = `
      const { setTimeout } = globalThis;
      const pausesMs = [100, 200, 400, 800, 1_600, 3_200, 5_000];
      globalThis.setTimeout = (run, delayMs, ...given) =>
        setTimeout(run, pausesMs.includes(delayMs) ? delayMs / 100 : delayMs, ...given);
      process.on('worker', (worker) => {
        if (worker.threadName === 'http-thread') worker.on('message', () => setImmediate(() => worker.terminate()));
      });`;
    const server = startOn(await makePassingStore(), [], { preload });
    assert.equal(await server.ended, 1);
    const log = readLog(server);
    assert.deepEqual(
      log.filter(({ msg }) => msg === 'an HTTP thread ended and is started again').map(({ delayMs }) => delayMs),
      [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000],
    );
    assert.match(JSON.stringify(log.find(({ level }) => level === 'fatal')), /HTTP threads keep ending/);
    assert.equal(log.at(-1)?.['msg'], 'stopped');
  });

  test(
    'a writer that ends fails its requests and ends the server, which finds all acknowledged writes again',
    SQLITE_ONLY.writerThread,
    async () => {
      const store = await makeStore();
      const server = startOn(store, [], { preload: endOnSignal('writer-thread') });
      const endpoint = await server.ready();
      await call(endpoint, 'CreateTable', TABLE);
      const acknowledged: string[] = [];
      const clients = Array.from({ length: 8 }, async (_, client) => {
        for (let number = 0; ; number++) {
          const result = await send(endpoint, 'PutItem', putInput(`c${client}-${number}`));
          if (result === 'closed' || result.status !== 200) break;
          acknowledged.push(`c${client}-${number}`);
        }
      });
      await until(() => acknowledged.length >= 50, server.ended, Promise.all(clients));
      server.signal('SIGUSR2');
      await Promise.all(clients);
      assert.equal(await server.ended, 1);
      const fatal = readLog(server).find(({ level }) => level === 'fatal');
      assert.match(JSON.stringify(fatal), /the writer thread ended with code 1.*the server can not go on/);
      await assertStored(store, acknowledged);
    },
  );

  for (const fault of [`throw new Error('a fault')`, `void Promise.reject(new Error('a fault'))`]) {
    test(`${fault} is logged with its cause and ends the program`, async () => {
      const TMPDIR = makeFolder();
      const preload = `process.on('SIGUSR2', () => { ${fault}; });`;
      const server = startOn(await makePassingStore(), [], { env: { TMPDIR }, preload });
      await server.ready();
      server.signal('SIGUSR2');
      assert.equal(await server.ended, 1);
      const last = readLog(server).at(-1);
      assert.equal(last?.['level'], 'fatal');
      assert.match(JSON.stringify(last?.['err']), /"message":"a fault","stack":"Error: a fault/);
      assert.deepEqual(readdirSync(TMPDIR), []);
    });
  }
});

describe('the log', () => {
  test('tells of start and stop in lines of JSON', async () => {
    const server = startOn(await makePassingStore(), ['--threads', '2']);
    const endpoint = await server.ready();
    server.signal('SIGINT');
    assert.equal(await server.ended, 0);
    const [started, stopping, stopped, ...others] = readLog(server);
    assert.deepEqual(others, []);
    const common = { level: 'info', pid: server.pid, thread: 'main' };
    assert.partialDeepStrictEqual(started, { ...common, msg: 'started', endpoint, threads: 2 });
    assert.partialDeepStrictEqual(stopping, { ...common, msg: 'stopping', signal: 'SIGINT' });
    assert.partialDeepStrictEqual(stopped, { ...common, msg: 'stopped' });
  });

  test('names the variables that look like options and are none', async () => {
    const env = { STATOR_PROT: '8000', STATOR_LOG_LEVEL: 'warn', STATOR_: '' };
    const server = startOn(await makePassingStore(), [], { env });
    await server.ready();
    server.signal('SIGTERM');
    assert.equal(await server.ended, 0);
    const [warning, ...others] = readLog(server);
    assert.deepEqual(others, []);
    assert.partialDeepStrictEqual(warning, { level: 'warn', variables: ['STATOR_PROT', 'STATOR_'] });
  });

  test('is empty where it was asked to be', async () => {
    const store = await makePassingStore();
    for (const level of ['silent', 'warn']) {
      const server = startOn(store, ['--log-level', level]);
      await server.ready();
      server.signal('SIGTERM');
      assert.equal(await server.ended, 0);
      assert.equal(server.stderr(), '');
    }
  });

  test('and standard output may be closed by who read them', async () => {
    const port = await findFreePort();
    const server = startOn(await makePassingStore(), ['--port', String(port)]);
    server.hangUp('stdout');
    server.hangUp('stderr');
    const endpoint = `http://127.0.0.1:${port}`;
    await until(async () => (await send(endpoint, 'ListTables', {})) !== 'closed', server.ended);
    await call(endpoint, 'CreateTable', TABLE);
    server.signal('SIGTERM');
    assert.equal(await server.ended, 0);
  });
});

test(
  'folders of in-memory servers that were killed are removed by the next one, those of living ones are not',
  SQLITE_ONLY.temporaryFolder,
  async () => {
    const TMPDIR = makeFolder();
    const start = async (): Promise<Program> => {
      const server = startProgram(['start', '--in-memory', '--port', '0'], { env: { TMPDIR } });
      await server.ready();
      return server;
    };
    const killed = await start();
    killed.signal('SIGKILL');
    assert.equal(await killed.ended, 'SIGKILL');
    const [leftover = ''] = readdirSync(TMPDIR);
    const living = await start();
    const livingFolder = readdirSync(TMPDIR).find((name) => name !== leftover) ?? '';
    assert.deepEqual(
      readdirSync(TMPDIR).toSorted(),
      [leftover, livingFolder].toSorted(),
      'a young one may not be whole yet',
    );
    const longAgo = new Date('2026-01-01');
    for (const name of [leftover, livingFolder]) utimesSync(join(TMPDIR, name), longAgo, longAgo);
    const next = await start();
    assert.ok(!readdirSync(TMPDIR).includes(leftover));
    assert.ok(readdirSync(TMPDIR).includes(livingFolder));
    for (const server of [living, next]) {
      server.signal('SIGTERM');
      assert.equal(await server.ended, 0);
    }
    assert.deepEqual(readdirSync(TMPDIR), []);
  },
);
