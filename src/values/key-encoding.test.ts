import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { canonicalBinary, canonicalNumber, keyValuePair, someBytes, wellFormedString } from './arbitraries.test.ts';
import { type AttributeValue, parseAttributeValue } from './attribute-value.ts';
import { compareValues } from './compare.ts';
import {
  KEY_HASH_BYTES,
  concatBytes,
  encodeBaseKey,
  encodeIndexKey,
  encodeIndexSortKeys,
  encodeKeyValue,
  hashPartitionKey,
  keyAfter,
  prefixEnd,
} from './key-encoding.ts';

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function compareBytes(left: Uint8Array, right: Uint8Array): number {
  return Buffer.compare(left, right);
}

function orderOf(left: AttributeValue, right: AttributeValue): number {
  return Math.sign(compareValues(left, right) as number);
}

const keyValue: fc.Arbitrary<AttributeValue> = keyValuePair.map(([value]) => value);

describe('encodeKeyValue', () => {
  const cases: readonly (readonly [value: AttributeValue, hex: string])[] = [
    [{ S: '' }, ''],
    [{ S: 'aé' }, '61c3a9'],
    [{ B: 'AP8=' }, '00ff'],
    // The stored form: these bytes may never change without a new format version.
    [{ N: '0' }, '02'],
    [{ N: '5' }, '038233'],
    [{ N: '-5' }, '017dccff'],
    [{ N: '12' }, '03830d'],
    [{ N: '-12' }, '017cf2ff'],
    [{ N: '100' }, '03840b'],
    [{ N: '123.4' }, '03840d23'],
    [{ N: `0.${'0'.repeat(129)}1` }, '03000b'],
    [{ N: `-0.${'0'.repeat(129)}1` }, '01fff4ff'],
    [{ N: '9'.repeat(38) + '0'.repeat(88) }, `03ff${'64'.repeat(19)}`],
    [{ N: `-${'9'.repeat(38)}${'0'.repeat(88)}` }, `0100${'9b'.repeat(19)}ff`],
  ];
  for (const [value, hex] of cases) {
    const text = JSON.stringify(value);
    test(`${text.length > 40 ? `${text.slice(0, 40)}... (${text.length})` : text} is ${hex}`, () => {
      assert.equal(hexOf(encodeKeyValue(value)), hex);
    });
  }

  test('keeps the order of values, and equal bytes to equal values', () => {
    fc.assert(
      fc.property(keyValuePair, ([left, right]) => {
        return compareBytes(encodeKeyValue(left), encodeKeyValue(right)) === orderOf(left, right);
      }),
      { numRuns: 2000 },
    );
  });

  test('keeps the order of numbers that share their first digits', () => {
    const numbers = fc.tuple(
      fc.stringMatching(/^[1-9]\d{0,5}$/),
      fc.nat(3),
      fc.boolean(),
      fc.integer({ min: -3, max: 3 }),
    );
    const number = numbers.map(([digits, drop, negative, power]) =>
      parseAttributeValue({ N: `${negative ? '-' : ''}${digits.slice(0, digits.length - drop) || '0'}e${power}` }),
    );
    fc.assert(
      fc.property(number, number, (left, right) => {
        return compareBytes(encodeKeyValue(left), encodeKeyValue(right)) === orderOf(left, right);
      }),
      { numRuns: 2000 },
    );
  });

  test('keeps apart what a caller sends as halves of surrogate pairs only if it is stored apart', () => {
    const high = parseAttributeValue({ S: '\ud800' });
    const low = parseAttributeValue({ S: '\udfff' });
    assert.deepEqual(high, low);
    assert.deepEqual(encodeKeyValue(high), encodeKeyValue(low));
  });
});

describe('hashPartitionKey', () => {
  test('is the start of the SHA-256 of type, length and bytes', () => {
    const expected = createHash('sha256').update(Buffer.from('010000000161', 'hex')).digest('hex').slice(0, 32);
    assert.equal(hexOf(hashPartitionKey([{ S: 'a' }])), expected);
  });

  test('tells types and the bounds of values apart', () => {
    const hashes = [
      [{ S: '' }],
      [{ B: '' }],
      [{ S: 'a' }],
      [{ B: 'YQ==' }],
      [{ S: '\x02' }],
      [{ N: '0' }],
      [{ S: 'a' }, { S: 'bc' }],
      [{ S: 'ab' }, { S: 'c' }],
      [{ S: 'c' }, { S: 'ab' }],
      [{ S: 'abc' }],
      [{ S: 'a' }, { S: '' }],
      [{ S: '' }, { S: 'a' }],
      [{ S: 'a\x01\0\0\0\x02bc' }],
    ].map((values) => hexOf(hashPartitionKey(values as AttributeValue[])));
    assert.equal(new Set(hashes).size, hashes.length);
  });

  test('gives an array of its own', () => {
    const bytes = hashPartitionKey([{ S: 'a' }]);
    assert.equal(bytes.length, KEY_HASH_BYTES);
    assert.equal(bytes.buffer.byteLength, KEY_HASH_BYTES);
  });
});

describe('encodeBaseKey', () => {
  test('is the hash of the partition key, then the sort key', () => {
    const partition = hexOf(hashPartitionKey([{ S: 'a' }]));
    assert.equal(hexOf(encodeBaseKey({ S: 'a' }, undefined)), partition);
    assert.equal(hexOf(encodeBaseKey({ S: 'a' }, { N: '5' })), `${partition}038233`);
  });

  test('spans its whole buffer, so that it can be posted', () => {
    const key = encodeBaseKey({ S: 'a' }, { S: 'b' });
    assert.equal(key.buffer.byteLength, key.length);
  });

  test('holds 16 + 1,024 bytes at most', () => {
    assert.equal(encodeBaseKey({ S: 'p'.repeat(2048) }, { S: 's'.repeat(1024) }).length, 1040);
  });
});

describe('encodeIndexKey', () => {
  const partition: AttributeValue = { S: 'p' };

  test('orders entries by the sort key, then by the hash of the base key', () => {
    fc.assert(
      fc.property(keyValuePair, someBytes, someBytes, ([left, right], leftBase, rightBase) => {
        const order = compareBytes(
          encodeIndexKey([partition], [left], leftBase),
          encodeIndexKey([partition], [right], rightBase),
        );
        const hashes = [leftBase, rightBase].map((base) => encodeIndexKey([], [], base).slice(KEY_HASH_BYTES));
        const expected = orderOf(left, right) || compareBytes(hashes[0] as Uint8Array, hashes[1] as Uint8Array);
        return order === expected;
      }),
      { numRuns: 2000 },
    );
  });

  test('orders several sort keys one after the other', () => {
    const pairs = fc.array(keyValuePair, { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(pairs, (sortKeys) => {
        const left = sortKeys.map((pair) => pair[0]);
        const right = sortKeys.map((pair) => pair[1]);
        const expected = sortKeys.map((pair) => orderOf(pair[0], pair[1])).find((order) => order !== 0) ?? 0;
        return compareBytes(encodeIndexSortKeys(left), encodeIndexSortKeys(right)) === expected;
      }),
      { numRuns: 1000 },
    );
  });

  test('of fewer sort keys is what exactly the longer ones of the same values start with', () => {
    fc.assert(
      fc.property(keyValuePair, keyValue, ([left, right], second) => {
        const longer = encodeIndexSortKeys([right, second]);
        const shorter = encodeIndexSortKeys([left]);
        const isPrefix = compareBytes(longer.subarray(0, shorter.length), shorter) === 0;
        return isPrefix === (orderOf(left, right) === 0);
      }),
    );
  });

  test('escapes zeros and ends every value', () => {
    assert.equal(hexOf(encodeIndexSortKeys([{ B: 'AAEA' }])), '00ff0100ff0001');
    assert.equal(hexOf(encodeIndexSortKeys([{ S: '' }, { S: 'a' }])), '0001610001');
    assert.equal(hexOf(encodeIndexSortKeys([])), '');
  });

  test('is hash, sort keys and hash of the base key, in a buffer of its own and within the limit of the storage', () => {
    const base = encodeBaseKey({ S: 'a' }, { S: 'b' });
    const key = encodeIndexKey([{ S: 'p' }], [{ B: Buffer.alloc(1024).toString('base64') }], base);
    assert.equal(key.length, 16 + 2 * 1024 + 2 + 16);
    assert.equal(key.buffer.byteLength, key.length);
    assert.equal(hexOf(key.subarray(0, 16)), hexOf(hashPartitionKey([{ S: 'p' }])));
    assert.equal(hexOf(key.subarray(-16)), createHash('sha256').update(base).digest('hex').slice(0, 32));
  });

  test('differs for items that differ only in their base key', () => {
    const entries = ['a', 'b'].map((pk) => encodeIndexKey([partition], [], encodeBaseKey({ S: pk }, undefined)));
    assert.notDeepEqual(entries[0], entries[1]);
  });
});

describe('prefixEnd', () => {
  const cases: readonly (readonly [prefix: string, end: string | undefined])[] = [
    ['', undefined],
    ['ff', undefined],
    ['ffff', undefined],
    ['00', '01'],
    ['61', '62'],
    ['61ff', '62'],
    ['61ffff', '62'],
    ['61fe', '61ff'],
    ['ff00ff', 'ff01'],
  ];
  for (const [prefix, end] of cases) {
    test(`of ${prefix || 'nothing'} is ${end ?? 'none'}`, () => {
      const result = prefixEnd(Uint8Array.from(Buffer.from(prefix, 'hex')));
      assert.equal(result === undefined ? undefined : hexOf(result), end);
    });
  }

  test('stands after all that starts with the prefix and nothing else', () => {
    fc.assert(
      fc.property(someBytes, someBytes, (prefix, key) => {
        const end = prefixEnd(prefix);
        const startsWith = compareBytes(key.subarray(0, prefix.length), prefix) === 0 && key.length >= prefix.length;
        const inRange = compareBytes(key, prefix) >= 0 && (end === undefined || compareBytes(key, end) < 0);
        return inRange === startsWith;
      }),
      { numRuns: 2000 },
    );
  });

  test('leaves a Buffer that it is given alone', () => {
    const prefix = Buffer.from('ab');
    assert.equal(hexOf(prefixEnd(prefix) as Uint8Array), '6163');
    assert.equal(prefix.toString(), 'ab');
  });

  test('finds by begins_with on an encoded sort key exactly the strings that start so', () => {
    fc.assert(
      fc.property(wellFormedString, wellFormedString, (prefix, text) => {
        const from = encodeKeyValue({ S: prefix });
        const end = prefixEnd(from);
        const key = encodeKeyValue({ S: text });
        const inRange = compareBytes(key, from) >= 0 && (end === undefined || compareBytes(key, end) < 0);
        return inRange === text.startsWith(prefix);
      }),
    );
  });
});

test('keyAfter is above its key, with nothing between', () => {
  fc.assert(
    fc.property(someBytes, someBytes, (key, other) => {
      const after = keyAfter(key);
      return compareBytes(after, key) > 0 && (compareBytes(other, key) <= 0 || compareBytes(other, after) >= 0);
    }),
  );
  assert.equal(hexOf(keyAfter(Uint8Array.of(0xff))), 'ff00');
});

test('concatBytes copies its parts into an array of their own', () => {
  const part = Buffer.from('ab');
  const whole = concatBytes([part, Uint8Array.of(), part.subarray(1)]);
  part[0] = 0;
  assert.equal(Buffer.from(whole).toString(), 'abb');
  assert.equal(whole.buffer.byteLength, 3);
  assert.equal(concatBytes([]).length, 0);
});

test('equal numbers, however a caller writes them, are one key', () => {
  fc.assert(
    fc.property(canonicalNumber, (number) => {
      const written = parseAttributeValue({
        N: number.includes('.') ? `+0${number}00e0`.replace('+0-', '-0') : `${number}.0`,
      });
      assert.deepEqual(encodeBaseKey(written, written), encodeBaseKey({ N: number }, { N: number }));
    }),
  );
  fc.assert(
    fc.property(canonicalBinary, (binary) => {
      const written = parseAttributeValue({ B: binary.replace(/=+$/, '') });
      assert.deepEqual(encodeBaseKey(written, written), encodeBaseKey({ B: binary }, { B: binary }));
    }),
  );
});
