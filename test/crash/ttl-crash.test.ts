/** A server that is killed while items expire goes on, and leaves items, indexes and expiries as they belong. */
import {
  BatchWriteItemCommand,
  CreateTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  ScanCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { checkStore } from '../../src/items/check-store.ts';
import { openTarget } from '../../src/open-storage.ts';
import { waitUntil } from '../e2e/wait-until.ts';
import { openTestDatabase } from '../postgres.ts';
import { checkFolder, withServer } from './crashing-server.ts';

const TableName = 'Expiring';
const ITEMS = 3_000;
const KEPT = ITEMS / 3;
/** How servers are told to look for expired items. */
const OFTEN = ['--ttl-interval', '1'];

async function createFilledTable(client: DynamoDBClient): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'g', AttributeType: 'S' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'by-g',
          KeySchema: [{ AttributeName: 'g', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
    }),
  );
  const now = Math.floor(Date.now() / 1_000);
  const items = Array.from({ length: ITEMS }, (_, i) => ({
    pk: { S: `p${i}` },
    g: { S: `g${i % 11}` },
    t: { N: String(i % 3 === 0 ? now + 86_400 : now - 1 - i) },
  }));
  for (let at = 0; at < ITEMS; at += 25) {
    const requests = items.slice(at, at + 25).map((Item) => ({ PutRequest: { Item } }));
    await client.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: requests } }));
  }
}

async function readStatus(client: DynamoDBClient): Promise<string | undefined> {
  const { TimeToLiveDescription } = await client.send(new DescribeTimeToLiveCommand({ TableName }));
  return TimeToLiveDescription?.TimeToLiveStatus;
}

async function countItems(client: DynamoDBClient): Promise<number> {
  return (await client.send(new DescribeTableCommand({ TableName }))).Table?.ItemCount ?? 0;
}

async function scanCount(client: DynamoDBClient, IndexName?: string): Promise<number> {
  const ConsistentRead = IndexName === undefined;
  const { Count, LastEvaluatedKey } = await client.send(
    new ScanCommand({ TableName, IndexName, Select: 'COUNT', ConsistentRead }),
  );
  assert.equal(LastEvaluatedKey, undefined);
  return Count ?? 0;
}

/** What `stator check` looks at in a folder, in a database that nobody writes to. */
async function checkDatabase(url: string): Promise<void> {
  const { engine, close } = await openTarget({ kind: 'postgres', url, mustExist: true });
  try {
    const problems: string[] = [];
    await checkStore(engine, (problem) => problems.push(problem));
    assert.deepEqual(problems, []);
  } finally {
    await close();
  }
}

async function enableExpiry(client: DynamoDBClient): Promise<void> {
  const TimeToLiveSpecification = { AttributeName: 't', Enabled: true };
  await client.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
}

/** Resolves in the middle of the work. */
async function waitForExpiry(client: DynamoDBClient): Promise<void> {
  await waitUntil(async () => (await countItems(client)) < ITEMS);
}

/** Resolves when what should expire has, of which something has to be left. */
async function assertGoesOn(t: TestContext, client: DynamoDBClient): Promise<void> {
  const left = await scanCount(client);
  t.diagnostic(`${left} items are there, of which ${KEPT} are to stay`);
  assert.ok(KEPT < left && left < ITEMS, 'the last server died in the middle of its work');
  await waitUntil(async () => (await countItems(client)) === KEPT);
  assert.equal(await readStatus(client), 'ENABLED');
  for (const IndexName of [undefined, 'by-g']) assert.equal(await scanCount(client, IndexName), KEPT);
}

test('items that were expiring when the server was killed expire, and no others', async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'stator-ttl-'));
  t.after(() => rmSync(dataDir, { recursive: true, force: true }));
  const args = ['--data-dir', dataDir, ...OFTEN];
  await withServer(args, async (client) => {
    await createFilledTable(client);
    await enableExpiry(client);
    t.diagnostic(`killed while it is ${await readStatus(client)}`);
  });
  await checkFolder(dataDir);
  await withServer(args, waitForExpiry);
  await checkFolder(dataDir);
  await withServer(args, (client) => assertGoesOn(t, client));
  await checkFolder(dataDir);
});

test('they do on PostgreSQL, where another node takes over', async (t) => {
  const database = await openTestDatabase();
  t.after(() => database.drop());
  const args = ['--storage', database.url, ...OFTEN];
  await withServer(args, async (client) => {
    await createFilledTable(client);
    await enableExpiry(client);
    await waitForExpiry(client);
  });
  await checkDatabase(database.url);
  await withServer(args, (client) => assertGoesOn(t, client));
  await checkDatabase(database.url);
});
