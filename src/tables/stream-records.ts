/** The records of streams, which outlive their tables. See docs/design/2026-11-22-change-log.md. */
import type { EntryKey, StorageEngine, Write } from '../storage/engine.ts';
import { prefixEnd } from '../values/key-encoding.ts';
import { decodeVersionedJson, encodeVersionedJson } from '../values/versioned-json.ts';
import { scanRecords, systemKey } from './system-records.ts';
import type { KeyAttribute, StreamViewType } from './table.ts';

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

/** What names a stream. */
export type StreamRecordName = Pick<StreamRecord, 'tableName' | 'label'>;

const PREFIX = 'stream/';
const FORMAT = 1;

/** Where the record of a stream lies: by tables, each table's in the order of their labels. */
export function streamKey(tableName: string, label: string): EntryKey {
  return systemKey(`${PREFIX}${tableName}/${label}`);
}

/** Notes a stream. */
export function putStream(record: StreamRecord): Write {
  const { tableName, label } = record;
  return { kind: 'put', ...streamKey(tableName, label), value: encodeVersionedJson(FORMAT, record) };
}

/** The record of a stream in `bytes`. */
export function decodeStream(bytes: Uint8Array): StreamRecord {
  return decodeVersionedJson(FORMAT, bytes, 'stream record') as StreamRecord;
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
  const prefix = systemKey(tableName === undefined ? PREFIX : `${PREFIX}${tableName}/`).key;
  const from = after === undefined ? prefix : systemKey(`${PREFIX}${after.tableName}/${after.label}\0`).key;
  const isBehind = Buffer.compare(from, prefix) > 0;
  const range = { from: isBehind ? from : prefix, before: prefixEnd(prefix) };
  return await scanRecords(engine, range, limit, decodeStream, (stream) => isStreamSince(stream, sinceMs));
}
