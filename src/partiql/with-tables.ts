/** Looks up the tables that statements write to, whose keys decide what the statements mean. */
import { ApiError } from '../foundation/errors.ts';
import type { DataContext } from '../items/data-context.ts';
import type { PlanWrite } from '../items/plan-write.ts';
import { tableNotFoundError } from '../tables/catalog.ts';
import type { TableDefinition } from '../tables/table.ts';

/** The tables as this thread knows them, for one attempt. */
export interface KnownTables {
  get(name: string): TableDefinition;
  /** `plan`, which throws where it is given another table than this one. */
  pin(plan: PlanWrite): PlanWrite;
}

/**
 * The result of `run` on the tables called `names`. What `run` makes of them, such as conditions on their keys, holds
 * for these tables alone, so it pins its plans; if a table was replaced meanwhile, and on any error that an outdated
 * definition may be the cause of, `run` starts again on the tables as they are. Throws ResourceNotFoundException.
 */
export async function withTables<Result>(
  context: DataContext,
  names: readonly string[],
  run: (tables: KnownTables) => Promise<Result>,
): Promise<Result> {
  const { catalog } = context;
  let found = await findTables(names, catalog.findForWrite);
  for (;;) {
    try {
      return await run(pinTables(found));
    } catch (error) {
      // A condition was looked at in the table as it is.
      if (!(error instanceof ApiError) || error.name === 'ConditionalCheckFailedException') throw error;
      const current = await findTables(names, catalog.find);
      // A table that is replaced never comes back: these were there all the while.
      if ([...found].every(([name, { id }]) => current.get(name)?.id === id)) throw error;
      found = current;
    }
  }
}

type FoundTables = ReadonlyMap<string, TableDefinition>;

async function findTables(
  names: readonly string[],
  find: (name: string) => Promise<TableDefinition | undefined>,
): Promise<FoundTables> {
  const found = new Map<string, TableDefinition>();
  for (const name of new Set(names)) {
    const table = await find(name);
    if (table === undefined) throw tableNotFoundError();
    found.set(name, table);
  }
  return found;
}

function pinTables(found: FoundTables): KnownTables {
  return {
    get: (name) => found.get(name) as TableDefinition,
    pin: (plan) => (current) => {
      if (found.get(current.name)?.id !== current.id) throw tableNotFoundError();
      return plan(current);
    },
  };
}
