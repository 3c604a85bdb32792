/** From key conditions, scan segments and starting keys to ranges of keys. */
import { validationError } from '../foundation/errors.ts';
import type { KeyCondition, KeyConditionTerm } from '../expressions/ast.ts';
import type { KeyRange } from '../storage/engine.ts';
import {
  type IndexDefinition,
  type KeyAttribute,
  type TableDefinition,
  indexKeyAttributes,
  tableKeyAttributes,
} from '../tables/table.ts';
import { type AttributeValue, type Item, attributeTypeOf } from '../values/attribute-value.ts';
import {
  KEY_HASH_BYTES,
  compareBytes,
  concatBytes,
  encodeBaseKey,
  encodeIndexKey,
  encodeIndexSortKeys,
  encodeKeyValue,
  escapeBytes,
  hashPartitionKey,
  keyAfter,
  prefixEnd,
} from '../values/key-encoding.ts';
import { validateKeyValue } from './item-key.ts';

/** The key attributes a Query on `index`, or on the table itself, can speak of: the partition key, then the sort key. */
export function queriedKey(
  table: TableDefinition,
  index: IndexDefinition | undefined,
): { readonly partitionKey: KeyAttribute; readonly sortKey: KeyAttribute | undefined } {
  if (index === undefined) return { partitionKey: table.partitionKey, sortKey: table.sortKey };
  return { partitionKey: index.partitionKeys[0] as KeyAttribute, sortKey: index.sortKeys[0] };
}

/** The range of keys that a key condition selects; throws the ValidationException for one that doesn't fit the keys. */
export function queryRange(
  table: TableDefinition,
  index: IndexDefinition | undefined,
  { terms }: KeyCondition,
): KeyRange {
  const { partitionKey, sortKey } = queriedKey(table, index);
  const onPartition = terms.find((term) => term.attributeName === partitionKey.name);
  if (onPartition === undefined) throw missedKeyError(partitionKey);
  const onSort = terms.find((term) => term !== onPartition);
  if (onSort !== undefined && onSort.attributeName !== sortKey?.name) {
    if (sortKey !== undefined) throw missedKeyError(sortKey);
    throw validationError('Query key condition not supported');
  }
  if (onPartition.operator !== '=') throw validationError('Query key condition not supported');
  validateOperands(partitionKey, onPartition);
  if (sortKey !== undefined && onSort !== undefined) validateOperands(sortKey, onSort);

  const partition = hashPartitionKey(onPartition.operands);
  return onSort === undefined
    ? prefixRange(partition)
    : sortKeyRange(partition, onSort, index === undefined ? BASE_BOUNDS : INDEX_BOUNDS);
}

function missedKeyError(attribute: KeyAttribute): Error {
  return validationError(`Query condition missed key schema element: ${attribute.name}`);
}

function validateOperands(attribute: KeyAttribute, condition: KeyConditionTerm): void {
  for (const operand of condition.operands) {
    if (attributeTypeOf(operand) !== attribute.type) {
      throw validationError(
        'One or more parameter values were invalid: Condition parameter type does not match schema type',
      );
    }
    validateKeyValue(attribute, operand);
  }
}

/** How sort key values become bounds: tables hold them as they are, indexes escaped and followed by more. */
interface Bounds {
  /** The first key, after the partition's part, that has this sort key value. */
  first(value: AttributeValue): Uint8Array;
  /** What the keys of all values that begin with `value` begin with. */
  prefix(value: AttributeValue): Uint8Array;
  /** The least key above all that have the sort key value with this `first`. */
  end(first: Uint8Array): Uint8Array | undefined;
}

const BASE_BOUNDS: Bounds = { first: encodeKeyValue, prefix: encodeKeyValue, end: keyAfter };

const INDEX_BOUNDS: Bounds = {
  first: (value) => encodeIndexSortKeys([value]),
  prefix: (value) => escapeBytes(encodeKeyValue(value)),
  end: prefixEnd,
};

function sortKeyRange(partition: Uint8Array, condition: KeyConditionTerm, bounds: Bounds): KeyRange {
  const [low, high] = condition.operands as readonly [AttributeValue, AttributeValue];
  const first = (value: AttributeValue): Uint8Array => concatBytes([partition, bounds.first(value)]);
  const end = (value: AttributeValue): Uint8Array | undefined => bounds.end(first(value));
  const whole = prefixRange(partition);
  switch (condition.operator) {
    case '=':
      return { from: first(low), before: end(low) };
    case '<':
      return { from: whole.from, before: first(low) };
    case '<=':
      return { from: whole.from, before: end(low) };
    case '>':
      return { from: end(low), before: whole.before };
    case '>=':
      return { from: first(low), before: whole.before };
    case 'BETWEEN':
      return { from: first(low), before: end(high) };
    case 'begins_with':
      return prefixRange(concatBytes([partition, bounds.prefix(low)]));
  }
}

function prefixRange(prefix: Uint8Array): KeyRange {
  return { from: prefix, before: prefixEnd(prefix) };
}

/**
 * The keys of one of `totalSegments` segments: equal parts of the hash space, which together hold every key once.
 * Segments count from 0.
 */
export function segmentRange(segment: number, totalSegments: number): KeyRange {
  return {
    from: segment === 0 ? undefined : segmentStart(segment, totalSegments),
    before: segment + 1 === totalSegments ? undefined : segmentStart(segment + 1, totalSegments),
  };
}

function segmentStart(segment: number, totalSegments: number): Uint8Array {
  const start = new Uint8Array(8);
  new DataView(start.buffer).setBigUint64(0, (BigInt(segment) << 64n) / BigInt(totalSegments));
  return start;
}

/** The attributes that a starting key on `index`, or on the table itself, consists of. */
export function startingKeyAttributes(
  table: TableDefinition,
  index: IndexDefinition | undefined,
): readonly KeyAttribute[] {
  const own = index === undefined ? [] : indexKeyAttributes(index);
  const ownNames = new Set(own.map(({ name }) => name));
  return [...own, ...tableKeyAttributes(table).filter(({ name }) => !ownNames.has(name))];
}

/**
 * The position an ExclusiveStartKey names. Throws a ValidationException for one that does not fit the key schemas, with
 * `misfitText`, or that holds an empty value.
 */
export function startingPosition(
  table: TableDefinition,
  index: IndexDefinition | undefined,
  startKey: Item,
  misfitText: string,
): Uint8Array {
  const attributes = startingKeyAttributes(table, index);
  const fits =
    Object.keys(startKey).length === attributes.length &&
    attributes.every(({ name, type }) => {
      const value = startKey[name];
      return value !== undefined && attributeTypeOf(value) === type;
    });
  if (!fits) throw validationError(misfitText);
  for (const attribute of attributes) validateKeyValue(attribute, startKey[attribute.name] as AttributeValue);
  const valueOf = ({ name }: KeyAttribute): AttributeValue => startKey[name] as AttributeValue;
  const baseKey = encodeBaseKey(valueOf(table.partitionKey), table.sortKey && valueOf(table.sortKey));
  if (index === undefined) return baseKey;
  return encodeIndexKey(index.partitionKeys.map(valueOf), index.sortKeys.map(valueOf), baseKey);
}

/** Whether `key` lies in `range`. */
export function isInRange(range: KeyRange, key: Uint8Array): boolean {
  if (range.from !== undefined && compareBytes(key, range.from) < 0) return false;
  return range.before === undefined || compareBytes(key, range.before) < 0;
}

/** Whether two positions of one table or index belong to the same partition key. */
export function isSamePartition(left: Uint8Array, right: Uint8Array): boolean {
  return compareBytes(left.subarray(0, KEY_HASH_BYTES), right.subarray(0, KEY_HASH_BYTES)) === 0;
}

/** What is left of `range` behind `position`, in the direction of reading. */
export function rangeBehind(range: KeyRange, position: Uint8Array, reverse: boolean): KeyRange {
  return reverse ? { from: range.from, before: position } : { from: keyAfter(position), before: range.before };
}
