/** The steps of a run, drawn by chance: what they are depends on the seed alone. */
import { drawBadRequest } from './bad-requests.ts';
import type { Draw } from './draw.ts';
import { drawBatchGet, drawGet } from './item-reads.ts';
import { addOne, drawBatchWrite, drawDelete, drawPut, drawUpdateItem } from './item-writes.ts';
import type { Operation, Target } from './operation.ts';
import { drawPageBehindKey, drawQuery, drawScan, drawSinglePage } from './random-readings.ts';
import { drawFittingKey } from './random-values.ts';
import { SCHEMAS, type Schema } from './schemas.ts';
import { drawStatement } from './statements.ts';
import type { Step } from './steps.ts';
import {
  createTableOperation,
  deleteTableOperation,
  describeTableOperation,
  drawListTables,
} from './table-operations.ts';
import { drawTransactGet, drawTransactWrite } from './transactions.ts';

const TABLE_NAMES = ['Alpha', 'beta.2', 'Gamma_3', 'delta-4'];

/** What the tables are, if all that was drawn so far is done. */
type Tables = Map<string, Schema>;

interface Source {
  readonly draw: Draw;
  readonly tables: Tables;
}

/** Steps without an end; the first ones create tables. */
export function* drawSteps(draw: Draw): Generator<Step, never> {
  const source: Source = { draw, tables: new Map() };
  for (const name of TABLE_NAMES) yield drawCreateTable(source, name);
  const drawers = STEPS.flatMap(([weight, drawStep]) => Array.from({ length: weight }, () => drawStep));
  for (;;) yield* [draw.oneOf(drawers)(source)].flat();
}

/** How often there is which kind of step, and how one is drawn, or several that belong together. */
const STEPS: readonly (readonly [weight: number, drawStep: (source: Source) => Step | readonly Step[]])[] = [
  [20, (source) => single(drawPut(source.draw, drawTarget(source)))],
  [28, (source) => single(drawUpdateItem(source.draw, drawTarget(source)))],
  [8, (source) => single(drawDelete(source.draw, drawTarget(source)))],
  [10, (source) => single(drawGet(source.draw, drawTarget(source)))],
  [12, (source) => single(drawBatchWrite(source.draw, drawTargets(source)))],
  [6, (source) => single(drawBatchGet(source.draw, drawTargets(source)))],
  [14, (source) => single(drawTransactWrite(source.draw, drawTargets(source)))],
  [5, (source) => single(drawTransactGet(source.draw, drawTargets(source)))],
  [12, drawStatementStep],
  [20, (source) => ({ kind: 'reading', readings: [drawQuery(source.draw, drawTarget(source))] })],
  [10, (source) => ({ kind: 'reading', readings: drawScan(source.draw, drawTarget(source)) })],
  [5, (source) => single(drawPageBehindKey(source.draw, drawTarget(source)))],
  [4, (source) => single(drawBadRequest(source.draw, drawTarget(source)))],
  [2, (source) => single(describeTableOperation(source.draw.oneOf(TABLE_NAMES)))],
  [2, (source) => single(drawListTables(source.draw, TABLE_NAMES))],
  [4, (source) => drawCreateTable(source, source.draw.oneOf(TABLE_NAMES))],
  [1, (source) => drawDeleteTable(source, source.draw.oneOf(TABLE_NAMES))],
  [16, drawRound],
  [3, drawReplacement],
  [3, drawTableRound],
  [2, drawCounterRound],
  [1, () => ({ kind: 'counts' })],
];

function single(operation: Operation): Step {
  return { kind: 'operation', operation };
}

/** On a table that is there and what it is taken to be, if there is one; mostly on an item that was just put. */
function drawStatementStep({ draw, tables }: Source): readonly Step[] {
  const [table, schema] = tables.size === 0 ? ['Spare', SCHEMAS[0] as Schema] : draw.oneOf([...tables]);
  if (draw.once(4)) return [single(drawStatement(draw, { table, schema }))];
  const target: Target = { table, schema, keys: [drawFittingKey(draw, schema)] };
  return [single(drawPut(draw, target)), single(drawStatement(draw, target))];
}

/** A name that is taken now and then, and mostly one that is not, if there is one. */
function drawCreateTable({ draw, tables }: Source, drawnName: string): Step {
  const free = TABLE_NAMES.filter((name) => !tables.has(name));
  const name = draw.once(4) || free.length === 0 ? drawnName : draw.oneOf(free);
  const schema = draw.oneOf(SCHEMAS);
  if (!tables.has(name)) tables.set(name, schema);
  return single(createTableOperation(name, schema));
}

function drawDeleteTable({ tables }: Source, name: string): Step {
  tables.delete(name);
  return single(deleteTableOperation(name));
}

/** A table that becomes another one, with whatever keys, and a look at it at once. */
function drawReplacement(source: Source): readonly Step[] {
  const { draw, tables } = source;
  const name = draw.oneOf(TABLE_NAMES);
  const schema = draw.oneOf(SCHEMAS);
  tables.set(name, schema);
  const target: Target = { table: name, schema };
  const use = draw.oneOf([drawPut, drawUpdateItem, drawDelete, drawGet, drawPageBehindKey])(draw, target);
  return [deleteTableOperation(name), createTableOperation(name, schema), use].map(single);
}

/** A table that is there, mostly, taken for what it is. */
function drawTarget({ draw, tables }: Source): Target {
  const name = draw.once(10) ? draw.oneOf(TABLE_NAMES) : draw.oneOf([...tables.keys(), ...TABLE_NAMES.slice(0, 1)]);
  const schema = draw.once(60) ? draw.oneOf(SCHEMAS) : tables.get(name);
  const table = draw.once(20) ? `arn:aws:dynamodb:us-east-1:000000000000:table/${name}` : name;
  return { table, schema: schema ?? draw.oneOf(SCHEMAS) };
}

/** One or two tables. */
function drawTargets(source: Source): readonly Target[] {
  const [first, second] = [drawTarget(source), drawTarget(source)];
  return source.draw.once(3) && !second.table.endsWith(first.table) && !first.table.endsWith(second.table)
    ? [first, second]
    : [first];
}

const ROUND_OPERATIONS_MAX = 5;

/** Operations on the same one to three items. */
function drawRound(source: Source): Step {
  const { draw } = source;
  const { schema, name } = drawSmallTable(source);
  const keys = Array.from({ length: 1 + draw.below(3) }, () => drawFittingKey(draw, schema));
  const target: Target = { table: name, schema, keys };
  const count = 2 + draw.below(ROUND_OPERATIONS_MAX - 1);
  const operations = Array.from({ length: count }, () => draw.oneOf(IN_ROUNDS)(draw, target));
  return { kind: 'round', operations, tables: [name] };
}

const IN_ROUNDS: readonly ((draw: Draw, target: Target) => Operation)[] = [
  drawPut,
  drawPut,
  drawUpdateItem,
  drawUpdateItem,
  drawUpdateItem,
  drawUpdateItem,
  drawDelete,
  drawGet,
  drawSinglePage,
  (draw, target) => drawBatchWrite(draw, [target]),
  (draw, target) => drawBatchGet(draw, [target]),
  (draw, target) => drawTransactWrite(draw, [target]),
  (draw, target) => drawTransactWrite(draw, [target]),
  (draw, target) => drawTransactWrite(draw, [target]),
  (draw, target) => drawTransactGet(draw, [target]),
];

/** Operations on items while their table goes and, mostly, comes again. */
function drawTableRound(source: Source): readonly Step[] {
  const { draw, tables } = source;
  const { schema, name } = drawSmallTable(source);
  const target: Target = { table: name, schema, keys: [drawFittingKey(draw, schema)] };
  const created = draw.once(2) ? schema : draw.oneOf(SCHEMAS.filter(({ bulky }) => !bulky));
  const comes = !draw.once(3);
  const operations = [
    deleteTableOperation(name),
    ...(comes ? [createTableOperation(name, created)] : []),
    ...draw.upTo(1, () => describeTableOperation(name)),
    ...draw.upTo(1, () => drawListTables(draw, TABLE_NAMES)),
    ...Array.from({ length: 1 + draw.below(3) }, () => draw.oneOf(IN_ROUNDS)(draw, target)),
  ];
  const round: Step = { kind: 'round', operations, tables: [name] };
  tables.delete(name);
  if (!comes) return [round];
  // Which of the two was first is for the servers to say, but what is to come has to know what there is.
  tables.set(name, created);
  return [round, single(createTableOperation(name, created))];
}

const ADDITIONS_MAX = 20;

/** Additions to one counter, with other operations on the same item among them. */
function drawCounterRound(source: Source): Step {
  const { draw } = source;
  const { schema, name } = drawSmallTable(source);
  const key = drawFittingKey(draw, schema);
  const target: Target = { table: name, schema, keys: [key] };
  const additions = Array.from({ length: 2 + draw.below(ADDITIONS_MAX - 1) }, () => addOne(target, key, 'hits'));
  const others = draw.upTo(1, () => drawGet(draw, target));
  return { kind: 'round', operations: [...additions, ...others], tables: [name] };
}

/** A table that is read in one page; if there is none, one that is still to be created. */
function drawSmallTable({ draw, tables }: Source): { readonly name: string; readonly schema: Schema } {
  const small = [...tables].filter(([, schema]) => !schema.bulky);
  if (small.length === 0) return { name: 'Spare', schema: SCHEMAS[0] as Schema };
  const [name, schema] = draw.oneOf(small);
  return { name, schema };
}
