import { validationError } from '../foundation/errors.ts';
import type { EntryKey } from '../storage/engine.ts';
import { ITEM_MESSAGES } from './messages.ts';

/** Throws where a batch names one item twice. */
export function validateDistinctKeys(keys: readonly EntryKey[]): void {
  const seen = new Set<string>();
  for (const { space, key } of keys) {
    const name = `${space}/${Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1')}`;
    if (seen.has(name)) throw validationError(ITEM_MESSAGES.duplicateKeys);
    seen.add(name);
  }
}
