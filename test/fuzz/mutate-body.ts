/** Bodies made wrong: the text of their JSON, their bytes, and their compression. */
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import type { Draw } from '../metamorphic/draw.ts';
import { mutateBytes } from './mutate-text.ts';

const NUMBER_TEXTS =
  '1e999 -1e999 1E+400 01 +1 .5 1. -  - NaN Infinity 0x10 -0 1e-999 123456789012345678901234567890'.split(' ');
const VALUE_TEXTS = [
  '{',
  '[',
  '"',
  '\\',
  '',
  'undefined',
  "'a'",
  '/**/null',
  '"\\ud800"',
  '"\\u00"',
  '"\\x"',
  '"\u0001"',
];
const BODY_TEXTS = [
  '',
  ' ',
  'null',
  '[]',
  '0',
  '"a"',
  'true',
  '{}{}',
  '{} x',
  '\ufeff{}',
  '{"a"}',
  '{,}',
  '{"a":1,}',
  'x',
];

/** `text`, the JSON of an input, as bytes that are not quite that. */
export function mutateBody(draw: Draw, text: string): Buffer {
  const at = draw.below(text.length + 1);
  const value = (): string => draw.oneOf(draw.once(2) ? NUMBER_TEXTS : VALUE_TEXTS);
  return draw.oneOf([
    () => Buffer.from(text.slice(0, at)),
    () => mutateBytes(draw, Buffer.from(text)),
    () => mutateBytes(draw, Buffer.from(text)),
    () => Buffer.from(draw.oneOf(BODY_TEXTS)),
    () => Buffer.from(replaceValue(draw, text, value())),
    () => Buffer.from(replaceValue(draw, text, value())),
    () => Buffer.from(doubleMember(draw, text)),
    () => Buffer.from(doubleMember(draw, text)),
    () => Buffer.from(replaceValue(draw, text, deepText(draw))),
    () => Buffer.from(text.replaceAll('"', "'")),
    () => Buffer.from(text.replaceAll('{', `{${' '.repeat(draw.below(2_000))}`)),
    () => Buffer.from(text, 'utf16le'),
    () => Buffer.from(escapeAll(text)),
  ])();
}

const SIMPLE_VALUE = /(?<=:)("(?:[^"\\]|\\.)*"|true|false|null|-?\d+)/g;

function replaceValue(draw: Draw, text: string, replacement: string): string {
  const found = [...text.matchAll(SIMPLE_VALUE)];
  const chosen = draw.oneOf(found);
  if (chosen === undefined) return replacement;
  return text.slice(0, chosen.index) + replacement + text.slice(chosen.index + chosen[0].length);
}

/** A member twice in one object, with another value the first time. */
function doubleMember(draw: Draw, text: string): string {
  const found = [...text.matchAll(/(?<=[{,])("(?:[^"\\]|\\.)*"):/g)];
  const chosen = draw.oneOf(found);
  if (chosen === undefined) return text;
  const first = `${chosen[0]}${draw.oneOf(['null', '{}', '"a"', '1', '[]', '{"S":"a"}'])},`;
  return text.slice(0, chosen.index) + first + text.slice(chosen.index);
}

function deepText(draw: Draw): string {
  const depth = draw.oneOf([999, 1_000, 1_001, 20_000, 1_000_000]);
  const [open, close] = draw.oneOf([
    ['[', ']'],
    ['{"a":', '}'],
    ['{"L":[', ']}'],
    ['{"M":{"a":', '}}'],
  ]) as [string, string];
  return open.repeat(depth) + (draw.once(2) ? `0${close.repeat(depth)}` : '');
}

/** All letters of strings as escapes, which means the same. */
function escapeAll(text: string): string {
  return text.replaceAll(/[A-Za-z](?=[^"]*"(?:[^"]*"[^"]*")*[^"]*$)/g, (letter) => {
    return `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** A body as sent, with the header that says how it is compressed. */
export interface EncodedBody {
  readonly encoding: string;
  readonly body: Buffer;
}

/** `text` compressed, rightly or not. */
export function drawEncodedBody(draw: Draw, text: string): EncodedBody {
  if (draw.once(40)) return { encoding: 'gzip', body: draw.oneOf(BOMBS)() };
  const [encoding, compress] = draw.oneOf([
    ['gzip', gzipSync],
    ['GZip ', gzipSync],
    ['deflate', deflateSync],
    ['deflate', deflateRawSync],
    ['gzip', deflateSync],
    ['deflate', gzipSync],
    ['identity', Buffer.from],
    ['', Buffer.from],
    ['gzip', Buffer.from],
    ['deflate', Buffer.from],
    ['br', Buffer.from],
    ['gzip, gzip', gzipSync],
    ['aws-chunked', Buffer.from],
  ] as [string, (bytes: Buffer) => Buffer][]) as [string, (bytes: Buffer) => Buffer];
  const body = compress(Buffer.from(text));
  return draw.oneOf<() => EncodedBody>([
    () => ({ encoding, body }),
    () => ({ encoding, body: body.subarray(0, draw.below(body.length)) }),
    () => ({ encoding, body: mutateBytes(draw, body) }),
    () => ({ encoding, body: Buffer.concat([body, body]) }),
  ])();
}

const BOMB_BYTES = 16 * 1024 * 1024;

/** What is small on the way and large, or slow to read, once it is decompressed. Each is made when first drawn. */
const BOMBS: readonly (() => Buffer)[] = [
  () => ' '.repeat(BOMB_BYTES),
  () => ' '.repeat(BOMB_BYTES + 1),
  () => '\0'.repeat(4 * BOMB_BYTES),
  () => '['.repeat(BOMB_BYTES),
  () => `{"TableName":"${'a'.repeat(BOMB_BYTES - 16)}"}`,
  () => `{"TableName":"${'\\ud800'.repeat(2_700_000)}"}`,
  () => `{"a":[${'0,'.repeat(BOMB_BYTES / 2 - 8)}0]}`,
  () => `{"a":[${'{},'.repeat(5_000_000)}0]}`,
  () => `{"a":1${',"a":1'.repeat(2_700_000)}}`,
  () => `{${Array.from({ length: 1_000_000 }, (_, i) => `"a${i}":1`).join(',')}}`,
  () =>
    `{"Item":{${Array.from({ length: 140_000 }, (_, i) => `"a${i}":{"N":"1"}`).join(',')}},"TableName":"FuzzPlain"}`,
  () => `{"Item":{"pk":{"S":"a"},"l":{"L":[${'{"N":"1"},'.repeat(1_500_000)}{"N":"1"}]}},"TableName":"FuzzPlain"}`,
  () => `{"Item":{"pk":{"S":"a"},"l":{"SS":[${'"",'.repeat(5_000_000)}""]}},"TableName":"FuzzPlain"}`,
  () => `{"Item":{"pk":{"S":"a"},"l":{"NS":[${'"1",'.repeat(4_000_000)}"1"]}},"TableName":"FuzzPlain"}`,
  () => `{"a":"${'\\ud800'.repeat(10)}","b":[${'"\\ud800",'.repeat(1_700_000)}0]}`,
].map((makeText) => {
  let bomb: Buffer | undefined;
  return () => (bomb ??= gzipSync(makeText(), { level: 1 }));
});
