/**
 * The checks of a bound expression that need no item: operands that can't be right whatever the item holds. They run
 * for every request, also when no item is there to be judged.
 */
import { unreachable } from '../foundation/assert.ts';
import type { AttributeType, AttributeValue } from '../values/attribute-value.ts';
import { attributeTypeOf } from '../values/attribute-value.ts';
import { compareValues } from '../values/compare.ts';
import type {
  Condition,
  ConditionFunction,
  DocumentPath,
  ExpressionName,
  Operand,
  Update,
  UpdateAction,
  UpdateValue,
} from './ast.ts';
import { arePathsApart, comparePaths, equalPaths } from './document-path.ts';
import { ANY_TYPE, EXPRESSION } from './messages.ts';
import { expressionError } from './token-cursor.ts';

const ORDERED_TYPES: ReadonlySet<AttributeType> = new Set(['S', 'N', 'B']);
const PREFIX_TYPES: ReadonlySet<AttributeType> = new Set(['S', 'B']);
const CONTAINER_TYPES: ReadonlySet<AttributeType> = new Set(['S', 'B', 'SS', 'NS', 'BS', 'L']);
const SIZED_TYPES: ReadonlySet<AttributeType> = new Set(['S', 'B', 'SS', 'NS', 'BS', 'L', 'M']);
const NUMBER_TYPES: ReadonlySet<AttributeType> = new Set(['N']);
const LIST_TYPES: ReadonlySet<AttributeType> = new Set(['L']);
const SET_TYPES: ReadonlySet<AttributeType> = new Set(['SS', 'NS', 'BS']);
const ADDABLE_TYPES: ReadonlySet<AttributeType> = new Set(['N', 'SS', 'NS', 'BS']);
const ALL_TYPES: ReadonlySet<string> = new Set(['S', 'N', 'B', 'BOOL', 'NULL', 'SS', 'NS', 'BS', 'L', 'M']);

/** Throws the ValidationException for the first operand of `condition`, in its order, that can't be right. */
export function validateCondition(name: ExpressionName, condition: Condition): void {
  switch (condition.kind) {
    case 'and':
    case 'or':
      for (const part of condition.conditions) validateCondition(name, part);
      return;
    case 'not':
      return validateCondition(name, condition.condition);
    case 'comparison': {
      const { operator, left, right } = condition;
      validateOperands(name, operator, [left, right]);
      if (operator !== '=' && operator !== '<>') validateTypes(name, operator, [left, right], ORDERED_TYPES);
      return;
    }
    case 'between':
      validateOperands(name, 'BETWEEN', [condition.operand, condition.lower, condition.upper]);
      validateTypes(name, 'BETWEEN', [condition.operand, condition.lower, condition.upper], ORDERED_TYPES);
      return validateBounds(name, condition.lower, condition.upper);
    case 'in':
      return validateOperands(name, 'IN', [condition.operand, ...condition.candidates]);
    case 'call':
      return validateCall(name, condition.name, condition.operands);
    default:
      return unreachable(condition);
  }
}

/** What every operator asks: `size` on what has one, and a first operand that none of the others repeats. */
function validateOperands(name: ExpressionName, operator: string, operands: readonly Operand[]): void {
  for (const operand of operands) {
    if (operand.kind === 'size') validateTypes(name, 'size', [operand.operand], SIZED_TYPES);
  }
  const [first, ...others] = operands;
  if (first?.kind !== 'path') return;
  if (others.some((other) => other.kind === 'path' && equalPaths(first.path, other.path))) {
    throw expressionError(name, EXPRESSION.operandsNotDistinct(operator, first.path));
  }
}

function validateCall(name: ExpressionName, call: ConditionFunction, operands: readonly Operand[]): void {
  const [first, second] = operands as readonly [Operand, Operand];
  validateOperands(name, call, operands);
  switch (call) {
    case 'attribute_exists':
    case 'attribute_not_exists':
      if (first.kind !== 'path') throw expressionError(name, EXPRESSION.pathRequired(call));
      return;
    case 'attribute_type':
      return validateTypeName(name, second);
    case 'begins_with':
      return validateTypes(name, call, operands, PREFIX_TYPES);
    case 'contains':
      return validateTypes(name, call, [first], CONTAINER_TYPES);
    default:
      return unreachable(call);
  }
}

/** The second operand of attribute_type is one of the types' names, as a value. */
function validateTypeName(name: ExpressionName, operand: Operand): void {
  if (operand.kind !== 'value' || !('S' in operand.value)) {
    const type = conditionOperandType(operand) ?? ANY_TYPE;
    throw expressionError(name, EXPRESSION.operandType('attribute_type', type));
  }
  if (!ALL_TYPES.has(operand.value.S)) throw expressionError(name, EXPRESSION.unknownAttributeType(operand.value.S));
}

function validateTypes(
  name: ExpressionName,
  operator: string,
  operands: readonly Operand[],
  allowed: ReadonlySet<AttributeType>,
): void {
  for (const operand of operands) {
    const type = conditionOperandType(operand);
    if (type !== undefined && !allowed.has(type)) throw expressionError(name, EXPRESSION.operandType(operator, type));
  }
}

/** The type of an operand, undefined where only an item can tell. */
function conditionOperandType(operand: Operand): AttributeType | undefined {
  if (operand.kind === 'path') return undefined;
  return operand.kind === 'size' ? 'N' : attributeTypeOf(operand.value);
}

function validateBounds(name: ExpressionName, lower: Operand, upper: Operand): void {
  if (lower.kind !== 'value' || upper.kind !== 'value') return;
  const order = compareValues(lower.value, upper.value);
  if (order === undefined) throw expressionError(name, EXPRESSION.betweenTypesDiffer(lower.value, upper.value));
  if (order > 0) throw expressionError(name, EXPRESSION.betweenInverted(lower.value, upper.value));
}

/** Throws the ValidationException for two paths of which one is or lies above the other, or that can't both be. */
export function validatePaths(name: ExpressionName, paths: readonly DocumentPath[]): void {
  // Comparing all pairs tells which two meet, but takes the square of their number; so many paths get a look before.
  if (paths.length > MANY_PATHS && arePathsApart(paths)) return;
  for (const [i, second] of paths.entries()) {
    for (let j = 0; j < i; j++) {
      const first = paths[j] as DocumentPath;
      const relation = comparePaths(first, second);
      if (relation === 'overlap') throw expressionError(name, EXPRESSION.pathsOverlap(first, second));
      if (relation === 'conflict') throw expressionError(name, EXPRESSION.pathsConflict(first, second));
    }
  }
}

const MANY_PATHS = 16;

/** Throws the ValidationException for paths that meet and operands whose type can't be right. */
export function validateUpdate(update: Update): void {
  validatePaths(
    'UpdateExpression',
    update.actions.map((action) => action.path.path),
  );
  for (const action of update.actions) validateAction(action);
}

function validateAction(action: UpdateAction): void {
  switch (action.kind) {
    case 'set':
      return validateUpdateValue(action.value);
    case 'remove':
      return;
    case 'add':
      return validateSectionOperand('ADD', action.value.value, ADDABLE_TYPES);
    case 'delete':
      return validateSectionOperand('DELETE', action.value.value, SET_TYPES);
    default:
      return unreachable(action);
  }
}

function validateSectionOperand(
  section: 'ADD' | 'DELETE',
  value: AttributeValue,
  allowed: ReadonlySet<AttributeType>,
): void {
  const type = attributeTypeOf(value);
  if (!allowed.has(type)) throw expressionError('UpdateExpression', EXPRESSION.sectionOperandType(section, type));
}

function validateUpdateValue(value: UpdateValue): void {
  switch (value.kind) {
    case 'path':
    case 'value':
      return;
    case 'arithmetic':
      return validateUpdateOperands(value.operator, [value.left, value.right], NUMBER_TYPES);
    case 'listAppend':
      return validateUpdateOperands('list_append', [value.first, value.second], LIST_TYPES);
    case 'ifNotExists':
      return validateUpdateValue(value.fallback);
    default:
      return unreachable(value);
  }
}

function validateUpdateOperands(
  operator: string,
  operands: readonly UpdateValue[],
  allowed: ReadonlySet<AttributeType>,
): void {
  for (const operand of operands) {
    validateUpdateValue(operand);
    const type = updateValueType(operand);
    if (type !== undefined && !allowed.has(type)) {
      throw expressionError('UpdateExpression', EXPRESSION.operandType(operator, type));
    }
  }
}

/** The type that a value is sure to have, undefined where only an item can tell. */
function updateValueType(value: UpdateValue): AttributeType | undefined {
  switch (value.kind) {
    case 'value':
      return attributeTypeOf(value.value);
    case 'arithmetic':
      return 'N';
    case 'listAppend':
      return 'L';
    case 'path':
    case 'ifNotExists':
      return undefined;
    default:
      return unreachable(value);
  }
}
