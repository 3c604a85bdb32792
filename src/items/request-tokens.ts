/**
 * What the store remembers of transactions that came with a ClientRequestToken, so that a repeated one is answered and
 * not run again. Two entries for each token, in the system space:
 *
 *     token/<operation>/<token>                        the record
 *     token-expiry/<15 digits>/<operation>/<token>     nothing; the digits are the record's `expiresAtMs`
 *
 * The second sorts by time, so that what expires is found without looking at what doesn't. Source of the 10 minutes:
 * ClientRequestToken of TransactWriteItems in the API reference.
 */
import type { Entry, EntryKey, StorageEngine, Write } from '../storage/engine.ts';
import { SYSTEM_SPACE } from '../tables/spaces.ts';
import { decodeVersionedJson, encodeVersionedJson } from '../values/versioned-json.ts';

/** A token with what it stands for. */
export interface RequestToken {
  /** Each operation has tokens of its own. */
  readonly operation: 'TransactWriteItems' | 'ExecuteTransaction';
  /** As the caller chose it. */
  readonly token: string;
  /** `hashRequest` of what the request asks for. */
  readonly requestHash: string;
}

/** What is remembered of a transaction that was carried out. */
export interface TokenRecord {
  readonly requestHash: string;
  readonly expiresAtMs: number;
  /** For each action the size of its item that was charged, from which a replay's read units come. */
  readonly chargedSizesBytes: readonly number[];
}

const LIFETIME_MS = 10 * 60 * 1_000;

const PREFIX = 'token/';
const EXPIRY_PREFIX = 'token-expiry/';
const TIME_DIGITS = 15;
const FORMAT_VERSION = 1;

/** Where the record of `token` lies. */
export function tokenKey({ operation, token }: RequestToken): EntryKey {
  return recordKey(`${operation}/${token}`);
}

/** The record in `bytes`, if it counts at `nowMs`. */
export function readToken(bytes: Uint8Array | undefined, nowMs: number): TokenRecord | undefined {
  const record = bytes && decodeToken(bytes);
  return record !== undefined && record.expiresAtMs > nowMs ? record : undefined;
}

/** Remembers `token`, in the place of a record that has expired and whose bytes are `expired`. */
export function rememberToken(
  token: RequestToken,
  chargedSizesBytes: readonly number[],
  expired: Uint8Array | undefined,
  nowMs: number,
): Write[] {
  const name = `${token.operation}/${token.token}`;
  const record: TokenRecord = { requestHash: token.requestHash, expiresAtMs: nowMs + LIFETIME_MS, chargedSizesBytes };
  const writes: Write[] = [
    { kind: 'put', ...recordKey(name), value: encodeVersionedJson(FORMAT_VERSION, record) },
    { kind: 'put', ...expiryKey(name, record.expiresAtMs), value: Uint8Array.of(FORMAT_VERSION) },
  ];
  if (expired !== undefined) writes.push({ kind: 'delete', ...expiryKey(name, decodeToken(expired).expiresAtMs) });
  return writes;
}

/** A token whose time is over. */
export interface ExpiredToken {
  readonly name: string;
  readonly expiresAtMs: number;
}

/** Up to `limit` tokens that expired before `nowMs`, the oldest first. */
export async function listExpiredTokens(
  engine: Pick<StorageEngine, 'scan'>,
  nowMs: number,
  limit: number,
): Promise<ExpiredToken[]> {
  const range = { from: textKey(EXPIRY_PREFIX), before: textKey(EXPIRY_PREFIX + timeText(nowMs)) };
  return (await engine.scan(SYSTEM_SPACE, range, { limit })).map(parseExpiryEntry);
}

/** Where the record of an expired token lies, if it is still there and hasn't been renewed. */
export function expiredTokenKey({ name }: ExpiredToken): EntryKey {
  return recordKey(name);
}

/** Forgets an expired token, but not the record in `bytes` if it is a newer one of the same token. */
export function forgetToken({ name, expiresAtMs }: ExpiredToken, bytes: Uint8Array | undefined): Write[] {
  const writes: Write[] = [{ kind: 'delete', ...expiryKey(name, expiresAtMs) }];
  if (bytes !== undefined && decodeToken(bytes).expiresAtMs === expiresAtMs) {
    writes.push({ kind: 'delete', ...recordKey(name) });
  }
  return writes;
}

/** Where the other of the two entries of a token lies, of which `entry` is one. Throws for a record that can't be read. */
export function otherTokenKey(entry: Entry): EntryKey {
  const text = new TextDecoder().decode(entry.key);
  if (text.startsWith(EXPIRY_PREFIX)) return recordKey(parseExpiryEntry(entry).name);
  return expiryKey(text.slice(PREFIX.length), decodeToken(entry.value).expiresAtMs);
}

function decodeToken(bytes: Uint8Array): TokenRecord {
  return decodeVersionedJson(FORMAT_VERSION, bytes, 'request token') as TokenRecord;
}

function parseExpiryEntry({ key }: Entry): ExpiredToken {
  const text = new TextDecoder().decode(key.subarray(EXPIRY_PREFIX.length));
  return { name: text.slice(TIME_DIGITS + 1), expiresAtMs: Number(text.slice(0, TIME_DIGITS)) };
}

function recordKey(name: string): EntryKey {
  return { space: SYSTEM_SPACE, key: textKey(PREFIX + name) };
}

function expiryKey(name: string, expiresAtMs: number): EntryKey {
  return { space: SYSTEM_SPACE, key: textKey(`${EXPIRY_PREFIX}${timeText(expiresAtMs)}/${name}`) };
}

function timeText(ms: number): string {
  return ms.toString().padStart(TIME_DIGITS, '0');
}

function textKey(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
