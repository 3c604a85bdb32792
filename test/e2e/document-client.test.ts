/** @aws-sdk/lib-dynamodb does here what its documentation shows. */
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import {
  BatchExecuteStatementCommand,
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  DynamoDBDocument,
  DynamoDBDocumentClient,
  ExecuteStatementCommand,
  ExecuteTransactionCommand,
  GetCommand,
  NumberValue,
  PutCommand,
  QueryCommand,
  ScanCommand,
  TransactGetCommand,
  TransactWriteCommand,
  UpdateCommand,
  paginateQuery,
  paginateScan,
  paginatedBatchGet,
} from '@aws-sdk/lib-dynamodb';
import { CONDITION_FAILED, validation } from './errors.ts';
import { useServer } from './server.ts';

const server = useServer();
let table = '';

beforeEach(async () => {
  table = await server.createTable();
});

const documents = (options: Parameters<typeof DynamoDBDocumentClient.from>[1] = {}) =>
  DynamoDBDocumentClient.from(server.client, options);

const KEY = { pk: 'movies', sk: 1 };

async function stored(options: Parameters<typeof documents>[0] = {}): Promise<Record<string, unknown> | undefined> {
  const { Item } = await documents(options).send(new GetCommand({ TableName: table, Key: KEY, ConsistentRead: true }));
  return Item;
}

describe('the document client', () => {
  test('stores JavaScript values and gives them back', async () => {
    const item = {
      ...KEY,
      text: 'text',
      empty: '',
      integer: 42,
      fraction: -0.25,
      yes: true,
      nothing: null,
      list: ['a', 1, [false], {}],
      map: { deep: { deeper: [1, 2, 3] } },
      strings: new Set(['a', 'b']),
      numbers: new Set([1, 2.5]),
      bytes: Uint8Array.of(1, 2, 255),
    };
    await documents().send(new PutCommand({ TableName: table, Item: item }));
    assert.deepEqual(await stored(), item);
  });

  test('keeps numbers that JavaScript can not', async () => {
    const { value } = NumberValue.from('12345678901234567890.123456789');
    await documents().send(
      new PutCommand({
        TableName: table,
        Item: { ...KEY, exact: NumberValue.from(value), big: 2n ** 100n },
      }),
    );
    const exact = await stored({ unmarshallOptions: { wrapNumbers: true } });
    assert.equal(String(exact?.['exact']), value);
    assert.equal(String(exact?.['big']), String(2n ** 100n));
  });

  test('leaves out undefined and turns empty values and classes into others when told to', async () => {
    class Point {
      readonly x = 1;
      readonly y = 2;
    }
    const marshallOptions = { removeUndefinedValues: true, convertEmptyValues: true, convertClassInstanceToMap: true };
    await documents({ marshallOptions }).send(
      new PutCommand({ TableName: table, Item: { ...KEY, absent: undefined, empty: '', point: new Point() } }),
    );
    assert.deepEqual(await stored(), { ...KEY, empty: null, point: { x: 1, y: 2 } });
  });

  test('updates with an expression and returns attributes', async () => {
    const client = documents();
    await client.send(
      new PutCommand({ TableName: table, Item: { ...KEY, views: 1, info: {}, tags: new Set(['new']) } }),
    );
    const { Attributes } = await client.send(
      new UpdateCommand({
        TableName: table,
        Key: KEY,
        UpdateExpression: 'SET #v = #v + :n, info.#r = :r ADD tags :t',
        ConditionExpression: 'attribute_exists(pk) AND contains(tags, :new)',
        ExpressionAttributeNames: { '#v': 'views', '#r': 'rating' },
        ExpressionAttributeValues: { ':n': 2, ':r': 4.5, ':t': new Set(['seen']), ':new': 'new' },
        ReturnValues: 'ALL_NEW',
      }),
    );
    assert.deepEqual(Attributes, { ...KEY, views: 3, info: { rating: 4.5 }, tags: new Set(['new', 'seen']) });
  });

  test('deletes, and returns what was there', async () => {
    const client = documents();
    await client.send(new PutCommand({ TableName: table, Item: { ...KEY, v: [1] } }));
    const { Attributes } = await client.send(
      new DeleteCommand({ TableName: table, Key: KEY, ReturnValues: 'ALL_OLD' }),
    );
    assert.deepEqual(Attributes, { ...KEY, v: [1] });
    assert.equal(await stored(), undefined);
  });

  test('throws the errors of the service', async () => {
    const client = documents();
    await client.send(new PutCommand({ TableName: table, Item: { ...KEY, v: 1 } }));
    const create = new PutCommand({
      TableName: table,
      Item: KEY,
      ConditionExpression: 'attribute_not_exists(pk)',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    await assert.rejects(client.send(create), {
      ...CONDITION_FAILED,
      Item: { pk: { S: 'movies' }, sk: { N: '1' }, v: { N: '1' } },
    });
    await assert.rejects(
      client.send(new GetCommand({ TableName: table, Key: { pk: 'movies' } })),
      validation('The provided key element does not match the schema'),
    );
  });
});

describe('the document client, in transactions', () => {
  const OTHER = { pk: 'movies', sk: 2 };

  test('writes all or nothing', async () => {
    const client = documents();
    await client.send(new PutCommand({ TableName: table, Item: { ...KEY, votes: 1 } }));
    const write = (votes: number) =>
      client.send(
        new TransactWriteCommand({
          TransactItems: [
            {
              ConditionCheck: {
                TableName: table,
                Key: KEY,
                ConditionExpression: 'votes = :v',
                ExpressionAttributeValues: { ':v': votes },
                ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
              },
            },
            { Put: { TableName: table, Item: { ...OTHER, tags: new Set(['new']) } } },
            {
              Update: {
                TableName: table,
                Key: { pk: 'counters', sk: 0 },
                UpdateExpression: 'ADD n :one',
                ExpressionAttributeValues: { ':one': 1 },
              },
            },
            { Delete: { TableName: table, Key: { pk: 'none', sk: 0 } } },
          ],
        }),
      );
    const Message =
      'Transaction cancelled, please refer cancellation reasons for specific reasons ' +
      '[ConditionalCheckFailed, None, None, None]';
    await assert.rejects(write(2), {
      name: 'TransactionCanceledException',
      message: Message,
      CancellationReasons: [
        {
          Code: 'ConditionalCheckFailed',
          Message: 'The conditional request failed',
          Item: { pk: { S: 'movies' }, sk: { N: '1' }, votes: { N: '1' } },
        },
        { Code: 'None' },
        { Code: 'None' },
        { Code: 'None' },
      ],
    });
    await write(1);
    const { Responses } = await client.send(
      new TransactGetCommand({
        TransactItems: [
          { Get: { TableName: table, Key: OTHER } },
          { Get: { TableName: table, Key: { pk: 'none', sk: 0 } } },
          { Get: { TableName: table, Key: { pk: 'counters', sk: 0 }, ProjectionExpression: 'n' } },
        ],
      }),
    );
    assert.deepEqual(Responses, [{ Item: { ...OTHER, tags: new Set(['new']) } }, {}, { Item: { n: 1 } }]);
  });
});

describe('the document client, in statements', () => {
  test('takes JavaScript values as parameters', async () => {
    const client = documents();
    const insert = `INSERT INTO "${table}" VALUE {'pk': ?, 'sk': ?, 'info': ?}`;
    const select = `SELECT * FROM "${table}" WHERE pk = ? AND sk = ?`;
    const info = { tags: new Set(['a']), list: [1, null, { deep: true }] };
    await client.send(new ExecuteStatementCommand({ Statement: insert, Parameters: ['movies', 1, info] }));
    const { Items } = await client.send(new ExecuteStatementCommand({ Statement: select, Parameters: ['movies', 1] }));
    assert.deepEqual(Items, [{ ...KEY, info }]);

    const { Responses } = await client.send(
      new BatchExecuteStatementCommand({
        Statements: [
          { Statement: select, Parameters: ['movies', 1] },
          { Statement: select, Parameters: ['movies', 2] },
        ],
      }),
    );
    assert.deepEqual(
      Responses?.map(({ Item }) => Item),
      [{ ...KEY, info }, undefined],
    );

    await client.send(
      new ExecuteTransactionCommand({
        TransactStatements: [
          { Statement: insert, Parameters: ['movies', 2, [NumberValue.from('2.50')]] },
          { Statement: `UPDATE "${table}" SET info = ? WHERE pk = ? AND sk = ?`, Parameters: ['changed', 'movies', 1] },
        ],
      }),
    );
    const read = [1, 2].map((sk) => ({ Statement: select, Parameters: ['movies', sk] }));
    const transaction = await client.send(new ExecuteTransactionCommand({ TransactStatements: read }));
    assert.deepEqual(
      transaction.Responses?.map(({ Item }) => Item?.['info']),
      ['changed', [2.5]],
    );
  });
});

describe('the document client, of many items', () => {
  const items = Array.from({ length: 60 }, (_, i) => ({ pk: 'many', sk: i, even: i % 2 === 0 }));

  beforeEach(async () => {
    for (let first = 0; first < items.length; first += 25) {
      const requests = items.slice(first, first + 25).map((Item) => ({ PutRequest: { Item } }));
      const { UnprocessedItems } = await documents().send(
        new BatchWriteCommand({ RequestItems: { [table]: requests } }),
      );
      assert.deepEqual(UnprocessedItems, {});
    }
  });

  test('gets and deletes batches', async () => {
    const client = documents();
    const Keys = [3, 1, 99].map((sk) => ({ pk: 'many', sk }));
    const { Responses } = await client.send(new BatchGetCommand({ RequestItems: { [table]: { Keys } } }));
    assert.deepEqual(
      Responses?.[table]?.toSorted((one, other) => one['sk'] - other['sk']),
      [items[1], items[3]],
    );
    await client.send(
      new BatchWriteCommand({ RequestItems: { [table]: [{ DeleteRequest: { Key: { pk: 'many', sk: 1 } } }] } }),
    );
    const { Count } = await client.send(new ScanCommand({ TableName: table, Select: 'COUNT' }));
    assert.equal(Count, 59);
  });

  test('queries a range in either order', async () => {
    const { Items } = await documents().send(
      new QueryCommand({
        TableName: table,
        KeyConditionExpression: 'pk = :p AND sk BETWEEN :from AND :to',
        FilterExpression: 'even = :yes',
        ExpressionAttributeValues: { ':p': 'many', ':from': 10, ':to': 15, ':yes': true },
        ScanIndexForward: false,
      }),
    );
    assert.deepEqual(Items, [items[14], items[12], items[10]]);
  });

  test('pages through a query and a scan', async () => {
    const queried: unknown[] = [];
    let pages = 0;
    for await (const page of paginateQuery(
      { client: documents(), pageSize: 7 },
      { TableName: table, KeyConditionExpression: 'pk = :p', ExpressionAttributeValues: { ':p': 'many' } },
    )) {
      queried.push(...(page.Items ?? []));
      pages++;
    }
    assert.deepEqual(queried, items);
    assert.equal(pages, Math.ceil(60 / 7));

    const scanned: unknown[] = [];
    for await (const page of paginateScan({ client: documents(), pageSize: 25 }, { TableName: table })) {
      scanned.push(...(page.Items ?? []));
    }
    assert.deepEqual(scanned, items);
  });

  test('has a method for each command', async () => {
    const client = DynamoDBDocument.from(server.client);
    await client.put({ TableName: table, Item: { ...KEY, v: 1 } });
    await client.update({
      TableName: table,
      Key: KEY,
      UpdateExpression: 'SET v = v + :one',
      ExpressionAttributeValues: { ':one': 1 },
    });
    assert.deepEqual((await client.get({ TableName: table, Key: KEY })).Item, { ...KEY, v: 2 });
    await client.delete({ TableName: table, Key: KEY });
    assert.equal((await client.scan({ TableName: table, Select: 'COUNT' })).Count, 60);
  });

  test('gets batches until nothing is left to get, which takes several where 16 MB lie', async () => {
    const client = documents();
    const text = 'x'.repeat(400_000);
    const large = Array.from({ length: 43 }, (_, sk) => ({ pk: 'large', sk }));
    await Promise.all(large.map((key) => client.send(new PutCommand({ TableName: table, Item: { ...key, text } }))));
    const found: unknown[] = [];
    let pages = 0;
    for await (const page of paginatedBatchGet({ client }, { RequestItems: { [table]: { Keys: large } } })) {
      found.push(...(page.Responses?.[table] ?? []).map(({ sk }: Record<string, unknown>) => sk));
      pages++;
    }
    assert.equal(pages, 2);
    assert.deepEqual(new Set(found), new Set(large.map(({ sk }) => sk)));
    assert.equal(found.length, large.length);
  });
});
