/**
 * Whether a record passes the filters of a trigger.
 *
 * Source: "Control which events Lambda sends to your function" and "Using event filtering with a DynamoDB event source" in
 * the Lambda developer guide; what a matcher means is that of "Event patterns" in the EventBridge user guide, to which
 * the first refers. Patterns have been checked when the trigger was made.
 */

/** Whether the JSON of a record passes. */
export type EventFilter = (recordJson: string) => boolean;

/** A filter that passes what matches at least one of `patterns`, each a pattern as JSON; undefined without any. */
export function compileFilter(patterns: readonly string[]): EventFilter | undefined {
  if (patterns.length === 0) return undefined;
  const matchers = patterns.map((pattern) => compilePattern(JSON.parse(pattern) as Json));
  return (recordJson) => {
    const record: unknown = JSON.parse(recordJson);
    return matchers.some((matches) => matches(record));
  };
}

type Json = { readonly [name: string]: unknown };
/** Is given undefined for what isn't there. */
type Matcher = (value: unknown) => boolean;

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** All of an object's members have to match; of objects in a list, those of one of them. */
function compilePattern(pattern: Json): Matcher {
  const members = Object.entries(pattern).map(([name, part]) => compileMember(name, part));
  const matchesObject = (object: Json): boolean => members.every((matches) => matches(object));
  return (value) => {
    if (Array.isArray(value)) return value.some((element) => isObject(element) && matchesObject(element));
    return matchesObject(isObject(value) ? value : {});
  };
}

function compileMember(name: string, part: unknown): (object: Json) => boolean {
  if (name === '$or' && Array.isArray(part) && part.every(isObject)) {
    const choices = part.map(compilePattern);
    return (object) => choices.some((matches) => matches(object));
  }
  const matches = isObject(part) ? compilePattern(part) : compileLeaf(part as readonly unknown[], name === 'N');
  return (object) => matches(Object.hasOwn(object, name) ? object[name] : undefined);
}

/** One of `choices` has to match the value, or one of its elements if it is a list. */
function compileLeaf(choices: readonly unknown[], isNumber: boolean): Matcher {
  // Each choice is tried on each element of a list: those that are only looked up are looked up together.
  const scalars = new Set(choices.filter((choice) => !isObject(choice)));
  const folded = new Set(choices.flatMap((choice) => foldedText(choice) ?? []));
  const others = choices.filter((choice) => isObject(choice) && foldedText(choice) === undefined);
  const matchers = others.map((choice) => compileChoice(choice as Json, isNumber));
  if (scalars.size > 0) matchers.push(anyElement((value) => scalars.has(value)));
  if (folded.size > 0)
    matchers.push(anyElement((value) => typeof value === 'string' && folded.has(value.toLowerCase())));
  return (value) => matchers.some((matches) => matches(value));
}

/** What `equals-ignore-case` compares with; undefined for other choices. */
function foldedText(choice: unknown): string | undefined {
  const text = isObject(choice) ? choice['equals-ignore-case'] : undefined;
  return typeof text === 'string' ? text.toLowerCase() : undefined;
}

function compileChoice(choice: Json, isNumber: boolean): Matcher {
  if ('exists' in choice) return (value) => isLeaf(value) === choice['exists'];
  if ('numeric' in choice) return compileNumeric(choice['numeric'] as readonly unknown[], isNumber);
  if ('anything-but' in choice) {
    const refused = new Set<unknown>([choice['anything-but']].flat());
    return (value) => isLeaf(value) && !anyElement((element) => refused.has(element))(value);
  }
  return compileText(choice);
}

/** Source of `exists`: it is for leaf nodes, and "doesn't match intermediate nodes". */
function isLeaf(value: unknown): boolean {
  return value !== undefined && !isObject(value);
}

function anyElement(matches: (scalar: unknown) => boolean): Matcher {
  return (value) => (Array.isArray(value) ? value.some(matches) : value !== undefined && matches(value));
}

function compileText(choice: Json): Matcher {
  const [[operator = '', operand] = []] = Object.entries(choice) as [string, string][];
  const text = operand ?? '';
  const matches = (value: string): boolean =>
    operator === 'prefix' ? value.startsWith(text) : operator === 'suffix' && value.endsWith(text);
  return anyElement((value) => typeof value === 'string' && matches(value));
}

/** `[operator, number, ...]`: all have to hold. The numbers of items, in members called N, are strings. */
function compileNumeric(operands: readonly unknown[], isNumber: boolean): Matcher {
  const bounds = operands.flatMap((operator, i) => (i % 2 === 0 ? [[operator, Number(operands[i + 1])] as const] : []));
  return anyElement((value) => {
    if (typeof value !== 'number' && !(isNumber && typeof value === 'string')) return false;
    const number = Number(value);
    return bounds.every(([operator, bound]) => compareNumbers(number, operator, bound));
  });
}

function compareNumbers(number: number, operator: unknown, bound: number): boolean {
  switch (operator) {
    case '=':
      return number === bound;
    case '<':
      return number < bound;
    case '<=':
      return number <= bound;
    case '>':
      return number > bound;
    default:
      return number >= bound;
  }
}
