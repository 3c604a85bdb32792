/**
 * ExecuteTransaction as the API reference and "Performing transactions with PartiQL" of the developer guide have it.
 * "Tried on the service": nubo-db/dynoxide pull requests 125, 147 and 188.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ExecuteTransactionCommand } from '@aws-sdk/client-dynamodb';
import type {
  CancellationReason,
  ExecuteTransactionCommandInput,
  ParameterizedStatement,
} from '@aws-sdk/client-dynamodb';
import { TABLE_NOT_FOUND, validation } from './errors.ts';
import { execute } from './partiql.ts';
import { putItems } from './reads.ts';
import { ORDERS_TABLE } from './reads-table.ts';
import { useServer } from './server.ts';

const server = useServer();

function transact(
  statements: readonly (string | ParameterizedStatement)[],
  options: Omit<ExecuteTransactionCommandInput, 'TransactStatements'> = {},
) {
  const TransactStatements = statements.map((each) => (typeof each === 'string' ? { Statement: each } : each));
  return server.client.send(new ExecuteTransactionCommand({ TransactStatements, ...options }));
}

/** What `assert.rejects` compares a cancelled transaction with. */
function canceled(...reasons: CancellationReason[]) {
  const codes = reasons.map(({ Code }) => Code).join(', ');
  return {
    name: 'TransactionCanceledException',
    message: `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    CancellationReasons: reasons,
  };
}

const NONE = { Code: 'None' };
const FAILED = { Code: 'ConditionalCheckFailed', Message: 'The conditional request failed' };
const WHERE = "WHERE pk = 'a' AND sk =";
const item = (sk: number) => ({ pk: { S: 'a' }, sk: { N: `${sk}` }, x: { N: `${sk * 10}` } });

async function tableWithItems(): Promise<string> {
  const table = await server.createTable();
  await putItems(server, table, [item(1), item(2)]);
  return table;
}

async function itemsOfTable(table: string) {
  return (await execute(server, `SELECT * FROM "${table}" WHERE pk = 'a'`)).Items;
}

describe('writes', () => {
  test('are done together, over several tables', async () => {
    const [first, second] = [await tableWithItems(), await tableWithItems()];
    await transact([
      `EXISTS(SELECT * FROM "${first}" ${WHERE} 2 AND y IS MISSING)`,
      { Statement: `INSERT INTO "${first}" VALUE {'pk': ?, 'sk': ?}`, Parameters: [{ S: 'a' }, { N: '3' }] },
      `UPDATE "${second}" SET x = x + 1 ${WHERE} 1 AND x = 10`,
      `DELETE FROM "${second}" ${WHERE} 2`,
    ]);
    assert.deepEqual(await itemsOfTable(first), [item(1), item(2), { pk: { S: 'a' }, sk: { N: '3' } }]);
    assert.deepEqual(await itemsOfTable(second), [{ ...item(1), x: { N: '11' } }]);
  });

  test('are all left undone where one fails, each with its reason', async () => {
    const table = await tableWithItems();
    await assert.rejects(
      transact([
        `INSERT INTO "${table}" VALUE {'pk': 'a', 'sk': 3}`,
        `INSERT INTO "${table}" VALUE {'pk': 'a', 'sk': 1}`,
        {
          Statement: `UPDATE "${table}" SET x = 1 ${WHERE} 2 AND x = 99`,
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        },
        `UPDATE "${table}" SET x = 1 ${WHERE} 9`,
        `DELETE FROM "${table}" ${WHERE} 8 AND x = 1`,
      ]),
      canceled(
        NONE,
        { Code: 'DuplicateItem', Message: 'Duplicate primary key exists in table' },
        { ...FAILED, Item: item(2) },
        FAILED,
        NONE,
      ),
    );
    assert.deepEqual(await itemsOfTable(table), [item(1), item(2)]);
  });

  test('can depend on an item that they leave alone', async () => {
    const table = await tableWithItems();
    const insert = `INSERT INTO "${table}" VALUE {'pk': 'a', 'sk': 3}`;
    for (const rest of ['1 AND x = 99', '9', '1 AND x IS MISSING']) {
      await assert.rejects(
        transact([`EXISTS(SELECT * FROM "${table}" ${WHERE} ${rest})`, insert]),
        canceled(FAILED, NONE),
      );
    }
    await transact([`EXISTS(SELECT * FROM "${table}" ${WHERE} 1 AND x = 10)`, insert]);
  });

  test('that do not say which item they mean, or fit no key, are reasons to cancel', async () => {
    const table = await tableWithItems();
    await assert.rejects(
      transact([
        `DELETE FROM "${table}" WHERE pk = 'a'`,
        `DELETE FROM "${table}" ${WHERE} 'x'`,
        `DELETE FROM "${table}" ${WHERE} 1`,
      ]),
      canceled(
        {
          Code: 'ValidationError',
          Message: 'Where clause does not contain a mandatory equality on all key attributes',
        },
        { Code: 'ValidationError', Message: 'The provided key element does not match the schema' },
        NONE,
      ),
    );
  });

  test('are of different items', async () => {
    const table = await tableWithItems();
    await assert.rejects(
      transact([`UPDATE "${table}" SET x = 1 ${WHERE} 1`, `DELETE FROM "${table}" ${WHERE} 1.0`]),
      validation('Transaction request cannot include multiple operations on one item'),
    );
  });

  test('return nothing: RETURNING is refused before anything is done (tried on the service)', async () => {
    const table = await tableWithItems();
    await assert.rejects(
      transact([`DELETE FROM "${table}" ${WHERE} 1`, `DELETE FROM "${table}" ${WHERE} 2 RETURNING ALL OLD *`]),
      validation('RETURNING is not supported in ExecuteTransaction'),
    );
    assert.deepEqual(await itemsOfTable(table), [item(1), item(2)]);
  });

  test('that meet are done one after the other', async () => {
    const table = await tableWithItems();
    await Promise.all(
      Array.from({ length: 20 }, () =>
        transact([`UPDATE "${table}" SET x = x + 1 ${WHERE} 1`, `UPDATE "${table}" SET x = x - 1 ${WHERE} 2`]),
      ),
    );
    assert.deepEqual(await itemsOfTable(table), [
      { ...item(1), x: { N: '30' } },
      { ...item(2), x: { N: '0' } },
    ]);
  });
});

describe('reads', () => {
  test('give one item each, or none', async () => {
    const table = await tableWithItems();
    const { Responses } = await transact([
      `SELECT * FROM "${table}" ${WHERE} 1`,
      `SELECT x FROM "${table}" ${WHERE} 2`,
      `SELECT * FROM "${table}" ${WHERE} 3`,
      `SELECT * FROM "${table}" WHERE pk = 'b' AND sk = 3 AND x = 1`,
    ]);
    assert.deepEqual(Responses, [{ Item: item(1) }, { Item: { x: { N: '20' } } }, {}, {}]);
  });

  test('leave out what does not meet the rest of the WHERE', async () => {
    const table = await tableWithItems();
    const { Responses } = await transact([
      `SELECT * FROM "${table}" ${WHERE} 1 AND x = 10`,
      `SELECT * FROM "${table}" ${WHERE} 2 AND x = 10`,
    ]);
    assert.deepEqual(Responses, [{ Item: item(1) }, {}]);
  });

  test('are of tables and by the whole key', async () => {
    const table = await server.createTable(ORDERS_TABLE);
    await assert.rejects(
      transact([`SELECT * FROM "${table}"."city-all" WHERE city = 'rome'`]),
      validation('Reads on indices are not supported within transactions.'),
    );
    await assert.rejects(
      transact([`SELECT * FROM "${table}" WHERE customer = 'ada'`]),
      canceled({
        Code: 'ValidationError',
        Message: 'Where clause does not contain a mandatory equality on all key attributes',
      }),
    );
  });
});

describe('ExecuteTransaction', () => {
  test('does not mix reads and writes', async () => {
    const table = await tableWithItems();
    await assert.rejects(
      transact([`SELECT * FROM "${table}" ${WHERE} 1`, `DELETE FROM "${table}" ${WHERE} 2`]),
      validation('ExecuteTransaction cannot mix read and write statements'),
    );
  });

  test('refuses the whole request for a statement that is not well formed, or a table that is not there', async () => {
    const table = await tableWithItems();
    await assert.rejects(
      transact([`DELETE FROM "${table}" ${WHERE} 1`, 'SLECT']),
      validation("Statement wasn't well formed, can't be processed: Expected data manipulation"),
    );
    await assert.rejects(
      transact([`DELETE FROM "${table}" ${WHERE} 1`, `DELETE FROM nothere ${WHERE} 1`]),
      TABLE_NOT_FOUND,
    );
    assert.deepEqual(await itemsOfTable(table), [item(1), item(2)]);
  });

  test('reports twice the consumption of single statements (tried on the service)', async () => {
    const table = await tableWithItems();
    const asked = { ReturnConsumedCapacity: 'TOTAL' } as const;
    const reads = await transact([`SELECT * FROM "${table}" ${WHERE} 1`, `SELECT * FROM "${table}" ${WHERE} 9`], asked);
    assert.deepEqual(reads.ConsumedCapacity, [{ TableName: table, CapacityUnits: 4, ReadCapacityUnits: 4 }]);
    const writes = await transact([`DELETE FROM "${table}" ${WHERE} 1`, `DELETE FROM "${table}" ${WHERE} 2`], asked);
    assert.deepEqual(writes.ConsumedCapacity, [{ TableName: table, CapacityUnits: 4, WriteCapacityUnits: 4 }]);
  });

  test('with a token does its work once (tried on the service)', async () => {
    const table = await tableWithItems();
    const add = (amount: number, token: string) =>
      transact([{ Statement: `UPDATE "${table}" SET x = x + ? ${WHERE} 1`, Parameters: [{ N: `${amount}` }] }], {
        ClientRequestToken: token,
        ReturnConsumedCapacity: 'TOTAL',
      });
    const first = await add(1, 'once');
    assert.deepEqual(first.ConsumedCapacity, [{ TableName: table, CapacityUnits: 2, WriteCapacityUnits: 2 }]);
    const again = await add(1, 'once');
    assert.deepEqual(again.ConsumedCapacity, [{ TableName: table, CapacityUnits: 2, ReadCapacityUnits: 2 }]);
    await assert.rejects(add(2, 'once'), { name: 'IdempotentParameterMismatchException' });
    await add(1, 'twice');
    assert.deepEqual((await itemsOfTable(table))?.[0]?.['x'], { N: '12' });
  });

  test('takes 1 to 100 statements', async () => {
    const table = await tableWithItems();
    const inserts = (count: number) =>
      Array.from({ length: count }, (_, i) => `INSERT INTO "${table}" VALUE {'pk': 'p${i}', 'sk': 1}`);
    const { Responses } = await transact(inserts(100));
    assert.equal(Responses?.length, 100);
    await assert.rejects(transact(inserts(101)), /Member must have length less than or equal to 100$/);
    await assert.rejects(transact([]), /Member must have length greater than or equal to 1$/);
  });

  test('takes 4 MB', async () => {
    const table = await tableWithItems();
    const insert = (i: number) => ({
      Statement: `INSERT INTO "${table}" VALUE {'pk': 'big', 'sk': ${i}, 'x': ?}`,
      Parameters: [{ S: 'x'.repeat(400_000) }],
    });
    await assert.rejects(
      transact(Array.from({ length: 11 }, (_, i) => insert(i))),
      validation('The aggregate size of the items in the transaction cannot exceed 4 MB'),
    );
  });
});
