/** Finds in a condition what it says of key attributes. */
import type { Comparator, Condition, KeyConditionTerm, KeyOperator, Operand } from '../expressions/ast.ts';
import type { AttributeValue } from '../values/attribute-value.ts';

/** The conditions all of which must hold for `condition` to hold, in the order of the text. */
export function conjunctsOf(condition: Condition | undefined): readonly Condition[] {
  if (condition === undefined) return [];
  return condition.kind === 'and' ? condition.conditions.flatMap(conjunctsOf) : [condition];
}

/** The condition that all of `conjuncts` hold; undefined where there are none. */
export function allOf(conjuncts: readonly Condition[]): Condition | undefined {
  return conjuncts.length > 1 ? { kind: 'and', conditions: conjuncts } : conjuncts[0];
}

/** The value that `condition` says the attribute `name` is equal to. */
export function equalityOn(condition: Condition, name: string): AttributeValue | undefined {
  const term = termOn(condition, name);
  return term?.operator === '=' ? term.operands[0] : undefined;
}

/** What a comparator becomes when its sides change places. */
const MIRRORED: Readonly<Record<Exclude<Comparator, '<>'>, KeyOperator>> = {
  '=': '=',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
};

/** `condition` as a key condition on the attribute `name`; undefined where it is none. */
export function termOn(condition: Condition, name: string): KeyConditionTerm | undefined {
  switch (condition.kind) {
    case 'comparison': {
      const { operator, left, right } = condition;
      if (operator === '<>') return undefined;
      return makeTerm(name, operator, left, [right]) ?? makeTerm(name, MIRRORED[operator], right, [left]);
    }
    case 'between':
      return makeTerm(name, 'BETWEEN', condition.operand, [condition.lower, condition.upper]);
    case 'call': {
      if (condition.name !== 'begins_with') return undefined;
      const [first, ...rest] = condition.operands as readonly [Operand, Operand];
      return makeTerm(name, 'begins_with', first, rest);
    }
    default:
      return undefined;
  }
}

function makeTerm(
  name: string,
  operator: KeyOperator,
  attribute: Operand,
  operands: readonly Operand[],
): KeyConditionTerm | undefined {
  if (!isAttribute(attribute, name)) return undefined;
  const values = valuesOf(operands);
  return values && { attributeName: name, operator, operands: values };
}

function isAttribute(operand: Operand, name: string): boolean {
  return operand.kind === 'path' && operand.path.length === 1 && operand.path[0] === name;
}

function valuesOf(operands: readonly Operand[]): readonly AttributeValue[] | undefined {
  const values = operands.flatMap((operand) => (operand.kind === 'value' ? [operand.value] : []));
  return values.length === operands.length ? values : undefined;
}

/**
 * The values one of which the attribute `name` must have for `condition` to hold, each once, in the order of the text;
 * undefined where the condition leaves it open. Source: "PartiQL select statements" in the developer guide, which reads
 * `pk = 1`, `pk IN [1, 2]` and `pk = 1 OR pk = 2` without a scan.
 */
export function valuesOn(condition: Condition | undefined, name: string): readonly AttributeValue[] | undefined {
  switch (condition?.kind) {
    case 'comparison': {
      const value = equalityOn(condition, name);
      return value && [value];
    }
    case 'in':
      return isAttribute(condition.operand, name) ? distinct(valuesOf(condition.candidates)) : undefined;
    case 'and': {
      const alternatives = condition.conditions
        .map((part) => valuesOn(part, name))
        .filter((each) => each !== undefined);
      return alternatives.toSorted((left, right) => left.length - right.length)[0];
    }
    case 'or': {
      const parts = condition.conditions.map((part) => valuesOn(part, name));
      return parts.includes(undefined) ? undefined : distinct(parts.flatMap((part) => part ?? []));
    }
    default:
      return undefined;
  }
}

/** Without repetitions of what a key can be; anything else is refused later. */
function distinct(values: readonly AttributeValue[] | undefined): readonly AttributeValue[] | undefined {
  const seen = new Set<string>();
  return values?.filter((value) => {
    if (!('S' in value || 'N' in value || 'B' in value)) return true;
    const text = JSON.stringify(value);
    if (seen.has(text)) return false;
    seen.add(text);
    return true;
  });
}
