import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import {
  type AttributeValue,
  type CancellationReason,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  type TransactWriteItemsCommandInput,
  type TransactWriteItemsCommandOutput,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb';
import { TABLE_NOT_FOUND, validation } from './errors.ts';
import { INDEXED_TABLE, queryIndex } from './indexed-table.ts';
import { useServer } from './server.ts';

type Attributes = Record<string, AttributeValue>;

const server = useServer();
let table = '';
/** A second table, so that transactions are of several. */
let other = '';

beforeEach(async () => {
  table = await server.createTable();
  other = await server.createTable();
});

const key = (sk: number) => ({ pk: { S: 'a' }, sk: { N: `${sk}` } });
const putOf = (sk: number, attributes: Attributes = {}, TableName = table): TransactWriteItem => ({
  Put: { TableName, Item: { ...key(sk), ...attributes } },
});
const deletionOf = (sk: number, TableName = table): TransactWriteItem => ({ Delete: { TableName, Key: key(sk) } });
const additionOf = (sk: number, by: number, TableName = table): TransactWriteItem => ({
  Update: {
    TableName,
    Key: key(sk),
    UpdateExpression: 'ADD n :n',
    ExpressionAttributeValues: { ':n': { N: `${by}` } },
  },
});
const checkOf = (sk: number, ConditionExpression: string, TableName = table): TransactWriteItem => ({
  ConditionCheck: { TableName, Key: key(sk), ConditionExpression },
});

function transact(
  TransactItems: readonly TransactWriteItem[],
  more: Partial<TransactWriteItemsCommandInput> = {},
): Promise<TransactWriteItemsCommandOutput> {
  return server.client.send(new TransactWriteItemsCommand({ TransactItems: [...TransactItems], ...more }));
}

/** The reasons for which a transaction is cancelled. */
async function reasonsOf(items: readonly TransactWriteItem[]): Promise<readonly CancellationReason[]> {
  try {
    await transact(items);
  } catch (error) {
    assert.ok(error instanceof TransactionCanceledException, String(error));
    const reasons = error.CancellationReasons ?? [];
    const codes = reasons.map(({ Code }) => Code).join(', ');
    assert.equal(
      error.message,
      `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    );
    return reasons;
  }
  throw new assert.AssertionError({ message: 'the transaction was not cancelled' });
}

async function seed(sk: number, attributes: Attributes = {}, TableName = table): Promise<void> {
  await server.client.send(new PutItemCommand({ TableName, Item: { ...key(sk), ...attributes } }));
}

async function find(sk: number, TableName = table): Promise<Attributes | undefined> {
  const { Item } = await server.client.send(new GetItemCommand({ TableName, Key: key(sk), ConsistentRead: true }));
  return Item;
}

async function count(TableName = table): Promise<number | undefined> {
  return (await server.client.send(new ScanCommand({ TableName, ConsistentRead: true, Select: 'COUNT' }))).Count;
}

/** Sends a request as it stands and gives back the error's text; the SDK would complain itself. */
async function refusalOf(body: unknown): Promise<string> {
  const { status, body: answer } = await server.call('TransactWriteItems', body);
  assert.equal(status, 400);
  assert.equal(answer['__type'], 'com.amazon.coral.validate#ValidationException');
  return String(answer['message']);
}

const NONE: CancellationReason = { Code: 'None' };
const FAILED: CancellationReason = { Code: 'ConditionalCheckFailed', Message: 'The conditional request failed' };
const invalid = (Message: string): CancellationReason => ({ Code: 'ValidationError', Message });

describe('TransactWriteItems', () => {
  test('puts, updates, deletes and checks, in several tables', async () => {
    await seed(2, { n: { N: '5' } });
    await seed(3);
    await seed(4);
    const { $metadata, ...answer } = await transact([
      putOf(1, { v: { S: 'x' } }),
      additionOf(2, 3),
      deletionOf(3),
      checkOf(4, 'attribute_exists(pk)'),
      putOf(1, {}, other),
      additionOf(2, 1, other),
    ]);
    assert.equal($metadata.httpStatusCode, 200);
    assert.deepEqual(answer, {});
    assert.deepEqual(await find(1), { ...key(1), v: { S: 'x' } });
    assert.deepEqual(await find(2), { ...key(2), n: { N: '8' } });
    assert.equal(await find(3), undefined);
    assert.deepEqual(await find(4), key(4));
    assert.deepEqual(await find(1, other), key(1));
    assert.deepEqual(await find(2, other), { ...key(2), n: { N: '1' } });
  });

  test('names tables by ARN too', async () => {
    const arn = `arn:aws:dynamodb:us-east-1:000000000000:table/${table}`;
    await transact([putOf(1, {}, arn), checkOf(2, 'attribute_not_exists(pk)', arn)]);
    assert.deepEqual(await find(1), key(1));
  });

  test('takes every kind of condition and update', async () => {
    await seed(1, { n: { N: '5' }, list: { L: [{ N: '1' }] } });
    await transact([
      {
        Update: {
          TableName: table,
          Key: key(1),
          UpdateExpression: 'SET #l = list_append(#l, :l), m = if_not_exists(m, :one) REMOVE n',
          ConditionExpression: '#n BETWEEN :one AND :nine AND NOT attribute_exists(m)',
          ExpressionAttributeNames: { '#l': 'list', '#n': 'n' },
          ExpressionAttributeValues: { ':l': { L: [{ N: '2' }] }, ':one': { N: '1' }, ':nine': { N: '9' } },
        },
      },
    ]);
    assert.deepEqual(await find(1), { ...key(1), list: { L: [{ N: '1' }, { N: '2' }] }, m: { N: '1' } });
  });

  test('a ConditionCheck changes nothing, and finds what is missing missing', async () => {
    await seed(1, { v: { S: 'x' } });
    await transact([checkOf(1, 'attribute_exists(v)'), checkOf(2, 'attribute_not_exists(pk)')]);
    assert.deepEqual(await find(1), { ...key(1), v: { S: 'x' } });
    assert.equal(await count(), 1);
  });

  test('writes the indexes with the items', async () => {
    const indexed = await server.createTable(INDEXED_TABLE);
    const red = { color: { S: 'red' }, weight: { N: '1' } };
    await transact([putOf(1, red, indexed), putOf(2, red, indexed), putOf(1)]);
    const found = () => queryIndex(server, indexed, 'by-color', 'color', { S: 'red' });
    assert.equal((await found()).length, 2);
    const change: TransactWriteItem = {
      Update: {
        TableName: indexed,
        Key: key(1),
        UpdateExpression: 'SET color = :c',
        ExpressionAttributeValues: { ':c': { S: 'blue' } },
      },
    };
    assert.deepEqual(await reasonsOf([change, deletionOf(2, indexed), checkOf(1, 'attribute_not_exists(pk)')]), [
      NONE,
      NONE,
      FAILED,
    ]);
    assert.equal((await found()).length, 2);
    await transact([change, deletionOf(2, indexed)]);
    assert.deepEqual(await found(), []);
    assert.equal((await queryIndex(server, indexed, 'by-color', 'color', { S: 'blue' })).length, 1);
  });

  test('takes 100 actions', async () => {
    await transact(Array.from({ length: 100 }, (_, i) => putOf(i)));
    assert.equal(await count(), 100);
  });

  test('takes ReturnItemCollectionMetrics', async () => {
    await transact([putOf(1)], { ReturnItemCollectionMetrics: 'SIZE' });
    assert.deepEqual(await find(1), key(1));
  });
});

describe('a cancelled transaction', () => {
  test('writes nothing in any table and tells the reason of each action', async () => {
    await seed(2);
    const reasons = await reasonsOf([
      putOf(1),
      checkOf(2, 'attribute_not_exists(pk)'),
      putOf(1, {}, other),
      { Delete: { TableName: table, Key: key(3), ConditionExpression: 'attribute_exists(pk)' } },
      additionOf(4, 1),
    ]);
    assert.deepEqual(reasons, [NONE, FAILED, NONE, FAILED, NONE]);
    assert.equal(await count(), 1);
    assert.equal(await count(other), 0);
  });

  test('tells the item that a condition failed on to who asks', async () => {
    await seed(1, { v: { S: 'x' } });
    const asks = { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } as const;
    const [put, update, deletion, check, missing, silent] = await reasonsOf([
      { Put: { TableName: table, Item: key(1), ConditionExpression: 'attribute_not_exists(pk)', ...asks } },
      { Update: { TableName: table, Key: key(2), UpdateExpression: 'SET v = w', ...asks } },
      { Delete: { TableName: other, Key: key(1), ...asks } },
      { ConditionCheck: { TableName: other, Key: key(2), ConditionExpression: 'attribute_exists(pk)', ...asks } },
      checkOf(3, 'attribute_exists(pk)'),
      checkOf(4, 'attribute_exists(pk)', other),
    ]);
    assert.deepEqual(put, { ...FAILED, Item: { ...key(1), v: { S: 'x' } } });
    assert.deepEqual(update, invalid('The provided expression refers to an attribute that does not exist in the item'));
    assert.deepEqual(deletion, NONE);
    assert.deepEqual([check, missing, silent], [FAILED, FAILED, FAILED]);
  });

  // The bodies that people have posted of the service's answers, such as aws/aws-sdk-net issue 1292.
  test('looks so on the wire', async () => {
    await seed(1);
    const { status, body } = await server.call('TransactWriteItems', {
      TransactItems: [
        putOf(2),
        {
          ConditionCheck: {
            TableName: table,
            Key: key(1),
            ConditionExpression: 'attribute_not_exists(pk)',
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          },
        },
      ],
    });
    assert.equal(status, 400);
    assert.deepEqual(body, {
      __type: 'com.amazonaws.dynamodb.v20120810#TransactionCanceledException',
      Message:
        'Transaction cancelled, please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed]',
      CancellationReasons: [
        { Code: 'None' },
        { Code: 'ConditionalCheckFailed', Item: key(1), Message: 'The conditional request failed' },
      ],
    });
  });

  const cases: readonly (readonly [name: string, item: () => TransactWriteItem, message: string])[] = [
    [
      'a Put lacks a key',
      () => ({ Put: { TableName: table, Item: { pk: { S: 'a' } } } }),
      'One or more parameter values were invalid: Missing the key sk in the item',
    ],
    [
      'a Put has a key of another type',
      () => ({ Put: { TableName: table, Item: { pk: { S: 'a' }, sk: { S: '1' } } } }),
      'One or more parameter values were invalid: Type mismatch for key sk expected: N actual: S',
    ],
    [
      'a Key does not match the schema',
      () => ({ Delete: { TableName: table, Key: { pk: { S: 'a' } } } }),
      'The provided key element does not match the schema',
    ],
    [
      'a partition key is too large',
      () => ({ Delete: { TableName: table, Key: { pk: { S: 'x'.repeat(2_049) }, sk: { N: '1' } } } }),
      'One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes',
    ],
    [
      'an update is of the key',
      () => ({
        Update: {
          TableName: table,
          Key: key(1),
          UpdateExpression: 'SET sk = :v',
          ExpressionAttributeValues: { ':v': { N: '2' } },
        },
      }),
      'One or more parameter values were invalid: Cannot update attribute sk. This attribute is part of the key',
    ],
    [
      'an update makes an item too large',
      () => ({
        Update: {
          TableName: table,
          Key: key(1),
          UpdateExpression: 'SET v = :v',
          ExpressionAttributeValues: { ':v': { S: 'x'.repeat(409_600) } },
        },
      }),
      'Item size to update has exceeded the maximum allowed size',
    ],
    [
      'an operand has another type',
      () => ({
        Update: {
          TableName: table,
          Key: key(1),
          UpdateExpression: 'SET v = pk + :n',
          ExpressionAttributeValues: { ':n': { N: '1' } },
        },
      }),
      'An operand in the update expression has an incorrect data type',
    ],
  ];
  for (const [name, item, message] of cases) {
    test(`is one where ${name}`, async () => {
      assert.deepEqual(await reasonsOf([putOf(7), item(), putOf(8, {}, other)]), [NONE, invalid(message), NONE]);
      assert.equal(await count(), 0);
      assert.equal(await count(other), 0);
    });
  }

  // 31 levels under the item's own are allowed: "Quotas and limits" in the developer guide.
  test('is one where an update nests an item too deep', async () => {
    const nested = (levels: number): AttributeValue => (levels === 0 ? { S: 'x' } : { M: { m: nested(levels - 1) } });
    await seed(1, { m: nested(10) });
    const deepen = (levels: number): TransactWriteItem => ({
      Update: {
        TableName: table,
        Key: key(1),
        UpdateExpression: `SET ${'m.'.repeat(10)}m = :v`,
        ExpressionAttributeValues: { ':v': nested(levels) },
      },
    });
    assert.deepEqual(await reasonsOf([putOf(7), deepen(22), putOf(8, {}, other)]), [
      NONE,
      invalid('Nesting Levels have exceeded supported limits'),
      NONE,
    ]);
    assert.deepEqual([await find(7), await find(8, other)], [undefined, undefined]);
    await transact([putOf(7), deepen(21)]);
    assert.deepEqual(await find(1), { ...key(1), m: nested(31) });
  });

  test('is one where a value for an index key has another type', async () => {
    const indexed = await server.createTable(INDEXED_TABLE);
    assert.deepEqual(await reasonsOf([putOf(1, { color: { N: '1' } }, indexed), putOf(1)]), [
      invalid(
        'One or more parameter values were invalid: Type mismatch for Index Key color Expected: S Actual: N IndexName: by-color',
      ),
      NONE,
    ]);
  });
});

describe('a transaction that is refused as a whole', () => {
  const refused = async (items: readonly TransactWriteItem[], message: string): Promise<void> => {
    await assert.rejects(transact([putOf(7), ...items]), validation(message));
    assert.equal(await count(), 0);
  };

  test('names one item twice, in whatever way', async () => {
    const twice = 'Transaction request cannot include multiple operations on one item';
    const arn = `arn:aws:dynamodb:us-east-1:000000000000:table/${table}`;
    await refused([putOf(7)], twice);
    await refused([deletionOf(7)], twice);
    await refused([additionOf(7, 1)], twice);
    await refused([checkOf(7, 'attribute_not_exists(pk)')], twice);
    await refused([deletionOf(7, arn)], twice);
    await refused([{ Delete: { TableName: table, Key: { pk: { S: 'a' }, sk: { N: '7.0' } } } }], twice);
  });

  test('has an empty key', async () => {
    const empty =
      'One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: pk';
    await refused([{ Put: { TableName: table, Item: { ...key(1), pk: { S: '' } } } }], empty);
    await refused([{ Delete: { TableName: table, Key: { ...key(1), pk: { S: '' } } } }], empty);
    const indexed = await server.createTable(INDEXED_TABLE);
    await refused(
      [putOf(1, { color: { S: '' } }, indexed)],
      'One or more parameter values are not valid. A value specified for a secondary index key is not supported. ' +
        'The AttributeValue for a key attribute cannot contain an empty string value. IndexName: by-color, IndexKey: color',
    );
  });

  test('puts an item that is too large', async () => {
    const item = (sizeBytes: number) => putOf(1, { v: { S: 'x'.repeat(sizeBytes - 8) } }, other);
    await refused([item(409_601)], 'Item size has exceeded the maximum allowed size');
    await transact([item(409_600)]);
    assert.equal(await count(other), 1);
  });

  test('has values of no type, numbers that are none, and expressions that are wrong', async () => {
    await refused([putOf(1, { v: { N: 'x' } })], 'The parameter cannot be converted to a numeric value: x');
    await refused(
      [checkOf(1, 'attribute_exists(pk')],
      'Invalid ConditionExpression: Syntax error; token: "<EOF>", near: "pk"',
    );
    await refused(
      [{ Update: { TableName: table, Key: key(1), UpdateExpression: 'SET a = :x' } }],
      'Invalid UpdateExpression: An expression attribute value used in expression is not defined; attribute value: :x',
    );
  });

  test('is of a table that is missing', async () => {
    await assert.rejects(transact([putOf(7), putOf(1, {}, 'no-such-table')]), TABLE_NOT_FOUND);
    const misfit: TransactWriteItem = { Delete: { TableName: table, Key: { pk: { S: 'a' } } } };
    await assert.rejects(transact([misfit, deletionOf(1, 'no-such-table')]), TABLE_NOT_FOUND);
    assert.equal(await count(), 0);
  });

  test('holds more than 4 MB', async () => {
    // Of each item, 8 bytes are its key and the name of the other attribute.
    const items = (lastSizeBytes: number) =>
      [...Array.from({ length: 10 }, () => 400_000), lastSizeBytes].map((sizeBytes, i) =>
        putOf(i + 1, { v: { S: 'x'.repeat(sizeBytes - 8) } }),
      );
    const tooLarge = validation('The aggregate size of the items in the transaction cannot exceed 4 MB');
    await assert.rejects(transact(items(194_305)), tooLarge);
    assert.equal(await find(11), undefined);
    await transact(items(194_304));
    assert.notEqual(await find(11), undefined);
  });

  test('holds more than 4 MB with the values of its expressions', async () => {
    const updates = (count: number) =>
      Array.from({ length: count }, (_, i): TransactWriteItem => ({
        Update: {
          TableName: table,
          Key: key(i),
          UpdateExpression: 'SET v = :v',
          ConditionExpression: 'size(:w) < :v',
          ExpressionAttributeValues: { ':v': { N: '1' }, ':w': { S: 'x'.repeat(420_000) } },
        },
      }));
    assert.equal((await reasonsOf(updates(9))).length, 9);
    const tooLarge = validation('The aggregate size of the items in the transaction cannot exceed 4 MB');
    await assert.rejects(transact(updates(10)), tooLarge);
  });
});

describe('TransactWriteItems of the wrong shape', () => {
  const nothing = (path: string) =>
    `1 validation error detected: Value null at '${path}' failed to satisfy constraint: Member must not be null`;

  test('TransactItems has 1 to 100 entries', async () => {
    assert.equal(await refusalOf({}), nothing('transactItems'));
    assert.match(await refusalOf({ TransactItems: [] }), /Member must have length greater than or equal to 1$/);
    const many = Array.from({ length: 101 }, (_, i) => deletionOf(i));
    assert.match(await refusalOf({ TransactItems: many }), /Member must have length less than or equal to 100$/);
  });

  test('an entry is one action', async () => {
    assert.equal(
      await refusalOf({ TransactItems: [putOf(1), {}] }),
      'Invalid Request: TransactWriteRequest should contain Delete or Put or Update request',
    );
    assert.equal(
      await refusalOf({ TransactItems: [{ ...putOf(1), ...deletionOf(2) }] }),
      'TransactItems can only contain one of Check, Put, Update or Delete',
    );
  });

  test('an action has what it needs', async () => {
    const Key = key(1);
    const TableName = table;
    assert.equal(
      await refusalOf({ TransactItems: [{ ConditionCheck: { TableName, Key } }] }),
      nothing('transactItems.1.member.conditionCheck.conditionExpression'),
    );
    assert.equal(
      await refusalOf({ TransactItems: [putOf(1), { Update: { TableName, Key } }] }),
      nothing('transactItems.2.member.update.updateExpression'),
    );
    assert.equal(
      await refusalOf({ TransactItems: [{ Delete: { TableName } }] }),
      nothing('transactItems.1.member.delete.key'),
    );
  });

  test('a ClientRequestToken has 1 to 36 characters', async () => {
    const text = async (ClientRequestToken: string) =>
      await refusalOf({ TransactItems: [putOf(1)], ClientRequestToken });
    const refusal = (token: string, constraint: string) =>
      `1 validation error detected: Value '${token}' at 'clientRequestToken' failed to satisfy constraint: ${constraint}`;
    assert.equal(await text(''), refusal('', 'Member must have length greater than or equal to 1'));
    assert.equal(
      await text('x'.repeat(37)),
      refusal('x'.repeat(37), 'Member must have length less than or equal to 36'),
    );
    await transact([putOf(1)], { ClientRequestToken: 'x'.repeat(36) });
    await transact([putOf(1)], { ClientRequestToken: 'x' });
  });
});
