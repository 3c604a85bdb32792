import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { canonicalNumber } from './arbitraries.test.ts';
import { addNumbers, compareNumbers, formatDecimal, parseDecimal, parseNumber, subtractNumbers } from './number.ts';

const OVERFLOW = 'Number overflow. Attempting to store a number with magnitude larger than supported range';
const UNDERFLOW = 'Number underflow. Attempting to store a number with magnitude smaller than supported range';
const TOO_PRECISE = 'Attempting to store more than 38 significant digits in a Number';
const NOT_NUMERIC = 'The parameter cannot be converted to a numeric value';

const NINES = '9'.repeat(38);

describe('parseNumber gives the canonical text', () => {
  const cases: readonly (readonly [text: string, canonical: string])[] = [
    ['0', '0'],
    ['5', '5'],
    ['+5', '5'],
    ['-5', '-5'],
    ['5.', '5'],
    ['.5', '0.5'],
    ['-.5', '-0.5'],
    ['+.5e1', '5'],
    ['00042', '42'],
    ['-00042', '-42'],
    ['1.5E2', '150'],
    ['1.5e+2', '150'],
    ['1.5e-2', '0.015'],
    ['1.E2', '100'],
    ['1.0', '1'],
    ['1.500', '1.5'],
    ['0.00', '0'],
    ['100', '100'],
    ['100.50', '100.5'],
    ['-0', '0'],
    ['+0', '0'],
    ['-0.000', '0'],
    ['0e125', '0'],
    ['0e-200', '0'],
    ['0.0e126', '0'],
    [NINES, NINES],
    [`-${NINES}`, `-${NINES}`],
    [`0.${NINES}`, `0.${NINES}`],
    [`${'9'.repeat(19)}.${'9'.repeat(19)}`, `${'9'.repeat(19)}.${'9'.repeat(19)}`],
    [`000${NINES}000`, `${NINES}000`],
    [`1${'0'.repeat(38)}`, `1${'0'.repeat(38)}`],
    ['1e125', `1${'0'.repeat(125)}`],
    [`9.${'9'.repeat(37)}e125`, NINES + '0'.repeat(88)],
    [`-9.${'9'.repeat(37)}E+125`, `-${NINES}${'0'.repeat(88)}`],
    ['0.01e127', `1${'0'.repeat(125)}`],
    ['1e-130', `0.${'0'.repeat(129)}1`],
    ['-1E-130', `-0.${'0'.repeat(129)}1`],
    ['1000e-133', `0.${'0'.repeat(129)}1`],
    [`1.${'0'.repeat(36)}1e-130`, `0.${'0'.repeat(129)}1${'0'.repeat(36)}1`],
    ['1e00000000000000000000000001', '10'],
  ];
  for (const [text, canonical] of cases) {
    test(text.length > 40 ? `${text.slice(0, 40)}... (${text.length})` : text, () => {
      assert.equal(parseNumber(text), canonical);
      assert.equal(parseNumber(canonical), canonical);
    });
  }

  test('of texts of a million characters', () => {
    const million = 1_000_000;
    assert.equal(parseNumber(`${'0'.repeat(million)}5`), '5');
    assert.equal(parseNumber(`5.${'0'.repeat(million)}`), '5');
    assert.equal(parseNumber(`0.${'0'.repeat(million)}1e${million + 1}`), '1');
    assert.equal(parseNumber(`1${'0'.repeat(million)}e-${million}`), '1');
  });
});

describe('parseNumber rejects', () => {
  const million = 1_000_000;
  const cases: readonly (readonly [text: string, message: string])[] = [
    ['1e126', OVERFLOW],
    ['-1e126', OVERFLOW],
    ['10e125', OVERFLOW],
    [`1${'0'.repeat(126)}`, OVERFLOW],
    ['0e126', OVERFLOW],
    ['1e999999999999999999999', OVERFLOW],
    ['1e-131', UNDERFLOW],
    ['-1e-131', UNDERFLOW],
    ['0.1e-130', UNDERFLOW],
    ['1e-999999999999999999999', UNDERFLOW],
    ['1'.repeat(39), TOO_PRECISE],
    [`-${'1'.repeat(39)}`, TOO_PRECISE],
    [`1${'0'.repeat(37)}1`, TOO_PRECISE],
    [`0.${'1'.repeat(39)}`, TOO_PRECISE],
    [`${'1'.repeat(20)}.${'1'.repeat(19)}`, TOO_PRECISE],
    ['1'.repeat(million), OVERFLOW],
    [`0.${'1'.repeat(million)}`, TOO_PRECISE],
    [`1e${'9'.repeat(million)}`, OVERFLOW],
    [`1e-${'9'.repeat(million)}`, UNDERFLOW],
    ['', NOT_NUMERIC],
  ];
  const notNumbers = [
    ' ',
    ' 5',
    '5 ',
    '5\n',
    '\t5',
    '1 2',
    '1_000',
    '1,000',
    '0x10',
    '0b1',
    '5n',
    '.',
    '+',
    '-',
    '+-5',
    '--5',
    '- 5',
    'e5',
    '.e5',
    '1e',
    '1e+',
    '1e5.5',
    '1.2.3',
    '1ee5',
    'NaN',
    'Infinity',
    '-Infinity',
    'null',
    'true',
    'abc',
    '5\0',
    '\u0665',
    '\uff15',
    '\u00b2',
    '\u22125',
    '1\u0301',
    '1'.repeat(million) + 'x',
    `1.${'1'.repeat(million)}x`,
  ];
  for (const [text, message] of [...cases, ...notNumbers.map((word) => [word, `${NOT_NUMERIC}: ${word}`] as const)]) {
    test(JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}... (${text.length})` : text), () => {
      assert.throws(() => parseNumber(text), { name: 'ValidationException', message });
    });
  }
});

test('parseDecimal tells sign, digits and the power of ten of the first digit', () => {
  assert.deepEqual(parseDecimal('-120.50'), { negative: true, digits: '1205', exponent: 2 });
  assert.deepEqual(parseDecimal('0.0034'), { negative: false, digits: '34', exponent: -3 });
  assert.deepEqual(parseDecimal('-0.0'), { negative: false, digits: '', exponent: 0 });
});

test('every way to write a number has one canonical text', () => {
  const writing = fc.record({
    canonical: canonicalNumber,
    zerosBefore: fc.nat({ max: 3 }),
    zerosAfter: fc.nat({ max: 3 }),
    point: fc.integer({ min: -5, max: 5 }),
    letter: fc.constantFrom('e', 'E'),
  });
  fc.assert(
    fc.property(writing, ({ canonical, zerosBefore, zerosAfter, point, letter }) => {
      const { negative, digits, exponent } = parseDecimal(canonical);
      const sign = negative ? '-' : '+';
      // A zero is written without an exponent, which could take it out of the range.
      if (digits === '') return parseNumber(`${sign}0.${'0'.repeat(zerosAfter)}`) === '0';
      const padded = '0'.repeat(zerosBefore + 6) + digits + '0'.repeat(zerosAfter + 6);
      const at = zerosBefore + 6 + point;
      const power = exponent + 1 - point;
      return parseNumber(`${sign}${padded.slice(0, at)}.${padded.slice(at)}${letter}${power}`) === canonical;
    }),
    { numRuns: 500 },
  );
});

test('formatDecimal undoes parseDecimal', () => {
  fc.assert(fc.property(canonicalNumber, (number) => formatDecimal(parseDecimal(number)) === number));
});

/** Far below the last digit of the least number: 10 to the -130, with 38 digits. */
const SCALE = 170;

/** The exact value of a plain decimal as a count of ten to -SCALE, worked out without the code under test. */
function exactly(number: string): bigint {
  const [integer = '', fraction = ''] = number.replace('-', '').split('.');
  const magnitude = BigInt(integer + fraction.padEnd(SCALE, '0'));
  return number.startsWith('-') ? -magnitude : magnitude;
}

/** Whether a count of ten to -SCALE is a DynamoDB number. */
function isStorable(value: bigint): boolean {
  const digits = (value < 0n ? -value : value).toString();
  if (digits === '0') return true;
  const exponent = digits.length - 1 - SCALE;
  return exponent <= 125 && exponent >= -130 && digits.replace(/0+$/, '').length <= 38;
}

function isExact(compute: () => string, expected: bigint): boolean {
  if (!isStorable(expected)) {
    assert.throws(compute, { name: 'ValidationException' });
    return true;
  }
  const result = compute();
  return exactly(result) === expected && parseNumber(result) === result;
}

test('sums and differences are exact or refused', () => {
  fc.assert(
    fc.property(canonicalNumber, canonicalNumber, (left, right) => {
      return (
        isExact(() => addNumbers(left, right), exactly(left) + exactly(right)) &&
        isExact(() => subtractNumbers(left, right), exactly(left) - exactly(right))
      );
    }),
    { numRuns: 1000 },
  );
});

test('sums at the edges of range and precision', () => {
  assert.equal(addNumbers('0.1', '0.2'), '0.3');
  assert.equal(addNumbers('-5', '5'), '0');
  assert.equal(subtractNumbers('0', '0'), '0');
  assert.equal(subtractNumbers('0', '5'), '-5');
  assert.equal(addNumbers(NINES, '1'), `1${'0'.repeat(38)}`);
  assert.equal(subtractNumbers(parseNumber('1e125'), parseNumber('1e125')), '0');
  const largest = parseNumber(`${NINES}e88`);
  assert.throws(() => addNumbers(largest, parseNumber('1e88')), { message: OVERFLOW });
  assert.throws(() => subtractNumbers(`-${largest}`, largest), { message: OVERFLOW });
  assert.throws(() => addNumbers(`1${'0'.repeat(37)}`, '0.1'), { message: TOO_PRECISE });
  assert.throws(() => addNumbers(parseNumber('1e125'), parseNumber('1e-130')), { message: TOO_PRECISE });
  const close = parseNumber('1.1e-130');
  assert.throws(() => subtractNumbers(close, parseNumber('1e-130')), { message: UNDERFLOW });
});

test('compareNumbers is the order of the exact values', () => {
  fc.assert(
    fc.property(canonicalNumber, canonicalNumber, (left, right) => {
      const difference = exactly(left) - exactly(right);
      return Math.sign(compareNumbers(left, right)) === (difference < 0n ? -1 : difference > 0n ? 1 : 0);
    }),
    { numRuns: 1000 },
  );
});

test('compareNumbers tells neighbours beyond the precision of a double apart', () => {
  assert.ok(compareNumbers('9007199254740993', '9007199254740992') > 0);
  assert.ok(compareNumbers('-9007199254740993', '-9007199254740992') < 0);
  assert.ok(compareNumbers('0.1000000000000000000001', '0.1') > 0);
  assert.ok(compareNumbers(parseNumber('1e-130'), '0') > 0);
  assert.ok(compareNumbers(parseNumber('-1e-130'), '0') < 0);
});
