/**
 * Parameters of statements, in the form in which the protocol takes them: text, or bytes for PostgreSQL's binary form.
 *
 * Arrays are sent as binary, for the client's own encoding of them writes bytes as text of twice the length. Source of
 * the format: `array_recv` in PostgreSQL's src/backend/utils/adt/arrayfuncs.c.
 */

/** A string is PostgreSQL's text form of a value, a Buffer its binary one. */
export type Parameter = string | Buffer | null;

/** The types of elements, by their numbers in PostgreSQL's catalog, which other engines keep to. */
const OID = { bytea: 17, int8: 20, int4: 23, text: 25 } as const;

const HEADER_BYTES = 20;
/** An array without elements has no dimension. */
const EMPTY_BYTES = 12;
const LENGTH_BYTES = 4;

/** `bytes` as they are, without a copy. */
export function byteaParameter(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export function byteaArray(elements: readonly Uint8Array[]): Buffer {
  let sizeBytes = 0;
  for (const element of elements) sizeBytes += LENGTH_BYTES + element.byteLength;
  const array = startArray(OID.bytea, elements.length, sizeBytes);
  let offset = HEADER_BYTES;
  for (const element of elements) {
    offset = array.writeInt32BE(element.byteLength, offset);
    array.set(element, offset);
    offset += element.byteLength;
  }
  return array;
}

export function textArray(elements: readonly string[]): Buffer {
  const array = byteaArray(elements.map((element) => Buffer.from(element)));
  writeType(array, OID.text);
  return array;
}

export function int4Array(elements: readonly number[]): Buffer {
  const array = startArray(OID.int4, elements.length, elements.length * (LENGTH_BYTES + 4));
  let offset = HEADER_BYTES;
  for (const element of elements) {
    offset = array.writeInt32BE(4, offset);
    offset = array.writeInt32BE(element, offset);
  }
  return array;
}

export function int8Array(elements: readonly (number | string)[]): Buffer {
  const array = startArray(OID.int8, elements.length, elements.length * (LENGTH_BYTES + 8));
  let offset = HEADER_BYTES;
  for (const element of elements) {
    offset = array.writeInt32BE(8, offset);
    offset = array.writeBigInt64BE(BigInt(element), offset);
  }
  return array;
}

/** One dimension, numbered from 1, without nulls. `sizeBytes` is that of all elements with their lengths. */
function startArray(type: number, length: number, sizeBytes: number): Buffer {
  const array = Buffer.alloc(length === 0 ? EMPTY_BYTES : HEADER_BYTES + sizeBytes);
  writeType(array, type);
  if (length === 0) return array;
  array.writeInt32BE(1, 0);
  array.writeInt32BE(length, 12);
  array.writeInt32BE(1, 16);
  return array;
}

function writeType(array: Buffer, type: number): void {
  array.writeInt32BE(type, 8);
}
