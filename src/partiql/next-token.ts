/** NextToken: where a page ended, in a form that says nothing to callers and fits one statement only. */
import { createHash } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { ApiError, validationError } from '../foundation/errors.ts';
import { type Item, parseItem } from '../values/attribute-value.ts';
import { STATEMENT } from './messages.ts';

/** Where the next page starts. */
export interface Position {
  /** Which of the partition keys that are read, from 0. */
  readonly partition: number;
  /** The key of the last item that was looked at; undefined at the start of a partition key. */
  readonly key: Item | undefined;
}

/** A statement with its parameters as a short text. */
export function fingerprintOf(statement: string, parameters: readonly unknown[] = []): string {
  const text = JSON.stringify([statement, parameters]);
  return createHash('sha256').update(text).digest('base64').slice(0, FINGERPRINT_LENGTH);
}

const FINGERPRINT_LENGTH = 22;
const FORMAT_VERSION = 1;
/** Far above what a key can take: names of 255 bytes and values of 2,048, each character escaped. */
const MAX_JSON_BYTES = 131_072;

export function encodeNextToken(fingerprint: string, { partition, key }: Position): string {
  const json = JSON.stringify([FORMAT_VERSION, fingerprint, partition, key ?? null]);
  return deflateRawSync(json).toString('base64');
}

/** The position in `token`; throws the ValidationException for one of another statement, or that is none. */
export function decodeNextToken(fingerprint: string, token: string): Position {
  const [version, issuedFor, partition, key] = readArray(token);
  if (version !== FORMAT_VERSION) throw validationError(STATEMENT.tokenInvalid);
  if (issuedFor !== fingerprint) throw validationError(STATEMENT.tokenMismatch);
  const isPartition = Number.isSafeInteger(partition) && (partition as number) >= 0;
  if (!isPartition || typeof key !== 'object') throw validationError(STATEMENT.tokenInvalid);
  return { partition: partition as number, key: key === null ? undefined : readKey(key) };
}

function readArray(token: string): readonly unknown[] {
  try {
    const bytes = inflateRawSync(Buffer.from(token, 'base64'), { maxOutputLength: MAX_JSON_BYTES });
    const array: unknown = JSON.parse(bytes.toString());
    if (Array.isArray(array)) return array;
  } catch {
    // Neither of the formats, so not a token of ours.
  }
  throw validationError(STATEMENT.tokenInvalid);
}

const SCALAR_TYPES = ['S', 'N', 'B'] as const;

/** The parts of a token that was put together by hand may be of any JSON type. */
function readKey(raw: object): Item {
  const isKey = Object.values(raw).every(
    (value: unknown) =>
      typeof value === 'object' &&
      value !== null &&
      SCALAR_TYPES.some((type) => typeof (value as Record<string, unknown>)[type] === 'string'),
  );
  if (Array.isArray(raw) || !isKey) throw validationError(STATEMENT.tokenInvalid);
  try {
    return parseItem(raw);
  } catch (error) {
    if (error instanceof ApiError) throw validationError(STATEMENT.tokenInvalid);
    throw error;
  }
}
