/** Many entries as one array of bytes: what goes to the target in one piece, and what checksums are of. */
import type { Entry } from '../storage/engine.ts';

const LENGTH_BYTES = 4;

/** Each entry as the length of its key, its key, the length of its value and its value; lengths as big-endian u32. */
export function packEntries(entries: readonly Entry[]): Uint8Array {
  const packed = new Uint8Array(entries.reduce((length, entry) => length + packedSizeBytes(entry), 0));
  const view = new DataView(packed.buffer);
  let at = 0;
  for (const { key, value } of entries) {
    for (const bytes of [key, value]) {
      view.setUint32(at, bytes.length);
      packed.set(bytes, at + LENGTH_BYTES);
      at += LENGTH_BYTES + bytes.length;
    }
  }
  return packed;
}

/** The entries in `packed`, as views of it. */
export function unpackEntries(packed: Uint8Array): Entry[] {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const entries: Entry[] = [];
  let at = 0;
  const next = () => {
    const start = at + LENGTH_BYTES;
    at = start + view.getUint32(at);
    return packed.subarray(start, at);
  };
  while (at < packed.length) entries.push({ key: next(), value: next() });
  return entries;
}

/** What an entry adds to the packed bytes. */
export function packedSizeBytes({ key, value }: Entry): number {
  return 2 * LENGTH_BYTES + key.length + value.length;
}
