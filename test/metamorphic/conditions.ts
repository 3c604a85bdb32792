/** Conditions drawn by chance, each as text for a server and as what it means. */
import type { Draw } from './draw.ts';
import { type Path, drawPath, valueAt } from './paths.ts';
import type { Placeholders } from './placeholders.ts';
import { drawValue } from './random-values.ts';
import { type Item, type Type, type Value, bytesOf, canonicalValue, compareValues } from './values.ts';
import { membersOf, textOf, typeOf } from './values.ts';

/** What a condition means. */
export interface Predicate {
  /** The attributes at the top of the item that it looks at, in the order of the text, each once. */
  readonly names: readonly string[];
  /** Undefined stands for no such item. */
  holds(item: Item | undefined): boolean;
}

export interface Condition extends Predicate {
  readonly text: string;
}

/** A condition of at most `depth` levels of AND, OR and NOT. */
export function drawCondition(draw: Draw, placeholders: Placeholders, depth = 2): Condition {
  if (depth === 0 || draw.once(2)) return draw.oneOf(SIMPLE_CONDITIONS)(draw, placeholders);
  const left = drawCondition(draw, placeholders, depth - 1);
  if (draw.once(3)) {
    return { text: `NOT (${left.text})`, names: left.names, holds: (item) => !left.holds(item) };
  }
  const right = drawCondition(draw, placeholders, depth - 1);
  const names = [...new Set([...left.names, ...right.names])];
  return draw.once(2)
    ? {
        text: `(${left.text}) AND (${right.text})`,
        names,
        holds: (item) => left.holds(item) && right.holds(item),
      }
    : { text: `(${left.text}) OR (${right.text})`, names, holds: (item) => left.holds(item) || right.holds(item) };
}

/** What conditions compare. */
interface Operand {
  readonly text: string;
  readonly names: readonly string[];
  read(item: Item | undefined): Value | undefined;
}

function pathOperand(placeholders: Placeholders, path: Path): Operand {
  return { text: placeholders.path(path), names: [path[0]], read: (item) => valueAt(item, path) };
}

function valueOperand(placeholders: Placeholders, value: Value): Operand {
  const canonical = canonicalValue(value);
  return { text: placeholders.value(value), names: [], read: () => canonical };
}

function sizeOperand(placeholders: Placeholders, path: Path): Operand {
  return {
    text: `size(${placeholders.path(path)})`,
    names: [path[0]],
    read(item) {
      const value = valueAt(item, path);
      const size = value && lengthOf(value);
      return size === undefined ? undefined : { N: `${size}` };
    },
  };
}

function lengthOf(value: Value): number | undefined {
  if ('S' in value) return value.S.length;
  if ('B' in value) return bytesOf(value.B).length;
  if ('L' in value) return value.L.length;
  return 'M' in value ? Object.keys(value.M).length : membersOf(value)?.length;
}

/** The condition that `holds` of what the operands are; a missing operand makes it false. */
function conditionOn(text: string, operands: readonly Operand[], holds: (...values: Value[]) => boolean): Condition {
  return {
    text,
    names: [...new Set(operands.flatMap(({ names }) => names))],
    holds(item) {
      const values = operands.map((operand) => operand.read(item)).filter((value) => value !== undefined);
      return values.length === operands.length && holds(...values);
    },
  };
}

const SIMPLE_CONDITIONS: readonly ((draw: Draw, placeholders: Placeholders) => Condition)[] = [
  drawExists,
  drawExists,
  drawEquality,
  drawEquality,
  drawOrder,
  drawOrder,
  drawBetween,
  drawIn,
  drawBeginsWith,
  drawContains,
  drawContains,
  drawAttributeType,
];

function drawExists(draw: Draw, placeholders: Placeholders): Condition {
  const operand = pathOperand(placeholders, drawPath(draw));
  if (draw.once(2)) return conditionOn(placeholders.exists(operand.text), [operand], () => true);
  const { names } = operand;
  const text = placeholders.missing(operand.text);
  return { text, names, holds: (item) => operand.read(item) === undefined };
}

/** A path or a size, to be compared. */
function drawLeft(draw: Draw, placeholders: Placeholders): { readonly operand: Operand; readonly path: Path } {
  const path = drawPath(draw);
  return { operand: (draw.once(4) ? sizeOperand : pathOperand)(placeholders, path), path };
}

/** A value of one of `types`, or a path to another attribute than the left operand's. */
function drawRight(draw: Draw, placeholders: Placeholders, path: Path, types: readonly Type[]): Operand {
  const other = drawPath(draw);
  if (draw.once(6) && other[0] !== path[0]) return pathOperand(placeholders, other);
  return valueOperand(placeholders, drawValue(draw, draw.oneOf(types)));
}

const ALL_TYPES = ['S', 'N', 'N', 'B', 'BOOL', 'NULL', 'SS', 'NS', 'BS', 'L', 'M'] as const;
const ORDERED_TYPES = ['S', 'N', 'N', 'B'] as const;

function drawEquality(draw: Draw, placeholders: Placeholders): Condition {
  const { operand: left, path } = drawLeft(draw, placeholders);
  const right = drawRight(draw, placeholders, path, ALL_TYPES);
  const operands = [left, right];
  const isEqual = (a: Value, b: Value): boolean => textOf(a) === textOf(b);
  if (draw.once(2)) return conditionOn(`${left.text} = ${right.text}`, operands, isEqual);
  const equal = conditionOn('', operands, isEqual);
  return { ...equal, text: `${left.text} <> ${right.text}`, holds: (item) => !equal.holds(item) };
}

const ORDERS: Readonly<Record<string, (order: number) => boolean>> = {
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

function drawOrder(draw: Draw, placeholders: Placeholders): Condition {
  const { operand: left, path } = drawLeft(draw, placeholders);
  const right = drawRight(draw, placeholders, path, ORDERED_TYPES);
  const [operator, isMet] = draw.oneOf(Object.entries(ORDERS));
  return conditionOn(`${left.text} ${operator} ${right.text}`, [left, right], (a, b) => {
    const order = compareValues(a, b);
    return order !== undefined && isMet(order);
  });
}

function drawBetween(draw: Draw, placeholders: Placeholders): Condition {
  const { operand } = drawLeft(draw, placeholders);
  const type = draw.oneOf(ORDERED_TYPES);
  const [low, high] = drawBounds(() => drawValue(draw, type));
  const [lower, upper] = [valueOperand(placeholders, low), valueOperand(placeholders, high)];
  const text = `${operand.text} BETWEEN ${lower.text} AND ${upper.text}`;
  return conditionOn(text, [operand, lower, upper], (value, from, to) => {
    const [fromOrder, toOrder] = [compareValues(value, from as Value), compareValues(value, to as Value)];
    return fromOrder !== undefined && toOrder !== undefined && fromOrder >= 0 && toOrder <= 0;
  });
}

/** Two values of one type in their order, as BETWEEN asks for. */
export function drawBounds(drawBound: () => Value): [low: Value, high: Value] {
  const [one, other] = [drawBound(), drawBound()];
  const order = compareValues(canonicalValue(one), canonicalValue(other)) ?? 0;
  return order <= 0 ? [one, other] : [other, one];
}

function drawIn(draw: Draw, placeholders: Placeholders): Condition {
  const { operand, path } = drawLeft(draw, placeholders);
  const drawCandidate = (): Operand => drawRight(draw, placeholders, path, ALL_TYPES);
  const candidates = [drawCandidate(), ...draw.upTo(3, drawCandidate)];
  return {
    text: `${operand.text} IN (${candidates.map(({ text }) => text).join(', ')})`,
    names: [...new Set([operand, ...candidates].flatMap(({ names }) => names))],
    holds(item) {
      const value = operand.read(item);
      if (value === undefined) return false;
      const others = candidates.map((candidate) => candidate.read(item));
      return others.some((other) => other !== undefined && textOf(other) === textOf(value));
    },
  };
}

function drawBeginsWith(draw: Draw, placeholders: Placeholders): Condition {
  const path = drawPath(draw);
  const value = pathOperand(placeholders, path);
  const prefix = drawRight(draw, placeholders, path, ['S', 'S', 'B']);
  return conditionOn(`begins_with(${value.text}, ${prefix.text})`, [value, prefix], beginsWith);
}

export function beginsWith(value: Value, prefix: Value): boolean {
  if ('S' in value && 'S' in prefix) return value.S.startsWith(prefix.S);
  if (!('B' in value && 'B' in prefix)) return false;
  const start = bytesOf(prefix.B);
  return bytesOf(value.B).subarray(0, start.length).equals(start);
}

function drawContains(draw: Draw, placeholders: Placeholders): Condition {
  const path = drawPath(draw);
  const value = pathOperand(placeholders, path);
  const part = drawRight(draw, placeholders, path, ALL_TYPES);
  return conditionOn(`contains(${value.text}, ${part.text})`, [value, part], contains);
}

export function contains(value: Value, part: Value): boolean {
  if ('L' in value) return value.L.some((element) => textOf(element) === textOf(part));
  if ('S' in value && 'S' in part) return value.S.includes(part.S);
  if ('B' in value && 'B' in part) return bytesOf(value.B).includes(bytesOf(part.B));
  const type = typeOf(part);
  if (typeOf(value) !== `${type}S`) return false;
  return membersOf(value)?.includes((part as Readonly<Record<string, string>>)[type] ?? '') === true;
}

function drawAttributeType(draw: Draw, placeholders: Placeholders): Condition {
  const path = drawPath(draw);
  const value = pathOperand(placeholders, path);
  const type = draw.oneOf(ALL_TYPES);
  const text = `attribute_type(${value.text}, ${placeholders.value({ S: type })})`;
  return conditionOn(text, [value], (found) => typeOf(found) === type);
}
