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

/** The terms in their order; throws ValidationException. Whether they are on keys is the caller's to check. */
export function readKeyConditions(conditions: ByName<RawCondition>): KeyCondition {
  const entries = Object.entries(conditions);
  if (entries.length < 1 || entries.length > 2) throw validationError(LEGACY.keyConditionCount);
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
