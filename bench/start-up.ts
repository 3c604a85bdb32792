/** How soon StatorDB answers after `npm start`, and what it weighs before it has anything to do. */
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startServerProcess } from '../test/server-process.ts';
import { readMemoryBytes, startStatorServer } from './servers.ts';

const SETTLE_MS = 2000;

/** Milliseconds from the start of `npm start` to the first answer, with an empty data folder below `folder`. */
export async function measureStartMs(folder: string): Promise<number> {
  const cwd = fileURLToPath(new URL('../', import.meta.url));
  const dataDir = mkdtempSync(join(folder, 'start-'));
  const args = ['start', '--', '--port', '0', '--data-dir', dataDir, '--log-level', 'warn'];
  const startedMs = performance.now();
  const server = await startServerProcess('npm', args, { cwd, group: true });
  await fetch(server.endpoint);
  const startMs = performance.now() - startedMs;
  await server.stop('SIGTERM');
  return startMs;
}

/** Resident bytes of a server with an empty data folder that has answered one request; undefined if unknown. */
export async function measureIdleMemoryBytes(folder: string): Promise<number | undefined> {
  const server = await startStatorServer(mkdtempSync(join(folder, 'idle-')));
  await fetch(server.endpoint);
  await sleep(SETTLE_MS);
  const memoryBytes = readMemoryBytes(server);
  await server.stop('SIGTERM');
  return memoryBytes;
}
