/** Pages: where they end, what they cost, and which starting keys continue them. */
import type { QueryCommandInput, ScanCommandInput } from '@aws-sdk/client-dynamodb';
import { PutItemCommand, QueryCommand, ScanCommand, paginateQuery, paginateScan } from '@aws-sdk/client-dynamodb';
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { validation } from './errors.ts';
import { ORDERS_TABLE, makeOrder } from './reads-table.ts';
import type { WireItem } from './reads.ts';
import { itemsOf, numbersOf, putItems, queryPages } from './reads.ts';
import { useServer } from './server.ts';

const server = useServer();

const ADA = { ExpressionAttributeValues: { ':p': { S: 'ada' } }, KeyConditionExpression: 'customer = :p' };
const MISFIT = 'The provided starting key is invalid';
const MISFIT_OF_TABLE_SCAN = `${MISFIT}: The provided key element does not match the schema`;

describe('ExclusiveStartKey', () => {
  let tableName = '';
  before(async () => {
    tableName = await server.createTable(ORDERS_TABLE);
    await putItems(server, tableName, [1, 2, 3, 4, 5, 6].map(makeOrder));
  });

  function query(ExclusiveStartKey: WireItem, input: Partial<QueryCommandInput> = {}) {
    return server.client.send(new QueryCommand({ TableName: tableName, ...ADA, ...input, ExclusiveStartKey }));
  }

  function scan(ExclusiveStartKey: WireItem, input: Partial<ScanCommandInput> = {}) {
    return server.client.send(new ScanCommand({ TableName: tableName, ...input, ExclusiveStartKey }));
  }

  const key = { customer: { S: 'ada' }, order: { N: '3' } };
  const localKey = { ...key, placed: { S: '2026-01-28' } };
  const globalKey = { ...key, city: { S: 'oslo' }, total: { N: '30' } };

  test('names a place, not an item: one that is not there continues just the same', async () => {
    assert.deepEqual(numbersOf((await query({ ...key, order: { N: '3.5' } })).Items, 'order'), [4, 5, 6]);
    const backward = await query({ ...key, order: { N: '3.5' } }, { ScanIndexForward: false });
    assert.deepEqual(numbersOf(backward.Items, 'order'), [3, 2, 1]);
    const local = await query({ ...localKey, placed: { S: '2026-01-28x' } }, { IndexName: 'placed-keys' });
    assert.deepEqual(numbersOf(local.Items, 'order'), [2, 1]);
  });

  test('numbers may be written in any way', async () => {
    assert.deepEqual(numbersOf((await query({ ...key, order: { N: '+30e-1' } })).Items, 'order'), [4, 5, 6]);
  });

  test('consists of exactly the key attributes of what is read', async () => {
    const misfits: WireItem[] = [
      {},
      { customer: { S: 'ada' } },
      { ...key, note: { S: 'x' } },
      { customer: { S: 'ada' }, other: { N: '3' } },
      localKey,
    ];
    for (const misfit of misfits) {
      await assert.rejects(query(misfit), validation(MISFIT));
      await assert.rejects(scan(misfit), validation(MISFIT_OF_TABLE_SCAN));
    }
    const local = { IndexName: 'placed-keys' };
    for (const misfit of [key, globalKey, { customer: localKey.customer, placed: localKey.placed }]) {
      await assert.rejects(query(misfit, local), validation(MISFIT));
      await assert.rejects(scan(misfit, local), validation(MISFIT));
    }
  });

  test('has no values longer than key values may be', async () => {
    const tooLong = { S: 'x'.repeat(2049) };
    const partition = validation(
      'One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes',
    );
    const sort = validation(
      'One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of 1024 bytes',
    );
    await assert.rejects(scan({ ...key, customer: tooLong }), partition);
    await assert.rejects(scan({ ...globalKey, city: tooLong }, { IndexName: 'city-all' }), partition);
    await assert.rejects(query({ ...localKey, placed: { S: 'x'.repeat(1025) } }, { IndexName: 'placed-all' }), sort);
  });

  test('has the key attributes’ types and no empty values', async () => {
    for (const misfit of [
      { ...key, order: { S: '3' } },
      { ...key, customer: { N: '3' } },
      { ...key, customer: { L: [] } },
    ]) {
      await assert.rejects(query(misfit), validation(MISFIT));
      await assert.rejects(scan(misfit), validation(MISFIT_OF_TABLE_SCAN));
    }
    await assert.rejects(
      scan({ ...key, customer: { S: '' } }),
      validation(
        'One or more parameter values are not valid. ' +
          'The AttributeValue for a key attribute cannot contain an empty string value. Key: customer',
      ),
    );
  });

  test('has values that are values', async () => {
    for (const [value, error] of [
      [{}, 'Supplied AttributeValue is empty, must contain exactly one of the supported datatypes'],
      [{ N: '1', S: 'a' }, /has more than one datatypes set/],
      [{ N: 'x' }, 'The parameter cannot be converted to a numeric value: x'],
      [{ SS: [] }, 'One or more parameter values were invalid: An string set  may not be empty'],
    ] as const) {
      const startKey = { TableName: tableName, ExclusiveStartKey: { ...key, order: value } };
      for (const answer of [await server.call('Scan', startKey), await server.call('Query', { ...startKey, ...ADA })]) {
        const message = String(answer.body['message']);
        assert.ok(message.startsWith(`${MISFIT}: `), message);
        if (typeof error === 'string') assert.equal(message, `${MISFIT}: ${error}`);
        else assert.match(message, error);
      }
    }
  });

  test('of one index continues another only where their keys are the same attributes', async () => {
    const keysOnly = await query(localKey, { IndexName: 'placed-keys' });
    assert.deepEqual(numbersOf(keysOnly.Items, 'order'), [2, 1]);
    assert.deepEqual(numbersOf((await query(localKey, { IndexName: 'placed-all' })).Items, 'order'), [2, 1]);
    await assert.rejects(query(localKey), validation(MISFIT));
    await assert.rejects(scan(globalKey), validation(MISFIT_OF_TABLE_SCAN));
    await assert.rejects(query(globalKey, { IndexName: 'placed-all' }), validation(MISFIT));
    await assert.rejects(scan(localKey, { IndexName: 'city-all' }), validation(MISFIT));
  });

  test('lies within what the key condition selects', async () => {
    const otherPartition = validation(
      'The provided starting key is outside query boundaries based on provided conditions',
    );
    const otherSortKey = validation('The provided starting key does not match the range key predicate');
    await assert.rejects(query({ ...key, customer: { S: 'zoe' } }), otherPartition);
    await assert.rejects(
      query({ ...globalKey, city: { S: 'rome' } }, { IndexName: 'city-all', ...conditionOnCity('oslo') }),
      otherPartition,
    );
    const above = {
      KeyConditionExpression: 'customer = :p AND #o > :n',
      ExpressionAttributeNames: { '#o': 'order' },
      ExpressionAttributeValues: { ':p': { S: 'ada' }, ':n': { N: '3' } },
    };
    await assert.rejects(query(key, above), otherSortKey);
    assert.deepEqual(numbersOf((await query({ ...key, order: { N: '4' } }, above)).Items, 'order'), [5, 6]);
    await assert.rejects(
      query(localKey, {
        IndexName: 'placed-keys',
        KeyConditionExpression: 'customer = :p AND begins_with(placed, :m)',
        ExpressionAttributeValues: { ':p': { S: 'ada' }, ':m': { S: '2026-02' } },
      }),
      otherSortKey,
    );
  });

  // Tried on AWS's own DynamoDB local with other partition keys too; see query-items.ts.
  test('meets a condition on the sort key, whatever its partition key', async () => {
    const otherSortKey = validation('The provided starting key does not match the range key predicate');
    const above = {
      KeyConditionExpression: 'customer = :p AND #o > :n',
      ExpressionAttributeNames: { '#o': 'order' },
      ExpressionAttributeValues: { ':p': { S: 'ada' }, ':n': { N: '3' } },
    };
    for (const order of ['2', '4']) {
      await assert.rejects(query({ customer: { S: 'zoe' }, order: { N: order } }, above), otherSortKey);
    }
    const ofOnePlace = {
      IndexName: 'placed-keys',
      KeyConditionExpression: 'customer = :p AND placed = :m',
      ExpressionAttributeValues: { ':p': { S: 'ada' }, ':m': localKey.placed },
    };
    assert.equal((await query(localKey, ofOnePlace)).Count, 0);
    await assert.rejects(query({ ...localKey, customer: { S: 'zoe' } }, ofOnePlace), otherSortKey);
    await assert.rejects(query({ ...localKey, placed: { S: '1' } }, ofOnePlace), otherSortKey);
  });

  test('is that of the one item, where a condition names a whole key of the table', async () => {
    const cannotBeRestarted = validation('The query can return at most one row and cannot be restarted');
    const whole = {
      KeyConditionExpression: 'customer = :p AND #o = :n',
      ExpressionAttributeNames: { '#o': 'order' },
      ExpressionAttributeValues: { ':p': { S: 'ada' }, ':n': { N: '3' } },
    };
    const one = { customer: { S: 'ada' }, order: { N: '3' } };
    await assert.rejects(query({ ...one, order: { N: '4' } }, whole), cannotBeRestarted);
    await assert.rejects(query({ ...one, customer: { S: 'zoe' } }, whole), cannotBeRestarted);
    // A key that an answer gave goes on, here behind the last item.
    const first = await server.client.send(new QueryCommand({ TableName: tableName, Limit: 1, ...whole }));
    assert.deepEqual(first.LastEvaluatedKey, one);
    assert.equal((await query(first.LastEvaluatedKey as WireItem, whole)).Count, 0);
  });

  test('is that of the one item of a partition key, where a table has no sort key', async () => {
    const simple = await server.createTable({
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
    });
    const request = {
      TableName: simple,
      KeyConditionExpression: 'pk = :p',
      ExpressionAttributeValues: { ':p': { S: 'a' } },
    };
    const startAt = (pk: string) =>
      server.client.send(new QueryCommand({ ...request, ExclusiveStartKey: { pk: { S: pk } } }));
    assert.equal((await startAt('a')).Count, 0);
    await assert.rejects(startAt('b'), validation('The query can return at most one row and cannot be restarted'));
  });

  function conditionOnCity(city: string): Partial<QueryCommandInput> {
    return { KeyConditionExpression: 'city = :city', ExpressionAttributeValues: { ':city': { S: city } } };
  }
});

describe('a page of 1 MB', () => {
  const ITEM_SIZE_BYTES = 100_000;
  const ALL = Array.from({ length: 12 }, (_, n) => n);
  let tableName = '';
  before(async () => {
    tableName = await server.createTable();
    // Names (2 + 2 + 4 bytes), the key (1 byte and 1 or 2 for the number) and the rest.
    for (const n of ALL) {
      const sk = { N: `${n}` };
      const bodySizeBytes = ITEM_SIZE_BYTES - 2 - 1 - 2 - (n === 0 ? 1 : 2) - 4;
      const item = { pk: { S: 'p' }, sk, body: { S: 'x'.repeat(bodySizeBytes) } };
      await server.client.send(new PutItemCommand({ TableName: tableName, Item: item }));
    }
  });

  const input = { KeyConditionExpression: 'pk = :p', ExpressionAttributeValues: { ':p': { S: 'p' } } };
  const consumed = { ReturnConsumedCapacity: 'TOTAL' } as const;

  test('ends with the item that reaches past it', async () => {
    const [first, second, ...rest] = await queryPages(server, { TableName: tableName, ...input, ...consumed });
    assert.deepEqual(rest, []);
    assert.deepEqual([first?.Count, first?.ScannedCount], [11, 11]);
    assert.deepEqual(first?.LastEvaluatedKey, { pk: { S: 'p' }, sk: { N: '10' } });
    assert.deepEqual([second?.Count, second?.LastEvaluatedKey], [1, undefined]);
  });

  test('costs the sum of the sizes in units of 4 KB, half of it when eventually consistent', async () => {
    const units = Math.ceil((11 * ITEM_SIZE_BYTES) / 4_096);
    for (const [ConsistentRead, factor] of [
      [true, 1],
      [false, 0.5],
    ] as const) {
      const read = { TableName: tableName, ConsistentRead, ...consumed };
      const answers = [
        await server.client.send(new QueryCommand({ ...read, ...input })),
        await server.client.send(new ScanCommand(read)),
      ];
      for (const { ConsumedCapacity } of answers) {
        assert.deepEqual(ConsumedCapacity, { TableName: tableName, CapacityUnits: units * factor });
      }
    }
  });

  test('ends, and costs, the same whatever of it is filtered out, projected or counted', async () => {
    const whole = await server.client.send(new ScanCommand({ TableName: tableName, ...consumed }));
    for (const less of [
      { FilterExpression: 'attribute_not_exists(body)' },
      { ProjectionExpression: 'sk' },
      { Select: 'COUNT' },
    ] as const) {
      const page = await server.client.send(new ScanCommand({ TableName: tableName, ...consumed, ...less }));
      assert.equal(page.ScannedCount, 11);
      assert.deepEqual(page.LastEvaluatedKey, whole.LastEvaluatedKey);
      assert.deepEqual(page.ConsumedCapacity, whole.ConsumedCapacity);
    }
  });

  test('small items are charged together, not one by one', async () => {
    const small = await server.createTable();
    await putItems(
      server,
      small,
      ALL.map((n) => ({ pk: { S: 'p' }, sk: { N: `${n}` } })),
    );
    const { ConsumedCapacity } = await server.client.send(new ScanCommand({ TableName: small, ...consumed }));
    assert.equal(ConsumedCapacity?.CapacityUnits, 0.5);
  });

  test('Limit ends it before its size does', async () => {
    const { Count, LastEvaluatedKey } = await server.client.send(
      new QueryCommand({ TableName: tableName, ...input, Limit: 2, ScanIndexForward: false }),
    );
    assert.deepEqual([Count, LastEvaluatedKey?.sk], [2, { N: '10' }]);
  });
});

describe('the SDK’s paginators', () => {
  test('read a query and a scan to the end', async () => {
    const tableName = await server.createTable(ORDERS_TABLE);
    await putItems(server, tableName, [1, 2, 3, 4, 5, 6].map(makeOrder));
    const config = { client: server.client, pageSize: 4 };
    const queried = await collect(paginateQuery(config, { TableName: tableName, ...ADA }));
    assert.deepEqual(
      queried.map((page) => numbersOf(page.Items, 'order')),
      [
        [1, 2, 3, 4],
        [5, 6],
      ],
    );
    const scanned = await collect(paginateScan(config, { TableName: tableName, IndexName: 'city-some' }));
    assert.deepEqual(numbersOf(itemsOf(scanned), 'order').toSorted(), [1, 2, 3, 4, 5, 6]);
  });
});

async function collect<Page>(pages: AsyncIterable<Page>): Promise<Page[]> {
  const collected: Page[] = [];
  for await (const page of pages) collected.push(page);
  return collected;
}
