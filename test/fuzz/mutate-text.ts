/** Texts made wrong: expressions and statements by words, numbers by the edges of their rules, tokens by bytes. */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Draw } from '../metamorphic/draw.ts';
import { mutateJson } from './mutate-json.ts';

const WORD = /[A-Za-z_]\w*|[#:]\w+|\d+|<>|<=|>=|'[^']*'|"[^"]*"|\s+|[^]/gu;

const VOCABULARY = [
  ...'( ) [ ] { } , . = < > <> <= >= != + - * / ? # : @ \' " ` ; -- /* \\ \u0000 \u00a0 \u2028 \ud800 é 😀'.split(' '),
  ...'AND OR NOT IN BETWEEN SET ADD REMOVE DELETE size contains begins_with attribute_exists attribute_type'.split(' '),
  ...'if_not_exists list_append SELECT FROM WHERE INSERT INTO VALUE UPDATE RETURNING ALL NEW OLD EXISTS'.split(' '),
  ...'IS MISSING NULL ORDER BY ASC DESC LIMIT TRUE << >> set_add set_delete name status hash :v0 :v1 :none #n0'.split(
    ' ',
  ),
  ...'#none a.b a[0] [99999999999999999999] [-1] [1.5] 1e999 -0 0x1 9999999999999999999999999999999999999999'.split(
    ' ',
  ),
  '__proto__',
  'constructor',
  'hasOwnProperty',
];

/** `text`, an expression or a statement, made wrong by some of its words. */
export function mutateWords(draw: Draw, text: string): string {
  if (draw.once(6)) return growText(draw, text);
  const words = text.match(WORD) ?? [];
  for (let changes = 1 + draw.below(3); changes > 0; changes--) mutateWord(draw, words);
  return words.join('');
}

const COPIED_WORDS_MAX = 1_000;

function mutateWord(draw: Draw, words: string[]): void {
  const at = draw.below(words.length + 1);
  const other = words[draw.below(words.length)] ?? '';
  draw.oneOf([
    () => words.splice(at, 1),
    () => words.splice(at, 1 + draw.below(5)),
    () => words.splice(at, 0, other),
    () => words.splice(at, 1, draw.oneOf(VOCABULARY)),
    () => words.splice(at, 0, draw.oneOf(VOCABULARY)),
    () => words.splice(at, 0, ' ', draw.oneOf(VOCABULARY), ' '),
    () => words.splice(at),
    () => words.splice(0, at),
    () => words.splice(at, 0, ...words.slice(draw.below(words.length + 1)).slice(0, COPIED_WORDS_MAX)),
  ])();
}

const GROWN_LENGTH_MAX = 400_000;

/** Around the limits: 4,096 bytes of an expression, 8,192 of a statement, 300 operators, and any depth. */
function growText(draw: Draw, text: string): string {
  const most = Math.floor(GROWN_LENGTH_MAX / (text.length + 1));
  const count = Math.min(most, draw.oneOf([10, 99, 100, 101, 299, 300, 301, 600, 2_000, 20_000]));
  const bytes = draw.oneOf([4_095, 4_096, 4_097, 8_191, 8_192, 8_193, 100_000]);
  return draw.oneOf([
    () => text + ' '.repeat(Math.max(0, bytes - text.length)),
    () => text.padEnd(bytes, draw.oneOf(['a', '(', '.', '😀', "'", ',', '-', '[0]', '.a'])),
    () => '('.repeat(count) + text + ')'.repeat(draw.once(4) ? count - 1 : count),
    () => 'NOT '.repeat(count) + text,
    () => Array.from({ length: count }, () => text).join(draw.oneOf([' AND ', ' OR ', ' ', ', '])),
    () => text + Array.from({ length: count }, (_, i) => `${draw.oneOf([', ', ' OR '])}a${i}`).join(''),
    () => `a IN (${Array.from({ length: count }, () => ':v0').join(', ')})`,
    () => `SET a = ${Array.from({ length: count }, () => ':v0').join(' + ')}`,
    () => `${text} a${'.b'.repeat(count)}`,
    () => `${text}${'[0]'.repeat(count)}`,
    () => `SELECT * FROM "FuzzPlain" WHERE pk IN [${Array.from({ length: count }, (_, i) => `'${i}'`).join(',')}]`,
    () => `INSERT INTO "FuzzPlain" VALUE {'pk': ${'['.repeat(count)}${']'.repeat(count)}}`,
    () => `INSERT INTO "FuzzPlain" VALUE {'pk': ${"{'a':".repeat(count)}1${'}'.repeat(count)}}`,
  ])();
}

const NINES = '9'.repeat(38);

/** At the edges: 38 digits, magnitudes from 1E-130 up to 9.99E125, and what is a number elsewhere only. */
const NUMBERS: readonly string[] = [
  ...`0 -0 +0 0e126 0e-131 0e999999999 -0E+125 00042 +5 5. .5 . - + e e5 1e 1e+ 1e- --1 1-1 1.5E2 1_000 1,000`.split(
    ' ',
  ),
  ...`1E125 1E126 9.99E125 9.99E126 -1E126 1E-130 1E-131 9E-131 -1E-130 1e400 1e-400 1e99999999999999999999`.split(' '),
  ...`1e+125 1e0125 1e00000000000000000000125 NaN Infinity -Infinity 0x10 0b1 1n ١٢ １ 1e1.5 1E5E5 null true`.split(
    ' ',
  ),
  [NINES, `-${NINES}`, `${NINES}9`, `${NINES}0`, `0.${NINES}`, `0.${NINES}1`, `${NINES}e87`, `${NINES}e88`],
  [`${NINES}E-168`, `${NINES}E-130`, `1${'0'.repeat(37)}1`, `1${'0'.repeat(36)}.1`, `1.${'0'.repeat(38)}`],
  [`1${'0'.repeat(125)}`, `1${'0'.repeat(126)}`, `0.${'0'.repeat(129)}1`, `0.${'0'.repeat(130)}1`],
  ['', ' ', ' 1', '1 ', '1\n', '1\u0000', '\u0661', '1'.repeat(400), '1'.repeat(100_000), '0'.repeat(100_000)],
  [`0.${'0'.repeat(100_000)}`, `${'0'.repeat(100_000)}1`, `1e${'0'.repeat(100_000)}`, `1e${'9'.repeat(100_000)}`],
].flat();

/** A number, possible or not. */
export function drawEdgeNumber(draw: Draw): string {
  if (!draw.once(3)) return draw.oneOf(NUMBERS);
  const digits = (count: number): string => Array.from({ length: count }, () => draw.below(10)).join('');
  const sign = draw.oneOf(['', '-', '+']);
  const exponent = draw.once(2) ? '' : `${draw.oneOf(['e', 'E', 'e+', 'e-'])}${draw.below(300)}`;
  return `${sign}${digits(draw.below(45))}${draw.oneOf(['', '.'])}${digits(draw.below(45))}${exponent}`;
}

/** `token`, from an answer, made wrong: its text, its bytes, or what those say. */
export function mutateToken(draw: Draw, token: string): string {
  return draw.oneOf([
    () => token.slice(0, draw.below(token.length)),
    () => token + draw.oneOf(['=', 'A', 'AAAA', '\u0000', token]),
    () => draw.oneOf(['none', '=', 'AAAA', 'a'.repeat(32_768), 'a'.repeat(32_769), 'null', '{}', '😀']),
    () => mutateBytes(draw, Buffer.from(token, 'base64')).toString('base64'),
    () => deflateRawSync(mutateBytes(draw, inflated(token))).toString('base64'),
    () => deflateRawSync(JSON.stringify(mutateJson(draw, parsed(token))) ?? '').toString('base64'),
    () => draw.oneOf(DEEP_TOKENS),
  ])();
}

/** What unpacks to much, or to many levels. */
const DEEP_TOKENS = ['\0'.repeat(5_000_000), '['.repeat(1_000), '['.repeat(100_000)].map((text) =>
  deflateRawSync(text).toString('base64'),
);

function inflated(token: string): Buffer {
  try {
    return inflateRawSync(Buffer.from(token, 'base64'));
  } catch {
    return Buffer.from(token);
  }
}

function parsed(token: string): unknown {
  try {
    return JSON.parse(inflated(token).toString());
  } catch {
    return token;
  }
}

/** `bytes` with some of them changed, left out or put in. */
export function mutateBytes(draw: Draw, bytes: Buffer): Buffer {
  let mutated = Buffer.from(bytes);
  for (let changes = 1 + draw.below(4); changes > 0; changes--) {
    const at = draw.below(mutated.length + 1);
    const inserted = Buffer.from(draw.oneOf(INSERTED_BYTES));
    const skipped = draw.below(4);
    mutated = Buffer.concat([mutated.subarray(0, at), inserted, mutated.subarray(at + skipped)]);
  }
  return mutated;
}

const INSERTED_BYTES: readonly (readonly number[])[] = [
  [],
  [0],
  [0x20],
  [0x22],
  [0x5c],
  [0x7b],
  [0x5d],
  [0x2c],
  [0x31],
  [0x7f],
  [0x80],
  [0xc0, 0x80],
  [0xed, 0xa0, 0x80],
  [0xef, 0xbb, 0xbf],
  [0xf5, 0x80, 0x80, 0x80],
  [0xff, 0xfe],
];
