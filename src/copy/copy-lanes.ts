/** Moves lanes to the target, all at the same time. */
import type { StorageEngine } from '../storage/engine.ts';
import { CopyError } from './copy-error.ts';
import { copyBatch } from './copy-procedures.ts';
import { type LaneProgress, NO_PROGRESS, readLaneProgress } from './copy-records.ts';
import type { Lane } from './lanes.ts';

/** Told of what is in the target now that was not told of before; what an earlier run copied comes first. */
export type OnCopied = (entries: number, bytes: number) => void;

/**
 * Copies what each of `lanes` has left. Where one fails the others end with the batch they have under way, and the
 * first failure is what this rejects with.
 */
export async function copyLanes(lanes: readonly Lane[], target: StorageEngine, onCopied: OnCopied): Promise<void> {
  const progress = await readLaneProgress(
    target,
    lanes.map(({ name }) => name),
  );
  const sum = (count: 'entries' | 'bytes') => progress.reduce((total, done) => total + done[count], 0);
  onCopied(sum('entries'), sum('bytes'));
  const ended = new AbortController();
  await Promise.all(
    lanes.map((lane, i) =>
      copyLane(lane, progress[i] ?? NO_PROGRESS, target, onCopied, ended.signal).catch((error: unknown) =>
        ended.abort(error),
      ),
    ),
  );
  ended.signal.throwIfAborted();
}

async function copyLane(
  { name, steps }: Lane,
  done: LaneProgress,
  target: StorageEngine,
  onCopied: OnCopied,
  ended: AbortSignal,
): Promise<void> {
  let before = done;
  for await (const { batch, position, entries, bytes } of steps(done.position)) {
    if (ended.aborted) return;
    const after = { position, entries: before.entries + entries, bytes: before.bytes + bytes };
    const isCopied = await target.transact(copyBatch, { lane: name, batch, before, after });
    if (!isCopied) throw new CopyError('another copy writes to the same target');
    before = after;
    onCopied(entries, bytes);
  }
}
