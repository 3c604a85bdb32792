/**
 * One server on a data folder that is killed again and again while clients write and shards are split. A copy that is
 * built by a client of DynamoDB Streams alone, through the server's deaths, must be the table at the end.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createSeededRandom } from '../seeded-random.ts';
import { type ServerProcess, startServerProcess } from '../server-process.ts';
import { assertCopy, type StreamRunOptions } from './copy.ts';
import { createFollower, type Follower } from './follower.ts';
import { createFollowedTable } from './items.ts';
import { clientSource } from './sources.ts';
import { startWriters } from './writers.ts';

const SERVER = fileURLToPath(new URL('splitting-server.ts', import.meta.url));
const WRITERS = 8;
const POLL_PAUSE_MS = 20;

export interface SqliteRunOptions extends StreamRunOptions {
  /** How often the server is killed, evenly over the writes. */
  readonly kills: number;
}

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
export async function followOnSqlite(options: SqliteRunOptions): Promise<void> {
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

async function followWhileWriting({ seed, writes, kills }: SqliteRunOptions, server: MortalServer): Promise<Follower> {
  const random = createSeededRandom(seed);
  const isCut = (error: unknown): boolean =>
    (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode === undefined;
  const writers = startWriters({ count: WRITERS, writes, random, client: server.client, isCut });
  let isWriting = true;
  const ended = writers.done.finally(() => (isWriting = false));
  const follower = createFollower();
  const polling = (async () => {
    while (isWriting) {
      await poll(follower, server).catch((error: unknown) => {
        if (error instanceof assert.AssertionError || !isCut(error)) throw error;
      });
      await sleep(POLL_PAUSE_MS);
    }
  })();
  const killing = (async () => {
    for (let kill = 1; kill <= kills && isWriting;) {
      if (writers.sent() >= (writes * kill) / (kills + 1)) {
        await server.killAndStart();
        kill++;
      } else await sleep(1);
    }
  })();
  await Promise.all([ended, polling, killing]);
  return follower;
}

/** Reads all that the server has. */
async function poll(follower: Follower, server: MortalServer): Promise<void> {
  const { config } = await server.client();
  const client = new DynamoDBStreamsClient({
    endpoint: config.endpoint ?? '',
    region: config.region,
    credentials: config.credentials,
    maxAttempts: 1,
  });
  try {
    const source = await clientSource(client);
    while ((await follower.poll(source)) > 0);
  } finally {
    client.destroy();
  }
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
