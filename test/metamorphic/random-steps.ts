/** The kinds of steps, each drawn by chance for the tables that are there. */
import { drawBadRequest } from './bad-requests.ts';
import type { Draw } from './draw.ts';
import { drawBatchGet, drawGet } from './item-reads.ts';
import { drawIndexChange } from './index-changes.ts';
import { addOne, drawBatchWrite, drawDelete, drawPut, drawUpdateItem } from './item-writes.ts';
import type { Operation, Target } from './operation.ts';
import { drawPageBehindKey, drawQuery, drawScan, drawSinglePage } from './random-readings.ts';
import { drawFittingKey } from './random-values.ts';
import { drawSchema, drawSmallSchema } from './random-schemas.ts';
import type { Schema } from './schemas.ts';
import { drawSelection } from './selections.ts';
import { drawBatchStatements, drawExecuteStatement } from './statement-requests.ts';
import type { Step } from './steps.ts';
import {
  createTableOperation,
  deleteTableOperation,
  describeTableOperation,
  drawListTables,
} from './table-operations.ts';
import { drawTransactGet, drawTransactWrite } from './transactions.ts';

const TABLE_NAMES = ['Alpha', 'beta.2', 'Gamma_3', 'delta-4'];

/** What steps are drawn from: chance, and the tables that there are. */
export interface Source {
  readonly draw: Draw;
  readonly tables: ReadonlyMap<string, Schema>;
}

/** How often there is a kind of step, and how one is drawn, or several that belong together. */
export interface StepKind {
  readonly weight: number;
  /** Which table there must be one of; absent where it does not matter. */
  readonly needs?: (schema: Schema) => boolean;
  draw(source: Source): Step | readonly Step[];
}

/** The kinds of steps by their names in reports. */
export const STEPS: Readonly<Record<string, StepKind>> = {
  put: ofOperation(20, (source) => drawPut(source.draw, drawTarget(source))),
  update: ofOperation(28, (source) => drawUpdateItem(source.draw, drawTarget(source))),
  delete: ofOperation(8, (source) => drawDelete(source.draw, drawTarget(source))),
  get: ofOperation(10, (source) => drawGet(source.draw, drawTarget(source))),
  batchWrite: ofOperation(12, (source) => drawBatchWrite(source.draw, drawTargets(source))),
  batchGet: ofOperation(6, (source) => drawBatchGet(source.draw, drawTargets(source))),
  transactWrite: ofOperation(14, (source) => drawTransactWrite(source.draw, drawTargets(source))),
  transactGet: ofOperation(5, (source) => drawTransactGet(source.draw, drawTargets(source))),
  statement: { weight: 14, needs: isAny, draw: drawStatementSteps },
  query: {
    weight: 20,
    draw: (source) => ({ kind: 'reading', readings: [drawQuery(source.draw, drawTarget(source))] }),
  },
  scan: { weight: 10, draw: (source) => ({ kind: 'reading', readings: drawScan(source.draw, drawTarget(source)) }) },
  selection: {
    weight: 14,
    needs: isAny,
    draw: (source) => ({ kind: 'selection', reading: drawSelection(source.draw, drawTable(source, isAny)) }),
  },
  pageBehindKey: ofOperation(5, (source) => drawPageBehindKey(source.draw, drawTarget(source))),
  badRequest: ofOperation(4, (source) => drawBadRequest(source.draw, drawTarget(source))),
  describeTable: ofOperation(2, (source) => describeTableOperation(source.draw.oneOf(TABLE_NAMES))),
  listTables: ofOperation(2, (source) => drawListTables(source.draw, TABLE_NAMES)),
  createTable: ofOperation(4, drawCreateTable),
  indexChange: {
    weight: 3,
    needs: isAny,
    draw: (source) => drawIndexChange(source.draw, drawTable(source, isAny)),
  },
  deleteTable: ofOperation(1, (source) => deleteTableOperation(source.draw.oneOf(TABLE_NAMES))),
  replacement: { weight: 3, draw: drawReplacement },
  round: { weight: 16, needs: isSmall, draw: drawRound },
  tableRound: { weight: 3, needs: isSmall, draw: drawTableRound },
  counterRound: { weight: 2, needs: isSmall, draw: drawCounterRound },
  counts: { weight: 1, draw: () => ({ kind: 'counts' }) },
};

function ofOperation(weight: number, draw: (source: Source) => Operation): StepKind {
  return { weight, draw: (source) => single(draw(source)) };
}

function isAny(): boolean {
  return true;
}

/** Whether a table is read in one page. */
function isSmall({ bulky }: Schema): boolean {
  return bulky !== true;
}

/** Tables to begin with. */
export function drawTables(draw: Draw): readonly Step[] {
  return TABLE_NAMES.map((name) => single(createTableOperation(name, drawSchema(draw))));
}

function single(operation: Operation): Step {
  return { kind: 'operation', operation };
}

/** On a table that is there and what it is taken to be; mostly on an item that was just put. */
function drawStatementSteps(source: Source): readonly Step[] {
  const { draw } = source;
  const table = drawTable(source, isAny);
  const drawRequest = draw.once(4) ? drawBatchStatements : drawExecuteStatement;
  const target: Target = { ...table, keys: [drawFittingKey(draw, table.schema)] };
  if (draw.once(4)) return [single(drawRequest(draw, target))];
  return [single(drawPut(draw, target)), single(drawRequest(draw, target))];
}

/** A name that is taken now and then, and mostly one that is not, if there is one. */
function drawCreateTable({ draw, tables }: Source): Operation {
  const names = drawNames(draw);
  const free = draw.once(4) ? undefined : names.find((name) => !tables.has(name));
  return createTableOperation(free ?? (names[0] as string), drawSchema(draw));
}

/** A table that becomes another one, with whatever keys, and a look at it at once. */
function drawReplacement({ draw }: Source): readonly Step[] {
  const name = draw.oneOf(TABLE_NAMES);
  const schema = drawSchema(draw);
  const target: Target = { table: name, schema };
  const use = draw.oneOf([drawPut, drawUpdateItem, drawDelete, drawGet, drawPageBehindKey])(draw, target);
  return [deleteTableOperation(name), createTableOperation(name, schema), use].map(single);
}

/** All names, from any of them on: what comes first of those that will do stays so if another table is not there. */
function drawNames(draw: Draw): readonly string[] {
  const first = draw.below(TABLE_NAMES.length);
  return [...TABLE_NAMES.slice(first), ...TABLE_NAMES.slice(0, first)];
}

/** A table that is there, mostly, taken for what it is. */
function drawTarget({ draw, tables }: Source): Target {
  const names = drawNames(draw);
  const found = draw.once(10) ? undefined : names.find((each) => tables.has(each));
  const name = found ?? (names[0] as string);
  const schema = draw.once(60) ? drawSchema(draw) : tables.get(name);
  const table = draw.once(20) ? `arn:aws:dynamodb:us-east-1:000000000000:table/${name}` : name;
  return { table, schema: schema ?? drawSchema(draw) };
}

/** A table that is there, of those that will do, which there must be one of. */
function drawTable({ draw, tables }: Source, willDo: (schema: Schema) => boolean): Target {
  const found = drawNames(draw).flatMap((table) => {
    const schema = tables.get(table);
    return schema !== undefined && willDo(schema) ? [{ table, schema }] : [];
  });
  return found[0] as Target;
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
  const { schema, table: name } = drawTable(source, isSmall);
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
  const { draw } = source;
  const { schema, table: name } = drawTable(source, isSmall);
  const target: Target = { table: name, schema, keys: [drawFittingKey(draw, schema)] };
  const created = draw.once(2) ? schema : drawSmallSchema(draw);
  const comes = !draw.once(3);
  const operations = [
    deleteTableOperation(name),
    ...(comes ? [createTableOperation(name, created)] : []),
    ...draw.upTo(1, () => describeTableOperation(name)),
    ...draw.upTo(1, () => drawListTables(draw, TABLE_NAMES)),
    ...Array.from({ length: 1 + draw.below(3) }, () => draw.oneOf(IN_ROUNDS)(draw, target)),
  ];
  const round: Step = { kind: 'round', operations, tables: [name] };
  // Which of the two was first is for the servers to say, but what is there next should be the same every time.
  return comes ? [round, single(createTableOperation(name, created))] : [round];
}

const ADDITIONS_MAX = 20;

/** Additions to one counter, with other operations on the same item among them. */
function drawCounterRound(source: Source): Step {
  const { draw } = source;
  const { schema, table: name } = drawTable(source, isSmall);
  const key = drawFittingKey(draw, schema);
  const target: Target = { table: name, schema, keys: [key] };
  const additions = Array.from({ length: 2 + draw.below(ADDITIONS_MAX - 1) }, () => addOne(target, key, 'hits'));
  const others = draw.upTo(1, () => drawGet(draw, target));
  return { kind: 'round', operations: [...additions, ...others], tables: [name] };
}
