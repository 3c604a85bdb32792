/**
 * The entries that an item has in its table's indexes. An entry's value is a stored item of the projected
 * attributes; an item without an index's key attributes is not in that index.
 */
import { UPDATE } from '../expressions/messages.ts';
import { validationError } from '../foundation/errors.ts';
import {
  type IndexDefinition,
  type KeyAttribute,
  type TableDefinition,
  indexKeyAttributes,
  tableKeyAttributes,
} from '../tables/table.ts';
import {
  type AttributeType,
  type AttributeValue,
  type Item,
  attributeTypeOf,
  emptyItem,
} from '../values/attribute-value.ts';
import { encodeIndexKey } from '../values/key-encoding.ts';
import { itemSizeBytes } from '../values/size.ts';
import { emptyKeyError, emptyKindOf, isPartitionKeyTooLarge, isSortKeyTooLarge, validateKeySizes } from './item-key.ts';
import { ITEM_MESSAGES } from './messages.ts';

export interface IndexEntry {
  readonly key: Uint8Array;
  readonly sizeBytes: number;
  /** The projected attributes. */
  readonly attributes: Item;
  /** The same as canonical JSON. */
  readonly json: string;
}

/**
 * The entry of `item`, whose key's bytes are `baseKey`, in `index`. Undefined where it has none: it lacks an attribute
 * of the index's key, or has one, from before the index was there, that can't be a key.
 */
export function indexEntryOf(
  table: TableDefinition,
  index: IndexDefinition,
  item: Item,
  baseKey: Uint8Array,
): IndexEntry | undefined {
  const partitionKeys = keyValuesOf(item, index.partitionKeys);
  const sortKeys = keyValuesOf(item, index.sortKeys);
  if (partitionKeys === undefined || sortKeys === undefined) return undefined;
  if (isPartitionKeyTooLarge(...partitionKeys) || isSortKeyTooLarge(...sortKeys)) return undefined;
  const projected = projectToIndex(table, index, item);
  return {
    key: encodeIndexKey(partitionKeys, sortKeys, baseKey),
    sizeBytes: itemSizeBytes(projected),
    attributes: projected,
    json: JSON.stringify(projected),
  };
}

function keyValuesOf(item: Item, attributes: readonly KeyAttribute[]): AttributeValue[] | undefined {
  const values: AttributeValue[] = [];
  for (const { name, type } of attributes) {
    const value = item[name];
    // An item can have another type, or too much, from before the index was there.
    if (value === undefined || attributeTypeOf(value) !== type || emptyKindOf(value) !== undefined) return undefined;
    values.push(value);
  }
  return values;
}

function projectToIndex(table: TableDefinition, index: IndexDefinition, item: Item): Item {
  if (index.projection.type === 'ALL') return item;
  const projected = emptyItem();
  for (const name of projectedNames(table, index)) {
    const value = item[name];
    if (value !== undefined) projected[name] = value;
  }
  return projected;
}

/** The names of the attributes that an index not projecting ALL holds: its key's, the table's key's, the chosen ones. */
export function projectedNames(table: TableDefinition, index: IndexDefinition): ReadonlySet<string> {
  return new Set([
    ...tableKeyAttributes(table).map(({ name }) => name),
    ...indexKeyAttributes(index).map(({ name }) => name),
    ...index.projection.nonKeyAttributes,
  ]);
}

/** What gave an item its attributes, which errors about some of them depend on. */
type ItemSource = 'item' | 'UpdateExpression' | 'AttributeUpdates';

/**
 * Throws the ValidationException for an item whose value for an index's key has the wrong type, is empty or is too
 * large. `source` selects the texts.
 */
export function validateIndexKeys(table: TableDefinition, item: Item, source: ItemSource): void {
  for (const index of table.indexes) {
    for (const attribute of indexKeyAttributes(index)) {
      const value = item[attribute.name];
      if (value !== undefined) validateIndexKeyValue(index, attribute, value, source);
    }
    const valuesOf = (keys: readonly KeyAttribute[]) => keys.flatMap(({ name }) => item[name] ?? []);
    validateIndexKeySize(valuesOf(index.partitionKeys), valuesOf(index.sortKeys), source);
  }
}

function validateIndexKeySize(
  partitionKeys: readonly AttributeValue[],
  sortKeys: readonly AttributeValue[],
  source: ItemSource,
): void {
  if (source !== 'UpdateExpression') validateKeySizes(partitionKeys, sortKeys);
  else if (isPartitionKeyTooLarge(...partitionKeys) || isSortKeyTooLarge(...sortKeys)) {
    throw validationError(ITEM_MESSAGES.indexKeyTooLargeByUpdate);
  }
}

function validateIndexKeyValue(
  index: IndexDefinition,
  attribute: KeyAttribute,
  value: AttributeValue,
  source: ItemSource,
): void {
  const type = attributeTypeOf(value);
  if (type !== attribute.type) throw validationError(indexKeyTypeText(index, attribute, type, source));
  const empty = emptyKindOf(value);
  if (empty === undefined) return;
  throw source === 'UpdateExpression'
    ? validationError(ITEM_MESSAGES.indexKeyEmptyByUpdate(empty))
    : emptyKeyError(ITEM_MESSAGES.indexKeyEmpty(attribute.name, empty, index.name));
}

/** Source of what AttributeUpdates gets: https://github.com/aws/aws-sdk-java/issues/905, where a PUT got it. */
function indexKeyTypeText(
  index: IndexDefinition,
  attribute: KeyAttribute,
  actual: AttributeType,
  source: ItemSource,
): string {
  if (source === 'UpdateExpression') return ITEM_MESSAGES.indexKeyTypeByUpdate;
  if (source === 'AttributeUpdates') return UPDATE.typeMismatch;
  return ITEM_MESSAGES.indexKeyType(attribute.name, attribute.type, actual, index.name);
}
