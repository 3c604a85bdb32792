/** The ids that name requests in answers and logs. */
import { randomBytes } from 'node:crypto';

const COUNTER_DIGITS = 11;
const LENGTH = 52;

/**
 * A source of request ids: 52 upper-case letters and digits, never the same twice.
 *
 * Ids are unique, not secret: a random part for the source, then a count. Every request takes one, and this costs
 * a small part of what 52 random characters would.
 */
export function createRequestIds(): () => string {
  const random = BigInt(`0x${randomBytes(64).toString('hex')}`)
    .toString(36)
    .toUpperCase();
  const prefix = random.slice(-(LENGTH - COUNTER_DIGITS)).padStart(LENGTH - COUNTER_DIGITS, '0');
  let count = 0;
  return () => prefix + (count++).toString(36).toUpperCase().padStart(COUNTER_DIGITS, '0');
}
