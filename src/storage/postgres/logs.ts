/**
 * Reads of logs, and how their entries come by their sequences.
 *
 * Writers put what they append into an outbox, each into rows of its own, so that they never wait for each other. Who
 * reads a shard to its end moves what is committed from there to the log, one at a time: the lock on the shard's row is
 * the fence, and no lease is needed. What is committed later gets a later number.
 */
import { assert } from '../../foundation/assert.ts';
import type { LogBounds, LogEntry, LogShard } from '../engine.ts';
import { type Call, call } from './batch.ts';
import type { Connection, Connections } from './connections.ts';
import { int8Array } from './parameters.ts';
import {
  begin,
  commit,
  createShard,
  findUnsequenced,
  findUnsequencedShards,
  lockShard,
  readLog as selectLog,
  readLogBounds,
  sequenceShard,
} from './statements.ts';

/** The most entries that get their sequence in one transaction, which has seconds for them even if all are large. */
const STEP_ENTRIES = 50;

/** PostgreSQL's largest integer, and so the largest sequence that could be asked for. */
const MAX_SEQUENCE = 2n ** 63n - 1n;

/** See `StorageEngine.readLog`. */
export async function readLog(
  connections: Connections,
  log: number,
  shard: number,
  after: bigint,
  limit: number,
): Promise<LogEntry[]> {
  if (after >= MAX_SEQUENCE) return [];
  const shardKey = [String(log), String(shard)] as const;
  return await connections.read(async (connection) => {
    const select = call(selectLog, ...shardKey, String(after), String(limit));
    // In this order: what is moved between the two is found by the second.
    const [[unsequenced], found] = await connection.run(call(findUnsequenced, ...shardKey), select);
    const isComplete = unsequenced === undefined || found.length === limit;
    const rows = isComplete ? found : await sequenceAndSelect(connection, shardKey, limit - found.length, select);
    return rows.map(([number, value]) => ({ sequence: number, value }));
  });
}

/** See `StorageEngine.logBounds`. One round trip, and more only for shards that nobody has read to their end. */
export async function readBounds(
  connections: Pick<Connections, 'read'>,
  shards: readonly LogShard[],
): Promise<LogBounds[]> {
  if (shards.length === 0) return [];
  const keys = [int8Array(shards.map(({ log }) => log)), int8Array(shards.map(({ shard }) => shard))] as const;
  const select = call(readLogBounds, ...keys);
  return await connections.read(async (connection) => {
    // In this order: what is moved between the two is found by the second.
    const [unsequenced, found] = await connection.run(call(findUnsequencedShards, ...keys), select);
    const rows = unsequenced.length === 0 ? found : await sequenceAll(connection, shards, unsequenced, select);
    return rows.map(([first, last = 0n]) => ({ after: (first ?? last + 1n) - 1n, last }));
  });
}

/**
 * `select` after sequences were given in those of `shards` whose numbers, from 1, are in `unsequenced`, up to the
 * positions beside them: what is appended meanwhile would have no end.
 */
async function sequenceAll<Row extends readonly unknown[]>(
  connection: Connection,
  shards: readonly LogShard[],
  unsequenced: readonly (readonly [shard: number, newest: bigint])[],
  select: Call<Row>,
): Promise<Row[]> {
  for (const [number, newest] of unsequenced) {
    const unread = shards[number - 1];
    assert(unread !== undefined, 'the shards that are found are of those that were asked for');
    const shardKey = [String(unread.log), String(unread.shard)] as const;
    for (let isDone = false; !isDone;) {
      const { moved, through } = await sequence(connection, shardKey);
      isDone = moved < STEP_ENTRIES || (through ?? newest) >= newest;
    }
  }
  const [rows] = await connection.run(select);
  return rows;
}

/** `select` after sequences were given to `wanted` more entries, or all that there were. */
async function sequenceAndSelect(
  connection: Connection,
  shardKey: readonly [string, string],
  wanted: number,
  select: Call<readonly [sequence: bigint, value: Uint8Array]>,
): Promise<(readonly [sequence: bigint, value: Uint8Array])[]> {
  for (let given = 0; given < wanted;) {
    const { moved } = await sequence(connection, shardKey);
    given += moved;
    if (moved < STEP_ENTRIES) break;
  }
  const [rows] = await connection.run(select);
  return rows;
}

/** What was moved from the outbox to the log. */
interface Sequenced {
  readonly moved: number;
  /** The position of the last of it; undefined where there was nothing. */
  readonly through: bigint | undefined;
}

/** Gives sequences to what is in the outbox, up to a bound that what has one position may pass. */
async function sequence(connection: Connection, shardKey: readonly [string, string]): Promise<Sequenced> {
  const [, , , [row]] = await connection.run(
    call(begin),
    call(createShard, ...shardKey),
    call(lockShard, ...shardKey),
    call(sequenceShard, ...shardKey, String(STEP_ENTRIES)),
    call(commit),
  );
  const [moved = 0, through] = row ?? [];
  return { moved, through };
}
