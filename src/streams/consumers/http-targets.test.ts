import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type RequestListener, createServer } from 'node:http';
import { type AddressInfo, type Server, type Socket, createServer as createNetServer } from 'node:net';
import { after, describe, test } from 'node:test';
import { PostError, createHttpPoster } from './http-post.ts';
import { createLambdaTarget, createUrlTarget } from './http-targets.ts';

const NEVER = new AbortController().signal;
const poster = createHttpPoster();
const servers: Server[] = [];
after(() => {
  poster.close();
  for (const server of servers) server.close();
});

async function listen<S extends Server>(server: S): Promise<string> {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const serve = async (listener: RequestListener): Promise<string> =>
  `http://${await listen(createServer({ keepAliveTimeout: 0 }, listener))}`;

/** A server that has `onRequest` answer each request, told of how many came on its connection and on which. */
async function serveRaw(onRequest: (socket: Socket, request: number, connection: number) => void): Promise<string> {
  let connections = 0;
  const server = createNetServer((socket) => {
    const connection = ++connections;
    let requests = 0;
    let head = '';
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      head += data.toString();
      if (!head.endsWith('\r\n\r\n{}')) return;
      head = '';
      onRequest(socket, ++requests, connection);
    });
  });
  return `http://${await listen(server)}`;
}

const answerEmpty = (socket: Socket): void => void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');

/** What becomes of a call of each kind of target. */
async function kindsAt(url: string, signal = NEVER): Promise<string[]> {
  const targets = [
    createUrlTarget(url, poster),
    createLambdaTarget({ kind: 'lambda', name: 'f', endpoint: url }, poster),
  ];
  const kinds: string[] = [];
  for (const target of targets) {
    const invocation = await target.invoke('{}', signal);
    if (invocation.kind !== 'returned') assert.notEqual(invocation.reason, '');
    kinds.push(invocation.kind);
  }
  return kinds;
}

const FAILED = ['failed', 'failed'];
const UNREACHABLE = ['unreachable', 'unreachable'];
const RETURNED = ['returned', 'returned'];

describe('a function could not be run where there was no connection', () => {
  test('because nobody listens', async () => {
    const server = createServer();
    const host = await listen(server);
    server.close();
    await once(server, 'close');
    assert.deepEqual(await kindsAt(`http://${host}`), UNREACHABLE);
  });

  test('because the other side speaks no TLS', async () => {
    const url = await serve((_, response) => response.end());
    assert.deepEqual(await kindsAt(url.replace('http:', 'https:')), UNREACHABLE);
  });

  test('or where the call was given up by who made it', async () => {
    const giveUp = new AbortController();
    const url = await serve(() => giveUp.abort());
    assert.deepEqual(await kindsAt(url, giveUp.signal), UNREACHABLE);
  });
});

describe('a function failed that', () => {
  test('closes the connection on the request', async () => {
    assert.deepEqual(await kindsAt(await serve((request) => request.socket.destroy())), FAILED);
    assert.deepEqual(await kindsAt(await serveRaw((socket) => socket.resetAndDestroy())), FAILED);
  });

  test('closes it in the middle of its answer', async () => {
    const url = await serve((request, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('x', () => request.socket.destroy());
    });
    assert.deepEqual(await kindsAt(url), FAILED);
  });

  test('answers no HTTP', async () => {
    assert.deepEqual(await kindsAt(await serveRaw((socket) => void socket.end('what?\r\n\r\n'))), FAILED);
  });

  test('changes the protocol', async () => {
    const answer = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
    assert.deepEqual(await kindsAt(await serveRaw((socket) => void socket.write(answer))), FAILED);
  });

  test('answers more than 6 MB', async () => {
    const limit = 6 * 1_048_576;
    let bytes = limit;
    const url = await serve((_, response) => response.end(Buffer.alloc(bytes, 'x')));
    assert.deepEqual(await kindsAt(url), RETURNED);
    bytes = limit + 1;
    assert.deepEqual(await kindsAt(url), FAILED);
  });

  test('does not answer in time', async () => {
    const url = await serve(() => undefined);
    const call = poster.post(url, '{}', { signal: NEVER, timeoutMs: 50 });
    await assert.rejects(
      call,
      (error) => error instanceof PostError && error.isSent && /within 0.05/.test(error.message),
    );
  });
});

describe('a kept connection that is closed when it is used again', () => {
  test('has the request sent on a new one', async () => {
    const seen: string[] = [];
    const url = await serveRaw((socket, request, connection) => {
      seen.push(`${connection}/${request}`);
      if (request === 2) socket.resetAndDestroy();
      else answerEmpty(socket);
    });
    // The last of the four comes on a connection that was not kept before.
    assert.deepEqual([...(await kindsAt(url)), ...(await kindsAt(url))], [...RETURNED, ...RETURNED]);
    assert.ok(seen.includes('1/2') && seen.includes('2/1'), String(seen));
  });

  test('is a failure of the function if that is closed too', async () => {
    const url = await serveRaw((socket, request, connection) => {
      if (connection === 1 && request === 1) answerEmpty(socket);
      else socket.resetAndDestroy();
    });
    assert.deepEqual(await kindsAt(url), ['returned', 'failed']);
  });
});
