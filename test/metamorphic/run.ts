/** The property that random steps leave several servers and a model in agreement. */
import fc from 'fast-check';
import { type Progress, SEED, arbitraryCommands, createTables, takeSteps } from './commands.ts';
import type { Database } from './database.ts';
import { type Operation, operationOf } from './operation.ts';
import type { Server } from './servers.ts';
import { deleteTableOperation } from './table-operations.ts';

export interface RunOptions {
  readonly servers: readonly Server[];
  readonly seed: number;
  /** How many times servers are begun with anew, and how many commands there are each time at most. */
  readonly runs: number;
  readonly commands: number;
  /** Of a report: the failure to come to at once, instead of looking for one. */
  readonly path?: string | undefined;
  readonly replayPath?: string | undefined;
  /** Told after each run how many steps agreed so far. */
  readonly onRun?: (runs: number, steps: number) => void;
}

/**
 * Resolves with what is there after the last run. Rejects with fast-check's report of the fewest steps that were found
 * to fail, which tells the seed and the paths that lead to them again.
 */
export async function runSteps(options: RunOptions): Promise<Database> {
  const { servers, seed, runs, commands, path = '', replayPath, onRun } = options;
  let database: Database = new Map();
  let [ran, taken] = [0, 0];
  const property = fc.asyncProperty(SEED, arbitraryCommands(commands, replayPath), async (tablesSeed, given) => {
    for (const server of servers) await deleteTables(server);
    const progress: Progress = { servers, database: new Map(), taken: [] };
    await createTables(progress, tablesSeed);
    await fc.asyncModelRun(() => ({ model: progress, real: undefined }), given);
    await takeSteps(progress, [{ kind: 'counts' }]);
    database = progress.database;
    ran += 1;
    taken += progress.taken.length;
    onRun?.(ran, taken);
  });
  await fc.assert(property, { seed, path, numRuns: runs, includeErrorInReport: true });
  return database;
}

async function deleteTables(server: Server): Promise<void> {
  const { body } = await server.send(LIST_TABLES);
  for (const name of (body as { readonly TableNames: readonly string[] }).TableNames) {
    await server.send(deleteTableOperation(name));
  }
}

const LIST_TABLES: Operation = operationOf('ListTables', {}, () => ({}));
