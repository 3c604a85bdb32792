/** Runs a statement that writes. */
import { ApiError } from '../foundation/errors.ts';
import type { DataContext } from '../items/data-context.ts';
import { runWrite } from '../items/run-writes.ts';
import type { WriteResult } from '../items/write-items.ts';
import { tableNotFoundError } from '../tables/catalog.ts';
import type { TableDefinition } from '../tables/table.ts';
import type { BoundWrite } from './bind.ts';
import { STATEMENT } from './messages.ts';
import { planStatementWrite } from './plan-write.ts';

/**
 * Runs one statement and resolves with what it did, once durable. Throws ResourceNotFoundException,
 * DuplicateItemException, ConditionalCheckFailedException with the item where `returnItemOnFailure`, or the
 * ValidationException for what does not fit the table called `tableName`.
 */
export async function runWriteStatement(
  context: DataContext,
  tableName: string,
  statement: BoundWrite,
  returnItemOnFailure: boolean,
): Promise<WriteResult> {
  try {
    return await withTable(context, tableName, async (table, sameTable) => {
      const { plan, condition, returnValues } = planStatementWrite(table, statement);
      return await runWrite(context, {
        tableName,
        plan: (current) => plan(sameTable(current)),
        condition,
        returnValues,
        returnItemOnFailure,
      });
    });
  } catch (error) {
    const isDuplicate = error instanceof ApiError && error.name === 'ConditionalCheckFailedException';
    if (isDuplicate && statement.kind === 'insert') throw duplicateItemError();
    throw error;
  }
}

function duplicateItemError(): ApiError {
  return new ApiError({ name: 'DuplicateItemException', message: STATEMENT.duplicateItem });
}

/**
 * The result of `run` on the table called `name` as this thread knows it. What `run` makes of the table, such as a
 * condition on its key, holds for that table alone: `sameTable` throws where it is given another, and then, as on any
 * error that an outdated definition may be the cause of, `run` starts again on the table as it is.
 */
async function withTable<Result>(
  context: DataContext,
  name: string,
  run: (table: TableDefinition, sameTable: (current: TableDefinition) => TableDefinition) => Promise<Result>,
): Promise<Result> {
  let known = await context.catalog.findForWrite(name);
  for (;;) {
    const table = known;
    if (table === undefined) throw tableNotFoundError();
    try {
      return await run(table, (current) => {
        if (current.id !== table.id) throw tableNotFoundError();
        return current;
      });
    } catch (error) {
      // A condition was looked at in the table as it is.
      if (!(error instanceof ApiError) || error.name === 'ConditionalCheckFailedException') throw error;
      known = await context.catalog.find(name);
      if (known?.id === table.id) throw error;
    }
  }
}
