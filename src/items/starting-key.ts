/** From an ExclusiveStartKey to where a page starts, and from an entry to the key that the next page starts at. */
import { validationError } from '../foundation/errors.ts';
import type { KeyRange } from '../storage/engine.ts';
import {
  type IndexDefinition,
  type KeyAttribute,
  type TableDefinition,
  indexKeyAttributes,
  tableKeyAttributes,
} from '../tables/table.ts';
import { type AttributeValue, type Item, emptyItem } from '../values/attribute-value.ts';
import { compareBytes, encodeBaseKey, encodeIndexKey, keyAfter } from '../values/key-encoding.ts';
import { isKeyOf, validateKeySize, validateKeySizes, validateKeyValue } from './item-key.ts';

/** What is wrong with a starting key. */
export interface StartTexts {
  /** It is not of the attributes, or types, that keys here have. */
  readonly misfit: string;
  /** Its position lies outside of what is read. */
  readonly outOfRange: string;
}

/** What is read, whatever page it is on, and the key that this page starts behind. */
export interface PagedRange {
  readonly table: TableDefinition;
  readonly index: IndexDefinition | undefined;
  readonly range: KeyRange;
  readonly reverse: boolean;
  readonly startKey: Item | undefined;
}

/**
 * What is left of the range behind the starting key, in the direction of reading: all of it without one. Throws the
 * ValidationException for a starting key that can't be a key here or lies outside.
 */
export function rangeBehindStart(paged: PagedRange, texts: StartTexts): KeyRange {
  const { range, reverse } = paged;
  if (paged.startKey === undefined) return range;
  const position = encodePosition(paged, paged.startKey, texts.misfit);
  if (!isInRange(range, position)) throw validationError(texts.outOfRange);
  return reverse ? { from: range.from, before: position } : { from: keyAfter(position), before: range.before };
}

function encodePosition({ table, index }: PagedRange, startKey: Item, misfitText: string): Uint8Array {
  const attributes = startingKeyAttributes(table, index);
  if (!isKeyOf(attributes, startKey)) throw validationError(misfitText);
  const valueOf = ({ name }: KeyAttribute): AttributeValue => startKey[name] as AttributeValue;
  for (const attribute of attributes) validateKeyValue(attribute, valueOf(attribute));
  const partitionKey = valueOf(table.partitionKey);
  const sortKey = table.sortKey && valueOf(table.sortKey);
  validateKeySize(partitionKey, sortKey);
  const baseKey = encodeBaseKey(partitionKey, sortKey);
  if (index === undefined) return baseKey;
  const partitionKeys = index.partitionKeys.map(valueOf);
  const sortKeys = index.sortKeys.map(valueOf);
  validateKeySizes(partitionKeys, sortKeys);
  return encodeIndexKey(partitionKeys, sortKeys, baseKey);
}

/** The attributes of `item` that a starting key on `index`, or on the table itself, consists of. */
export function startingKeyOf(table: TableDefinition, index: IndexDefinition | undefined, item: Item): Item {
  const key = emptyItem();
  for (const { name } of startingKeyAttributes(table, index)) {
    const value = item[name];
    if (value !== undefined) key[name] = value;
  }
  return key;
}

function startingKeyAttributes(table: TableDefinition, index: IndexDefinition | undefined): readonly KeyAttribute[] {
  const own = index === undefined ? [] : indexKeyAttributes(index);
  const ownNames = new Set(own.map(({ name }) => name));
  return [...own, ...tableKeyAttributes(table).filter(({ name }) => !ownNames.has(name))];
}

function isInRange({ from, before }: KeyRange, key: Uint8Array): boolean {
  if (from !== undefined && compareBytes(key, from) < 0) return false;
  return before === undefined || compareBytes(key, before) < 0;
}
