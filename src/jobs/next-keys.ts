/** How the builds of indexes go through the items of a table. */
import type { Space } from '../storage/engine.ts';
import type { BackfillProgress } from '../tables/life-cycle.ts';
import { keyAfter } from '../values/key-encoding.ts';
import type { JobStore } from './job.ts';

/** What one step reads at most: it holds the writer for a few milliseconds. The last item may go past it. */
const STEP_SIZE_BYTES = 262_144;

/** The keys of up to `stepItems` items of `space` behind the key `seenKey`, in hexadecimal digits; empty: of the first ones. */
export async function nextKeys(
  store: JobStore,
  space: Space,
  seenKey: string,
  stepItems: number,
): Promise<Uint8Array[]> {
  let sizeBytes = 0;
  const entries = await store.scan(
    space,
    { from: seenKey === '' ? undefined : keyAfter(Uint8Array.from(Buffer.from(seenKey, 'hex'))) },
    {
      limit: stepItems,
      until: ({ value }) => {
        sizeBytes += value.length;
        return sizeBytes >= STEP_SIZE_BYTES;
      },
    },
  );
  // Copies, because a procedure's input must not be a view of a larger buffer.
  return entries.map((entry) => new Uint8Array(entry.key));
}

/** The progress of a build, `before`, once the items under `keys`, the next ones, have been seen; none: all have. */
export function progressAfter(before: BackfillProgress, keys: readonly Uint8Array[]): BackfillProgress {
  const last = keys.at(-1);
  return last === undefined ? { ...before, isDone: true } : { ...before, seenKey: Buffer.from(last).toString('hex') };
}
