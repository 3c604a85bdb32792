/**
 * Reads of logs, and how their entries come by their sequences.
 *
 * Writers put what they append into an outbox, each into rows of its own, so that they never wait for each other. Who
 * reads a shard to its end moves what is committed from there to the log, one at a time: the lock on the shard's row is
 * the fence, and no lease is needed. What is committed later gets a later number.
 */
import type { LogBounds, LogEntry, LogShard } from '../engine.ts';
import { type Call, call } from './batch.ts';
import type { Connection, Connections } from './connections.ts';
import {
  begin,
  commit,
  createShard,
  findUnsequenced,
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

/** See `StorageEngine.logBounds`. */
export async function readBounds(connections: Connections, shards: readonly LogShard[]): Promise<LogBounds[]> {
  return await connections.read(async (connection) => {
    const bounds: LogBounds[] = [];
    for (const { log, shard } of shards) bounds.push(await readShardBounds(connection, [String(log), String(shard)]));
    return bounds;
  });
}

async function readShardBounds(connection: Connection, shardKey: readonly [string, string]): Promise<LogBounds> {
  const [[unsequenced]] = await connection.run(call(findUnsequenced, ...shardKey));
  if (unsequenced !== undefined) while ((await sequence(connection, shardKey)) === STEP_ENTRIES);
  const [[row]] = await connection.run(call(readLogBounds, ...shardKey));
  const [first, last = 0n] = row ?? [];
  return { after: (first ?? last + 1n) - 1n, last };
}

/** `select` after sequences were given to `wanted` more entries, or all that there were. */
async function sequenceAndSelect(
  connection: Connection,
  shardKey: readonly [string, string],
  wanted: number,
  select: Call<readonly [sequence: bigint, value: Uint8Array]>,
): Promise<(readonly [sequence: bigint, value: Uint8Array])[]> {
  for (let given = 0; given < wanted;) {
    const moved = await sequence(connection, shardKey);
    given += moved;
    if (moved < STEP_ENTRIES) break;
  }
  const [rows] = await connection.run(select);
  return rows;
}

/** Gives sequences to what is in the outbox, up to a bound; resolves with how many entries there were. */
async function sequence(connection: Connection, shardKey: readonly [string, string]): Promise<number> {
  const [, , , [moved]] = await connection.run(
    call(begin),
    call(createShard, ...shardKey),
    call(lockShard, ...shardKey),
    call(sequenceShard, ...shardKey, String(STEP_ENTRIES)),
    call(commit),
  );
  return moved?.[0] ?? 0;
}
