import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import {
  ConditionalCheckFailedException,
  GetItemCommand,
  PutItemCommand,
  type PutItemCommandInput,
  type PutItemCommandOutput,
} from '@aws-sdk/client-dynamodb';
import { CONDITION_FAILED, TABLE_NOT_FOUND, validation } from './errors.ts';
import { useServer } from './server.ts';

const server = useServer();
const KEY = { pk: { S: 'a' }, sk: { N: '1' } };
let table = '';

beforeEach(async () => {
  table = await server.createTable();
});

function put(
  Item: PutItemCommandInput['Item'],
  input: Partial<PutItemCommandInput> = {},
): Promise<PutItemCommandOutput> {
  return server.client.send(new PutItemCommand({ TableName: table, Item, ...input }));
}

async function stored(): Promise<unknown> {
  const { Item } = await server.client.send(new GetItemCommand({ TableName: table, Key: KEY, ConsistentRead: true }));
  return Item;
}

describe('PutItem', () => {
  test('creates an item and answers with nothing', async () => {
    const { $metadata, ...answer } = await put({ ...KEY, color: { S: 'red' } });
    assert.equal($metadata.httpStatusCode, 200);
    assert.deepEqual(answer, {});
    assert.deepEqual(await stored(), { ...KEY, color: { S: 'red' } });
  });

  test('replaces the whole item of the same key', async () => {
    await put({ ...KEY, color: { S: 'red' }, size: { N: '3' } });
    await put({ ...KEY, shape: { S: 'round' } });
    assert.deepEqual(await stored(), { ...KEY, shape: { S: 'round' } });
  });

  test('items that share only the partition key or only the sort key are different items', async () => {
    await put({ ...KEY, n: { N: '1' } });
    await put({ pk: { S: 'a' }, sk: { N: '2' }, n: { N: '2' } });
    await put({ pk: { S: 'b' }, sk: { N: '1' }, n: { N: '3' } });
    assert.deepEqual(await stored(), { ...KEY, n: { N: '1' } });
  });

  test('numbers that are equal are one key, however they are written', async () => {
    await put({ ...KEY, n: { N: '1' } });
    await put({ pk: { S: 'a' }, sk: { N: '+01.0e0' }, n: { N: '2' } });
    assert.deepEqual(await stored(), { ...KEY, n: { N: '2' } });
  });

  test('a table is named by its ARN as well', async () => {
    await put(KEY, { TableName: `arn:aws:dynamodb:us-east-1:000000000000:table/${table}` });
    assert.deepEqual(await stored(), KEY);
  });
});

describe('PutItem: ReturnValues', () => {
  test('ALL_OLD returns the item that was replaced, and nothing where there was none', async () => {
    const first = await put({ ...KEY, v: { N: '1' } }, { ReturnValues: 'ALL_OLD' });
    assert.equal(first.Attributes, undefined);
    const second = await put({ ...KEY, v: { N: '2' } }, { ReturnValues: 'ALL_OLD' });
    assert.deepEqual(second.Attributes, { ...KEY, v: { N: '1' } });
  });

  test('NONE returns nothing', async () => {
    await put(KEY);
    assert.equal((await put(KEY, { ReturnValues: 'NONE' })).Attributes, undefined);
  });

  for (const ReturnValues of ['ALL_NEW', 'UPDATED_OLD', 'UPDATED_NEW'] as const) {
    test(`${ReturnValues} is for UpdateItem alone`, async () => {
      await assert.rejects(put(KEY, { ReturnValues }), validation('ReturnValues can only be ALL_OLD or NONE'));
      assert.equal(await stored(), undefined);
    });
  }

  test('any other is not in the enum', async () => {
    await assert.rejects(
      put(KEY, { ReturnValues: 'ALL' as 'NONE' }),
      validation(
        "1 validation error detected: Value 'ALL' at 'returnValues' failed to satisfy constraint: Member must satisfy enum value set: [ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]",
      ),
    );
  });
});

describe('PutItem: ConditionExpression', () => {
  test('attribute_not_exists lets an item be created once', async () => {
    const create = { ConditionExpression: 'attribute_not_exists(pk)' };
    await put({ ...KEY, v: { N: '1' } }, create);
    await assert.rejects(put({ ...KEY, v: { N: '2' } }, create), CONDITION_FAILED);
    assert.deepEqual(await stored(), { ...KEY, v: { N: '1' } });
  });

  test('sees the item that is there, not the one that is put', async () => {
    await put({ ...KEY, v: { N: '1' } });
    await assert.rejects(
      put(
        { ...KEY, v: { N: '2' } },
        { ConditionExpression: 'v = :two', ExpressionAttributeValues: { ':two': { N: '2' } } },
      ),
      CONDITION_FAILED,
    );
    await put(
      { ...KEY, v: { N: '2' } },
      {
        ConditionExpression: '#v = :one AND size(pk) = :one',
        ExpressionAttributeNames: { '#v': 'v' },
        ExpressionAttributeValues: { ':one': { N: '1' } },
      },
    );
    assert.deepEqual(await stored(), { ...KEY, v: { N: '2' } });
  });

  test('of 64 that create the same item at once exactly one wins', async () => {
    const attempts = Array.from({ length: 64 }, (_, i) =>
      put({ ...KEY, by: { N: `${i}` } }, { ConditionExpression: 'attribute_not_exists(pk)' }),
    );
    const outcomes = await Promise.allSettled(attempts);
    const winners = outcomes.flatMap(({ status }, i) => (status === 'fulfilled' ? [i] : []));
    assert.equal(winners.length, 1);
    assert.deepEqual(await stored(), { ...KEY, by: { N: `${winners[0]}` } });
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') assert.ok(outcome.reason instanceof ConditionalCheckFailedException);
    }
  });

  test('ReturnValuesOnConditionCheckFailure ALL_OLD puts the item that is there into the error', async () => {
    await put({ ...KEY, v: { N: '1' } });
    const failing = { ConditionExpression: 'attribute_not_exists(pk)', ReturnValues: 'ALL_OLD' } as const;
    await assert.rejects(put(KEY, { ...failing, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }), {
      ...CONDITION_FAILED,
      Item: { ...KEY, v: { N: '1' } },
    });
    await assert.rejects(put(KEY, { ...failing, ReturnValuesOnConditionCheckFailure: 'NONE' }), { Item: undefined });
    await assert.rejects(put(KEY, failing), { Item: undefined });
  });

  test('ReturnValuesOnConditionCheckFailure ALL_OLD has nothing to give where there is no item', async () => {
    await assert.rejects(
      put(KEY, { ConditionExpression: 'attribute_exists(pk)', ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }),
      { ...CONDITION_FAILED, Item: undefined },
    );
  });

  test('names and values need an expression that uses them', async () => {
    await assert.rejects(
      put(KEY, { ExpressionAttributeNames: { '#a': 'a' } }),
      validation('ExpressionAttributeNames can only be specified when using expressions'),
    );
    await assert.rejects(
      put(KEY, { ExpressionAttributeValues: { ':a': { S: 'a' } } }),
      validation('ExpressionAttributeValues can only be specified when using expressions: ConditionExpression is null'),
    );
    await assert.rejects(
      put(KEY, { ConditionExpression: 'attribute_exists(a)', ExpressionAttributeNames: { '#x': 'x' } }),
      validation('Value provided in ExpressionAttributeNames unused in expressions: keys: {#x}'),
    );
    await assert.rejects(
      put(KEY, { ConditionExpression: '' }),
      validation('Invalid ConditionExpression: The expression can not be empty;'),
    );
  });
});

const INVALID = 'One or more parameter values were invalid: ';

describe('PutItem: keys', () => {
  test('must be in the item', async () => {
    await assert.rejects(put({ sk: { N: '1' } }), validation(`${INVALID}Missing the key pk in the item`));
    await assert.rejects(put({ pk: { S: 'a' } }), validation(`${INVALID}Missing the key sk in the item`));
    await assert.rejects(put({}), validation(`${INVALID}Missing the key pk in the item`));
  });

  test('have the type that the table defines', async () => {
    await assert.rejects(
      put({ pk: { N: '1' }, sk: { N: '1' } }),
      validation(`${INVALID}Type mismatch for key pk expected: S actual: N`),
    );
    await assert.rejects(
      put({ pk: { S: 'a' }, sk: { L: [] } }),
      validation(`${INVALID}Type mismatch for key sk expected: N actual: L`),
    );
  });

  test('are not empty', async () => {
    await assert.rejects(
      put({ pk: { S: '' }, sk: { N: '1' } }),
      validation(
        'One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: pk',
      ),
    );
    const TableName = await createBinaryTable();
    await assert.rejects(
      put({ pk: { B: Buffer.from('a') }, sk: { B: Buffer.alloc(0) } }, { TableName }),
      validation(
        'One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty binary value. Key: sk',
      ),
    );
  });

  test('hold up to 2,048 bytes in the partition key and 1,024 in the sort key', async () => {
    const TableName = await createBinaryTable();
    const pk = { B: Buffer.alloc(2_048, 1) };
    const sk = { B: Buffer.alloc(1_024, 1) };
    await put({ pk, sk }, { TableName });
    await assert.rejects(
      put({ pk: { B: Buffer.alloc(2_049) }, sk }, { TableName }),
      validation(`${INVALID}Size of hashkey has exceeded the maximum size limit of2048 bytes`),
    );
    await assert.rejects(
      put({ pk, sk: { B: Buffer.alloc(1_025) } }, { TableName }),
      validation(`${INVALID}Aggregated size of all range keys has exceeded the size limit of 1024 bytes`),
    );
  });

  test('are measured in UTF-8 bytes', async () => {
    await put({ pk: { S: 'é'.repeat(1_024) }, sk: { N: '1' } });
    await assert.rejects(
      put({ pk: { S: 'é'.repeat(1_024) + 'e' }, sk: { N: '1' } }),
      validation(`${INVALID}Size of hashkey has exceeded the maximum size limit of2048 bytes`),
    );
  });

  function createBinaryTable(): Promise<string> {
    return server.createTable({
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'B' },
        { AttributeName: 'sk', AttributeType: 'B' },
      ],
    });
  }
});

describe('PutItem: what is not there', () => {
  test('a table', async () => {
    await assert.rejects(put(KEY, { TableName: 'no-such-table' }), TABLE_NOT_FOUND);
  });
});
