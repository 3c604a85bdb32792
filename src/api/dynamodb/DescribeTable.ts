import type { DescribeTableInput } from '@aws-sdk/client-dynamodb';
import { ApiError } from '../../foundation/errors.ts';
import { namedTableNotFoundFault } from '../../tables/catalog.ts';
import { describeTable } from '../describe-table.ts';
import type { Operation } from '../operation.ts';
import { resolveTableName } from '../table-name.ts';

/** Describes a table: its keys and indexes as they were asked for, its counts and sizes as they are. */
export const DescribeTable: Operation<DescribeTableInput> = {
  name: 'DescribeTable',

  async run(context, input) {
    const name = resolveTableName(context, input.TableName);
    const table = await context.catalog.find(name);
    if (table === undefined) throw new ApiError(namedTableNotFoundFault(name));
    return { Table: await describeTable(context, table) };
  },
};
