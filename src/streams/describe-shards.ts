import type { StorageEngine } from '../storage/engine.ts';
import { decodeShard, isShardSince, shardKey, type ShardRecord } from '../tables/shard-records.ts';
import type { StreamRecord } from '../tables/stream-records.ts';
import { formatSequenceNumber, formatShardId } from './sequence-number.ts';

/** A shard as DescribeStream tells it. Source: the type Shard in the API reference. */
export interface ShardDescription {
  readonly ShardId: string;
  readonly SequenceNumberRange: {
    readonly StartingSequenceNumber: string;
    /** Of a shard that is closed; of one that never had a record, the starting number. */
    readonly EndingSequenceNumber?: string;
  };
  /** Absent where the parent is of another stream, or gone. */
  readonly ParentShardId?: string;
}

/** Describes `shards` of a stream, in their order; parents that were closed before `sinceMs` are gone. */
export async function describeShards(
  engine: Pick<StorageEngine, 'getMany' | 'logBounds'>,
  stream: StreamRecord,
  shards: readonly ShardRecord[],
  sinceMs: number,
): Promise<ShardDescription[]> {
  const parents = await findParents(engine, stream, shards, sinceMs);
  const closed = shards.filter(({ closedAtMs }) => closedAtMs !== undefined);
  const bounds = await engine.logBounds(closed.map(({ shard }) => ({ log: stream.log, shard })));
  const lastByShard = new Map(closed.map(({ shard }, i) => [shard, bounds[i]?.last ?? 0n]));
  return shards.map((record) => {
    const { shard, parent } = record;
    const last = lastByShard.get(shard);
    const parentRecord = parent === undefined ? undefined : parents.get(parent);
    return {
      ShardId: formatShardId(record),
      SequenceNumberRange: {
        StartingSequenceNumber: formatSequenceNumber(shard, 1n),
        ...(last !== undefined && { EndingSequenceNumber: formatSequenceNumber(shard, last === 0n ? 1n : last) }),
      },
      ...(parentRecord !== undefined && { ParentShardId: formatShardId(parentRecord) }),
    };
  });
}

/** The parents of `shards` that are of the same stream and not gone, by their numbers. */
async function findParents(
  engine: Pick<StorageEngine, 'getMany'>,
  { log, firstShard }: StreamRecord,
  shards: readonly ShardRecord[],
  sinceMs: number,
): Promise<ReadonlyMap<number, ShardRecord>> {
  const known = new Map(shards.map((record) => [record.shard, record]));
  const isElsewhere = (parent: number) => parent >= firstShard && !known.has(parent);
  const wanted = new Set(shards.flatMap(({ parent }) => (parent !== undefined && isElsewhere(parent) ? [parent] : [])));
  const values = await engine.getMany([...wanted].map((parent) => shardKey(log, parent)));
  for (const bytes of values) {
    if (bytes === undefined) continue;
    const record = decodeShard(bytes);
    if (isShardSince(record, sinceMs)) known.set(record.shard, record);
  }
  return new Map([...known].filter(([shard]) => shard >= firstShard));
}
