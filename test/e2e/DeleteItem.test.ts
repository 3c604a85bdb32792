import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import {
  type AttributeValue,
  DeleteItemCommand,
  type DeleteItemCommandInput,
  type DeleteItemCommandOutput,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { CONDITION_FAILED, TABLE_NOT_FOUND, validation } from './errors.ts';
import { useServer } from './server.ts';

const server = useServer();
const KEY = { pk: { S: 'a' }, sk: { N: '1' } };
const ITEM = { ...KEY, v: { N: '1' } };
let table = '';

beforeEach(async () => {
  table = await server.createTable();
  await server.client.send(new PutItemCommand({ TableName: table, Item: ITEM }));
});

function remove(input: Partial<DeleteItemCommandInput> = {}): Promise<DeleteItemCommandOutput> {
  return server.client.send(new DeleteItemCommand({ TableName: table, Key: KEY, ...input }));
}

async function stored(): Promise<unknown> {
  const { Item } = await server.client.send(new GetItemCommand({ TableName: table, Key: KEY, ConsistentRead: true }));
  return Item;
}

describe('DeleteItem', () => {
  test('deletes the item and answers with nothing', async () => {
    const { $metadata, ...answer } = await remove();
    assert.equal($metadata.httpStatusCode, 200);
    assert.deepEqual(answer, {});
    assert.equal(await stored(), undefined);
  });

  test('of a missing item succeeds as well, any number of times', async () => {
    await remove();
    await remove();
    await remove({ Key: { pk: { S: 'never' }, sk: { N: '0' } } });
  });

  test('leaves the other items of the partition key', async () => {
    await remove({ Key: { pk: { S: 'a' }, sk: { N: '2' } } });
    assert.deepEqual(await stored(), ITEM);
  });

  test('names its table by ARN as well', async () => {
    await remove({ TableName: `arn:aws:dynamodb:us-east-1:000000000000:table/${table}` });
    assert.equal(await stored(), undefined);
  });
});

describe('DeleteItem: ReturnValues', () => {
  test('ALL_OLD returns what was deleted, and nothing where there was nothing', async () => {
    assert.deepEqual((await remove({ ReturnValues: 'ALL_OLD' })).Attributes, ITEM);
    assert.equal((await remove({ ReturnValues: 'ALL_OLD' })).Attributes, undefined);
  });

  test('NONE returns nothing', async () => {
    assert.equal((await remove({ ReturnValues: 'NONE' })).Attributes, undefined);
  });

  for (const ReturnValues of ['ALL_NEW', 'UPDATED_OLD', 'UPDATED_NEW'] as const) {
    test(`${ReturnValues} is for UpdateItem alone`, async () => {
      await assert.rejects(remove({ ReturnValues }), validation('ReturnValues can only be ALL_OLD or NONE'));
      assert.deepEqual(await stored(), ITEM);
    });
  }
});

describe('DeleteItem: ConditionExpression', () => {
  const failing = { ConditionExpression: 'v > :v', ExpressionAttributeValues: { ':v': { N: '1' } } };

  test('that fails leaves the item', async () => {
    await assert.rejects(remove(failing), CONDITION_FAILED);
    assert.deepEqual(await stored(), ITEM);
  });

  test('that holds lets it go', async () => {
    await remove({ ConditionExpression: 'v = :v', ExpressionAttributeValues: { ':v': { N: '1.0' } } });
    assert.equal(await stored(), undefined);
  });

  test('is judged on nothing where there is no item', async () => {
    const Key = { pk: { S: 'never' }, sk: { N: '0' } };
    await assert.rejects(remove({ Key, ConditionExpression: 'attribute_exists(pk)' }), CONDITION_FAILED);
    await remove({ Key, ConditionExpression: 'attribute_not_exists(pk)' });
  });

  test('that fails returns the item when asked', async () => {
    await assert.rejects(remove({ ...failing, ReturnValues: 'ALL_OLD' }), { ...CONDITION_FAILED, Item: undefined });
    await assert.rejects(remove({ ...failing, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }), {
      ...CONDITION_FAILED,
      Item: ITEM,
    });
  });
});

describe('DeleteItem: Key', () => {
  test('holds the key attributes, all of them and no others, of their types', async () => {
    const keys: readonly Record<string, AttributeValue>[] = [
      {},
      { pk: { S: 'a' } },
      { ...KEY, v: { N: '1' } },
      { pk: { S: 'a' }, v: { N: '1' } },
      { pk: { S: 'a' }, sk: { S: '1' } },
    ];
    for (const Key of keys) {
      await assert.rejects(remove({ Key }), validation('The provided key element does not match the schema'));
    }
  });

  test('is not empty', async () => {
    await assert.rejects(
      remove({ Key: { pk: { S: '' }, sk: { N: '1' } } }),
      validation(
        'One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: pk',
      ),
    );
  });
});

describe('DeleteItem: what is not there', () => {
  test('a table', async () => {
    await assert.rejects(remove({ TableName: 'no-such-table' }), TABLE_NOT_FOUND);
  });
});
