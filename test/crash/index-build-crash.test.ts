/** A server that is killed while it builds an index goes on with it, and ends with every entry and no other. */
import {
  BatchWriteItemCommand,
  CreateTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  ScanCommand,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { waitUntil } from '../e2e/wait-until.ts';
import { checkFolder, withServer } from './crashing-server.ts';

const TableName = 'Built';
const ITEMS = 6_000;

async function createFilledTable(client: DynamoDBClient): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
    }),
  );
  const items = Array.from({ length: ITEMS }, (_, i) => ({
    pk: { S: `p${i}` },
    ...(i % 3 > 0 && { g: { S: `g${i % 11}` } }),
  }));
  for (let at = 0; at < ITEMS; at += 25) {
    const requests = items.slice(at, at + 25).map((Item) => ({ PutRequest: { Item } }));
    await client.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: requests } }));
  }
}

async function addIndex(client: DynamoDBClient): Promise<void> {
  const Create = {
    IndexName: 'added',
    KeySchema: [{ AttributeName: 'g', KeyType: 'HASH' as const }],
    Projection: { ProjectionType: 'ALL' as const },
  };
  await client.send(
    new UpdateTableCommand({
      TableName,
      AttributeDefinitions: [{ AttributeName: 'g', AttributeType: 'S' }],
      GlobalSecondaryIndexUpdates: [{ Create }],
    }),
  );
}

async function describeIndex(client: DynamoDBClient): Promise<{ status: string | undefined; items: number }> {
  const { Table } = await client.send(new DescribeTableCommand({ TableName }));
  const index = Table?.GlobalSecondaryIndexes?.[0];
  return { status: index?.IndexStatus, items: index?.ItemCount ?? 0 };
}

test('an index that was being built when the server was killed is built to its end', async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'stator-build-'));
  t.after(() => rmSync(dataDir, { recursive: true, force: true }));
  const args = ['--data-dir', dataDir];
  await withServer(args, async (client) => {
    await createFilledTable(client);
    await addIndex(client);
    await waitUntil(async () => (await describeIndex(client)).items > 0);
  });
  await checkFolder(dataDir);
  const left = await withServer(args, describeIndex);
  t.diagnostic(`killed with ${left.items} entries there, ${left.status}`);
  await checkFolder(dataDir);
  await withServer(args, async (client) => {
    await waitUntil(async () => (await describeIndex(client)).status === 'ACTIVE');
    const expected = ITEMS - ITEMS / 3;
    const { Count } = await client.send(new ScanCommand({ TableName, IndexName: 'added', Select: 'COUNT' }));
    assert.equal(Count, expected);
    assert.equal((await describeIndex(client)).items, expected);
  });
  await checkFolder(dataDir);
});
