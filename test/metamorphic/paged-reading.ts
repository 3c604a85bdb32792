/** Reads all pages of Queries and Scans, and holds each against what the model says it must be. */
import { Mismatch, compareAnswer, describeOperation, sendToAll } from './comparison.ts';
import { type Database, keyText } from './database.ts';
import { type Answer, answerOf } from './errors.ts';
import type { Operation } from './operation.ts';
import {
  type PageRequest,
  type Reading,
  arrange,
  itemsOf,
  openReading,
  orderBy,
  pageOperation,
  readPage,
} from './page-reads.ts';
import { type Item, type Value, attributeOf, textOf } from './values.ts';
import type { World } from './world.ts';

/** One Query, or one segment of a Scan. */
export interface PagedReading {
  readonly request: PageRequest;
  /** The same without a limit or anything that leaves something out: it shows the order. */
  readonly whole: PageRequest;
}

/** Reads all pages of one Query, or of all segments of a Scan side by side. */
export async function readAllPages(world: World, readings: readonly PagedReading[]): Promise<void> {
  const wholes = readings.map(({ whole }) => whole);
  const pages = await Promise.all(wholes.map((whole) => fetchPages(world, whole)));
  const orders = learnOrders(world, wholes, pages);
  await Promise.all(readings.map(({ request }, i) => comparePages(world, request, orders[i] ?? [])));
}

interface GivenPage {
  readonly operation: Operation;
  readonly given: Answer;
}

/** More pages than any reading here has. */
const PAGES_MAX = 1_000;

async function fetchPages({ servers }: World, request: PageRequest): Promise<readonly GivenPage[]> {
  const pages: GivenPage[] = [];
  let startKey: Item | undefined;
  do {
    const operation = pageOperation(request, startKey);
    const given = await sendToAll(servers, operation);
    pages.push({ operation, given });
    startKey = nextStartKey(given);
    if (pages.length > PAGES_MAX) throw new Mismatch(`${describeOperation(operation)}\ncomes to no end`);
  } while (startKey !== undefined);
  return pages;
}

function nextStartKey({ body }: Answer): Item | undefined {
  return (body as { readonly LastEvaluatedKey?: Item }).LastEvaluatedKey;
}

/** The entries of each reading in the order in which `pages` have them; compares those pages too. */
function learnOrders(
  { database }: World,
  wholes: readonly PageRequest[],
  pages: readonly (readonly GivenPage[])[],
): readonly (readonly Item[])[] {
  const orders = wholes.map((whole, i) => {
    const own = pages[i] as readonly [GivenPage];
    const [{ operation, given }] = own;
    const error = errorOf(database, whole);
    if (given.status !== 200 || error !== undefined) {
      compareAnswer(operation, given, error ?? { status: 200, body: {} });
      return [];
    }
    const reading = openReading(database, whole);
    const found = own.flatMap((page) => itemsOf(page.given));
    const entries = wholes.length === 1 ? reading.entries : entriesAmong(reading, found);
    const order = arrange(reading, whole, entries, found);
    compareInOrder(reading, whole, own, order);
    return order;
  });
  compareUnion(database, wholes, orders);
  return orders;
}

/** The answer to a request that the model finds wrong. */
function errorOf(database: Database, request: PageRequest): Answer | undefined {
  const answer = answerOf(() => openReading(database, request));
  return answer.status === 200 ? undefined : answer;
}

function entriesAmong({ table, entries }: Reading, found: readonly Item[]): readonly Item[] {
  const keys = new Set(found.map((item) => keyText(table, item)));
  return entries.filter((entry) => keys.has(keyText(table, entry)));
}

/** Segments have to hold every entry once. */
function compareUnion(database: Database, wholes: readonly PageRequest[], orders: readonly (readonly Item[])[]): void {
  const [whole] = wholes;
  if (whole === undefined || errorOf(database, whole) !== undefined) return;
  const { entries, table } = openReading(database, whole);
  const keys = orders.flat().map((entry) => keyText(table, entry));
  if (keys.length === entries.length && new Set(keys).size === keys.length) return;
  throw new Mismatch(
    `${describeOperation(pageOperation(whole))}\nand the other segments find ${keys.length} entries, ` +
      `${new Set(keys).size} different ones; there are ${entries.length}`,
  );
}

function compareInOrder(
  reading: Reading,
  request: PageRequest,
  pages: readonly GivenPage[],
  order: readonly Item[],
): void {
  let rest = order;
  for (const { operation, given } of pages) {
    const { answer, scannedCount } = readPage(reading, request, rest);
    compareAnswer(operation, given, { status: 200, body: answer });
    rest = rest.slice(scannedCount);
  }
  const first = pages[0]?.operation;
  if (first !== undefined && !isByPartition(reading, request, order)) {
    throw new Mismatch(
      `${describeOperation(first)}\ndoes not go from partition key to partition key in sort key order`,
    );
  }
}

/** Whether all entries of a partition key stand together, in the order of their sort keys. */
function isByPartition({ source }: Reading, { reverse }: PageRequest, order: readonly Item[]): boolean {
  const partitionOf = (entry: Item): string =>
    source.partitions.map(({ name }) => textOf(attributeOf(entry, name) as Value)).join();
  const finished = new Set<string>();
  return order.every((entry, i) => {
    const previous = order[i - 1];
    if (previous === undefined) return true;
    if (partitionOf(previous) !== partitionOf(entry)) {
      finished.add(partitionOf(previous));
      return !finished.has(partitionOf(entry));
    }
    const step = orderBy(source.sorts, previous, entry);
    return reverse ? step >= 0 : step <= 0;
  });
}

async function comparePages({ servers, database }: World, request: PageRequest, order: readonly Item[]): Promise<void> {
  let rest = order;
  let startKey: Item | undefined;
  do {
    const operation = pageOperation(request, startKey);
    const given = await sendToAll(servers, operation);
    const page = { scannedCount: 0 };
    const expected = answerOf(() => {
      const { answer, scannedCount } = readPage(openReading(database, request), request, rest);
      page.scannedCount = scannedCount;
      return answer;
    });
    compareAnswer(operation, given, expected);
    rest = rest.slice(page.scannedCount);
    startKey = nextStartKey(given);
  } while (startKey !== undefined);
}
