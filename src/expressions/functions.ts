/** The functions of the language: where each may stand and how many operands it takes. */

interface FunctionRule {
  /** A condition by itself, a number to compare (`size`), or a value to SET. */
  readonly gives: 'condition' | 'number' | 'value';
  readonly operandCount: number;
}

const FUNCTIONS: ReadonlyMap<string, FunctionRule> = new Map<string, FunctionRule>([
  ['attribute_exists', { gives: 'condition', operandCount: 1 }],
  ['attribute_not_exists', { gives: 'condition', operandCount: 1 }],
  ['attribute_type', { gives: 'condition', operandCount: 2 }],
  ['begins_with', { gives: 'condition', operandCount: 2 }],
  ['contains', { gives: 'condition', operandCount: 2 }],
  ['size', { gives: 'number', operandCount: 1 }],
  ['if_not_exists', { gives: 'value', operandCount: 2 }],
  ['list_append', { gives: 'value', operandCount: 2 }],
]);

/** The rule of the function `name`, whose case counts; undefined where there is none. */
export function functionRule(name: string): FunctionRule | undefined {
  return FUNCTIONS.get(name);
}
