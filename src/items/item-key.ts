/** From an item or a Key parameter to the key's bytes, with the errors for keys that don't fit the table. */
import { ApiError, validationError } from '../foundation/errors.ts';
import { LIMITS } from '../foundation/limits.ts';
import { type KeyAttribute, type TableDefinition, tableKeyAttributes } from '../tables/table.ts';
import { type AttributeValue, type Item, attributeTypeOf } from '../values/attribute-value.ts';
import { encodeBaseKey } from '../values/key-encoding.ts';
import { attributeValueSizeBytes } from '../values/size.ts';
import { type EmptyKind, ITEM_MESSAGES } from './messages.ts';

/** The key's bytes of a whole item; throws the ValidationException for a key attribute that is missing or unfit. */
export function keyOfItem(table: TableDefinition, item: Item): Uint8Array {
  for (const attribute of tableKeyAttributes(table)) {
    const value = item[attribute.name];
    if (value === undefined) {
      throw validationError(ITEM_MESSAGES.keyMissing(attribute.name));
    }
    const type = attributeTypeOf(value);
    if (type !== attribute.type) {
      throw validationError(ITEM_MESSAGES.keyType(attribute.name, attribute.type, type));
    }
  }
  return validatedKey(table, item);
}

/**
 * The key's bytes of an item that a batch puts, where DynamoDB tells a key attribute that is missing or of another type
 * off as it does a Key. Source: what the service answered in https://github.com/nubo-db/dynoxide/issues/97 and
 * https://github.com/aws-samples/csv-to-dynamodb/issues/16.
 */
export function keyOfBatchItem(table: TableDefinition, item: Item): Uint8Array {
  if (!hasTypes(tableKeyAttributes(table), item)) throw validationError(ITEM_MESSAGES.keyMisfit);
  return validatedKey(table, item);
}

/** The key's bytes of a Key parameter, which holds the key attributes and nothing else; errors as `keyOfItem`. */
export function keyOfKey(table: TableDefinition, key: Item): Uint8Array {
  if (!isKeyOf(tableKeyAttributes(table), key)) throw validationError(ITEM_MESSAGES.keyMisfit);
  return validatedKey(table, key);
}

/** Whether `key` consists of `attributes`, with their types, and of nothing else. */
export function isKeyOf(attributes: readonly KeyAttribute[], key: Item): boolean {
  return Object.keys(key).length === attributes.length && hasTypes(attributes, key);
}

/** Whether `item` has all of `attributes`, with their types. */
function hasTypes(attributes: readonly KeyAttribute[], item: Item): boolean {
  return attributes.every(({ name, type }) => {
    const value = item[name];
    return value !== undefined && attributeTypeOf(value) === type;
  });
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
  throw emptyKeyError(ITEM_MESSAGES.keyEmpty(attribute.name, empty));
}

/** The error for an item or Key whose value for the key of a table or index is empty. */
export function emptyKeyError(message: string): ApiError {
  return new ApiError({ name: 'ValidationException', message, refusesTransaction: true });
}

/** What an empty key value is called in errors, or undefined for one that is not empty. */
export function emptyKindOf(value: AttributeValue): EmptyKind | undefined {
  if ('S' in value && value.S === '') return 'string';
  if ('B' in value && value.B === '') return 'binary';
  return undefined;
}

/** Throws for key values over their limits. */
export function validateKeySize(partitionKey: AttributeValue, sortKey: AttributeValue | undefined): void {
  validateKeySizes([partitionKey], sortKey === undefined ? [] : [sortKey]);
}

/** The same for an index, the attributes of whose partition key, and of its sort key, have the limit together. */
export function validateKeySizes(partitionKeys: readonly AttributeValue[], sortKeys: readonly AttributeValue[]): void {
  if (isPartitionKeyTooLarge(...partitionKeys)) {
    throw validationError(ITEM_MESSAGES.partitionKeyTooLarge(LIMITS.partitionKeySizeBytes));
  }
  if (isSortKeyTooLarge(...sortKeys)) {
    throw validationError(ITEM_MESSAGES.sortKeyTooLarge(LIMITS.sortKeySizeBytes));
  }
}

/** Whether a partition key of these values is over its limit. */
export function isPartitionKeyTooLarge(...values: readonly AttributeValue[]): boolean {
  return sumSizes(values) > LIMITS.partitionKeySizeBytes;
}

/** Whether a sort key of these values is over its limit. */
export function isSortKeyTooLarge(...values: readonly AttributeValue[]): boolean {
  return sumSizes(values) > LIMITS.sortKeySizeBytes;
}

function sumSizes(values: readonly AttributeValue[]): number {
  let sizeBytes = 0;
  for (const value of values) sizeBytes += attributeValueSizeBytes(value);
  return sizeBytes;
}
