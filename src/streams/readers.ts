/**
 * Readers of logs with saved positions: for recovery, replication and whoever else must see each change once, however
 * long it was away. Nobody registers one yet.
 *
 * A reader holds records, and opens nothing: only a stream opens a table's log, and what records hold is what that
 * stream's view shows. A table without a stream appends nothing, whoever is registered. Recovery has to be a follower
 * in the definition for that, beside the stream: see docs/design/2026-11-22-change-log.md.
 *
 * A reader has a record `reader/<log>/<reader>` (the log as 8 hexadecimal digits): for each shard the sequence up to
 * which it has read, and until when at most it holds the log. What a live reader has not read stays beyond 24 hours
 * (`jobs/trim-logs.ts`), for its own eyes: whoever reads a stream is shown no more than 24 hours. A reader holds nothing
 * any more once its time is over, or what it holds is older than MAX_HOLD_MS.
 */
import { assert } from '../foundation/assert.ts';
import type { EntryKey, Procedure, StorageEngine } from '../storage/engine.ts';
import { shardKey } from '../tables/shard-records.ts';
import { SYSTEM_SPACE } from '../tables/spaces.ts';
import { prefixEnd } from '../values/key-encoding.ts';
import { decodeVersionedJson, encodeVersionedJson } from '../values/versioned-json.ts';

/** How long a log can be held at most, both ahead of now and by the age of records: the longest window of recovery. */
export const MAX_HOLD_MS = 35 * 86_400_000;

/** Sequences by the numbers of shards, as decimal digits. */
export type ReaderPositions = Readonly<Record<string, string>>;

/** How far a reader of a log has come. */
export interface ReaderRecord {
  readonly log: number;
  /** Its name, unique among the readers of the log; without a slash. */
  readonly reader: string;
  readonly tableName: string;
  readonly tableId: string;
  /** The first shard that it wants: of this and later ones without a position it has read nothing yet. */
  readonly firstShard: number;
  /** Up to which sequence it has read; only of shards that are there. */
  readonly positions: ReaderPositions;
  /** When it stops holding the log, unless it says so again; milliseconds since the epoch. */
  readonly untilMs: number;
}

const PREFIX = 'reader/';
const FORMAT_VERSION = 1;

/** What names a reader. */
export type ReaderName = Pick<ReaderRecord, 'log' | 'reader'>;

/** Where the record of a reader lies. */
export function readerKey({ log, reader }: ReaderName): EntryKey {
  return systemKey(`${logPrefix(log)}${reader}`);
}

function logPrefix(log: number): string {
  return `${PREFIX}${log.toString(16).padStart(8, '0')}/`;
}

function systemKey(text: string): EntryKey {
  return { space: SYSTEM_SPACE, key: new TextEncoder().encode(text) };
}

/** A record as bytes. */
export function encodeReader(record: ReaderRecord): Uint8Array {
  return encodeVersionedJson(FORMAT_VERSION, record);
}

/** The record in `bytes`. */
export function decodeReader(bytes: Uint8Array): ReaderRecord {
  return decodeVersionedJson(FORMAT_VERSION, bytes, 'reader record') as ReaderRecord;
}

/** The record of a reader; undefined if there is none. */
export async function findReader(
  engine: Pick<StorageEngine, 'get'>,
  name: ReaderName,
): Promise<ReaderRecord | undefined> {
  const { space, key } = readerKey(name);
  const bytes = await engine.get(space, key);
  return bytes && decodeReader(bytes);
}

/** More readers than there will be; bounds what a damaged store may give. */
const MAX_READERS = 10_000;

/** The readers of one log, or of all. */
export async function listReaders(engine: Pick<StorageEngine, 'scan'>, log?: number): Promise<ReaderRecord[]> {
  const from = systemKey(log === undefined ? PREFIX : logPrefix(log)).key;
  const entries = await engine.scan(SYSTEM_SPACE, { from, before: prefixEnd(from) }, { limit: MAX_READERS });
  return entries.map(({ value }) => decodeReader(value));
}

/** The sequence behind which `record` holds the entries of a shard at `nowMs`; undefined: it holds none of them. */
export function heldBehind({ firstShard, positions, untilMs }: ReaderRecord, shard: number, nowMs: number) {
  if (untilMs <= nowMs) return undefined;
  const position = positions[shard];
  if (position !== undefined) return BigInt(position);
  return shard >= firstShard ? 0n : undefined;
}

/** 'too-long': nothing was written, for `untilMs` is further away than MAX_HOLD_MS. */
export type RegisterOutcome = 'registered' | 'exists' | 'too-long';

export interface RegisterReaderInput extends ReaderRecord {
  readonly nowMs: number;
}

/**
 * Adds a reader. What is younger than 24 hours by then is there when it comes, and stays; older records may go in the
 * same moment, also where `positions` name them.
 */
export const registerReader: Procedure<RegisterReaderInput, RegisterOutcome> = {
  name: 'registerReader',
  reads: (input) => [readerKey(input), ...shardKeys(input)],
  decide({ nowMs, ...record }, [existing, ...shards]) {
    assert(!record.reader.includes('/'), 'the name of a reader has no slash');
    if (existing !== undefined) return { writes: [], output: 'exists' };
    if (record.untilMs - nowMs > MAX_HOLD_MS) return { writes: [], output: 'too-long' };
    const value = encodeReader({ ...record, positions: existingPositions(record, shards) });
    return { writes: [{ kind: 'put', ...readerKey(record), value }], output: 'registered' };
  },
};

/** 'unknown': nothing was written, for there is no such reader. See RegisterOutcome. */
export type SaveOutcome = 'saved' | 'unknown' | 'too-long';

export interface SaveReaderInput extends ReaderName {
  readonly positions: ReaderPositions;
  /** Absent: as it was. */
  readonly untilMs?: number;
  readonly nowMs: number;
}

/**
 * Notes how far a reader has come, in one step for all shards. Positions only rise: a lower one, as of a save that came
 * late, changes nothing. Jobs run it under their lease (`jobs/save-reader.ts`).
 */
export const saveReader: Procedure<SaveReaderInput, SaveOutcome> = {
  name: 'saveReader',
  reads: (input) => [readerKey(input), ...shardKeys(input)],
  decide(input, [existing, ...shards]) {
    if (existing === undefined) return { writes: [], output: 'unknown' };
    const record = decodeReader(existing);
    const { untilMs = record.untilMs, nowMs } = input;
    if (untilMs !== record.untilMs && untilMs - nowMs > MAX_HOLD_MS) return { writes: [], output: 'too-long' };
    const positions = { ...record.positions };
    for (const [shard, sequence] of Object.entries(existingPositions(input, shards))) {
      if (BigInt(sequence) > BigInt(positions[shard] ?? 0)) positions[shard] = sequence;
    }
    const value = encodeReader({ ...record, positions, untilMs });
    return { writes: [{ kind: 'put', ...readerKey(input), value }], output: 'saved' };
  },
};

/** Forgets a reader, which holds nothing any more; there need be none. */
export const removeReader: Procedure<ReaderName, null> = {
  name: 'removeReader',
  reads: () => [],
  decide: ({ log, reader }) => ({ writes: [{ kind: 'delete', ...readerKey({ log, reader }) }], output: null }),
};

interface NewPositions {
  readonly log: number;
  readonly positions: ReaderPositions;
}

function shardKeys({ log, positions }: NewPositions): EntryKey[] {
  return Object.keys(positions).map((shard) => shardKey(log, Number(shard)));
}

/** Those of shards that are there; `shards` are the values of `shardKeys`. */
function existingPositions({ positions }: NewPositions, shards: readonly unknown[]): ReaderPositions {
  return Object.fromEntries(Object.entries(positions).filter((_entry, i) => shards[i] !== undefined));
}

/** `record` without its position in a shard that goes. */
export function forgetShard(record: ReaderRecord, shard: number): ReaderRecord {
  const positions = Object.fromEntries(Object.entries(record.positions).filter(([name]) => name !== String(shard)));
  return { ...record, positions };
}
