import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { Writable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { crc32, deflateRawSync, deflateSync, gunzipSync, gzipSync, inflateSync } from 'node:zlib';
import pino from 'pino';
import type { Call, Operation } from '../api/operation.ts';
import type { OperationContext } from '../api/operation-context.ts';
import { systemClock } from '../foundation/clock.ts';
import { ApiError, validationError } from '../foundation/errors.ts';
import { createHttpServer } from './http-server.ts';
import type { HttpServer } from './http-server.ts';

type Echo = { readonly Text?: string; readonly Repeat?: number };

/** An error of a layer below the operations. */
class StoreGone extends Error {}

/** A call of Wait has begun; `release` lets it answer. */
let begun = Promise.withResolvers<{ readonly release: () => void }>();

const operations: ReadonlyMap<string, Operation> = new Map(
  (
    [
      { name: 'Echo', run: async (_context, { Text = '', Repeat = 1 }) => ({ Text: Text.repeat(Repeat) }) },
      {
        name: 'Refuse',
        run: async () => {
          throw new ApiError({ name: 'ConditionalCheckFailedException', message: 'no', members: { Item: { a: 1 } } });
        },
      },
      {
        name: 'Break',
        run: async () => {
          throw new Error('broken inside', { cause: new Error('the root of it') });
        },
      },
      {
        name: 'BreakAtOnce',
        run: () => {
          throw new Error('broken at once');
        },
      },
      {
        name: 'TellCall',
        run: async (_context, _input, { requestId, caller }: Call) => ({ requestId, caller }),
      },
      { name: 'AnswerNonsense', run: async () => ({ Count: 1n }) },
      {
        name: 'MeetClosedStore',
        run: async () => {
          throw new StoreGone('closed');
        },
      },
      {
        name: 'Wait',
        run: () =>
          new Promise((resolve) => {
            begun.resolve({ release: () => resolve({ Done: true }) });
          }),
      },
    ] satisfies Operation<Echo>[]
  ).map((operation) => [`DynamoDB_20120810.${operation.name}`, operation as Operation]),
);

const AUTHORIZATION =
  'AWS4-HMAC-SHA256 Credential=me/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0';

const CALL_HEAD = [
  'POST / HTTP/1.1',
  'Host: h',
  'Content-Type: application/x-amz-json-1.0',
  'X-Amz-Target: DynamoDB_20120810.Echo',
  'X-Amz-Date: 20260101T000000Z',
  `Authorization: ${AUTHORIZATION}`,
  '',
].join('\r\n');

const logLines: string[] = [];
/** As the server has counted them. */
let calls = 0;
let threadsRun = true;
const logger = pino(
  { level: 'warn' },
  new Writable({ write: (chunk, _encoding, done) => (logLines.push(String(chunk)), done()) }),
);

/** `ping` stands for the store. */
function makeServer(ping = async () => undefined): HttpServer {
  return createHttpServer({
    operations,
    context: { clock: systemClock } as unknown as OperationContext,
    region: 'eu-test-1',
    logger,
    validateInput: (name, body) => {
      if (name === 'Echo' && Reflect.get(body as object, 'Invalid') === true) throw validationError('invalid input');
    },
    describeFault: (error) =>
      error instanceof StoreGone ? { name: 'ServiceUnavailable', message: 'gone' } : undefined,
    areThreadsRunning: () => threadsRun,
    pingStore: ping,
    countCall: () => void calls++,
  });
}

interface Reply {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

interface Options {
  readonly method?: string;
  readonly path?: string;
  readonly target?: string;
  readonly headers?: Record<string, string | undefined>;
  readonly body?: string | Buffer;
  readonly agent?: http.Agent;
  readonly port?: number;
}

let server: HttpServer;
let port = 0;

before(async () => {
  server = makeServer();
  ({ port } = await server.listen({ port: 0, host: '127.0.0.1' }));
});
after(() => server.close());

/** Sends a request and checks what every answer must have: an id, the CRC and the length of its bytes. */
async function send(options: Options = {}): Promise<Reply> {
  const headers: Record<string, string> = {};
  const given: Record<string, string | undefined> = {
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-target': `DynamoDB_20120810.${options.target ?? 'Echo'}`,
    authorization: AUTHORIZATION,
    'x-amz-date': '20260101T000000Z',
    ...options.headers,
  };
  for (const [name, value] of Object.entries(given)) if (value !== undefined) headers[name] = value;
  const { method = 'POST', path = '/', agent } = options;
  const where = { host: '127.0.0.1', port: options.port ?? port };
  const request = http.request({ ...where, method, path, headers, ...(agent === undefined ? {} : { agent }) });
  request.end(options.body ?? '{"Text":"hello"}');
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  assert.match(String(response.headers['x-amzn-requestid']), /^[A-Z0-9]{52}$/);
  assert.equal(response.headers['x-amz-crc32'], String(crc32(body)));
  if (method !== 'HEAD') assert.equal(response.headers['content-length'], String(body.length));
  return { status: response.statusCode ?? 0, headers: response.headers, body };
}

/** Writes `text` on a connection of its own and gives back all that comes until the server ends it. */
async function sendRaw(text: string | Buffer): Promise<string> {
  const socket = net.connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.write(text);
  await once(socket, 'close');
  return Buffer.concat(chunks).toString();
}

function assertFault(reply: Reply, status: number, type: string, text?: string): void {
  const body = JSON.parse(reply.body.toString()) as Record<string, unknown>;
  assert.equal(reply.status, status);
  assert.equal(body['__type'], type);
  assert.equal(body['message'] ?? body['Message'], text);
}

const SERIALIZATION = 'com.amazon.coral.service#SerializationException';

describe('a call', () => {
  test('is answered with the JSON of its operation', async () => {
    const reply = await send();
    assert.equal(reply.status, 200);
    assert.equal(reply.headers['content-type'], 'application/x-amz-json-1.0');
    assert.equal(reply.body.toString(), '{"Text":"hello"}');
  });

  test('is answered in the content type it came in', async () => {
    for (const given of [
      'application/x-amz-json-1.1',
      'application/json',
      'Application/X-Amz-Json-1.0; charset=utf-8',
    ]) {
      const reply = await send({ headers: { 'content-type': given } });
      assert.equal(reply.status, 200);
      assert.equal(reply.headers['content-type'], given.split(';')[0]?.toLowerCase());
    }
  });

  test('is counted once, and nothing else is', async () => {
    const before = calls;
    await send();
    await send({ target: 'Refuse' });
    await send({ method: 'GET', path: '/health/ready', body: '' });
    await send({ headers: { authorization: undefined } });
    assert.equal(calls, before + 2);
  });

  test('has an id of its own', async () => {
    const ids = new Set<unknown>();
    for (let i = 0; i < 40; i++) ids.add((await send()).headers['x-amzn-requestid']);
    assert.equal(ids.size, 40);
  });

  test('keeps characters outside ASCII in the body, the length and the CRC', async () => {
    const reply = await send({ body: JSON.stringify({ Text: 'żółć 漢字 😀' }) });
    assert.deepEqual(JSON.parse(reply.body.toString()), { Text: 'żółć 漢字 😀' });
  });

  test('tells its operation who calls, and by which id the answer goes', async () => {
    const reply = await send({ target: 'TellCall' });
    const requestId = reply.headers['x-amzn-requestid'];
    assert.deepEqual(JSON.parse(reply.body.toString()), { requestId, caller: { accessKeyId: 'me' } });
  });

  test('that its operation refuses gets the error with its members', async () => {
    const reply = await send({ target: 'Refuse' });
    const type = 'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException';
    assertFault(reply, 400, type, 'no');
    assert.deepEqual(JSON.parse(reply.body.toString()).Item, { a: 1 });
  });

  test('with input of a wrong shape gets the error of validation', async () => {
    const reply = await send({ body: '{"Invalid":true}' });
    assertFault(reply, 400, 'com.amazon.coral.validate#ValidationException', 'invalid input');
  });

  test('may come in many chunks and with others in one', async () => {
    const one = `${CALL_HEAD}Content-Length: 12\r\n\r\n{"Text":"a"}`;
    const two = `${CALL_HEAD}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\n{"T\r\n9\r\next":"b"}\r\n0\r\n\r\n`;
    const answers = await sendRaw(one + two);
    assert.ok(answers.indexOf('{"Text":"a"}') > 0);
    assert.ok(answers.indexOf('{"Text":"b"}') > answers.indexOf('{"Text":"a"}'));
  });
});

describe('what is not a call', () => {
  test('an unknown or missing target is an unknown operation, before anyone asks who calls', async () => {
    for (const target of ['DynamoDB_20120810.Nope', 'Echo', '__proto__', '', undefined]) {
      const reply = await send({ headers: { 'x-amz-target': target, authorization: undefined } });
      assert.equal(reply.status, 400);
      assert.equal(reply.body.toString(), '{"__type":"com.amazon.coral.service#UnknownOperationException"}');
    }
  });

  test('is logged once where it could have been an operation', async () => {
    logLines.length = 0;
    const targets = ['DynamoDB_20120810.TagResource', 'DynamoDBStreams_20120810.GetRecords', 'DynamoDB_20120810.a b'];
    for (const target of [...targets, 'nonsense', ...targets]) await send({ headers: { 'x-amz-target': target } });
    const logged = logLines.map((line) => (JSON.parse(line) as { readonly target: string }).target);
    assert.deepEqual(logged, targets.slice(0, 2));
    for (let i = 0; i < 100; i++) {
      const letters = String.fromCharCode(97 + (i % 26), 97 + Math.floor(i / 26));
      await send({ headers: { 'x-amz-target': `DynamoDB_20120810.X${letters}` } });
    }
    assert.ok(logLines.length <= 64);
  });

  test('another method, path or content type is not found', async () => {
    const cases: Options[] = [
      { method: 'PUT' },
      { method: 'DELETE' },
      { path: '/other' },
      { path: '//' },
      { headers: { 'content-type': 'text/plain' } },
      { headers: { 'content-type': undefined } },
    ];
    for (const options of cases) {
      const reply = await send(options);
      assert.equal(reply.status, 404);
      assert.equal(reply.body.toString(), '<UnknownOperationException/>\n');
    }
  });

  test('health', async () => {
    const root = await send({ method: 'GET', body: '' });
    assert.equal(root.status, 200);
    assert.equal(root.body.toString(), 'healthy: dynamodb.eu-test-1.amazonaws.com ');
    const head = await send({ method: 'HEAD', body: '' });
    assert.equal(head.status, 200);
    assert.equal(head.headers['content-length'], String(root.body.length));
    assert.equal((await send({ method: 'GET', path: '/health/live', body: '' })).status, 200);
    assert.equal((await send({ method: 'GET', path: '/health/ready', body: '' })).status, 200);
    assert.equal((await send({ method: 'GET', path: '/health/other', body: '' })).status, 404);
  });

  test('a browser on another origin may ask and call', async () => {
    const preflight = await send({
      method: 'OPTIONS',
      headers: {
        origin: 'http://example.test',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'x-amz-target,authorization',
      },
    });
    assert.equal(preflight.status, 200);
    assert.equal(preflight.headers['access-control-allow-origin'], '*');
    assert.equal(preflight.headers['access-control-allow-methods'], 'POST');
    assert.equal(preflight.headers['access-control-allow-headers'], 'x-amz-target,authorization');
    assert.equal(preflight.headers['access-control-max-age'], '172800');
    const call = await send({ headers: { origin: 'http://example.test' } });
    assert.equal(call.headers['access-control-allow-origin'], '*');
    assert.match(String(call.headers['access-control-expose-headers']), /x-amzn-RequestId.*x-amz-crc32/);
    assert.equal((await send()).headers['access-control-allow-origin'], undefined);
  });
});

describe('a body', () => {
  test('that is no JSON object is a serialization error', async () => {
    const bodies = ['', '{', 'nope', '[]', '"text"', '5', 'null', '{"a":1}x', '\uFEFF{}'];
    for (const body of bodies) assertFault(await send({ body }), 400, SERIALIZATION);
    const invalidUtf8 = Buffer.concat([Buffer.from('{"Text":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]);
    assertFault(await send({ body: invalidUtf8 }), 400, SERIALIZATION);
  });

  test('nested very deep is a serialization error, soon', async () => {
    for (const count of [1_001, 1_000_000]) {
      assertFault(await send({ body: `{"a":${'['.repeat(count)}${']'.repeat(count)}}` }), 400, SERIALIZATION);
    }
    assertFault(await send({ body: '['.repeat(1_000_000) }), 400, SERIALIZATION);
    assertFault(await send({ body: '{"a":'.repeat(1_000_000) }), 400, SERIALIZATION);
  });

  test('may hold brackets and quotes in its strings, and nest as far as the limit', async () => {
    const text = `\\"${'[{'.repeat(3_000)}\\`;
    const reply = await send({ body: JSON.stringify({ Text: text }) });
    assert.deepEqual(JSON.parse(reply.body.toString()), { Text: text });
    const deep = `{"Text":"ok","Other":${'['.repeat(999)}${']'.repeat(999)}${' '.repeat(2_000)}}`;
    assert.equal((await send({ body: deep })).status, 200);
  });

  test('may be compressed', async () => {
    const body = Buffer.from('{"Text":"packed"}');
    const packed = [
      ['gzip', gzipSync(body)],
      ['GZIP', gzipSync(body)],
      ['deflate', deflateSync(body)],
      ['deflate', deflateRawSync(body)],
      ['identity', body],
    ] as const;
    for (const [encoding, bytes] of packed) {
      const reply = await send({ headers: { 'content-encoding': encoding }, body: bytes });
      assert.equal(reply.body.toString(), '{"Text":"packed"}');
    }
  });

  test('that is not of its encoding is malformed', async () => {
    for (const encoding of ['gzip', 'deflate', 'br']) {
      const reply = await send({ headers: { 'content-encoding': encoding }, body: 'plain text, not packed' });
      assert.equal(reply.status, 400);
      assert.match(reply.body.toString(), /MalformedHttpRequestException/);
    }
  });

  test('of 16 MB is taken, a larger one is refused, declared or not, packed or not', async () => {
    const body = Buffer.from(`{"Text":"fits"}`.padEnd(16 * 1024 * 1024));
    assert.equal((await send({ body })).status, 200);
    const larger = Buffer.concat([body, Buffer.from(' ')]);
    const type = 'com.amazon.coral.service#RequestEntityTooLargeException';
    const text = 'The request entity is too large.';
    assertFault(await send({ body: larger }), 413, type, text);
    assertFault(await send({ body: larger, headers: { 'transfer-encoding': 'chunked' } }), 413, type, text);
    assertFault(await send({ body: gzipSync(larger), headers: { 'content-encoding': 'gzip' } }), 413, type, text);
    assert.equal((await send()).status, 200);
  });

  test('that is too large is refused before it is sent when the sender asks first', async () => {
    const answer = await sendRaw(`${CALL_HEAD}Expect: 100-continue\r\nContent-Length: 99999999\r\n\r\n`);
    assert.match(answer, /^HTTP\/1\.1 413 [^]*\r\nConnection: close\r\n/);
  });

  test('is not asked for where its sender is refused', async () => {
    const head = CALL_HEAD.replace(/Authorization:.*\r\n/, '');
    const answer = await sendRaw(`${head}Expect: 100-continue\r\nContent-Length: 10\r\n\r\n`);
    assert.match(answer, /^HTTP\/1\.1 400 [^]*\r\nConnection: close\r\n[^]*MissingAuthenticationToken/i);
  });

  test('that is refused is read to its end, so that the answer is not lost', async () => {
    const body = Buffer.alloc(40 * 1024 * 1024, ' ');
    for (const extra of ['', 'Connection: close\r\n']) {
      const refused = Buffer.from(`${CALL_HEAD}${extra}Content-Length: ${body.length}\r\n\r\n`);
      const last = Buffer.from(`${CALL_HEAD}Connection: close\r\nContent-Length: 12\r\n\r\n{"Text":"a"}`);
      const answers = await sendRaw(Buffer.concat([refused, body, extra === '' ? last : Buffer.alloc(0)]));
      assert.match(answers, /^HTTP\/1\.1 413 [^]*\r\nx-amz-crc32: \d+\r\n[^]*The request entity is too large\."\}/);
      assert.equal(answers.endsWith('{"Text":"a"}'), extra === '');
    }
  });

  test('that does not end is cut', async () => {
    const endless = `${CALL_HEAD}Transfer-Encoding: chunked\r\n\r\n`;
    const chunk = Buffer.concat([Buffer.from('1000000\r\n'), Buffer.alloc(0x1000000), Buffer.from('\r\n')]);
    const text = Buffer.concat([Buffer.from(endless), ...Array.from({ length: 12 }, () => chunk)]);
    await assert.rejects(sendRaw(text), (error: NodeJS.ErrnoException) => /^E(CONNRESET|PIPE)$/.test(error.code ?? ''));
  });

  test('that fits is asked for when the sender asks first', async () => {
    const head = `${CALL_HEAD}Expect: 100-continue\r\nConnection: close\r\nContent-Length: 12\r\n\r\n`;
    assert.match(
      await sendRaw(`${head}{"Text":"a"}`),
      /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 [^]*{"Text":"a"}$/,
    );
  });
});

describe('an answer', () => {
  test('above 4 KB is compressed when asked for', async () => {
    const body = '{"Text":"0123456789","Repeat":500}';
    const expected = JSON.stringify({ Text: '0123456789'.repeat(500) });
    const packed = await send({ body, headers: { 'accept-encoding': 'deflate;q=0.5, gzip' } });
    assert.equal(packed.headers['content-encoding'], 'gzip');
    assert.equal(gunzipSync(packed.body).toString(), expected);
    const deflated = await send({ body, headers: { 'accept-encoding': 'gzip;q=0, deflate' } });
    assert.equal(deflated.headers['content-encoding'], 'deflate');
    assert.equal(inflateSync(deflated.body).toString(), expected);
  });

  test('is not compressed when small, or not asked for', async () => {
    const body = '{"Text":"0123456789","Repeat":500}';
    for (const accepted of [undefined, 'identity', 'br', 'gzip;q=0']) {
      const reply = await send({ body, headers: { 'accept-encoding': accepted } });
      assert.equal(reply.headers['content-encoding'], undefined);
      assert.equal(reply.body.length, 5_011);
    }
    assert.equal((await send({ headers: { 'accept-encoding': 'gzip' } })).headers['content-encoding'], undefined);
  });
});

describe('a fault of ours', () => {
  test('is a 500 that tells nothing, and is logged with its cause and the request id', async () => {
    for (const target of ['Break', 'BreakAtOnce', 'AnswerNonsense']) {
      logLines.length = 0;
      const reply = await send({ target });
      const type = 'com.amazonaws.dynamodb.v20120810#InternalServerError';
      assertFault(reply, 500, type, 'Internal server error');
      const line = JSON.parse(logLines.join('')) as Record<string, unknown>;
      assert.equal(line['requestId'], reply.headers['x-amzn-requestid']);
      assert.equal(line['operation'], target);
      assert.equal(line['accessKeyId'], 'me');
      if (target === 'Break') assert.match(JSON.stringify(line['err']), /broken inside.*the root of it/);
    }
    assert.equal((await send()).status, 200);
  });

  test('that the layers below have an answer for gets that, and is logged', async () => {
    logLines.length = 0;
    const reply = await send({ target: 'MeetClosedStore' });
    assertFault(reply, 503, 'com.amazon.coral.service#ServiceUnavailable', 'gone');
    const line = JSON.parse(logLines.join('')) as Record<string, unknown>;
    assert.equal(line['operation'], 'MeetClosedStore');
  });
});

describe('HTTP itself', () => {
  const isProperRefusal =
    /^HTTP\/1\.1 400 [^]*\r\nx-amzn-RequestId: [A-Z0-9]{52}\r\nx-amz-crc32: \d+\r\n[^]*MalformedHttpRequest/i;

  test('headers or a request line above 16 KB are refused', async () => {
    assert.match(await sendRaw(`POST / HTTP/1.1\r\nHost: h\r\nX-Long: ${'x'.repeat(17_000)}\r\n\r\n`), isProperRefusal);
    assert.match(
      await sendRaw(`POST / HTTP/1.1\r\nHost: h\r\nX-Long: ${'x'.repeat(2_000_000)}\r\n\r\n`),
      isProperRefusal,
    );
    assert.match(await sendRaw(`POST /?${'x'.repeat(17_000)} HTTP/1.1\r\nHost: h\r\n\r\n`), isProperRefusal);
    assert.equal((await send({ headers: { 'x-long': 'x'.repeat(15_000) } })).status, 200);
  });

  test('what is not HTTP is refused', async () => {
    assert.match(await sendRaw('HELLO\r\n\r\n'), isProperRefusal);
    const noHost = await sendRaw('POST / HTTP/1.1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    assert.match(noHost, isProperRefusal);
    const twoLengths = 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n';
    assert.match(await sendRaw(twoLengths), isProperRefusal);
  });

  test('a sender that goes away does no harm', async () => {
    const head = `${CALL_HEAD}Content-Length: 100\r\n\r\n`;
    for (const text of ['POST', head, `${head}{"Te`]) {
      const socket = net.connect(port, '127.0.0.1');
      await once(socket, 'connect');
      await new Promise((resolve) => socket.write(text, resolve));
      socket.resetAndDestroy();
    }
    assert.equal((await send()).status, 200);
  });

  test('a port that is taken is an error of listen', async () => {
    const other = makeServer();
    await assert.rejects(other.listen({ port, host: '127.0.0.1' }), { code: 'EADDRINUSE' });
    await other.close();
  });
});

describe('health', () => {
  const ask = (port: number, check: string): Promise<Reply> =>
    send({ method: 'GET', path: `/health/${check}`, body: '', port });

  test('depends on the store for being ready, not for being live', async () => {
    const server = makeServer(async () => {
      throw new StoreGone('out of reach');
    });
    const own = await server.listen({ port: 0, host: '127.0.0.1' });
    const ready = await ask(own.port, 'ready');
    assert.deepEqual([ready.status, ready.body.toString()], [503, 'store unavailable']);
    const live = await ask(own.port, 'live');
    assert.deepEqual([live.status, live.body.toString()], [200, 'live']);
    await server.close();
  });

  test('is lost with a thread', async () => {
    threadsRun = false;
    const live = await ask(port, 'live');
    threadsRun = true;
    assert.deepEqual([live.status, live.body.toString()], [503, 'a thread is stuck']);
  });

  test('is told while the store does not answer at all, with one ping for all who ask', async () => {
    let pings = 0;
    const server = makeServer(() => new Promise(() => pings++));
    const own = await server.listen({ port: 0, host: '127.0.0.1' });
    const replies = await Promise.all(Array.from({ length: 20 }, () => ask(own.port, 'ready')));
    assert.deepEqual(new Set(replies.map(({ body }) => body.toString())), new Set(['store unavailable']));
    assert.equal(pings, 1);
    await server.close();
  });

  test('of a server that drains does not wait for the store', async () => {
    const pinged = Promise.withResolvers<void>();
    const server = makeServer(() => new Promise(() => pinged.resolve()));
    const own = await server.listen({ port: 0, host: '127.0.0.1' });
    const before = ask(own.port, 'ready');
    await pinged.promise;
    server.drain();
    for (const reply of [ask(own.port, 'ready'), before]) {
      const { status, body } = await reply;
      assert.deepEqual([status, body.toString()], [503, 'closing']);
    }
    assert.equal((await ask(own.port, 'live')).status, 200);
    await server.close();
  });
});

describe('draining', () => {
  test('answers on old and new connections, and ends each with its answer', async () => {
    const draining = makeServer();
    const own = await draining.listen({ port: 0, host: '127.0.0.1' });
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    assert.equal((await send({ port: own.port, agent })).headers.connection, 'keep-alive');
    begun = Promise.withResolvers();
    const waiting = send({ target: 'Wait', port: own.port });
    const { release } = await begun.promise;
    draining.drain();
    release();
    const replies = [await waiting, await send({ port: own.port, agent }), await send({ port: own.port, agent })];
    for (const { status, headers } of replies) assert.deepEqual([status, headers.connection], [200, 'close']);
    await draining.close();
    await assert.rejects(send({ port: own.port, agent }), { code: 'ECONNREFUSED' });
    agent.destroy();
  });
});

describe('closing', () => {
  test('finishes what is in flight, ends idle connections and accepts no more', async () => {
    const closing = makeServer();
    begun = Promise.withResolvers();
    const own = await closing.listen({ port: 0, host: '127.0.0.1' });
    const agent = new http.Agent({ keepAlive: true });
    await send({ port: own.port, agent });
    const idle = net.connect(own.port, '127.0.0.1');
    await once(idle, 'connect');
    idle.resume();
    const waiting = send({ target: 'Wait', port: own.port });
    const idleEnded = once(idle, 'close');
    const { release } = await begun.promise;
    const closed = closing.close();
    await assert.rejects(send({ port: own.port }), { code: 'ECONNREFUSED' });
    release();
    const reply = await waiting;
    assert.equal(reply.body.toString(), '{"Done":true}');
    assert.equal(reply.headers.connection, 'close');
    await closed;
    await idleEnded;
    agent.destroy();
  });
});
