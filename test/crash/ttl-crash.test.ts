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

/** Kills a server on the store twice, and lets a third one end the work; `check` looks at the store after each. */
async function expireThroughKills(t: TestContext, store: readonly string[], check: () => Promise<void>): Promise<void> {
  const args = [...store, '--ttl-interval', '1'];
  await withServer(args, async (client, server) => {
    await createFilledTable(client);
    const TimeToLiveSpecification = { AttributeName: 't', Enabled: true };
    await client.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
    t.diagnostic(`killed while it is ${await readStatus(client)}`);
    await server.stop('SIGKILL');
  });
  await check();
  await withServer(args, async (client, server) => {
    await waitUntil(async () => (await countItems(client)) < ITEMS);
    await server.stop('SIGKILL');
  });
  await check();
  await withServer(args, async (client) => {
    const left = await scanCount(client);
    t.diagnostic(`${left} items are there after the second death, of which ${KEPT} are to stay`);
    assert.ok(KEPT < left && left < ITEMS, 'it was in the middle of the work');
    await waitUntil(async () => (await countItems(client)) === KEPT);
    assert.equal(await readStatus(client), 'ENABLED');
    for (const IndexName of [undefined, 'by-g']) assert.equal(await scanCount(client, IndexName), KEPT);
  });
  await check();
}

test('items that were expiring when the server was killed expire, and no others', async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'stator-ttl-'));
  t.after(() => rmSync(dataDir, { recursive: true, force: true }));
  await expireThroughKills(t, ['--data-dir', dataDir], () => checkFolder(dataDir));
});

test('they do on PostgreSQL, too', async (t) => {
  const database = await openTestDatabase();
  t.after(() => database.drop());
  await expireThroughKills(t, ['--storage', database.url], () => checkDatabase(database.url));
});
