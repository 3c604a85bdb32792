/**
 * Three nodes on one PostgreSQL whose commits are slow now and then, so that changes become visible in another order
 * than they were made; a reader that polls as fast as it can must see each of them once, in order, through splits.
 */
import assert from 'node:assert/strict';
import { Client } from 'pg';
import { systemTimer } from '../../src/foundation/clock.ts';
import { acquireLease } from '../../src/jobs/held-lease.ts';
import type { JobStore } from '../../src/jobs/job.ts';
import { splitPartition } from '../../src/jobs/split-partitions.ts';
import { openTarget } from '../../src/open-storage.ts';
import type { StorageEngine } from '../../src/storage/engine.ts';
import { catalogKey, decodeTable } from '../../src/tables/catalog.ts';
import type { TableDefinition } from '../../src/tables/table.ts';
import { type Cluster, createCluster } from '../cluster/cluster.ts';
import { createRequestLog } from '../cluster/request-log.ts';
import type { PostgresServer } from '../postgres.ts';
import { createSeededRandom } from '../seeded-random.ts';
import { assertCopy, type StreamRunOptions } from './copy.ts';
import { createFollower } from './follower.ts';
import { createFollowedTable, TABLE_NAME } from './items.ts';
import { storeSource } from './sources.ts';
import { startWriters } from './writers.ts';

const NODES = 3;
const WRITERS = 12;
/** How many splits there are in a run, evenly over its writes. */
const SPLITS = 12;
const ROLLED_SHARE = 0.3;

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
      await follow(options, cluster, store.engine);
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

async function follow({ seed, writes, report }: PostgresRunOptions, cluster: Cluster, engine: StorageEngine) {
  const random = createSeededRandom(seed);
  const anyNode = cluster.client(random);
  await createFollowedTable(anyNode);
  const client = async (own: () => number) => cluster.client(own);
  const writers = startWriters({ count: WRITERS, writes, random, client, isCut: () => false });
  let isWriting = true;
  const ended = writers.done.finally(() => (isWriting = false));
  const follower = createFollower();
  const source = storeSource(engine);
  const polling = (async () => {
    while (isWriting) await follower.poll(source);
  })();
  const splitting = splitNowAndThen(engine, random, () => (isWriting ? writers.sent() / writes : undefined));
  await Promise.all([ended, polling, splitting]);
  // All was committed before; shards after shards come in view.
  while ((await follower.poll(source)) > 0);
  await assertCopy(follower, anyNode, report);
  assert.ok(follower.counts().splits > 0, 'partitions were split meanwhile');
}

/** Splits a partition in two, or rolls it, whenever the next part of the writes is done. */
async function splitNowAndThen(
  engine: StorageEngine,
  random: () => number,
  progress: () => number | undefined,
): Promise<void> {
  const store = await leaseStore(engine);
  for (let splits = 1; splits <= SPLITS;) {
    const part = progress();
    if (part === undefined) return;
    if (part < splits / (SPLITS + 1)) {
      await systemTimer.sleep(1, new AbortController().signal);
      continue;
    }
    // The first one is a split however chance has it.
    const isRoll = splits++ > 1 && random() < ROLLED_SHARE;
    await splitAny(store, random, isRoll);
  }
}

async function leaseStore(engine: StorageEngine): Promise<JobStore> {
  const options = { engine, job: 'test-splits', holder: 'test', isAlone: true, timer: systemTimer };
  const signal = new AbortController().signal;
  const lease = await acquireLease({ ...options, claims: { count: 0 }, onError: assert.ifError }, signal);
  assert.ok(lease !== undefined);
  return lease.store;
}

async function splitAny(store: JobStore, random: () => number, isRoll: boolean): Promise<void> {
  const { space, key } = catalogKey(TABLE_NAME);
  const bytes = await store.get(space, key);
  const table = bytes && decodeTable(bytes);
  assert.ok(table?.changeLog !== undefined);
  const { partitions } = table.changeLog;
  const index = Math.floor(random() * partitions.length);
  const { shard } = partitions[index] ?? { shard: 0 };
  const at = isRoll ? undefined : middleOf(table, index);
  const input = { tableName: TABLE_NAME, tableId: table.id, shard, at, nowMs: table.createdAtMs };
  assert.equal(await store.transact(splitPartition, input), true);
}

function middleOf({ changeLog }: TableDefinition, index: number): string {
  const before = (i: number): string | undefined => changeLog?.partitions[i]?.before;
  const first = BigInt(`0x${before(index - 1) ?? '0'}`);
  const end = before(index);
  const last = end === undefined ? 16n ** 32n : BigInt(`0x${end}`);
  return ((first + last) / 2n).toString(16).padStart(32, '0');
}
