/**
 * Items as bytes: a header, then the item as canonical DynamoDB JSON in UTF-8, which reads copy into answers unparsed.
 *
 *     offset 0   u8    format version, 1
 *            1   u32   the item's size in bytes, as limits and capacity count it
 *            5   u64   the item's version: grows with each write of the item
 *           13   u64   the time of the last write, milliseconds since the epoch
 *           21   JSON
 *
 * Integers are big-endian.
 */
import { assert } from '../foundation/assert.ts';
import { type AttributeValue, type Item, emptyItem } from './attribute-value.ts';

const FORMAT_VERSION = 1;
const HEADER_BYTES = 21;

export interface StoredItem {
  readonly sizeBytes: number;
  readonly version: number;
  readonly writtenAtMs: number;
  /** The item as canonical JSON. */
  readonly json: string;
}

export function encodeStoredItem(stored: StoredItem): Uint8Array {
  const bytes = Buffer.allocUnsafeSlow(HEADER_BYTES + Buffer.byteLength(stored.json));
  bytes[0] = FORMAT_VERSION;
  bytes.writeUInt32BE(stored.sizeBytes, 1);
  bytes.writeBigUInt64BE(BigInt(stored.version), 5);
  bytes.writeBigUInt64BE(BigInt(stored.writtenAtMs), 13);
  bytes.write(stored.json, HEADER_BYTES);
  return bytes;
}

export function decodeStoredItem(bytes: Uint8Array): StoredItem {
  const buffer = asBuffer(bytes);
  return {
    sizeBytes: buffer.readUInt32BE(1),
    version: Number(buffer.readBigUInt64BE(5)),
    writtenAtMs: Number(buffer.readBigUInt64BE(13)),
    json: buffer.toString('utf8', HEADER_BYTES),
  };
}

/** The item's size alone. */
export function storedSizeBytes(bytes: Uint8Array): number {
  return asBuffer(bytes).readUInt32BE(1);
}

/** The item's JSON alone. */
export function storedJson(bytes: Uint8Array): string {
  return asBuffer(bytes).toString('utf8', HEADER_BYTES);
}

/** The item itself. */
export function storedAttributes(bytes: Uint8Array): Item {
  return itemFromJson(storedJson(bytes));
}

/** The item that canonical JSON says. */
export function itemFromJson(json: string): Item {
  return withoutPrototypes(JSON.parse(json) as Item);
}

function asBuffer(bytes: Uint8Array): Buffer {
  const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  assert(buffer[0] === FORMAT_VERSION, `stored item of unknown format version ${String(buffer[0])}`);
  return buffer;
}

/** `item` with null prototypes in all its maps; see `Item`. */
function withoutPrototypes(item: Item): Item {
  const copy = emptyItem();
  for (const name of Object.keys(item)) copy[name] = valueWithoutPrototypes(item[name] as AttributeValue);
  return copy;
}

function valueWithoutPrototypes(value: AttributeValue): AttributeValue {
  if ('M' in value) return { M: withoutPrototypes(value.M) };
  if ('L' in value) return { L: value.L.map(valueWithoutPrototypes) };
  return value;
}
