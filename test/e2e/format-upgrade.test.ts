/** A data folder of format 1, as programs wrote it before definitions had states and sizes of item collections. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import {
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import { startStator } from '../../src/index.ts';
import { CATALOG_SPACE } from '../../src/tables/spaces.ts';

const TableName = 'things';
const OLD = { pk: { S: 'p' }, sk: { N: '1' }, l: { S: 'old' } };

async function withServer<Result>(dataDir: string, use: (client: DynamoDBClient) => Promise<Result>): Promise<Result> {
  const stator = await startStator({ dataDir, port: 0, logLevel: 'error' });
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new DynamoDBClient({ endpoint: stator.endpoint, region: 'us-east-1', credentials });
  try {
    return await use(client);
  } finally {
    client.destroy();
    await stator.close();
  }
}

async function createTable(client: DynamoDBClient): Promise<void> {
  const definitions = { pk: 'S', sk: 'N', l: 'S' } as const;
  const keySchema = (sortKey: string) => [
    { AttributeName: 'pk', KeyType: 'HASH' as const },
    { AttributeName: sortKey, KeyType: 'RANGE' as const },
  ];
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: Object.entries(definitions).map(([AttributeName, AttributeType]) => ({
        AttributeName,
        AttributeType,
      })),
      KeySchema: keySchema('sk'),
      LocalSecondaryIndexes: [{ IndexName: 'local', KeySchema: keySchema('l'), Projection: { ProjectionType: 'ALL' } }],
    }),
  );
}

interface StoredDefinition {
  readonly version: number | undefined;
  readonly table: Readonly<Record<string, unknown>>;
}

/** Opens the closed store; `write` replaces the table's definition. */
function openDefinition(dataDir: string) {
  const db = new Database(join(dataDir, 'stator.db'));
  return {
    db,
    read: (): StoredDefinition => {
      const value = db.prepare<[number], Buffer>('SELECT value FROM entry WHERE space = ?').pluck().get(CATALOG_SPACE);
      assert.ok(value);
      return { version: value[0], table: JSON.parse(value.subarray(1).toString()) as StoredDefinition['table'] };
    },
    write: (version: number, table: object): void => {
      const value = Buffer.concat([Buffer.of(version), Buffer.from(JSON.stringify(table))]);
      db.prepare('UPDATE entry SET value = ? WHERE space = ?').run(value, CATALOG_SPACE);
    },
  };
}

test('is read and written on, without sizes of the item collections that it did not count', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'stator-format-'));
  await withServer(dataDir, async (client) => {
    await createTable(client);
    await client.send(new PutItemCommand({ TableName, Item: OLD }));
  });
  const before = openDefinition(dataDir);
  const { collectionSpace, ...table } = before.read().table;
  assert.equal(typeof collectionSpace, 'number');
  before.write(1, table);
  before.db.pragma('user_version = 1');
  before.db.close();

  await withServer(dataDir, async (client) => {
    const { pk, sk } = OLD;
    assert.deepEqual((await client.send(new GetItemCommand({ TableName, Key: { pk, sk } }))).Item, OLD);
    const Item = { ...OLD, sk: { N: '2' } };
    const written = await client.send(new PutItemCommand({ TableName, Item, ReturnItemCollectionMetrics: 'SIZE' }));
    assert.equal(written.ItemCollectionMetrics, undefined);
    const { Items } = await client.send(
      new QueryCommand({
        TableName,
        IndexName: 'local',
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': pk },
      }),
    );
    assert.deepEqual(Items, [OLD, Item]);
    await client.send(new UpdateTableCommand({ TableName, DeletionProtectionEnabled: true }));
  });
  const after = openDefinition(dataDir);
  assert.equal(after.read().version, 3);
  assert.equal(after.db.pragma('user_version', { simple: true }), 3);
  after.db.close();
  rmSync(dataDir, { recursive: true });
});
