/** From an item or a Key parameter to the key's bytes, with the errors for keys that don't fit the table. */
import { validationError } from '../foundation/errors.ts';
import { LIMITS } from '../foundation/limits.ts';
import { type KeyAttribute, type TableDefinition, tableKeyAttributes } from '../tables/table.ts';
import { type AttributeValue, type Item, attributeTypeOf, emptyItem } from '../values/attribute-value.ts';
import { encodeBaseKey } from '../values/key-encoding.ts';
import { attributeValueSizeBytes } from '../values/size.ts';

/** The key's bytes of a whole item; throws the ValidationException for a key attribute that is missing or unfit. */
export function keyOfItem(table: TableDefinition, item: Item): Uint8Array {
  for (const attribute of tableKeyAttributes(table)) {
    const value = item[attribute.name];
    if (value === undefined) {
      throw validationError(`One or more parameter values were invalid: Missing the key ${attribute.name} in the item`);
    }
    const type = attributeTypeOf(value);
    if (type !== attribute.type) {
      throw validationError(
        'One or more parameter values were invalid: Type mismatch for key ' +
          `${attribute.name} expected: ${attribute.type} actual: ${type}`,
      );
    }
  }
  return validatedKey(table, item);
}

/** The key's bytes of a Key parameter, which holds the key attributes and nothing else; errors as `keyOfItem`. */
export function keyOfKey(table: TableDefinition, key: Item): Uint8Array {
  const attributes = tableKeyAttributes(table);
  const fits =
    Object.keys(key).length === attributes.length &&
    attributes.every(({ name, type }) => {
      const value = key[name];
      return value !== undefined && attributeTypeOf(value) === type;
    });
  if (!fits) throw validationError('The provided key element does not match the schema');
  return validatedKey(table, key);
}

function validatedKey(table: TableDefinition, item: Item): Uint8Array {
  const partitionKey = item[table.partitionKey.name] as AttributeValue;
  const sortKey = table.sortKey && item[table.sortKey.name];
  validateKeyValue(table.partitionKey, partitionKey);
  if (table.sortKey !== undefined && sortKey !== undefined) validateKeyValue(table.sortKey, sortKey);
  validateKeySize(partitionKey, sortKey);
  return encodeBaseKey(partitionKey, sortKey);
}

/** Throws for an empty string or binary value of a key attribute. */
export function validateKeyValue(attribute: KeyAttribute, value: AttributeValue): void {
  const empty = emptyKindOf(value);
  if (empty === undefined) return;
  throw validationError(
    'One or more parameter values are not valid. The AttributeValue for a key attribute ' +
      `cannot contain an empty ${empty} value. Key: ${attribute.name}`,
  );
}

/** What an empty key value is called in errors, or undefined for one that is not empty. */
export function emptyKindOf(value: AttributeValue): 'string' | 'binary' | undefined {
  if ('S' in value && value.S === '') return 'string';
  if ('B' in value && value.B === '') return 'binary';
  return undefined;
}

/** Throws for key values over their limits; for tables, and for indexes where an item is put. */
export function validateKeySize(partitionKey: AttributeValue, sortKey: AttributeValue | undefined): void {
  if (isPartitionKeyTooLarge(partitionKey)) {
    throw validationError(
      'One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of' +
        `${LIMITS.partitionKeySizeBytes} bytes`,
    );
  }
  if (sortKey !== undefined && isSortKeyTooLarge(sortKey)) {
    throw validationError(
      'One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of ' +
        `${LIMITS.sortKeySizeBytes} bytes`,
    );
  }
}

/** Whether a partition key's value is over its limit. */
export function isPartitionKeyTooLarge(value: AttributeValue): boolean {
  return attributeValueSizeBytes(value) > LIMITS.partitionKeySizeBytes;
}

/** Whether a sort key's value is over its limit. */
export function isSortKeyTooLarge(value: AttributeValue): boolean {
  return attributeValueSizeBytes(value) > LIMITS.sortKeySizeBytes;
}

/** The attributes of `item` that `attributes` name, in that order. */
export function pickKeyAttributes(item: Item, attributes: readonly KeyAttribute[]): Item {
  const picked = emptyItem();
  for (const { name } of attributes) {
    const value = item[name];
    if (value !== undefined) picked[name] = value;
  }
  return picked;
}
