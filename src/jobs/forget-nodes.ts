/** Removes what nodes left that ended without saying so, or that nobody has heard of for long. */
import type { Timer } from '../foundation/clock.ts';
import type { Job } from './job.ts';
import { forgetNodes, listNodes } from './node-record.ts';
import { watchStillness } from './stillness.ts';

/** A node whose record stands still for so long is taken for dead; if it isn't, its next beat brings it back. */
const DEAD_AFTER_MS = 10_000;

const INTERVAL_MS = 2_000;

export function createForgetNodesJob(timer: Timer): Job {
  const findStill = watchStillness(timer, DEAD_AFTER_MS);
  return {
    name: 'forget-nodes',
    intervalMs: INTERVAL_MS,
    async run(store) {
      const nodes = await listNodes(store);
      const still = new Set(findStill(nodes.map(({ id, beat }) => [id, String(beat)])));
      const dead = nodes.filter(({ id }) => still.has(id)).map(({ id, beat }) => ({ id, beat }));
      if (dead.length > 0) await store.transact(forgetNodes, dead);
      return 'done';
    },
  };
}
