/**
 * From a request's parameters to write actions. Each function checks what needs no table at once and returns
 * the rest, which throws the errors of keys that don't fit the table it is given.
 */
import type { Update } from '../expressions/ast.ts';
import { touchedAttributeNames } from '../expressions/apply-update.ts';
import { validationError } from '../foundation/errors.ts';
import { LIMITS } from '../foundation/limits.ts';
import { type TableDefinition, tableKeyAttributes } from '../tables/table.ts';
import { parseItem } from '../values/attribute-value.ts';
import { itemSizeBytes } from '../values/size.ts';
import { keyOfItem, keyOfKey } from './item-key.ts';
import type { WriteAction } from './write-items.ts';

type PlanWrite = (table: TableDefinition) => WriteAction;

/** The put of an item as the wire gives it. */
export function planPut(rawItem: unknown): PlanWrite {
  const item = parseItem(rawItem);
  if ('' in item) throw validationError(EMPTY_NAME);
  const sizeBytes = itemSizeBytes(item);
  if (sizeBytes > LIMITS.itemSizeBytes) throw validationError('Item size has exceeded the maximum allowed size');
  const json = JSON.stringify(item);
  return (table) => ({ kind: 'put', ...targetOf(table, keyOfItem(table, item)), json, sizeBytes });
}

/**
 * Attribute names have at least one character ("Naming rules" in the developer guide; our wording). The names that updates
 * write come from expressions, which have no empty ones.
 */
const EMPTY_NAME = 'One or more parameter values were invalid: Attribute name must have at least one character';

/** The deletion of the item with a Key as the wire gives it. */
export function planDelete(rawKey: unknown): PlanWrite {
  const key = parseItem(rawKey);
  return (table) => ({ kind: 'delete', ...targetOf(table, keyOfKey(table, key)) });
}

/** The update of the item with a Key as the wire gives it. */
export function planUpdate(rawKey: unknown, update: Update | undefined): PlanWrite {
  const key = parseItem(rawKey);
  const keyJson = JSON.stringify(key);
  return (table) => {
    if (update !== undefined) validateKeyUntouched(table, update);
    return { kind: 'update', ...targetOf(table, keyOfKey(table, key)), keyJson, update };
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

function targetOf(
  table: TableDefinition,
  key: Uint8Array,
): Pick<WriteAction, 'tableName' | 'tableId' | 'space' | 'key'> {
  return { tableName: table.name, tableId: table.id, space: table.space, key };
}
