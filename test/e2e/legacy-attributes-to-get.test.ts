/** AttributesToGet of GetItem, BatchGetItem, Query and Scan. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import {
  type AttributeValue,
  BatchGetItemCommand,
  type Condition,
  GetItemCommand,
  type GetItemCommandInput,
  QueryCommand,
  type QueryCommandInput,
  ScanCommand,
  type ScanCommandInput,
} from '@aws-sdk/client-dynamodb';
import { validation } from './errors.ts';
import { ORDERS_TABLE, makeOrder } from './reads-table.ts';
import { putItems } from './reads.ts';
import { useServer } from './server.ts';

const server = useServer();
const KEY = { customer: { S: 'ada' }, order: { N: '1' } };
const ITEM: Record<string, AttributeValue> = { ...makeOrder(1), 'items[0]': { S: 'whole' }, 'a.b': { S: 'dotted' } };
const MIXED = validation(
  'Can not use both expression and non-expression parameters in the same request: ' +
    'Non-expression parameters: {AttributesToGet} Expression parameters: {ProjectionExpression}',
);
const TWICE = validation('One or more parameter values were invalid: Duplicate value in attribute name: note');
let table = '';

/** Makes the table and its orders before the tests around. */
function useOrders(): void {
  before(async () => {
    table = await server.createTable(ORDERS_TABLE);
    await putItems(server, table, [ITEM, makeOrder(2)]);
  });
}

function get(input: Partial<GetItemCommandInput>) {
  return server.client.send(new GetItemCommand({ TableName: table, Key: KEY, ...input }));
}

function query(input: Partial<QueryCommandInput>) {
  const KeyConditions: QueryCommandInput['KeyConditions'] = {
    customer: { ComparisonOperator: 'EQ', AttributeValueList: [{ S: 'ada' }] },
    order: { ComparisonOperator: 'EQ', AttributeValueList: [{ N: '1' }] },
  };
  return server.client.send(new QueryCommand({ TableName: table, KeyConditions, ...input }));
}

function scan(input: Partial<ScanCommandInput>) {
  return server.client.send(new ScanCommand({ TableName: table, ...input }));
}

async function batchGet(AttributesToGet: string[], ProjectionExpression?: string) {
  const asked = { Keys: [KEY], AttributesToGet, ProjectionExpression };
  const answer = await server.client.send(new BatchGetItemCommand({ RequestItems: { [table]: asked } }));
  return answer.Responses?.[table]?.[0];
}

function pick(...names: string[]) {
  return Object.fromEntries(Object.entries(ITEM).filter(([name]) => names.includes(name)));
}

describe('AttributesToGet', () => {
  useOrders();

  test('names whole attributes; those the item lacks are left out', async () => {
    assert.deepEqual((await get({ AttributesToGet: ['items', 'note', 'absent'] })).Item, pick('items', 'note'));
    assert.deepEqual(await batchGet(['items', 'note', 'absent']), pick('items', 'note'));
    assert.deepEqual((await query({ AttributesToGet: ['note'] })).Items, [pick('note')]);
    const notes = (await scan({ AttributesToGet: ['note'] })).Items ?? [];
    assert.deepEqual(notes.map(({ note }) => note?.S).toSorted(), ['note 1', 'note 2']);
  });

  test('of an item that has none of them gives an empty item, and of a missing item none', async () => {
    assert.deepEqual((await get({ AttributesToGet: ['absent'] })).Item, {});
    const missing = { ...KEY, order: { N: '99' } };
    assert.equal((await get({ AttributesToGet: ['note'], Key: missing })).Item, undefined);
  });

  test('takes dots and brackets as parts of names', async () => {
    assert.deepEqual((await get({ AttributesToGet: ['items[0]', 'a.b', 'items.name'] })).Item, pick('items[0]', 'a.b'));
  });

  test('takes reserved words, which expressions do not', async () => {
    assert.deepEqual(
      (await get({ AttributesToGet: ['items', 'total', 'order'] })).Item,
      pick('items', 'total', 'order'),
    );
  });

  test('costs what the whole item costs', async () => {
    const { ConsumedCapacity } = await get({ AttributesToGet: ['note'], ReturnConsumedCapacity: 'TOTAL' });
    assert.equal(ConsumedCapacity?.CapacityUnits, 0.5);
  });

  test('reads what a local index does not hold from the table, and is refused for a global one', async () => {
    const customer: Condition = { ComparisonOperator: 'EQ', AttributeValueList: [{ S: 'ada' }] };
    const local = { IndexName: 'placed-keys', KeyConditions: { customer }, AttributesToGet: ['note'], Limit: 1 };
    assert.deepEqual((await query(local)).Items, [{ note: { S: 'note 2' } }]);
    await assert.rejects(
      scan({ IndexName: 'city-keys', AttributesToGet: ['city', 'note'] }),
      validation('One or more parameter values were invalid: Global secondary index city-keys does not project [note]'),
    );
  });
});

describe('AttributesToGet: what is refused', () => {
  useOrders();

  test('a name that stands there twice', async () => {
    const AttributesToGet = ['note', 'city', 'note'];
    await assert.rejects(get({ AttributesToGet }), TWICE);
    await assert.rejects(batchGet(AttributesToGet), TWICE);
    await assert.rejects(query({ AttributesToGet }), TWICE);
    await assert.rejects(scan({ AttributesToGet }), TWICE);
  });

  test('the company of a ProjectionExpression', async () => {
    const mixed = { AttributesToGet: ['note'], ProjectionExpression: 'note' };
    await assert.rejects(get(mixed), MIXED);
    await assert.rejects(batchGet(['note'], 'note'), MIXED);
    await assert.rejects(query(mixed), MIXED);
    await assert.rejects(scan(mixed), MIXED);
  });

  test('names of expressions, of which there are none', async () => {
    await assert.rejects(
      get({ AttributesToGet: ['note'], ExpressionAttributeNames: { '#n': 'note' } }),
      validation('ExpressionAttributeNames can only be specified when using expressions'),
    );
  });

  test('no name at all', async () => {
    const text =
      "1 validation error detected: Value '[]' at 'attributesToGet' failed to satisfy constraint: " +
      'Member must have length greater than or equal to 1';
    await assert.rejects(get({ AttributesToGet: [] }), validation(text));
    await assert.rejects(scan({ AttributesToGet: [] }), validation(text));
  });

  test('names that are none', async () => {
    for (const name of [null, 5, {}]) {
      const { status } = await server.call('GetItem', { TableName: table, Key: KEY, AttributesToGet: [name] });
      assert.equal(status, 400, JSON.stringify(name));
    }
  });

  test('a Select of something else', async () => {
    const AttributesToGet = ['note'];
    const refused = {
      ALL_ATTRIBUTES: 'Cannot specify the AttributesToGet when choosing to get ALL_ATTRIBUTES',
      COUNT: 'Cannot specify the AttributesToGet when choosing to get only the Count',
    } as const;
    for (const [Select, text] of Object.entries(refused)) {
      await assert.rejects(query({ AttributesToGet, Select: Select as 'COUNT' }), validation(text));
      await assert.rejects(scan({ AttributesToGet, Select: Select as 'COUNT' }), validation(text));
    }
    await assert.rejects(
      scan({ AttributesToGet, IndexName: 'city-all', Select: 'ALL_PROJECTED_ATTRIBUTES' }),
      validation('Cannot specify the AttributesToGet when choosing to get ALL_PROJECTED_ATTRIBUTES'),
    );
    assert.deepEqual((await query({ AttributesToGet, Select: 'SPECIFIC_ATTRIBUTES' })).Items, [pick('note')]);
  });
});
