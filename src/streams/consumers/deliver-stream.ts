/**
 * Delivers a stream to the function of a trigger: all shards that can be delivered, each when its parent is.
 *
 * A session lasts until it is told to stop, by whoever holds the trigger's lease: when that is lost or given back, and
 * when the trigger was changed. What it had not noted is delivered again by the next one.
 */
import type { LogPosition } from '../../storage/engine.ts';
import { type ShardRecord, listShards } from '../../tables/shard-records.ts';
import { type StreamRecord, findStream } from '../../tables/stream-records.ts';
import { RETENTION_MS, findHorizon } from '../read-shard.ts';
import { deliverShard } from './deliver-shard.ts';
import { PROCESSING_RESULTS, type TriggerPosition, readPositions } from './trigger-progress.ts';
import type { TriggerSession } from './trigger-session.ts';

/** More shards than a stream has within a day. */
const MAX_SHARDS = 100_000;

/** Shards are looked at anew after so long even if nothing was appended to new ones. */
const LOOK_MS = 10_000;

/** So many shards behind the last one are watched for their first records; a split opens two. */
const WATCHED_SHARDS = 8;

/** Delivers until the session stops. Rejects as the store does, after all has stopped. */
export async function deliverStream(given: TriggerSession, name: StreamName): Promise<void> {
  const failed = new AbortController();
  const stopping = AbortSignal.any([given.stopping, failed.signal]);
  const session = { ...given, stopping };
  const { engine, timer } = session;
  const positions = await readPositions(engine, session.trigger.uuid);
  const running = new Map<number, Promise<void>>();
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => undefined);
  let changes = new AbortController();
  const change = (): void => {
    changes.abort();
    changes = new AbortController();
  };

  async function run(stream: StreamRecord, shard: ShardRecord): Promise<void> {
    const after = positions.get(shard.shard)?.after ?? (await findStart(session, stream, shard));
    const source = { session, stream, shard, after, changes: () => changes.signal };
    const isEnded = await deliverShard(source);
    positions.set(shard.shard, { shard: shard.shard, after, isEnded });
    running.delete(shard.shard);
    if (isEnded) change();
  }

  function start(stream: StreamRecord, shard: ShardRecord): void {
    const delivery = run(stream, shard);
    running.set(shard.shard, delivery);
    delivery.catch(failure.reject);
  }

  async function look(): Promise<readonly LogPosition[]> {
    const stream = await findStream(engine, name.tableName, name.label);
    if (stream === undefined) {
      session.report(PROCESSING_RESULTS.streamGone);
      return [];
    }
    const shards = await listShards(engine, stream, MAX_SHARDS);
    await forgetTrimmed(session, shards, positions, running);
    for (const shard of findStartable(shards, positions, running)) start(stream, shard);
    return nextShards(stream, shards);
  }

  try {
    while (!stopping.aborted) {
      const { signal: changed } = changes;
      const next = await look();
      const over = new AbortController();
      const waiting = AbortSignal.any([stopping, changed, over.signal]);
      const appended = next.length === 0 ? [] : [engine.waitForAppends(next, waiting)];
      await Promise.race([...appended, timer.sleep(LOOK_MS, waiting), failure.promise]).finally(() => over.abort());
      change();
    }
  } catch (error) {
    failed.abort();
    session.giveUp();
    throw error;
  } finally {
    await Promise.allSettled(running.values());
  }
}

/** What names a stream of a table. */
export interface StreamName {
  readonly tableName: string;
  readonly label: string;
}

/** Shards that are neither done nor under way, and whose parents are done or gone. */
function findStartable(
  shards: readonly ShardRecord[],
  positions: ReadonlyMap<number, TriggerPosition>,
  running: ReadonlyMap<number, unknown>,
): ShardRecord[] {
  const known = new Set(shards.map(({ shard }) => shard));
  const isDone = (shard: number): boolean => positions.get(shard)?.isEnded ?? false;
  return shards.filter(({ shard, parent }) => {
    if (isDone(shard) || running.has(shard)) return false;
    return parent === undefined || !known.has(parent) || isDone(parent);
  });
}

/** What may be opened next: entries there tell that shards were closed. */
function nextShards({ log, lastShard }: StreamRecord, shards: readonly ShardRecord[]): LogPosition[] {
  const last = shards.at(-1)?.shard;
  // Of a stream that is disabled there are no more.
  if (last === undefined || lastShard !== undefined) return [];
  return Array.from({ length: WATCHED_SHARDS }, (_, i) => ({ log, shard: last + 1 + i, after: 0n }));
}

/** Where a trigger begins in a shard in which it has no position. */
async function findStart(
  { trigger, engine, clock }: TriggerSession,
  { log }: StreamRecord,
  { shard, openedAtMs }: ShardRecord,
): Promise<bigint> {
  const { startingPosition, createdAtMs } = trigger;
  const horizonMs = clock.nowMs() - RETENTION_MS;
  const fromMs = startingPosition === 'LATEST' ? Math.max(createdAtMs, horizonMs) : horizonMs;
  // All of its records are younger, also by the clock of a node that is behind.
  return openedAtMs >= fromMs ? 0n : await findHorizon(engine, log, shard, fromMs);
}

/** Also those that had not ended: a shard may have gone while the trigger was disabled. */
async function forgetTrimmed(
  session: TriggerSession,
  shards: readonly ShardRecord[],
  positions: Map<number, TriggerPosition>,
  running: ReadonlyMap<number, unknown>,
): Promise<void> {
  const known = new Set(shards.map(({ shard }) => shard));
  const trimmed = [...positions.values()].filter(({ shard }) => !known.has(shard) && !running.has(shard));
  if (trimmed.length === 0) return;
  await session.forgetPositions(trimmed.map(({ shard }) => shard));
  for (const { shard } of trimmed) positions.delete(shard);
}
