/** What the property tests of this folder draw from; it holds no tests itself. */
import * as fc from 'fast-check';
import { type AttributeValue, type Item, emptyItem } from './attribute-value.ts';
import { formatDecimal } from './number.ts';

/** Digits without zeros at either end, 1 to 38 of them, short ones often. */
const significantDigits = fc
  .oneof(fc.bigInt({ min: 1n, max: 9_999n }), fc.bigInt({ min: 1n, max: 10n ** 38n - 1n }))
  .map((integer) => integer.toString().replace(/0+$/, ''));

/** The power of ten of the first digit: near zero, so that numbers meet, or anywhere, both ends often. */
const exponent = fc.oneof(
  fc.integer({ min: -4, max: 4 }),
  fc.integer({ min: -130, max: 125 }),
  fc.constantFrom(-130, -129, 124, 125),
);

/** Canonical numbers over the whole range, zero included. */
export const canonicalNumber: fc.Arbitrary<string> = fc.oneof(
  { weight: 1, arbitrary: fc.constant('0') },
  {
    weight: 20,
    arbitrary: fc
      .tuple(fc.boolean(), significantDigits, exponent)
      .map(([negative, digits, power]) => formatDecimal({ negative, digits, exponent: power })),
  },
);

/** Well-formed strings with what makes orders differ: empty, NUL, one to four bytes, around the surrogates. */
export const wellFormedString: fc.Arbitrary<string> = fc
  .array(
    fc.constantFrom(
      '',
      '\0',
      '\x01',
      'a',
      'b',
      '\x7f',
      '\x80',
      '\u07ff',
      '\u0800',
      '\ud7ff',
      '\ue000',
      '\uffff',
      '😀',
      '\u{10fffe}',
      '\u{10ffff}',
    ),
    { maxLength: 4 },
  )
  .map((characters) => characters.join(''));

/** Bytes, those that escaping and prefixes care about often. */
export const someBytes: fc.Arbitrary<Uint8Array> = fc
  .array(fc.oneof(fc.constantFrom(0, 1, 0xfe, 0xff), fc.integer({ min: 0, max: 0xff })), { maxLength: 6 })
  .map((bytes) => Uint8Array.from(bytes));

/** Canonical base64. */
export const canonicalBinary: fc.Arbitrary<string> = someBytes.map((bytes) => Buffer.from(bytes).toString('base64'));

/** Two key values of one type. */
export const keyValuePair: fc.Arbitrary<readonly [AttributeValue, AttributeValue]> = fc.oneof(
  fc.tuple(canonicalNumber, canonicalNumber).map(([left, right]) => [{ N: left }, { N: right }] as const),
  fc.tuple(wellFormedString, wellFormedString).map(([left, right]) => [{ S: left }, { S: right }] as const),
  fc.tuple(canonicalBinary, canonicalBinary).map(([left, right]) => [{ B: left }, { B: right }] as const),
);

/** Attribute names, those that are members of every ordinary object often. */
const attributeName = fc.oneof(
  fc.constantFrom('__proto__', 'constructor', 'toString', 'hasOwnProperty', 'a', 'b'),
  wellFormedString,
);

function itemOf(value: fc.Arbitrary<AttributeValue>): fc.Arbitrary<Item> {
  return fc.array(fc.tuple(attributeName, value), { maxLength: 3 }).map((attributes) => {
    const item = emptyItem();
    for (const [name, attributeValue] of attributes) item[name] = attributeValue;
    return item;
  });
}

function setOf(member: fc.Arbitrary<string>): fc.Arbitrary<string[]> {
  return fc.uniqueArray(member, { minLength: 1, maxLength: 4 });
}

const { value } = fc.letrec<{ value: AttributeValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    wellFormedString.map((S) => ({ S })),
    canonicalNumber.map((N) => ({ N })),
    canonicalBinary.map((B) => ({ B })),
    fc.boolean().map((BOOL) => ({ BOOL })),
    fc.constant({ NULL: true } as const),
    setOf(wellFormedString).map((SS) => ({ SS })),
    setOf(canonicalNumber).map((NS) => ({ NS })),
    setOf(canonicalBinary).map((BS) => ({ BS })),
    fc.array(tie('value'), { maxLength: 3 }).map((L) => ({ L })),
    itemOf(tie('value')).map((M) => ({ M })),
  ),
}));

/** Canonical values of every type. */
export const canonicalValue: fc.Arbitrary<AttributeValue> = value;

/** Canonical items. */
export const canonicalItem: fc.Arbitrary<Item> = itemOf(canonicalValue);
