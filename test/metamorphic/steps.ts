/** The steps of a run, and how each is taken on all servers and in the model. */
import { isDeepStrictEqual } from 'node:util';
import { Mismatch, compareAnswer, describeOperation, sendToAll, show } from './comparison.ts';
import { type Table, countsOf, sourcesOf } from './database.ts';
import type { Operation } from './operation.ts';
import { pageOperation } from './page-reads.ts';
import { type PagedReading, readAllPages } from './paged-reading.ts';
import { runRound } from './round.ts';
import type { Server } from './servers.ts';
import type { World } from './world.ts';

/** Something to do on all servers and in the model. */
export type Step =
  | { readonly kind: 'operation'; readonly operation: Operation }
  /** All pages of one Query, or of the segments of one Scan. */
  | { readonly kind: 'reading'; readonly readings: readonly PagedReading[] }
  /** Operations on the tables called `tables`, all at once. */
  | { readonly kind: 'round'; readonly operations: readonly Operation[]; readonly tables: readonly string[] }
  /** A look at the counts of all tables. */
  | { readonly kind: 'counts' };

/** Takes `step`; rejects with a Mismatch where servers and model don't agree. */
export async function takeStep(world: World, step: Step): Promise<void> {
  switch (step.kind) {
    case 'operation':
      return await runOperation(world, step.operation);
    case 'reading':
      return await readAllPages(world, step.readings);
    case 'round':
      return await runRound(world, step.operations, step.tables);
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
    case 'round':
      return `at once\n  ${step.operations.map(describeOperation).join('\n  ')}`;
    case 'counts':
      return 'counts';
  }
}

async function runOperation({ servers, database }: World, operation: Operation): Promise<void> {
  const given = await sendToAll(servers, operation);
  compareAnswer(operation, given, operation.run(database, given));
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
