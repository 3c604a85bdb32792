/**
 * The expiry index: an empty entry for each item of a table with Time to Live that says when it expires, in the order
 * of those times. Writes of items keep it in the same step, so who looks for what has expired reads that and no more.
 *
 *     key:  the time, 8 bytes | base key
 *
 * The time is in whole milliseconds since the epoch, big-endian: what an item says is in seconds, of which fractions
 * below that make no difference to a clock of milliseconds.
 *
 * Sources: "How it works" and "Before you begin" of Time to Live in the developer guide. The attribute must be a Number
 * of seconds; an item expires when the current time is greater than it; "not five years older or more", so that a value
 * that is malformed does no harm.
 */
import { LIMITS } from '../foundation/limits.ts';
import type { Write } from '../storage/engine.ts';
import type { TableDefinition } from '../tables/table.ts';
import { type ExpiryIndex, expiryIndexOf } from '../tables/time-to-live.ts';
import type { Item } from '../values/attribute-value.ts';
import { compareBytes, concatBytes } from '../values/key-encoding.ts';
import { storedJson, itemFromJson } from '../values/stored-item.ts';

/** An item, parsed only when something looks inside. */
interface ExpiringItem {
  readonly json: string;
  attributes(): Item;
}

const TIME_BYTES = 8;

/** Seconds of more digits are so far ahead, tens of thousands of years, that nothing ever expires then. */
const MAX_SECONDS_DIGITS = 12;

/** When `item` expires by the attribute called `name`, in milliseconds, rounded down; undefined where it never does. */
export function expiryTimeMs(item: Item, name: string): number | undefined {
  const value = item[name];
  if (value === undefined || !('N' in value)) return undefined;
  const [seconds = '', fraction = ''] = value.N.split('.');
  if (seconds.startsWith('-') || seconds.length > MAX_SECONDS_DIGITS) return undefined;
  return Number(seconds + fraction.slice(0, 3).padEnd(3, '0'));
}

/** Whether an item whose time is `timeMs` has expired at `nowMs`, and not so long ago that it is kept. */
export function isExpiredAt(timeMs: number | undefined, nowMs: number): boolean {
  return timeMs !== undefined && timeMs < nowMs && timeMs > nowMs - LIMITS.timeToLivePastMs;
}

/** The keys of all entries of items that have expired at `nowMs`: `from <= key < before`. */
export function expiredRange(nowMs: number): { readonly from: Uint8Array; readonly before: Uint8Array } {
  return {
    from: encodeTime(Math.max(nowMs - LIMITS.timeToLivePastMs + 1, 0)),
    before: encodeTime(Math.max(nowMs, 0)),
  };
}

/** The key of the entry of an item that expires at `timeMs`. */
export function encodeExpiryKey(timeMs: number, baseKey: Uint8Array): Uint8Array {
  return concatBytes([encodeTime(timeMs), baseKey]);
}

/** The key of the item that the entry under `key` is of. */
export function baseKeyOfExpiry(key: Uint8Array): Uint8Array {
  return Uint8Array.from(key.subarray(TIME_BYTES));
}

function encodeTime(timeMs: number): Uint8Array {
  const bytes = new Uint8Array(TIME_BYTES);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(timeMs));
  return bytes;
}

const NOTHING = new Uint8Array(0);

/** What a write of the item under `baseKey` does to the expiry index; nothing where its table has none. */
export function expiryWrites(
  table: TableDefinition,
  baseKey: Uint8Array,
  before: ExpiringItem | undefined,
  after: ExpiringItem | undefined,
): Write[] {
  const index = expiryIndexOf(table);
  if (index === undefined) return [];
  const old = before && entryKeyOf(index, before, baseKey);
  const key = after && entryKeyOf(index, after, baseKey);
  if (old !== undefined && key !== undefined && compareBytes(old, key) === 0) return [];
  const writes: Write[] = [];
  // While it is ENABLING, there may be no entry to delete.
  if (old !== undefined) writes.push({ kind: 'delete', space: index.space, key: old });
  if (key !== undefined) writes.push({ kind: 'put', space: index.space, key, value: NOTHING });
  return writes;
}

/** The write that enters the item that lies as `stored` under `baseKey`, if it expires: again or for the first time. */
export function enterExpiry(index: ExpiryIndex, baseKey: Uint8Array, stored: Uint8Array): Write[] {
  const key = expiryKeyOf(index, baseKey, stored);
  return key === undefined ? [] : [{ kind: 'put', space: index.space, key, value: NOTHING }];
}

/** The key of the entry that `index` is to have of the item that lies as `stored` under `baseKey`; undefined: none. */
export function expiryKeyOf(index: ExpiryIndex, baseKey: Uint8Array, stored: Uint8Array): Uint8Array | undefined {
  const json = storedJson(stored);
  return entryKeyOf(index, { json, attributes: () => itemFromJson(json) }, baseKey);
}

/** Whether the item that lies as `stored` has expired at `nowMs`. */
export function isStoredExpired({ attributeName }: ExpiryIndex, stored: Uint8Array, nowMs: number): boolean {
  return isExpiredAt(expiryTimeMs(itemFromJson(storedJson(stored)), attributeName), nowMs);
}

function entryKeyOf({ attributeName }: ExpiryIndex, item: ExpiringItem, baseKey: Uint8Array): Uint8Array | undefined {
  // Stored text is canonical: an attribute that is a number looks like this, so most others need not be parsed.
  if (!item.json.includes(`${JSON.stringify(attributeName)}:{"N":`)) return undefined;
  const timeMs = expiryTimeMs(item.attributes(), attributeName);
  return timeMs === undefined ? undefined : encodeExpiryKey(timeMs, baseKey);
}
