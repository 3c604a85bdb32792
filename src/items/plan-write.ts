/**
 * From items, keys and updates to what a write does. Each function checks what needs no table at once and returns
 * the rest, which throws the errors of keys that don't fit the table it is given.
 */
import type { Update } from '../expressions/ast.ts';
import { touchedAttributeNames } from '../expressions/apply-update.ts';
import { validationError } from '../foundation/errors.ts';
import { LIMITS } from '../foundation/limits.ts';
import { type TableDefinition, tableKeyAttributes } from '../tables/table.ts';
import type { Item } from '../values/attribute-value.ts';
import { itemSizeBytes } from '../values/size.ts';
import type { ItemChange } from './change-item.ts';
import { keyOfItem, keyOfKey } from './item-key.ts';
import { ITEM_MESSAGES } from './messages.ts';

/** What a write does to its item in the given table; throws the ApiError for a key or item that does not fit it. */
export type PlanWrite = (table: TableDefinition) => ItemChange;

/** The put of `item`, whose key `keyOf` finds: in batches it has errors of its own. */
export function planPut(item: Item, keyOf: typeof keyOfItem = keyOfItem): PlanWrite {
  // The names that updates write come from expressions, which have no empty ones.
  if ('' in item) throw validationError(ITEM_MESSAGES.emptyName);
  const sizeBytes = itemSizeBytes(item);
  if (sizeBytes > LIMITS.itemSizeBytes) throw validationError(ITEM_MESSAGES.tooLarge);
  const json = JSON.stringify(item);
  return (table) => ({ kind: 'put', key: keyOf(table, item), json, sizeBytes });
}

/** The deletion of the item that has `key`. */
export function planDelete(key: Item): PlanWrite {
  return (table) => ({ kind: 'delete', key: keyOfKey(table, key) });
}

/** No change of the item that has `key`, whose condition is all there is to it. */
export function planCheck(key: Item): PlanWrite {
  return (table) => ({ kind: 'check', key: keyOfKey(table, key) });
}

/** The update of the item that has `key`. */
export function planUpdate(key: Item, update: Update | undefined): PlanWrite {
  const keyJson = JSON.stringify(key);
  return (table) => {
    if (update !== undefined) validateKeyUntouched(table, update);
    return { kind: 'update', key: keyOfKey(table, key), keyJson, update };
  };
}

function validateKeyUntouched(table: TableDefinition, update: Update): void {
  const touched = new Set(touchedAttributeNames(update));
  for (const { name } of tableKeyAttributes(table)) {
    if (!touched.has(name)) continue;
    throw validationError(ITEM_MESSAGES.keyUpdated(name));
  }
}
