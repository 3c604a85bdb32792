import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { ApiError } from '../foundation/errors.ts';
import { checkAttributeValue, checkBase64 } from './shape-attribute-value.ts';

function answerTo(check: () => void): string | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    assert.ok(error instanceof ApiError, `not an API error: ${String(error)}`);
    return `${error.fault.name}: ${error.fault.message}`;
  }
}

function nest(levels: number): unknown {
  let value: unknown = { S: 'x' };
  for (let level = 0; level < levels; level++) value = level % 2 === 0 ? { M: { a: value } } : { L: [value] };
  return value;
}

describe('attribute values', () => {
  const accepted: [string, unknown][] = [
    ['a string', { S: 'x' }],
    ['a number that is none, which is for the values', { N: 'x' }],
    ['binary', { B: 'aGk=' }],
    ['booleans', { BOOL: false }],
    ['null', { NULL: true }],
    ['empty sets, which are for the values', { SS: [], NS: [], BS: [] }],
    ['sets', { SS: ['a', ''], NS: ['1'], BS: ['', 'AAAA'] }],
    ['lists', { L: [{ S: 'x' }, { L: [] }] }],
    ['maps', { M: { a: { M: {} } } }],
    ['null in place of values', { L: [null], M: { a: null } }],
    ['no type at all', {}],
    ['an unknown type', { X: 1 }],
  ];
  for (const [name, value] of accepted) {
    test(`lets pass ${name}`, () =>
      assert.equal(
        answerTo(() => checkAttributeValue(value)),
        undefined,
      ));
  }

  const rejected: [string, unknown, string][] = [
    ['a bare string', 'x', 'Unexpected value type in payload'],
    ['an array', [], 'Start of list found where not expected'],
    ['a number in S', { S: 1 }, 'NUMBER_VALUE cannot be converted to String'],
    ['a number in N', { N: 1 }, 'NUMBER_VALUE cannot be converted to String'],
    ['a fraction in N', { N: 1.5 }, 'DECIMAL_VALUE cannot be converted to String'],
    ['an object in S', { S: {} }, 'Start of structure or map found where not expected'],
    ['a number in B', { B: 1 }, 'only base-64-encoded strings are convertible to bytes'],
    ['an array in B', { B: [104, 105] }, 'Start of list found where not expected'],
    ['a string in BOOL', { BOOL: 'true' }, 'Unexpected token received from parser'],
    ['a number in NULL', { NULL: 1 }, 'NUMBER_VALUE cannot be converted to Boolean'],
    ['a string in SS', { SS: 'a' }, 'Unexpected field type'],
    ['a number in SS', { SS: ['a', 1] }, 'NUMBER_VALUE cannot be converted to String'],
    ['a number in NS', { NS: [1] }, 'NUMBER_VALUE cannot be converted to String'],
    ['a string in BS', { BS: 'AAAA' }, 'Unexpected field type'],
    ['a number in BS', { BS: [1] }, 'only base-64-encoded strings are convertible to bytes'],
    ['null in SS', { SS: ['a', null] }, 'NULL_VALUE cannot be converted to String'],
    ['null in NS', { NS: [null] }, 'NULL_VALUE cannot be converted to String'],
    ['null in BS', { BS: [null] }, 'only base-64-encoded strings are convertible to bytes'],
    ['an object in L', { L: {} }, 'Start of structure or map found where not expected'],
    ['a string in L', { L: ['a'] }, 'Unexpected value type in payload'],
    ['an array in M', { M: [] }, 'Start of list found where not expected'],
    ['a string in M', { M: { a: 'x' } }, 'Unexpected value type in payload'],
    ['a number deep inside', { L: [{ M: { a: { L: [{ S: 1 }] } } }] }, 'NUMBER_VALUE cannot be converted to String'],
  ];
  for (const [name, value, text] of rejected) {
    test(`rejects ${name}`, () => {
      assert.equal(
        answerTo(() => checkAttributeValue(value)),
        `SerializationException: ${text}`,
      );
    });
  }

  test('removes members that are null', () => {
    const value = { L: [{ S: 'x', N: null }], M: null };
    checkAttributeValue(value);
    assert.deepEqual(value, { L: [{ S: 'x' }] });
  });

  test('walks 1,000 levels and refuses any more', () => {
    assert.equal(
      answerTo(() => checkAttributeValue(nest(1000))),
      undefined,
    );
    for (const levels of [1001, 100_000]) {
      const answer = answerTo(() => checkAttributeValue(nest(levels)));
      assert.match(String(answer), /^ValidationException: Nesting Levels have exceeded supported limits: Attributes/);
    }
  });
});

describe('base64', () => {
  const rejected: [string, string][] = [
    ['a', 'Base64 encoded length is expected a multiple of 4 bytes but found: 1'],
    ['fakebase64', 'Base64 encoded length is expected a multiple of 4 bytes but found: 10'],
    ['AAA_', "Invalid Base64 character: '_'"],
    ['AA A', "Invalid Base64 character: ' '"],
    ['A=AA', "Invalid Base64 character: '='"],
    ['A===', "Invalid Base64 character: '='"],
    ['====', "Invalid Base64 character: '='"],
    ['AAA\n', "Invalid Base64 character: '\n'"],
    ['AAB=', 'Invalid last non-pad Base64 character dectected'],
    ['AE==', 'Invalid last non-pad Base64 character dectected'],
    ['AB==', 'Invalid last non-pad Base64 character dectected'],
  ];
  for (const [text, message] of rejected) {
    test(`rejects ${JSON.stringify(text)}`, () => {
      assert.equal(
        answerTo(() => checkBase64(text)),
        `SerializationException: ${message}`,
      );
    });
  }

  test('accepts exactly what decodes and encodes to itself', () => {
    const near = fc.string({ unit: fc.constantFrom(...'AQgwBz09+/=-_ é'), maxLength: 8 });
    const valid = fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('base64'));
    const property = fc.property(fc.oneof(near, valid), (text) => {
      const canonical = Buffer.from(text, 'base64').toString('base64') === text;
      assert.equal(answerTo(() => checkBase64(text)) === undefined, canonical);
    });
    fc.assert(property, { numRuns: 2000 });
  });

  test('takes megabytes', () => {
    const text = Buffer.alloc(3_000_000, 0xa5).toString('base64');
    assert.equal(
      answerTo(() => checkBase64(text)),
      undefined,
    );
    assert.equal(
      answerTo(() => checkBase64(`${text}AA*A`)),
      "SerializationException: Invalid Base64 character: '*'",
    );
  });
});
