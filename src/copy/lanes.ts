/**
 * The lanes of a copy: what can go to the target side by side, each lane one batch after the other.
 *
 * Partition keys are hashed, so ranges of the first byte of all keys are of about the same size. A lane takes one such
 * range of every space, which keeps several batches in flight in a large space too, while what a lane has copied is all
 * that lies before its position.
 */
import type { KeyRange, LogEntry, Space, StorageEngine, StoreContents } from '../storage/engine.ts';
import { CATALOG_SPACE } from '../tables/spaces.ts';
import { keyAfter } from '../values/key-encoding.ts';
import type { Batch } from './copy-procedures.ts';
import { packEntries } from './packed-entries.ts';
import { readChunks, readLogChunks } from './read-chunks.ts';

export interface Lane {
  /** Says which part of the store it is; unique among the lanes of a copy. */
  readonly name: string;
  /** What is left behind `position`; an empty one is the beginning. */
  steps(position: string): AsyncIterable<Step>;
}

/** One batch. */
export interface Step {
  readonly batch: Batch;
  /** The lane's position once this is written. */
  readonly position: string;
  /** What is in it. */
  readonly entries: number;
  readonly bytes: number;
}

/** The lanes of everything but the catalog, and the one that must come after them. */
export function lanesOf(
  source: StorageEngine,
  { spaces, counters, shards }: StoreContents,
): { readonly first: readonly Lane[]; readonly last: Lane } {
  const others = spaces.filter((space) => space !== CATALOG_SPACE);
  return {
    first: [...hashedLanes(source, others), countersLane(counters), logsLane(source, shards)],
    last: entriesLane('catalog', source, [CATALOG_SPACE], {}),
  };
}

/** More lanes than a target has connections or disks to serve gain nothing. */
const HASHED_LANES = 8;
const FIRST_BYTES = 256 / HASHED_LANES;

/** All entries of `spaces`, which rise, in several lanes. */
function hashedLanes(source: StorageEngine, spaces: readonly Space[]): Lane[] {
  return Array.from({ length: HASHED_LANES }, (_, i) => {
    const first = i * FIRST_BYTES;
    const from = i === 0 ? undefined : Uint8Array.of(first);
    const before = i === HASHED_LANES - 1 ? undefined : Uint8Array.of(first + FIRST_BYTES);
    return entriesLane(`${first}-${first + FIRST_BYTES - 1}`, source, spaces, { from, before });
  });
}

/** The entries of `spaces`, which rise, whose keys are in `range`. A position is the last space and key. */
function entriesLane(name: string, source: StorageEngine, spaces: readonly Space[], range: KeyRange): Lane {
  return {
    name,
    async *steps(position) {
      const [reachedSpace, reachedKey = ''] = position.split('/');
      for (const space of spaces) {
        if (space < Number(reachedSpace)) continue;
        const from = space === Number(reachedSpace) ? keyAfter(Buffer.from(reachedKey, 'hex')) : range.from;
        for await (const { entries, last } of readChunks(source, space, { from, before: range.before })) {
          const packed = packEntries(entries);
          yield {
            batch: { kind: 'entries', space, packed },
            position: `${space}/${Buffer.from(last).toString('hex')}`,
            entries: entries.length,
            bytes: packed.length,
          };
        }
      }
    },
  };
}

const COUNTERS_AT_ONCE = 500;

/** A position is the name of the last counter. */
function countersLane(counters: ReadonlyMap<string, number>): Lane {
  return {
    name: 'counters',
    async *steps(position) {
      const left = [...counters].filter(([name]) => name > position).toSorted(([a], [b]) => (a < b ? -1 : 1));
      while (left.length > 0) {
        const values = left.splice(0, COUNTERS_AT_ONCE);
        yield { batch: { kind: 'counters', values }, position: values.at(-1)?.[0] ?? '', entries: 0, bytes: 0 };
      }
    },
  };
}

/** A position is the last log, shard and sequence. */
function logsLane(source: StorageEngine, shards: StoreContents['shards']): Lane {
  return {
    name: 'logs',
    async *steps(position) {
      const [reachedLog, reachedShard, sequence = '0'] = position.split('/');
      const reached = shards.findIndex(
        ({ log, shard }) => log === Number(reachedLog) && shard === Number(reachedShard),
      );
      for (const [i, { log, shard }] of shards.entries()) {
        if (i < reached) continue;
        if (i > reached) yield await shardStep(source, log, shard);
        for await (const entries of readLogChunks(source, log, shard, i === reached ? BigInt(sequence) : 0n)) {
          yield logStep(log, shard, entries);
        }
      }
    },
  };
}

/** Begins a shard: its entries have their sequences in the copy too, however many were trimmed. */
async function shardStep(source: StorageEngine, log: number, shard: number): Promise<Step> {
  const [{ after } = { after: 0n }] = await source.logBounds([{ log, shard }]);
  const batch = { kind: 'shard', log, shard, after } as const;
  return { batch, position: `${log}/${shard}/0`, entries: 0, bytes: 0 };
}

function logStep(log: number, shard: number, entries: readonly LogEntry[]): Step {
  // Copies, because a procedure's input must not be a view of a larger buffer.
  const values = entries.map(({ value }) => new Uint8Array(value));
  return {
    batch: { kind: 'log', log, shard, values },
    position: `${log}/${shard}/${entries.at(-1)?.sequence}`,
    entries: entries.length,
    bytes: values.reduce((sum, { length }) => sum + length, 0),
  };
}
