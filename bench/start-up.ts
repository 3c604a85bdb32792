/** How soon StatorDB answers after `npm start`, and what it weighs before it has anything to do. */
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startServerProcess } from '../test/server-process.ts';
import { readMemoryBytes, startStatorServer } from './servers.ts';
import type { Stores } from './stores.ts';

const SETTLE_MS = 2000;

/** Milliseconds from the start of `npm start` to the first answer, on an empty store. */
export async function measureStartMs(stores: Stores): Promise<number> {
  const cwd = fileURLToPath(new URL('../', import.meta.url));
  const args = ['start', '--', '--port', '0', ...(await stores.make()), '--log-level', 'warn'];
  const startedMs = performance.now();
  const server = await startServerProcess('npm', args, { cwd, group: true });
  await fetch(server.endpoint);
  const startMs = performance.now() - startedMs;
  await server.stop('SIGTERM');
  return startMs;
}

/** Resident bytes of a server on an empty store that has answered one request; undefined if unknown. */
export async function measureIdleMemoryBytes(stores: Stores): Promise<number | undefined> {
  const server = await startStatorServer(await stores.make());
  await fetch(server.endpoint);
  await sleep(SETTLE_MS);
  const memoryBytes = readMemoryBytes(server);
  await server.stop('SIGTERM');
  return memoryBytes;
}
