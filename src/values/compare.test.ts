import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { canonicalItem, canonicalValue, wellFormedString } from './arbitraries.test.ts';
import { type AttributeValue, type Item, emptyItem, parseAttributeValue, parseItem } from './attribute-value.ts';
import { compareValues, equalItems, equalValues } from './compare.ts';

/** `value` with the members of all sets and the attributes of all maps the other way round. */
function reverseValue(value: AttributeValue): AttributeValue {
  if ('SS' in value) return { SS: value.SS.toReversed() };
  if ('NS' in value) return { NS: value.NS.toReversed() };
  if ('BS' in value) return { BS: value.BS.toReversed() };
  if ('L' in value) return { L: value.L.map(reverseValue) };
  if ('M' in value) return { M: reverseItem(value.M) };
  return value;
}

function reverseItem(item: Item): Item {
  const reversed = emptyItem();
  for (const name of Object.keys(item).toReversed()) reversed[name] = reverseValue(item[name] as AttributeValue);
  return reversed;
}

/** A text that is the same for equal values and for no others. */
function fingerprint(value: AttributeValue): unknown {
  if ('SS' in value) return { SS: value.SS.toSorted() };
  if ('NS' in value) return { NS: value.NS.toSorted() };
  if ('BS' in value) return { BS: value.BS.toSorted() };
  if ('L' in value) return { L: value.L.map(fingerprint) };
  if ('M' in value) {
    const { M } = value;
    return {
      M: Object.keys(M)
        .toSorted()
        .map((name) => [name, fingerprint(M[name] as AttributeValue)]),
    };
  }
  return value;
}

describe('equalValues', () => {
  test('does not see the order of sets and maps', () => {
    fc.assert(fc.property(canonicalValue, (value) => equalValues(value, reverseValue(value))));
    fc.assert(fc.property(canonicalItem, (item) => equalItems(item, reverseItem(item))));
  });

  test('tells all other values apart, both ways round', () => {
    fc.assert(
      fc.property(canonicalValue, canonicalValue, (left, right) => {
        const expected = JSON.stringify(fingerprint(left)) === JSON.stringify(fingerprint(right));
        return equalValues(left, right) === expected && equalValues(right, left) === expected;
      }),
      { numRuns: 1000 },
    );
  });

  const different: readonly (readonly [AttributeValue, AttributeValue])[] = [
    [{ S: '1' }, { N: '1' }],
    [{ S: 'AA==' }, { B: 'AA==' }],
    [{ S: 'a' }, { S: 'A' }],
    [{ BOOL: true }, { BOOL: false }],
    [{ BOOL: true }, { NULL: true }],
    [{ SS: ['a'] }, { SS: ['a', 'b'] }],
    [{ SS: ['a', 'b'] }, { SS: ['a', 'c'] }],
    [{ SS: ['1'] }, { NS: ['1'] }],
    [{ L: [{ S: 'a' }, { S: 'b' }] }, { L: [{ S: 'b' }, { S: 'a' }] }],
    [{ L: [] }, { M: {} }],
    [{ M: { a: { S: '' } } }, { M: { b: { S: '' } } }],
    [{ M: { a: { S: '' } } }, { M: { a: { S: '' }, b: { S: '' } } }],
  ];
  for (const [left, right] of different) {
    test(`${JSON.stringify(left)} is not ${JSON.stringify(right)}`, () => {
      assert.equal(equalValues(parseAttributeValue(left), parseAttributeValue(right)), false);
      assert.equal(equalValues(parseAttributeValue(right), parseAttributeValue(left)), false);
    });
  }

  test('compares numbers by value', () => {
    assert.ok(equalValues(parseAttributeValue({ N: '1.50' }), parseAttributeValue({ N: '15e-1' })));
    assert.ok(equalValues(parseAttributeValue({ NS: ['1', '20'] }), parseAttributeValue({ NS: ['2e1', '1.0'] })));
  });

  test('does not take inherited members for attributes', () => {
    const item = parseItem(JSON.parse('{"__proto__":{"S":"a"}}'));
    assert.equal(equalItems(item, parseItem({ a: { S: 'a' } })), false);
    assert.equal(equalItems(parseItem({ a: { S: 'a' } }), item), false);
    assert.ok(equalItems(item, parseItem(JSON.parse('{"__proto__":{"S":"a"}}'))));
  });
});

describe('compareValues', () => {
  test('orders strings by their UTF-8 bytes', () => {
    fc.assert(
      fc.property(wellFormedString, wellFormedString, (left, right) => {
        const expected = Buffer.compare(Buffer.from(left), Buffer.from(right));
        return Math.sign(compareValues({ S: left }, { S: right }) as number) === expected;
      }),
      { numRuns: 1000 },
    );
  });

  const ascending: readonly (readonly [AttributeValue, AttributeValue])[] = [
    [{ S: '' }, { S: 'a' }],
    [{ S: 'B' }, { S: 'a' }],
    [{ S: 'a' }, { S: 'a\0' }],
    [{ S: 'z' }, { S: 'é' }],
    // In UTF-16 the emoji's first unit, 0xD83D, is below 0xFFFD.
    [{ S: '\ufffd' }, { S: '😀' }],
    [{ S: '\ud7ff' }, { S: '\ue000' }],
    [{ S: '\u{10fffe}' }, { S: '\u{10ffff}' }],
    [{ N: '-10' }, { N: '-9' }],
    [{ N: '9' }, { N: '10' }],
    [{ B: '' }, { B: 'AA==' }],
    [{ B: 'fw==' }, { B: 'gA==' }],
    [{ B: '/w==' }, { B: '/wA=' }],
  ];
  for (const [lower, higher] of ascending) {
    test(`${JSON.stringify(lower)} is below ${JSON.stringify(higher)}`, () => {
      assert.ok((compareValues(lower, higher) as number) < 0);
      assert.ok((compareValues(higher, lower) as number) > 0);
      assert.equal(compareValues(lower, lower), 0);
    });
  }

  test('knows no order between types or of types that have none', () => {
    assert.equal(compareValues({ S: '1' }, { N: '1' }), undefined);
    assert.equal(compareValues({ N: '1' }, { S: '1' }), undefined);
    assert.equal(compareValues({ B: 'AA==' }, { S: 'AA==' }), undefined);
    assert.equal(compareValues({ BOOL: true }, { BOOL: true }), undefined);
    assert.equal(compareValues({ NULL: true }, { NULL: true }), undefined);
    assert.equal(compareValues({ SS: ['a'] }, { SS: ['a'] }), undefined);
    assert.equal(compareValues({ L: [] }, { L: [] }), undefined);
  });
});
