/** From key conditions and scan segments to ranges of keys. */
import { validationError } from '../foundation/errors.ts';
import type { KeyCondition, KeyConditionTerm } from '../expressions/ast.ts';
import type { KeyRange } from '../storage/engine.ts';
import type { IndexDefinition, KeyAttribute, TableDefinition } from '../tables/table.ts';
import { type AttributeValue, attributeTypeOf } from '../values/attribute-value.ts';
import {
  concatBytes,
  encodeIndexSortKeys,
  encodeKeyValue,
  escapeBytes,
  hashPartitionKey,
  keyAfter,
  prefixEnd,
} from '../values/key-encoding.ts';
import { validateKeySize, validateKeyValue } from './item-key.ts';
import { READ_MESSAGES } from './messages.ts';

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
    throw validationError(READ_MESSAGES.keyConditionNotSupported);
  }
  if (onPartition.operator !== '=') throw validationError(READ_MESSAGES.keyConditionNotSupported);
  validateOperands(partitionKey, onPartition);
  if (sortKey !== undefined && onSort !== undefined) validateOperands(sortKey, onSort);
  const [partitionValue] = onPartition.operands as readonly [AttributeValue];
  validateKeySize(partitionValue, onSort?.operands[0]);
  validateKeySize(partitionValue, onSort?.operands[1]);

  const partition = hashPartitionKey(onPartition.operands);
  return onSort === undefined
    ? prefixRange(partition)
    : sortKeyRange(partition, onSort, index === undefined ? BASE_BOUNDS : INDEX_BOUNDS);
}

function missedKeyError(attribute: KeyAttribute): Error {
  return validationError(READ_MESSAGES.keyConditionMissing(attribute.name));
}

function validateOperands(attribute: KeyAttribute, { operands }: KeyConditionTerm): void {
  for (const operand of operands) {
    if (attributeTypeOf(operand) !== attribute.type) throw validationError(READ_MESSAGES.keyConditionType);
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
