import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonicalItem, canonicalValue } from '../values/arbitraries.test.ts';
import type { AttributeValue } from '../values/attribute-value.ts';
import { parseItem } from '../values/attribute-value.ts';
import type { Comparator, Condition, Operand } from './ast.ts';
import { conditionAttributeNames, evaluateCondition } from './evaluate-condition.ts';
import { readExpressions } from './read-expressions.ts';

const ITEM = parseItem({
  s: { S: 'hello' },
  unicode: { S: 'é𝄞' },
  n: { N: '10' },
  b: { B: 'AQID' },
  yes: { BOOL: true },
  nothing: { NULL: true },
  ss: { SS: ['x', 'yy'] },
  ns: { NS: ['1', '2.50'] },
  bs: { BS: ['AQ=='] },
  l: { L: [{ S: 'x' }, { M: { k: { N: '1' } } }, { L: [] }] },
  m: { M: { k: { S: 'v' }, __proto__x: { N: '0' } } },
});

const VALUES = {
  ':x': { S: 'x' },
  ':he': { S: 'he' },
  ':ell': { S: 'ell' },
  ':v': { S: 'v' },
  ':ten': { N: '1E1' },
  ':nine': { N: '9' },
  ':two': { N: '2' },
  ':three': { N: '3' },
  ':five': { N: '5' },
  ':half': { N: '2.5' },
  ':b12': { B: 'AQI=' },
  ':b23': { B: 'AgM=' },
  ':b1': { B: 'AQ==' },
  ':yx': { SS: ['yy', 'x'] },
  ':map': { M: { k: { N: '1.0' } } },
  ':true': { BOOL: true },
  ':null': { NULL: true },
  ':typeL': { S: 'L' },
  ':typeNULL': { S: 'NULL' },
};

function evaluate(text: string, item: typeof ITEM | undefined): boolean {
  const used = Object.entries(VALUES).filter(([key]) => new RegExp(`${key}\\b`).test(text));
  const values = used.length === 0 ? {} : { ExpressionAttributeValues: Object.fromEntries(used) };
  const { filter } = readExpressions({ FilterExpression: text, ...values });
  return evaluateCondition(filter as Condition, item);
}

const TRUE_OF_ITEM = [
  's = s2 OR n = :ten',
  'n > :nine AND n >= :ten AND n <= :ten AND NOT n < :nine',
  's > :he',
  's <> :he',
  'absent <> :he',
  's <> n',
  'ss = :yx',
  'l[1] = :map',
  'nothing = :null AND yes = :true',
  'n BETWEEN :nine AND :ten',
  ':ten BETWEEN :nine AND n',
  's IN (absent, n, s3, :x, :he) OR n IN (:nine, :ten)',
  'attribute_exists(m.k) AND attribute_not_exists(m.j) AND attribute_not_exists(s.k) AND attribute_not_exists(l.k)',
  'attribute_not_exists(l[3]) AND attribute_exists(l[2]) AND attribute_not_exists(m[0])',
  'attribute_not_exists(m.valueOf) AND attribute_not_exists(toString)',
  'attribute_type(l, :typeL) AND attribute_type(nothing, :typeNULL) AND NOT attribute_type(s, :typeL)',
  'begins_with(s, :he) AND begins_with(b, :b12)',
  'contains(s, :ell) AND contains(ss, :x) AND contains(ns, :half) AND contains(bs, :b1)',
  'contains(b, :b23) AND contains(l, :x) AND contains(l, :map)',
  'size(s) = :five AND size(unicode) = :three AND size(b) = :three AND size(ss) = :two',
  'size(l) = :three AND size(m) = :two AND size(:x) < :two',
  'm.k = :v AND l[0] = :x',
];

const FALSE_OF_ITEM = [
  'absent = :x',
  'absent = absent2',
  'absent < :x',
  'n < :x',
  'yes > s',
  'absent BETWEEN :nine AND :ten',
  'absent IN (absent2)',
  'begins_with(n, :x)',
  'begins_with(s, :ell)',
  'begins_with(absent, :he)',
  'begins_with(b, :he)',
  'contains(ss, :ten)',
  'contains(n, :ten)',
  'contains(ns, :two)',
  'contains(s, n)',
  'contains(b, :he)',
  'attribute_type(absent, :typeL)',
  'size(n) = :two',
  'size(yes) >= :two OR size(yes) < :two',
  's = n',
  'n = :nine OR n <> :ten',
];

test('conditions hold of an item as the reference says', () => {
  for (const text of TRUE_OF_ITEM) assert.equal(evaluate(text, ITEM), true, text);
  for (const text of FALSE_OF_ITEM) assert.equal(evaluate(text, ITEM), false, text);
});

test('no item has no attributes', () => {
  assert.equal(evaluate('attribute_not_exists(s)', undefined), true);
  assert.equal(evaluate('attribute_exists(s)', undefined), false);
  assert.equal(evaluate('s <> :x', undefined), true);
  assert.equal(evaluate('s = :x', undefined), false);
  assert.equal(evaluate('size(s) < :ten', undefined), false);
});

test('the attributes that a condition looks at are known', () => {
  const { condition } = readExpressions({
    ConditionExpression: 'NOT (a.b = c[1] OR d BETWEEN :v AND size(e)) AND f IN (a, :v) AND contains(g, :v)',
    ExpressionAttributeValues: { ':v': { N: '1' } },
  });
  assert.deepEqual(conditionAttributeNames(condition as Condition).toSorted(), ['a', 'c', 'd', 'e', 'f', 'g']);
});

const operand: fc.Arbitrary<Operand> = fc.oneof(
  fc.constantFrom('a', 'b', 'absent').map((name): Operand => ({ kind: 'path', path: [name] })),
  canonicalValue.map((value): Operand => ({ kind: 'value', value })),
);
const comparator = fc.constantFrom<Comparator>('=', '<>', '<', '<=', '>', '>=');
const comparison = fc
  .tuple(comparator, operand, operand)
  .map(([operator, left, right]): Condition => ({ kind: 'comparison', operator, left, right }));

test('the logical operators obey logic', () => {
  fc.assert(
    fc.property(fc.array(comparison, { minLength: 2, maxLength: 4 }), canonicalItem, (conditions, item) => {
      const all = evaluateCondition({ kind: 'and', conditions }, item);
      const any = evaluateCondition({ kind: 'or', conditions }, item);
      const each = conditions.map((condition) => evaluateCondition(condition, item));
      assert.equal(all, !each.includes(false));
      assert.equal(any, each.includes(true));
      const negated = conditions.map((condition): Condition => ({ kind: 'not', condition }));
      assert.equal(evaluateCondition({ kind: 'or', conditions: negated }, item), !all);
    }),
    { numRuns: 200 },
  );
});

test('BETWEEN, IN and <> say what plain comparisons say', () => {
  fc.assert(
    fc.property(operand, operand, operand, canonicalItem, (first, second, third, item) => {
      const compare = (operator: Comparator, left: Operand, right: Operand) =>
        evaluateCondition({ kind: 'comparison', operator, left, right }, item);
      assert.equal(
        evaluateCondition({ kind: 'between', operand: first, lower: second, upper: third }, item),
        compare('>=', first, second) && compare('<=', first, third),
      );
      assert.equal(
        evaluateCondition({ kind: 'in', operand: first, candidates: [second, third] }, item),
        compare('=', first, second) || compare('=', first, third),
      );
      assert.equal(compare('<>', first, second), !compare('=', first, second));
      assert.equal(compare('<=', first, second), compare('>=', second, first));
      if (compare('<', first, second)) assert.equal(compare('>=', first, second), false);
    }),
    { numRuns: 300 },
  );
});

function valueOf(native: number | string): AttributeValue {
  return typeof native === 'number' ? { N: String(native) } : { S: native };
}

test('comparisons of integers and of ASCII strings are those of the host', () => {
  const scalar = fc.oneof(
    fc.integer({ min: -20, max: 20 }),
    fc.string({ unit: fc.constantFrom('a', 'b', '~'), maxLength: 3 }),
  );
  const hosts: Readonly<Record<Comparator, (left: unknown, right: unknown) => boolean>> = {
    '=': (left, right) => left === right,
    '<>': (left, right) => left !== right,
    '<': (left, right) => typeof left === typeof right && (left as number) < (right as number),
    '<=': (left, right) => typeof left === typeof right && (left as number) <= (right as number),
    '>': (left, right) => typeof left === typeof right && (left as number) > (right as number),
    '>=': (left, right) => typeof left === typeof right && (left as number) >= (right as number),
  };
  fc.assert(
    fc.property(comparator, scalar, scalar, (operator, left, right) => {
      const condition: Condition = {
        kind: 'comparison',
        operator,
        left: { kind: 'path', path: ['m', 'x'] },
        right: { kind: 'value', value: valueOf(right) },
      };
      const item = { m: { M: { x: valueOf(left) } } };
      assert.equal(evaluateCondition(condition, item), hosts[operator](left, right));
    }),
    { numRuns: 300 },
  );
});

test('conditions on large values hold or not however often they are asked', () => {
  const members = Array.from({ length: 2_000 }, (_, i) => `member ${i}`);
  const text = `${'a'.repeat(3_000)}b${'a'.repeat(3_000)}`;
  const item = parseItem({
    ss: { SS: members },
    l: { L: members.map((S) => ({ S })) },
    s: { S: text },
    b: { B: Buffer.from(text).toString('base64') },
  });
  const values = {
    ':ss': { SS: members.toReversed() },
    ':other': { SS: [...members.slice(1), 'other'] },
    ':last': { S: 'member 1999' },
    ':none': { S: 'member' },
    ':part': { S: text.slice(1, -1) },
    ':long': { S: text + 'a' },
    ':bin': { B: Buffer.from(text.slice(1, -1)).toString('base64') },
  };
  const holding = [
    'ss = :ss AND ss <> :other AND ss IN (:other, :other, :ss)',
    'contains(l, :last) AND NOT contains(l, :none) AND contains(ss, :last) AND NOT contains(ss, :none)',
    'contains(s, :part) AND NOT contains(s, :long) AND contains(b, :bin) AND NOT begins_with(b, :bin)',
    's < :long AND s < :part AND NOT s BETWEEN :long AND :part AND b < :bin AND size(l) = size(ss)',
  ].map((part) => `${part} AND ${part}`);
  const { filter } = readExpressions({
    FilterExpression: holding.join(' AND '),
    ExpressionAttributeValues: values,
  });
  for (let round = 0; round < 3; round++) assert.equal(evaluateCondition(filter as Condition, item), true);
});
