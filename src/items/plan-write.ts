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
import { keyOfItem, keyOfKey } from './item-key.ts';
import type { ItemChange } from './write-items.ts';

/** What a write does to its item in the given table; throws the ApiError for a key or item that does not fit it. */
export type PlanWrite = (table: TableDefinition) => ItemChange;

/** The put of `item`. */
export function planPut(item: Item): PlanWrite {
  if ('' in item) throw validationError(EMPTY_NAME);
  const sizeBytes = itemSizeBytes(item);
  if (sizeBytes > LIMITS.itemSizeBytes) throw validationError('Item size has exceeded the maximum allowed size');
  const json = JSON.stringify(item);
  return (table) => ({ kind: 'put', key: keyOfItem(table, item), json, sizeBytes });
}

/**
 * Attribute names have at least one character ("Naming rules" in the developer guide; our wording). The names that updates
 * write come from expressions, which have no empty ones.
 */
const EMPTY_NAME = 'One or more parameter values were invalid: Attribute name must have at least one character';

/** The deletion of the item that has `key`. */
export function planDelete(key: Item): PlanWrite {
  return (table) => ({ kind: 'delete', key: keyOfKey(table, key) });
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
    throw validationError(
      `One or more parameter values were invalid: Cannot update attribute ${name}. This attribute is part of the key`,
    );
  }
}
