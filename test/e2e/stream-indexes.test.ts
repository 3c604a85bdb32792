/** What becomes of indexes is no change of items: a stream has nothing of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  BatchWriteItemCommand,
  DescribeTableCommand,
  type GlobalSecondaryIndexUpdate,
  PutItemCommand,
  QueryCommand,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import { useServer } from './server.ts';
import { useStreams } from './streams.ts';
import { waitUntil } from './wait-until.ts';

const server = useServer();
const streams = useStreams(server);

const ITEMS = 300;

async function putItems(TableName: string): Promise<void> {
  const items = Array.from({ length: ITEMS }, (_, i) => ({
    pk: { S: `p${i % 7}` },
    sk: { N: String(i) },
    g: { S: `g${i % 5}` },
  }));
  for (let at = 0; at < ITEMS; at += 25) {
    const requests = items.slice(at, at + 25).map((Item) => ({ PutRequest: { Item } }));
    await server.client.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: requests } }));
  }
}

async function updateIndex(TableName: string, update: GlobalSecondaryIndexUpdate): Promise<void> {
  const AttributeDefinitions = [{ AttributeName: 'g', AttributeType: 'S' as const }];
  await server.client.send(
    new UpdateTableCommand({ TableName, AttributeDefinitions, GlobalSecondaryIndexUpdates: [update] }),
  );
}

async function indexStatus(TableName: string): Promise<string | undefined> {
  const { Table } = await server.client.send(new DescribeTableCommand({ TableName }));
  return Table?.GlobalSecondaryIndexes?.[0]?.IndexStatus;
}

test('a global index that is added, filled and deleted leaves no record in the stream', async () => {
  const { name: TableName, arn } = await streams.createTable();
  await putItems(TableName);
  const before = await streams.records(arn);
  assert.equal(before.length, ITEMS);

  await updateIndex(TableName, {
    Create: {
      IndexName: 'added',
      KeySchema: [{ AttributeName: 'g', KeyType: 'HASH' }],
      Projection: { ProjectionType: 'ALL' },
    },
  });
  await waitUntil(async () => (await indexStatus(TableName)) === 'ACTIVE');
  const { Count } = await server.client.send(
    new QueryCommand({
      TableName,
      IndexName: 'added',
      KeyConditionExpression: 'g = :g',
      ExpressionAttributeValues: { ':g': { S: 'g1' } },
    }),
  );
  assert.equal(Count, ITEMS / 5);
  assert.deepEqual(await streams.records(arn), before);

  await updateIndex(TableName, { Delete: { IndexName: 'added' } });
  await waitUntil(async () => (await indexStatus(TableName)) === undefined);
  assert.deepEqual(await streams.records(arn), before);

  // The stream is still written to.
  const Item = { pk: { S: 'last' }, sk: { N: '1' }, g: { S: 'g1' } };
  await server.client.send(new PutItemCommand({ TableName, Item }));
  const [last, ...others] = (await streams.records(arn)).slice(ITEMS);
  assert.deepEqual([last?.dynamodb?.NewImage, others], [Item, []]);
});
