import type { QueryCommandInput, QueryCommandOutput } from '@aws-sdk/client-dynamodb';
import { QueryCommand } from '@aws-sdk/client-dynamodb';
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { TABLE_NOT_FOUND, validation } from './errors.ts';
import { ORDERS_TABLE, makeOrder } from './reads-table.ts';
import type { WireItem } from './reads.ts';
import { itemsOf, numbersOf, putItems, queryPages } from './reads.ts';
import { useServer } from './server.ts';

const server = useServer();
const ORDERS = [1, 2, 3, 4, 5, 6, 7, 8, 9];
let tableName = '';

const ADA: Partial<QueryCommandInput> = {
  KeyConditionExpression: 'customer = :c',
  ExpressionAttributeValues: { ':c': { S: 'ada' } },
};

function query(input: Partial<QueryCommandInput> = {}): Promise<QueryCommandOutput> {
  const { ExpressionAttributeValues: values, ...rest } = input;
  return server.client.send(
    new QueryCommand({
      TableName: tableName,
      ...ADA,
      ...rest,
      ExpressionAttributeValues: { ':c': { S: 'ada' }, ...values },
    }),
  );
}

/** A Query that is just as given: no key condition of its own. */
function queryExactly(input: Partial<QueryCommandInput>): Promise<QueryCommandOutput> {
  return server.client.send(new QueryCommand({ TableName: tableName, ...input }));
}

async function rejects(answer: Promise<unknown>, message: string): Promise<void> {
  await assert.rejects(answer, validation(message));
}

describe('Query', () => {
  before(async () => {
    tableName = await server.createTable(ORDERS_TABLE);
    const others = ['ad', 'adam', 'zoe'].map((customer) => ({ ...makeOrder(1), customer: { S: customer } }));
    await putItems(server, tableName, [...ORDERS.map(makeOrder), ...others]);
  });

  describe('a page', () => {
    test('finds the items of one partition key, whole, in the order of the sort key', async () => {
      const { $metadata: _, ...answer } = await query();
      assert.deepEqual(answer, { Items: ORDERS.map(makeOrder), Count: 9, ScannedCount: 9 });
    });

    test('finds nothing under a partition key without items', async () => {
      const { $metadata: _, ...answer } = await query({ ExpressionAttributeValues: { ':c': { S: 'nobody' } } });
      assert.deepEqual(answer, { Items: [], Count: 0, ScannedCount: 0 });
    });

    test('names of key attributes may stand as they are, or behind a placeholder, on either side', async () => {
      const { Items } = await query({
        KeyConditionExpression: ':low < #o AND :c = customer',
        ExpressionAttributeNames: { '#o': 'order' },
        ExpressionAttributeValues: { ':low': { N: '7' } },
      });
      assert.deepEqual(numbersOf(Items, 'order'), [8, 9]);
    });

    test('a consistent read sees the same', async () => {
      assert.deepEqual((await query({ ConsistentRead: true })).Items, ORDERS.map(makeOrder));
    });
  });

  describe('Limit and FilterExpression', () => {
    test('Limit ends the page, and LastEvaluatedKey is the key of its last item', async () => {
      const { Items, Count, LastEvaluatedKey } = await query({ Limit: 4 });
      assert.deepEqual([numbersOf(Items, 'order'), Count], [[1, 2, 3, 4], 4]);
      assert.deepEqual(LastEvaluatedKey, { customer: { S: 'ada' }, order: { N: '4' } });
    });

    test('a page that ends because of Limit has a LastEvaluatedKey, even if nothing follows', async () => {
      const { LastEvaluatedKey } = await query({ Limit: 9 });
      assert.deepEqual(LastEvaluatedKey, { customer: { S: 'ada' }, order: { N: '9' } });
      const rest = await query({ Limit: 9, ExclusiveStartKey: LastEvaluatedKey });
      assert.deepEqual([rest.Items, rest.ScannedCount, rest.LastEvaluatedKey], [[], 0, undefined]);
    });

    test('a page that ends before its Limit has none', async () => {
      assert.equal((await query({ Limit: 10 })).LastEvaluatedKey, undefined);
    });

    test('pages together are the whole, in both directions', async () => {
      for (const ScanIndexForward of [true, false]) {
        for (const Limit of [1, 2, 3, 5, 9]) {
          const pages = await queryPages(server, {
            TableName: tableName,
            ...ADA,
            ScanIndexForward,
            Limit,
          });
          const orders = numbersOf(itemsOf(pages), 'order');
          assert.deepEqual(orders, ScanIndexForward ? ORDERS : ORDERS.toReversed());
          assert.equal(pages.length, Math.floor(9 / Limit) + 1);
        }
      }
    });

    test('Limit counts the items before the filter', async () => {
      const { Items, Count, ScannedCount, LastEvaluatedKey } = await query({
        Limit: 4,
        FilterExpression: 'city = :rome AND size(note) > :n',
        ExpressionAttributeValues: { ':rome': { S: 'rome' }, ':n': { N: '3' } },
      });
      assert.deepEqual([numbersOf(Items, 'order'), Count, ScannedCount], [[1, 2, 4], 3, 4]);
      assert.deepEqual(LastEvaluatedKey?.order, { N: '4' });
    });

    test('a page all of whose items are filtered out still goes on', async () => {
      const { Items, Count, ScannedCount, LastEvaluatedKey } = await query({
        Limit: 2,
        FilterExpression: 'attribute_exists(gone)',
      });
      assert.deepEqual([Items, Count, ScannedCount], [[], 0, 2]);
      assert.deepEqual(LastEvaluatedKey?.order, { N: '2' });
    });

    test('the filter sees attributes that the projection leaves out', async () => {
      const { Items } = await query({
        FilterExpression: '#items[1].#count > :n',
        ProjectionExpression: 'note',
        ExpressionAttributeNames: { '#items': 'items', '#count': 'count' },
        ExpressionAttributeValues: { ':n': { N: '8' } },
      });
      assert.deepEqual(Items, [{ note: { S: 'note 9' } }]);
    });

    test('a filter may not name a key attribute of what is queried, but may name the other keys', async () => {
      const text = 'Filter Expression can only contain non-primary key attributes: Primary key attribute: ';
      const values = { ':x': { N: '1' } };
      const filter = { FilterExpression: '#o > :x', ExpressionAttributeValues: values };
      await rejects(query({ ...filter, ExpressionAttributeNames: { '#o': 'order' } }), `${text}order`);
      await rejects(query({ ...filter, ExpressionAttributeNames: { '#o': 'customer' } }), `${text}customer`);
      const index = { IndexName: 'placed-all', ...filter };
      await rejects(query({ ...index, ExpressionAttributeNames: { '#o': 'placed' } }), `${text}placed`);
      const { Items } = await query({ ...index, ExpressionAttributeNames: { '#o': 'order' } });
      assert.deepEqual(numbersOf(Items, 'order'), [9, 8, 7, 6, 5, 4, 3, 2]);
    });

    test('Limit is at least 1', async () => {
      await rejects(
        query({ Limit: 0 }),
        "1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: " +
          'Member must have value greater than or equal to 1',
      );
    });
  });

  describe('ProjectionExpression', () => {
    async function project(expression: string, names?: Record<string, string>): Promise<WireItem | undefined> {
      const { Items } = await query({
        Limit: 1,
        ProjectionExpression: expression,
        ...(names && { ExpressionAttributeNames: names }),
      });
      return Items?.[0];
    }
    const NAMES = { '#items': 'items', '#count': 'count' };

    test('takes attributes, and what lies below them', async () => {
      assert.deepEqual(await project('note, city'), { note: { S: 'note 1' }, city: { S: 'rome' } });
      assert.deepEqual(await project('#items[1].#count', NAMES), { items: { L: [{ M: { count: { N: '1' } } }] } });
    });

    test('elements of a list move together in their order', async () => {
      assert.deepEqual(await project('#items[2], #items[0]', { '#items': 'items' }), {
        items: { L: [{ S: 'tea-1' }, { S: 'jam' }] },
      });
    });

    test('leaves out what the item lacks, down to an item without attributes', async () => {
      assert.deepEqual(await project('gone, note.deeper, #items[7]', { '#items': 'items' }), {});
    });
  });

  describe('errors of key conditions', () => {
    test('one on the partition key is required', async () => {
      await rejects(
        queryExactly({}),
        'Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.',
      );
      const names = { ExpressionAttributeNames: { '#o': 'order' } };
      const onSortKey = { KeyConditionExpression: '#o = :v', ExpressionAttributeValues: { ':v': { N: '1' } } };
      await rejects(queryExactly({ ...onSortKey, ...names }), 'Query condition missed key schema element: customer');
      const onOther = { ...onSortKey, KeyConditionExpression: 'note = :v' };
      await rejects(queryExactly(onOther), 'Query condition missed key schema element: customer');
      await rejects(queryExactly({ ...ADA, IndexName: 'city-all' }), 'Query condition missed key schema element: city');
    });

    test('the partition key takes equality only', async () => {
      await rejects(query({ KeyConditionExpression: 'customer > :c' }), 'Query key condition not supported');
      await rejects(
        query({ KeyConditionExpression: 'begins_with(customer, :c)' }),
        'Query key condition not supported',
      );
    });

    test('a second condition is on the sort key', async () => {
      await rejects(
        query({ KeyConditionExpression: 'customer = :c AND note = :c' }),
        'Query condition missed key schema element: order',
      );
      await rejects(
        query({ IndexName: 'placed-keys', KeyConditionExpression: 'customer = :c AND city = :c' }),
        'Query condition missed key schema element: placed',
      );
    });

    test('values are no longer than key values may be', async () => {
      const partition =
        'One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes';
      const sort =
        'One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of 1024 bytes';
      const onPartition = (length: number) => query({ ExpressionAttributeValues: { ':c': { S: 'x'.repeat(length) } } });
      assert.equal((await onPartition(2048)).Count, 0);
      await rejects(onPartition(2049), partition);
      const onPlaced = (condition: string, high: number) =>
        query({
          IndexName: 'placed-keys',
          KeyConditionExpression: `customer = :c AND ${condition}`,
          ExpressionAttributeValues: {
            ...(condition.includes(':a') && { ':a': { S: 'a' } }),
            ':b': { S: 'b'.repeat(high) },
          },
        });
      assert.equal((await onPlaced('placed < :b', 1024)).Count, 9);
      await rejects(onPlaced('placed < :b', 1025), sort);
      await rejects(onPlaced('begins_with(placed, :b)', 1025), sort);
      await rejects(onPlaced('placed BETWEEN :a AND :b', 1025), sort);
    });

    test('values are of the key attribute’s type and not empty', async () => {
      const type = 'One or more parameter values were invalid: Condition parameter type does not match schema type';
      await rejects(query({ ExpressionAttributeValues: { ':c': { N: '1' } } }), type);
      await rejects(
        query({
          KeyConditionExpression: 'customer = :c AND #o BETWEEN :a AND :b',
          ExpressionAttributeNames: { '#o': 'order' },
          ExpressionAttributeValues: { ':a': { S: '1' }, ':b': { S: '2' } },
        }),
        type,
      );
      const empty =
        'One or more parameter values are not valid. ' +
        'The AttributeValue for a key attribute cannot contain an empty string value. Key: ';
      await rejects(query({ ExpressionAttributeValues: { ':c': { S: '' } } }), `${empty}customer`);
      await rejects(
        query({
          IndexName: 'placed-keys',
          KeyConditionExpression: 'customer = :c AND begins_with(placed, :p)',
          ExpressionAttributeValues: { ':p': { S: '' } },
        }),
        `${empty}placed`,
      );
    });

    test('operators that key conditions do not know', async () => {
      for (const [condition, operator] of [
        ['customer = :c OR customer = :c', 'OR'],
        ['NOT customer = :c', 'NOT'],
        ['customer <> :c', '<>'],
        ['customer IN (:c)', 'IN'],
        ['customer = :c AND contains(placed, :c)', 'contains'],
        ['customer = :c AND attribute_exists(placed)', 'attribute_exists'],
      ] as const) {
        await rejects(
          query({ KeyConditionExpression: condition }),
          `Invalid operator used in KeyConditionExpression: ${operator}`,
        );
      }
    });

    test('BETWEEN with inverted bounds', async () => {
      await rejects(
        query({
          KeyConditionExpression: 'customer = :c AND #o BETWEEN :a AND :b',
          ExpressionAttributeNames: { '#o': 'order' },
          ExpressionAttributeValues: { ':a': { N: '2' }, ':b': { N: '1' } },
        }),
        'Invalid KeyConditionExpression: The BETWEEN operator requires upper bound to be greater than or equal to lower ' +
          'bound; lower bound operand: AttributeValue: {N:2}, upper bound operand: AttributeValue: {N:1}',
      );
    });

    test('the table and the index must be there', async () => {
      await assert.rejects(query({ TableName: 'no-such-table' }), TABLE_NOT_FOUND);
      await rejects(
        query({ IndexName: 'no-such-index' }),
        'The table does not have the specified index: no-such-index',
      );
    });

    test('values that no expression uses', async () => {
      await rejects(
        query({ ExpressionAttributeValues: { ':x': { S: 'x' } } }),
        'Value provided in ExpressionAttributeValues unused in expressions: keys: {:x}',
      );
    });
  });
});
