import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import {
  type AttributeValue,
  BatchGetItemCommand,
  type BatchGetItemCommandInput,
  type BatchGetItemCommandOutput,
  BatchWriteItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { TABLE_NOT_FOUND, validation } from './errors.ts';
import { useServer } from './server.ts';

type Item = Record<string, AttributeValue>;

const server = useServer();
let table = '';

beforeEach(async () => {
  table = await server.createTable();
});

const key = (sk: number) => ({ pk: { S: 'a' }, sk: { N: `${sk}` } });
const keys = (count: number) => Array.from({ length: count }, (_, i) => key(i));

async function fill(TableName: string, count: number): Promise<void> {
  for (let first = 0; first < count; first += 25) {
    const requests = keys(count)
      .slice(first, first + 25)
      .map((each) => ({ PutRequest: { Item: { ...each, v: { S: `v${each.sk.N}` } } } }));
    await server.client.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: requests } }));
  }
}

function get(
  RequestItems: BatchGetItemCommandInput['RequestItems'],
  input: Partial<BatchGetItemCommandInput> = {},
): Promise<BatchGetItemCommandOutput> {
  return server.client.send(new BatchGetItemCommand({ RequestItems, ...input }));
}

const bySortKey = (items: readonly Item[] = []) =>
  items.toSorted((one, other) => Number(one['sk']?.N) - Number(other['sk']?.N));

describe('BatchGetItem', () => {
  test('returns the items that are there', async () => {
    await fill(table, 3);
    const { $metadata, ...answer } = await get({ [table]: { Keys: [key(2), key(0), key(99)] } });
    assert.equal($metadata.httpStatusCode, 200);
    assert.deepEqual(answer.UnprocessedKeys, {});
    assert.deepEqual(Object.keys(answer), ['Responses', 'UnprocessedKeys']);
    assert.deepEqual(bySortKey(answer.Responses?.[table]), [
      { ...key(0), v: { S: 'v0' } },
      { ...key(2), v: { S: 'v2' } },
    ]);
  });

  test('names every table it was asked for, found or not', async () => {
    assert.deepEqual((await get({ [table]: { Keys: [key(0)] } })).Responses, { [table]: [] });
  });

  test('reads several tables, each as the request names it', async () => {
    const other = await server.createTable();
    const arn = `arn:aws:dynamodb:us-east-1:000000000000:table/${other}`;
    await fill(table, 1);
    await fill(other, 2);
    const { Responses } = await get({ [table]: { Keys: [key(0)] }, [arn]: { Keys: [key(1)], ConsistentRead: true } });
    assert.deepEqual(Responses, {
      [table]: [{ ...key(0), v: { S: 'v0' } }],
      [arn]: [{ ...key(1), v: { S: 'v1' } }],
    });
  });

  test('projects each table by its own expression', async () => {
    const other = await server.createTable();
    await fill(table, 1);
    await fill(other, 1);
    const { Responses } = await get({
      [table]: { Keys: [key(0)], ProjectionExpression: '#v', ExpressionAttributeNames: { '#v': 'v' } },
      [other]: { Keys: [key(0)], ProjectionExpression: 'sk, absent' },
    });
    assert.deepEqual(Responses, { [table]: [{ v: { S: 'v0' } }], [other]: [{ sk: { N: '0' } }] });
  });

  test('takes 100 keys over all tables, and not 101', async () => {
    const other = await server.createTable();
    await fill(table, 100);
    const { Responses } = await get({ [table]: { Keys: keys(100) } });
    assert.equal(Responses?.[table]?.length, 100);
    await assert.rejects(
      get({ [table]: { Keys: keys(51) }, [other]: { Keys: keys(50) } }),
      validation('Too many items requested for the BatchGetItem call'),
    );
    await assert.rejects(
      get({ [table]: { Keys: keys(101) } }),
      validation(
        `1 validation error detected: Value at 'RequestItems.${table}.member.Keys' failed to satisfy constraint: Member must have length less than or equal to 100`,
      ),
    );
  });

  test('names no key of a table twice', async () => {
    const duplicates = validation('Provided list of item keys contains duplicates');
    await assert.rejects(get({ [table]: { Keys: [key(1), key(2), key(1)] } }), duplicates);
    await assert.rejects(get({ [table]: { Keys: [key(1), { pk: { S: 'a' }, sk: { N: '1.0' } }] } }), duplicates);
    const arn = `arn:aws:dynamodb:us-east-1:000000000000:table/${table}`;
    await assert.rejects(get({ [table]: { Keys: [key(1)] }, [arn]: { Keys: [key(1)] } }), duplicates);
    await get({ [table]: { Keys: [key(1)] }, [arn]: { Keys: [key(2)] } });
  });
});

describe('BatchGetItem of more than 16 MB', () => {
  const LARGE_COUNT = 43;
  /** 41 items of the largest size are more than 16 MB. */
  const FITTING_COUNT = 40;

  beforeEach(async () => {
    for (const each of keys(LARGE_COUNT)) {
      const Item = { ...each, v: { S: 'x'.repeat(409_600 - 2 - 1 - 2 - 2 - 1) } };
      await server.client.send(new PutItemCommand({ TableName: table, Item }));
    }
  });

  test('returns what fits, and the other keys as UnprocessedKeys, ready to be asked for', async () => {
    const request = {
      Keys: keys(LARGE_COUNT),
      ConsistentRead: true,
      ProjectionExpression: 'sk, #v',
      ExpressionAttributeNames: { '#v': 'pk' },
    };
    const first = await get({ [table]: request });
    const unprocessed = first.UnprocessedKeys?.[table];
    assert.equal(first.Responses?.[table]?.length, FITTING_COUNT);
    assert.deepEqual(unprocessed, { ...request, Keys: unprocessed?.Keys });

    const second = await get(first.UnprocessedKeys);
    assert.deepEqual(second.UnprocessedKeys, {});
    const items = [...(first.Responses?.[table] ?? []), ...(second.Responses?.[table] ?? [])];
    assert.deepEqual(
      bySortKey(items).map(({ sk }) => sk),
      keys(LARGE_COUNT).map(({ sk }) => sk),
    );
  });

  test('charges only for what was read', async () => {
    const { ConsumedCapacity } = await get(
      { [table]: { Keys: keys(LARGE_COUNT) } },
      { ReturnConsumedCapacity: 'TOTAL' },
    );
    assert.deepEqual(ConsumedCapacity, [{ TableName: table, CapacityUnits: (FITTING_COUNT * 100) / 2 }]);
  });
});

describe('BatchGetItem that can not be right', () => {
  test('a table is missing', async () => {
    await assert.rejects(get({ [table]: { Keys: [key(1)] }, 'no-such-table': { Keys: [key(1)] } }), TABLE_NOT_FOUND);
  });

  test('a key stands there twice, whether its table is there or not', async () => {
    // Source: what the service answered in https://github.com/ExtendDB/extenddb/pull/192
    await assert.rejects(
      get({ 'no-such-table': { Keys: [key(1), { sk: { N: '1.0' }, pk: { S: 'a' } }] } }),
      validation('Provided list of item keys contains duplicates'),
    );
  });

  test('one table has an expression and another the legacy parameter', async () => {
    // Source: what the service answered in https://github.com/ExtendDB/extenddb/pull/178
    const other = await server.createTable();
    const mixed = validation(
      'Can not use both expression and non-expression parameters in the same request: ' +
        'Non-expression parameters: {AttributesToGet} Expression parameters: {ProjectionExpression}',
    );
    const legacy = { Keys: [key(1)], AttributesToGet: ['v'] };
    await assert.rejects(get({ [table]: { Keys: [key(1)], ProjectionExpression: 'v' }, [other]: legacy }), mixed);
    await assert.rejects(get({ [table]: legacy, 'no-such-table': { Keys: [{}], ProjectionExpression: '' } }), mixed);
    await assert.rejects(get({ [table]: { ...legacy, ProjectionExpression: 'v' } }), mixed);
    await assert.rejects(
      get({ [table]: { Keys: [key(1)], ExpressionAttributeNames: { '#v': 'v' } }, [other]: legacy }),
      validation('ExpressionAttributeNames can only be specified when using expressions'),
    );
  });

  test('a key does not fit its table', async () => {
    for (const wrong of [
      { pk: { S: 'a' } },
      { ...key(1), v: { S: 'x' } },
      { pk: { S: 'a' }, sk: { S: '1' } },
    ] as Item[]) {
      await assert.rejects(
        get({ [table]: { Keys: [key(1), wrong] } }),
        validation('The provided key element does not match the schema'),
      );
    }
    await assert.rejects(
      get({ [table]: { Keys: [{ pk: { S: '' }, sk: { N: '1' } }] } }),
      validation(
        'One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: pk',
      ),
    );
  });

  test('RequestItems is missing or empty', async () => {
    await assert.rejects(get({}), validation('The requestItems parameter is required for BatchGetItem'));
    const { body } = await server.call('BatchGetItem', {});
    assert.equal(
      body['message'],
      "1 validation error detected: Value null at 'requestItems' failed to satisfy constraint: Member must not be null",
    );
  });

  test('names are not used', async () => {
    await assert.rejects(
      get({ [table]: { Keys: [key(1)], ExpressionAttributeNames: { '#v': 'v' } } }),
      validation('ExpressionAttributeNames can only be specified when using expressions'),
    );
  });
});
