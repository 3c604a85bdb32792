/** Equality and order of canonical values, as conditions and sort keys see them. */
import type { AttributeValue, Item } from './attribute-value.ts';
import { compareNumbers } from './number.ts';

/** Whether two values are of one type and equal: sets and maps without order, numbers by value. */
export function equalValues(left: AttributeValue, right: AttributeValue): boolean {
  if ('S' in left) return 'S' in right && left.S === right.S;
  if ('N' in left) return 'N' in right && left.N === right.N;
  if ('B' in left) return 'B' in right && left.B === right.B;
  if ('BOOL' in left) return 'BOOL' in right && left.BOOL === right.BOOL;
  if ('NULL' in left) return 'NULL' in right;
  if ('SS' in left) return 'SS' in right && equalSets(left.SS, right.SS);
  if ('NS' in left) return 'NS' in right && equalSets(left.NS, right.NS);
  if ('BS' in left) return 'BS' in right && equalSets(left.BS, right.BS);
  if ('L' in left) return 'L' in right && equalLists(left.L, right.L);
  return 'M' in right && equalItems(left.M, right.M);
}

/** Members are canonical text, so equal members are equal strings. */
function equalSets(left: readonly string[], right: readonly string[]): boolean {
  if (left.length !== right.length) return false;
  const members = new Set(left);
  return right.every((member) => members.has(member));
}

function equalLists(left: readonly AttributeValue[], right: readonly AttributeValue[]): boolean {
  return left.length === right.length && left.every((value, i) => equalValues(value, right[i] as AttributeValue));
}

/** Whether two items have the same attributes with equal values. */
export function equalItems(left: Item, right: Item): boolean {
  if (countAttributes(left) !== countAttributes(right)) return false;
  return Object.keys(left).every((name) => {
    const other = right[name];
    return other !== undefined && equalValues(left[name] as AttributeValue, other);
  });
}

/** The numbers of attributes of large maps: counting takes a list of all names, also where it only says no. */
const COUNTS = new WeakMap<Item, number>();
const FEW_ATTRIBUTES = 16;

/** How many attributes an item or a map has. */
export function countAttributes(item: Item): number {
  const known = COUNTS.get(item);
  if (known !== undefined) return known;
  const count = Object.keys(item).length;
  if (count > FEW_ATTRIBUTES) COUNTS.set(item, count);
  return count;
}

/**
 * Below, at or above zero as `left` sorts before, with or after `right`: strings by UTF-8 bytes, numbers by value,
 * binary by unsigned bytes. Undefined where the types differ or have no order.
 */
export function compareValues(left: AttributeValue, right: AttributeValue): number | undefined {
  if ('N' in left) return 'N' in right ? compareNumbers(left.N, right.N) : undefined;
  if ('S' in left) return 'S' in right ? compareStrings(left.S, right.S) : undefined;
  return 'B' in left && 'B' in right ? compareStrings(binaryText(left), binaryText(right)) : undefined;
}

/** The bytes of large binaries; a condition may ask for the same ones hundreds of times. */
const BINARY_TEXTS = new WeakMap<{ readonly B: string }, string>();
const SHORT_BASE64_LENGTH = 256;

/** The bytes of a binary as a text with one character, U+0000 to U+00FF, for each. */
export function binaryText(value: { readonly B: string }): string {
  const known = BINARY_TEXTS.get(value);
  if (known !== undefined) return known;
  const text = Buffer.from(value.B, 'base64').toString('latin1');
  if (value.B.length > SHORT_BASE64_LENGTH) BINARY_TEXTS.set(value, text);
  return text;
}

const PIECE_LENGTH = 4_096;

/** Order by UTF-8 bytes, which is that of code points. */
function compareStrings(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  let start = 0;
  // Equality of long pieces is decided many times faster than one character after the other.
  while (start + PIECE_LENGTH <= length) {
    if (left.slice(start, start + PIECE_LENGTH) !== right.slice(start, start + PIECE_LENGTH)) break;
    start += PIECE_LENGTH;
  }
  for (let i = start; i < length; i++) {
    const leftUnit = left.charCodeAt(i);
    const rightUnit = right.charCodeAt(i);
    if (leftUnit !== rightUnit) return codePointRank(leftUnit) - codePointRank(rightUnit);
  }
  return left.length - right.length;
}

/** Where a UTF-16 unit stands among the code points that start with it: surrogates are halves of those above 0xFFFF. */
function codePointRank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
