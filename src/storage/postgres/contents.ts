/** What there is in the store, by name. Large tables are gone through from one name to the next, by their indexes. */
import type { Space, StoreContents } from '../engine.ts';
import { call } from './batch.ts';
import type { Connection, Connections } from './connections.ts';
import {
  beginSnapshot,
  commit,
  listCounters,
  listCounterSteps,
  listShards,
  nextSpace,
  nextUnsequencedShard,
} from './statements.ts';

/** See `StorageEngine.contents`. */
export async function readContents(connections: Connections): Promise<StoreContents> {
  return await connections.read(async (connection) => {
    const [, folded, steps, sequenced] = await connection.run(
      call(beginSnapshot),
      call(listCounters),
      call(listCounterSteps),
      call(listShards),
    );
    const spaces = await readSpaces(connection);
    const unsequenced = await readUnsequencedShards(connection);
    await connection.run(call(commit));
    return { spaces, counters: addUp([...folded, ...steps]), shards: sortShards([...sequenced, ...unsequenced]) };
  });
}

async function readSpaces(connection: Connection): Promise<Space[]> {
  const spaces: Space[] = [];
  for (;;) {
    const [[next]] = await connection.run(call(nextSpace, String(spaces.at(-1) ?? 0)));
    if (next === undefined) return spaces;
    spaces.push(next[0]);
  }
}

type Shard = readonly [log: number, shard: number];

async function readUnsequencedShards(connection: Connection): Promise<Shard[]> {
  const shards: Shard[] = [];
  for (;;) {
    const [log, shard] = shards.at(-1) ?? [-1, -1];
    const [[next]] = await connection.run(call(nextUnsequencedShard, String(log), String(shard)));
    if (next === undefined) return shards;
    shards.push(next);
  }
}

/** The counters that are not 0. */
function addUp(steps: readonly (readonly [name: string, step: number])[]): ReadonlyMap<string, number> {
  const counters = new Map<string, number>();
  for (const [name, step] of steps) counters.set(name, (counters.get(name) ?? 0) + step);
  for (const [name, value] of counters) if (value === 0) counters.delete(name);
  return counters;
}

/** Each once, in order. */
function sortShards(shards: readonly Shard[]): StoreContents['shards'] {
  const named = new Map(shards.map(([log, shard]) => [`${log}/${shard}`, { log, shard }]));
  return [...named.values()].toSorted((a, b) => a.log - b.log || a.shard - b.shard);
}
