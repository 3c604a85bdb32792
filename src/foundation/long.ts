/**
 * The API's Longs, which are Java's: integers of 64 bits. JSON.parse rounds those above 2^53, and the last of them,
 * 9223372036854775807, to 2^63, which no Long is: so 2^63 stands for the last one.
 */

const AFTER_LAST = 2 ** 63;
/** The greatest number below 2^63. */
const LAST_NUMBER = AFTER_LAST - 1024;
const LAST = 2n ** 63n - 1n;

/** Whether a value from JSON is a Long. */
export function isLong(value: unknown): value is number {
  return Number.isInteger(value) && Math.abs(value as number) <= AFTER_LAST;
}

/** All digits of a Long, of which JavaScript would write only as many as tell it from others. */
export function formatLong(long: number): string {
  const exact = BigInt(long);
  return `${exact > LAST ? LAST : exact}`;
}

/** A Long as a number that is one in JSON too. */
export function keepLong(long: number): number {
  return Math.min(long, LAST_NUMBER);
}
