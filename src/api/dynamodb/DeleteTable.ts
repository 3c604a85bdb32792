import type { DeleteTableInput } from '@aws-sdk/client-dynamodb';
import { ApiError } from '../../foundation/errors.ts';
import { deleteTable } from '../../tables/delete-table.ts';
import { describeDeletedTable } from '../describe-table.ts';
import type { Operation } from '../operation.ts';
import { resolveTableName } from '../table-name.ts';

/** Deletes a table, which is gone at once unless the server has a delay; what it held is purged in the background. */
export const DeleteTable: Operation<DeleteTableInput> = {
  name: 'DeleteTable',

  async run(context, input) {
    const name = resolveTableName(context, input.TableName);
    const nowMs = context.clock.nowMs();
    const outcome = await context.engine.transact(deleteTable, { name, nowMs, delayMs: context.tableDelayMs });
    if ('fault' in outcome) throw new ApiError(outcome.fault);
    return { TableDescription: await describeDeletedTable(context, outcome.table) };
  },
};
