import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { canonicalItem, canonicalNumber } from './arbitraries.test.ts';
import { type AttributeValue, parseItem } from './attribute-value.ts';
import { parseDecimal } from './number.ts';
import { attributeValueSizeBytes, itemSizeBytes } from './size.ts';

describe('attributeValueSizeBytes', () => {
  const cases: readonly (readonly [value: AttributeValue, sizeBytes: number])[] = [
    [{ S: '' }, 0],
    [{ S: 'abc' }, 3],
    [{ S: 'é' }, 2],
    [{ S: '€' }, 3],
    [{ S: '😀' }, 4],
    [{ S: 'é'.repeat(500) }, 1000],
    [{ B: '' }, 0],
    [{ B: 'AA==' }, 1],
    [{ B: 'AAA=' }, 2],
    [{ B: 'AAAA' }, 3],
    [{ BOOL: true }, 1],
    [{ BOOL: false }, 1],
    [{ NULL: true }, 1],
    // One byte, one for each two digits on either side of the point, one for a minus sign.
    [{ N: '0' }, 1],
    [{ N: '5' }, 2],
    [{ N: '-5' }, 3],
    [{ N: '42' }, 2],
    [{ N: '123' }, 3],
    [{ N: '100' }, 2],
    [{ N: '1200' }, 2],
    [{ N: '1020' }, 3],
    [{ N: '0.5' }, 2],
    [{ N: '-0.5' }, 3],
    [{ N: '0.0005' }, 2],
    [{ N: '0.0105' }, 3],
    [{ N: '1.5' }, 3],
    [{ N: '1.05' }, 3],
    [{ N: '100.5' }, 4],
    [{ N: '-123.456' }, 6],
    [{ N: '9'.repeat(38) }, 20],
    [{ N: `-${'9'.repeat(38)}` }, 21],
    [{ N: `1${'0'.repeat(125)}` }, 2],
    [{ N: `0.${'0'.repeat(129)}1` }, 2],
    [{ SS: ['a', 'bc', ''] }, 3],
    [{ NS: ['5', '-100', '1.5'] }, 2 + 3 + 3],
    [{ BS: ['AA==', 'AAAA'] }, 4],
    [{ L: [] }, 3],
    [{ M: {} }, 3],
    [{ L: [{ S: 'ab' }, { N: '5' }] }, 3 + (1 + 2) + (1 + 2)],
    [{ M: { ab: { S: 'cd' } } }, 3 + (1 + 2 + 2)],
    [{ M: { a: { L: [{ BOOL: true }] }, é: { NULL: true } } }, 3 + (1 + 1 + (3 + 1 + 1)) + (1 + 2 + 1)],
  ];
  for (const [value, sizeBytes] of cases) {
    const text = JSON.stringify(value);
    test(`${text.length > 60 ? `${text.slice(0, 60)}... (${text.length})` : text} is ${sizeBytes}`, () => {
      assert.equal(attributeValueSizeBytes(value), sizeBytes);
    });
  }

  test('of a number depends only on its digits, its sign and where its point stands among them', () => {
    fc.assert(
      fc.property(canonicalNumber, (N) => {
        const { negative, digits, exponent } = parseDecimal(N);
        const integerDigits = Math.min(Math.max(exponent + 1, 0), digits.length);
        const fractionDigits = digits.length - integerDigits;
        const expected = 1 + Math.ceil(integerDigits / 2) + Math.ceil(fractionDigits / 2) + (negative ? 1 : 0);
        // A fraction keeps the zeros between the point and its first digit where there is an integer part.
        return attributeValueSizeBytes({ N }) === expected;
      }),
    );
  });
});

describe('itemSizeBytes', () => {
  test('adds the names, in UTF-8, to the values', () => {
    assert.equal(itemSizeBytes(parseItem({})), 0);
    assert.equal(itemSizeBytes(parseItem({ '': { S: '' } })), 0);
    assert.equal(itemSizeBytes(parseItem({ pk: { S: 'a' }, größe: { N: '10' }, '😀': { NULL: true } })), 3 + 9 + 5);
    assert.equal(itemSizeBytes(parseItem(JSON.parse('{"__proto__":{"S":"abc"}}'))), 12);
  });

  test('of an item is that of a map of the same attributes less the overhead of the map', () => {
    fc.assert(
      fc.property(canonicalItem, (item) => {
        const overhead = 3 + Object.keys(item).length;
        return attributeValueSizeBytes({ M: item }) === itemSizeBytes(item) + overhead;
      }),
    );
  });

  test('of strings agrees with their bytes in UTF-8, halves of surrogate pairs too', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (S) => {
        return attributeValueSizeBytes({ S }) === new TextEncoder().encode(S).length;
      }),
    );
  });
});
