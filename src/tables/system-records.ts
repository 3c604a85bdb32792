/** Records of the system space whose keys are texts. */
import type { EntryKey, StorageEngine } from '../storage/engine.ts';
import { keyAfter } from '../values/key-encoding.ts';
import { SYSTEM_SPACE } from './spaces.ts';

/** The key of a record of the system space. */
export function systemKey(text: string): EntryKey {
  return { space: SYSTEM_SPACE, key: new TextEncoder().encode(text) };
}

/** Up to `limit` records in `range` that `isShown`, in the order of their keys. */
export async function scanRecords<Record>(
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
