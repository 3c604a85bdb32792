/**
 * What the target of a copy keeps about it until it is complete: records in its system space.
 *
 * One says what is being copied; as long as it is there the store is not whole and no server runs on it. One for each
 * lane says how far that lane has come; it changes in the same transaction as what the lane writes, so that a copy
 * which was killed at any moment goes on exactly there.
 */
import type { EntryKey, Space, StorageEngine } from '../storage/engine.ts';
import { SYSTEM_SPACE } from '../tables/spaces.ts';
import { prefixEnd } from '../values/key-encoding.ts';
import { decodeVersionedJson, encodeVersionedJson } from '../values/versioned-json.ts';
import { CopyError } from './copy-error.ts';

/** What is being copied. */
export interface CopyRecord {
  /** The source's fingerprint when the copy began: it must be the same store in the same state when it goes on. */
  readonly fingerprint: string;
}

/** How far a lane has come; its record is there from the copy's beginning to its end. */
export interface LaneProgress {
  /** The last thing copied, as the lane itself names it; empty at the beginning. */
  readonly position: string;
  /** All that the lane has copied so far. */
  readonly entries: number;
  readonly bytes: number;
}

const FORMAT_VERSION = 1;
const COPY_PREFIX = 'copy/';

/** Nodes and their leases are of a store's present, which another store has no part in. */
const TRANSIENT_PREFIXES = ['node/', 'lease/'];
const NOT_COPIED = [COPY_PREFIX, ...TRANSIENT_PREFIXES].map((prefix) => Buffer.from(prefix));

/** Whether an entry is part of what a copy brings over. */
export function isCopied(space: Space, key: Uint8Array): boolean {
  return space !== SYSTEM_SPACE || !NOT_COPIED.some((prefix) => prefix.equals(key.subarray(0, prefix.length)));
}

/** Where the record of the copy lies. */
export const COPY_RECORD_KEY: EntryKey = systemKey(`${COPY_PREFIX}source`);

/** Where the progress of the lane called `lane` lies. */
export function laneKey(lane: string): EntryKey {
  return systemKey(`${COPY_PREFIX}lane/${lane}`);
}

function systemKey(name: string): EntryKey {
  return { space: SYSTEM_SPACE, key: new TextEncoder().encode(name) };
}

/** The record of the copy that `target` is not whole for; undefined where there is none. */
export async function findUnfinishedCopy(target: StorageEngine): Promise<CopyRecord | undefined> {
  const bytes = await target.get(COPY_RECORD_KEY.space, COPY_RECORD_KEY.key);
  return bytes && (decodeVersionedJson(FORMAT_VERSION, bytes, 'record of a copy') as CopyRecord);
}

/** A record as bytes. */
export function encodeCopyRecord(record: CopyRecord): Uint8Array {
  return encodeVersionedJson(FORMAT_VERSION, record);
}

export const NO_PROGRESS: LaneProgress = { position: '', entries: 0, bytes: 0 };

/** How far each of `lanes` has come. Rejects with CopyError if the copy has other lanes. */
export async function readLaneProgress(target: StorageEngine, lanes: readonly string[]): Promise<LaneProgress[]> {
  const values = await target.getMany(lanes.map(laneKey));
  return values.map((bytes) => {
    if (bytes === undefined)
      throw new CopyError('another version of the program began this copy, or it has just ended');
    return decodeVersionedJson(FORMAT_VERSION, bytes, 'progress of a copy') as LaneProgress;
  });
}

/** Progress as bytes, the same for the same progress. */
export function encodeLaneProgress({ position, entries, bytes }: LaneProgress): Uint8Array {
  return encodeVersionedJson(FORMAT_VERSION, { position, entries, bytes });
}

/** More records than a copy leaves. */
const MAX_RECORDS = 1_000;

/** Where all records of copies in `target` lie. */
export async function listCopyRecords(target: StorageEngine): Promise<Uint8Array[]> {
  const from = new TextEncoder().encode(COPY_PREFIX);
  const entries = await target.scan(SYSTEM_SPACE, { from, before: prefixEnd(from) }, { limit: MAX_RECORDS });
  // Copies, because a procedure's input must not be a view of a larger buffer.
  return entries.map((entry) => new Uint8Array(entry.key));
}
