import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import {
  type AttributeValue,
  PutItemCommand,
  type TransactGetItem,
  TransactGetItemsCommand,
  type TransactGetItemsCommandInput,
  type TransactGetItemsCommandOutput,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb';
import { TABLE_NOT_FOUND, validation } from './errors.ts';
import { useServer } from './server.ts';

type Attributes = Record<string, AttributeValue>;

const server = useServer();
let table = '';

beforeEach(async () => {
  table = await server.createTable();
});

const key = (sk: number) => ({ pk: { S: 'a' }, sk: { N: `${sk}` } });
const getOf = (sk: number, more: Partial<TransactGetItem['Get']> = {}): TransactGetItem => ({
  Get: { TableName: table, Key: key(sk), ...more },
});

function read(
  TransactItems: readonly TransactGetItem[],
  more: Partial<TransactGetItemsCommandInput> = {},
): Promise<TransactGetItemsCommandOutput> {
  return server.client.send(new TransactGetItemsCommand({ TransactItems: [...TransactItems], ...more }));
}

async function seed(sk: number, attributes: Attributes = {}, TableName = table): Promise<void> {
  await server.client.send(new PutItemCommand({ TableName, Item: { ...key(sk), ...attributes } }));
}

/** Sends a request as it stands and gives back the error's text; the SDK would complain itself. */
async function refusalOf(body: unknown): Promise<string> {
  const { status, body: answer } = await server.call('TransactGetItems', body);
  assert.equal(status, 400);
  assert.equal(answer['__type'], 'com.amazon.coral.validate#ValidationException');
  return String(answer['message']);
}

describe('TransactGetItems', () => {
  test('returns items of several tables in the order of the request, and of those that are missing nothing', async () => {
    const other = await server.createTable();
    await seed(1, { v: { S: 'x' } });
    await seed(2);
    await seed(1, { v: { S: 'y' } }, other);
    const arn = `arn:aws:dynamodb:us-east-1:000000000000:table/${other}`;
    const { $metadata, ...answer } = await read([getOf(2), getOf(1, { TableName: arn }), getOf(3), getOf(1)]);
    assert.equal($metadata.httpStatusCode, 200);
    assert.deepEqual(answer, {
      Responses: [{ Item: key(2) }, { Item: { ...key(1), v: { S: 'y' } } }, {}, { Item: { ...key(1), v: { S: 'x' } } }],
    });
  });

  test('projects each item as its Get says, and returns nothing of one that has nothing of it', async () => {
    await seed(1, { v: { M: { w: { S: 'x' }, x: { S: 'y' } } } });
    await seed(2);
    const projection = { ProjectionExpression: '#v.w', ExpressionAttributeNames: { '#v': 'v' } };
    const { Responses } = await read([getOf(1, projection), getOf(2, projection), getOf(3, projection)]);
    assert.deepEqual(Responses, [{ Item: { v: { M: { w: { S: 'x' } } } } }, {}, {}]);
  });

  test('takes 100 gets', async () => {
    await seed(99);
    const { Responses = [] } = await read(Array.from({ length: 100 }, (_, i) => getOf(i)));
    assert.equal(Responses.length, 100);
    assert.deepEqual(Responses[99], { Item: key(99) });
  });

  test('returns up to 4 MB, whatever is projected', async () => {
    for (let i = 1; i <= 10; i++) await seed(i, { v: { S: 'x'.repeat(400_000 - 8) } });
    await seed(11, { v: { S: 'x'.repeat(194_304 - 8) } });
    await seed(12);
    const gets = Array.from({ length: 11 }, (_, i) => getOf(i + 1));
    assert.equal((await read([...gets, getOf(13)])).Responses?.length, 12);
    const tooLarge = validation('The aggregate size of the items in the transaction cannot exceed 4 MB');
    await assert.rejects(read([...gets, getOf(12)]), tooLarge);
    const narrow = { ProjectionExpression: 'pk' };
    const narrowGets = Array.from({ length: 12 }, (_, i) => getOf(i + 1, narrow));
    await assert.rejects(read(narrowGets), tooLarge);
  });

  test('costs two units for 4 KB of each item, and for one that is missing', async () => {
    const other = await server.createTable();
    await seed(1, { v: { S: 'x'.repeat(4_096) } });
    await seed(2);
    const gets = [getOf(1), getOf(2, { TableName: other }), getOf(3), getOf(2, { ProjectionExpression: 'pk' })];
    const units = (units: number) => ({ CapacityUnits: units, ReadCapacityUnits: units });
    assert.deepEqual((await read(gets, { ReturnConsumedCapacity: 'TOTAL' })).ConsumedCapacity, [
      { TableName: table, ...units(8) },
      { TableName: other, ...units(2) },
    ]);
    assert.deepEqual((await read(gets, { ReturnConsumedCapacity: 'INDEXES' })).ConsumedCapacity, [
      { TableName: table, ...units(8), Table: units(8) },
      { TableName: other, ...units(2), Table: units(2) },
    ]);
    assert.equal((await read(gets, { ReturnConsumedCapacity: 'NONE' })).ConsumedCapacity, undefined);
  });
});

describe('TransactGetItems that is refused', () => {
  test('names one item twice', async () => {
    const twice = validation('Transaction request cannot include multiple operations on one item');
    await assert.rejects(read([getOf(1), getOf(2), getOf(1)]), twice);
    await assert.rejects(read([getOf(1), getOf(1, { ProjectionExpression: 'pk' })]), twice);
    const arn = `arn:aws:dynamodb:us-east-1:000000000000:table/${table}`;
    await assert.rejects(read([getOf(1), getOf(1, { TableName: arn })]), twice);
  });

  test('has a key that does not match the schema, which cancels it', async () => {
    const misfits: Attributes[] = [
      { pk: { S: 'a' } },
      { pk: { S: 'a' }, sk: { S: '1' } },
      { ...key(1), v: { S: 'x' } },
    ];
    for (const Key of misfits) {
      await assert.rejects(read([getOf(2), getOf(1, { Key })]), (error) => {
        assert.ok(error instanceof TransactionCanceledException);
        assert.equal(
          error.message,
          'Transaction cancelled, please refer cancellation reasons for specific reasons [None, ValidationError]',
        );
        assert.deepEqual(error.CancellationReasons, [
          { Code: 'None' },
          { Code: 'ValidationError', Message: 'The provided key element does not match the schema' },
        ]);
        return true;
      });
    }
  });

  test('has an empty key', async () => {
    const empty =
      'One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: pk';
    await assert.rejects(read([getOf(1), getOf(2, { Key: { ...key(2), pk: { S: '' } } })]), validation(empty));
  });

  test('is of a table that is missing', async () => {
    await assert.rejects(read([getOf(1), getOf(1, { TableName: 'no-such-table' })]), TABLE_NOT_FOUND);
    await assert.rejects(
      read([getOf(1, { Key: { pk: { S: 'a' } } }), getOf(1, { TableName: 'no-such-table' })]),
      TABLE_NOT_FOUND,
    );
  });

  test('has a projection that is wrong', async () => {
    await assert.rejects(
      read([getOf(1, { ProjectionExpression: 'a, a.b' })]),
      validation(
        'Invalid ProjectionExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a, b]',
      ),
    );
    await assert.rejects(
      read([getOf(1, { ProjectionExpression: '#a' })]),
      validation(
        'Invalid ProjectionExpression: An expression attribute name used in the document path is not defined; attribute name: #a',
      ),
    );
  });

  test('has TransactItems of 1 to 100 gets', async () => {
    const nothing = (path: string) =>
      `1 validation error detected: Value null at '${path}' failed to satisfy constraint: Member must not be null`;
    assert.equal(await refusalOf({}), nothing('transactItems'));
    assert.match(await refusalOf({ TransactItems: [] }), /Member must have length greater than or equal to 1$/);
    const many = Array.from({ length: 101 }, (_, i) => getOf(i));
    assert.match(await refusalOf({ TransactItems: many }), /Member must have length less than or equal to 100$/);
    assert.equal(await refusalOf({ TransactItems: [getOf(1), {}] }), nothing('transactItems.2.member.get'));
    assert.equal(
      await refusalOf({ TransactItems: [{ Get: { TableName: table } }] }),
      nothing('transactItems.1.member.get.key'),
    );
  });
});
