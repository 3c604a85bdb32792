/**
 * The JSON types inside attribute values: the hottest part of the check of a request, since every write walks its item.
 *
 * Only what SerializationException is about is checked here. That a value has exactly one type, that numbers are
 * numbers, that sets are not empty and so on is for `values/`, which parses what this lets through.
 */
import { serializationError } from '../foundation/errors.ts';
import { nestingError } from '../values/attribute-value.ts';
import { mismatchError } from './shape-mismatch.ts';

/** A JSON object as the parser made it: its own keys only, and nothing enumerable in its prototype. */
export type JsonObject = { [key: string]: unknown };

/** Far above the 32 levels that an item may have and far below what the stack can hold. */
const MAX_WALKED_LEVELS = 1000;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Checks the JSON types of one attribute value and of all inside it.
 *
 * Members that are null are removed, so that they are absent to those who come later; null in place of a whole value
 * (in a map or a list) is left to `values/`, and is refused in sets. Unknown members are ignored. Throws a
 * SerializationException, or the ValidationException for nesting at more than 1,000 levels.
 */
export function checkAttributeValue(value: unknown, level = 0): void {
  if (!isJsonObject(value)) throw mismatchError('Structure', value);
  for (const type in value) {
    const content = value[type];
    if (content === null) delete value[type];
    else checkContent(type, content, level);
  }
}

function checkContent(type: string, content: unknown, level: number): void {
  switch (type) {
    case 'S':
    case 'N':
      if (typeof content !== 'string') throw mismatchError('String', content);
      return;
    case 'B':
      return checkBase64(content);
    case 'BOOL':
    case 'NULL':
      if (typeof content !== 'boolean') throw mismatchError('Boolean', content);
      return;
    case 'SS':
    case 'NS':
      return checkStrings(content);
    case 'BS':
      return checkBlobs(content);
    case 'L':
      return checkAttributeList(content, level + 1);
    case 'M':
      return checkAttributeMap(content, level + 1);
    default:
  }
}

/** Checks a map of attribute values, such as an item or a key, as `checkAttributeValue` does each. */
export function checkAttributeMap(values: unknown, level = 0): void {
  if (!isJsonObject(values)) throw mismatchError('Map', values);
  if (level > MAX_WALKED_LEVELS) throw nestingError();
  for (const name in values) {
    const value = values[name];
    if (value !== null) checkAttributeValue(value, level);
  }
}

function checkAttributeList(values: unknown, level: number): void {
  if (!Array.isArray(values)) throw mismatchError('List', values);
  if (level > MAX_WALKED_LEVELS) throw nestingError();
  for (const value of values) {
    if (value !== null) checkAttributeValue(value, level);
  }
}

function checkStrings(values: unknown): void {
  if (!Array.isArray(values)) throw mismatchError('List', values);
  for (const value of values) {
    if (typeof value !== 'string') throw mismatchError('String', value);
  }
}

function checkBlobs(values: unknown): void {
  if (!Array.isArray(values)) throw mismatchError('List', values);
  for (const value of values) checkBase64(value);
}

/** One loop over one class, so that the expression engine needs no backtracking on megabytes of text. */
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/**
 * Checks that `value` is base64 text in its one canonical form (RFC 4648, section 4: padded, unused bits zero).
 * Throws a SerializationException.
 */
export function checkBase64(value: unknown): void {
  if (typeof value !== 'string') throw mismatchError('ByteBuffer', value);
  const length = value.length;
  if (length % 4 !== 0) {
    throw serializationError(`Base64 encoded length is expected a multiple of 4 bytes but found: ${length}`);
  }
  if (!BASE64.test(value)) throw serializationError(`Invalid Base64 character: '${findForeignCharacter(value)}'`);
  if (length > 0 && value.charCodeAt(length - 1) === 0x3d) checkLastDigit(value);
}

function findForeignCharacter(value: string): string {
  return /[^A-Za-z0-9+/]/u.exec(value)?.[0] ?? '';
}

const BASE64_DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** The digit before the padding carries 2 or 4 bits that belong to no byte; they must be zero. */
function checkLastDigit(value: string): void {
  const twoPads = value.at(-2) === '=';
  const digit = BASE64_DIGITS.indexOf(value.at(twoPads ? -3 : -2) ?? '');
  const unusedBits = twoPads ? 0b1111 : 0b11;
  // The spelling is DynamoDB's.
  if ((digit & unusedBits) !== 0) throw serializationError('Invalid last non-pad Base64 character dectected');
}
