/** Noting how far triggers have come, under their leases, and forgetting it when they are gone. */
import { forgetTriggerProgress, listProgress, noteTriggerProgress } from '../streams/consumers/trigger-progress.ts';
import type { Job } from './job.ts';
import { fenced } from './lease.ts';

/** `noteTriggerProgress` for the holder of a trigger's lease. */
export const noteProgress = fenced(noteTriggerProgress);

/** `forgetTriggerProgress` for the job that does so. */
export const forgetProgress = fenced(forgetTriggerProgress);

/** How many entries are looked at in a step. */
const FORGET_ENTRIES = 200;

const FORGET_INTERVAL_MS = 30_000;

/** Forgets how far triggers came that have been deleted. */
export function createForgetTriggersJob(): Job {
  let last: Uint8Array | undefined;
  return {
    name: 'forget-triggers',
    intervalMs: FORGET_INTERVAL_MS,
    async run(store) {
      const entries = await listProgress(store, FORGET_ENTRIES, last);
      last = entries.length < FORGET_ENTRIES ? undefined : entries.at(-1)?.key;
      if (entries.length > 0) await store.transact(forgetProgress, entries);
      return last === undefined ? 'done' : 'more';
    },
  };
}
