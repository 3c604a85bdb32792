/** PartiQL SELECTs of several items: by the key with ranges, on indexes or of everything, in order and page by page. */
import { Mismatch, compareAnswer, describeOperation, show } from './comparison.ts';
import { drawCondition } from './conditions.ts';
import type { Draw } from './draw.ts';
import { type Answer, answerOf } from './errors.ts';
import { CAPACITY } from './item-writes.ts';
import { drawSelectedKeys } from './key-conditions.ts';
import { type Operation, type Target, operationOf, withoutUndefined } from './operation.ts';
import { type PageRequest, type Reading, arrange, itemsOf, openReading, readPage } from './page-reads.ts';
import { type Path, drawPathsApart, valueAt } from './paths.ts';
import { indexesOf, keyAttributesOf, wholeKeyOf } from './schemas.ts';
import type { Server } from './servers.ts';
import { type Statement, createStatement, quote } from './statements.ts';
import type { Item } from './values.ts';
import type { World } from './world.ts';

/** One SELECT. */
export interface Selection {
  /** What it means, in the terms of a Query or a Scan. */
  readonly request: PageRequest;
  /** The SELECT list; undefined for `*`. */
  readonly columns: readonly Path[] | undefined;
  /** Of ExecuteStatement. */
  readonly input: object;
}

/** The same without a limit or anything that leaves something out shows the order. */
export interface SelectionReading {
  readonly selection: Selection;
  readonly whole: Selection;
}

/** A SELECT from a table, which must be what it is taken to be, or from an index of it. */
export function drawSelection(draw: Draw, { table, schema }: Target): SelectionReading {
  const index = draw.oneOf([undefined, ...indexesOf(schema)]);
  const key = index ?? schema;
  const statement = createStatement();
  const keys = draw.once(4) ? undefined : drawSelectedKeys(draw, statement, schema, key);
  const [order, reverse] =
    keys === undefined ? ['', false] : drawOrder(draw, statement, wholeKeyOf(key).sorts[0]?.name);
  const isGlobal = index !== undefined && schema.global?.includes(index) === true;
  const whole: PageRequest = {
    table,
    index: index?.name,
    keyCondition: keys,
    reverse,
    filter: undefined,
    select: undefined,
    projection: undefined,
    limit: undefined,
    consistent: !isGlobal && draw.once(2),
    capacity: 'INDEXES',
    legacy: false,
    members: {},
  };
  const from = [table, ...(index === undefined ? [] : [index.name])].map(quote).join('.');
  const wholeSelection = selectionOf(statement, whole, undefined, from, [keys?.text], order);
  const filter = draw.once(2)
    ? drawFilter(
        draw,
        statement,
        keyAttributesOf(key).map(({ name }) => name),
      )
    : undefined;
  const columns = draw.once(3) ? drawPathsApart(draw, 1 + draw.below(3)) : undefined;
  const limit = draw.oneOf([undefined, 1, 2, 3, 7]);
  const request: PageRequest = {
    ...whole,
    filter,
    projection: columns?.map(([name]): Path => [name]),
    limit: index === undefined && keys?.isWhole ? undefined : limit,
    capacity: draw.oneOf(CAPACITY),
  };
  const where = [keys?.text, filter && `(${filter.text})`];
  const selection = selectionOf(statement, request, columns, from, where, order);
  return { selection: { ...selection, input: { ...selection.input, Limit: limit } }, whole: wholeSelection };
}

/** The sort key's, if there is one; that of the partition key says nothing where there is but one. */
function drawOrder(draw: Draw, statement: Statement, sortKey: string | undefined): [text: string, reverse: boolean] {
  if (sortKey === undefined || draw.once(3)) return ['', false];
  const order = draw.oneOf(['', ' ASC', ' DESC', ' DESC']);
  return [` ORDER BY ${statement.path([sortKey])}${order}`, order === ' DESC'];
}

/** One that is not about keys, which would be part of how the items are found. */
function drawFilter(draw: Draw, statement: Statement, keys: readonly string[]) {
  const before = statement.parameters.length;
  const filter = drawCondition(draw, statement);
  if (!filter.names.some((name) => keys.includes(name))) return filter;
  statement.parameters.length = before;
  return undefined;
}

/** The SELECT with the parameters that `statement` has so far. */
function selectionOf(
  statement: Statement,
  request: PageRequest,
  columns: readonly Path[] | undefined,
  from: string,
  terms: readonly (string | undefined)[],
  order: string,
): Selection {
  const list = columns?.map((path) => statement.path(path)).join(', ') ?? '*';
  const where = terms.filter((term) => term !== undefined).join(' AND ');
  const text = `SELECT ${list} FROM ${from}${where && ` WHERE ${where}`}${order}`;
  const { parameters } = statement;
  const input = {
    Statement: text,
    Parameters: parameters.length > 0 ? [...parameters] : undefined,
    ConsistentRead: request.consistent,
    ReturnConsumedCapacity: request.capacity,
  };
  return { request, columns, input };
}

/** One page of it; the model answers by `comparePages`, which knows where a token leads. */
export function selectionOperation({ input }: Selection, token?: string): Operation {
  return operationOf('ExecuteStatement', { ...input, NextToken: token }, () => ({}));
}

/** Reads all pages of a SELECT, each server by its own tokens. */
export async function readSelection(world: World, { selection, whole }: SelectionReading): Promise<void> {
  const order = await comparePages(world, whole);
  await comparePages(world, selection, order);
}

/** The entries in the order in which they come, which for `known` entries is theirs. */
async function comparePages(
  { servers, database }: World,
  selection: Selection,
  known?: readonly Item[],
): Promise<readonly Item[]> {
  const { request } = selection;
  const operation = selectionOperation(selection);
  const all = await Promise.all(servers.map((server) => fetchPages(server, selection)));
  const [pages] = all as [readonly Answer[]];
  for (const [i, other] of all.entries()) {
    if (JSON.stringify(other) === JSON.stringify(pages)) continue;
    const answers = `${servers[0]?.name}: ${show(pages)}\n${servers[i]?.name}: ${show(other)}`;
    throw new Mismatch(`${describeOperation(operation)}\nis answered differently\n${answers}`);
  }
  const error = answerOf(() => openReading(database, request));
  if (error.status !== 200 || pages[0]?.status !== 200) {
    compareAnswer(operation, pages[0] as Answer, error.status === 200 ? { status: 200, body: {} } : error);
    return [];
  }
  const reading = openReading(database, request);
  const order = known ?? arrange(reading, request, reading.entries, pages.flatMap(itemsOf));
  let rest = order;
  for (const page of pages) {
    const { expected, scannedCount } = expectPage(reading, selection, rest);
    compareAnswer(operation, page, expected);
    rest = rest.slice(scannedCount);
  }
  return order;
}

/** More pages than any SELECT here has. */
const PAGES_MAX = 1_000;
const THERE = 'there';

/** All pages, with the same token in the place of each. */
async function fetchPages(server: Server, selection: Selection): Promise<readonly Answer[]> {
  const pages: Answer[] = [];
  let token: string | undefined;
  do {
    const { status, body } = await server.send(selectionOperation(selection, token));
    token = (body as { readonly NextToken?: string }).NextToken;
    pages.push({ status, body: token === undefined ? body : { ...(body as object), NextToken: THERE } });
    if (pages.length > PAGES_MAX) throw new Mismatch(`${show(selection.input)}\ncomes to no end`);
  } while (token !== undefined);
  return pages;
}

function expectPage(reading: Reading, { request, columns }: Selection, rest: readonly Item[]) {
  const { answer, scannedCount } = readPage(reading, request, rest);
  const { Items, LastEvaluatedKey, ConsumedCapacity } = answer as Readonly<Record<string, unknown>>;
  const items = Items as readonly Item[];
  const body = withoutUndefined({
    Items: columns === undefined ? items : items.map((item) => columnsOf(item, columns)),
    NextToken: LastEvaluatedKey === undefined ? undefined : THERE,
    LastEvaluatedKey,
    ConsumedCapacity,
  });
  return { expected: { status: 200, body }, scannedCount };
}

/** Each value by the last name of its path and the indexes behind it. */
function columnsOf(item: Item, paths: readonly Path[]): Item {
  const columns = paths.flatMap((path) => {
    const value = valueAt(item, path);
    const [name, ...indexes] = path.slice(path.findLastIndex((element) => typeof element === 'string'));
    return value === undefined ? [] : [[`${name}${indexes.map((i) => `[${i}]`).join('')}`, value] as const];
  });
  return Object.fromEntries(columns);
}
