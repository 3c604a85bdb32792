import type { StorageEngine } from '../storage/engine.ts';
import { listShards, type ShardRecord } from '../tables/shard-records.ts';
import type { StreamRecord } from '../tables/stream-records.ts';

/** What is looked at in one scan. */
const SCANNED_SHARDS = 500;

/** Which children are listed. */
export interface ChildSelection {
  /** The most of them. */
  readonly limit: number;
  /** Only those with higher numbers. */
  readonly after: number;
  /** None that were closed before it. */
  readonly sinceMs: number;
}

/** The shards of a stream that took the place of its shard `parent`, in order. */
export async function listChildren(
  engine: Pick<StorageEngine, 'scan'>,
  stream: StreamRecord,
  parent: number,
  { limit, after, sinceMs }: ChildSelection,
): Promise<ShardRecord[]> {
  const children: ShardRecord[] = [];
  // Children have higher numbers than their parents.
  let last = Math.max(parent, after);
  for (;;) {
    const scanned = await listShards(engine, stream, SCANNED_SHARDS, last, sinceMs);
    children.push(...scanned.filter((shard) => shard.parent === parent));
    if (children.length >= limit || scanned.length < SCANNED_SHARDS) return children.slice(0, limit);
    last = scanned.at(-1)?.shard ?? last;
  }
}
