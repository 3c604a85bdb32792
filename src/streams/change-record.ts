/**
 * What the log keeps of one change of one item:
 *
 *     offset 0   u8    format version, 1
 *            1   u8    what happened: 1 INSERT, 2 MODIFY, 3 REMOVE
 *            2   u8    who did it: 0 a caller, 1 Time to Live
 *            3   u64   when, in milliseconds since the epoch
 *           11   u32   the size of the old image as limits count it, and that of the new one
 *           19   u32   the length of the JSON of the keys, and that of the old image
 *           27   JSON  the keys, the old image, the new image; each may be empty
 *
 * Integers are big-endian. The keys are there only if neither image is, for they are in both.
 */
import { assert } from '../foundation/assert.ts';
import type { Write } from '../storage/engine.ts';
import { shardOf } from '../tables/change-log.ts';
import { type StreamViewType, type TableDefinition, tableKeyAttributes } from '../tables/table.ts';
import { type Item, emptyItem } from '../values/attribute-value.ts';
import { equalItems } from '../values/compare.ts';

const FORMAT_VERSION = 1;
const HEADER_BYTES = 27;
const EVENTS = ['INSERT', 'MODIFY', 'REMOVE'] as const;

export type ChangeEvent = (typeof EVENTS)[number];

/** Who changed an item, if it was not a caller of the API. */
export type Actor = 'ttl';

export interface ChangeRecord {
  readonly event: ChangeEvent;
  readonly actor?: Actor;
  readonly atMs: number;
  /** Absent if an image is there. */
  readonly keysJson?: string;
  readonly oldImage?: Image;
  readonly newImage?: Image;
}

/** An item before or after a change. */
export interface Image {
  /** As the item lies in the store. */
  readonly json: string;
  readonly sizeBytes: number;
}

/** An item on one side of a change, parsed only when something looks inside. */
export interface ChangedItem extends Image {
  attributes(): Item;
}

/** A write of an item that was decided on. */
export interface ItemChanged {
  readonly baseKey: Uint8Array;
  readonly before: ChangedItem | undefined;
  readonly after: ChangedItem | undefined;
  readonly atMs: number;
  readonly actor?: Actor | undefined;
}

/**
 * The entry that `change` leaves in the log of `table`: none where nobody follows the table, and none for a write that
 * changes nothing, which the order of attributes and of the members of sets doesn't. Source: "Working with streams" in
 * the developer guide.
 */
export function appendChange(table: TableDefinition, change: ItemChanged): Write[] {
  const { changeLog } = table;
  const shard = changeLog && shardOf(changeLog, change.baseKey);
  if (changeLog === undefined || shard === undefined || !isChange(change)) return [];
  const record = recordOf(table, changeLog.images, change);
  return [{ kind: 'append', log: changeLog.log, shard, value: encodeChangeRecord(record) }];
}

function isChange({ before, after }: ItemChanged): boolean {
  if (before === undefined || after === undefined) return before !== after;
  if (before.json === after.json) return false;
  return before.sizeBytes !== after.sizeBytes || !equalItems(before.attributes(), after.attributes());
}

function recordOf(table: TableDefinition, images: StreamViewType, change: ItemChanged): ChangeRecord {
  const { before, after, atMs, actor } = change;
  const event = before === undefined ? 'INSERT' : after === undefined ? 'REMOVE' : 'MODIFY';
  const oldImage = images === 'OLD_IMAGE' || images === 'NEW_AND_OLD_IMAGES' ? before : undefined;
  const newImage = images === 'NEW_IMAGE' || images === 'NEW_AND_OLD_IMAGES' ? after : undefined;
  const known = oldImage === undefined && newImage === undefined ? (after ?? before) : undefined;
  return {
    event,
    atMs,
    ...(actor !== undefined && { actor }),
    ...(known !== undefined && { keysJson: JSON.stringify(keysOf(table, known.attributes())) }),
    ...(oldImage !== undefined && { oldImage }),
    ...(newImage !== undefined && { newImage }),
  };
}

/** The key attributes of an item, in the order of the key schema. */
export function keysOf(table: Pick<TableDefinition, 'partitionKey' | 'sortKey'>, item: Item): Item {
  const keys = emptyItem();
  for (const { name } of tableKeyAttributes(table)) {
    const value = item[name];
    assert(value !== undefined, 'an item has its key attributes');
    keys[name] = value;
  }
  return keys;
}

/** A record as bytes, in an array of their own. */
export function encodeChangeRecord({
  event,
  actor,
  atMs,
  keysJson = '',
  oldImage,
  newImage,
}: ChangeRecord): Uint8Array {
  const keysBytes = Buffer.byteLength(keysJson);
  const oldBytes = Buffer.byteLength(oldImage?.json ?? '');
  const bytes = Buffer.allocUnsafeSlow(HEADER_BYTES + keysBytes + oldBytes + Buffer.byteLength(newImage?.json ?? ''));
  bytes[0] = FORMAT_VERSION;
  bytes[1] = EVENTS.indexOf(event) + 1;
  bytes[2] = actor === undefined ? 0 : 1;
  bytes.writeBigUInt64BE(BigInt(atMs), 3);
  bytes.writeUInt32BE(oldImage?.sizeBytes ?? 0, 11);
  bytes.writeUInt32BE(newImage?.sizeBytes ?? 0, 15);
  bytes.writeUInt32BE(keysBytes, 19);
  bytes.writeUInt32BE(oldBytes, 23);
  bytes.write(keysJson, HEADER_BYTES);
  bytes.write(oldImage?.json ?? '', HEADER_BYTES + keysBytes);
  bytes.write(newImage?.json ?? '', HEADER_BYTES + keysBytes + oldBytes);
  return bytes;
}

/** The record in `bytes`. Throws for what is none, or of a newer format. */
export function decodeChangeRecord(bytes: Uint8Array): ChangeRecord {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  assert(buffer[0] === FORMAT_VERSION, `change record of unknown format version ${String(buffer[0])}`);
  const event = EVENTS[(buffer[1] ?? 0) - 1];
  assert(event !== undefined, `change record of unknown event ${String(buffer[1])}`);
  const keysEnd = HEADER_BYTES + buffer.readUInt32BE(19);
  const oldEnd = keysEnd + buffer.readUInt32BE(23);
  const textOf = (start: number, end: number) => buffer.toString('utf8', start, end);
  return {
    event,
    atMs: recordTimeMs(bytes),
    ...(buffer[2] === 1 && { actor: 'ttl' }),
    ...(keysEnd > HEADER_BYTES && { keysJson: textOf(HEADER_BYTES, keysEnd) }),
    ...(oldEnd > keysEnd && { oldImage: { json: textOf(keysEnd, oldEnd), sizeBytes: buffer.readUInt32BE(11) } }),
    ...(buffer.length > oldEnd && {
      newImage: { json: textOf(oldEnd, buffer.length), sizeBytes: buffer.readUInt32BE(15) },
    }),
  };
}

/** The time of a record alone, in milliseconds since the epoch. */
export function recordTimeMs(bytes: Uint8Array): number {
  return Number(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).readBigUInt64BE(3));
}
