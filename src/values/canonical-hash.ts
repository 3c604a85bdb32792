/** Whether two requests ask for the same, whatever the order of the members of objects and sets in their JSON. */
import { hash } from 'node:crypto';

/**
 * SHA-256, in base64, of the JSON of `value` with the members of all objects in order, and those of the sets among its
 * attribute values. Undefined members don't count.
 */
export function hashRequest(value: unknown): string {
  return hash('sha256', JSON.stringify(value, sortMembers), 'base64');
}

/** The types whose values are sets: no other array has such a name. */
const SETS = new Set(['SS', 'NS', 'BS']);

function sortMembers(name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return SETS.has(name) ? value.toSorted() : value;
  const members = value as { readonly [name: string]: unknown };
  const names = Object.keys(members);
  if (names.length < 2) return value;
  // Integer-like names come first in any object, in their own order, which is the same for both requests.
  const sorted = Object.create(null) as { [name: string]: unknown };
  for (const member of names.toSorted()) sorted[member] = members[member];
  return sorted;
}
