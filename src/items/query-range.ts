/** From key conditions and scan segments to ranges of keys. */
import { validationError } from '../foundation/errors.ts';
import type { KeyCondition, KeyConditionTerm } from '../expressions/ast.ts';
import { LEGACY } from '../expressions/legacy/messages.ts';
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
import { validateKeySizes, validateKeyValue } from './item-key.ts';
import { READ_MESSAGES } from './messages.ts';

/** The key of a table or index, as a Query speaks of it. */
export interface QueriedKey {
  /** One, or up to four of a global index. */
  readonly partitionKeys: readonly KeyAttribute[];
  /** None, one, or up to four of a global index. */
  readonly sortKeys: readonly KeyAttribute[];
}

/** The key attributes a Query on `index`, or on the table itself, can speak of. */
export function queriedKey(table: TableDefinition, index: IndexDefinition | undefined): QueriedKey {
  if (index !== undefined) return index;
  return { partitionKeys: [table.partitionKey], sortKeys: table.sortKey === undefined ? [] : [table.sortKey] };
}

/**
 * The range of keys that a key condition selects; throws the ValidationException for one that doesn't fit the keys:
 * every partition key attribute by equality, then sort key attributes from the left, all but the last of them by
 * equality. Source: "Multi-attribute key schema" of global secondary indexes in the developer guide.
 */
export function queryRange(
  table: TableDefinition,
  index: IndexDefinition | undefined,
  { terms }: KeyCondition,
): KeyRange {
  const key = queriedKey(table, index);
  const { onPartition, onSort } = assignTerms(key, terms);
  for (const [i, term] of onPartition.entries()) validateOperands(key.partitionKeys[i] as KeyAttribute, term);
  for (const [i, term] of onSort.entries()) validateOperands(key.sortKeys[i] as KeyAttribute, term);
  const partitionValues = onPartition.map(lowOperand);
  const equalities = onSort.slice(0, -1).map(lowOperand);
  const last = onSort.at(-1);
  for (const operand of last?.operands ?? []) validateKeySizes(partitionValues, [...equalities, operand]);
  if (last === undefined) validateKeySizes(partitionValues, []);

  const prefix = concatBytes([hashPartitionKey(partitionValues), encodeIndexSortKeys(equalities)]);
  if (last === undefined) return prefixRange(prefix);
  return sortKeyRange(prefix, last, index === undefined ? BASE_BOUNDS : INDEX_BOUNDS);
}

/** The terms of a key condition in the order of the key's attributes. */
interface AssignedTerms {
  readonly onPartition: readonly KeyConditionTerm[];
  /** As many as are used, from the left. */
  readonly onSort: readonly KeyConditionTerm[];
}

function assignTerms({ partitionKeys, sortKeys }: QueriedKey, terms: readonly KeyConditionTerm[]): AssignedTerms {
  const isOfOneEach = partitionKeys.length === 1 && sortKeys.length <= 1;
  if (isOfOneEach && terms.length > 2) throw validationError(LEGACY.keyConditionCount);
  const termOn = (attribute: KeyAttribute): KeyConditionTerm => {
    const term = terms.find(({ attributeName }) => attributeName === attribute.name);
    if (term === undefined) throw validationError(READ_MESSAGES.keyConditionMissing(attribute.name));
    return term;
  };
  const onPartition = partitionKeys.map(termOn);
  const onSort = sortKeys.slice(0, terms.length - onPartition.length).map(termOn);
  const isFitting =
    onPartition.length + onSort.length === terms.length &&
    [...onPartition, ...onSort.slice(0, -1)].every(({ operator }) => operator === '=');
  if (!isFitting) throw validationError(READ_MESSAGES.keyConditionNotSupported);
  return { onPartition, onSort };
}

function lowOperand({ operands }: KeyConditionTerm): AttributeValue {
  return operands[0] as AttributeValue;
}

function validateOperands(attribute: KeyAttribute, { operands }: KeyConditionTerm): void {
  for (const operand of operands) {
    if (attributeTypeOf(operand) !== attribute.type) throw validationError(READ_MESSAGES.keyConditionType);
    validateKeyValue(attribute, operand);
  }
}

/** How sort key values become bounds: tables hold them as they are, indexes escaped and followed by more. */
interface Bounds {
  /** The first key, after what all of them begin with, that has this sort key value. */
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

/** What `condition` selects of the keys that begin with `prefix`. */
function sortKeyRange(prefix: Uint8Array, condition: KeyConditionTerm, bounds: Bounds): KeyRange {
  const [low, high] = condition.operands as readonly [AttributeValue, AttributeValue];
  const first = (value: AttributeValue): Uint8Array => concatBytes([prefix, bounds.first(value)]);
  const end = (value: AttributeValue): Uint8Array | undefined => bounds.end(first(value));
  const whole = prefixRange(prefix);
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
      return prefixRange(concatBytes([prefix, bounds.prefix(low)]));
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
