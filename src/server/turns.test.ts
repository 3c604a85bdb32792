import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createTurns } from './turns.ts';

interface Running {
  readonly url: string;
  answer(): void;
}

/** A server whose requests run by turns and are answered when the test says so. */
async function startServer(): Promise<{ running: Running[]; server: http.Server; port: number }> {
  const takeTurn = createTurns();
  const running: Running[] = [];
  const server = http.createServer((request, response) => {
    takeTurn(request, response, () => {
      running.push({ url: String(request.url), answer: () => void response.end(request.url) });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { running, server, port: (server.address() as net.AddressInfo).port };
}

function requests(count: number): string {
  return Array.from({ length: count }, (_, i) => `GET /call-${i} HTTP/1.1\r\nHost: h\r\n\r\n`).join('');
}

function end(server: http.Server): void {
  server.close();
  server.closeAllConnections();
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await nextTurn();
}

test('pipelined requests run one after the other, and are answered in order', async (t) => {
  const { running, server, port } = await startServer();
  t.after(() => end(server));
  const socket = net.connect(port, '127.0.0.1');
  let received = '';
  socket.on('data', (chunk) => (received += chunk));
  socket.write(requests(3));
  for (let i = 0; i < 3; i++) {
    await until(() => running.length === i + 1);
    for (let turn = 0; turn < 20; turn++) await nextTurn();
    assert.deepEqual(running.at(-1)?.url, `/call-${i}`);
    assert.equal(running.length, i + 1);
    running[i]?.answer();
  }
  await until(() => received.includes('/call-2'));
  assert.deepEqual(received.match(/\/call-\d/g), ['/call-0', '/call-1', '/call-2']);
  socket.destroy();
});

test('requests behind one whose connection ends never run', async (t) => {
  const { running, server, port } = await startServer();
  t.after(() => end(server));
  const sockets = once(server, 'connection').then(([served]) => served as net.Socket);
  const socket = net.connect(port, '127.0.0.1');
  socket.write(requests(5));
  await until(() => running.length === 1);
  const served = await sockets;
  socket.destroy();
  await once(served, 'close');
  running[0]?.answer();
  for (let turn = 0; turn < 20; turn++) await nextTurn();
  assert.equal(running.length, 1);
});

test('a connection with more than 32 requests waiting is cut', async (t) => {
  const { running, server, port } = await startServer();
  t.after(() => end(server));
  const patient = net.connect(port, '127.0.0.1');
  patient.write(requests(33));
  await until(() => running.length === 1);
  assert.equal(patient.destroyed, false);

  const greedy = net.connect(port, '127.0.0.1');
  greedy.on('error', () => undefined);
  greedy.write(requests(34));
  await once(greedy, 'close');
  patient.destroy();
});
