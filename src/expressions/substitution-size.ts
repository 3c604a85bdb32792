/** The limit on what a request's placeholders stand for, checked before any of it is read more closely. */
import { validationError } from '../foundation/errors.ts';
import { EXPRESSION_LIMITS } from './limits.ts';
import { REQUEST } from './messages.ts';

/**
 * Throws the ValidationException when ExpressionAttributeNames and ExpressionAttributeValues are too long together:
 * placeholders, names, strings, numbers and types' names by the bytes of their text, binary by its own bytes, and one
 * byte for each object, array, element and flag. Both are as the caller sent them, of the right JSON types but with
 * nulls wherever callers may put them.
 *
 * Source: "The maximum length of all substitution variables in an expression is 2 MB. This is the sum of the lengths of
 * all ExpressionAttributeNames and ExpressionAttributeValues" in the developer guide, which does not say how values of
 * each type are measured, nor the error's text.
 */
export function validateSubstitutionSize(
  names: Readonly<Record<string, string | null>> = {},
  values: Readonly<Record<string, unknown>> = {},
): void {
  const size = spend(names, spend(values, EXPRESSION_LIMITS.substitutionSizeBytes));
  if (size < 0) throw validationError(REQUEST.substitutionsTooLarge);
}

/** What is left of `remainingBytes` after all names and values in `raw`; the walk ends where nothing is left. */
function spend(raw: unknown, remainingBytes: number): number {
  if (typeof raw === 'string') return remainingBytes - Buffer.byteLength(raw);
  if (typeof raw !== 'object' || raw === null) return remainingBytes - 1;
  let remaining = remainingBytes - 1;
  if (Array.isArray(raw)) {
    for (let i = 0; i < raw.length && remaining >= 0; i++) remaining = spend(raw[i], remaining - 1);
    return remaining;
  }
  const object = raw as Readonly<Record<string, unknown>>;
  for (const key in object) {
    if (remaining < 0) return remaining;
    const member = object[key];
    if (key === 'B' && typeof member === 'string') remaining -= Buffer.byteLength(member, 'base64');
    else remaining = spend(member, remaining - Buffer.byteLength(key));
  }
  return remaining;
}
