/** Reads of indexes: what they hold, what Select and projections give, and what that costs. */
import type { QueryCommandInput, QueryCommandOutput } from '@aws-sdk/client-dynamodb';
import { QueryCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { validation } from './errors.ts';
import { ORDERS_TABLE, makeOrder } from './reads-table.ts';
import type { WireItem } from './reads.ts';
import { itemsOf, numbersOf, putItems, queryPages, scanPages } from './reads.ts';
import { useServer } from './server.ts';

const server = useServer();
let tableName = '';

function queryLocal(index: string, input: Partial<QueryCommandInput> = {}): Promise<QueryCommandOutput> {
  return send({ IndexName: index, KeyConditionExpression: 'customer = :p', ...input }, 'ada');
}

function queryGlobal(index: string, input: Partial<QueryCommandInput> = {}): Promise<QueryCommandOutput> {
  return send({ IndexName: index, KeyConditionExpression: 'city = :p', ...input }, 'rome');
}

function send(input: Partial<QueryCommandInput>, partitionKey: string): Promise<QueryCommandOutput> {
  const values = { ':p': { S: partitionKey }, ...input.ExpressionAttributeValues };
  return server.client.send(new QueryCommand({ TableName: tableName, ...input, ExpressionAttributeValues: values }));
}

function pick(order: number, names: readonly string[]): WireItem {
  return Object.fromEntries(Object.entries(makeOrder(order)).filter(([name]) => names.includes(name)));
}

const LOCAL_KEYS = ['customer', 'order', 'placed'];
const GLOBAL_KEYS = ['customer', 'order', 'city', 'total'];

describe('reads of indexes', () => {
  before(async () => {
    tableName = await server.createTable(ORDERS_TABLE);
    const { placed: _1, city: _2, ...unindexed } = makeOrder(7);
    await putItems(server, tableName, [...[1, 2, 3, 4, 5, 6].map(makeOrder), unindexed]);
  });

  describe('an index', () => {
    test('is in the order of its own sort key and lacks items without its key attributes', async () => {
      assert.deepEqual(numbersOf((await queryLocal('placed-all')).Items, 'order'), [6, 5, 4, 3, 2, 1]);
      assert.deepEqual(numbersOf((await queryGlobal('city-all')).Items, 'order'), [1, 2, 4, 5]);
    });

    test('gives what it holds: keys, keys and chosen attributes, or all', async () => {
      const cases = [
        [queryLocal, 'placed-keys', LOCAL_KEYS],
        [queryLocal, 'placed-some', [...LOCAL_KEYS, 'city']],
        [queryLocal, 'placed-all', Object.keys(makeOrder(1))],
        [queryGlobal, 'city-keys', GLOBAL_KEYS],
        [queryGlobal, 'city-some', [...GLOBAL_KEYS, 'items']],
        [queryGlobal, 'city-all', Object.keys(makeOrder(1))],
      ] as const;
      for (const [query, index, names] of cases) {
        const orders = query === queryLocal ? [6, 5, 4, 3, 2, 1] : [1, 2, 4, 5];
        const expected = orders.map((order) => pick(order, names));
        for (const Select of [undefined, 'ALL_PROJECTED_ATTRIBUTES'] as const) {
          assert.deepEqual((await query(index, { Select })).Items, expected, `${index} ${Select}`);
        }
        const scanned = await server.client.send(new ScanCommand({ TableName: tableName, IndexName: index }));
        for (const item of scanned.Items ?? []) assert.deepEqual(item, pick(Number(item.order?.N), names), index);
        assert.equal(scanned.Count, 6);
      }
    });

    test('a LastEvaluatedKey holds the key of the index and that of the table', async () => {
      const local = await queryLocal('placed-some', { Limit: 2 });
      assert.deepEqual(local.LastEvaluatedKey, pick(5, LOCAL_KEYS));
      const global = await queryGlobal('city-some', { Limit: 2 });
      assert.deepEqual(global.LastEvaluatedKey, pick(2, GLOBAL_KEYS));
      const scanned = await server.client.send(
        new ScanCommand({ TableName: tableName, IndexName: 'city-all', Limit: 1 }),
      );
      assert.deepEqual(scanned.LastEvaluatedKey, pick(Number(scanned.Items?.[0]?.order?.N), GLOBAL_KEYS));
    });

    test('consistent reads are for tables and local indexes', async () => {
      assert.equal((await queryLocal('placed-all', { ConsistentRead: true })).Count, 6);
      const expected = validation('Consistent reads are not supported on global secondary indexes');
      await assert.rejects(queryGlobal('city-all', { ConsistentRead: true }), expected);
      const scan = new ScanCommand({ TableName: tableName, IndexName: 'city-all', ConsistentRead: true });
      await assert.rejects(server.client.send(scan), expected);
    });
  });

  describe('Select', () => {
    test('COUNT gives no items', async () => {
      for (const input of [{}, { IndexName: 'placed-keys' }]) {
        const { $metadata: _, ...answer } = await send(
          { KeyConditionExpression: 'customer = :p', Select: 'COUNT', Limit: 3, ...input },
          'ada',
        );
        const { LastEvaluatedKey, ...counts } = answer;
        assert.deepEqual(counts, { Count: 3, ScannedCount: 3 });
        assert.ok(LastEvaluatedKey);
      }
    });

    test('COUNT counts what passes the filter', async () => {
      const { Count, ScannedCount } = await queryLocal('placed-some', {
        Select: 'COUNT',
        FilterExpression: 'city = :city',
        ExpressionAttributeValues: { ':city': { S: 'oslo' } },
      });
      assert.deepEqual([Count, ScannedCount], [2, 6]);
    });

    test('SPECIFIC_ATTRIBUTES is what a ProjectionExpression means', async () => {
      const { Items } = await queryGlobal('city-all', {
        Select: 'SPECIFIC_ATTRIBUTES',
        ProjectionExpression: 'note',
        Limit: 1,
      });
      assert.deepEqual(Items, [{ note: { S: 'note 1' } }]);
    });

    test('combinations that contradict each other', async () => {
      const onTable = { KeyConditionExpression: 'customer = :p' };
      const cases: readonly (readonly [Partial<QueryCommandInput>, string])[] = [
        [
          { Select: 'ALL_PROJECTED_ATTRIBUTES' },
          'ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName',
        ],
        // Both the projection and the missing index are wrong: https://github.com/floci-io/floci/pull/3410
        [
          { Select: 'ALL_PROJECTED_ATTRIBUTES', ProjectionExpression: 'note' },
          'Cannot specify the ProjectionExpression when choosing to get ALL_PROJECTED_ATTRIBUTES',
        ],
        [
          { Select: 'SPECIFIC_ATTRIBUTES' },
          'Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES',
        ],
        [
          { Select: 'COUNT', ProjectionExpression: 'note' },
          'Cannot specify the ProjectionExpression when choosing to get only the Count',
        ],
        [
          { Select: 'ALL_ATTRIBUTES', ProjectionExpression: 'note' },
          'Cannot specify the ProjectionExpression when choosing to get ALL_ATTRIBUTES',
        ],
        [
          { Select: 'ALL_PROJECTED_ATTRIBUTES', IndexName: 'placed-all', ProjectionExpression: 'note' },
          'Cannot specify the ProjectionExpression when choosing to get ALL_PROJECTED_ATTRIBUTES',
        ],
      ];
      for (const [input, message] of cases) {
        await assert.rejects(send({ ...onTable, ...input }, 'ada'), validation(message));
      }
      await assert.rejects(
        server.client.send(new ScanCommand({ TableName: tableName, Select: 'ALL_PROJECTED_ATTRIBUTES' })),
        validation('ALL_PROJECTED_ATTRIBUTES can be used only when Scanning using an IndexName'),
      );
    });
  });

  describe('attributes that an index does not hold', () => {
    test('are fetched from the table by a local index, at a unit and more for each item', async () => {
      const input = { ReturnConsumedCapacity: 'INDEXES', ConsistentRead: true } as const;
      const all = await queryLocal('placed-keys', { ...input, Select: 'ALL_ATTRIBUTES' });
      assert.deepEqual(all.Items, [6, 5, 4, 3, 2, 1].map(makeOrder));
      assert.deepEqual(all.ConsumedCapacity, {
        TableName: tableName,
        CapacityUnits: 7,
        Table: { CapacityUnits: 6 },
        LocalSecondaryIndexes: { 'placed-keys': { CapacityUnits: 1 } },
      });
      const named = await queryLocal('placed-some', { ...input, ProjectionExpression: 'city, note', Limit: 2 });
      assert.deepEqual(
        named.Items,
        [6, 5].map((order) => pick(order, ['city', 'note'])),
      );
      assert.equal(named.ConsumedCapacity?.Table?.CapacityUnits, 2);
      const held = await queryLocal('placed-some', { ...input, ProjectionExpression: 'city' });
      assert.deepEqual(held.ConsumedCapacity?.Table, { CapacityUnits: 0 });
    });

    test('can be filtered by on a local index, which still gives what it holds', async () => {
      const filter = { FilterExpression: 'note = :n', ExpressionAttributeValues: { ':n': { S: 'note 4' } } };
      for (const Select of [undefined, 'ALL_PROJECTED_ATTRIBUTES'] as const) {
        const { Items, ScannedCount } = await queryLocal('placed-keys', { ...filter, Select });
        assert.deepEqual(Items, [pick(4, LOCAL_KEYS)]);
        assert.equal(ScannedCount, 6);
      }
      assert.deepEqual((await queryLocal('placed-keys', { ...filter, Select: 'ALL_ATTRIBUTES' })).Items, [
        makeOrder(4),
      ]);
      assert.equal((await queryLocal('placed-keys', { ...filter, Select: 'COUNT' })).Count, 1);
    });

    test('can’t be had from a global index', async () => {
      const prefix = 'One or more parameter values were invalid: ';
      await assert.rejects(
        queryGlobal('city-some', { Select: 'ALL_ATTRIBUTES' }),
        validation(
          `${prefix}Select type ALL_ATTRIBUTES is not supported for global secondary index city-some ` +
            'because its projection type is not ALL',
        ),
      );
      await assert.rejects(
        queryGlobal('city-some', { ProjectionExpression: 'city, note, placed' }),
        validation(`${prefix}Global secondary index city-some does not project [note, placed]`),
      );
      await assert.rejects(
        queryGlobal('city-keys', { FilterExpression: 'attribute_exists(note)' }),
        validation(`${prefix}Secondary index city-keys does not project one or more filter attributes: [note]`),
      );
      assert.equal((await queryGlobal('city-all', { Select: 'ALL_ATTRIBUTES' })).Count, 4);
    });

    test('are absent to the filter of a Scan of a global index', async () => {
      const scan = new ScanCommand({
        TableName: tableName,
        IndexName: 'city-keys',
        FilterExpression: 'attribute_not_exists(note)',
      });
      assert.equal((await server.client.send(scan)).Count, 6);
    });
  });

  describe('items that share an index key', () => {
    const input = { IndexName: 'city-keys', KeyConditionExpression: 'city = :city', Limit: 3 };
    const values = { ExpressionAttributeValues: { ':city': { S: 'rome' } } };
    let duplicates = '';
    before(async () => {
      duplicates = await server.createTable(ORDERS_TABLE);
      const orders = Array.from({ length: 20 }, (_, i) => ({
        customer: { S: `c${i % 7}` },
        order: { N: `${i}` },
        city: { S: 'rome' },
        total: { N: `${Math.floor(i / 10)}` },
      }));
      await putItems(server, duplicates, orders);
    });

    test('come exactly once each over all pages, in both directions', async () => {
      for (const ScanIndexForward of [true, false]) {
        const pages = await queryPages(server, { TableName: duplicates, ...input, ...values, ScanIndexForward });
        const items = itemsOf(pages);
        assert.equal(pages.length, 7);
        assert.deepEqual(
          numbersOf(items, 'order').toSorted((a, b) => a - b),
          Array.from({ length: 20 }, (_, i) => i),
        );
        const totals = numbersOf(items, 'total');
        assert.deepEqual(
          totals,
          totals.toSorted((a, b) => (ScanIndexForward ? a - b : b - a)),
        );
      }
    });

    test('backward is forward reversed', async () => {
      const read = async (ScanIndexForward: boolean) =>
        itemsOf(await queryPages(server, { TableName: duplicates, ...input, ...values, ScanIndexForward }));
      assert.deepEqual(await read(false), (await read(true)).toReversed());
    });

    test('are all found by a scan of the index', async () => {
      const pages = await scanPages(server, { TableName: duplicates, IndexName: 'city-keys', Limit: 3 });
      assert.equal(new Set(numbersOf(itemsOf(pages), 'order')).size, 20);
      assert.equal(itemsOf(pages).length, 20);
    });
  });

  test('an index without a sort key takes a condition on its partition key alone', async () => {
    const hashOnly = await server.createTable({
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'N' },
        { AttributeName: 'tag', AttributeType: 'B' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'tags',
          KeySchema: [{ AttributeName: 'tag', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
      ],
    });
    const tag = { B: Uint8Array.of(0, 255) };
    const items = [1, 2, 3, 4, 5].map((n) => ({ pk: { S: 'a' }, sk: { N: `${n}` }, tag }));
    await putItems(server, hashOnly, [...items, { pk: { S: 'a' }, sk: { N: '6' }, tag: { B: Uint8Array.of(0) } }]);
    const query = { TableName: hashOnly, IndexName: 'tags', ExpressionAttributeValues: { ':t': tag } };
    const pages = await queryPages(server, { ...query, KeyConditionExpression: 'tag = :t', Limit: 2 });
    assert.deepEqual(numbersOf(itemsOf(pages), 'sk').toSorted(), [1, 2, 3, 4, 5]);
    await assert.rejects(
      server.client.send(new QueryCommand({ ...query, KeyConditionExpression: 'tag = :t AND sk = :t' })),
      validation('Query key condition not supported'),
    );
  });
});
