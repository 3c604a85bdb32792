import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Item, parseItem } from '../values/attribute-value.ts';
import type { Projection } from './ast.ts';
import { projectItem, projectedAttributeNames } from './project.ts';
import { readExpressions } from './read-expressions.ts';

const ITEM = parseItem({
  s: { S: 'x' },
  m: { M: { a: { S: 'ma' }, b: { M: { c: { N: '1' }, d: { N: '2' } } } } },
  l: { L: [{ M: { a: { S: 'l0a' }, b: { S: 'l0b' } } }, { S: 'l1' }, { L: [{ N: '0' }, { N: '1' }] }] },
  'a.b': { S: 'dotted' },
});

function read(text: string, names?: Record<string, string>): Projection {
  const { projection } = readExpressions({ ProjectionExpression: text, ExpressionAttributeNames: names });
  return projection as Projection;
}

const CASES: readonly (readonly [text: string, projected: unknown])[] = [
  ['s', { s: { S: 'x' } }],
  ['absent', {}],
  ['s.a', {}],
  ['s[0]', {}],
  ['m[0]', {}],
  ['l.a', {}],
  ['m.absent, l[3], l[0].absent', {}],
  ['m.b.c, m.a', { m: { M: { a: { S: 'ma' }, b: { M: { c: { N: '1' } } } } } }],
  ['l[2], l[0].b', { l: { L: [{ M: { b: { S: 'l0b' } } }, { L: [{ N: '0' }, { N: '1' }] }] } }],
  ['l[0].a, l[0].b', { l: { L: [{ M: { a: { S: 'l0a' }, b: { S: 'l0b' } } }] } }],
  ['l[2][1], l[1], l[9]', { l: { L: [{ S: 'l1' }, { L: [{ N: '1' }] }] } }],
  ['#dotted', { 'a.b': { S: 'dotted' } }],
];

test('a projection keeps what it names, nested as it was', () => {
  for (const [text, projected] of CASES) {
    const names = text.includes('#') ? { '#dotted': 'a.b' } : undefined;
    assert.equal(
      JSON.stringify(sortKeys(projectItem(read(text, names), ITEM))),
      JSON.stringify(sortKeys(projected)),
      text,
    );
  }
});

/** A copy whose objects have their members by name. */
function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, member]) => [name, sortKeys(member)] as const);
  return Object.fromEntries(entries.toSorted(([left], [right]) => (left < right ? -1 : 1)));
}

test('an attribute called __proto__ is projected like any other', () => {
  const item = parseItem(JSON.parse('{"__proto__": {"M": {"__proto__": {"S": "deep"}, "a": {"S": "x"}}}}'));
  const projected = projectItem(read('#p.#p', { '#p': '__proto__' }), item);
  assert.equal(JSON.stringify(projected), '{"__proto__":{"M":{"__proto__":{"S":"deep"}}}}');
});

test('names are looked up in an item or its attributes among the names, whichever are fewer', () => {
  const paths = Array.from({ length: 50 }, (_, i) => [`n${i}`]);
  const item: Item = { n7: { S: 'a' }, other: { S: 'b' }, n3: { N: '1' } };
  assert.deepEqual({ ...projectItem({ kind: 'projection', paths }, item) }, { n3: { N: '1' }, n7: { S: 'a' } });
});

test('one projection serves many items', () => {
  const projection = read('m.a');
  assert.deepEqual({ ...projectItem(projection, parseItem({ m: { S: 'flat' } })) }, {});
  assert.equal(
    JSON.stringify(projectItem(projection, parseItem({ m: { M: { a: { N: '1' } } } }))),
    '{"m":{"M":{"a":{"N":"1"}}}}',
  );
});

test('the attributes that a projection names are known', () => {
  assert.deepEqual(projectedAttributeNames(read('m.a, s, m.b, l[0]')), ['m', 's', 'l']);
});
