import { validationError } from '../foundation/errors.ts';
import type { EntryKey } from '../storage/engine.ts';
import type { Item } from '../values/attribute-value.ts';
import { ITEM_MESSAGES } from './messages.ts';

/**
 * Throws the ValidationException where one of `keys`, all of one table, stands there twice; what the table's key is need
 * not be known. Source: a BatchGetItem for a table that is not there is refused for such keys first, see
 * https://github.com/ExtendDB/extenddb/pull/192.
 */
export function validateDistinctGivenKeys(keys: readonly Item[]): void {
  const texts = keys.map((key) => JSON.stringify(Object.entries(key).toSorted(([a], [b]) => (a < b ? -1 : 1))));
  if (new Set(texts).size < texts.length) throw validationError(ITEM_MESSAGES.duplicateKeys);
}

/** Throws a ValidationException with the text `message` where a batch or transaction names one item twice. */
export function validateDistinctKeys(keys: readonly EntryKey[], message: string = ITEM_MESSAGES.duplicateKeys): void {
  const seen = new Set<string>();
  for (const { space, key } of keys) {
    const name = `${space}/${Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1')}`;
    if (seen.has(name)) throw validationError(message);
    seen.add(name);
  }
}
