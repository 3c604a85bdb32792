/**
 * BatchExecuteStatement as the API reference and "Running batch operations with PartiQL" of the developer guide have it.
 * "Tried on the service": nubo-db/dynoxide pull requests 147 and 149, floci-io/floci pull request 2953.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BatchExecuteStatementCommand } from '@aws-sdk/client-dynamodb';
import type { BatchExecuteStatementCommandInput, BatchStatementRequest } from '@aws-sdk/client-dynamodb';
import { validation } from './errors.ts';
import { execute } from './partiql.ts';
import { putItems } from './reads.ts';
import { ORDERS_TABLE } from './reads-table.ts';
import { useServer } from './server.ts';

const server = useServer();

function runBatch(
  statements: readonly (string | BatchStatementRequest)[],
  options: Omit<BatchExecuteStatementCommandInput, 'Statements'> = {},
) {
  const Statements = statements.map((each) => (typeof each === 'string' ? { Statement: each } : each));
  return server.client.send(new BatchExecuteStatementCommand({ Statements, ...options }));
}

async function tableWithItems(): Promise<string> {
  const table = await server.createTable();
  await putItems(
    server,
    table,
    [1, 2].map((i) => ({ pk: { S: 'a' }, sk: { N: `${i}` }, x: { N: `${i * 10}` } })),
  );
  return table;
}

const WHERE = "WHERE pk = 'a' AND sk =";
const item = (sk: number) => ({ pk: { S: 'a' }, sk: { N: `${sk}` }, x: { N: `${sk * 10}` } });

describe('reads', () => {
  test('each give their item, or none', async () => {
    const table = await tableWithItems();
    const { Responses, ConsumedCapacity } = await runBatch([
      `SELECT * FROM "${table}" ${WHERE} 1`,
      `SELECT * FROM "${table}" ${WHERE} 7`,
      { Statement: `SELECT x FROM "${table}" ${WHERE} ?`, Parameters: [{ N: '2' }], ConsistentRead: true },
      `SELECT * FROM "${table}" ${WHERE} 1 AND x = 0`,
    ]);
    assert.deepEqual(Responses, [
      { TableName: table, Item: item(1) },
      { TableName: table },
      { TableName: table, Item: { x: { N: '20' } } },
      { TableName: table },
    ]);
    assert.equal(ConsumedCapacity, undefined);
  });

  test('that are not by the whole key fail, each by itself (tried on the service)', async () => {
    const table = await server.createTable(ORDERS_TABLE);
    const error = {
      Error: {
        Code: 'ValidationError',
        Message: 'Select statements within BatchExecuteStatement must specify the primary key in the where clause.',
      },
    };
    const { Responses } = await runBatch([
      `SELECT * FROM "${table}"`,
      `SELECT * FROM "${table}" WHERE customer = 'ada'`,
      `SELECT * FROM "${table}"."placed-all" WHERE customer = 'ada' AND "order" = 1`,
      `SELECT * FROM "${table}" WHERE customer = 'ada' AND "order" = 1`,
    ]);
    assert.deepEqual(Responses, [error, error, error, { TableName: table }]);
  });
});

describe('writes', () => {
  test('each do their work, and return what they are asked for (tried on the service)', async () => {
    const table = await tableWithItems();
    const { Responses } = await runBatch([
      `INSERT INTO "${table}" VALUE {'pk': 'a', 'sk': 3, 'x': 30}`,
      `UPDATE "${table}" SET x = x + 1 ${WHERE} 1 RETURNING MODIFIED NEW *`,
      `DELETE FROM "${table}" ${WHERE} 2 RETURNING ALL OLD *`,
    ]);
    assert.deepEqual(Responses, [
      { TableName: table },
      { TableName: table, Item: { x: { N: '11' } } },
      { TableName: table, Item: item(2) },
    ]);
    const { Items } = await execute(server, `SELECT x FROM "${table}" WHERE pk = 'a'`);
    assert.deepEqual(Items, [{ x: { N: '11' } }, { x: { N: '30' } }]);
  });

  test('fail each by itself, with the codes of the API reference', async () => {
    const table = await tableWithItems();
    const failed = { Code: 'ConditionalCheckFailed', Message: 'The conditional request failed' };
    const { Responses } = await runBatch([
      `INSERT INTO "${table}" VALUE {'pk': 'a', 'sk': 1}`,
      `UPDATE "${table}" SET x = 0 ${WHERE} 1 AND x = 99`,
      {
        Statement: `DELETE FROM "${table}" ${WHERE} 2 AND x = 99`,
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      },
      `UPDATE "${table}" SET x = 0 WHERE pk = 'a'`,
      `DELETE FROM nothere ${WHERE} 1`,
      `DELETE FROM "${table}" ${WHERE} 1 RETURNING ALL NEW *`,
      `INSERT INTO "${table}" VALUE {'pk': 'b', 'sk': 1}`,
    ]);
    assert.deepEqual(Responses, [
      { Error: { Code: 'DuplicateItem', Message: 'Duplicate primary key exists in table' }, TableName: table },
      { Error: failed, TableName: table },
      { Error: { ...failed, Item: item(2) }, TableName: table },
      {
        Error: {
          Code: 'ValidationError',
          Message: 'Where clause does not contain a mandatory equality on all key attributes',
        },
      },
      { Error: { Code: 'ResourceNotFound', Message: 'Requested resource not found' } },
      { Error: { Code: 'ValidationError', Message: 'Only RETURNING ALL OLD * is supported in DELETE statements' } },
      { TableName: table },
    ]);
  });
});

describe('BatchExecuteStatement', () => {
  test('runs the others where one is not well formed (tried on the service)', async () => {
    const table = await tableWithItems();
    const { Responses } = await runBatch([
      `SLECT * FROM "${table}" ${WHERE} 1`,
      { Statement: `SELECT * FROM "${table}" ${WHERE} ?` },
      `SELECT * FROM "${table}" ${WHERE} 1`,
    ]);
    assert.deepEqual(Responses, [
      {
        Error: {
          Code: 'ValidationError',
          Message: "Statement wasn't well formed, can't be processed: Expected data manipulation",
        },
      },
      { Error: { Code: 'ValidationError', Message: "Number of parameters in request and statement don't match." } },
      { TableName: table, Item: item(1) },
    ]);
  });

  test('does not mix reads and writes', async () => {
    const table = await tableWithItems();
    await assert.rejects(
      runBatch([`SELECT * FROM "${table}" ${WHERE} 1`, `DELETE FROM "${table}" ${WHERE} 1`]),
      validation('BatchExecuteStatement cannot mix read and write statements'),
    );
  });

  test('reports the consumption of each statement, in order', async () => {
    const table = await tableWithItems();
    const { ConsumedCapacity } = await runBatch(
      [
        `SELECT * FROM "${table}" ${WHERE} 1`,
        { Statement: `SELECT * FROM "${table}" ${WHERE} 2`, ConsistentRead: true },
      ],
      { ReturnConsumedCapacity: 'TOTAL' },
    );
    assert.deepEqual(ConsumedCapacity, [
      { TableName: table, CapacityUnits: 0.5 },
      { TableName: table, CapacityUnits: 1 },
    ]);
  });

  test('takes 1 to 25 statements', async () => {
    const table = await tableWithItems();
    const inserts = (count: number) =>
      Array.from({ length: count }, (_, i) => `INSERT INTO "${table}" VALUE {'pk': 'p${i}', 'sk': 1}`);
    const { Responses } = await runBatch(inserts(25));
    assert.ok(Responses?.length === 25 && Responses.every(({ Error }) => Error === undefined));
    await assert.rejects(runBatch(inserts(26)), /Member must have length less than or equal to 25$/);
    await assert.rejects(runBatch([]), /Member must have length greater than or equal to 1$/);
  });
});
