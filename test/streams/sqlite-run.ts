/**
 * One server on a data folder that is killed again and again while clients write and shards are split. A copy that is
 * built by a client of DynamoDB Streams alone, through the server's deaths, must be the table at the end.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createSeededRandom } from '../seeded-random.ts';
import { type ServerProcess, startServerProcess } from '../server-process.ts';
import { assertCopy, type StreamRunOptions } from './copy.ts';
import { createFollower, type Follower } from './follower.ts';
import { createFollowedTable } from './items.ts';
import { isCut, killNowAndThen } from './kills.ts';
import { pollServer } from './sources.ts';
import { startWriters } from './writers.ts';

const SERVER = fileURLToPath(new URL('splitting-server.ts', import.meta.url));
const WRITERS = 8;
const POLL_PAUSE_MS = 20;

/** A server that can be killed and is then started again. */
interface MortalServer {
  /** Resolves when it serves. */
  client(): Promise<DynamoDBClient>;
  killAndStart(): Promise<void>;
  /** SIGTERM; whether it ended in good order. */
  stop(): Promise<boolean>;
  kill(): Promise<void>;
}

/** Rejects at the first record that is lost, repeated or out of order, and if the copy is not the table at the end. */
export async function followOnSqlite(options: StreamRunOptions): Promise<void> {
  const dataDir = join(options.folder, 'data');
  const server = await startMortal(dataDir);
  try {
    await createFollowedTable(await server.client());
    const follower = await followWhileWriting(options, server);
    await poll(follower, server);
    await assertCopy(follower, await server.client(), options.report);
    assert.ok(follower.counts().splits > 0, 'partitions were split meanwhile');
    assert.ok(await server.stop(), 'the server ends in good order');
  } finally {
    await server.kill();
  }
}

async function followWhileWriting(options: StreamRunOptions, server: MortalServer): Promise<Follower> {
  const { seed, writes, kills, report } = options;
  const random = createSeededRandom(seed);
  const isEnough = (sent: number): boolean => sent >= writes;
  const writers = startWriters({ count: WRITERS, isEnough, random, client: server.client, isCut });
  let isOver = false;
  const isWriting = (): boolean => !isOver;
  const ended = writers.done.finally(() => (isOver = true));
  const follower = createFollower();
  const polling = (async () => {
    while (isWriting()) {
      await poll(follower, server).catch((error: unknown) => {
        if (!isCut(error)) throw error;
      });
      await sleep(POLL_PAUSE_MS);
    }
  })();
  const killing = killNowAndThen({ kills, writes, writers, isWriting, kill: server.killAndStart });
  const [killed] = await Promise.all([killing, polling, ended]);
  report(`the server was killed ${killed} times`);
  assert.ok(killed > 0 || kills === 0, 'the server was killed meanwhile');
  return follower;
}

async function poll(follower: Follower, server: MortalServer): Promise<void> {
  await pollServer(follower, await server.client());
}

async function startMortal(dataDir: string): Promise<MortalServer> {
  let server: ServerProcess | undefined;
  let client: Promise<DynamoDBClient> | undefined;

  async function start(): Promise<DynamoDBClient> {
    server = await startServerProcess(process.execPath, [SERVER, dataDir]);
    const credentials = { accessKeyId: 'stream', secretAccessKey: 'stream' };
    // A request that was sent twice would hide what became of the first.
    return new DynamoDBClient({ endpoint: server.endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
  }

  async function end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
    (await client?.catch(() => undefined))?.destroy();
    return (await server?.stop(signal)) ?? null;
  }

  client = start();
  await client;
  return {
    client: () => client ?? start(),
    async killAndStart() {
      client = server?.stop('SIGKILL').then(start);
      await client;
    },
    stop: async () => (await end('SIGTERM')) === 0,
    kill: async () => void (await end('SIGKILL')),
  };
}
