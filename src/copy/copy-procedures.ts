/** The procedures that write to the target of a copy. */
import type { Procedure, Space, Write } from '../storage/engine.ts';
import { SYSTEM_SPACE } from '../tables/spaces.ts';
import { compareBytes } from '../values/key-encoding.ts';
import {
  COPY_RECORD_KEY,
  type CopyRecord,
  encodeCopyRecord,
  encodeLaneProgress,
  laneKey,
  type LaneProgress,
  NO_PROGRESS,
} from './copy-records.ts';
import { unpackEntries } from './packed-entries.ts';

interface BeginCopyInput extends CopyRecord {
  readonly lanes: readonly string[];
}

/** Notes that a copy has begun, with no progress in its lanes; false if one had already. */
export const beginCopy: Procedure<BeginCopyInput, boolean> = {
  name: 'beginCopy',
  reads: () => [COPY_RECORD_KEY],
  decide({ lanes, ...record }, [existing]) {
    if (existing !== undefined) return { writes: [], output: false };
    const progress = encodeLaneProgress(NO_PROGRESS);
    return {
      writes: [
        { kind: 'put', ...COPY_RECORD_KEY, value: encodeCopyRecord(record) },
        ...lanes.map((lane) => ({ kind: 'put', ...laneKey(lane), value: progress }) as const),
      ],
      output: true,
    };
  },
};

/** What is written in one step. */
export type Batch =
  /** Entries of one space; see `packEntries`. */
  | { readonly kind: 'entries'; readonly space: Space; readonly packed: Uint8Array }
  /** Values for counters that stand at 0. */
  | { readonly kind: 'counters'; readonly values: readonly (readonly [name: string, value: number])[] }
  /** A shard of a log, of which the entries up to `after` were trimmed. */
  | { readonly kind: 'shard'; readonly log: number; readonly shard: number; readonly after: bigint }
  /** What follows in a shard of a log. */
  | { readonly kind: 'log'; readonly log: number; readonly shard: number; readonly values: readonly Uint8Array[] };

interface CopyBatchInput {
  readonly lane: string;
  readonly batch: Batch;
  /** How far the lane must have come before this batch, and how far it has with it. */
  readonly before: LaneProgress;
  readonly after: LaneProgress;
}

/**
 * Writes a batch and moves its lane's progress, both or none; false if the lane stands elsewhere or the copy is over.
 * Batches of different lanes depend on nothing in common, so that no engine has to hold up one for another.
 */
export const copyBatch: Procedure<CopyBatchInput, boolean> = {
  name: 'copyBatch',
  reads: ({ lane }) => [laneKey(lane)],
  decide({ lane, batch, before, after }, [progress]) {
    if (progress === undefined || compareBytes(progress, encodeLaneProgress(before)) !== 0) {
      return { writes: [], output: false };
    }
    return {
      writes: [...writesOf(batch), { kind: 'put', ...laneKey(lane), value: encodeLaneProgress(after) }],
      output: true,
    };
  },
};

function writesOf(batch: Batch): Write[] {
  switch (batch.kind) {
    case 'entries': {
      const { space, packed } = batch;
      return unpackEntries(packed).map(({ key, value }) => ({ kind: 'put', space, key, value }));
    }
    case 'counters':
      return batch.values.map(([counter, by]) => ({ kind: 'increment', counter, by }));
    case 'shard': {
      const { log, shard, after } = batch;
      return [{ kind: 'trim', log, shard, through: after }];
    }
    case 'log': {
      const { log, shard, values } = batch;
      return values.map((value) => ({ kind: 'append', log, shard, value }));
    }
  }
}

/** Forgets a copy that is complete: deletes its records, which are at `keys`. */
export const forgetCopy: Procedure<readonly Uint8Array[], null> = {
  name: 'forgetCopy',
  reads: () => [],
  decide: (keys) => ({ writes: keys.map((key) => ({ kind: 'delete', space: SYSTEM_SPACE, key })), output: null }),
};
