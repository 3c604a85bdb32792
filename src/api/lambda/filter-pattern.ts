/**
 * Whether a text is a pattern of Lambda's event filtering.
 *
 * Source: "Control which events Lambda sends to your function", filter rule syntax, in the Lambda developer guide; what
 * a pattern's parts may be is that of "Event patterns" in the EventBridge user guide, to which it refers.
 */

/** Deeper than any record of a stream, few enough to recurse over. */
const MAX_DEPTH = 100;

/** Whether `text` is the JSON of a pattern: an object of lists of what a value may be, or of such objects. */
export function isFilterPattern(text: string): boolean {
  try {
    return isPattern(JSON.parse(text), 0);
  } catch {
    return false;
  }
}

type Json = { readonly [name: string]: unknown };

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isPattern(value: unknown, depth: number): boolean {
  if (!isObject(value) || depth > MAX_DEPTH) return false;
  const members = Object.entries(value);
  if (members.length === 0) return false;
  return members.every(([name, part]) => {
    if (name === '$or' && Array.isArray(part)) {
      return part.length > 1 && part.every((choice) => isPattern(choice, depth + 1));
    }
    if (Array.isArray(part)) return part.length > 0 && part.every(isMatcher);
    return isPattern(part, depth + 1);
  });
}

function isScalar(value: unknown): boolean {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

/** One of the things that a value may be: itself, or an object of one comparison. */
function isMatcher(value: unknown): boolean {
  if (isScalar(value)) return true;
  if (!isObject(value)) return false;
  const [[operator, operand] = [], ...others] = Object.entries(value);
  return others.length === 0 && operator !== undefined && isComparison(operator, operand);
}

function isComparison(operator: string, operand: unknown): boolean {
  switch (operator) {
    case 'exists':
      return typeof operand === 'boolean';
    case 'prefix':
    case 'suffix':
    case 'equals-ignore-case':
      return typeof operand === 'string';
    case 'anything-but':
      return Array.isArray(operand) ? operand.length > 0 && operand.every(isScalar) : isScalar(operand);
    case 'numeric':
      return Array.isArray(operand) && isNumericComparison(operand);
    default:
      return false;
  }
}

const NUMERIC_OPERATORS: ReadonlySet<unknown> = new Set(['=', '<', '<=', '>', '>=']);

/** `[operator, number]`, or a lower and an upper bound: `['>', 1, '<=', 2]`. */
function isNumericComparison(operand: readonly unknown[]): boolean {
  if (operand.length !== 2 && operand.length !== 4) return false;
  return operand.every((part, index) => (index % 2 === 0 ? NUMERIC_OPERATORS.has(part) : typeof part === 'number'));
}
