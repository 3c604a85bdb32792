/** Kills a server under load, starts it again, and holds what it has against what it acknowledged; again and again. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createSeededRandom } from '../seeded-random.ts';
import { MAIN, startServerProcess } from '../server-process.ts';
import type { ServerProcess } from '../server-process.ts';
import { createModel, reconcile } from './model.ts';
import type { Model } from './model.ts';
import { createCrashTable, readTable, verifyIndexes, verifyItemCount } from './table.ts';
import { runClient } from './workload.ts';

const CLIENTS = 8;
/** How often the server is killed once more while it comes up. */
const KILL_AT_START_SHARE = 0.3;
const KILL_AT_START_MS_MAX = 400;
/** Longer than a request takes, so that the kill comes at any moment of its course. */
const KILL_DELAY_MS_MAX = 20;

export interface CrashRunOptions {
  /** An empty folder; the caller removes it. */
  readonly dataDir: string;
  readonly seed: number;
  readonly kills: number;
  /** The most requests that are acknowledged before a kill, but for those under way. */
  readonly requestsMax: number;
  readonly report: (line: string) => void;
}

/** Rejects at the first acknowledged write that is lost, index that disagrees, or problem that `stator check` finds. */
export async function runCrashes({ dataDir, seed, kills, requestsMax, report }: CrashRunOptions): Promise<void> {
  const random = createSeededRandom(seed);
  const model = createModel();
  let server = await startServer(dataDir);
  try {
    await withClient(server, createCrashTable);
    for (let kill = 1; kill <= kills; kill++) {
      const requests = 1 + Math.floor(random() * requestsMax);
      await loadUntilKilled(server, model, random, requests);
      await checkFolder(dataDir);
      if (random() < KILL_AT_START_SHARE) await killWhileStarting(dataDir, random() * KILL_AT_START_MS_MAX);
      server = await startServer(dataDir);
      const items = await withClient(server, (client) => verifyStore(client, model));
      report(`kill ${kill} of ${kills}: after ${requests} requests, ${items} items as they should be`);
    }
    const exitCode = await server.stop('SIGTERM');
    if (exitCode !== 0) throw new Error(`the server ended with ${exitCode} after SIGTERM`);
    await checkFolder(dataDir);
  } finally {
    await server.stop('SIGKILL');
  }
}

/** Resolves with the number of items. */
async function verifyStore(client: DynamoDBDocumentClient, model: Model): Promise<number> {
  const table = await readTable(client);
  reconcile(model, table.items, table.hits);
  await verifyIndexes(client, table);
  await verifyItemCount(client, table);
  return table.items.size;
}

async function startServer(dataDir: string): Promise<ServerProcess> {
  return await startServerProcess(process.execPath, startArguments(dataDir));
}

function startArguments(dataDir: string): string[] {
  return [MAIN, 'start', '--port', '0', '--data-dir', dataDir, '--log-level', 'warn'];
}

async function loadUntilKilled(
  server: ServerProcess,
  model: Model,
  random: () => number,
  requests: number,
): Promise<void> {
  const enough = Promise.withResolvers<void>();
  let killed = false;
  let acknowledged = 0;
  const common = {
    model,
    isKilled: () => killed,
    onAcknowledged: () => void (++acknowledged === requests && enough.resolve()),
  };
  // Chance of its own for each client: which of them is answered first must not change what the others do.
  const clients = Array.from({ length: CLIENTS }, (_, index) => ({
    name: `client-${index}`,
    random: createSeededRandom(random() * 2 ** 32),
  }));
  const load = withClient(server, (client) =>
    Promise.all(clients.map((one) => runClient({ ...common, ...one, client }))),
  );
  // A failure of the load comes at once, not after the kill.
  await Promise.race([load, enough.promise]);
  await sleep(random() * KILL_DELAY_MS_MAX);
  killed = true;
  await server.stop('SIGKILL');
  await load;
}

async function killWhileStarting(dataDir: string, afterMs: number): Promise<void> {
  const child = spawn(process.execPath, startArguments(dataDir), { stdio: 'ignore' });
  const exited = once(child, 'exit');
  await sleep(afterMs);
  child.kill('SIGKILL');
  await exited;
}

async function checkFolder(dataDir: string): Promise<void> {
  await promisify(execFile)(process.execPath, [MAIN, 'check', '--data-dir', dataDir]);
}

async function withClient<T>(server: ServerProcess, use: (client: DynamoDBDocumentClient) => Promise<T>): Promise<T> {
  const client = new DynamoDBClient({
    endpoint: server.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'crash', secretAccessKey: 'crash' },
    // A request that was sent twice would hide what became of the first.
    maxAttempts: 1,
  });
  try {
    return await use(DynamoDBDocumentClient.from(client));
  } finally {
    client.destroy();
  }
}
