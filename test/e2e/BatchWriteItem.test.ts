import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import {
  type AttributeValue,
  BatchWriteItemCommand,
  type BatchWriteItemCommandInput,
  type BatchWriteItemCommandOutput,
  ScanCommand,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import { TABLE_NOT_FOUND, validation } from './errors.ts';
import { useServer } from './server.ts';

const server = useServer();
let table = '';

beforeEach(async () => {
  table = await server.createTable();
});

const key = (sk: number) => ({ pk: { S: 'a' }, sk: { N: `${sk}` } });
const putOf = (sk: number, attributes: Record<string, AttributeValue> = {}): WriteRequest => ({
  PutRequest: { Item: { ...key(sk), ...attributes } },
});
const deletionOf = (sk: number): WriteRequest => ({ DeleteRequest: { Key: key(sk) } });

function write(RequestItems: BatchWriteItemCommandInput['RequestItems']): Promise<BatchWriteItemCommandOutput> {
  return server.client.send(new BatchWriteItemCommand({ RequestItems }));
}

/** The sort keys of the items that a table holds. */
async function sortKeys(TableName = table): Promise<number[]> {
  const { Items = [] } = await server.client.send(new ScanCommand({ TableName, ConsistentRead: true }));
  return Items.map(({ sk }) => Number(sk?.N)).toSorted((one, other) => one - other);
}

/** Sends a batch as it stands and gives back the error's text; the SDK would complain itself. */
async function refusalOf(body: unknown): Promise<string> {
  const { status, body: answer } = await server.call('BatchWriteItem', body);
  assert.equal(status, 400);
  return String(answer['message'] ?? answer['Message']);
}

describe('BatchWriteItem', () => {
  test('puts and deletes', async () => {
    await write({ [table]: [putOf(1), putOf(2, { v: { S: 'x' } })] });
    const { $metadata, ...answer } = await write({ [table]: [deletionOf(1), putOf(3), deletionOf(99)] });
    assert.equal($metadata.httpStatusCode, 200);
    assert.deepEqual(answer, { UnprocessedItems: {} });
    assert.deepEqual(await sortKeys(), [2, 3]);
  });

  test('writes to several tables, by name or ARN', async () => {
    const other = await server.createTable();
    const arn = `arn:aws:dynamodb:us-east-1:000000000000:table/${other}`;
    await write({ [table]: [putOf(1)], [arn]: [putOf(2), putOf(3)] });
    assert.deepEqual(await sortKeys(), [1]);
    assert.deepEqual(await sortKeys(other), [2, 3]);
  });

  test('takes 25 requests over all tables, and not 26', async () => {
    const other = await server.createTable();
    const requests = Array.from({ length: 25 }, (_, i) => putOf(i));
    await write({ [table]: requests });
    assert.equal((await sortKeys()).length, 25);
    const tooMany = 'Too many items requested for the BatchWriteItem call';
    await assert.rejects(
      write({ [table]: requests.slice(0, 13), [other]: requests.slice(0, 13) }),
      validation(tooMany),
    );
    assert.deepEqual(await sortKeys(other), []);
    await assert.rejects(write({ [table]: [...requests, putOf(25)] }), { name: 'ValidationException' });
    assert.equal((await sortKeys()).length, 25);
  });

  test('names no item twice, as put or deletion, by name or ARN', async () => {
    const duplicates = validation('Provided list of item keys contains duplicates');
    await assert.rejects(write({ [table]: [putOf(1), putOf(1, { v: { N: '2' } })] }), duplicates);
    await assert.rejects(write({ [table]: [putOf(1), deletionOf(1)] }), duplicates);
    await assert.rejects(write({ [table]: [deletionOf(1), deletionOf(2), deletionOf(1)] }), duplicates);
    const again: WriteRequest = { DeleteRequest: { Key: { pk: { S: 'a' }, sk: { N: '1.0' } } } };
    await assert.rejects(write({ [table]: [putOf(1), again] }), duplicates);
    const arn = `arn:aws:dynamodb:us-east-1:000000000000:table/${table}`;
    await assert.rejects(write({ [table]: [putOf(1)], [arn]: [putOf(1)] }), duplicates);
    assert.deepEqual(await sortKeys(), []);
  });

  test('may write the same key to two tables', async () => {
    const other = await server.createTable();
    await write({ [table]: [putOf(1)], [other]: [putOf(1)] });
    assert.deepEqual(await sortKeys(other), [1]);
  });
});

describe('BatchWriteItem of which nothing is written, since one request can not be right', () => {
  // Source of the first three, where PutItem says more: what the service answered in
  // https://github.com/nubo-db/dynoxide/issues/97 and https://github.com/aws-samples/csv-to-dynamodb/issues/16
  const cases: readonly (readonly [name: string, request: WriteRequest, message: string])[] = [
    [
      'a key is missing',
      { PutRequest: { Item: { pk: { S: 'a' } } } },
      'The provided key element does not match the schema',
    ],
    [
      'a key has another type',
      { PutRequest: { Item: { pk: { S: 'a' }, sk: { S: '1' } } } },
      'The provided key element does not match the schema',
    ],
    [
      'a key is no scalar',
      { PutRequest: { Item: { pk: { M: {} }, sk: { N: '1' } } } },
      'The provided key element does not match the schema',
    ],
    [
      'a key is empty',
      { PutRequest: { Item: { pk: { S: '' }, sk: { N: '1' } } } },
      'One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: pk',
    ],
    [
      'a Key has an attribute too many',
      { DeleteRequest: { Key: { ...key(1), v: { S: 'x' } } } },
      'The provided key element does not match the schema',
    ],
    [
      'a number is none',
      { PutRequest: { Item: { ...key(1), v: { N: 'x' } } } },
      'The parameter cannot be converted to a numeric value: x',
    ],
    [
      'an item is too large',
      { PutRequest: { Item: { ...key(1), v: { S: 'x'.repeat(409_600) } } } },
      'Item size has exceeded the maximum allowed size',
    ],
  ];
  for (const [name, request, message] of cases) {
    test(name, async () => {
      await assert.rejects(write({ [table]: [putOf(7), request] }), validation(message));
      assert.deepEqual(await sortKeys(), []);
    });
  }

  test('a table is missing', async () => {
    await assert.rejects(write({ [table]: [putOf(7)], 'no-such-table': [putOf(1)] }), TABLE_NOT_FOUND);
    await assert.rejects(write({ 'no-such-table': [putOf(1)], [table]: [putOf(7)] }), TABLE_NOT_FOUND);
    assert.deepEqual(await sortKeys(), []);
  });

  test('a request is neither put nor deletion, or both', async () => {
    assert.equal(
      await refusalOf({ RequestItems: { [table]: [putOf(7), {}] } }),
      'Supplied AttributeValue is empty, must contain exactly one of the supported datatypes',
    );
    assert.equal(
      await refusalOf({ RequestItems: { [table]: [{ ...putOf(7), ...deletionOf(8) }] } }),
      'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes',
    );
    assert.deepEqual(await sortKeys(), []);
  });
});

describe('BatchWriteItem of the wrong shape', () => {
  test('RequestItems is there and not empty', async () => {
    assert.equal(
      await refusalOf({}),
      "1 validation error detected: Value null at 'requestItems' failed to satisfy constraint: Member must not be null",
    );
    assert.equal(await refusalOf({ RequestItems: {} }), 'The requestItems parameter is required for BatchWriteItem');
  });

  test('each table has 1 to 25 requests', async () => {
    const text = await refusalOf({ RequestItems: { [table]: [] } });
    assert.match(
      text,
      /^1 validation error detected: Value .* at 'requestItems' failed to satisfy constraint: Map value must/,
    );
    const many = await refusalOf({ RequestItems: { [table]: Array.from({ length: 26 }, (_, i) => putOf(i)) } });
    assert.match(
      many,
      /Member must have length less than or equal to 25, Member must have length greater than or equal to 1/,
    );
  });
});
