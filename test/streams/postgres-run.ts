/**
 * Three nodes on one PostgreSQL whose commits are slow now and then, so that changes become visible in another order
 * than they were made, and of which one after another is killed and started again. A reader of the store that polls as
 * fast as it can, and a client of DynamoDB Streams that asks a node and then another one, must see each change once, in
 * order, through splits.
 */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { openTarget } from '../../src/open-storage.ts';
import type { StorageEngine } from '../../src/storage/engine.ts';
import { type Cluster, createCluster } from '../cluster/cluster.ts';
import { createRequestLog } from '../cluster/request-log.ts';
import type { PostgresServer } from '../postgres.ts';
import { createSeededRandom } from '../seeded-random.ts';
import { assertCopy, type StreamRunOptions } from './copy.ts';
import { createFollower, type Follower, type ShardSource } from './follower.ts';
import { createFollowedTable, type Sender } from './items.ts';
import { isCut, killNowAndThen } from './kills.ts';
import { pollServer, storeSource } from './sources.ts';
import { splitNowAndThen } from './splits.ts';
import { startWriters } from './writers.ts';

const NODES = 3;
const WRITERS = 12;
const POLL_PAUSE_MS = 20;

/** What was appended is committed up to a fifth of a second later, one time in fifty. */
const SLOW_COMMITS = `
  CREATE FUNCTION slow_commit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF random() < 0.02 THEN PERFORM pg_sleep(random() * 0.2); END IF;
    RETURN NULL;
  END $$;
  CREATE CONSTRAINT TRIGGER slow_commit AFTER INSERT ON stator_outbox DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION slow_commit()`;

export interface PostgresRunOptions extends StreamRunOptions {
  readonly postgres: PostgresServer;
}

/** Rejects at the first record that is lost, repeated or out of order, and if the copy is not the table at the end. */
export async function followOnPostgres(options: PostgresRunOptions): Promise<void> {
  const url = await options.postgres.createDatabase();
  const storageArguments = () => ['--storage', url];
  const logFolder = options.folder;
  const cluster = createCluster({ size: NODES, storageArguments, logFolder, requestLog: createRequestLog() });
  try {
    await Promise.all(cluster.nodes.map((node) => node.start()));
    await slowDown(url);
    const store = await openTarget({ kind: 'postgres', url, mustExist: true });
    try {
      await follow(options, { cluster, engine: store.engine, url });
    } finally {
      await store.close();
    }
    await Promise.all(cluster.nodes.map((node) => node.stop()));
  } finally {
    await Promise.all(cluster.nodes.map((node) => node.kill()));
  }
}

async function slowDown(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(SLOW_COMMITS);
  await client.end();
}

interface Store {
  readonly cluster: Cluster;
  readonly engine: StorageEngine;
  readonly url: string;
}

async function follow(options: PostgresRunOptions, { cluster, engine, url }: Store): Promise<void> {
  const { seed, writes, kills, report } = options;
  const random = createSeededRandom(seed);
  await createFollowedTable(cluster.client(random));
  const client = async (own: () => number) => cluster.client(own);
  const isEnough = (sent: number): boolean => sent >= writes;
  const writers = startWriters({ count: WRITERS, isEnough, random, client, isCut });
  let isOver = false;
  const isWriting = (): boolean => !isOver;
  const ended = writers.done.finally(() => (isOver = true));
  const [ownRandom, nodeRandom] = [createSeededRandom(random() * 2 ** 32), createSeededRandom(random() * 2 ** 32)];
  const [reader, subscriber] = [createFollower(), createFollower()];
  const source = storeSource(engine);
  const killing = killNowAndThen({ kills, writes, writers, isWriting, kill: () => killAny(cluster, ownRandom) });
  const [killed] = await Promise.all([
    killing,
    ended,
    pollWhile(isWriting, reader, source),
    subscribeWhile(isWriting, subscriber, () => cluster.client(nodeRandom)),
    splitNowAndThen(engine, random, () => (isWriting() ? writers.sent() / writes : undefined)),
  ]);
  report(`nodes were killed ${killed} times`);
  assert.ok(killed > 0 || kills === 0, 'nodes were killed meanwhile');
  await waitForCommits(url);
  while ((await reader.poll(source)) > 0);
  await pollServer(subscriber, cluster.client(random));
  for (const follower of [reader, subscriber]) {
    await assertCopy(follower, cluster.client(random), report);
    assert.ok(follower.counts().splits > 0, 'partitions were split meanwhile');
  }
}

async function killAny({ nodes }: Cluster, random: () => number): Promise<void> {
  const node = nodes[Math.floor(random() * nodes.length)];
  await node?.kill();
  await node?.start();
}

async function pollWhile(isWriting: () => boolean, follower: Follower, source: ShardSource): Promise<void> {
  while (isWriting()) await follower.poll(source);
}

/** Asks another node each time, for iterators are good at all of them. */
async function subscribeWhile(isWriting: () => boolean, follower: Follower, node: () => Sender): Promise<void> {
  while (isWriting()) {
    await pollServer(follower, node()).catch((error: unknown) => {
      if (!isCut(error)) throw error;
    });
    await sleep(POLL_PAUSE_MS);
  }
}

/** Resolves when what was asked before is committed or never will be: a killed node's session may have been slow. */
async function waitForCommits(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ now: Date }>('SELECT clock_timestamp() AS now');
  for (;;) {
    const older = await client.query(
      'SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND xact_start < $1',
      [rows[0]?.now],
    );
    if (older.rowCount === 0) break;
    await sleep(POLL_PAUSE_MS);
  }
  await client.end();
}
