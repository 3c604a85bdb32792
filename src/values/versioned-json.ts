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

/**
 * The record in `bytes`, which is what `what` calls it; throws for another format than `formatVersion`, or than those
 * from `oldestVersion` on.
 */
export function decodeVersionedJson(
  formatVersion: number,
  bytes: Uint8Array,
  what: string,
  oldestVersion = formatVersion,
): unknown {
  const version = bytes[0] ?? 0;
  assert(version >= oldestVersion && version <= formatVersion, `${what} of unknown format version ${String(bytes[0])}`);
  return JSON.parse(new TextDecoder().decode(bytes.subarray(1)));
}
