/**
 * How far the deliveries of a trigger have come: the position in each shard, and how the last delivery ended.
 *
 * A position says that everything up to a sequence was delivered or given up; what lies behind it may have been
 * delivered too, and will be again. Only who holds the trigger's lease writes it, and only while the trigger is there.
 */
import type { EntryKey, Procedure, StorageEngine, Write } from '../../storage/engine.ts';
import { SYSTEM_SPACE } from '../../tables/spaces.ts';
import { prefixEnd } from '../../values/key-encoding.ts';
import { decodeVersionedJson, encodeVersionedJson } from '../../values/versioned-json.ts';
import { triggerKey } from './trigger-record.ts';

/** Where a trigger is in a shard. */
export interface TriggerPosition {
  readonly shard: number;
  /** The sequence up to which nothing is left to deliver. */
  readonly after: bigint;
  /** Whether nothing comes behind it, so that the shard's children may be delivered. */
  readonly isEnded: boolean;
}

/** How Lambda words LastProcessingResult. */
export const PROCESSING_RESULTS = {
  none: 'No records processed',
  ok: 'OK',
  failed: 'PROBLEM: Function call failed',
  /** In our own words: Lambda disables such a mapping after a while. */
  streamGone: 'PROBLEM: Stream not found',
} as const;

export type ProcessingResult = (typeof PROCESSING_RESULTS)[keyof typeof PROCESSING_RESULTS];

const POSITION_PREFIX = 'trigger-position/';
const STATUS_PREFIX = 'trigger-status/';
const FORMAT_VERSION = 1;

/** More than the open shards of a table and those closed within a day. */
const MAX_SHARDS = 100_000;

function systemKey(text: string): EntryKey {
  return { space: SYSTEM_SPACE, key: new TextEncoder().encode(text) };
}

function positionKey(uuid: string, shard: number): EntryKey {
  return systemKey(`${POSITION_PREFIX}${uuid}/${shard.toString(16).padStart(8, '0')}`);
}

function statusKey(uuid: string): EntryKey {
  return systemKey(`${STATUS_PREFIX}${uuid}`);
}

/** The position in the value of an entry under `trigger-position/`. */
export function decodePosition(bytes: Uint8Array): TriggerPosition {
  const stored = decodeVersionedJson(FORMAT_VERSION, bytes, 'position of a trigger') as StoredPosition;
  return { ...stored, after: BigInt(stored.after) };
}

interface StoredPosition extends Omit<TriggerPosition, 'after'> {
  readonly after: string;
}

interface StoredStatus {
  readonly result: ProcessingResult;
}

/** The status in the value of an entry under `trigger-status/`. */
export function decodeStatus(bytes: Uint8Array): StoredStatus {
  return decodeVersionedJson(FORMAT_VERSION, bytes, 'status of a trigger') as StoredStatus;
}

/** How the last delivery of a trigger ended. */
export async function readProcessingResult(
  engine: Pick<StorageEngine, 'get'>,
  uuid: string,
): Promise<ProcessingResult> {
  const { space, key } = statusKey(uuid);
  const bytes = await engine.get(space, key);
  return bytes === undefined ? PROCESSING_RESULTS.none : decodeStatus(bytes).result;
}

/** The positions of a trigger, by the numbers of shards. */
export async function readPositions(
  engine: Pick<StorageEngine, 'scan'>,
  uuid: string,
): Promise<Map<number, TriggerPosition>> {
  const from = systemKey(`${POSITION_PREFIX}${uuid}/`).key;
  const entries = await engine.scan(SYSTEM_SPACE, { from, before: prefixEnd(from) }, { limit: MAX_SHARDS });
  return new Map(entries.map(({ value }) => decodePosition(value)).map((position) => [position.shard, position]));
}

export interface TriggerProgress {
  readonly uuid: string;
  readonly positions?: readonly TriggerPosition[];
  /** Of shards that there are no more. */
  readonly trimmed?: readonly number[];
  readonly result?: ProcessingResult;
}

/** Notes what has become of a trigger's deliveries, unless the trigger has been deleted. */
export const noteTriggerProgress: Procedure<TriggerProgress, null> = {
  name: 'noteTriggerProgress',
  reads: ({ uuid }) => [triggerKey(uuid)],
  decide({ uuid, positions = [], trimmed = [], result }, [trigger]) {
    if (trigger === undefined) return { writes: [], output: null };
    const writes: Write[] = [
      ...positions.map((position) => putPosition(uuid, position)),
      ...trimmed.map((shard) => ({ kind: 'delete', ...positionKey(uuid, shard) }) as const),
    ];
    if (result !== undefined) {
      const status: StoredStatus = { result };
      writes.push({ kind: 'put', ...statusKey(uuid), value: encodeVersionedJson(FORMAT_VERSION, status) });
    }
    return { writes, output: null };
  },
};

function putPosition(uuid: string, position: TriggerPosition): Write {
  const stored: StoredPosition = { ...position, after: String(position.after) };
  return { kind: 'put', ...positionKey(uuid, position.shard), value: encodeVersionedJson(FORMAT_VERSION, stored) };
}

/** An entry that was noted for a trigger. */
export interface NotedEntry {
  readonly uuid: string;
  readonly key: Uint8Array;
}

/** Up to `limit` entries of triggers' progress with keys above `after`, to find those of triggers that are gone. */
export async function listProgress(
  engine: Pick<StorageEngine, 'scan'>,
  limit: number,
  after?: Uint8Array,
): Promise<NotedEntry[]> {
  const from = after === undefined ? systemKey(POSITION_PREFIX).key : new Uint8Array([...after, 0]);
  const before = prefixEnd(systemKey(STATUS_PREFIX).key);
  const entries = await engine.scan(SYSTEM_SPACE, { from, before }, { limit });
  return entries.map(({ key }) => {
    const [, uuid = ''] = new TextDecoder().decode(key).split('/');
    return { uuid, key: new Uint8Array(key) };
  });
}

/** Removes entries that were noted for triggers that have been deleted. */
export const forgetTriggerProgress: Procedure<readonly NotedEntry[], null> = {
  name: 'forgetTriggerProgress',
  reads: (entries) => entries.map(({ uuid }) => triggerKey(uuid)),
  decide(entries, triggers) {
    const orphans = entries.filter((_, i) => triggers[i] === undefined);
    return { writes: orphans.map(({ key }) => ({ kind: 'delete', space: SYSTEM_SPACE, key })), output: null };
  },
};
