/** Small records as bytes: one byte for the version of their format, then JSON in UTF-8. */
import { assert } from '../foundation/assert.ts';

/** `record` in an array of its own. `formatVersion` is in [1, 255]. */
export function encodeVersionedJson(formatVersion: number, record: object): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(record));
  const bytes = new Uint8Array(1 + json.length);
  bytes[0] = formatVersion;
  bytes.set(json, 1);
  return bytes;
}

/** The record in `bytes`, which is what `what` calls it; throws for another format than `formatVersion`. */
export function decodeVersionedJson(formatVersion: number, bytes: Uint8Array, what: string): unknown {
  assert(bytes[0] === formatVersion, `${what} of unknown format version ${String(bytes[0])}`);
  return JSON.parse(new TextDecoder().decode(bytes.subarray(1)));
}
