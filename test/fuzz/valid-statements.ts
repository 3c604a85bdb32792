/** PartiQL statements that the service's grammar allows, with their parameters. */
import type { Draw } from '../metamorphic/draw.ts';
import { drawValue } from '../metamorphic/random-values.ts';
import type { FuzzTable, KeyAttribute } from './fuzz-tables.ts';
import { drawAttributeName } from './valid-expressions.ts';

export interface Statement {
  readonly text: string;
  readonly parameters: readonly unknown[];
}

interface Tools {
  readonly draw: Draw;
  readonly table: FuzzTable;
  /** A value as a parameter, or as a literal where it has one. */
  value(value?: unknown): string;
}

/** A statement on `table` that writes, or one that reads. */
export function drawStatement(draw: Draw, table: FuzzTable, writes: boolean): Statement {
  const parameters: unknown[] = [];
  const tools: Tools = {
    draw,
    table,
    value(value = drawValue(draw)) {
      const literal = draw.once(2) ? literalOf(value) : undefined;
      if (literal === undefined) parameters.push(value);
      return literal ?? '?';
    },
  };
  const text = (writes ? draw.oneOf([drawInsert, drawUpdate, drawDelete]) : drawSelect)(tools);
  return { text, parameters };
}

function literalOf(value: unknown): string | undefined {
  const { S: text, N: number, BOOL: bool, L: list } = value as { S?: string; N?: string; BOOL?: boolean; L?: unknown };
  if (text !== undefined) return quoted(text);
  if (number !== undefined) return number;
  if (bool !== undefined) return String(bool).toUpperCase();
  return list === undefined ? undefined : "[1, 'two', {'three': NULL}, <<4, 5>>]";
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function nameOf(name: string): string {
  return `"${name}"`;
}

function drawPath({ draw }: Tools): string {
  const steps = draw.upTo(2, () => (draw.once(2) ? `[${draw.below(4)}]` : `.${nameOf(drawAttributeName(draw))}`));
  return nameOf(drawAttributeName(draw)) + steps.join('');
}

function equals({ draw, value }: Tools, { name, values }: KeyAttribute): string {
  return `${nameOf(name)} = ${value(draw.oneOf(values))}`;
}

function whereKey(tools: Tools): string {
  return tools.table.key.map((attribute) => equals(tools, attribute)).join(' AND ');
}

function drawCondition(tools: Tools): string {
  const { draw, value } = tools;
  return draw.oneOf([
    () => `${drawPath(tools)} ${draw.oneOf(['=', '<>', '<', '>='])} ${value()}`,
    () => `${drawPath(tools)} BETWEEN ${value({ N: '1' })} AND ${value({ N: '2' })}`,
    () => `${drawPath(tools)} IN [${value()}, ${value()}]`,
    () => `${drawPath(tools)} IS ${draw.oneOf(['', 'NOT '])}${draw.oneOf(['MISSING', 'NULL'])}`,
    () => `begins_with(${drawPath(tools)}, ${value({ S: 'r' })})`,
    () => `contains(${drawPath(tools)}, ${value()})`,
    () => `attribute_type(${drawPath(tools)}, 'S')`,
    () => `size(${drawPath(tools)}) > ${value({ N: '1' })}`,
    () => `NOT (${drawCondition(tools)})`,
    () => `(${drawCondition(tools)} OR ${drawCondition(tools)})`,
  ])();
}

function drawSelect(tools: Tools): string {
  const { draw, table } = tools;
  const index = draw.once(3) ? draw.oneOf(['', ...Object.keys(table.indexes)]) : '';
  const key = table.indexes[index] ?? table.key;
  const columns = draw.once(2) ? '*' : [drawPath(tools), ...draw.upTo(2, () => drawPath(tools))].join(', ');
  const from = nameOf(table.name) + (index === '' ? '' : `.${nameOf(index)}`);
  const conditions = [
    ...key.filter(() => !draw.once(3)).map((attribute) => equals(tools, attribute)),
    ...draw.upTo(1, () => drawCondition(tools)),
  ];
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
  const order = draw.once(6) ? ` ORDER BY ${nameOf((key[1] ?? key[0]).name)} ${draw.oneOf(['ASC', 'DESC'])}` : '';
  return `SELECT ${columns} FROM ${from}${where}${order}`;
}

function drawInsert(tools: Tools): string {
  const { draw, table, value } = tools;
  const key = table.key.map(({ name, values }) => `${quoted(name)}: ${value(draw.oneOf(values))}`);
  const rest = draw.upTo(3, () => `${quoted(drawAttributeName(draw))}: ${value()}`);
  return `INSERT INTO ${nameOf(table.name)} VALUE {${[...key, ...rest].join(', ')}}`;
}

function drawUpdate(tools: Tools): string {
  const { draw, table } = tools;
  const changes = [drawChange(tools), ...draw.upTo(2, () => drawChange(tools))].join(' ');
  const condition = draw.once(4) ? ` AND ${drawCondition(tools)}` : '';
  return `UPDATE ${nameOf(table.name)} ${changes} WHERE ${whereKey(tools)}${condition}${drawReturning(draw)}`;
}

function drawChange(tools: Tools): string {
  const { draw, value } = tools;
  const path = drawPath(tools);
  return draw.oneOf([
    () => `SET ${path} = ${value()}`,
    () => `SET ${path} = ${path} + ${value({ N: '1' })}`,
    () => `SET ${path} = list_append(${path}, ${value({ L: [] })})`,
    () => `SET ${path} = set_add(${path}, <<1, 2>>)`,
    () => `REMOVE ${path}`,
  ])();
}

function drawDelete(tools: Tools): string {
  const condition = tools.draw.once(4) ? ` AND ${drawCondition(tools)}` : '';
  return `DELETE FROM ${nameOf(tools.table.name)} WHERE ${whereKey(tools)}${condition}${drawReturning(tools.draw)}`;
}

function drawReturning(draw: Draw): string {
  return draw.once(4) ? ` RETURNING ${draw.oneOf(['ALL', 'MODIFIED'])} ${draw.oneOf(['OLD', 'NEW'])} *` : '';
}
