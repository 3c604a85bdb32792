import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ApiError } from '../foundation/errors.ts';
import { parseJsonObject } from './request-body.ts';

function isRefused(body: string | Uint8Array): boolean {
  try {
    parseJsonObject(Buffer.from(body));
    return false;
  } catch (error) {
    assert.ok(error instanceof ApiError);
    assert.deepEqual(error.fault, { name: 'SerializationException' });
    return true;
  }
}

const nestObjects = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
const nestArrays = (levels: number): string => `{"a":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`;

test('any JSON object is parsed as it is, however long', () => {
  const padding = fc.nat({ max: 3_000 }).map((length) => ' '.repeat(length));
  fc.assert(
    fc.property(
      fc.dictionary(fc.string({ maxLength: 8 }), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 5 }),
      padding,
      (value, spaces) => {
        const text = JSON.stringify(value) + spaces;
        assert.deepEqual(parseJsonObject(Buffer.from(text)), JSON.parse(text));
      },
    ),
    { numRuns: 200 },
  );
});

test('any bytes are an object or a serialization error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      isRefused(bytes);
    }),
    { numRuns: 300 },
  );
});

test('a thousand levels are the limit, whatever they are made of', () => {
  for (const nest of [nestObjects, nestArrays]) {
    assert.equal(isRefused(nest(1_000)), false);
    assert.equal(isRefused(nest(1_001)), true);
    // Brackets in strings are no levels; a quote behind a backslash ends none.
    assert.equal(isRefused(`{"b":"\\\\\\"${'['.repeat(2_000)}","c":${nest(999)}}`), false);
    assert.equal(isRefused(`{"b":"${']'.repeat(2_000)}\\\\","c":${nest(1_000)}}`), true);
  }
  assert.equal(isRefused(`{"a":[${Array.from({ length: 5_000 }, () => '[]').join(',')}]}`), false);
});

test('a member named __proto__ is an ordinary one', () => {
  const value = parseJsonObject(Buffer.from('{"__proto__":{"polluted":true}}'));
  assert.deepEqual(Object.keys(value), ['__proto__']);
  assert.equal(Reflect.get({}, 'polluted'), undefined);
});
