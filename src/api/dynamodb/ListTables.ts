import type { ListTablesInput } from '@aws-sdk/client-dynamodb';
import { LIMITS } from '../../foundation/limits.ts';
import { listTableNames } from '../../tables/catalog.ts';
import type { Operation } from '../operation.ts';

/** Lists the tables' names by the page, in byte order. */
export const ListTables: Operation<ListTablesInput> = {
  name: 'ListTables',

  async run(context, input) {
    const limit = input.Limit ?? LIMITS.listTablesPage;
    // One name more than the page holds tells whether another page follows.
    const names = await listTableNames(context.engine, input.ExclusiveStartTableName, limit + 1);
    const page = names.slice(0, limit);
    return { TableNames: page, LastEvaluatedTableName: names.length > limit ? page.at(-1) : undefined };
  },
};
