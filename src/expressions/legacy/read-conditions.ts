/** QueryFilter, ScanFilter and Expected: conditions on attributes by name, joined by ConditionalOperator. */
import { assert } from '../../foundation/assert.ts';
import { validationError } from '../../foundation/errors.ts';
import { parseAttributeName, parseAttributeValue } from '../../values/attribute-value.ts';
import type { Condition } from '../ast.ts';
import { EXPRESSION_LIMITS } from '../limits.ts';
import { compareAttribute, validateArguments } from './comparison.ts';
import { LEGACY } from './messages.ts';
import type { ByName, ConditionalOperator, RawCondition, RawExpected } from './parameters.ts';

/**
 * The condition that a QueryFilter or ScanFilter is, undefined where it has none; throws ValidationException. All
 * conditions must hold, or with OR any of them.
 */
export function readFilter(
  filter: ByName<RawCondition>,
  joinedBy: ConditionalOperator | undefined,
): Condition | undefined {
  return join(Object.entries(filter), joinedBy, readComparison);
}

/** The condition that Expected is, as `readFilter`. */
export function readExpected(
  expected: ByName<RawExpected>,
  joinedBy: ConditionalOperator | undefined,
): Condition | undefined {
  return join(Object.entries(expected), joinedBy, readExpectation);
}

/** Of all conditions together. No reference has a limit, but a writer that met a million values would stand still. */
const MAX_VALUES = 10_000;

function validateValueCount(conditions: readonly RawCondition[]): void {
  const count = conditions.reduce((sum, { AttributeValueList = [] }) => sum + AttributeValueList.length, 0);
  if (count > MAX_VALUES) throw validationError(LEGACY.tooManyValues(count, MAX_VALUES));
}

function join<Raw extends RawCondition>(
  entries: readonly (readonly [name: string, raw: Raw])[],
  joinedBy: ConditionalOperator | undefined,
  read: (name: string, raw: Raw) => Condition,
): Condition | undefined {
  const limit = EXPRESSION_LIMITS.operators;
  if (entries.length > limit) throw validationError(LEGACY.tooManyConditions(entries.length, limit));
  validateValueCount(entries.map(([, raw]) => raw));
  const conditions = entries.map(([name, raw]) => read(parseAttributeName(name), raw));
  if (conditions.length <= 1) return conditions[0];
  return { kind: joinedBy === 'OR' ? 'or' : 'and', conditions };
}

function readComparison(
  name: string,
  { ComparisonOperator: operator, AttributeValueList = [] }: RawCondition,
): Condition {
  const values = AttributeValueList.map(parseAttributeValue);
  assert(operator !== undefined, 'the shape of a request requires it');
  validateArguments(operator, values);
  return compareAttribute(name, operator, values);
}

/**
 * With an operator the values are those of AttributeValueList or, though the developer guide denies it, the one that is
 * Value. Without one, Value is what the attribute must equal, unless Exists is false: then it must be missing. Source
 * of what goes with what, and of the texts: tried on the service, https://github.com/floci-io/floci/pull/2125, in a
 * region that puts "1 validation error detected: " in front of them, as us-east-1 does not
 * (https://github.com/nubo-db/dynoxide/issues/83).
 */
function readExpectation(name: string, raw: RawExpected): Condition {
  const { ComparisonOperator: operator, AttributeValueList: list, Value, Exists } = raw;
  const values = (list ?? (Value === undefined ? [] : [Value])).map(parseAttributeValue);
  if (list !== undefined && Value !== undefined) throw validationError(LEGACY.valueAndList(name));
  if (operator === undefined) {
    if (list !== undefined) throw validationError(LEGACY.listWithoutOperator(name));
    if (Exists === false && Value !== undefined) throw validationError(LEGACY.valueWithoutExists(name));
    if (Exists !== false && Value === undefined) throw validationError(LEGACY.existsWithoutValue(Exists, name));
    return compareAttribute(name, Exists === false ? 'NULL' : 'EQ', values);
  }
  if (Exists !== undefined) throw validationError(LEGACY.existsWithOperator(name));
  if (list === undefined && Value === undefined && operator !== 'NULL' && operator !== 'NOT_NULL') {
    throw validationError(LEGACY.operatorWithoutValue(operator, name));
  }
  validateArguments(operator, values);
  return compareAttribute(name, operator, values);
}
