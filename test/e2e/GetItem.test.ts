import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import {
  type AttributeValue,
  GetItemCommand,
  type GetItemCommandInput,
  type GetItemCommandOutput,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { TABLE_NOT_FOUND, validation } from './errors.ts';
import { useServer } from './server.ts';

const server = useServer();
const KEY = { pk: { S: 'a' }, sk: { N: '1' } };
const ITEM = {
  ...KEY,
  title: { S: 'text' },
  list: { L: [{ N: '0' }, { N: '1' }, { M: { deep: { S: 'd' }, other: { S: 'o' } } }] },
  map: { M: { a: { N: '1' }, 'b.c': { N: '2' } } },
};
let table = '';

beforeEach(async () => {
  table = await server.createTable();
  await server.client.send(new PutItemCommand({ TableName: table, Item: ITEM }));
});

function get(input: Partial<GetItemCommandInput> = {}): Promise<GetItemCommandOutput> {
  return server.client.send(new GetItemCommand({ TableName: table, Key: KEY, ...input }));
}

describe('GetItem', () => {
  test('returns the item of a key', async () => {
    assert.deepEqual((await get()).Item, ITEM);
    assert.deepEqual((await get({ ConsistentRead: true })).Item, ITEM);
  });

  test('has no Item where there is none', async () => {
    const { $metadata, ...answer } = await get({ Key: { pk: { S: 'a' }, sk: { N: '2' } } });
    assert.equal($metadata.httpStatusCode, 200);
    assert.deepEqual(answer, {});
  });

  test('finds a number however it is written', async () => {
    assert.deepEqual((await get({ Key: { pk: { S: 'a' }, sk: { N: '10e-1' } } })).Item, ITEM);
  });

  test('names its table by ARN as well', async () => {
    const arn = `arn:aws:dynamodb:us-east-1:000000000000:table/${table}`;
    assert.deepEqual((await get({ TableName: arn })).Item, ITEM);
  });
});

describe('GetItem: ProjectionExpression', () => {
  const projections: readonly (readonly [expression: string, item: Record<string, AttributeValue>])[] = [
    ['title', { title: { S: 'text' } }],
    ['pk, sk', KEY],
    ['title, absent', { title: { S: 'text' } }],
    ['absent', {}],
    ['#map.a', { map: { M: { a: { N: '1' } } } }],
    ['#map.#dotted', { map: { M: { 'b.c': { N: '2' } } } }],
    ['#list[1]', { list: { L: [{ N: '1' }] } }],
    ['#list[2].deep, #list[0]', { list: { L: [{ N: '0' }, { M: { deep: { S: 'd' } } }] } }],
    ['#list[9]', {}],
    ['title.a', {}],
  ];
  for (const [ProjectionExpression, item] of projections) {
    test(`${ProjectionExpression}`, async () => {
      const all = { '#map': 'map', '#list': 'list', '#dotted': 'b.c' };
      const used = Object.entries(all).filter(([placeholder]) => ProjectionExpression.includes(placeholder));
      const names = used.length === 0 ? {} : { ExpressionAttributeNames: Object.fromEntries(used) };
      assert.deepEqual((await get({ ProjectionExpression, ...names })).Item, item);
    });
  }

  test('of a missing item gives no Item', async () => {
    const { Item } = await get({ Key: { pk: { S: 'x' }, sk: { N: '1' } }, ProjectionExpression: 'title' });
    assert.equal(Item, undefined);
  });

  test('names no path twice, nor a part of another', async () => {
    const overlap = (first: string, second: string) =>
      validation(
        'Invalid ProjectionExpression: Two document paths overlap with each other; ' +
          `must remove or rewrite one of these paths; path one: [${first}], path two: [${second}]`,
      );
    await assert.rejects(get({ ProjectionExpression: 'title, title' }), overlap('title', 'title'));
    await assert.rejects(get({ ProjectionExpression: 'a.b, a' }), overlap('a, b', 'a'));
  });

  test('uses all names it is given', async () => {
    await assert.rejects(
      get({ ProjectionExpression: 'title', ExpressionAttributeNames: { '#x': 'x' } }),
      validation('Value provided in ExpressionAttributeNames unused in expressions: keys: {#x}'),
    );
    await assert.rejects(
      get({ ExpressionAttributeNames: { '#x': 'x' } }),
      validation('ExpressionAttributeNames can only be specified when using expressions'),
    );
    await assert.rejects(
      get({ ProjectionExpression: '' }),
      validation('Invalid ProjectionExpression: The expression can not be empty;'),
    );
  });
});

describe('GetItem: Key', () => {
  test('holds the key attributes, all of them and no others, of their types', async () => {
    const keys: readonly Record<string, AttributeValue>[] = [
      {},
      { pk: { S: 'a' } },
      { ...KEY, title: { S: 'text' } },
      { pk: { N: '1' }, sk: { N: '1' } },
      { pk: { S: 'a' }, SK: { N: '1' } },
    ];
    for (const Key of keys) {
      await assert.rejects(get({ Key }), validation('The provided key element does not match the schema'));
    }
  });

  test('is not empty, and within its limits', async () => {
    await assert.rejects(
      get({ Key: { pk: { S: '' }, sk: { N: '1' } } }),
      validation(
        'One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: pk',
      ),
    );
    assert.equal((await get({ Key: { pk: { S: 'x'.repeat(2_048) }, sk: { N: '1' } } })).Item, undefined);
    await assert.rejects(
      get({ Key: { pk: { S: 'x'.repeat(2_049) }, sk: { N: '1' } } }),
      validation(
        'One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes',
      ),
    );
  });

  test('has a sort key of 1,024 bytes at most, and none that is empty', async () => {
    const TableName = await server.createTable({
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'B' },
        { AttributeName: 'sk', AttributeType: 'S' },
      ],
    });
    const at = (sk: string, pk = Uint8Array.of(1)) => get({ TableName, Key: { pk: { B: pk }, sk: { S: sk } } });
    assert.equal((await at('é'.repeat(512))).Item, undefined);
    await assert.rejects(
      at(`${'é'.repeat(512)}e`),
      validation(
        'One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of 1024 bytes',
      ),
    );
    const empty = (kind: string, name: string) =>
      validation(
        `One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty ${kind} value. Key: ${name}`,
      );
    await assert.rejects(at(''), empty('string', 'sk'));
    await assert.rejects(at('x', Uint8Array.of()), empty('binary', 'pk'));
  });

  test('holds numbers that are numbers', async () => {
    await assert.rejects(
      get({ Key: { pk: { S: 'a' }, sk: { N: 'one' } } }),
      validation('The parameter cannot be converted to a numeric value: one'),
    );
  });
});

describe('GetItem: what is not there', () => {
  test('a table', async () => {
    await assert.rejects(get({ TableName: 'no-such-table' }), TABLE_NOT_FOUND);
  });
});
