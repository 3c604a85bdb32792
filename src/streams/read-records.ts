/** Reading on from where an iterator stands, within what the retention of 24 hours leaves of a shard. */
import { ApiError } from '../foundation/errors.ts';
import type { StorageEngine } from '../storage/engine.ts';
import { findShard } from '../tables/shard-records.ts';
import type { StreamRecord } from '../tables/stream-records.ts';
import { STREAM_MESSAGES } from './messages.ts';
import { findHorizon, type PageLimits, readKnownShard, type ShardPage } from './read-shard.ts';
import type { ShardPosition } from './shard-iterator.ts';

/** A shard of a stream, and where a reader of it is. */
export interface ReaderPlace {
  readonly stream: StreamRecord;
  readonly shard: number;
  readonly position: ShardPosition;
}

/**
 * Up to `limits` records behind a position, none older than `oldestMs`. TrimmedDataAccessException where the next one is gone
 * or older than that; from the horizon there is always a way.
 *
 * Where there is nothing to read, two records of the store and the bounds of the shard are all that is looked at.
 */
export async function readRecords(
  engine: Pick<StorageEngine, 'get' | 'readLog' | 'logBounds'>,
  { stream, shard, position }: ReaderPlace,
  limits: PageLimits,
  oldestMs: number,
): Promise<ShardPage> {
  const { log } = stream;
  // Before the records: of one that was closed by then, all records are there.
  const record = await findShard(engine, stream, shard, oldestMs);
  if (record === undefined) return whereShardIsGone(position);
  const place = { log, shard, isClosed: record.closedAtMs !== undefined };
  const [bounds] = await engine.logBounds([{ log, shard }]);
  const { after: trimmed, last } = bounds ?? { after: 0n, last: 0n };
  const after = position === 'horizon' ? trimmed : position;
  if (after < trimmed) throw trimmedError();
  if (after >= last) return { records: [], after, isEnd: place.isClosed };
  const page = await readKnownShard(engine, place, after, limits);
  const [first] = page.records;
  if (first?.sequence === after + 1n && first.record.atMs >= oldestMs) return page;
  if (position !== 'horizon') throw trimmedError();
  return await readKnownShard(engine, place, await findHorizon(engine, log, shard, oldestMs), limits);
}

function whereShardIsGone(position: ShardPosition): ShardPage {
  if (position !== 'horizon') throw trimmedError();
  return { records: [], after: 0n, isEnd: true };
}

/** What a reader is told that came too late. */
export function trimmedError(): ApiError {
  return new ApiError({ name: 'TrimmedDataAccessException', message: STREAM_MESSAGES.trimmed });
}
