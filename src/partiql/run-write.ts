/** Runs a statement that writes. */
import { ApiError } from '../foundation/errors.ts';
import type { DataContext } from '../items/data-context.ts';
import { runWrite } from '../items/run-writes.ts';
import type { WriteResult } from '../items/write-items.ts';
import type { BoundWrite } from './bind.ts';
import { STATEMENT } from './messages.ts';
import { planStatementWrite } from './plan-write.ts';
import { withTables } from './with-tables.ts';

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
    return await withTables(context, [tableName], async (tables) => {
      const { plan, condition, returnValues } = planStatementWrite(tables.get(tableName), statement);
      const write = { tableName, plan: tables.pin(plan), condition, returnValues, returnItemOnFailure };
      return await runWrite(context, write);
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
