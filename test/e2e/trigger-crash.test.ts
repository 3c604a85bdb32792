/** Triggers of a server that is killed again and again: every acknowledged change reaches the function, in order. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreateTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { MAIN, type ServerProcess, findFreePort, startServerProcess } from '../server-process.ts';
import { makeStore } from './store.ts';
import { addTrigger, enableStream, openLambda, startFunctionServer } from './trigger-functions.ts';
import { waitUntil } from './wait-until.ts';

const ITEMS = 8;
const KILLS = 3;
const WRITES_BETWEEN = 12;

test('a crash loses no change, and none of an item comes before the one that it follows on', async () => {
  const store = await makeStore();
  const port = await findFreePort();
  const start = async (): Promise<ServerProcess> =>
    await startServerProcess(process.execPath, [MAIN, 'start', '--port', String(port), ...store.args]);
  let server = await start();
  const { endpoint } = server;
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
  const TableName = 'table';
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'N' }],
    }),
  );
  const functions = await startFunctionServer();
  await addTrigger(openLambda(endpoint), {
    FunctionName: functions.url,
    EventSourceArn: await enableStream(client, TableName),
    BatchSize: 3,
    ParallelizationFactor: 4,
  });

  /** By items: the versions that were acknowledged. Others may have been written too. */
  const acknowledged = Array.from({ length: ITEMS }, (): number[] => []);
  const next = acknowledged.map(() => 0);
  const write = async (pk: number): Promise<void> => {
    const version = next[pk] ?? 0;
    next[pk] = version + 1;
    const Item = { pk: { N: String(pk) }, version: { N: String(version) } };
    await client.send(new PutItemCommand({ TableName, Item }));
    acknowledged[pk]?.push(version);
  };
  const writeAll = async (count: number): Promise<void> => {
    const writers = acknowledged.map(async (_, pk) => {
      for (let i = 0; i < count; i++) await write(pk);
    });
    await Promise.allSettled(writers);
  };

  for (let kill = 0; kill < KILLS; kill++) {
    const { length } = functions.calls;
    const writing = writeAll(WRITES_BETWEEN);
    await waitUntil(async () => functions.calls.length > length + 2);
    await server.stop('SIGKILL');
    await writing;
    server = await start();
  }
  await writeAll(WRITES_BETWEEN);
  const delivered = () => {
    const seen = acknowledged.map((): number[] => []);
    for (const { dynamodb } of functions.calls.flatMap(({ records }) => records)) {
      const version = Number(dynamodb?.NewImage?.['version']?.N);
      const versions = seen[Number(dynamodb?.Keys?.['pk']?.N)];
      if (versions?.includes(version) === false) versions.push(version);
    }
    return seen;
  };
  await waitUntil(async () => {
    const seen = delivered();
    return acknowledged.every((versions, pk) => versions.every((version) => seen[pk]?.includes(version)));
  });
  for (const versions of delivered()) {
    assert.deepEqual(
      versions,
      versions.toSorted((a, b) => a - b),
    );
  }
  assert.ok(acknowledged.flat().length >= ITEMS * WRITES_BETWEEN);
  client.destroy();
  await server.stop('SIGTERM');
});
