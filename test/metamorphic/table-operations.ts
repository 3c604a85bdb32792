/** Operations on tables: what is sent, and what is answered. */
import { createTable, findNamedTable } from './database.ts';
import type { Draw } from './draw.ts';
import { type Operation, operationOf } from './operation.ts';
import { describeDeletedTable, describeSchema, describeTable } from './describe-schema.ts';
import type { Schema } from './schemas.ts';

export function createTableOperation(name: string, schema: Schema): Operation {
  return operationOf('CreateTable', describeSchema(name, schema), (database) => {
    createTable(database, name, schema);
    return { TableDescription: describeTable(name, schema, 'CREATING') };
  });
}

export function deleteTableOperation(name: string): Operation {
  return operationOf('DeleteTable', { TableName: name }, (database) => {
    const { schema } = findNamedTable(database, name);
    database.delete(name);
    return { TableDescription: describeDeletedTable(name, schema) };
  });
}

export function describeTableOperation(name: string): Operation {
  return operationOf('DescribeTable', { TableName: name }, (database) => ({
    Table: describeTable(name, findNamedTable(database, name).schema, 'ACTIVE'),
  }));
}

export function drawListTables(draw: Draw, names: readonly string[]): Operation {
  const limit = draw.oneOf([undefined, 1, 2, 3, 100]);
  const after = draw.oneOf([undefined, ...names, 'Between']);
  const input = { Limit: limit, ExclusiveStartTableName: after };
  return operationOf('ListTables', input, (database) => {
    const all = [...database.keys()].toSorted().filter((name) => after === undefined || name > after);
    const page = all.slice(0, limit);
    return { TableNames: page, LastEvaluatedTableName: page.length < all.length ? page.at(-1) : undefined };
  });
}
