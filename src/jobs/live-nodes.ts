/** Who is there: for a person who asks, as quickly as the nodes' beat lets it be told. */
import type { Timer } from '../foundation/clock.ts';
import type { StorageEngine } from '../storage/engine.ts';
import { listHolders } from './lease.ts';
import { listNodes, NODE_BEAT_MS, type NodeRecord } from './node-record.ts';

export interface LiveNode extends Omit<NodeRecord, 'beat'> {
  /** The names of the jobs that run on it. */
  readonly jobs: readonly string[];
}

const LOOK_INTERVAL_MS = NODE_BEAT_MS / 4;

/** A node that doesn't move for so long is taken for dead here; one that is only busy may be late by a beat. */
const PATIENCE_MS = 2.5 * NODE_BEAT_MS;

/** The nodes whose records move, in the order of their addresses; takes seconds only where some don't. */
export async function findLiveNodes(
  engine: Pick<StorageEngine, 'scan'>,
  timer: Timer,
  signal: AbortSignal = new AbortController().signal,
): Promise<LiveNode[]> {
  const startedMs = timer.elapsedMs();
  const before = new Map((await listNodes(engine)).map(({ id, beat }) => [id, beat]));
  for (;;) {
    await timer.sleep(LOOK_INTERVAL_MS, signal);
    const nodes = await listNodes(engine);
    const live = nodes.filter(({ id, beat }) => before.get(id) !== beat);
    if (live.length === nodes.length || timer.elapsedMs() - startedMs >= PATIENCE_MS) {
      const holders = await listHolders(engine);
      return live
        .map(({ beat: _beat, ...node }) => ({ ...node, jobs: jobsOf(node.id, holders) }))
        .toSorted((a, b) => (a.address < b.address ? -1 : 1));
    }
  }
}

function jobsOf(id: string, holders: readonly (readonly [job: string, holder: string])[]): string[] {
  return holders.filter(([, holder]) => holder === id).map(([job]) => job);
}
