/** Reads a bound condition as a key condition: which attribute, which operator, which values. */
import { unreachable } from '../foundation/assert.ts';
import { validationError } from '../foundation/errors.ts';
import type { AttributeValue } from '../values/attribute-value.ts';
import type { Comparator, Condition, KeyCondition, KeyConditionTerm, KeyOperator, Operand } from './ast.ts';
import { EXPRESSION, REQUEST } from './messages.ts';
import { expressionError } from './token-cursor.ts';

/** One condition that key conditions know, before its operands are looked at. */
interface Candidate {
  readonly operator: KeyOperator;
  readonly operands: readonly Operand[];
}

/** What a comparator becomes when its sides change places. */
const MIRRORED: Readonly<Record<Exclude<Comparator, '<>'>, KeyOperator>> = {
  '=': '=',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
};

/**
 * The terms of `condition` in the order of the text; a value in front of its attribute is put behind it. Throws the
 * ValidationException for what key conditions can't say. Whether the attributes are keys is the caller's to check.
 */
export function readKeyCondition(condition: Condition): KeyCondition {
  const candidates: Candidate[] = [];
  collectCandidates(condition, candidates);
  const terms = candidates.map(readTerm);
  if (new Set(terms.map((term) => term.attributeName)).size < terms.length) {
    throw validationError(REQUEST.keyConditionTwice);
  }
  return { kind: 'keyCondition', terms };
}

function collectCandidates(condition: Condition, candidates: Candidate[]): void {
  switch (condition.kind) {
    case 'and':
      for (const part of condition.conditions) collectCandidates(part, candidates);
      return;
    case 'or':
    case 'not':
    case 'in':
      throw validationError(REQUEST.keyConditionOperator(condition.kind.toUpperCase()));
    case 'comparison':
      if (condition.operator === '<>') throw validationError(REQUEST.keyConditionOperator('<>'));
      candidates.push({ operator: condition.operator, operands: [condition.left, condition.right] });
      return;
    case 'between':
      candidates.push({ operator: 'BETWEEN', operands: [condition.operand, condition.lower, condition.upper] });
      return;
    case 'call':
      if (condition.name !== 'begins_with') throw validationError(REQUEST.keyConditionOperator(condition.name));
      candidates.push({ operator: 'begins_with', operands: condition.operands });
      return;
    default:
      return unreachable(condition);
  }
}

function readTerm({ operator, operands }: Candidate): KeyConditionTerm {
  const values: AttributeValue[] = [];
  let attributeName: string | undefined;
  let position = 0;
  for (const [i, operand] of operands.entries()) {
    if (operand.kind === 'size') throw validationError(REQUEST.keyConditionOperator('size'));
    if (operand.kind === 'value') {
      values.push(operand.value);
      continue;
    }
    if (operand.path.length > 1) throw expressionError('KeyConditionExpression', EXPRESSION.keyConditionNested);
    if (attributeName !== undefined) throw validationError(REQUEST.keyConditionTwoNames);
    attributeName = operand.path[0] as string;
    position = i;
  }
  if (attributeName === undefined) throw validationError(REQUEST.keyConditionNoName);
  if (position === 0) return { attributeName, operator, operands: values };
  if (operator === 'BETWEEN' || operator === 'begins_with') {
    throw validationError(REQUEST.keyConditionNameNotFirst(operator));
  }
  return { attributeName, operator: MIRRORED[operator], operands: values };
}
