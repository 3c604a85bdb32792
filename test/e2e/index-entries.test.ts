/** Index entries follow what PutItem, UpdateItem, DeleteItem and BatchWriteItem do to items. */
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import {
  type AttributeValue,
  BatchWriteItemCommand,
  DeleteItemCommand,
  DescribeTableCommand,
  PutItemCommand,
  ScanCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { validation } from './errors.ts';
import { INDEXED_TABLE, queryIndex } from './indexed-table.ts';
import { ORDERS_TABLE } from './reads-table.ts';
import { useServer } from './server.ts';

type Attributes = Record<string, AttributeValue>;

const server = useServer();
const KEY = { pk: { S: 'a' }, sk: { N: '1' } };
const RED = { S: 'red' };
const BLUE = { S: 'blue' };
const CODE = { B: Uint8Array.of(7) };
let table = '';

beforeEach(async () => {
  table = await server.createTable(INDEXED_TABLE);
});

async function put(attributes: Attributes, key: Attributes = KEY): Promise<void> {
  await server.client.send(new PutItemCommand({ TableName: table, Item: { ...key, ...attributes } }));
}

async function update(UpdateExpression: string, values?: Attributes): Promise<void> {
  const input: UpdateItemCommandInput = { TableName: table, Key: KEY, UpdateExpression };
  if (values !== undefined) input.ExpressionAttributeValues = values;
  await server.client.send(new UpdateItemCommand(input));
}

const byColor = (color: AttributeValue) => queryIndex(server, table, 'by-color', 'color', color);
const byCode = (code: AttributeValue) => queryIndex(server, table, 'keys', 'code', code);
const byColorIncluding = (color: AttributeValue) => queryIndex(server, table, 'include', 'color', color);
const byWeight = () => queryIndex(server, table, 'by-weight', 'pk', KEY.pk);

/** The items and bytes of every index, by its name, as DescribeTable reports them. */
async function describeIndexes(): Promise<Record<string, readonly [items: number, bytes: number]>> {
  const { Table } = await server.client.send(new DescribeTableCommand({ TableName: table }));
  const indexes = [...(Table?.GlobalSecondaryIndexes ?? []), ...(Table?.LocalSecondaryIndexes ?? [])];
  return Object.fromEntries(
    indexes.map(({ IndexName = '', ItemCount = -1, IndexSizeBytes = -1 }) => [IndexName, [ItemCount, IndexSizeBytes]]),
  );
}

describe('an item is in the indexes whose key attributes it has', () => {
  test('in all of them, each with what it projects', async () => {
    const item = { color: RED, weight: { N: '5' }, code: CODE, note: { S: 'n' }, other: { S: 'o' } };
    await put(item);
    assert.deepEqual(await byColor(RED), [{ ...KEY, ...item }]);
    assert.deepEqual(await byCode(CODE), [{ ...KEY, code: CODE }]);
    assert.deepEqual(await byColorIncluding(RED), [{ ...KEY, color: RED, note: { S: 'n' } }]);
    assert.deepEqual(await byWeight(), [{ ...KEY, weight: { N: '5' } }]);
  });

  test('in none of them without any', async () => {
    await put({ note: { S: 'n' } });
    const { Items } = await server.client.send(new ScanCommand({ TableName: table, IndexName: 'by-color' }));
    assert.deepEqual(Items, []);
    assert.deepEqual(await byWeight(), []);
  });

  test('half of a key is not enough', async () => {
    await put({ color: RED });
    assert.deepEqual(await byColor(RED), []);
    assert.deepEqual(await byColorIncluding(RED), [{ ...KEY, color: RED }]);
  });

  test('items that share an index key are all there', async () => {
    for (const sk of ['1', '2', '3']) await put({ color: RED, weight: { N: '5' } }, { pk: { S: 'a' }, sk: { N: sk } });
    await put({ color: RED, weight: { N: '4' } }, { pk: { S: 'b' }, sk: { N: '1' } });
    const items = await byColor(RED);
    assert.equal(items.length, 4);
    assert.deepEqual(items[0]?.['weight'], { N: '4' });
  });
});

describe('entries follow the item', () => {
  beforeEach(() => put({ color: RED, weight: { N: '5' }, code: CODE, note: { S: 'n' } }));

  test('a put that replaces it moves, changes and removes them', async () => {
    await put({ color: BLUE, weight: { N: '5' }, note: { S: 'm' } });
    assert.deepEqual(await byColor(RED), []);
    assert.deepEqual(await byColor(BLUE), [{ ...KEY, color: BLUE, weight: { N: '5' }, note: { S: 'm' } }]);
    assert.deepEqual(await byCode(CODE), []);
    assert.deepEqual(await byColorIncluding(BLUE), [{ ...KEY, color: BLUE, note: { S: 'm' } }]);
    assert.deepEqual(await byWeight(), [{ ...KEY, weight: { N: '5' } }]);
  });

  test('an update of a key attribute moves them', async () => {
    await update('SET weight = weight + :one', { ':one': { N: '1' } });
    assert.deepEqual(
      (await byColor(RED)).map(({ weight }) => weight),
      [{ N: '6' }],
    );
    assert.deepEqual(await byWeight(), [{ ...KEY, weight: { N: '6' } }]);
  });

  test('an update of a projected attribute changes them', async () => {
    await update('SET note = :m', { ':m': { S: 'm' } });
    assert.deepEqual(await byColorIncluding(RED), [{ ...KEY, color: RED, note: { S: 'm' } }]);
    assert.deepEqual((await byColor(RED))[0]?.['note'], { S: 'm' });
  });

  test('an update that removes a key attribute removes them', async () => {
    await update('REMOVE color');
    assert.deepEqual(await byColor(RED), []);
    assert.deepEqual(await byColorIncluding(RED), []);
    assert.deepEqual(await byWeight(), [{ ...KEY, weight: { N: '5' } }]);
  });

  test('an update that adds a key attribute adds them', async () => {
    await update('REMOVE code');
    await update('SET code = :c', { ':c': CODE });
    assert.deepEqual(await byCode(CODE), [{ ...KEY, code: CODE }]);
  });

  test('an update that creates the item makes them', async () => {
    const Key = { pk: { S: 'new' }, sk: { N: '1' } };
    await server.client.send(
      new UpdateItemCommand({
        TableName: table,
        Key,
        UpdateExpression: 'SET code = :c',
        ExpressionAttributeValues: { ':c': { B: Uint8Array.of(9) } },
      }),
    );
    assert.deepEqual(await byCode({ B: Uint8Array.of(9) }), [{ ...Key, code: { B: Uint8Array.of(9) } }]);
  });

  test('a deletion removes them', async () => {
    await server.client.send(new DeleteItemCommand({ TableName: table, Key: KEY }));
    assert.deepEqual(await describeIndexes(), {
      'by-color': [0, 0],
      keys: [0, 0],
      include: [0, 0],
      'by-weight': [0, 0],
    });
    assert.deepEqual(await byColor(RED), []);
  });

  test('a batch puts and removes them', async () => {
    const other = { pk: { S: 'b' }, sk: { N: '2' }, color: RED, weight: { N: '9' } };
    await server.client.send(
      new BatchWriteItemCommand({
        RequestItems: { [table]: [{ DeleteRequest: { Key: KEY } }, { PutRequest: { Item: other } }] },
      }),
    );
    assert.deepEqual(await byColor(RED), [other]);
    assert.deepEqual(await byWeight(), []);
  });

  test('a failed condition leaves them as they were', async () => {
    const before = await describeIndexes();
    await assert.rejects(
      server.client.send(
        new PutItemCommand({
          TableName: table,
          Item: { ...KEY, color: BLUE, weight: { N: '1' } },
          ConditionExpression: 'attribute_not_exists(pk)',
        }),
      ),
      { name: 'ConditionalCheckFailedException' },
    );
    assert.deepEqual(await byColor(BLUE), []);
    assert.deepEqual(await describeIndexes(), before);
  });

  test('their numbers and sizes are exact', async () => {
    // The key is 2 + 1 bytes of pk and 2 + 2 of sk; color is 5 + 3, weight 6 + 2, code 4 + 1, note 4 + 1.
    const key = 7;
    assert.deepEqual(await describeIndexes(), {
      'by-color': [1, key + 8 + 8 + 5 + 5],
      keys: [1, key + 5],
      include: [1, key + 8 + 5],
      'by-weight': [1, key + 8],
    });
    await update('SET note = :long REMOVE code', { ':long': { S: 'x'.repeat(101) } });
    assert.deepEqual(await describeIndexes(), {
      'by-color': [1, key + 8 + 8 + 105],
      keys: [0, 0],
      include: [1, key + 8 + 105],
      'by-weight': [1, key + 8],
    });
  });
});

describe('index keys that a put may not have', () => {
  const mismatch = (name: string, expected: string, actual: string, index: string) =>
    validation(
      `One or more parameter values were invalid: Type mismatch for Index Key ${name} Expected: ${expected} Actual: ${actual} IndexName: ${index}`,
    );
  const empty = (kind: string, index: string, name: string) =>
    validation(
      'One or more parameter values are not valid. A value specified for a secondary index key is not supported. ' +
        `The AttributeValue for a key attribute cannot contain an empty ${kind} value. IndexName: ${index}, IndexKey: ${name}`,
    );

  test('of another type', async () => {
    await assert.rejects(put({ color: { N: '1' } }), mismatch('color', 'S', 'N', 'by-color'));
    await assert.rejects(put({ code: { NULL: true } }), mismatch('code', 'B', 'NULL', 'keys'));
  });

  test('empty', async () => {
    await assert.rejects(put({ color: { S: '' } }), empty('string', 'by-color', 'color'));
    await assert.rejects(put({ code: { B: Uint8Array.of() } }), empty('binary', 'keys', 'code'));
  });

  test('over 2,048 bytes', async () => {
    await put({ code: { B: new Uint8Array(2_048) } });
    await assert.rejects(
      put({ code: { B: new Uint8Array(2_049) } }),
      validation(
        'One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes',
      ),
    );
  });

  test('in a batch, of which then nothing is written', async () => {
    const other = { pk: { S: 'b' }, sk: { N: '2' } };
    await assert.rejects(
      server.client.send(
        new BatchWriteItemCommand({
          RequestItems: {
            [table]: [{ PutRequest: { Item: other } }, { PutRequest: { Item: { ...KEY, color: { BOOL: true } } } }],
          },
        }),
      ),
      mismatch('color', 'S', 'BOOL', 'by-color'),
    );
    const { Count } = await server.client.send(new ScanCommand({ TableName: table, ConsistentRead: true }));
    assert.equal(Count, 0);
  });
});

describe('index keys that an update may not leave', () => {
  const WRONG_TYPE = validation(
    'The update expression attempted to update the secondary index key to unsupported type',
  );
  const empty = (kind: string) =>
    validation(
      'One or more parameter values are not valid. The update expression attempted to update a secondary index key ' +
        `to a value that is not supported. The AttributeValue for a key attribute cannot contain an empty ${kind} value.`,
    );

  beforeEach(() => put({ color: RED, weight: { N: '5' } }));

  test('of another type', async () => {
    await assert.rejects(update('SET color = :v', { ':v': { NULL: true } }), WRONG_TYPE);
    await assert.rejects(update('SET color = weight'), WRONG_TYPE);
    await assert.rejects(update('ADD code :v', { ':v': { N: '1' } }), WRONG_TYPE);
    assert.equal((await byColor(RED)).length, 1);
  });

  test('empty', async () => {
    await assert.rejects(update('SET color = :v', { ':v': { S: '' } }), empty('string'));
    await assert.rejects(update('SET code = :v', { ':v': { B: Uint8Array.of() } }), empty('binary'));
    assert.equal((await byColor(RED)).length, 1);
  });

  test('over 2,048 bytes', async () => {
    await update('SET color = :v', { ':v': { S: 'x'.repeat(2_048) } });
    await assert.rejects(
      update('SET color = :v', { ':v': { S: 'x'.repeat(2_049) } }),
      validation('The update expression attempted to update the secondary index key beyond allowed size limits'),
    );
  });
});

test('a sort key of an index has 1,024 bytes at most, by puts, batches and updates', async () => {
  const TableName = await server.createTable(ORDERS_TABLE);
  const key = { customer: { S: 'ada' }, order: { N: '1' } };
  const placed = (sizeBytes: number) => ({ S: 'é'.repeat(sizeBytes / 2) });
  const putOf = (sizeBytes: number) => ({ TableName, Item: { ...key, placed: placed(sizeBytes) } });
  const updateOf = (sizeBytes: number) =>
    new UpdateItemCommand({
      TableName,
      Key: key,
      UpdateExpression: 'SET placed = :v',
      ExpressionAttributeValues: { ':v': placed(sizeBytes) },
    });
  await server.client.send(new PutItemCommand(putOf(1_024)));
  await server.client.send(updateOf(1_024));
  const tooLarge = validation(
    'One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of 1024 bytes',
  );
  await assert.rejects(server.client.send(new PutItemCommand(putOf(1_026))), tooLarge);
  const PutRequest = { Item: putOf(1_026).Item };
  const batch = new BatchWriteItemCommand({ RequestItems: { [TableName]: [{ PutRequest }] } });
  await assert.rejects(server.client.send(batch), tooLarge);
  await assert.rejects(
    server.client.send(updateOf(1_026)),
    validation('The update expression attempted to update the secondary index key beyond allowed size limits'),
  );
});
