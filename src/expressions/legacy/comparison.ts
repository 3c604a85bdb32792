/** One legacy condition: an attribute, an operator and the values that it is compared with. */
import { validationError } from '../../foundation/errors.ts';
import type { AttributeType, AttributeValue } from '../../values/attribute-value.ts';
import { attributeTypeOf } from '../../values/attribute-value.ts';
import { compareValues } from '../../values/compare.ts';
import type { Comparator, Condition, ConditionFunction, PathOperand, ValueOperand } from '../ast.ts';
import { LEGACY } from './messages.ts';
import type { ComparisonOperator } from './parameters.ts';

/** What an operator may be given. */
interface ArgumentRule {
  readonly min: number;
  readonly max: number;
  /** Undefined for any type. */
  readonly types?: ReadonlySet<AttributeType>;
}

const SCALARS: ReadonlySet<AttributeType> = new Set(['S', 'N', 'B']);
const NONE: ArgumentRule = { min: 0, max: 0 };
const ONE: ArgumentRule = { min: 1, max: 1 };
const ONE_SCALAR: ArgumentRule = { ...ONE, types: SCALARS };

/** Source: API reference, Condition. That EQ and NE take all types is there too, and true: BOOL was tried. */
const ARGUMENT_RULES: Readonly<Record<ComparisonOperator, ArgumentRule>> = {
  EQ: ONE,
  NE: ONE,
  LE: ONE_SCALAR,
  LT: ONE_SCALAR,
  GE: ONE_SCALAR,
  GT: ONE_SCALAR,
  NOT_NULL: NONE,
  NULL: NONE,
  CONTAINS: ONE_SCALAR,
  NOT_CONTAINS: ONE_SCALAR,
  BEGINS_WITH: { ...ONE, types: new Set(['S', 'B']) },
  IN: { min: 1, max: Infinity, types: SCALARS },
  BETWEEN: { min: 2, max: 2, types: SCALARS },
};

/** Throws the ValidationException for values that `operator` does not take: how many, of what types, in what order. */
export function validateArguments(operator: ComparisonOperator, values: readonly AttributeValue[]): void {
  const { min, max, types } = ARGUMENT_RULES[operator];
  if (values.length < min || values.length > max) throw validationError(LEGACY.argumentCount(operator));
  const found = new Set(values.map(attributeTypeOf));
  for (const type of found) {
    if (types?.has(type) === false) throw validationError(LEGACY.argumentType(operator, type));
  }
  if (found.size > 1) throw validationError(LEGACY.argumentTypesDiffer);
  if (operator !== 'BETWEEN') return;
  const [lower, upper] = values as readonly [AttributeValue, AttributeValue];
  if ((compareValues(lower, upper) ?? 0) > 0) throw validationError(LEGACY.betweenInverted);
}

/**
 * The condition that the attribute `name` compares so with `values`, which are such as the operator takes.
 *
 * An attribute that is missing is NE to every value, as with `<>`; but it neither CONTAINS nor NOT_CONTAINS one, where
 * `NOT contains` would be true.
 */
export function compareAttribute(
  name: string,
  operator: ComparisonOperator,
  values: readonly AttributeValue[],
): Condition {
  const attribute: PathOperand = { kind: 'path', path: [name] };
  const operands = values.map((value): ValueOperand => ({ kind: 'value', value }));
  const [first, second] = operands as unknown as readonly [ValueOperand, ValueOperand];
  const comparison = (comparator: Comparator): Condition => {
    return { kind: 'comparison', operator: comparator, left: attribute, right: first };
  };
  const call = (called: ConditionFunction): Condition => {
    return { kind: 'call', name: called, operands: [attribute, ...operands] };
  };
  switch (operator) {
    case 'EQ':
      return comparison('=');
    case 'NE':
      return comparison('<>');
    case 'LE':
      return comparison('<=');
    case 'LT':
      return comparison('<');
    case 'GE':
      return comparison('>=');
    case 'GT':
      return comparison('>');
    case 'NOT_NULL':
      return call('attribute_exists');
    case 'NULL':
      return call('attribute_not_exists');
    case 'CONTAINS':
      return call('contains');
    case 'NOT_CONTAINS':
      return { kind: 'and', conditions: [existence(attribute), { kind: 'not', condition: call('contains') }] };
    case 'BEGINS_WITH':
      return call('begins_with');
    case 'IN':
      return { kind: 'in', operand: attribute, candidates: operands };
    case 'BETWEEN':
      return { kind: 'between', operand: attribute, lower: first, upper: second };
  }
}

function existence(attribute: PathOperand): Condition {
  return { kind: 'call', name: 'attribute_exists', operands: [attribute] };
}
