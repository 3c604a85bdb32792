/** What ClientRequestToken does, and what the answers to first and repeated requests say of capacity. */
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import {
  type AttributeValue,
  type ConsumedCapacity,
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  type TableDescription,
  TransactWriteItemsCommand,
  type TransactWriteItemsCommandInput,
} from '@aws-sdk/client-dynamodb';
import { startStator } from '../../src/index.ts';
import { INDEXED_TABLE } from './indexed-table.ts';
import { useServer } from './server.ts';
import { makeStore } from './store.ts';

type Attributes = Record<string, AttributeValue>;
type Items = TransactWriteItemsCommandInput['TransactItems'];

const server = useServer();
let table = '';

beforeEach(async () => {
  table = await server.createTable();
});

const key = (sk: number) => ({ pk: { S: 'a' }, sk: { N: `${sk}` } });
const additionOf = (sk: number, values: Attributes = { ':n': { N: '1' } }) => ({
  Update: { TableName: table, Key: key(sk), UpdateExpression: 'ADD n :n', ExpressionAttributeValues: values },
});

async function transact(
  TransactItems: Items,
  ClientRequestToken: string,
  more: Partial<TransactWriteItemsCommandInput> = {},
): Promise<ConsumedCapacity[] | undefined> {
  const input = { TransactItems, ClientRequestToken, ...more };
  return (await server.client.send(new TransactWriteItemsCommand(input))).ConsumedCapacity;
}

async function numberOf(sk: number): Promise<string | undefined> {
  const { Item } = await server.client.send(
    new GetItemCommand({ TableName: table, Key: key(sk), ConsistentRead: true }),
  );
  return Item?.['n']?.N;
}

describe('ClientRequestToken', () => {
  test('has a request carried out once', async () => {
    await transact([additionOf(1)], 'once');
    await transact([additionOf(1)], 'once');
    assert.equal(await numberOf(1), '1');
    await transact([additionOf(1)], 'another');
    assert.equal(await numberOf(1), '2');
  });

  test('has requests that come at the same time carried out once', async () => {
    await Promise.all(Array.from({ length: 8 }, () => transact([additionOf(1), additionOf(2)], 'together')));
    assert.equal(await numberOf(1), '1');
    assert.equal(await numberOf(2), '1');
  });

  test('answers as before although the conditions hold no more', async () => {
    const put = { Put: { TableName: table, Item: key(1), ConditionExpression: 'attribute_not_exists(pk)' } };
    await transact([put], 'put');
    await transact([put], 'put');
    await assert.rejects(transact([put], 'put again'), { name: 'TransactionCanceledException' });
  });

  test('is the same request whatever the order of names and the form of values', async () => {
    const body = (tags: string[], n: string, item: object) => ({
      ClientRequestToken: 'order',
      TransactItems: [{ Put: { TableName: table, Item: { ...item, tags: { SS: tags }, n: { N: n } } } }],
    });
    const { pk, sk } = key(1);
    assert.equal((await server.call('TransactWriteItems', body(['a', 'b'], '1.0', { pk, sk }))).status, 200);
    assert.equal((await server.call('TransactWriteItems', body(['b', 'a'], '01', { sk, pk }))).status, 200);
  });

  test('with another request is an error', async () => {
    await transact([additionOf(1), additionOf(2)], 'token');
    const others: Items[] = [
      [additionOf(1)],
      [additionOf(2), additionOf(1)],
      [additionOf(1), additionOf(3)],
      [additionOf(1), additionOf(2, { ':n': { N: '2' } })],
      [additionOf(1), { Update: { ...additionOf(2).Update, UpdateExpression: 'ADD m :n' } }],
      [additionOf(1), { Update: { ...additionOf(2).Update, ConditionExpression: 'attribute_exists(pk)' } }],
      [additionOf(1), { Delete: { TableName: table, Key: key(2) } }],
    ];
    for (const items of others) {
      await assert.rejects(transact(items, 'token'), { name: 'IdempotentParameterMismatchException' });
    }
    assert.equal(await numberOf(1), '1');
    assert.equal(await numberOf(2), '1');
    const { status, body } = await server.call('TransactWriteItems', {
      TransactItems: [additionOf(1)],
      ClientRequestToken: 'token',
    });
    assert.equal(status, 400);
    assert.equal(body['__type'], 'com.amazonaws.dynamodb.v20120810#IdempotentParameterMismatchException');
    assert.equal(typeof body['Message'], 'string');
  });

  test('of a transaction that was cancelled is free', async () => {
    const check = (condition: string) => ({
      ConditionCheck: { TableName: table, Key: key(2), ConditionExpression: condition },
    });
    const request = [additionOf(1), check('attribute_exists(pk)')];
    await assert.rejects(transact(request, 'free'), { name: 'TransactionCanceledException' });
    await server.client.send(new PutItemCommand({ TableName: table, Item: key(2) }));
    await transact(request, 'free');
    assert.equal(await numberOf(1), '1');
    await transact(request, 'free');
    assert.equal(await numberOf(1), '1');
  });

  // No public source says what the service answers; here tables are looked for first, as in any request.
  test('of a table that was deleted does not hide that, and counts for a new table of that name', async () => {
    await transact([additionOf(1)], 'deleted');
    const { Table: definition } = await server.client.send(new DescribeTableCommand({ TableName: table }));
    await server.client.send(new DeleteTableCommand({ TableName: table }));
    await assert.rejects(transact([additionOf(1)], 'deleted'), { name: 'ResourceNotFoundException' });
    await assert.rejects(transact([additionOf(2)], 'deleted'), { name: 'ResourceNotFoundException' });
    const { KeySchema, AttributeDefinitions } = definition as TableDescription;
    await server.client.send(
      new CreateTableCommand({ TableName: table, KeySchema, AttributeDefinitions, BillingMode: 'PAY_PER_REQUEST' }),
    );
    await transact([additionOf(1)], 'deleted');
    assert.equal(await numberOf(1), undefined);
  });

  test('is kept with the data', async () => {
    const store = await makeStore();
    const input: TransactWriteItemsCommandInput = {
      ClientRequestToken: 'kept',
      TransactItems: [
        {
          Update: {
            TableName: 'numbers',
            Key: { pk: { S: 'a' } },
            UpdateExpression: 'ADD n :n',
            ExpressionAttributeValues: { ':n': { N: '1' } },
          },
        },
      ],
    };
    for (const round of [1, 2]) {
      const stator = await startStator({ ...store.options, port: 0, logLevel: 'error' });
      const client = new DynamoDBClient({
        endpoint: stator.endpoint,
        region: 'us-east-1',
        credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      });
      if (round === 1) await createNumbers(client);
      await client.send(new TransactWriteItemsCommand(input));
      const { Item } = await client.send(
        new GetItemCommand({ TableName: 'numbers', Key: { pk: { S: 'a' } }, ConsistentRead: true }),
      );
      assert.deepEqual(Item, { pk: { S: 'a' }, n: { N: '1' } });
      client.destroy();
      await stator.close();
    }
  });
});

async function createNumbers(client: DynamoDBClient): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName: 'numbers',
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
    }),
  );
}

/** From public comparisons with the service: the split by kind, the replay as a read, indexes not doubled. */
describe('ConsumedCapacity', () => {
  const INDEXES = { ReturnConsumedCapacity: 'INDEXES' } as const;
  const filler = (sizeBytes: number): Attributes => ({ v: { S: 'x'.repeat(sizeBytes - 8) } });
  const written = (units: number) => ({ CapacityUnits: units, WriteCapacityUnits: units });
  const read = (units: number) => ({ CapacityUnits: units, ReadCapacityUnits: units });

  test('is twice that of single writes, of checks too, and by the larger of before and after', async () => {
    await server.client.send(new PutItemCommand({ TableName: table, Item: { ...key(1), ...filler(2_500) } }));
    await server.client.send(new PutItemCommand({ TableName: table, Item: { ...key(2), ...filler(9_000) } }));
    const request: Items = [
      { Put: { TableName: table, Item: key(1) } },
      { ConditionCheck: { TableName: table, Key: key(2), ConditionExpression: 'attribute_exists(pk)' } },
      { ConditionCheck: { TableName: table, Key: key(3), ConditionExpression: 'attribute_not_exists(pk)' } },
      { Put: { TableName: table, Item: { ...key(4), ...filler(1_025) } } },
    ];
    assert.deepEqual(await transact(request, 'double', INDEXES), [
      { TableName: table, ...written(6 + 18 + 2 + 4), Table: written(30) },
    ]);
    // 1 unit for each 4 KB of what was charged before: 2,500, 9,000, nothing and 1,025 bytes.
    assert.deepEqual(await transact(request, 'double', INDEXES), [
      { TableName: table, ...read(2 + 6 + 2 + 2), Table: read(12) },
    ]);
    assert.deepEqual(await transact(request, 'double', { ReturnConsumedCapacity: 'TOTAL' }), [
      { TableName: table, ...read(12) },
    ]);
    assert.equal(await transact(request, 'double'), undefined);
  });

  test('is one entry for each table, as the request names it, and of indexes what they cost otherwise', async () => {
    const indexed = await server.createTable(INDEXED_TABLE);
    const arn = `arn:aws:dynamodb:us-east-1:000000000000:table/${table}`;
    const request: Items = [
      { Put: { TableName: indexed, Item: { ...key(1), color: { S: 'red' }, weight: { N: '1' } } } },
      { Put: { TableName: arn, Item: key(1) } },
      { Put: { TableName: indexed, Item: key(2) } },
    ];
    assert.deepEqual(await transact(request, 'tables', INDEXES), [
      {
        TableName: indexed,
        ...written(7),
        Table: written(4),
        GlobalSecondaryIndexes: { 'by-color': written(1), include: written(1) },
        LocalSecondaryIndexes: { 'by-weight': written(1) },
      },
      { TableName: arn, ...written(2), Table: written(2) },
    ]);
    assert.deepEqual(await transact(request, 'tables', INDEXES), [
      { TableName: indexed, ...read(4), Table: read(4) },
      { TableName: arn, ...read(2), Table: read(2) },
    ]);
  });

  test('is not there where the transaction is cancelled', async () => {
    const { status, body } = await server.call('TransactWriteItems', {
      TransactItems: [
        { ConditionCheck: { TableName: table, Key: key(1), ConditionExpression: 'attribute_exists(pk)' } },
      ],
      ReturnConsumedCapacity: 'TOTAL',
    });
    assert.equal(status, 400);
    assert.deepEqual(Object.keys(body).toSorted(), ['CancellationReasons', 'Message', '__type']);
  });
});
