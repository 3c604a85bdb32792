import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { canonicalItem, canonicalValue } from './arbitraries.test.ts';
import { attributeTypeOf, emptyItem, parseAttributeValue, parseItem } from './attribute-value.ts';

const INVALID = 'One or more parameter values were invalid: ';
const MORE_THAN_ONE =
  'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes';
const EMPTY = 'Supplied AttributeValue is empty, must contain exactly one of the supported datatypes';
const OVERFLOW = 'Number overflow. Attempting to store a number with magnitude larger than supported range';
const TOO_DEEP =
  'Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit';

function assertRejects(raw: unknown, message: string): void {
  assert.throws(() => parseAttributeValue(raw), { name: 'ValidationException', message });
}

/** An item as `JSON.parse` makes it from a caller's body. */
function parseJsonItem(json: string): unknown {
  return JSON.parse(JSON.stringify(parseItem(JSON.parse(json))));
}

describe('parseAttributeValue', () => {
  const cases: readonly (readonly [raw: unknown, canonical: unknown])[] = [
    [{ S: '' }, { S: '' }],
    [{ S: 'ä😀' }, { S: 'ä😀' }],
    [{ N: '+1.50' }, { N: '1.5' }],
    [{ B: '' }, { B: '' }],
    [{ B: 'AAEC' }, { B: 'AAEC' }],
    [{ BOOL: false }, { BOOL: false }],
    [{ NULL: true }, { NULL: true }],
    [{ SS: ['b', 'a', ''] }, { SS: ['b', 'a', ''] }],
    [{ NS: ['2', '1.0'] }, { NS: ['2', '1'] }],
    [{ BS: ['', 'AA=='] }, { BS: ['', 'AA=='] }],
    [{ L: [] }, { L: [] }],
    [{ L: [{ N: '1.0' }, { L: [{ N: '00' }] }] }, { L: [{ N: '1' }, { L: [{ N: '0' }] }] }],
    [{ M: {} }, { M: {} }],
    [{ M: { a: { N: '1e1' } } }, { M: { a: { N: '10' } } }],
    [{ S: null, N: '1', B: null }, { N: '1' }],
    [{ Future: 'x', S: 'a' }, { S: 'a' }],
  ];
  for (const [raw, canonical] of cases) {
    test(JSON.stringify(raw), () => {
      assert.deepEqual(JSON.parse(JSON.stringify(parseAttributeValue(raw))), canonical);
    });
  }

  test('leaves canonical values as they are', () => {
    fc.assert(
      fc.property(canonicalValue, (value) => {
        assert.equal(JSON.stringify(parseAttributeValue(value)), JSON.stringify(value));
      }),
    );
  });

  test('drops the stray bits and the missing padding of base64, so that equal bytes are equal text', () => {
    assert.deepEqual(parseAttributeValue({ B: 'AB==' }), { B: 'AA==' });
    assert.deepEqual(parseAttributeValue({ B: 'AAH=' }), { B: 'AAE=' });
    assert.deepEqual(parseAttributeValue({ B: 'AA' }), { B: 'AA==' });
  });
});

describe('parseAttributeValue rejects', () => {
  test('no type or more than one', () => {
    assertRejects({}, EMPTY);
    assertRejects({ S: null }, EMPTY);
    assertRejects({ Future: 'x' }, EMPTY);
    assertRejects(null, EMPTY);
    assertRejects({ L: [null] }, EMPTY);
    assertRejects({ M: { a: {} } }, EMPTY);
    assertRejects({ S: 'a', N: '1' }, MORE_THAN_ONE);
    assertRejects({ L: [{ M: { a: { BOOL: true, NULL: true } } }] }, MORE_THAN_ONE);
  });

  test('a type that only an ordinary object has by inheritance', () => {
    assertRejects(JSON.parse('{"__proto__":{"S":"a"}}'), EMPTY);
    assertRejects(JSON.parse('{"constructor":{"S":"a"}}'), EMPTY);
  });

  test('NULL that is not true', () => {
    assertRejects({ NULL: false }, `${INVALID}Null attribute value types must have the value of true`);
  });

  test('what is not a number, at any depth', () => {
    assertRejects({ N: 'abc' }, 'The parameter cannot be converted to a numeric value: abc');
    assertRejects({ NS: ['1', ''] }, 'The parameter cannot be converted to a numeric value');
    assertRejects({ L: [{ M: { a: { N: '1e126' } } }] }, OVERFLOW);
  });

  test('empty sets', () => {
    assertRejects({ SS: [] }, `${INVALID}An string set  may not be empty`);
    assertRejects({ NS: [] }, `${INVALID}An number set  may not be empty`);
    assertRejects({ BS: [] }, `${INVALID}Binary sets should not be empty`);
  });

  test('sets with two members of one value', () => {
    assertRejects({ SS: ['a', 'b', 'a'] }, `${INVALID}Input collection [a, b, a] contains duplicates.`);
    assertRejects({ NS: ['1', '1'] }, 'Input collection contains duplicates');
    assertRejects({ NS: ['1', '2', '1.0'] }, 'Input collection contains duplicates');
    assertRejects({ NS: ['0', '-0'] }, 'Input collection contains duplicates');
    assertRejects({ NS: ['100', '1e2'] }, 'Input collection contains duplicates');
    assertRejects({ BS: ['AA==', 'AB=='] }, `${INVALID}Input collection [AA==, AA==]of type BS contains duplicates.`);
  });
});

/** `depth` maps or lists inside each other around `inside`. */
function nest(depth: number, wrap: (inner: unknown) => unknown, inside: unknown = { S: 'inside' }): unknown {
  let value = inside;
  for (let level = 0; level < depth; level++) value = wrap(value);
  return value;
}

describe('nesting', () => {
  const wraps = {
    maps: (inner: unknown) => ({ M: { a: inner } }),
    lists: (inner: unknown) => ({ L: [inner] }),
    'maps of lists': (inner: unknown) =>
      typeof inner === 'object' && inner !== null && 'L' in inner ? { M: { a: inner } } : { L: [inner] },
  };
  for (const [kind, wrap] of Object.entries(wraps)) {
    test(`31 levels of ${kind} are accepted, 32 are not`, () => {
      const deepest = nest(31, wrap);
      assert.deepEqual(JSON.parse(JSON.stringify(parseAttributeValue(deepest))), deepest);
      assertRejects(nest(32, wrap), TOO_DEEP);
      assert.throws(() => parseItem({ a: nest(32, wrap) }), { message: TOO_DEEP });
    });
  }

  test('counts an empty collection as a level', () => {
    assert.doesNotThrow(() => parseAttributeValue(nest(30, wraps.lists, { M: {} })));
    assertRejects(nest(31, wraps.lists, { M: {} }), TOO_DEEP);
    assertRejects(nest(31, wraps.maps, { L: [] }), TOO_DEEP);
  });

  test('counts only what is around a value, not what is beside it', () => {
    assert.doesNotThrow(() => parseAttributeValue(nest(30, (inner) => ({ L: [{ M: {} }, inner, { L: [] }] }))));
  });

  test('a hundred thousand levels are refused, not overflowed', () => {
    assertRejects(nest(100_000, wraps.maps), TOO_DEEP);
    assertRejects(nest(100_000, wraps.lists), TOO_DEEP);
  });
});

describe('attribute names', () => {
  test('of the members of every object are ordinary, at any depth', () => {
    const json = '{"__proto__":{"S":"a"},"constructor":{"M":{"__proto__":{"L":[{"M":{"__proto__":{"N":"1"}}}]}}}}';
    const item = parseItem(JSON.parse(json));
    assert.equal(JSON.stringify(item), json);
    assert.equal(item['toString'], undefined);
    assert.deepEqual(Object.keys(item), ['__proto__', 'constructor']);
  });

  test('hold at most 65,535 bytes of UTF-8, at any depth', () => {
    const longest = 'n'.repeat(65_535);
    const tooLong = { name: 'ValidationException', message: /Attribute name is too large/ };
    assert.deepEqual(Object.keys(parseItem({ [longest]: { S: 'a' } })), [longest]);
    assert.deepEqual(Object.keys(parseItem({ ['€'.repeat(21_845)]: { S: 'a' } })), ['€'.repeat(21_845)]);
    assert.throws(() => parseItem({ [`${longest}n`]: { S: 'a' } }), tooLong);
    assert.throws(() => parseItem({ [`${'€'.repeat(21_845)}n`]: { S: 'a' } }), tooLong);
    assert.throws(() => parseItem({ a: { M: { [`${longest}n`]: { S: 'a' } } } }), tooLong);
  });

  test('keep the order they were given in', () => {
    assert.equal(JSON.stringify(parseJsonItem('{"z":{"S":""},"a":{"S":""}}')), '{"z":{"S":""},"a":{"S":""}}');
  });
});

describe('half of a surrogate pair', () => {
  test('becomes the replacement character wherever a string is kept', () => {
    const json =
      '{"n\\ud800":{"S":"a\\ud83db"},"s":{"SS":["\\udc00","x"]},"m":{"M":{"\\udfff":{"L":[{"S":"\\ud800"}]}}}}';
    assert.deepEqual(parseJsonItem(json), {
      'n\ufffd': { S: 'a\ufffdb' },
      s: { SS: ['\ufffd', 'x'] },
      m: { M: { '\ufffd': { L: [{ S: '\ufffd' }] } } },
    });
  });

  test('makes members of a set equal that would be stored as the same bytes', () => {
    assertRejects({ SS: ['\ud800', '\udfff'] }, `${INVALID}Input collection [\ufffd, \ufffd] contains duplicates.`);
  });

  test('is not a whole pair', () => {
    assert.deepEqual(parseAttributeValue({ S: '\ud83d\ude00' }), { S: '😀' });
  });
});

test('attributeTypeOf names the one member', () => {
  assert.equal(attributeTypeOf({ S: 'a' }), 'S');
  assert.equal(attributeTypeOf({ NULL: true }), 'NULL');
  assert.equal(attributeTypeOf(parseAttributeValue({ S: null, M: {} })), 'M');
});

test('emptyItem has no attributes that were not put there', () => {
  assert.equal('constructor' in emptyItem(), false);
});

test('parseItem leaves canonical items as they are', () => {
  fc.assert(
    fc.property(canonicalItem, (item) => {
      assert.equal(JSON.stringify(parseItem(item)), JSON.stringify(item));
    }),
  );
});
