/** Key conditions drawn by chance, each as text for a server and as what it means. */
import { drawBounds } from './conditions.ts';
import { type Source, checkKeySizes, checkKeyValue } from './database.ts';
import type { Draw } from './draw.ts';
import { invalidParameter, validationError } from './errors.ts';
import type { Placeholders } from './placeholders.ts';
import { drawKeyValue } from './random-values.ts';
import { type Key, type KeyAttribute, type Schema, wholeKeyOf } from './schemas.ts';
import { type Item, type Value, attributeOf, bytesOf, canonicalValue, compareValues, typeOf } from './values.ts';

export interface KeyCondition {
  readonly text: string;
  /** The same as KeyConditions. */
  readonly keyConditions: object;
  /** Throws the ValidationException where it does not fit the keys of `source`. */
  check(source: Source): void;
  /** Whether it selects an entry of a source that it fits. */
  holds(entry: Item): boolean;
}

/** What is asked of one attribute. */
interface Term {
  readonly name: string;
  readonly operator: string;
  readonly operands: readonly Value[];
  readonly text: string;
  /** Its place in KeyConditions. */
  readonly raw: object;
}

/** A condition on `key`, which is that of a table like `schema` or of an index of it. */
export function drawKeyCondition(draw: Draw, placeholders: Placeholders, schema: Schema, key: Key): KeyCondition {
  const drawOn = (attribute: KeyAttribute, operator: string): Term =>
    drawTerm(draw, placeholders, attribute, operator, () => drawKeyValue(draw, schema, attribute));
  const { partitions, sorts } = wholeKeyOf(key);
  // Without one of the partition key, or with an attribute that is no key here, now and then.
  const named = partitions.length > 1 && draw.once(40) ? partitions.slice(0, -1) : partitions;
  const onPartition = named.map((attribute) => drawOn(attribute, draw.once(60) ? draw.oneOf(OPERATORS) : '='));
  const onSort = drawSortAttributes(draw, sorts).map((attribute, i, all) =>
    drawOn(attribute, i < all.length - 1 && !draw.once(40) ? '=' : draw.oneOf(operatorsOf(attribute))),
  );
  return conditionOf(draw.once(5) ? [...onSort, ...onPartition].toReversed() : [...onPartition, ...onSort]);
}

/** What a SELECT asks of a key. */
export interface SelectedKeys extends KeyCondition {
  /** Whether it is the whole key by equality. */
  readonly isWhole: boolean;
}

/** A condition for a SELECT, which always fits `key`; the last sort key attribute that it asks for may have two bounds. */
export function drawSelectedKeys(draw: Draw, placeholders: Placeholders, schema: Schema, key: Key): SelectedKeys {
  const drawOn = (attribute: KeyAttribute, operator: string): Term =>
    drawTerm(draw, placeholders, attribute, operator, () => drawKeyValue(draw, schema, attribute), []);
  const { partitions, sorts } = wholeKeyOf(key);
  const used = draw.once(3) ? [] : sorts.slice(0, 1 + draw.below(sorts.length));
  const [last] = used.slice(-1);
  const equalities = [...partitions, ...used.slice(0, -1)].map((attribute) => drawOn(attribute, '='));
  const bounds =
    last === undefined ? [] : drawSelectedBounds(draw, operatorsOf(last)).map((operator) => drawOn(last, operator));
  const isWhole = used.length === sorts.length && bounds.every(({ operator }) => operator === '=');
  const condition = conditionOf([...equalities, ...bounds]);
  const check = (source: Source): void => {
    if (bounds.length === 0) checkTerms(source, equalities);
    for (const bound of bounds) checkTerms(source, [...equalities, bound]);
  };
  return { ...condition, check, isWhole };
}

function drawSelectedBounds(draw: Draw, operators: readonly string[]): readonly string[] {
  return draw.once(3) ? draw.oneOf(TWO_BOUNDS) : [draw.oneOf(operators)];
}

const TWO_BOUNDS = [
  ['>', '<'],
  ['>=', '<='],
  ['<', '>='],
  ['>', 'BETWEEN'],
] as const;

/** Some from the left, now and then not all of them. */
function drawSortAttributes(draw: Draw, sorts: readonly KeyAttribute[]): readonly KeyAttribute[] {
  if (draw.once(60)) return [...sorts.slice(0, draw.below(sorts.length + 1)), NO_KEY];
  const used = draw.once(3) ? [] : sorts.slice(0, 1 + draw.below(sorts.length));
  return used.length > 1 && draw.once(20) ? used.slice(1) : used;
}

const NO_KEY: KeyAttribute = { name: 'visits', type: 'N' };
const OPERATORS = ['=', '<', '<=', '>', '>=', 'BETWEEN'] as const;

function operatorsOf({ type }: KeyAttribute): readonly string[] {
  return type === 'N' ? OPERATORS : [...OPERATORS, 'begins_with', 'begins_with'];
}

const MISFITS: readonly Value[] = [{ S: '' }, { S: 'x'.repeat(2049) }];

function drawTerm(
  draw: Draw,
  placeholders: Placeholders,
  { name }: KeyAttribute,
  operator: string,
  drawOperand: () => Value,
  misfits: readonly Value[] = MISFITS,
): Term {
  const path = placeholders.path([name]);
  if (operator === 'BETWEEN') {
    const bounds = drawBounds(drawOperand);
    const [low, high] = bounds.map((bound) => placeholders.value(bound));
    const text = `${path} BETWEEN ${low} AND ${high}`;
    return { name, operator, operands: bounds.map(canonicalValue), text, raw: rawOf(operator, bounds) };
  }
  const operand = misfits.length > 0 && draw.once(60) ? draw.oneOf(misfits) : drawOperand();
  const value = placeholders.value(operand);
  const operands = [canonicalValue(operand)];
  const raw = rawOf(operator, [operand]);
  if (operator === 'begins_with') return { name, operator, operands, text: `begins_with(${path}, ${value})`, raw };
  return { name, operator, operands, text: `${path} ${operator} ${value}`, raw };
}

const LEGACY_OPERATORS: Readonly<Record<string, string>> = {
  '=': 'EQ',
  '<': 'LT',
  '<=': 'LE',
  '>': 'GT',
  '>=': 'GE',
  begins_with: 'BEGINS_WITH',
};

function rawOf(operator: string, values: readonly Value[]): object {
  return { ComparisonOperator: LEGACY_OPERATORS[operator] ?? operator, AttributeValueList: values };
}

function conditionOf(terms: readonly Term[]): KeyCondition {
  return {
    text: terms.map(({ text }) => text).join(' AND '),
    keyConditions: Object.fromEntries(terms.map(({ name, raw }) => [name, raw])),
    check: (source) => checkTerms(source, terms),
    holds: (entry) => terms.every((term) => termHolds(term, attributeOf(entry, term.name))),
  };
}

function checkTerms({ partitions, sorts }: Source, terms: readonly Term[]): void {
  if (partitions.length === 1 && sorts.length < 2 && terms.length > 2) {
    throw validationError('Conditions can be of length 1 or 2 only');
  }
  const onPartition = partitions.map((attribute) => findTerm(terms, attribute));
  const rest = terms.length - onPartition.length;
  const onSort = sorts.slice(0, rest).map((attribute) => findTerm(terms, attribute));
  if (onSort.length < rest) throw notSupported();
  const equalities = [...onPartition, ...onSort.slice(0, -1)];
  if (equalities.some(({ operator }) => operator !== '=')) throw notSupported();
  for (const [i, attribute] of [...partitions, ...sorts].entries()) {
    const term = [...onPartition, ...onSort][i];
    if (term !== undefined) checkOperands(attribute, term);
  }
  const values = onPartition.map(({ operands }) => operands[0]);
  const before = onSort.slice(0, -1).map(({ operands }) => operands[0]);
  checkKeySizes(values, []);
  for (const operand of onSort.at(-1)?.operands ?? []) checkKeySizes([], [...before, operand]);
}

function findTerm(terms: readonly Term[], attribute: KeyAttribute): Term {
  const term = terms.find(({ name }) => name === attribute.name);
  if (term === undefined) throw missedKey(attribute);
  return term;
}

function missedKey({ name }: KeyAttribute): Error {
  return validationError(`Query condition missed key schema element: ${name}`);
}

function notSupported(): Error {
  return validationError('Query key condition not supported');
}

function checkOperands({ name, type }: KeyAttribute, { operands }: Term): void {
  for (const operand of operands) {
    if (typeOf(operand) !== type) throw invalidParameter('Condition parameter type does not match schema type');
    checkKeyValue(name, operand);
  }
}

function termHolds({ operator, operands }: Term, value: Value | undefined): boolean {
  const [first, second] = operands as readonly [Value, Value];
  if (value === undefined) return false;
  if (operator === 'begins_with') return beginsWith(value, first);
  const order = compareValues(value, first) ?? Number.NaN;
  switch (operator) {
    case '=':
      return order === 0;
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
    default:
      return order >= 0 && (compareValues(value, second) ?? 1) <= 0;
  }
}

function beginsWith(value: Value, prefix: Value): boolean {
  const bytes = (of: Value): Buffer => ('S' in of ? Buffer.from(of.S) : bytesOf('B' in of ? of.B : ''));
  return bytes(value).subarray(0, bytes(prefix).length).equals(bytes(prefix));
}
