/** Legacy conditions and the expressions that the developer guide puts in their place say the same of every item. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ApiError } from '../../foundation/errors.ts';
import { type Item, parseItem } from '../../values/attribute-value.ts';
import { evaluateCondition } from '../evaluate-condition.ts';
import { readExpressions } from '../read-expressions.ts';
import type { ComparisonOperator, ConditionalOperator, RawCondition } from './parameters.ts';
import { readExpected, readFilter } from './read-conditions.ts';

const NAMES = ['a', 'b', 'a.b'] as const;
const text = fc.constantFrom('', 'a', 'ab', 'b');
const number = fc.constantFrom('0', '1', '2', '10');
const bytes = fc.constantFrom('', 'YQ==', 'YWI=', 'Yg==');
const scalar = fc.oneof(fc.record({ S: text }), fc.record({ N: number }), fc.record({ B: bytes }));
const value = fc.oneof(
  { weight: 3, arbitrary: scalar },
  fc.constantFrom<object>({ BOOL: true }, { NULL: true }, { M: {} }, { M: { b: { S: 'a' } } }),
  fc.record({ L: fc.array(scalar, { maxLength: 3 }) }),
  fc.record({ SS: fc.uniqueArray(text, { minLength: 1 }) }),
  fc.record({ NS: fc.uniqueArray(number, { minLength: 1 }) }),
  fc.record({ BS: fc.uniqueArray(bytes, { minLength: 1 }) }),
);
const item = fc.option(fc.dictionary(fc.constantFrom(...NAMES), value, { noNullPrototype: true }), { nil: undefined });

/** The developer guide's expression for each operator; NOT_CONTAINS is never true of a missing attribute. */
const EXPRESSIONS: Readonly<Record<ComparisonOperator, (name: string, values: readonly string[]) => string>> = {
  EQ: (name, [first]) => `${name} = ${first}`,
  NE: (name, [first]) => `${name} <> ${first}`,
  LE: (name, [first]) => `${name} <= ${first}`,
  LT: (name, [first]) => `${name} < ${first}`,
  GE: (name, [first]) => `${name} >= ${first}`,
  GT: (name, [first]) => `${name} > ${first}`,
  NOT_NULL: (name) => `attribute_exists(${name})`,
  NULL: (name) => `attribute_not_exists(${name})`,
  CONTAINS: (name, [first]) => `contains(${name}, ${first})`,
  NOT_CONTAINS: (name, [first]) => `(attribute_exists(${name}) AND NOT contains(${name}, ${first}))`,
  BEGINS_WITH: (name, [first]) => `begins_with(${name}, ${first})`,
  IN: (name, values) => `${name} IN (${values.join(', ')})`,
  BETWEEN: (name, [first, second]) => `${name} BETWEEN ${first} AND ${second}`,
};

const condition = fc.constantFrom(...(Object.keys(EXPRESSIONS) as ComparisonOperator[])).chain((operator) => {
  const counts =
    operator === 'BETWEEN' ? [2, 2] : operator === 'IN' ? [1, 3] : operator.endsWith('NULL') ? [0, 0] : [1, 1];
  const operands = fc.array(operator === 'EQ' || operator === 'NE' ? value : scalar, {
    minLength: counts[0] as number,
    maxLength: counts[1] as number,
  });
  return fc.record({ ComparisonOperator: fc.constant(operator), AttributeValueList: operands });
});
const conditions = fc.dictionary(fc.constantFrom(...NAMES), condition, { minKeys: 1, noNullPrototype: true });
const joinedBy = fc.constantFrom<ConditionalOperator | undefined>(undefined, 'AND', 'OR');

type Filter = Readonly<Record<string, RawCondition>>;

/** The filter as the parameters of a FilterExpression. */
function expressionOf(filter: Filter, operator: ConditionalOperator = 'AND') {
  const names: Record<string, string> = {};
  const values: Record<string, unknown> = {};
  const parts = Object.entries(filter).map(([name, { ComparisonOperator, AttributeValueList = [] }], i) => {
    names[`#n${i}`] = name;
    const placeholders = AttributeValueList.map((_, j) => `:v${i}x${j}`);
    for (const [j, placeholder] of placeholders.entries()) values[placeholder] = AttributeValueList[j];
    return EXPRESSIONS[ComparisonOperator as ComparisonOperator](`#n${i}`, placeholders);
  });
  return {
    FilterExpression: parts.join(` ${operator} `).replace(/^\((.*)\)$/, parts.length === 1 ? '$1' : '($1)'),
    ExpressionAttributeNames: names,
    ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: values }),
  };
}

/** What a form says of the item, undefined where it refuses the values. */
function outcomeOf(evaluate: () => boolean): boolean | undefined {
  try {
    return evaluate();
  } catch (error) {
    if (error instanceof ApiError) return undefined;
    throw error;
  }
}

function hasMixedTypes(filter: Filter): boolean {
  return Object.values(filter).some(({ AttributeValueList = [] }) => {
    return new Set(AttributeValueList.map((each) => Object.keys(each as object)[0])).size > 1;
  });
}

describe('legacy conditions', () => {
  test('say of every item what the expression in their place says', () => {
    fc.assert(
      fc.property(item, conditions, joinedBy, (rawItem, filter, operator) => {
        const stored: Item | undefined = rawItem && parseItem(rawItem);
        const legacy = outcomeOf(() => evaluateCondition(readFilter(filter, operator) as never, stored));
        const expected = outcomeOf(() => evaluateCondition(readExpected(filter, operator) as never, stored));
        const modern = outcomeOf(() => {
          return evaluateCondition(readExpressions(expressionOf(filter, operator)).filter as never, stored);
        });
        assert.equal(expected, legacy);
        // IN of an expression may mix types, and that of a condition may not.
        if (!hasMixedTypes(filter)) assert.equal(legacy, modern);
        else assert.equal(legacy, undefined);
      }),
      { numRuns: 5_000 },
    );
  });

  test('of no attribute are no condition', () => {
    assert.equal(readFilter({}, undefined), undefined);
    assert.equal(readExpected({}, undefined), undefined);
  });

  test('of the older form equal EQ and NULL', () => {
    fc.assert(
      fc.property(value, (Value) => {
        const asList = { a: { ComparisonOperator: 'EQ' as const, AttributeValueList: [Value] } };
        const equal = readExpected(asList, undefined);
        assert.deepEqual(readExpected({ a: { Value } }, undefined), equal);
        assert.deepEqual(readExpected({ a: { Value, Exists: true } }, undefined), equal);
        assert.deepEqual(readExpected({ a: { Value, ComparisonOperator: 'EQ' } }, undefined), equal);
      }),
    );
    const missing = readExpected({ a: { ComparisonOperator: 'NULL' } }, undefined);
    assert.deepEqual(readExpected({ a: { Exists: false } }, undefined), missing);
  });
});
