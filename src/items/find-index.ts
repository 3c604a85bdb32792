import { validationError } from '../foundation/errors.ts';
import type { IndexDefinition, TableDefinition } from '../tables/table.ts';
import { READ_MESSAGES } from './messages.ts';

/**
 * The index of `table` called `name`, or undefined for the table itself. Throws the ValidationException where there is
 * none, or where it can't be read yet, or not consistently.
 */
export function findIndex(
  table: TableDefinition,
  name: string | undefined,
  consistent: boolean,
): IndexDefinition | undefined {
  if (name === undefined) return undefined;
  const index = table.indexes.find((each) => each.name === name);
  if (index === undefined || index.transition?.status === 'DELETING') {
    throw validationError(READ_MESSAGES.indexMissing(name));
  }
  if (index.build !== undefined) throw validationError(READ_MESSAGES.indexBeingBuilt(name));
  if (consistent && index.kind === 'global') throw validationError(READ_MESSAGES.consistentGlobalIndex);
  return index;
}
