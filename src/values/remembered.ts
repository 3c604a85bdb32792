/**
 * What conditions ask of the same value again and again, worked out once.
 *
 * A condition may compare a value of hundreds of kilobytes more than a thousand times, and a filter does so for each
 * item of a page. Values never change, so what was found out about one is kept for as long as the value itself. A value
 * that is met once is looked at directly; only from the second time on does it get what makes the following ones
 * cheap. So the work stays in proportion to the sizes of the values, however often they are compared.
 */
import { unreachable } from '../foundation/assert.ts';
import { systemRandom } from '../foundation/random.ts';
import type { AttributeValue } from './attribute-value.ts';
import { equalValues } from './compare.ts';

/** Values known to be equal share one, found by following `joined`. Values of different hashes differ. */
interface ValueClass {
  readonly hash: number;
  joined?: ValueClass;
}

const COMPARED = new WeakSet<AttributeValue>();
const CLASSES = new WeakMap<AttributeValue, ValueClass>();

/** As `equalValues`, in time that does not add up when large values are compared with many others. */
export function equalRemembered(left: AttributeValue, right: AttributeValue): boolean {
  if (left === right) return true;
  if (!isComposite(left) || !isComposite(right)) return equalValues(left, right);
  if (!COMPARED.has(left) || !COMPARED.has(right)) {
    COMPARED.add(left);
    COMPARED.add(right);
    return equalValues(left, right);
  }
  const leftClass = classOf(left);
  const rightClass = classOf(right);
  if (leftClass === rightClass) return true;
  if (leftClass.hash !== rightClass.hash || !equalValues(left, right)) return false;
  rightClass.joined = leftClass;
  return true;
}

function isComposite(value: AttributeValue): boolean {
  return 'L' in value || 'M' in value || 'SS' in value || 'NS' in value || 'BS' in value;
}

function classOf(value: AttributeValue): ValueClass {
  let found = CLASSES.get(value);
  if (found === undefined) {
    found = { hash: hashValue(value) };
    CLASSES.set(value, found);
  }
  while (found.joined !== undefined) found = found.joined;
  return found;
}

/** Elements by their hash; undefined for a list that was searched once. */
const INDEXES = new WeakMap<readonly AttributeValue[], ReadonlyMap<number, readonly AttributeValue[]> | undefined>();

/** Whether one of `elements` equals `value`. */
export function includesValue(elements: readonly AttributeValue[], value: AttributeValue): boolean {
  if (!INDEXES.has(elements)) {
    INDEXES.set(elements, undefined);
    return elements.some((element) => equalRemembered(element, value));
  }
  let index = INDEXES.get(elements);
  if (index === undefined) {
    index = Map.groupBy(elements, hashRemembered);
    INDEXES.set(elements, index);
  }
  return index.get(hashRemembered(value))?.some((element) => equalRemembered(element, value)) ?? false;
}

function hashRemembered(value: AttributeValue): number {
  return isComposite(value) ? classOf(value).hash : hashValue(value);
}

/** Members as sets; undefined for those that were searched once. */
const MEMBERS = new WeakMap<readonly string[], ReadonlySet<string> | undefined>();

/** Whether `member` is one of the canonical `members` of a set. */
export function includesMember(members: readonly string[], member: string): boolean {
  if (!MEMBERS.has(members)) {
    MEMBERS.set(members, undefined);
    return members.includes(member);
  }
  let set = MEMBERS.get(members);
  if (set === undefined) {
    set = new Set(members);
    MEMBERS.set(members, set);
  }
  return set.has(member);
}

/** Not to be guessed from outside, so that nobody can choose values whose hashes are the same. */
const SEED = Buffer.from(systemRandom.bytes(4)).readInt32LE();

/** A number that equal values share, whatever the order of sets and maps, and others hardly ever. */
function hashValue(value: AttributeValue): number {
  if ('S' in value) return hashText(value.S, 1);
  if ('N' in value) return hashText(value.N, 2);
  if ('B' in value) return hashText(value.B, 3);
  if ('BOOL' in value) return mix(SEED, value.BOOL ? 4 : 5);
  if ('NULL' in value) return mix(SEED, 6);
  if ('SS' in value) return hashMembers(value.SS, 7);
  if ('NS' in value) return hashMembers(value.NS, 8);
  if ('BS' in value) return hashMembers(value.BS, 9);
  if ('L' in value) return value.L.reduce((hash, element) => mix(hash, hashValue(element)), mix(SEED, 10));
  if ('M' in value) {
    let hash = mix(SEED, 11);
    for (const name in value.M) hash = (hash + mix(hashText(name, 12), hashValue(value.M[name] as AttributeValue))) | 0;
    return hash;
  }
  return unreachable(value);
}

function hashMembers(members: readonly string[], salt: number): number {
  return members.reduce((hash, member) => (hash + hashText(member, salt)) | 0, mix(SEED, salt));
}

/** How much of a long text's beginning and end is hashed: comparing texts that only differ between is cheap enough. */
const HASHED_LENGTH = 32;

function hashText(text: string, salt: number): number {
  let hash = mix(mix(SEED, salt), text.length);
  const head = Math.min(text.length, HASHED_LENGTH);
  for (let i = 0; i < head; i++) hash = mix(hash, text.charCodeAt(i));
  for (let i = Math.max(head, text.length - HASHED_LENGTH); i < text.length; i++) hash = mix(hash, text.charCodeAt(i));
  return hash;
}

function mix(hash: number, part: number): number {
  const product = Math.imul(hash ^ part, 0x5bd1e995);
  return product ^ (product >>> 15);
}
