/** Key conditions drawn by chance, each as text for a server and as what it means. */
import { drawBounds } from './conditions.ts';
import { type Source, checkKeySizes, checkKeyValue } from './database.ts';
import type { Draw } from './draw.ts';
import { invalidParameter, validationError } from './errors.ts';
import type { Placeholders } from './placeholders.ts';
import { drawKeyValue } from './random-values.ts';
import type { Key, KeyAttribute, Schema } from './schemas.ts';
import { type Item, type Value, attributeOf, bytesOf, canonicalValue, compareValues, typeOf } from './values.ts';

export interface KeyCondition {
  readonly text: string;
  /** Throws the ValidationException where it does not fit the keys of `source`. */
  check(source: Source): void;
  /** Whether it selects an entry of a source that it fits. */
  holds(entry: Item): boolean;
  /** Whether it selects others of the entry's partition, if not this one. */
  holdsPartition(source: Source, entry: Item): boolean;
}

/** What is asked of one attribute. */
interface Term {
  readonly name: string;
  readonly operator: string;
  readonly operands: readonly Value[];
  readonly text: string;
}

/** A condition on `key`, which is that of a table like `schema` or of an index of it. */
export function drawKeyCondition(draw: Draw, placeholders: Placeholders, schema: Schema, key: Key): KeyCondition {
  const drawOn = (attribute: KeyAttribute, operator: string): Term =>
    drawTerm(draw, placeholders, attribute, operator, () => drawKeyValue(draw, schema, attribute));
  const partition = drawOn(key.partition, draw.once(60) ? draw.oneOf(OPERATORS) : '=');
  // An attribute that is no key here is asked for now and then.
  const attribute = draw.once(60) ? NO_KEY : key.sort;
  if (attribute === undefined || attribute.name === partition.name || draw.once(3)) return conditionOf([partition]);
  const sort = drawOn(attribute, draw.oneOf(operatorsOf(attribute)));
  return conditionOf(draw.once(5) ? [sort, partition] : [partition, sort]);
}

const NO_KEY: KeyAttribute = { name: 'amt', type: 'N' };
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
): Term {
  const path = placeholders.path([name]);
  if (operator === 'BETWEEN') {
    const bounds = drawBounds(drawOperand);
    const [low, high] = bounds.map((bound) => placeholders.value(bound));
    return { name, operator, operands: bounds.map(canonicalValue), text: `${path} BETWEEN ${low} AND ${high}` };
  }
  const operand = draw.once(60) ? draw.oneOf(MISFITS) : drawOperand();
  const value = placeholders.value(operand);
  const operands = [canonicalValue(operand)];
  if (operator === 'begins_with') return { name, operator, operands, text: `begins_with(${path}, ${value})` };
  return { name, operator, operands, text: `${path} ${operator} ${value}` };
}

function conditionOf(terms: readonly Term[]): KeyCondition {
  return {
    text: terms.map(({ text }) => text).join(' AND '),
    check: (source) => checkTerms(source, terms),
    holds: (entry) => terms.every((term) => termHolds(term, attributeOf(entry, term.name))),
    holdsPartition: ({ partition: { name } }, entry) =>
      terms.every((term) => term.name !== name || termHolds(term, attributeOf(entry, name))),
  };
}

function checkTerms({ partition, sort }: Source, terms: readonly Term[]): void {
  const onPartition = terms.find(({ name }) => name === partition.name);
  if (onPartition === undefined) throw missedKey(partition);
  const onSort = terms.find((term) => term !== onPartition);
  if (onSort !== undefined && onSort.name !== sort?.name) {
    throw sort === undefined ? notSupported() : missedKey(sort);
  }
  if (onPartition.operator !== '=') throw notSupported();
  checkOperands(partition, onPartition);
  if (sort !== undefined && onSort !== undefined) checkOperands(sort, onSort);
  checkKeySizes(onPartition.operands[0], onSort?.operands[0]);
  checkKeySizes(undefined, onSort?.operands[1]);
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
