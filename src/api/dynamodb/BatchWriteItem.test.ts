import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { StorageConflictError } from '../../storage/engine.ts';
import type { OperationContext } from '../operation-context.ts';
import { openTestContext } from '../table-context.test.ts';
import { BatchWriteItem } from './BatchWriteItem.ts';
import { CreateTable } from './CreateTable.ts';

/** Two tables of a store that gives up on every write of items, as where other nodes keep coming between. */
async function openContext(t: TestContext): Promise<OperationContext> {
  const context = await openTestContext(t);
  for (const TableName of ['table', 'other']) {
    await CreateTable.run(context, {
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
    });
  }
  const transact = async () => {
    throw new StorageConflictError('too many writes wait for the same entry');
  };
  return { ...context, engine: { ...context.engine, transact } };
}

const ARN = 'arn:aws:dynamodb:eu-central-1:123456789012:table/other';
const put = (pk: string) => ({ PutRequest: { Item: { pk: { S: pk } } } });
const RequestItems = { table: [put('a'), put('b')], [ARN]: [{ DeleteRequest: { Key: { pk: { S: 'a' } } } }] };

test('a batch that is given back has consumed nothing', async (t) => {
  const context = await openContext(t);
  const asked = { RequestItems, ReturnItemCollectionMetrics: 'SIZE' } as const;
  assert.deepEqual(await BatchWriteItem.run(context, { ...asked, ReturnConsumedCapacity: 'TOTAL' }), {
    UnprocessedItems: RequestItems,
    ItemCollectionMetrics: {},
    ConsumedCapacity: [
      { TableName: 'table', CapacityUnits: 0 },
      { TableName: ARN, CapacityUnits: 0 },
    ],
  });
  const { ConsumedCapacity } = await BatchWriteItem.run(context, { ...asked, ReturnConsumedCapacity: 'INDEXES' });
  assert.deepEqual(ConsumedCapacity, [
    { TableName: 'table', CapacityUnits: 0, Table: { CapacityUnits: 0 } },
    { TableName: ARN, CapacityUnits: 0, Table: { CapacityUnits: 0 } },
  ]);
});

test('a batch that is given back reports nothing that was not asked for', async (t) => {
  const context = await openContext(t);
  assert.deepEqual(await BatchWriteItem.run(context, { RequestItems }), {
    UnprocessedItems: RequestItems,
    ItemCollectionMetrics: undefined,
    ConsumedCapacity: undefined,
  });
});
