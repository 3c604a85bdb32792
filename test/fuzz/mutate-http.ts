/** Requests made wrong in their heads, and bytes that are no requests at all. */
import { OPERATIONS } from '../../src/api/registry.ts';
import type { Draw } from '../metamorphic/draw.ts';
import { mutateBytes } from './mutate-text.ts';

export type Headers = Readonly<Record<string, string>>;

const HEX_64 = '0'.repeat(64);
const CREDENTIAL = 'test/20260101/us-east-1/dynamodb/aws4_request';
const AUTHORIZATION = `AWS4-HMAC-SHA256 Credential=${CREDENTIAL}, SignedHeaders=host;x-amz-date, Signature=${HEX_64}`;

const TARGETS_BY_OPERATION = new Map([...OPERATIONS].map(([target, { name }]) => [name, target]));

/** The headers of a proper request for `operation`, which the server has. */
export function headersOf(operation: string): Headers {
  return {
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-target': TARGETS_BY_OPERATION.get(operation) ?? operation,
    'x-amz-date': '20260101T000000Z',
    authorization: AUTHORIZATION,
  };
}

const TEXTS: readonly string[] = [
  ['', ' ', '\t', 'a', '0', '-1', 'null', ',', ';', '=', '"', '%00', '..', '__proto__', '\u00e9\u00ff', '*/*'],
  [255, 4_096, 15_000, 17_000, 70_000].map((length) => 'h'.repeat(length)),
].flat();
const TARGETS: readonly string[] = [
  ['DynamoDB_20120810', 'DynamoDB_20120810.', '.GetItem', 'GetItem', 'DynamoDB_20111205.GetItem'],
  ['dynamodb_20120810.GetItem', 'DynamoDB_20120810.getitem', 'DynamoDB_20120810.GetItem.GetItem'],
  ['DynamoDB_20120810.constructor', 'DynamoDB_20120810.__proto__', 'DynamoDBStreams_20120810.GetItem'],
  ['DynamoDB_20120810.SearchVectors', 'DynamoDB_20120810.GetItem, DynamoDB_20120810.PutItem'],
].flat();
const AUTHORIZATIONS: readonly string[] = [
  ['AWS4-HMAC-SHA256', 'AWS4-HMAC-SHA256 ', 'AWS4-HMAC-SHA256 a', 'AWS4-HMAC-SHA256 Credential=', 'Basic YTpi'],
  [`Bearer ${HEX_64}`, AUTHORIZATION.replace('Credential=', 'Credential=/'), AUTHORIZATION.repeat(3)],
  [AUTHORIZATION.replaceAll(',', ''), AUTHORIZATION.replaceAll(' ', ''), AUTHORIZATION.replace(/Signature.*/, '')],
  [AUTHORIZATION.replace('host;x-amz-date', ''), AUTHORIZATION.replace('20260101', '2026'), `${AUTHORIZATION},,=,a=b`],
].flat();

const HEADER_CHOICES: Readonly<Record<string, readonly string[]>> = {
  'x-amz-target': [...TARGETS, ...TEXTS],
  authorization: [...AUTHORIZATIONS, ...TEXTS],
  'content-type': [
    ['application/json', 'application/x-amz-json-1.1', 'application/x-amz-json-1.0; charset=utf-16'],
    ['APPLICATION/X-AMZ-JSON-1.0', 'text/plain', 'application/x-amz-json-1.0;;', 'multipart/form-data'],
    ...TEXTS,
  ].flat(),
  'x-amz-date': ['20260101', '2026-01-01T00:00:00Z', '99999999T999999Z', 'Thu, 01 Jan 2026 00:00:00 GMT', ...TEXTS],
  date: ['Thu, 01 Jan 2026 00:00:00 GMT', ...TEXTS],
  'x-amz-security-token': TEXTS,
  'x-amz-content-sha256': ['UNSIGNED-PAYLOAD', 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD', ...TEXTS],
  'accept-encoding': ['gzip', 'deflate', 'gzip;q=0', 'gzip;q=,deflate;q=2', '*', 'gzip,'.repeat(2_000), ...TEXTS],
  origin: ['http://example.com', 'null', ...TEXTS],
  expect: ['100-continue', '100-Continue', '200-ok', ...TEXTS],
  connection: ['close', 'keep-alive', 'upgrade', 'close, keep-alive'],
  upgrade: ['websocket', 'h2c'],
  host: TEXTS,
  'user-agent': TEXTS,
  'content-encoding': TEXTS,
  'x-amz-crc32': TEXTS,
  cookie: TEXTS,
};

const METHODS = ['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE', 'PURGE', 'SEARCH'];
const PATHS = [
  ['/?', '/?a', '/?%', '//', '/a', '/health/live', '/health/ready', '/%00', '*', '/..', `/${'p'.repeat(15_000)}`],
  ['/?X-Amz-Algorithm=AWS4-HMAC-SHA256', `/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${CREDENTIAL}`],
  `/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${CREDENTIAL}&X-Amz-Date=20260101T000000Z` +
    `&X-Amz-Expires=9e9&X-Amz-SignedHeaders=host&X-Amz-Signature=${HEX_64}`,
].flat();

export interface RequestHead {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
}

/** The head of a request for `operation` with one to three things wrong in it. */
export function drawHead(draw: Draw, operation: string): RequestHead {
  const headers: Record<string, string> = { ...headersOf(operation) };
  for (let changes = 1 + draw.below(3); changes > 0; changes--) {
    const [name, values] = draw.oneOf(Object.entries(HEADER_CHOICES));
    if (draw.once(8)) delete headers[name];
    else if (draw.once(60))
      Object.assign(headers, Object.fromEntries(draw.upTo(300, () => [`x-${draw.below(1e9)}`, 'a'])));
    else headers[name] = draw.oneOf(values);
  }
  const method = draw.once(8) ? draw.oneOf(METHODS) : 'POST';
  return { method, path: draw.once(6) ? draw.oneOf(PATHS) : '/', headers };
}

/** Bytes for a connection of their own: a request for `operation` whose HTTP is made wrong. */
export function drawRawRequest(draw: Draw, operation: string, body: Buffer): Buffer {
  const fields = Object.entries({ host: 'localhost', ...headersOf(operation) }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  const ends = ['\r\n', '\n', '\r', '\r\n\r\n'];
  const end = draw.once(8) ? draw.oneOf(ends) : '\r\n';
  const right: readonly [fields: readonly string[], body: Buffer] = [[`content-length: ${body.length}`], body];
  const framed = draw.once(3)
    ? right
    : draw.oneOf<() => readonly [fields: readonly string[], body: Buffer]>([
        () => [[`content-length: ${drawWrongLength(draw, body.length)}`], body],
        () => [[`content-length: ${body.length}`, `content-length: ${drawWrongLength(draw, body.length)}`], body],
        () => [[`content-length: ${body.length}`, 'transfer-encoding: chunked'], chunked(draw, body)],
        () => [
          [`transfer-encoding: ${draw.oneOf(['chunked', 'Chunked, gzip', 'identity', 'x'])}`],
          chunked(draw, body),
        ],
        () => [[], body],
        () => [[`content-length: ${body.length}`, draw.oneOf(WRONG_FIELDS)], body],
      ])();
  const line = draw.once(6) ? draw.oneOf(REQUEST_LINES) : 'POST / HTTP/1.1';
  const head = Buffer.from([line, ...fields, ...framed[0], '', ''].join(end), 'latin1');
  const whole = Buffer.concat([head, framed[1]]);
  return draw.oneOf([
    () => whole,
    () => mutateBytes(draw, whole),
    () => whole,
    () => Buffer.concat([whole, whole]),
    () => Buffer.concat([whole, whole.subarray(0, draw.below(whole.length))]),
    () => whole.subarray(0, draw.below(whole.length)),
    () => Buffer.concat([mutateBytes(draw, head), framed[1]]),
  ])();
}

const REQUEST_LINES = [
  [
    'POST /',
    'POST',
    '',
    'POST / HTTP/0.9',
    'POST / HTTP/2.0',
    'PRI * HTTP/2.0',
    'POST  /  HTTP/1.1',
    'post / HTTP/1.1',
  ],
  ['POST http://localhost/ HTTP/1.1', 'CONNECT localhost:1 HTTP/1.1', 'POST / HTTP/1.0', '\u0016\u0003\u0001\u0002'],
  `POST /${'p'.repeat(20_000)} HTTP/1.1`,
].flat();
const WRONG_FIELDS = [
  [
    'no colon',
    ': no name',
    'a b: c',
    'a\u0000: b',
    'a: b\u0000',
    'host: other',
    ' folded',
    `long: ${'h'.repeat(20_000)}`,
  ],
  ['expect: 100-continue', 'upgrade: h2c', 'trailer: x'],
].flat();

function drawWrongLength(draw: Draw, length: number): string {
  return draw.oneOf(
    [
      [length + 1, length - 1, 0, -1, length * 2, 16_777_216, 16_777_217, 1e12].map(String),
      ['', ' ', '0x10', '1e3', '+5', '99999999999999999999999', 'NaN', `${length}, ${length}`, `0${length}`],
    ].flat(),
  );
}

function chunked(draw: Draw, body: Buffer): Buffer {
  const size = draw.oneOf(
    [
      [body.length.toString(16), (body.length + 1).toString(16), 'fffffffffffffffff', '-1', 'g', '0', ''],
      [`${body.length.toString(16)};a=${'b'.repeat(100)}`, `0000${body.length.toString(16)}`],
    ].flat(),
  );
  return Buffer.concat([
    Buffer.from(`${size}\r\n`),
    body,
    Buffer.from(draw.oneOf(['\r\n0\r\n\r\n', '\r\n', '0\r\n', ''])),
  ]);
}
