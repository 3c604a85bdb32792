/** The steps of a run, and how each is taken on all servers and in the model. */
import { isDeepStrictEqual } from 'node:util';
import { waitUntil } from '../e2e/wait-until.ts';
import { Mismatch, compareAnswer, describeOperation, sendToAll, show } from './comparison.ts';
import { type Table, countsOf, sourcesOf } from './database.ts';
import type { Operation } from './operation.ts';
import { pageOperation } from './page-reads.ts';
import { type PagedReading, readAllPages } from './paged-reading.ts';
import { runRound } from './round.ts';
import { type SelectionReading, readSelection, selectionOperation } from './selections.ts';
import type { Server } from './servers.ts';
import { describeTableOperation } from './table-operations.ts';
import type { World } from './world.ts';

/** Something to do on all servers and in the model. */
export type Step =
  | { readonly kind: 'operation'; readonly operation: Operation }
  /** All pages of one Query, or of the segments of one Scan. */
  | { readonly kind: 'reading'; readonly readings: readonly PagedReading[] }
  /** All pages of one SELECT. */
  | { readonly kind: 'selection'; readonly reading: SelectionReading }
  /** Operations on the tables called `tables`, all at once. */
  | { readonly kind: 'round'; readonly operations: readonly Operation[]; readonly tables: readonly string[] }
  | IndexChange
  /** A look at the counts of all tables. */
  | { readonly kind: 'counts' };

/** A change of an index of the table called `table`, and writes to the table while it goes on. */
export interface IndexChange {
  readonly kind: 'indexChange';
  readonly table: string;
  readonly change: Operation;
  readonly writes: readonly Operation[];
}

/** Takes `step`; rejects with a Mismatch where servers and model don't agree. */
export async function takeStep(world: World, step: Step): Promise<void> {
  switch (step.kind) {
    case 'operation':
      return await runOperation(world, step.operation);
    case 'reading':
      return await readAllPages(world, step.readings);
    case 'selection':
      return await readSelection(world, step.reading);
    case 'round':
      return await runRound(world, step.operations, step.tables);
    case 'indexChange':
      return await changeIndex(world, step);
    case 'counts':
      return await compareCounts(world);
  }
}

export function describeStep(step: Step): string {
  switch (step.kind) {
    case 'operation':
      return describeOperation(step.operation);
    case 'reading':
      return `all pages of ${step.readings.map(({ request }) => describeOperation(pageOperation(request))).join('\n  and ')}`;
    case 'selection':
      return `all pages of ${describeOperation(selectionOperation(step.reading.selection))}`;
    case 'round':
      return `at once\n  ${step.operations.map(describeOperation).join('\n  ')}`;
    case 'indexChange':
      return [step.change, ...step.writes].map(describeOperation).join('\n  and meanwhile ');
    case 'counts':
      return 'counts';
  }
}

async function runOperation({ servers, database }: World, operation: Operation): Promise<void> {
  const given = await sendToAll(servers, operation);
  compareAnswer(operation, given, operation.run(database, given));
}

/** More looks than any change of an index takes. */
const LOOKS_MAX = 5_000;

/** Changes an index, with the writes spread over the time that it takes, and waits until it is done. */
async function changeIndex(world: World, { table, change, writes }: IndexChange): Promise<void> {
  await runOperation(world, change);
  const left = writes.values();
  let looks = 0;
  await waitUntil(async () => {
    const { value: write } = left.next();
    if (write !== undefined) await runOperation(world, write);
    looks += 1;
    if (looks > LOOKS_MAX) throw new Mismatch(`${describeOperation(change)}\ncomes to no end`);
    const active = await Promise.all(world.servers.map((server) => hasActiveIndexes(server, table)));
    return write === undefined && active.every(Boolean);
  });
  await runOperation(world, describeTableOperation(table));
}

async function hasActiveIndexes(server: Server, table: string): Promise<boolean> {
  const { body } = await server.send(describeTableOperation(table));
  const { GlobalSecondaryIndexes: indexes = [] } = (body as Described).Table;
  return indexes.every(({ IndexStatus: status }) => status === 'ACTIVE');
}

interface Described {
  readonly Table: { readonly GlobalSecondaryIndexes?: readonly { readonly IndexStatus: string }[] };
}

async function compareCounts({ servers, database }: World): Promise<void> {
  for (const server of servers) for (const table of database.values()) await compareTableCounts(server, table);
}

async function compareTableCounts(server: Server, table: Table): Promise<void> {
  const expected = new Map(
    sourcesOf(table.schema).map((source) => [source.index?.name, countsOf(table, source)] as const),
  );
  const given = await server.counts(table.name);
  if (isDeepStrictEqual(given, expected)) return;
  throw new Mismatch(
    `table ${table.name} is not counted as the model says\n` +
      `${server.name}: ${show([...given])}\nmodel: ${show([...expected])}`,
  );
}
