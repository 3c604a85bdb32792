/**
 * Tags and tag keys as callers give them, and their rules. Sources: Tag in the API reference, "Tagging restrictions in
 * DynamoDB" in the developer guide, and for the texts and what they go before, public records of the service's answers.
 */
import { validationError } from '../foundation/errors.ts';
import { LIMITS } from '../foundation/limits.ts';
import { TAG_MESSAGES } from './tag-messages.ts';
import type { Tag } from './tags.ts';

/** As on the wire, where a member may be missing. */
export interface WireTag {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
}

/** Letters, digits and spaces of any script, and some signs. */
const ALLOWED = /^[\p{L}\p{N}\p{Z}_.:/=+\-@]*$/u;

/** The tags of `wire`, or the ValidationException for the first that breaks a rule. */
export function parseTags(wire: readonly WireTag[]): Tag[] {
  const tags: Tag[] = [];
  const keys = new Set<string>();
  for (const { Key, Value } of wire) {
    const key = parseTagKey(Key);
    if (Value === undefined || Value.length > LIMITS.tagValueLength || !ALLOWED.test(Value)) {
      throw validationError(TAG_MESSAGES.invalidValue(Value));
    }
    if (keys.has(key)) throw validationError(TAG_MESSAGES.duplicateKey(key));
    keys.add(key);
    tags.push({ key, value: Value });
  }
  validateCount(tags);
  return tags;
}

/** The keys of `wire`, or the ValidationException. A key that is named twice is removed once. */
export function parseTagKeys(wire: readonly string[]): string[] {
  const keys = wire.map(parseTagKey);
  validateCount(keys);
  return keys;
}

function parseTagKey(key: string | undefined): string {
  if (key === undefined || key.length < 1 || key.length > LIMITS.tagKeyLength || !ALLOWED.test(key)) {
    throw validationError(TAG_MESSAGES.invalidKey(key));
  }
  if (key.toLowerCase().startsWith('aws:')) throw validationError(TAG_MESSAGES.reservedKey(key));
  return key;
}

/** Of one request, before what the table has; removals too. */
function validateCount(given: readonly unknown[]): void {
  if (given.length > LIMITS.tags) throw validationError(TAG_MESSAGES.tooMany);
}
