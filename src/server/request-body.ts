/** A request's body on its way in: gathered or dropped, decompressed and parsed, each within limits. */
import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';
import { ApiError } from '../foundation/errors.ts';
import type { ApiFault } from '../foundation/errors.ts';

/** The largest body, as sent and decompressed. */
const MAX_BODY_BYTES = 16 * 1024 * 1024;
/** What a server holds at most of bodies that are still coming in: 16 of the largest. */
const MAX_HELD_BYTES = 16 * MAX_BODY_BYTES;
/** What a piece of a body takes besides its bytes, about: bodies may come one byte at a time. */
const CHUNK_OVERHEAD_BYTES = 256;
/** How much of a refused request's body is read and dropped, and for how long. */
const MAX_DROPPED_BYTES = 4 * MAX_BODY_BYTES;
const MAX_DROPPING_MS = 10_000;
/** Levels of arrays and objects in one another. Far more than any valid request has, few enough to recurse over. */
const MAX_JSON_DEPTH = 1_000;
/**
 * Arrays and objects in all. A body of MAX_BODY_BYTES has at most 1,700,000 of them if it is of any use: the shortest
 * value of a list, `{"N":"1"},`, takes 10 bytes. Of three bytes each they would take a second and 300 MB to parse.
 */
const MAX_JSON_CONTAINERS = 2_000_000;
/**
 * Members of one object. An item, which is the largest of use, has at most 143,000: so many names, each other than the
 * rest, take its 400 KB. A million take more than a second to parse and to look at.
 */
const MAX_JSON_MEMBERS = 200_000;

const TOO_LARGE: ApiFault = { name: 'RequestEntityTooLargeException', message: 'The request entity is too large.' };

const TOO_MANY: ApiFault = {
  name: 'ServiceUnavailable',
  message: 'The server is receiving too many large requests at once. Try again.',
};

/** Throws RequestEntityTooLargeException if the request says that its body will be too large. */
export function validateDeclaredLength(request: IncomingMessage): void {
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) throw new ApiError(TOO_LARGE);
}

/** Hands the whole body to `onBody`, or its fault to `onFault`. Neither is called if the sender goes away. */
export type ReceiveBody = (
  request: IncomingMessage,
  onBody: (body: Buffer) => void,
  onFault: (fault: ApiFault) => void,
) => void;

/**
 * A receiver of bodies that holds at most `maxHeldBytes` of unfinished ones, whoever sends them. What is more gets
 * ServiceUnavailable, which clients try again: to wait for room could be for ever, with every body half there.
 */
export function createBodyReceiver(maxHeldBytes: number = MAX_HELD_BYTES): ReceiveBody {
  let heldBytes = 0;
  return (request, onBody, onFault) => {
    let ownHeldBytes = 0;
    const release = (): void => {
      heldBytes -= ownHeldBytes;
      ownHeldBytes = 0;
    };
    const hold = (chunk: Buffer): boolean => {
      if (ownHeldBytes === 0) request.once('close', release);
      const addedBytes = chunk.length + CHUNK_OVERHEAD_BYTES;
      heldBytes += addedBytes;
      ownHeldBytes += addedBytes;
      return heldBytes <= maxHeldBytes;
    };
    gatherBody(request, hold, release, onBody, onFault);
  };
}

/** `hold` says whether there is room for another piece; after `release` none is held. */
function gatherBody(
  request: IncomingMessage,
  hold: (chunk: Buffer) => boolean,
  release: () => void,
  onBody: (body: Buffer) => void,
  onFault: (fault: ApiFault) => void,
): void {
  let first: Buffer | undefined;
  let rest: Buffer[] | undefined;
  let sizeBytes = 0;
  const onData = (chunk: Buffer): void => {
    sizeBytes += chunk.length;
    // Nearly every body arrives as one chunk, and is then used as it lies in the socket's buffer.
    if (first === undefined && request.complete) first = chunk;
    else if (sizeBytes > MAX_BODY_BYTES) refuse(TOO_LARGE);
    else if (!hold(chunk)) refuse(TOO_MANY);
    else if (first === undefined) first = chunk;
    else (rest ??= [first]).push(chunk);
  };
  const onEnd = (): void => {
    release();
    onBody(rest === undefined ? (first ?? Buffer.alloc(0)) : Buffer.concat(rest, sizeBytes));
  };
  const refuse = (fault: ApiFault): void => {
    request.off('data', onData);
    request.off('end', onEnd);
    first = rest = undefined;
    release();
    onFault(fault);
  };
  request.on('data', onData);
  request.on('end', onEnd);
}

/**
 * Reads what comes of a body that nobody wants and drops it, so that its sender comes to read the answer: a sender
 * whose connection is closed while it still writes may lose what it was sent. Calls `onEnd` when the body is over;
 * cuts the connection where that takes more than MAX_DROPPED_BYTES or MAX_DROPPING_MS.
 */
export function dropBody(request: IncomingMessage, onEnd: () => void): void {
  let sizeBytes = 0;
  const cut = setTimeout(() => request.destroy(), MAX_DROPPING_MS);
  request.on('data', (chunk: Buffer) => {
    sizeBytes += chunk.length;
    if (sizeBytes > MAX_DROPPED_BYTES) request.destroy();
  });
  request.once('end', onEnd);
  request.once('close', () => clearTimeout(cut));
}

/**
 * Undoes `contentEncoding` (as in the header). Throws the fault of bytes that are not so encoded, of an encoding that
 * is not known, or of more than MAX_BODY_BYTES.
 *
 * It works at once and not in another thread, so that there is one decompressed body at a time, whatever is sent:
 * parsing it, which comes next, takes longer, and for the usual small body a thread would cost more than it takes off.
 */
export function decompressBody(contentEncoding: string, body: Buffer): Buffer {
  const encoding = contentEncoding.trim().toLowerCase();
  if (encoding === 'identity' || encoding === '') return body;
  if (encoding !== 'gzip' && encoding !== 'deflate') {
    throw new ApiError(malformed('The content encoding is not supported.'));
  }
  const decompress = encoding === 'gzip' ? gunzipSync : isZlib(body) ? inflateSync : inflateRawSync;
  try {
    return decompress(body, { maxOutputLength: MAX_BODY_BYTES });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw new ApiError(TOO_LARGE);
    throw new ApiError(malformed('The request body could not be decompressed by its content encoding.'));
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
 * The JSON object that `body` holds, all of its strings and names well-formed Unicode. Throws a SerializationException
 * without text, as the service does, for anything else: no body, not UTF-8, not JSON, another value, nested deeper than
 * MAX_JSON_DEPTH, with more than MAX_JSON_CONTAINERS, or more than MAX_JSON_MEMBERS in one object.
 *
 * U+FFFD stands for each half of a surrogate pair, which JSON can escape (`"\ud800"`) and UTF-8 can't hold. Keys and
 * sizes are counted in UTF-8, where all such halves are the same bytes: kept apart here they would be one key with
 * several values. Source: strings are Unicode in UTF-8 ("Data types: String" in the developer guide), which does not say
 * what becomes of such halves; the character that stands in for them is the WHATWG Encoding Standard's.
 */
export function parseJsonObject(body: Buffer): object {
  if (!isUtf8(body) || isTooComplex(body)) throw new ApiError({ name: 'SerializationException' });
  const text = body.toString();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ApiError({ name: 'SerializationException' });
  }
  // Nothing but an escape can bring half of a pair into a text that was UTF-8. The plain search is five times as fast.
  if (text.includes('\\u') && SURROGATE_ESCAPE.test(text)) value = makeWellFormed(value);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ApiError({ name: 'SerializationException' });
  }
  return value;
}

const SURROGATE_ESCAPE = /\\u[dD][89a-fA-F]/;

/** `value`, as JSON.parse gives it, with all of its strings and names well-formed; of names made equal the last stays. */
function makeWellFormed(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(makeWellFormed);
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name.toWellFormed(), makeWellFormed(member)]),
  );
}

const [QUOTE, BACKSLASH, COLON, OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = Buffer.from('"\\:{}[]');

/** How many members the object at each depth has so far; of use only while a body is looked through. */
const members = new Uint32Array(MAX_JSON_DEPTH + 1);

function isTooComplex(body: Buffer): boolean {
  // Every level takes two bytes, so that most bodies are too short to need a look.
  if (body.length <= 2 * MAX_JSON_DEPTH) return false;
  let depth = 0;
  let containers = 0;
  let inString = false;
  for (let i = 0; i < body.length; i++) {
    const byte = body[i];
    if (inString) {
      if (byte === BACKSLASH) i++;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) inString = true;
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      if (++depth > MAX_JSON_DEPTH || ++containers > MAX_JSON_CONTAINERS) return true;
      members[depth] = 0;
    } else if (byte === COLON) {
      const count = (members[depth] ?? 0) + 1;
      if (count > MAX_JSON_MEMBERS) return true;
      members[depth] = count;
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) depth--;
  }
  return false;
}
