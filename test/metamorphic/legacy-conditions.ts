/** Expected, QueryFilter and ScanFilter drawn by chance, each as members of a request and as what it means. */
import { type Predicate, beginsWith, contains, drawBounds } from './conditions.ts';
import type { Draw } from './draw.ts';
import { drawTopName } from './paths.ts';
import { drawValue } from './random-values.ts';
import { type Item, type Type, type Value, attributeOf, canonicalValue, compareValues, textOf } from './values.ts';

export interface LegacyConditions extends Predicate {
  readonly members: object;
}

/** What is asked of one attribute, and what it is called in the request. */
interface Entry {
  readonly name: string;
  readonly raw: object;
  holds(value: Value | undefined): boolean;
}

/** Conditions on one to three attributes, as the request's member `member`. */
export function drawLegacyConditions(draw: Draw, member: 'Expected' | 'QueryFilter' | 'ScanFilter'): LegacyConditions {
  const drawn = [drawEntry(draw, member), ...draw.upTo(2, () => drawEntry(draw, member))];
  const entries = [...new Map(drawn.map((entry) => [entry.name, entry])).values()];
  const joinedBy = entries.length > 1 ? draw.oneOf([undefined, 'AND', 'OR', 'OR'] as const) : undefined;
  const isMet = (item: Item | undefined) => (entry: Entry) => entry.holds(item && attributeOf(item, entry.name));
  return {
    members: {
      [member]: Object.fromEntries(entries.map(({ name, raw }) => [name, raw])),
      ConditionalOperator: joinedBy,
    },
    names: entries.map(({ name }) => name),
    holds: (item) => (joinedBy === 'OR' ? entries.some(isMet(item)) : entries.every(isMet(item))),
  };
}

function drawEntry(draw: Draw, member: string): Entry {
  const name = drawTopName(draw);
  return member === 'Expected' && draw.once(3) ? drawOldForm(draw, name) : drawComparison(draw, name, member);
}

/** The form of Expected that is older than operators. */
function drawOldForm(draw: Draw, name: string): Entry {
  if (draw.once(2)) return { name, raw: { Exists: false }, holds: (value) => value === undefined };
  const expected = drawValue(draw);
  const raw = { Value: expected, ...(draw.once(2) && { Exists: true }) };
  return { name, raw, holds: (value) => isEqual(value, canonicalValue(expected)) };
}

const ANY = ['S', 'N', 'B', 'BOOL', 'NULL', 'SS', 'NS', 'BS', 'L', 'M'] as const;
const SCALARS = ['S', 'N', 'N', 'B'] as const;
const TEXTS = ['S', 'B'] as const;

interface Operator {
  readonly types: readonly Type[];
  /** How many values of one type it takes; one if it is not said. */
  readonly drawValues?: (draw: Draw, drawOne: () => Value) => readonly Value[];
  holds(value: Value | undefined, values: readonly Value[]): boolean;
}

const OPERATORS: Readonly<Record<string, Operator>> = {
  EQ: { types: ANY, holds: (value, [first]) => isEqual(value, first) },
  NE: { types: ANY, holds: (value, [first]) => !isEqual(value, first) },
  LT: { types: SCALARS, holds: (value, [first]) => orderOf(value, first) < 0 },
  LE: { types: SCALARS, holds: (value, [first]) => orderOf(value, first) <= 0 },
  GT: { types: SCALARS, holds: (value, [first]) => orderOf(value, first) > 0 },
  GE: { types: SCALARS, holds: (value, [first]) => orderOf(value, first) >= 0 },
  NULL: { types: SCALARS, drawValues: () => [], holds: (value) => value === undefined },
  NOT_NULL: { types: SCALARS, drawValues: () => [], holds: (value) => value !== undefined },
  CONTAINS: { types: SCALARS, holds: (value, [first]) => value !== undefined && contains(value, first as Value) },
  NOT_CONTAINS: { types: SCALARS, holds: (value, [first]) => value !== undefined && !contains(value, first as Value) },
  BEGINS_WITH: { types: TEXTS, holds: (value, [first]) => value !== undefined && beginsWith(value, first as Value) },
  IN: {
    types: SCALARS,
    drawValues: (draw, drawOne) => [drawOne(), ...draw.upTo(3, drawOne)],
    holds: (value, values) => values.some((each) => isEqual(value, each)),
  },
  BETWEEN: {
    types: SCALARS,
    drawValues: (_draw, drawOne) => drawBounds(drawOne),
    holds: (value, [low, high]) => orderOf(value, low) >= 0 && orderOf(value, high) <= 0,
  },
};

function drawComparison(draw: Draw, name: string, member: string): Entry {
  const [operator, { types, drawValues, holds }] = draw.oneOf(Object.entries(OPERATORS));
  const type = draw.oneOf(types);
  const drawOne = (): Value => drawValue(draw, type);
  const values = drawValues?.(draw, drawOne) ?? [drawOne()];
  const canonical = values.map(canonicalValue);
  const inValue = member === 'Expected' && values.length === 1 && draw.once(3);
  const given = inValue ? { Value: values[0] } : { AttributeValueList: values };
  const raw = { ComparisonOperator: operator, ...(values.length > 0 && given) };
  return { name, raw, holds: (value) => holds(value, canonical) };
}

function isEqual(left: Value | undefined, right: Value | undefined): boolean {
  return left !== undefined && right !== undefined && textOf(left) === textOf(right);
}

/** Not a number, which no comparison is true of, where there is no order. */
function orderOf(left: Value | undefined, right: Value | undefined): number {
  return left === undefined || right === undefined ? Number.NaN : (compareValues(left, right) ?? Number.NaN);
}
