/** Expressions that the service's grammar allows, and what goes with them in a request. */
import type { Draw } from '../metamorphic/draw.ts';
import { drawValue } from '../metamorphic/random-values.ts';
import type { KeyAttribute } from './fuzz-tables.ts';

/** The names and values that the expressions of one request stand for. */
export interface Placeholders {
  readonly names: Record<string, string>;
  readonly values: Record<string, unknown>;
}

const WORDS = ['a', 'b', 'list', 'map', 'tags', 'color', 'weight', 'note', '__proto__', 'constructor', 'x y', 'sizes'];
const COMPARATORS = ['=', '<>', '<', '<=', '>', '>='];
/** Names that an expression may have as they are. */
const PLAIN_NAME = /^[a-z]{1,2}$|^(tags|color|weight|note|sizes)$/;

/** Draws expressions of one request. */
export interface Expressions extends Placeholders {
  condition(depth?: number): string;
  update(): string;
  projection(): string;
  keyCondition(key: readonly KeyAttribute[]): string;
}

export function createExpressions(draw: Draw): Expressions {
  const names: Record<string, string> = {};
  const values: Record<string, unknown> = {};
  const tools: Tools = {
    draw,
    name(attribute) {
      if (PLAIN_NAME.test(attribute) && draw.once(2)) return attribute;
      const placeholder = `#n${Object.keys(names).length}`;
      names[placeholder] = attribute;
      return placeholder;
    },
    value(value = drawValue(draw)) {
      const placeholder = `:v${Object.keys(values).length}`;
      values[placeholder] = value;
      return placeholder;
    },
  };
  return {
    names,
    values,
    condition: (depth = 3) => drawCondition(tools, depth),
    update: () => drawUpdate(tools),
    projection: () => listOf(tools, drawPath),
    keyCondition: (key) => drawKeyCondition(tools, key),
  };
}

interface Tools {
  readonly draw: Draw;
  name(attribute: string): string;
  value(value?: unknown): string;
}

export function drawAttributeName(draw: Draw): string {
  return draw.oneOf(WORDS);
}

function drawPath({ draw, name }: Tools): string {
  const steps = draw.upTo(2, () => (draw.once(2) ? `[${draw.below(4)}]` : `.${name(drawAttributeName(draw))}`));
  return name(drawAttributeName(draw)) + steps.join('');
}

function listOf(tools: Tools, drawElement: (tools: Tools) => string): string {
  return [drawElement(tools), ...tools.draw.upTo(2, () => drawElement(tools))].join(', ');
}

function drawOperand(tools: Tools): string {
  const { draw } = tools;
  return draw.oneOf([() => drawPath(tools), () => tools.value(), () => `size(${drawPath(tools)})`])();
}

function drawCondition(tools: Tools, depth: number): string {
  const { draw } = tools;
  if (depth === 0 || draw.once(2)) return drawSimpleCondition(tools);
  const inner = (): string => drawCondition(tools, depth - 1);
  return draw.oneOf([
    () => `NOT ${inner()}`,
    () => `(${inner()})`,
    () => `${inner()} AND ${inner()}`,
    () => `(${inner()}) or (${inner()})`,
  ])();
}

function drawSimpleCondition(tools: Tools): string {
  const { draw, value } = tools;
  const path = (): string => drawPath(tools);
  return draw.oneOf([
    () => `${drawOperand(tools)} ${draw.oneOf(COMPARATORS)} ${drawOperand(tools)}`,
    () => `${path()} BETWEEN ${value({ N: '1' })} AND ${value({ N: '2' })}`,
    () => `${path()} IN (${listOf(tools, drawOperand)})`,
    () => `attribute_exists(${path()})`,
    () => `attribute_not_exists(${path()})`,
    () => `attribute_type(${path()}, ${value({ S: draw.oneOf(['S', 'NS', 'M', 'NULL']) })})`,
    () => `begins_with(${path()}, ${value({ S: 'r' })})`,
    () => `contains(${path()}, ${value()})`,
  ])();
}

const UPDATE_SECTIONS: Readonly<Record<string, (tools: Tools) => string>> = {
  SET: (tools) => `${drawPath(tools)} = ${drawSetValue(tools)}`,
  REMOVE: drawPath,
  ADD: (tools) => `${drawPath(tools)} ${tools.value({ N: '1' })}`,
  DELETE: (tools) => `${drawPath(tools)} ${tools.value({ SS: ['a'] })}`,
};

function drawUpdate(tools: Tools): string {
  const sections = Object.entries(UPDATE_SECTIONS).filter(() => tools.draw.once(3));
  const chosen = sections.length > 0 ? sections : [['SET', UPDATE_SECTIONS['SET']] as const];
  return chosen.map(([word, element]) => `${word} ${listOf(tools, element as (tools: Tools) => string)}`).join(' ');
}

function drawSetValue(tools: Tools): string {
  const { draw, value } = tools;
  return draw.oneOf([
    () => value(),
    () => drawPath(tools),
    () => `if_not_exists(${drawPath(tools)}, ${value({ N: '0' })}) ${draw.oneOf('+-'.split(''))} ${value({ N: '1' })}`,
    () => `list_append(${drawPath(tools)}, ${value({ L: [] })})`,
  ])();
}

function drawKeyCondition(tools: Tools, [partition, sort]: readonly KeyAttribute[]): string {
  const { draw, name, value } = tools;
  if (partition === undefined) return '';
  const first = `${name(partition.name)} = ${value(draw.oneOf(partition.values))}`;
  if (sort === undefined || draw.once(2)) return first;
  const bound = (): string => value(draw.oneOf(sort.values));
  const second = draw.oneOf([
    () => `${name(sort.name)} ${draw.oneOf(['=', '<', '<=', '>', '>='])} ${bound()}`,
    () => `${name(sort.name)} BETWEEN ${value(sort.values[0])} AND ${value(sort.values[0])}`,
    () => `begins_with(${name(sort.name)}, ${bound()})`,
  ])();
  return draw.once(4) ? `(${second}) AND ${first}` : `${first} AND ${second}`;
}
