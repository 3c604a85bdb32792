/**
 * The log of a table's changes: which of its shards are open, and what is noted of its shards and streams beside the
 * definition, where they outlive it. See docs/design/2026-11-22-change-log.md.
 *
 * The functions that change a definition only say what it becomes; `logRecordWrites` compares it with what it was and
 * gives the writes of all records, so that they can't disagree.
 */
import { assert } from '../foundation/assert.ts';
import type { EntryKey, LogShard, StorageEngine, Write } from '../storage/engine.ts';
import { KEY_HASH_BYTES, keyAfter, prefixEnd } from '../values/key-encoding.ts';
import { decodeVersionedJson, encodeVersionedJson } from '../values/versioned-json.ts';
import { SYSTEM_SPACE } from './spaces.ts';
import {
  type ChangeLog,
  type ChangePartition,
  type KeyAttribute,
  type StreamViewType,
  type TableDefinition,
} from './table.ts';

/** A stream of a table, which may be disabled and the table gone. */
export interface StreamRecord {
  readonly tableName: string;
  readonly tableId: string;
  readonly label: string;
  readonly viewType: StreamViewType;
  readonly partitionKey: KeyAttribute;
  readonly sortKey?: KeyAttribute;
  readonly log: number;
  readonly firstShard: number;
  /** Of a stream that is disabled. */
  readonly lastShard?: number;
  readonly disabledAtMs?: number;
}

/** A shard of a log: takes the changes of items whose hashes are at or above `from` and below `before`. */
export interface ShardRecord {
  readonly shard: number;
  readonly parent?: number;
  readonly from: string;
  /** Absent: all hashes above `from`. */
  readonly before?: string;
  readonly openedAtMs: number;
  readonly closedAtMs?: number;
}

/** The lowest hash of a partition key, in hexadecimal digits. */
export const FIRST_HASH = '0'.repeat(2 * KEY_HASH_BYTES);
const FIRST_SHARD = 1;

/** A stream as it is asked for. */
export interface NewStream {
  readonly viewType: StreamViewType;
  readonly label: string;
}

/** `table` followed by a stream that begins now. `newLog` is its log's number if it never had one. */
export function openStream(table: TableDefinition, stream: NewStream, newLog: number, nowMs: number): TableDefinition {
  const { log = newLog, nextShard = FIRST_SHARD, partitions = [] } = table.changeLog ?? {};
  const closed = partitions.length === 0 ? [{ shard: 0, openedAtMs: nowMs }] : partitions;
  const opened = closed.map(({ shard: parent, before }, i) => ({
    shard: nextShard + i,
    ...(partitions.length > 0 && { parent }),
    openedAtMs: nowMs,
    ...(before !== undefined && { before }),
  }));
  return {
    ...table,
    stream: { ...stream, firstShard: nextShard },
    changeLog: { log, nextShard: nextShard + opened.length, partitions: opened, images: stream.viewType },
  };
}

/** `table` without a stream; it keeps the label of the one that it had. */
export function closeStream(table: TableDefinition): TableDefinition {
  const { stream, changeLog } = table;
  if (stream === undefined) return table;
  const { label, firstShard } = stream;
  return {
    ...table,
    stream: { label, ...(firstShard !== undefined && { firstShard }) },
    ...(changeLog !== undefined && { changeLog: { ...changeLog, partitions: [] } }),
  };
}

/**
 * `table` with its open shard `shard` closed and children in its place: one, or, with hashes in `at`, one more
 * for each, which rise and lie within the shard's range.
 */
export function splitPartition(
  table: TableDefinition,
  shard: number,
  at: readonly string[],
  nowMs: number,
): TableDefinition {
  const { changeLog } = table;
  assert(changeLog !== undefined, 'a table that is split has a log');
  const { nextShard, partitions } = changeLog;
  const split = partitions.flatMap((partition): ChangePartition[] => {
    if (partition.shard !== shard) return [partition];
    return [...at, partition.before].map((before, i) => ({
      shard: nextShard + i,
      parent: shard,
      openedAtMs: nowMs,
      ...(before !== undefined && { before }),
    }));
  });
  return { ...table, changeLog: { ...changeLog, partitions: split, nextShard: nextShard + at.length + 1 } };
}

/** The open shard for the changes of the item with the key `baseKey`; undefined where nobody follows the table. */
export function shardOf({ partitions }: ChangeLog, baseKey: Uint8Array): number | undefined {
  if (partitions.length <= 1) return partitions[0]?.shard;
  const hash = Buffer.from(baseKey.buffer, baseKey.byteOffset, KEY_HASH_BYTES).toString('hex');
  return partitions.find(({ before }) => before === undefined || hash < before)?.shard;
}

/** The writes that note what became of a table's shards and stream; undefined: it wasn't or isn't there. */
export function logRecordWrites(
  before: TableDefinition | undefined,
  after: TableDefinition | undefined,
  nowMs: number,
): Write[] {
  const log = before?.changeLog?.log ?? after?.changeLog?.log;
  if (log === undefined) return [];
  const wasOpen = openShards(before);
  const isOpen = openShards(after);
  const opened = [...isOpen.values()].filter(({ shard }) => !wasOpen.has(shard));
  const closed = [...wasOpen.values()].filter(({ shard }) => !isOpen.has(shard));
  return [
    ...opened.map((record) => putShard(log, record)),
    ...closed.map((record) => putShard(log, { ...record, closedAtMs: nowMs })),
    ...streamRecordWrites(before, after, nowMs),
  ];
}

function openShards(table: TableDefinition | undefined): ReadonlyMap<number, ShardRecord> {
  const partitions = table?.changeLog?.partitions ?? [];
  return new Map(
    partitions.map((partition, i) => {
      const from = partitions[i - 1]?.before ?? FIRST_HASH;
      return [partition.shard, { ...partition, from }];
    }),
  );
}

function streamRecordWrites(
  before: TableDefinition | undefined,
  after: TableDefinition | undefined,
  nowMs: number,
): Write[] {
  const was = before && activeStream(before);
  const is = after && activeStream(after);
  if (was?.label === is?.label) return [];
  const lastShard = (before?.changeLog?.nextShard ?? 0) - 1;
  return [
    ...(was === undefined ? [] : [putStream({ ...was, lastShard, disabledAtMs: nowMs })]),
    ...(is === undefined ? [] : [putStream(is)]),
  ];
}

/** The stream of `table` that is enabled. */
export function activeStream(table: TableDefinition): StreamRecord | undefined {
  const { name: tableName, id: tableId, partitionKey, sortKey, stream, changeLog } = table;
  if (stream?.viewType === undefined || stream.firstShard === undefined || changeLog === undefined) return undefined;
  const { label, viewType, firstShard } = stream;
  const keys = { partitionKey, ...(sortKey !== undefined && { sortKey }) };
  return { tableName, tableId, label, viewType, ...keys, log: changeLog.log, firstShard };
}

const SHARD_PREFIX = 'shard/';
const STREAM_PREFIX = 'stream/';
const SHARD_FORMAT = 1;
const STREAM_FORMAT = 1;

function systemKey(text: string): EntryKey {
  return { space: SYSTEM_SPACE, key: new TextEncoder().encode(text) };
}

/** Where the record of a shard lies: in the order of their numbers. */
export function shardKey(log: number, shard: number): EntryKey {
  return systemKey(`${shardsPrefix(log)}${toHex(shard)}`);
}

function shardsPrefix(log: number): string {
  return `${SHARD_PREFIX}${toHex(log)}/`;
}

function toHex(number: number): string {
  return number.toString(16).padStart(8, '0');
}

/** Where the record of a stream lies: by tables, each table's in the order of their labels. */
export function streamKey(tableName: string, label: string): EntryKey {
  return systemKey(`${STREAM_PREFIX}${tableName}/${label}`);
}

function putShard(log: number, record: ShardRecord): Write {
  return { kind: 'put', ...shardKey(log, record.shard), value: encodeVersionedJson(SHARD_FORMAT, record) };
}

function putStream(record: StreamRecord): Write {
  const { tableName, label } = record;
  return { kind: 'put', ...streamKey(tableName, label), value: encodeVersionedJson(STREAM_FORMAT, record) };
}

/** The record of a shard in `bytes`. */
export function decodeShard(bytes: Uint8Array): ShardRecord {
  return decodeVersionedJson(SHARD_FORMAT, bytes, 'shard record') as ShardRecord;
}

/** The record of a stream in `bytes`. */
export function decodeStream(bytes: Uint8Array): StreamRecord {
  return decodeVersionedJson(STREAM_FORMAT, bytes, 'stream record') as StreamRecord;
}

/**
 * The stream of the table called `tableName` with this label, enabled or not; undefined if there is none any more, or
 * it was disabled before `sinceMs`.
 */
export async function findStream(
  engine: Pick<StorageEngine, 'get'>,
  tableName: string,
  label: string,
  sinceMs = -Infinity,
): Promise<StreamRecord | undefined> {
  const { space, key } = streamKey(tableName, label);
  const bytes = await engine.get(space, key);
  const stream = bytes && decodeStream(bytes);
  return stream !== undefined && isStreamSince(stream, sinceMs) ? stream : undefined;
}

/** Whether a stream is enabled, or was disabled no earlier than `sinceMs`. */
function isStreamSince({ disabledAtMs = Infinity }: StreamRecord, sinceMs: number): boolean {
  return disabledAtMs >= sinceMs;
}

/** Which streams are listed. */
export interface StreamSelection {
  /** Only those of tables called so. */
  readonly tableName?: string | undefined;
  /** Only those behind this one. */
  readonly after?: StreamRecordName | undefined;
  /** None that were disabled before it. */
  readonly sinceMs?: number;
}

/** Up to `limit` streams, by tables and then by labels. */
export async function listStreams(
  engine: Pick<StorageEngine, 'scan'>,
  limit: number,
  { tableName, after, sinceMs = -Infinity }: StreamSelection = {},
): Promise<StreamRecord[]> {
  const prefix = systemKey(tableName === undefined ? STREAM_PREFIX : `${STREAM_PREFIX}${tableName}/`).key;
  const from = after === undefined ? prefix : systemKey(`${STREAM_PREFIX}${after.tableName}/${after.label}\0`).key;
  const isBehind = Buffer.compare(from, prefix) > 0;
  const range = { from: isBehind ? from : prefix, before: prefixEnd(prefix) };
  return await scanRecords(engine, range, limit, decodeStream, (stream) => isStreamSince(stream, sinceMs));
}

/** Up to `limit` records in `range` that `isShown`, in the order of their keys. */
async function scanRecords<Record>(
  engine: Pick<StorageEngine, 'scan'>,
  { from, before }: { readonly from: Uint8Array; readonly before: Uint8Array | undefined },
  limit: number,
  decode: (bytes: Uint8Array) => Record,
  isShown: (record: Record) => boolean,
): Promise<Record[]> {
  const shown: Record[] = [];
  for (let start = from; ;) {
    const entries = await engine.scan(SYSTEM_SPACE, { from: start, before }, { limit });
    shown.push(...entries.map(({ value }) => decode(value)).filter(isShown));
    const last = entries.at(-1);
    if (last === undefined || entries.length < limit || shown.length >= limit) return shown.slice(0, limit);
    start = keyAfter(last.key);
  }
}

/** What names a stream. */
export type StreamRecordName = Pick<StreamRecord, 'tableName' | 'label'>;

/** A shard of a stream, if it has not been trimmed away, nor closed before `sinceMs`. */
export async function findShard(
  engine: Pick<StorageEngine, 'get'>,
  { log, firstShard, lastShard }: StreamRecord,
  shard: number,
  sinceMs = -Infinity,
): Promise<ShardRecord | undefined> {
  if (shard < firstShard || shard > (lastShard ?? Infinity)) return undefined;
  const { space, key } = shardKey(log, shard);
  const bytes = await engine.get(space, key);
  const record = bytes && decodeShard(bytes);
  return record !== undefined && isShardSince(record, sinceMs) ? record : undefined;
}

/** Whether a shard is open, or was closed no earlier than `sinceMs`. */
export function isShardSince({ closedAtMs = Infinity }: ShardRecord, sinceMs: number): boolean {
  return closedAtMs >= sinceMs;
}

/** Up to `limit` shards of a stream with numbers above `after`, in order; none that were closed before `sinceMs`. */
export async function listShards(
  engine: Pick<StorageEngine, 'scan'>,
  { log, firstShard, lastShard }: Pick<StreamRecord, 'log' | 'firstShard' | 'lastShard'>,
  limit: number,
  after = 0,
  sinceMs = -Infinity,
): Promise<ShardRecord[]> {
  const range = {
    from: shardKey(log, Math.max(firstShard, after + 1)).key,
    before: lastShard === undefined ? prefixEnd(systemKey(shardsPrefix(log)).key) : shardKey(log, lastShard + 1).key,
  };
  return await scanRecords(engine, range, limit, decodeShard, (shard) => isShardSince(shard, sinceMs));
}

/** A shard with the log that it is of. */
export interface ShardOfLog {
  readonly log: number;
  readonly record: ShardRecord;
}

/** Up to `limit` shards of all logs behind `after`, by logs and then by numbers. */
export async function listAllShards(
  engine: Pick<StorageEngine, 'scan'>,
  limit: number,
  after?: LogShard,
): Promise<ShardOfLog[]> {
  const prefix = systemKey(SHARD_PREFIX).key;
  const from = after === undefined ? prefix : keyAfter(shardKey(after.log, after.shard).key);
  const entries = await engine.scan(SYSTEM_SPACE, { from, before: prefixEnd(prefix) }, { limit });
  return entries.map(({ key, value }) => ({ log: logOfShardKey(key), record: decodeShard(value) }));
}

function logOfShardKey(key: Uint8Array): number {
  return Number.parseInt(new TextDecoder().decode(key.subarray(SHARD_PREFIX.length, SHARD_PREFIX.length + 8)), 16);
}
