/** From writes whose tables are still to be looked up to the input of the procedure that runs them. */
import { ApiError, type ApiFault } from '../foundation/errors.ts';
import { isUsable, tableNotFoundError } from '../tables/catalog.ts';
import { findBuild, type TableDefinition } from '../tables/table.ts';
import type { ItemChange } from './change-item.ts';
import type { DataContext } from './data-context.ts';
import { validateDistinctKeys } from './distinct-keys.ts';
import type { PlanWrite } from './plan-write.ts';
import { validateScalarKeys } from './scalar-keys.ts';
import type { WriteAction, WriteItemsInput, WrittenTable } from './write-items.ts';

/** A write whose table is still to be looked up. */
export interface PlannedWrite extends Pick<WriteAction, 'condition' | 'returnValues' | 'returnItemOnFailure'> {
  readonly tableName: string;
  readonly plan: PlanWrite;
}

export type PreparedWrites =
  | { readonly kind: 'ready'; readonly input: WriteItemsInput }
  /** Some don't fit their tables: the fault, or undefined, of each in order. */
  | { readonly kind: 'unfit'; readonly faults: readonly (ApiFault | undefined)[] };

/**
 * Prepares `writes` for the tables as this thread knows them. Where they have no place for these writes, or
 * `validate`, which sees what is ready, throws, that counts only if the tables are so in the store too.
 *
 * Throws ResourceNotFoundException, before it looks at any key, and what `validate` throws.
 */
export async function prepareWrites(
  context: DataContext,
  writes: readonly PlannedWrite[],
  validate?: (input: WriteItemsInput) => void,
): Promise<PreparedWrites> {
  const prepare = async (find: FindTable): Promise<PreparedWrites> => {
    const prepared = await prepareFor(context, writes, find);
    if (prepared.kind === 'ready') validate?.(prepared.input);
    return prepared;
  };
  try {
    const prepared = await prepare(context.catalog.findForWrite);
    if (prepared.kind === 'ready') return prepared;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
  }
  return await prepare(context.catalog.find);
}

/** Throws a ValidationException with the text `message` if two actions of `input` are of one item. */
export function validateDistinctItems({ tables, actions }: WriteItemsInput, message?: string): void {
  const keys = actions.map(({ table, key }) => ({ space: (tables[table] as WrittenTable).space, key }));
  validateDistinctKeys(keys, message);
}

type FindTable = (name: string) => Promise<TableDefinition | undefined>;

/** Looks up the tables, each once, and plans the writes for them. */
async function prepareFor(
  context: DataContext,
  writes: readonly PlannedWrite[],
  find: FindTable,
): Promise<PreparedWrites> {
  const tables = await findTables(writes, find);
  const positions = new Map(tables.map(({ name }, i) => [name, i]));
  const actions: WriteAction[] = [];
  const faults: (ApiFault | undefined)[] = [];
  for (const { tableName, plan, condition, returnValues, returnItemOnFailure } of writes) {
    const table = positions.get(tableName) as number;
    const change = changeOrFault(plan, condition, tables[table] as TableDefinition);
    faults.push('fault' in change ? change.fault : undefined);
    if (!('fault' in change)) actions.push({ ...change, table, condition, returnValues, returnItemOnFailure });
  }
  if (actions.length < writes.length) return { kind: 'unfit', faults };
  const { clock, collectionLimitBytes } = context;
  const input = { nowMs: clock.nowMs(), collectionLimitBytes, tables: tables.map(writtenTableOf), actions };
  return { kind: 'ready', input };
}

function writtenTableOf(table: TableDefinition): WrittenTable {
  const { name, id, space, collectionSpace } = table;
  return { name, id, space, collectionSpace, markSpace: findBuild(table)?.build.markSpace };
}

async function findTables(writes: readonly PlannedWrite[], find: FindTable): Promise<TableDefinition[]> {
  const tables: TableDefinition[] = [];
  for (const name of new Set(writes.map(({ tableName }) => tableName))) {
    const table = await find(name);
    if (table === undefined || !isUsable(table)) throw tableNotFoundError();
    tables.push(table);
  }
  return tables;
}

function changeOrFault(
  plan: PlanWrite,
  condition: WriteAction['condition'],
  table: TableDefinition,
): ItemChange | { readonly fault: ApiFault } {
  try {
    const change = plan(table);
    validateScalarKeys(table, { condition, update: change.kind === 'update' ? change.update : undefined });
    return change;
  } catch (error) {
    if (error instanceof ApiError) return { fault: error.fault };
    throw error;
  }
}
