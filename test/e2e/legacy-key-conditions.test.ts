/** KeyConditions of Query. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import {
  type AttributeValue,
  type ComparisonOperator,
  type Condition,
  QueryCommand,
  type QueryCommandInput,
} from '@aws-sdk/client-dynamodb';
import { validation } from './errors.ts';
import { ORDERS_TABLE, makeOrder } from './reads-table.ts';
import { itemsOf, numbersOf, putItems, queryPages } from './reads.ts';
import { useServer } from './server.ts';

const server = useServer();
const ADA = condition('EQ', { S: 'ada' });
let table = '';

/** Makes the table and its orders before the tests around. */
function useOrders(): void {
  before(async () => {
    table = await server.createTable(ORDERS_TABLE);
    const others = { ...makeOrder(1), customer: { S: 'bob' } };
    await putItems(server, table, [...Array.from({ length: 9 }, (_, i) => makeOrder(i + 1)), others]);
  });
}

function condition(operator: ComparisonOperator, ...values: AttributeValue[]): Condition {
  return { ComparisonOperator: operator, AttributeValueList: values };
}

function query(KeyConditions: Record<string, Condition> | undefined, input: Partial<QueryCommandInput> = {}) {
  return server.client.send(new QueryCommand({ TableName: table, KeyConditions, ...input }));
}

async function orders(KeyConditions: Record<string, Condition>, input: Partial<QueryCommandInput> = {}) {
  return numbersOf((await query(KeyConditions, input)).Items, 'order');
}

function invalid(text: string) {
  return validation(`One or more parameter values were invalid: ${text}`);
}

describe('KeyConditions', () => {
  useOrders();

  test('on the partition key finds its items in order', async () => {
    assert.deepEqual(await orders({ customer: ADA }), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert.deepEqual(await orders({ customer: condition('EQ', { S: 'eve' }) }), []);
    assert.deepEqual(await orders({ customer: ADA }, { ScanIndexForward: false, Limit: 2 }), [9, 8]);
  });

  const N = (digits: string): AttributeValue => ({ N: digits });
  const cases: readonly (readonly [Condition, expected: readonly number[]])[] = [
    [condition('EQ', N('5.0')), [5]],
    [condition('LT', N('3')), [1, 2]],
    [condition('LE', N('3')), [1, 2, 3]],
    [condition('GT', N('7')), [8, 9]],
    [condition('GE', N('7')), [7, 8, 9]],
    [condition('BETWEEN', N('4'), N('6')), [4, 5, 6]],
    [condition('BETWEEN', N('4'), N('4')), [4]],
  ];
  for (const [order, expected] of cases) {
    test(`on the sort key with ${order.ComparisonOperator}`, async () => {
      assert.deepEqual(await orders({ customer: ADA, order }), expected);
      assert.deepEqual(await orders({ order, customer: ADA }), expected);
    });
  }

  test('BEGINS_WITH on a sort key of text', async () => {
    const placed = condition('BEGINS_WITH', { S: '2026-01-3' });
    assert.deepEqual(await orders({ customer: ADA, placed }, { IndexName: 'placed-all' }), [1]);
  });

  test('on the keys of indexes', async () => {
    const rome = { city: condition('EQ', { S: 'rome' }), total: condition('GE', N('70')) };
    assert.deepEqual(await orders(rome, { IndexName: 'city-all' }), [7, 8]);
  });

  test('pages as expressions do', async () => {
    const pages = await queryPages(server, { TableName: table, KeyConditions: { customer: ADA }, Limit: 4 });
    assert.deepEqual(
      pages.map(({ Count }) => Count),
      [4, 4, 1],
    );
    assert.deepEqual(numbersOf(itemsOf(pages), 'order'), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test('goes with FilterExpression and ProjectionExpression, which are older than KeyConditionExpression', async () => {
    const { Items } = await query(
      { customer: ADA },
      {
        FilterExpression: 'city = :city',
        ProjectionExpression: '#order',
        ExpressionAttributeNames: { '#order': 'order' },
        ExpressionAttributeValues: { ':city': { S: 'oslo' } },
      },
    );
    assert.deepEqual(Items, [{ order: N('3') }, { order: N('6') }, { order: N('9') }]);
  });
});

describe('KeyConditions: what is refused', () => {
  useOrders();

  const S = { S: 'x' };

  test('none, and more than two', async () => {
    await assert.rejects(
      query(undefined),
      validation('Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.'),
    );
    const count = validation('Conditions can be of length 1 or 2 only');
    await assert.rejects(query({}), count);
    await assert.rejects(query({ customer: ADA, order: ADA, city: ADA }), count);
  });

  test('operators that find no ranges of keys', async () => {
    const text = validation('Attempted conditional constraint is not an indexable operation');
    for (const operator of ['NE', 'CONTAINS', 'NOT_CONTAINS', 'IN'] as const) {
      await assert.rejects(query({ customer: ADA, order: condition(operator, { N: '1' }) }), text);
    }
    for (const operator of ['NULL', 'NOT_NULL'] as const) {
      await assert.rejects(query({ customer: ADA, order: condition(operator) }), text);
    }
  });

  test('a partition key with another operator than EQ', async () => {
    const text = validation('Query key condition not supported');
    await assert.rejects(query({ customer: condition('GT', S) }), text);
    await assert.rejects(query({ customer: condition('BEGINS_WITH', S) }), text);
  });

  test('attributes that are no keys', async () => {
    await assert.rejects(query({ city: ADA }), validation('Query condition missed key schema element: customer'));
    await assert.rejects(
      query({ customer: ADA, city: ADA }),
      validation('Query condition missed key schema element: order'),
    );
  });

  test('values of the wrong number, type or order', async () => {
    await assert.rejects(
      query({ customer: { ComparisonOperator: 'EQ' } }),
      invalid('Invalid number of argument(s) for the EQ ComparisonOperator'),
    );
    await assert.rejects(
      query({ customer: ADA, order: condition('BETWEEN', { N: '1' }) }),
      invalid('Invalid number of argument(s) for the BETWEEN ComparisonOperator'),
    );
    await assert.rejects(
      query({ customer: ADA, order: condition('BETWEEN', { M: {} }, { M: {} }) }),
      invalid('ComparisonOperator BETWEEN is not valid for M AttributeValue type'),
    );
    await assert.rejects(
      query({ customer: ADA, order: condition('BEGINS_WITH', { N: '1' }) }),
      invalid('ComparisonOperator BEGINS_WITH is not valid for N AttributeValue type'),
    );
    await assert.rejects(
      query({ customer: ADA, order: condition('BETWEEN', { N: '1' }, { S: '2' }) }),
      invalid('AttributeValues inside AttributeValueList must be of same type'),
    );
    await assert.rejects(
      query({ customer: ADA, order: condition('BETWEEN', { N: '2' }, { N: '1' }) }),
      validation('The BETWEEN condition was provided a range where the lower bound is greater than the upper bound'),
    );
    for (const wrong of [{ S: '1' }, { BOOL: true }, { NS: ['1'] }]) {
      await assert.rejects(
        query({ customer: ADA, order: condition('EQ', wrong as AttributeValue) }),
        invalid('Condition parameter type does not match schema type'),
      );
    }
  });

  test('an empty value', async () => {
    await assert.rejects(query({ customer: condition('EQ', { S: '' }) }), { name: 'ValidationException' });
  });

  test('the company of KeyConditionExpression, and then that of all others too', async () => {
    const mixed = (legacy: string, expressions: string) =>
      validation(
        'Can not use both expression and non-expression parameters in the same request: ' +
          `Non-expression parameters: {${legacy}} Expression parameters: {${expressions}}`,
      );
    const modern = {
      KeyConditionExpression: 'customer = :c',
      ExpressionAttributeValues: { ':c': { S: 'ada' } },
    };
    await assert.rejects(query({ customer: ADA }, modern), mixed('KeyConditions', 'KeyConditionExpression'));
    await assert.rejects(
      query(undefined, { ...modern, QueryFilter: {} }),
      mixed('QueryFilter', 'KeyConditionExpression'),
    );
    await assert.rejects(
      query({ customer: ADA }, { QueryFilter: {}, FilterExpression: 'city = :c' }),
      mixed('QueryFilter', 'FilterExpression'),
    );
    await assert.rejects(
      query(
        { customer: ADA },
        {
          ...modern,
          AttributesToGet: ['city'],
          QueryFilter: {},
          ConditionalOperator: 'OR',
          ProjectionExpression: 'city',
          FilterExpression: 'city = :c',
        },
      ),
      mixed(
        'AttributesToGet, QueryFilter, ConditionalOperator, KeyConditions',
        'ProjectionExpression, FilterExpression, KeyConditionExpression',
      ),
    );
  });

  test('an operator that is missing', async () => {
    const { status, body } = await server.call('Query', { TableName: table, KeyConditions: { customer: {} } });
    assert.equal(status, 400);
    assert.equal(
      body['message'],
      "1 validation error detected: Value null at 'keyConditions.customer.member.comparisonOperator' failed to satisfy constraint: Member must not be null",
    );
  });
});
