/** Indexes that are added to tables with items, while items are written. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type AttributeValue,
  BatchWriteItemCommand,
  DeleteItemCommand,
  DescribeTableCommand,
  type GlobalSecondaryIndexDescription,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  UpdateItemCommand,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import { createSeededRandom } from '../seeded-random.ts';
import { validation } from './errors.ts';
import { chooseSeed } from './seed.ts';
import { useServer } from './server.ts';
import { waitUntil } from './wait-until.ts';

const server = useServer();

type Item = Record<string, AttributeValue>;

async function putAll(TableName: string, items: readonly Item[]): Promise<void> {
  for (let at = 0; at < items.length; at += 25) {
    const requests = items.slice(at, at + 25).map((Item) => ({ PutRequest: { Item } }));
    await server.client.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: requests } }));
  }
}

async function addIndex(TableName: string, keys = 'g S HASH, h N RANGE'): Promise<void> {
  const elements = keys.split(', ').map((element) => element.split(' ') as [string, 'S' | 'N', 'HASH' | 'RANGE']);
  await server.client.send(
    new UpdateTableCommand({
      TableName,
      AttributeDefinitions: elements.map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType })),
      GlobalSecondaryIndexUpdates: [
        {
          Create: {
            IndexName: 'added',
            KeySchema: elements.map(([AttributeName, , KeyType]) => ({ AttributeName, KeyType })),
            Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['v'] },
          },
        },
      ],
    }),
  );
}

async function describeIndex(TableName: string): Promise<GlobalSecondaryIndexDescription | undefined> {
  const { Table } = await server.client.send(new DescribeTableCommand({ TableName }));
  return Table?.GlobalSecondaryIndexes?.[0];
}

async function waitUntilBuilt(TableName: string): Promise<void> {
  await waitUntil(async () => (await describeIndex(TableName))?.IndexStatus === 'ACTIVE');
}

async function scanAll(TableName: string, IndexName?: string): Promise<Map<string, Item>> {
  const found = new Map<string, Item>();
  let ExclusiveStartKey: Item | undefined;
  do {
    const page = await server.client.send(new ScanCommand({ TableName, IndexName, ExclusiveStartKey }));
    for (const item of page.Items ?? []) {
      const key = keyOf(item);
      assert.ok(!found.has(key), `${key} comes once`);
      found.set(key, item);
    }
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
  return found;
}

function keyOf({ pk, sk }: Item): string {
  return JSON.stringify([pk, sk]);
}

/** What the index `added` must hold of the table's items. */
function projectionOf(items: ReadonlyMap<string, Item>): Map<string, Item> {
  const projected = new Map<string, Item>();
  for (const [key, { pk, sk, g, h, v }] of items) {
    if (
      g?.S === undefined ||
      h?.N === undefined ||
      g.S === '' ||
      g.S.length > 2_048 ||
      pk === undefined ||
      sk === undefined
    )
      continue;
    projected.set(key, { pk, sk, g, h, ...(v && { v }) });
  }
  return projected;
}

async function assertIndexAgrees(TableName: string): Promise<void> {
  const expected = projectionOf(await scanAll(TableName));
  assert.deepEqual(await scanAll(TableName, 'added'), expected);
  // Counters may come late where nodes share a database.
  await waitUntil(async () => (await describeIndex(TableName))?.ItemCount === expected.size);
}

describe('an index that is added to a table', () => {
  test('gets the entries of all items that have its key', async () => {
    const TableName = await server.createTable();
    const items = Array.from({ length: 900 }, (_, i) => ({
      pk: { S: `p${i % 7}` },
      sk: { N: String(i) },
      ...(i % 3 > 0 && { g: { S: `g${i % 5}` } }),
      ...(i % 4 > 0 && { h: { N: String(i * 10) } }),
      v: { S: 'v'.repeat(i % 50) },
      w: { S: 'not projected' },
    }));
    await putAll(TableName, items);
    await addIndex(TableName);
    await waitUntilBuilt(TableName);
    await assertIndexAgrees(TableName);
    const { Count } = await server.client.send(
      new QueryCommand({
        TableName,
        IndexName: 'added',
        KeyConditionExpression: 'g = :g AND h > :h',
        ExpressionAttributeValues: { ':g': { S: 'g1' }, ':h': { N: '4000' } },
      }),
    );
    const expected = items.filter((item) => item.g?.S === 'g1' && Number(item.h?.N) > 4_000);
    assert.equal(Count, expected.length);
  });

  // "Detecting and Correcting Index Key Violations" in the developer guide.
  test('leaves out what can not be its key, and from then on no such item can be written', async () => {
    const TableName = await server.createTable();
    const good = { pk: { S: 'p' }, sk: { N: '0' }, g: { S: 'g' }, h: { N: '1' } };
    const wrongType = { pk: { S: 'p' }, sk: { N: '1' }, g: { N: '5' }, h: { N: '1' } };
    await putAll(TableName, [
      good,
      wrongType,
      { ...good, sk: { N: '2' }, g: { S: 'g'.repeat(2_049) } },
      { ...good, sk: { N: '3' }, g: { S: '' } },
      { ...good, sk: { N: '4' }, g: { M: {} } },
    ]);
    await addIndex(TableName);
    await waitUntilBuilt(TableName);
    assert.deepEqual([...(await scanAll(TableName, 'added')).values()], [good]);

    const Key = { pk: wrongType.pk, sk: wrongType.sk };
    const set = (attribute: string, value: AttributeValue) =>
      server.client.send(
        new UpdateItemCommand({
          TableName,
          Key,
          UpdateExpression: 'SET #a = :a',
          ExpressionAttributeNames: { '#a': attribute },
          ExpressionAttributeValues: { ':a': value },
        }),
      );
    await assert.rejects(
      server.client.send(new PutItemCommand({ TableName, Item: wrongType })),
      validation(
        'One or more parameter values were invalid: ' +
          'Type mismatch for Index Key g Expected: S Actual: N IndexName: added',
      ),
    );
    await assert.rejects(
      set('v', { S: 'x' }),
      validation('The update expression attempted to update the secondary index key to unsupported type'),
    );
    await set('g', { S: 'mended' });
    await server.client.send(new DeleteItemCommand({ TableName, Key: { ...Key, sk: { N: '4' } } }));
    await assertIndexAgrees(TableName);
  });

  test('holds after its build what items became while it was built', async (t) => {
    const seed = chooseSeed(t);
    const random = createSeededRandom(seed);
    const TableName = await server.createTable();
    const keys = 600;
    await putAll(
      TableName,
      Array.from({ length: keys }, (_, i) => drawItem(random, i)),
    );
    let isBuilt = false;
    const writers = Array.from({ length: 6 }, async () => {
      while (!isBuilt) await writeSomething(TableName, random, Math.floor(random() * keys * 1.5));
    });
    await addIndex(TableName);
    await waitUntilBuilt(TableName);
    isBuilt = true;
    await Promise.all(writers);
    await assertIndexAgrees(TableName);
  });

  test('can be deleted while it is built, and added again', async () => {
    const TableName = await server.createTable();
    const random = createSeededRandom(1);
    await putAll(
      TableName,
      Array.from({ length: 1_500 }, (_, i) => drawItem(random, i)),
    );
    await addIndex(TableName);
    const Delete = { IndexName: 'added' };
    await server.client.send(new UpdateTableCommand({ TableName, GlobalSecondaryIndexUpdates: [{ Delete }] }));
    await waitUntil(async () => (await describeIndex(TableName)) === undefined);
    await addIndex(TableName, 'h N HASH, g S RANGE');
    await waitUntilBuilt(TableName);
    await assertIndexAgrees(TableName);
  });
});

/** An item of the key numbered `i`, of which the index has an entry in about half of the cases. */
function drawItem(random: () => number, i: number): Item {
  return {
    pk: { S: `p${i % 13}` },
    sk: { N: String(i) },
    ...(random() < 0.7 && { g: { S: `g${Math.floor(random() * 10)}` } }),
    ...(random() < 0.7 && { h: { N: String(Math.floor(random() * 100)) } }),
    ...(random() < 0.5 && { v: { S: 'v'.repeat(Math.floor(random() * 100)) } }),
  };
}

async function writeSomething(TableName: string, random: () => number, i: number): Promise<void> {
  const item = drawItem(random, i);
  const { pk, sk, g, h } = item;
  const Key = { pk, sk } as Item;
  const kind = random();
  if (kind < 0.4) await server.client.send(new PutItemCommand({ TableName, Item: item }));
  else if (kind < 0.6) await server.client.send(new DeleteItemCommand({ TableName, Key }));
  else {
    await server.client.send(
      new UpdateItemCommand({
        TableName,
        Key,
        UpdateExpression: g === undefined ? 'REMOVE g SET h = :h' : 'SET g = :g, h = :h',
        ExpressionAttributeValues: { ...(g && { ':g': g }), ':h': h ?? { N: '0' } },
      }),
    );
  }
}
