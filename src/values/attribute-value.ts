/**
 * Attribute values as the API's own JSON writes them, and the one place where a caller's JSON becomes one.
 *
 * Inside the program an AttributeValue is always canonical: numbers in canonical text, binary in canonical base64, sets
 * without duplicates and never empty, strings and names well-formed Unicode. `parseAttributeValue` and `parseItem` make
 * them so or throw DynamoDB's error.
 */
import type { ApiError } from '../foundation/errors.ts';
import { validationError } from '../foundation/errors.ts';
import { LIMITS } from '../foundation/limits.ts';
import { parseNumber } from './number.ts';

/** One value of any type: exactly one member, named by its type. */
export type AttributeValue =
  | { readonly S: string }
  | { readonly N: string }
  | { readonly B: string }
  | { readonly BOOL: boolean }
  | { readonly NULL: true }
  | { readonly SS: readonly string[] }
  | { readonly NS: readonly string[] }
  | { readonly BS: readonly string[] }
  | { readonly L: readonly AttributeValue[] }
  | { readonly M: Item };

/** Attributes by name. Made with a null prototype, so that every name, `__proto__` too, is an ordinary one. */
export type Item = { readonly [attributeName: string]: AttributeValue };

/** The descriptor of a type, as `attribute_type` and error texts name it. */
export type AttributeType = 'S' | 'N' | 'B' | 'BOOL' | 'NULL' | 'SS' | 'NS' | 'BS' | 'L' | 'M';

/** An item with no attributes, ready to be filled; see `Item` for why it has no prototype. */
export function emptyItem(): { [attributeName: string]: AttributeValue } {
  return Object.create(null) as { [attributeName: string]: AttributeValue };
}

/** The type of a canonical value: the name of its one member. */
export function attributeTypeOf(value: AttributeValue): AttributeType {
  for (const type in value) return type as AttributeType;
  throw new TypeError('an AttributeValue has exactly one member');
}

/**
 * The canonical form of an attribute value as a caller's JSON gives it. JSON types have been checked before (a
 * string under S, and so on); here the rules of values are: exactly one type, numbers, sets, nesting.
 */
export function parseAttributeValue(raw: unknown): AttributeValue {
  return parseValue(raw, 1);
}

/** The canonical form of an item, a key or an expression's map of values; errors as `parseAttributeValue`. */
export function parseItem(raw: unknown): Item {
  return parseAttributes(raw as Record<string, unknown>, 1);
}

function parseAttributes(raw: Record<string, unknown>, level: number): Item {
  const item = emptyItem();
  for (const name of Object.keys(raw)) item[parseAttributeName(name)] = parseValue(raw[name], level);
  return item;
}

/** The well-formed name of an attribute as a caller's JSON has it; throws the ValidationException for a longer one. */
export function parseAttributeName(name: string): string {
  if (name.length > LIMITS.attributeNameSizeBytes / 4 && Buffer.byteLength(name) > LIMITS.attributeNameSizeBytes) {
    throw validationError(INVALID + 'Attribute name is too large, must be less than 65536 bytes');
  }
  return wellFormed(name);
}

function parseValue(raw: unknown, level: number): AttributeValue {
  const value = raw as { readonly [type: string]: unknown };
  const type = onlyTypeOf(value);
  switch (type) {
    case 'S':
      return { S: wellFormed(value.S as string) };
    case 'N':
      return { N: parseNumber(value.N as string) };
    case 'B':
      return { B: canonicalBase64(value.B as string) };
    case 'BOOL':
      return { BOOL: value.BOOL as boolean };
    case 'NULL':
      if (value.NULL !== true)
        throw validationError(INVALID + 'Null attribute value types must have the value of true');
      return { NULL: true };
    case 'SS':
      return { SS: parseStringSet(value.SS as string[]) };
    case 'NS':
      return { NS: parseNumberSet(value.NS as string[]) };
    case 'BS':
      return { BS: parseBinarySet(value.BS as string[]) };
    case 'L':
      validateNesting(level);
      return { L: (value.L as unknown[]).map((element) => parseValue(element, level + 1)) };
    case 'M':
      validateNesting(level);
      return { M: parseAttributes(value.M as Record<string, unknown>, level + 1) };
  }
}

/** Text in front of most errors about values. */
const INVALID = 'One or more parameter values were invalid: ';

const TYPES: ReadonlySet<string> = new Set(['S', 'N', 'B', 'BOOL', 'NULL', 'SS', 'NS', 'BS', 'L', 'M']);

/** The one type that is set; a null member counts as absent, an unknown one is ignored, as everywhere in the API. */
function onlyTypeOf(value: { readonly [type: string]: unknown }): AttributeType {
  let found: string | undefined;
  for (const type in value) {
    if (value[type] === null || value[type] === undefined || !TYPES.has(type)) continue;
    if (found !== undefined) {
      throw validationError(
        'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes',
      );
    }
    found = type;
  }
  if (found === undefined) {
    throw validationError('Supplied AttributeValue is empty, must contain exactly one of the supported datatypes');
  }
  return found as AttributeType;
}

/** Throws the ValidationException for lists and maps that stand too deep in each other, as an update can make them. */
export function validateNestingLevels(item: Item): void {
  for (const name in item) {
    if (isTooDeep(item[name] as AttributeValue, 1)) throw validationError(NESTING_EXCEEDED);
  }
}

function isTooDeep(value: AttributeValue, level: number): boolean {
  if ('L' in value) return level >= LIMITS.nestingLevels || value.L.some((each) => isTooDeep(each, level + 1));
  if (!('M' in value)) return false;
  if (level >= LIMITS.nestingLevels) return true;
  for (const name in value.M) if (isTooDeep(value.M[name] as AttributeValue, level + 1)) return true;
  return false;
}

const NESTING_EXCEEDED = 'Nesting Levels have exceeded supported limits';

/**
 * The error for lists and maps that stand too deep in each other in a request, where an update that makes them so has
 * the first half of the text. Source: what the service answered in https://github.com/nubo-db/dynoxide/issues/110.
 */
export function nestingError(): ApiError {
  return validationError(`${NESTING_EXCEEDED}: Attributes in the item have nested levels beyond supported limit`);
}

function validateNesting(level: number): void {
  if (level >= LIMITS.nestingLevels) throw nestingError();
}

/**
 * `text` with U+FFFD for each half of a surrogate pair, which JSON can escape (`"\ud800"`) and UTF-8 can't hold. Keys and
 * sizes are counted in UTF-8, where all such halves are the same bytes: kept apart here they would be one key with
 * several values. Source: strings are Unicode in UTF-8 ("Data types: String" in the developer guide), which does not say
 * what becomes of such halves; the character that stands in for them is the WHATWG Encoding Standard's.
 */
function wellFormed(text: string): string {
  return text.toWellFormed();
}

/** Base64 with its padding and without stray bits, so that equal bytes are equal text. */
function canonicalBase64(text: string): string {
  return Buffer.from(text, 'base64').toString('base64');
}

function parseStringSet(members: readonly string[]): readonly string[] {
  if (members.length === 0) throw validationError(INVALID + 'An string set  may not be empty');
  const strings = members.map(wellFormed);
  if (hasDuplicates(strings)) {
    throw validationError(`${INVALID}Input collection [${strings.join(', ')}] contains duplicates.`);
  }
  return strings;
}

function parseNumberSet(members: readonly string[]): readonly string[] {
  if (members.length === 0) throw validationError(INVALID + 'An number set  may not be empty');
  const numbers = members.map(parseNumber);
  if (hasDuplicates(numbers)) throw validationError('Input collection contains duplicates');
  return numbers;
}

function parseBinarySet(members: readonly string[]): readonly string[] {
  if (members.length === 0) throw validationError(INVALID + 'Binary sets should not be empty');
  const binaries = members.map(canonicalBase64);
  if (hasDuplicates(binaries)) {
    throw validationError(`${INVALID}Input collection [${binaries.join(', ')}]of type BS contains duplicates.`);
  }
  return binaries;
}

function hasDuplicates(members: readonly string[]): boolean {
  return members.length > 1 && new Set(members).size !== members.length;
}
