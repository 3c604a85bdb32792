/** The table that the crash test writes to, with one index of each kind, and all that it holds. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { paginateScan } from '@aws-sdk/lib-dynamodb';
import { CreateTableCommand, DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import assert from 'node:assert/strict';
import { keyOf } from './model.ts';
import type { CrashItem } from './model.ts';

export const TABLE_NAME = 'Crash';
/** The key of the counter that all clients add to. */
export const HITS_KEY = { pk: 'shared', sk: 'hits' };

export async function createCrashTable(client: DynamoDBDocumentClient): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName: TABLE_NAME,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
        { AttributeName: 'owner', AttributeType: 'S' },
        { AttributeName: 'stamp', AttributeType: 'N' },
      ],
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'ByOwner',
          KeySchema: [
            { AttributeName: 'owner', KeyType: 'HASH' },
            { AttributeName: 'stamp', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
      LocalSecondaryIndexes: [
        {
          IndexName: 'ByStamp',
          KeySchema: [
            { AttributeName: 'pk', KeyType: 'HASH' },
            { AttributeName: 'stamp', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
      ],
    }),
  );
}

/** Everything in the table, by `keyOf`, and the common counter's value. */
export async function readTable(
  client: DynamoDBDocumentClient,
): Promise<{ items: Map<string, CrashItem>; hits: number }> {
  const items = await scanAll(client);
  const counter = items.get(keyOf(HITS_KEY));
  items.delete(keyOf(HITS_KEY));
  return { items, hits: counter?.counter ?? 0 };
}

/** All that the table holds, as `readTable` gives it. */
interface TableContent {
  readonly items: ReadonlyMap<string, CrashItem>;
  readonly hits: number;
}

/** Throws if an index does not agree with the table's items. */
export async function verifyIndexes(client: DynamoDBDocumentClient, { items }: TableContent): Promise<void> {
  const inByOwner = [...items].filter(([, item]) => item.owner !== undefined && item.stamp !== undefined);
  assert.deepEqual(await scanAll(client, 'ByOwner'), new Map(inByOwner), 'ByOwner agrees with the table');

  const inByStamp = [...items].filter(([, item]) => item.stamp !== undefined);
  const keys = inByStamp.map(([key, { pk, sk, stamp }]) => [key, { pk, sk, stamp }] as const);
  assert.deepEqual(await scanAll(client, 'ByStamp'), new Map(keys), 'ByStamp agrees with the table');
}

/** Throws if the table's description does not agree with what it holds. */
export async function verifyItemCount(client: DynamoDBDocumentClient, { items, hits }: TableContent): Promise<void> {
  const { Table } = await client.send(new DescribeTableCommand({ TableName: TABLE_NAME }));
  assert.equal(Table?.ItemCount, items.size + (hits > 0 ? 1 : 0), 'ItemCount agrees with the table');
}

async function scanAll(client: DynamoDBDocumentClient, IndexName?: string): Promise<Map<string, CrashItem>> {
  const target = IndexName === undefined ? { ConsistentRead: true } : { IndexName };
  const found = new Map<string, CrashItem>();
  for await (const page of paginateScan({ client }, { TableName: TABLE_NAME, ...target })) {
    for (const item of (page.Items ?? []) as CrashItem[]) {
      assert(!found.has(keyOf(item)), `${keyOf(item)} comes once`);
      found.set(keyOf(item), item);
    }
  }
  return found;
}
