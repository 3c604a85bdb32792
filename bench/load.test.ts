import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { runLoad } from './load.ts';

const REQUEST = Buffer.from('POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n');
const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello';

/** A server that hands each chunk it gets to `answer`; here every chunk is one request. */
async function serve(t: TestContext, answer: (socket: Socket) => void): Promise<string> {
  const server = createServer((socket) => {
    socket.setNoDelay(true);
    socket.on('error', () => {});
    socket.on('data', () => answer(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const options = { requests: [REQUEST], connections: 2, warmupMs: 0, measureMs: 200 };

test('answers are counted however they are cut into pieces', async (t) => {
  const endpoint = await serve(t, (socket) => {
    const pieces = [ANSWER.slice(0, 30), ANSWER.slice(30, -3), ANSWER.slice(-3)].values();
    const writeNext = (): void => {
      const { value } = pieces.next();
      if (value !== undefined) socket.write(value, () => setImmediate(writeNext));
    };
    writeNext();
  });
  const result = await runLoad({ ...options, endpoint });
  assert(result.operationsPerSecond > 0);
  assert.equal(result.errors, 0);
});

test('answers other than 200 are errors, and a closed connection is a failure', async (t) => {
  const refusing = await serve(t, (socket) => socket.write(ANSWER.replace('200 OK', '400 No')));
  assert((await runLoad({ ...options, endpoint: refusing })).errors > 0);
  const closing = await serve(t, (socket) => socket.destroy());
  await assert.rejects(runLoad({ ...options, endpoint: closing }), /closed the connection|ECONNRESET/);
});

test('at a steady rate, the requests that a standing server holds up count as slow from when they were due', async (t) => {
  const waiting: Socket[] = [];
  let standing = true;
  const endpoint = await serve(t, (socket) => (standing ? waiting.push(socket) : socket.write(ANSWER)));
  setTimeout(() => {
    standing = false;
    for (const socket of waiting) socket.write(ANSWER);
  }, 500);
  // Two connections: only two requests are ever sent while the server stands, but ten times as many are due.
  const result = await runLoad({ ...options, endpoint, measureMs: 1000, ratePerSecond: 40 });
  assert(result.p50Us > 1000, 'half of the requests were due while the server stood');
});
