/** A server that is killed while items expire goes on, and leaves items, indexes and expiries as they belong. */
import {
  BatchWriteItemCommand,
  CreateTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  ScanCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { waitUntil } from '../e2e/wait-until.ts';
import { MAIN, startServerProcess } from '../server-process.ts';
import type { ServerProcess } from '../server-process.ts';

const TableName = 'Expiring';
const ITEMS = 6_000;
const KEPT = ITEMS / 3;

async function withServer<T>(
  dataDir: string,
  use: (client: DynamoDBClient, server: ServerProcess) => Promise<T>,
): Promise<T> {
  const args = [MAIN, 'start', '--port', '0', '--data-dir', dataDir, '--log-level', 'warn', '--ttl-interval', '1'];
  const server = await startServerProcess(process.execPath, args);
  const credentials = { accessKeyId: 'crash', secretAccessKey: 'crash' };
  const client = new DynamoDBClient({ endpoint: server.endpoint, region: 'us-east-1', credentials });
  try {
    return await use(client, server);
  } finally {
    client.destroy();
    await server.stop('SIGKILL');
  }
}

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

async function checkFolder(dataDir: string): Promise<void> {
  await promisify(execFile)(process.execPath, [MAIN, 'check', '--data-dir', dataDir]);
}

test('items that were expiring when the server was killed expire, and no others', async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'stator-ttl-'));
  t.after(() => rmSync(dataDir, { recursive: true, force: true }));
  await withServer(dataDir, async (client, server) => {
    await createFilledTable(client);
    const TimeToLiveSpecification = { AttributeName: 't', Enabled: true };
    await client.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
    t.diagnostic(`killed while it is ${await readStatus(client)}`);
    await server.stop('SIGKILL');
  });
  await checkFolder(dataDir);
  const left = await withServer(dataDir, async (client, server) => {
    await waitUntil(async () => (await countItems(client)) < ITEMS);
    const items = await countItems(client);
    await server.stop('SIGKILL');
    return items;
  });
  t.diagnostic(`killed with ${left} items there, of which ${KEPT} are to stay`);
  await checkFolder(dataDir);
  await withServer(dataDir, async (client) => {
    await waitUntil(async () => (await countItems(client)) === KEPT);
    assert.equal(await readStatus(client), 'ENABLED');
    for (const IndexName of [undefined, 'by-g']) {
      const { Count } = await client.send(new ScanCommand({ TableName, IndexName, Select: 'COUNT' }));
      assert.equal(Count, KEPT);
    }
  });
  await checkFolder(dataDir);
});
