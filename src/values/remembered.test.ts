import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonicalValue } from './arbitraries.test.ts';
import type { AttributeValue } from './attribute-value.ts';
import { equalValues } from './compare.ts';
import { equalRemembered, includesMember, includesValue } from './remembered.ts';

test('values that were compared before are as equal as they are', () => {
  fc.assert(
    fc.property(fc.array(canonicalValue, { minLength: 2, maxLength: 6 }), (values) => {
      const all = [...values, ...structuredClone(values)];
      for (let round = 0; round < 3; round++) {
        for (const left of all) {
          for (const right of all) assert.equal(equalRemembered(left, right), equalValues(left, right));
          assert.equal(includesValue(values, left), true);
          assert.equal(
            includesValue(values.slice(1), left),
            values.slice(1).some((value) => equalValues(value, left)),
          );
        }
      }
    }),
    { numRuns: 200 },
  );
});

test('sets and maps are the same in any order, also when compared often', () => {
  const left: AttributeValue = { M: { a: { SS: ['x', 'y', 'z'] }, b: { N: '1' } } };
  const right: AttributeValue = { M: { b: { N: '1' }, a: { SS: ['z', 'x', 'y'] } } };
  const other: AttributeValue = { M: { b: { N: '1' }, a: { SS: ['z', 'x', 'w'] } } };
  for (let round = 0; round < 4; round++) {
    assert.equal(equalRemembered(left, right), true);
    assert.equal(equalRemembered(other, right), false);
  }
});

test('long texts that differ only in their middle are told apart', () => {
  const list = (middle: string): AttributeValue => ({ L: [{ S: 'a'.repeat(50) + middle + 'a'.repeat(50) }] });
  const [x, y] = [list('x'), list('y')];
  for (let round = 0; round < 4; round++) {
    assert.equal(equalRemembered(x, y), false);
    assert.equal(includesValue([x], y), false);
  }
});

test('a member is found in a set the first time and later', () => {
  const members = ['a', 'b'];
  for (let round = 0; round < 3; round++) {
    assert.equal(includesMember(members, 'b'), true);
    assert.equal(includesMember(members, 'c'), false);
  }
});

test('comparing a value with many others reads it a few times, not once for each', () => {
  let reads = 0;
  const elements: AttributeValue[] = Array.from({ length: 1_000 }, () => ({ NULL: true }));
  const counted = new Proxy(elements, {
    get(target, property, receiver) {
      reads++;
      return Reflect.get(target, property, receiver) as unknown;
    },
  });
  const value: AttributeValue = { L: counted };
  const others = Array.from({ length: 5 }, (_, i): AttributeValue => ({ L: [...elements.slice(1), { N: String(i) }] }));
  for (let i = 0; i < 1_000; i++) assert.equal(equalRemembered(value, others[i % 5] as AttributeValue), false);
  assert.ok(reads < 50_000, `${reads} reads`);
});
