import { validationError } from '../foundation/errors.ts';
import type { EntryKey } from '../storage/engine.ts';
import { ITEM_MESSAGES } from './messages.ts';

/** Throws a ValidationException with the text `message` where a batch or transaction names one item twice. */
export function validateDistinctKeys(keys: readonly EntryKey[], message: string = ITEM_MESSAGES.duplicateKeys): void {
  const seen = new Set<string>();
  for (const { space, key } of keys) {
    const name = `${space}/${Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1')}`;
    if (seen.has(name)) throw validationError(message);
    seen.add(name);
  }
}
