/**
 * Keys as bytes, whose unsigned order is DynamoDB's order of items.
 *
 *     base table:   hash(partition key) | encode(sort key)
 *     index:        hash(index partition key) | escape(encode(index sort key)) | hash(base key)
 *
 * A hash is the first 16 bytes of SHA-256 over the typed canonical values: it spreads load, bounds the key's
 * length and can't be collided on purpose. The longest base key is 16 + 1,024 bytes, the longest index key with one
 * sort key attribute 16 + 2 * 1,024 + 2 + 16.
 */
import { hash } from 'node:crypto';
import { assert } from '../foundation/assert.ts';
import { LIMITS } from '../foundation/limits.ts';
import type { AttributeValue } from './attribute-value.ts';
import { parseDecimal } from './number.ts';

/** The length of a hash, and so of the part of a key that says in which partition it lies. */
export const KEY_HASH_BYTES = 16;

/** The key of an item in its table. */
export function encodeBaseKey(partitionKey: AttributeValue, sortKey: AttributeValue | undefined): Uint8Array {
  const partition = hashPartitionKey([partitionKey]);
  return sortKey === undefined ? partition : concatBytes([partition, encodeKeyValue(sortKey)]);
}

/** The key of an item's entry in an index; `sortKeys` is empty for an index without a sort key. */
export function encodeIndexKey(
  partitionKeys: readonly AttributeValue[],
  sortKeys: readonly AttributeValue[],
  baseKey: Uint8Array,
): Uint8Array {
  return concatBytes([hashPartitionKey(partitionKeys), encodeIndexSortKeys(sortKeys), hashBytes(baseKey)]);
}

/** The middle part of an index key, or, of fewer sort keys than the index has, what all its longer forms start with. */
export function encodeIndexSortKeys(sortKeys: readonly AttributeValue[]): Uint8Array {
  return concatBytes(sortKeys.flatMap((sortKey) => [escapeBytes(encodeKeyValue(sortKey)), TERMINATOR]));
}

/** The hash over the partition key's values in the order of the key schema, types included. */
export function hashPartitionKey(values: readonly AttributeValue[]): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const value of values) {
    const bytes = encodeKeyValue(value);
    const head = Buffer.allocUnsafe(5);
    head[0] = 'S' in value ? 1 : 'N' in value ? 2 : 3;
    head.writeUInt32BE(bytes.length, 1);
    parts.push(head, bytes);
  }
  return hashBytes(concatBytes(parts));
}

function hashBytes(bytes: Uint8Array): Uint8Array {
  // One character for each byte: a third of the time that a Buffer as the digest takes.
  const digest = hash('sha256', bytes, 'binary');
  const start = new Uint8Array(KEY_HASH_BYTES);
  for (let i = 0; i < KEY_HASH_BYTES; i++) start[i] = digest.charCodeAt(i);
  return start;
}

/**
 * A key attribute's value (S, N or B) as bytes in its order. Values of one attribute have one type, so the type is
 * not part of it.
 */
export function encodeKeyValue(value: AttributeValue): Uint8Array {
  if ('S' in value) return Buffer.from(value.S, 'utf8');
  if ('B' in value) return Buffer.from(value.B, 'base64');
  assert('N' in value, 'a key attribute is S, N or B');
  return encodeNumber(value.N);
}

const NEGATIVE = 1;
const ZERO = 2;
const POSITIVE = 3;

/**
 * One byte for the sign, one for the exponent (its whole range is 256 values), then two digits to a byte.
 * A negative number has all bytes after the sign inverted and 0xFF at its end, so that -12 sorts after -12.5.
 *
 *     0      02
 *     5      03 82 33          (exponent 0, digits "50")
 *     -12    01 7C F2 FF       (exponent 1, digits "12", inverted)
 */
function encodeNumber(canonical: string): Uint8Array {
  const { negative, digits, exponent } = parseDecimal(canonical);
  if (digits === '') return Uint8Array.of(ZERO);
  const pairs = Math.ceil(digits.length / 2);
  const bytes = new Uint8Array(2 + pairs + (negative ? 1 : 0));
  const flip = negative ? 0xff : 0;
  bytes[0] = negative ? NEGATIVE : POSITIVE;
  bytes[1] = (exponent - LIMITS.numberMinExponent) ^ flip;
  for (let pair = 0; pair < pairs; pair++) {
    bytes[2 + pair] = (digitAt(digits, pair * 2) * 10 + digitAt(digits, pair * 2 + 1) + 1) ^ flip;
  }
  if (negative) bytes[2 + pairs] = 0xff;
  return bytes;
}

/** The digit at `index`, 0 past the end. */
function digitAt(digits: string, index: number): number {
  return index < digits.length ? digits.charCodeAt(index) - 0x30 : 0;
}

/** Ends an escaped value: less than anything that can go on after a 0x00 inside one. */
const TERMINATOR = Uint8Array.of(0, 1);

/** 0x00 becomes 0x00 0xFF, so that a value can stand in the middle of a key and keep its order. */
export function escapeBytes(bytes: Uint8Array): Uint8Array {
  let zeros = 0;
  for (const byte of bytes) if (byte === 0) zeros++;
  if (zeros === 0) return bytes;
  const escaped = new Uint8Array(bytes.length + zeros);
  let at = 0;
  for (const byte of bytes) {
    escaped[at++] = byte;
    if (byte === 0) escaped[at++] = 0xff;
  }
  return escaped;
}

/** Below, at or above zero as `left` sorts before, with or after `right`. */
export function compareBytes(left: Uint8Array, right: Uint8Array): number {
  return Buffer.compare(left, right);
}

/** The least key above every key that starts with `prefix`; undefined where there is none. */
export function prefixEnd(prefix: Uint8Array): Uint8Array | undefined {
  let length = prefix.length;
  while (length > 0 && prefix[length - 1] === 0xff) length--;
  if (length === 0) return undefined;
  // A copy even of a Buffer, whose own `slice` would be a view of the caller's bytes.
  const end = Uint8Array.from(prefix.subarray(0, length));
  end[length - 1] = (end[length - 1] as number) + 1;
  return end;
}

/** The least key above `key`. */
export function keyAfter(key: Uint8Array): Uint8Array {
  return concatBytes([key, Uint8Array.of(0)]);
}

/** The parts one after the other, in an array of their own (never a view of a pool, so that it can be posted). */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
