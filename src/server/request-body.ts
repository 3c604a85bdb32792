/** A request's body on its way in: gathered, decompressed and parsed, each within limits. */
import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { gunzip, inflate, inflateRaw } from 'node:zlib';
import { ApiError } from '../foundation/errors.ts';
import type { ApiFault } from '../foundation/errors.ts';

/** The largest body, as sent and decompressed. */
export const MAX_BODY_BYTES = 16 * 1024 * 1024;
/** How much of a body that is too large is read and dropped, so that its sender comes to read the answer. */
const MAX_DROPPED_BYTES = 4 * MAX_BODY_BYTES;
/** Levels of arrays and objects in one another. Far more than any valid request has, few enough to recurse over. */
const MAX_JSON_DEPTH = 1_000;

const TOO_LARGE: ApiFault = { name: 'RequestEntityTooLargeException', message: 'The request entity is too large.' };

/** Hands the whole body to `onBody`, or its fault to `onFault`. Neither is called if the sender goes away. */
export function receiveBody(
  request: IncomingMessage,
  onBody: (body: Buffer) => void,
  onFault: (fault: ApiFault) => void,
): void {
  let first: Buffer | undefined;
  let rest: Buffer[] | undefined;
  let sizeBytes = 0;
  let refused = Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES;
  if (refused) onFault(TOO_LARGE);
  request.on('data', (chunk: Buffer) => {
    sizeBytes += chunk.length;
    if (sizeBytes > MAX_BODY_BYTES) {
      if (!refused) onFault(TOO_LARGE);
      refused = true;
      first = rest = undefined;
      if (sizeBytes > MAX_DROPPED_BYTES) request.destroy();
    } else if (!refused) {
      // Nearly every body arrives as one chunk, and is then used as it lies in the socket's buffer.
      if (first === undefined) first = chunk;
      else (rest ??= [first]).push(chunk);
    }
  });
  request.on('end', () => {
    if (refused) return;
    onBody(rest === undefined ? (first ?? Buffer.alloc(0)) : Buffer.concat(rest, sizeBytes));
  });
}

/**
 * Undoes `contentEncoding` (as in the header) and hands the bytes to `onBody`, or the fault to `onFault`: bytes that
 * are not so encoded, an encoding that is not known, or more than MAX_BODY_BYTES.
 */
export function decompressBody(
  contentEncoding: string,
  body: Buffer,
  onBody: (body: Buffer) => void,
  onFault: (fault: ApiFault) => void,
): void {
  const encoding = contentEncoding.trim().toLowerCase();
  const decompress = encoding === 'gzip' ? gunzip : isZlib(body) ? inflate : inflateRaw;
  if (encoding === 'identity' || encoding === '') onBody(body);
  else if (encoding !== 'gzip' && encoding !== 'deflate') onFault(malformed('The content encoding is not supported.'));
  else {
    decompress(body, { maxOutputLength: MAX_BODY_BYTES }, (error, decompressed) => {
      if (error === null) onBody(decompressed);
      else if ('code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') onFault(TOO_LARGE);
      else onFault(malformed('The request body could not be decompressed by its content encoding.'));
    });
  }
}

/** Senders mean two things by deflate: with zlib's header, as the RFC says, and without. */
function isZlib(body: Buffer): boolean {
  const [first = 0, second = 0] = body;
  return (first & 0x0f) === 8 && ((first << 8) | second) % 31 === 0;
}

/** A MalformedHttpRequestException: HTTP that can't be understood. */
export function malformed(message: string): ApiFault {
  return { name: 'MalformedHttpRequestException', message };
}

/**
 * The JSON object that `body` holds. Throws a SerializationException without text, as the service does, for
 * anything else: no body, not UTF-8, not JSON, another value, or nested deeper than MAX_JSON_DEPTH.
 */
export function parseJsonObject(body: Buffer): object {
  if (!isUtf8(body) || isTooDeep(body)) throw new ApiError({ name: 'SerializationException' });
  let value: unknown;
  try {
    value = JSON.parse(body.toString());
  } catch {
    throw new ApiError({ name: 'SerializationException' });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ApiError({ name: 'SerializationException' });
  }
  return value;
}

const [QUOTE, BACKSLASH, OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = Buffer.from('"\\{}[]');

function isTooDeep(body: Buffer): boolean {
  // Every level takes two bytes, so that most bodies are too short to need a look.
  if (body.length <= 2 * MAX_JSON_DEPTH) return false;
  let depth = 0;
  let inString = false;
  for (let i = 0; i < body.length; i++) {
    const byte = body[i];
    if (inString) {
      if (byte === BACKSLASH) i++;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) inString = true;
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      if (++depth > MAX_JSON_DEPTH) return true;
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) depth--;
  }
  return false;
}
