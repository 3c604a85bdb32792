/** Decides whether an item meets a bound condition. */
import { unreachable } from '../foundation/assert.ts';
import type { AttributeValue, Item } from '../values/attribute-value.ts';
import { attributeTypeOf } from '../values/attribute-value.ts';
import { binaryText, compareValues, countAttributes } from '../values/compare.ts';
import { includesText } from '../values/find-text.ts';
import { equalRemembered, includesMember, includesValue } from '../values/remembered.ts';
import type { Comparator, Condition, ConditionFunction, Operand } from './ast.ts';
import { valueAt } from './document-path.ts';
import { visitConditionPaths } from './nested-names.ts';

/**
 * Whether `item` meets `condition`; undefined stands for no such item, which has no attributes.
 *
 * What the item lacks, or has of another type than an operator asks for, makes that operator false and is no error;
 * only `<>` is then true. Source: "Comparison operator and function reference" in the developer guide.
 */
export function evaluateCondition(condition: Condition, item: Item | undefined): boolean {
  switch (condition.kind) {
    case 'and':
      return condition.conditions.every((part) => evaluateCondition(part, item));
    case 'or':
      return condition.conditions.some((part) => evaluateCondition(part, item));
    case 'not':
      return !evaluateCondition(condition.condition, item);
    case 'comparison':
      return compareOperands(condition.operator, readOperand(condition.left, item), readOperand(condition.right, item));
    case 'between': {
      const value = readOperand(condition.operand, item);
      return (
        compareOperands('>=', value, readOperand(condition.lower, item)) &&
        compareOperands('<=', value, readOperand(condition.upper, item))
      );
    }
    case 'in': {
      const value = readOperand(condition.operand, item);
      return value !== undefined && isCandidate(value, condition.candidates, item);
    }
    case 'call':
      return evaluateCall(condition.name, condition.operands, item);
    default:
      return unreachable(condition);
  }
}

/** The values among the candidates of conditions in use: a filter looks through them for each item of a page. */
const CANDIDATE_VALUES = new WeakMap<readonly Operand[], readonly AttributeValue[]>();

function isCandidate(value: AttributeValue, candidates: readonly Operand[], item: Item | undefined): boolean {
  let values = CANDIDATE_VALUES.get(candidates);
  if (values === undefined) {
    values = candidates.filter((candidate) => candidate.kind === 'value').map((candidate) => candidate.value);
    CANDIDATE_VALUES.set(candidates, values);
  }
  if (includesValue(values, value)) return true;
  if (values.length === candidates.length) return false;
  return candidates.some(
    (candidate) => candidate.kind !== 'value' && compareOperands('=', value, readOperand(candidate, item)),
  );
}

function readOperand(operand: Operand, item: Item | undefined): AttributeValue | undefined {
  switch (operand.kind) {
    case 'path':
      return item === undefined ? undefined : valueAt(item, operand.path);
    case 'value':
      return operand.value;
    case 'size': {
      const size = measureValue(readOperand(operand.operand, item));
      return size === undefined ? undefined : { N: String(size) };
    }
    default:
      return unreachable(operand);
  }
}

/**
 * What `size` gives: UTF-16 units of a string, bytes of a binary, elements of a set, list or map; nothing for the rest.
 * The developer guide only says "the length of the string"; that DynamoDB counts UTF-16 units (3 for `é𝄞`, which has 6
 * bytes and 2 code points) was tried on the service: https://github.com/ExtendDB/extenddb/issues/60 and pull request 67
 * there.
 */
function measureValue(value: AttributeValue | undefined): number | undefined {
  if (value === undefined) return undefined;
  if ('S' in value) return value.S.length;
  if ('B' in value) return Buffer.byteLength(value.B, 'base64');
  if ('L' in value) return value.L.length;
  if ('M' in value) return countAttributes(value.M);
  return setMembers(value)?.length;
}

function setMembers(value: AttributeValue): readonly string[] | undefined {
  if ('SS' in value) return value.SS;
  if ('NS' in value) return value.NS;
  return 'BS' in value ? value.BS : undefined;
}

function compareOperands(
  operator: Comparator,
  left: AttributeValue | undefined,
  right: AttributeValue | undefined,
): boolean {
  if (operator === '<>') return !compareOperands('=', left, right);
  if (left === undefined || right === undefined) return false;
  if (operator === '=') return equalRemembered(left, right);
  const order = compareValues(left, right);
  if (order === undefined) return false;
  switch (operator) {
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
    default:
      return unreachable(operator);
  }
}

function evaluateCall(name: ConditionFunction, operands: readonly Operand[], item: Item | undefined): boolean {
  const [first, second] = operands as readonly [Operand, Operand];
  const value = readOperand(first, item);
  if (name === 'attribute_exists') return value !== undefined;
  if (name === 'attribute_not_exists') return value === undefined;
  const argument = readOperand(second, item);
  if (value === undefined || argument === undefined) return false;
  switch (name) {
    case 'attribute_type':
      return 'S' in argument && attributeTypeOf(value) === argument.S;
    case 'begins_with':
      return beginsWith(value, argument);
    case 'contains':
      return contains(value, argument);
    default:
      return unreachable(name);
  }
}

function beginsWith(value: AttributeValue, prefix: AttributeValue): boolean {
  if ('S' in value && 'S' in prefix) return value.S.startsWith(prefix.S);
  if (!('B' in value && 'B' in prefix)) return false;
  return binaryText(value).startsWith(binaryText(prefix));
}

/** A part of a string or binary, a member of a set, or an element of a list. */
function contains(value: AttributeValue, part: AttributeValue): boolean {
  if ('L' in value) return includesValue(value.L, part);
  if ('S' in part)
    return 'S' in value ? includesText(value.S, part.S) : 'SS' in value && includesMember(value.SS, part.S);
  if ('N' in part) return 'NS' in value && includesMember(value.NS, part.N);
  if (!('B' in part)) return false;
  if ('BS' in value) return includesMember(value.BS, part.B);
  return 'B' in value && includesText(binaryText(value), binaryText(part));
}

/** The names of the attributes at the top of an item that `condition` looks at, each once. */
export function conditionAttributeNames(condition: Condition): readonly string[] {
  const names = new Set<string>();
  visitConditionPaths(condition, (path) => names.add(path[0] as string));
  return [...names];
}
