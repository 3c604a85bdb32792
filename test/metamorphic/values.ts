/** Attribute values as the wire has them, and what the model makes of them. It shares nothing with the program. */
import { canonicalNumber, compareNumbers, numberSizeBytes } from './numbers.ts';

export type Value =
  | { readonly S: string }
  | { readonly N: string }
  | { readonly B: string }
  | { readonly BOOL: boolean }
  | { readonly NULL: true }
  | { readonly SS: readonly string[] }
  | { readonly NS: readonly string[] }
  | { readonly BS: readonly string[] }
  | { readonly L: readonly Value[] }
  | { readonly M: Item };

/** Any name may be among the attributes, `__proto__` too: read them by `attributeOf`. */
export type Item = Readonly<Record<string, Value>>;

export type Type = 'S' | 'N' | 'B' | 'BOOL' | 'NULL' | 'SS' | 'NS' | 'BS' | 'L' | 'M';

/** The types that keys can have. */
export type KeyType = 'S' | 'N' | 'B';

export function typeOf(value: Value): Type {
  return Object.keys(value)[0] as Type;
}

export function attributeOf(item: Item, name: string): Value | undefined {
  return Object.hasOwn(item, name) ? item[name] : undefined;
}

/** Those attributes of `item` that `names` lists. */
export function pickAttributes(item: Item, names: readonly string[]): Item {
  return Object.fromEntries(Object.entries(item).filter(([name]) => names.includes(name)));
}

/** `value` as a server keeps it. */
export function canonicalValue(value: Value): Value {
  if ('N' in value) return { N: canonicalNumber(value.N) };
  if ('B' in value) return { B: canonicalBinary(value.B) };
  if ('NS' in value) return { NS: value.NS.map(canonicalNumber) };
  if ('BS' in value) return { BS: value.BS.map(canonicalBinary) };
  if ('L' in value) return { L: value.L.map(canonicalValue) };
  if ('M' in value) return { M: canonicalItem(value.M) };
  return value;
}

export function canonicalItem(item: Item): Item {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, canonicalValue(value)]));
}

function canonicalBinary(base64: string): string {
  return Buffer.from(base64, 'base64').toString('base64');
}

/** The members of a set; undefined for all else. */
export function membersOf(value: Value): readonly string[] | undefined {
  if ('SS' in value) return value.SS;
  if ('NS' in value) return value.NS;
  return 'BS' in value ? value.BS : undefined;
}

/** A set of the type that `like` has. */
export function setOf(like: Value, members: readonly string[]): Value {
  return { [typeOf(like)]: members } as unknown as Value;
}

/** Text that is the same for equal canonical values, and for no others: sets and maps have no order. */
export function textOf(value: Value): string {
  const members = membersOf(value);
  if (members !== undefined) return JSON.stringify([typeOf(value), ...members.toSorted()]);
  if ('L' in value) return `[${value.L.map(textOf).join(',')}]`;
  return 'M' in value ? itemText(value.M) : JSON.stringify(value);
}

/** As `textOf`, for items. */
export function itemText(item: Item): string {
  const attributes = Object.entries(item).map(([name, value]) => `${JSON.stringify(name)}:${textOf(value)}`);
  return `{${attributes.toSorted().join(',')}}`;
}

/** Below, at or above zero as `left` sorts before, with or after `right`; undefined where they have no order. */
export function compareValues(left: Value, right: Value): number | undefined {
  if ('N' in left && 'N' in right) return compareNumbers(left.N, right.N);
  if ('S' in left && 'S' in right) return Buffer.compare(Buffer.from(left.S), Buffer.from(right.S));
  if ('B' in left && 'B' in right) return Buffer.compare(bytesOf(left.B), bytesOf(right.B));
  return undefined;
}

export function bytesOf(base64: string): Buffer {
  return Buffer.from(base64, 'base64');
}

/** Source: "Item sizes and formats" in the developer guide. */
export function itemSizeBytes(item: Item): number {
  return sum(Object.entries(item).map(([name, value]) => Buffer.byteLength(name) + valueSizeBytes(value)));
}

export function valueSizeBytes(value: Value): number {
  if ('S' in value) return Buffer.byteLength(value.S);
  if ('N' in value) return numberSizeBytes(value.N);
  if ('B' in value) return bytesOf(value.B).length;
  if ('L' in value) return 3 + sum(value.L.map((element) => 1 + valueSizeBytes(element)));
  if ('M' in value) return 3 + Object.keys(value.M).length + itemSizeBytes(value.M);
  if ('SS' in value) return sum(value.SS.map((member) => Buffer.byteLength(member)));
  if ('NS' in value) return sum(value.NS.map(numberSizeBytes));
  return 'BS' in value ? sum(value.BS.map((member) => bytesOf(member).length)) : 1;
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
