/** KeyConditions: what a Query finds, by conditions on the key's attributes. */
import { assert } from '../../foundation/assert.ts';
import { validationError } from '../../foundation/errors.ts';
import { parseAttributeName, parseAttributeValue } from '../../values/attribute-value.ts';
import type { KeyCondition, KeyConditionTerm, KeyOperator } from '../ast.ts';
import { validateArguments } from './comparison.ts';
import { LEGACY } from './messages.ts';
import type { ByName, ComparisonOperator, RawCondition } from './parameters.ts';

/** The operators that find ranges of keys; the others are for filters. */
const KEY_OPERATORS: Readonly<Partial<Record<ComparisonOperator, KeyOperator>>> = {
  EQ: '=',
  LT: '<',
  LE: '<=',
  GT: '>',
  GE: '>=',
  BEGINS_WITH: 'begins_with',
  BETWEEN: 'BETWEEN',
};

/** The attributes of the largest key, that of a global index: four of HASH, four of RANGE. */
const MAX_KEY_ATTRIBUTES = 8;

/**
 * The terms in their order; throws ValidationException. Whether they are on keys, and not more than those have, is the
 * caller's to check. Source of more than two: https://github.com/scylladb/scylladb/issues/31393.
 */
export function readKeyConditions(conditions: ByName<RawCondition>): KeyCondition {
  const entries = Object.entries(conditions);
  if (entries.length < 1 || entries.length > MAX_KEY_ATTRIBUTES) throw validationError(LEGACY.keyConditionCount);
  return { kind: 'keyCondition', terms: entries.map(([name, raw]) => readTerm(parseAttributeName(name), raw)) };
}

function readTerm(
  attributeName: string,
  { ComparisonOperator, AttributeValueList = [] }: RawCondition,
): KeyConditionTerm {
  const operands = AttributeValueList.map(parseAttributeValue);
  assert(ComparisonOperator !== undefined, 'the shape of a request requires it');
  validateArguments(ComparisonOperator, operands);
  const operator = KEY_OPERATORS[ComparisonOperator];
  if (operator === undefined) throw validationError(LEGACY.keyConditionOperator);
  return { attributeName, operator, operands };
}
