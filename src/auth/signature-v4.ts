/**
 * The arithmetic of AWS Signature Version 4: canonical request, string to sign, signing key, signature.
 *
 * Source: "Create a signed AWS API request" in the IAM user guide. It runs for every request when credentials are
 * configured, so it hashes the body once, in place, and makes few strings.
 */
import { createHmac, hash } from 'node:crypto';
import type { SignedRequest } from './authorization.ts';

/** What the signature of a request is computed from, besides the request itself. */
export interface SignatureInput {
  /** Lower-case names in the order of `signedHeaders`. */
  readonly signedHeaderNames: readonly string[];
  /** The names as the signer joined them. */
  readonly signedHeaders: string;
  /** The parameters of the query, if there is one; X-Amz-Signature is left out of it. */
  readonly query: URLSearchParams | undefined;
  /** The time of signing, `YYYYMMDDTHHMMSSZ`. */
  readonly date: string;
  /** `YYYYMMDD/region/service/aws4_request`. */
  readonly scope: string;
  readonly signingKey: SigningKey;
  /** The body's bytes as they were sent. */
  readonly body: Uint8Array;
}

/**
 * The key that signs requests of one day, region and service, as HMAC uses it: laid over its two pads, a block each.
 *
 * HMAC by its definition (RFC 2104) is two one-shot hashes; `createHmac` costs twice that for each request, and leaves
 * a native object to be collected.
 */
export interface SigningKey {
  readonly inner: Buffer;
  readonly outer: Buffer;
}

/** The signing key for `date` (`YYYYMMDD`), `region` and `service`. */
export function deriveSigningKey(secretAccessKey: string, date: string, region: string, service: string): SigningKey {
  let key: Buffer | string = `AWS4${secretAccessKey}`;
  for (const part of [date, region, service, 'aws4_request']) key = createHmac('sha256', key).update(part).digest();
  const inner = Buffer.alloc(BLOCK_BYTES, 0x36);
  const outer = Buffer.alloc(BLOCK_BYTES, 0x5c);
  for (const [index, byte] of Buffer.from(key).entries()) {
    inner[index] = 0x36 ^ byte;
    outer[index] = 0x5c ^ byte;
  }
  return { inner, outer };
}

/** SHA-256 works on blocks of this size, and gives digests of that. */
const BLOCK_BYTES = 64;
const DIGEST_BYTES = 32;

/** The HMAC of `text`, which is ASCII, in hexadecimal. */
function authenticateText(key: SigningKey, text: string): string {
  const inner = Buffer.allocUnsafe(BLOCK_BYTES + text.length);
  inner.set(key.inner);
  inner.write(text, BLOCK_BYTES, 'latin1');
  const outer = Buffer.allocUnsafe(BLOCK_BYTES + DIGEST_BYTES);
  outer.set(key.outer);
  outer.write(hash('sha256', inner, 'hex'), BLOCK_BYTES, 'hex');
  return hash('sha256', outer, 'hex');
}

/** The signature that the signer of `request` must have come to: 64 lower-case hexadecimal digits. */
export function computeSignature(request: SignedRequest, input: SignatureInput): string {
  const bodyHash = hash('sha256', input.body, 'hex');
  let canonical = `${request.method ?? ''}\n${canonicalizePath(request.url)}\n${canonicalizeQuery(input.query)}\n`;
  for (const name of input.signedHeaderNames) canonical += `${name}:${canonicalizeHeader(request, name)}\n`;
  canonical += `\n${input.signedHeaders}\n${bodyHash}`;
  // Header values are bytes that the HTTP parser shows as Latin-1; the signer hashed those bytes.
  const canonicalHash = hash('sha256', Buffer.from(canonical, 'latin1'), 'hex');
  return authenticateText(input.signingKey, `AWS4-HMAC-SHA256\n${input.date}\n${input.scope}\n${canonicalHash}`);
}

/** The path without what is superfluous in it, each of its segments encoded as it was sent: once more, that is. */
function canonicalizePath(url = '/'): string {
  const path = url.split('?', 1)[0] ?? '/';
  if (path === '/') return path;
  const segments: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(encodeUri(segment));
  }
  const end = segments.length > 0 && /\/\.{0,2}$/.test(path) ? '/' : '';
  return `/${segments.join('/')}${end}`;
}

/** A header's value with runs of spaces made one; the values of a repeated header stand between commas. */
function canonicalizeHeader(request: SignedRequest, name: string): string {
  const value = request.headers[name];
  if (value === undefined) return '';
  // Where values were joined, the parser put a comma and a space between them; the signer, a comma alone.
  if (typeof value === 'object' || value.includes(', ')) return collectHeader(request.rawHeaders, name).join(',');
  return collapseSpaces(value);
}

function collectHeader(rawHeaders: readonly string[], name: string): string[] {
  const values: string[] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    if (rawHeaders[i]?.toLowerCase() === name) values.push(collapseSpaces(rawHeaders[i + 1] ?? ''));
  }
  return values;
}

function collapseSpaces(value: string): string {
  return value.includes('  ') ? value.replaceAll(/ +/g, ' ') : value;
}

/** The parameters, encoded anew and in the order of their encoded names, then values. */
function canonicalizeQuery(query: URLSearchParams | undefined): string {
  if (query === undefined) return '';
  const pairs: [string, string][] = [];
  for (const [name, value] of query) {
    if (name !== 'X-Amz-Signature') pairs.push([encodeUri(name), encodeUri(value)]);
  }
  pairs.sort((a, b) => compare(a[0], b[0]) || compare(a[1], b[1]));
  return pairs.map(([name, value]) => `${name}=${value}`).join('&');
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** RFC 3986: everything but letters, digits, `-`, `.`, `_` and `~` as upper-case hexadecimal. */
function encodeUri(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replaceAll(/[!'()*]/g, encodeAscii);
}

function encodeAscii(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}
