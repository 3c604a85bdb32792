/**
 * ReturnItemCollectionMetrics, and how large an item collection may be. Sources: ItemCollectionMetrics in the API
 * reference, "Item collections in Local Secondary Indexes" in the developer guide.
 */
import assert from 'node:assert/strict';
import { beforeEach, describe, test, type TestContext } from 'node:test';
import {
  type AttributeValue,
  BatchWriteItemCommand,
  type CreateTableInput,
  DeleteItemCommand,
  PutItemCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import { BatchWriteItem } from '../../src/api/dynamodb/BatchWriteItem.ts';
import { CreateTable } from '../../src/api/dynamodb/CreateTable.ts';
import { DeleteItem } from '../../src/api/dynamodb/DeleteItem.ts';
import { PutItem } from '../../src/api/dynamodb/PutItem.ts';
import { TransactWriteItems } from '../../src/api/dynamodb/TransactWriteItems.ts';
import { UpdateItem } from '../../src/api/dynamodb/UpdateItem.ts';
import type { OperationContext } from '../../src/api/operation-context.ts';
import { systemClock } from '../../src/foundation/clock.ts';
import { systemRandom } from '../../src/foundation/random.ts';
import { checkStore } from '../../src/items/check-store.ts';
import { openEngine, openStorage } from '../../src/open-storage.ts';
import { createCatalog } from '../../src/tables/catalog.ts';
import { INDEXED_TABLE } from './indexed-table.ts';
import { useServer } from './server.ts';
import { makeStore } from './store.ts';
import { arnOf } from './tags.ts';

const server = useServer();
const KEY = { pk: { S: 'a' }, sk: { N: '1' } };
const SIZE = { ReturnItemCollectionMetrics: 'SIZE' } as const;
const METRICS = { ItemCollectionKey: { pk: { S: 'a' } }, SizeEstimateRangeGB: [0, 1] };
let table = '';

describe('of a table with a local index, SIZE reports', () => {
  beforeEach(async () => {
    table = await server.createTable(INDEXED_TABLE);
  });

  test('the key of the collection and bounds in gigabytes, for each kind of write', async () => {
    const at = { ...SIZE, TableName: table };
    const answers = [
      await server.client.send(new PutItemCommand({ ...at, Item: { ...KEY, weight: { N: '5' } } })),
      await server.client.send(new UpdateItemCommand({ ...at, Key: KEY, UpdateExpression: 'REMOVE weight' })),
      await server.client.send(new DeleteItemCommand({ ...at, Key: KEY })),
      // Of an item that is not there, too.
      await server.client.send(new DeleteItemCommand({ ...at, Key: KEY })),
    ];
    for (const { ItemCollectionMetrics } of answers) assert.deepEqual(ItemCollectionMetrics, METRICS);
  });

  test('each collection of a batch once, by the tables as the request names them', async () => {
    const plain = await server.createTable();
    const put = (pk: string, sk: string) => ({ PutRequest: { Item: { pk: { S: pk }, sk: { N: sk } } } });
    const { ItemCollectionMetrics } = await server.client.send(
      new BatchWriteItemCommand({
        ...SIZE,
        RequestItems: {
          [plain]: [put('a', '1')],
          [arnOf(table)]: [
            put('a', '1'),
            put('a', '2'),
            put('b', '1'),
            { DeleteRequest: { Key: { ...KEY, sk: { N: '3' } } } },
          ],
        },
      }),
    );
    assert.deepEqual(ItemCollectionMetrics, {
      [arnOf(table)]: [METRICS, { ...METRICS, ItemCollectionKey: { pk: { S: 'b' } } }],
    });
  });

  test('the same of a transaction, but not of what it only checks', async () => {
    const plain = await server.createTable();
    const put = { TableName: table, Item: KEY };
    const check = { TableName: table, Key: { pk: { S: 'b' }, sk: { N: '1' } } };
    const transaction = {
      ...SIZE,
      TransactItems: [
        { Put: put },
        { Put: { ...put, TableName: plain } },
        { ConditionCheck: { ...check, ConditionExpression: 'attribute_not_exists(pk)' } },
        { Delete: { TableName: table, Key: { ...KEY, sk: { N: '2' } } } },
      ],
    };
    const { ItemCollectionMetrics } = await server.client.send(new TransactWriteItemsCommand(transaction));
    assert.deepEqual(ItemCollectionMetrics, { [table]: [METRICS] });
  });

  test('nothing, if that is not asked for', async () => {
    const put = { TableName: table, Item: KEY };
    for (const asked of [{}, { ReturnItemCollectionMetrics: 'NONE' }] as const) {
      const { ItemCollectionMetrics } = await server.client.send(new PutItemCommand({ ...put, ...asked }));
      assert.equal(ItemCollectionMetrics, undefined);
    }
  });
});

test('of a table without a local index, SIZE reports nothing', async () => {
  const { LocalSecondaryIndexes: _, ...globals } = INDEXED_TABLE;
  for (const input of [{}, globals]) {
    const TableName = await server.createTable(input);
    const put = await server.client.send(new PutItemCommand({ ...SIZE, TableName, Item: KEY }));
    assert.equal(put.ItemCollectionMetrics, undefined);
    const RequestItems = { [TableName]: [{ PutRequest: { Item: KEY } }] };
    const batch = await server.client.send(new BatchWriteItemCommand({ ...SIZE, RequestItems }));
    assert.equal(batch.ItemCollectionMetrics, undefined);
  }
});

/** The operations on a store of their own, in which a collection holds `collectionLimitBytes` at most. */
async function openContext(t: TestContext, collectionLimitBytes: number): Promise<OperationContext> {
  const { options } = await makeStore();
  const { storage: url, dataDir } = options;
  const storage = await openStorage(
    url === undefined ? { kind: 'sqlite', path: dataDir as string, durable: false } : { kind: 'postgres', url },
  );
  const engine = await openEngine(storage.attach().attachment);
  t.after(async () => {
    await engine.close();
    await storage.close();
  });
  const place = { region: 'us-east-1', accountId: '000000000000', tableDelayMs: 0, indexBuildDelayMs: 0 };
  const context = { engine, catalog: createCatalog(engine), clock: systemClock, random: systemRandom, ...place };
  await CreateTable.run(context, { ...(TABLE as CreateTableInput), TableName: 'table' });
  return { ...context, collectionLimitBytes };
}

const TABLE: Partial<CreateTableInput> = {
  BillingMode: 'PAY_PER_REQUEST',
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
  ...INDEXED_TABLE,
};

const FULL = { name: 'ItemCollectionSizeLimitExceededException', message: 'Collection size exceeded' };

/** An item of `sizeBytes`, without `more`; `pk` and `sk` are 3 and 4 bytes of it. */
function itemOf(sk: number, sizeBytes: number, more: Record<string, AttributeValue> = {}) {
  const item = { pk: { S: 'a' }, sk: { N: String(sk) }, ...more };
  return { TableName: 'table', Item: { ...item, v: { S: 'x'.repeat(sizeBytes - 7 - 1) } } };
}

async function assertWhole({ engine }: OperationContext): Promise<void> {
  const problems: string[] = [];
  await checkStore(engine, (problem) => problems.push(problem));
  assert.deepEqual(problems, []);
}

describe('a collection that has reached its limit', () => {
  test('takes no item more and lets none grow, but may shrink', async (t) => {
    const context = await openContext(t, 1_000);
    await PutItem.run(context, itemOf(1, 600));
    await assert.rejects(PutItem.run(context, itemOf(2, 401)), FULL);
    await PutItem.run(context, itemOf(2, 400));
    await assert.rejects(PutItem.run(context, itemOf(1, 601)), FULL);
    const Key = { pk: { S: 'a' }, sk: { N: '1' } };
    const update = { TableName: 'table', Key, UpdateExpression: 'SET w = :w' };
    await assert.rejects(UpdateItem.run(context, { ...update, ExpressionAttributeValues: { ':w': { S: '' } } }), FULL);
    // Of the same size, smaller, and gone.
    await PutItem.run(context, itemOf(1, 600));
    await PutItem.run(context, itemOf(1, 500));
    await PutItem.run(context, itemOf(3, 100));
    await DeleteItem.run(context, { TableName: 'table', Key });
    await PutItem.run(context, itemOf(4, 500));
    await assertWhole(context);
  });

  test('stands in no other one’s way', async (t) => {
    const context = await openContext(t, 1_000);
    await PutItem.run(context, itemOf(1, 1_000));
    const { Item } = itemOf(1, 1_000);
    await PutItem.run(context, { TableName: 'table', Item: { ...Item, pk: { S: 'b' } } });
    await assert.rejects(PutItem.run(context, itemOf(2, 10)), FULL);
    await assertWhole(context);
  });

  test('counts the entries of local indexes, and of no global ones', async (t) => {
    const context = await openContext(t, 1_000);
    // `by-weight` holds the keys and the weight: 3 + 4 + 8 bytes.
    const weight = { weight: { N: '5' } };
    await assert.rejects(PutItem.run(context, itemOf(1, 978, weight)), FULL);
    await PutItem.run(context, itemOf(1, 977, weight));
    await assertWhole(context);
    await PutItem.run(context, itemOf(1, 990, { color: { S: 'red' } }));
    await assertWhole(context);
  });

  test('refuses a batch as a whole', async (t) => {
    const context = await openContext(t, 1_000);
    const puts = [1, 2, 3].map((sk) => ({ PutRequest: { Item: itemOf(sk, 400).Item } }));
    await assert.rejects(BatchWriteItem.run(context, { RequestItems: { table: puts } }), FULL);
    await BatchWriteItem.run(context, { RequestItems: { table: puts.slice(0, 2) } });
    await assertWhole(context);
  });

  test('is a reason to cancel a transaction', async (t) => {
    const context = await openContext(t, 1_000);
    const TransactItems = [1, 2, 3].map((sk) => ({ Put: itemOf(sk, 400) }));
    await assert.rejects(TransactWriteItems.run(context, { TransactItems }), {
      message:
        'Transaction cancelled, please refer cancellation reasons for specific reasons ' +
        '[ItemCollectionSizeLimitExceeded, ItemCollectionSizeLimitExceeded, ItemCollectionSizeLimitExceeded]',
    });
    await TransactWriteItems.run(context, { TransactItems: TransactItems.slice(0, 2) });
    await assertWhole(context);
  });

  test('takes what fits once all actions are done, in whichever order they stand', async (t) => {
    const context = await openContext(t, 1_000);
    const keyOf = (sk: number) => ({ TableName: 'table', Key: { pk: { S: 'a' }, sk: { N: String(sk) } } });
    await PutItem.run(context, itemOf(1, 600));
    await PutItem.run(context, itemOf(2, 400));
    await TransactWriteItems.run(context, { TransactItems: [{ Put: itemOf(3, 600) }, { Delete: keyOf(1) }] });
    await TransactWriteItems.run(context, { TransactItems: [{ Delete: keyOf(3) }, { Put: itemOf(1, 600) }] });
    const batch = (...requests: WriteRequest[]) => BatchWriteItem.run(context, { RequestItems: { table: requests } });
    await batch({ PutRequest: itemOf(3, 400) }, { DeleteRequest: keyOf(2) });
    await assert.rejects(batch({ PutRequest: itemOf(4, 401) }, { DeleteRequest: keyOf(3) }), FULL);
    await assertWhole(context);
  });

  test('cancels a transaction for the actions that let it grow, not for others', async (t) => {
    const context = await openContext(t, 1_000);
    await PutItem.run(context, itemOf(1, 600));
    const { Item } = itemOf(1, 300);
    const TransactItems = [
      { Put: { TableName: 'table', Item: { ...Item, pk: { S: 'b' } } } },
      { Put: itemOf(2, 500) },
      { Put: itemOf(1, 590) },
    ];
    await assert.rejects(TransactWriteItems.run(context, { TransactItems }), {
      message: / \[None, ItemCollectionSizeLimitExceeded, None\]$/,
    });
    await assertWhole(context);
  });

  test('is not passed by writes that come together', async (t) => {
    const context = await openContext(t, 1_000);
    const writes = Array.from({ length: 20 }, async (_, i) => await PutItem.run(context, itemOf(i, 100)));
    const outcomes = await Promise.allSettled(writes);
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 10);
    await assertWhole(context);
  });
});
