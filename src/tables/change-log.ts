/**
 * The log of a table's changes: which of its shards are open, and what is noted of its shards and streams beside the
 * definition, where they outlive it (shard-records.ts, stream-records.ts). See docs/design/2026-11-22-change-log.md.
 *
 * The functions that change a definition only say what it becomes; `logRecordWrites` compares it with what it was and
 * gives the writes of all records, so that they can't disagree.
 */
import { assert } from '../foundation/assert.ts';
import type { Write } from '../storage/engine.ts';
import { KEY_HASH_BYTES } from '../values/key-encoding.ts';
import { putShard, type ShardRecord } from './shard-records.ts';
import { putStream, type StreamRecord } from './stream-records.ts';
import type { ChangeLog, ChangePartition, StreamViewType, TableDefinition } from './table.ts';

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
