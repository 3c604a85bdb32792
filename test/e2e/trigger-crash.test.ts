/** Triggers of a server that is killed again and again: every acknowledged change reaches the function, in order. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CreateTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { MAIN, type ServerProcess, findFreePort, startServerProcess } from '../server-process.ts';
import { makeFolder } from './program.ts';
import { TEST_STORAGE, makeStore } from './store.ts';
import { addTrigger, enableStream, numbersOf, openLambda, startFunctionServer } from './trigger-functions.ts';
import { waitUntil } from './wait-until.ts';

const ITEMS = 8;
const KILLS = 3;
const WRITES_BETWEEN = 12;

function openClient(endpoint: string): DynamoDBClient {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  return new DynamoDBClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
}

async function createTable(client: DynamoDBClient, TableName: string): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'N' }],
    }),
  );
}

test('a crash loses no change, and none of an item comes before the one that it follows on', async () => {
  const store = await makeStore();
  const port = await findFreePort();
  const start = async (): Promise<ServerProcess> =>
    await startServerProcess(process.execPath, [MAIN, 'start', '--port', String(port), ...store.args]);
  let server = await start();
  const { endpoint } = server;
  const client = openClient(endpoint);
  const TableName = 'table';
  await createTable(client, TableName);
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

const NODES = { skip: process.env[TEST_STORAGE] === 'postgres' ? false : 'a data folder is for one server' };

test('nodes share triggers, and those of one that is killed go on at another', NODES, async () => {
  const store = await makeStore();
  const start = async (): Promise<ServerProcess> =>
    await startServerProcess(process.execPath, [MAIN, 'start', '--port', '0', ...store.args]);
  const [first, second] = await Promise.all([start(), start()]);
  const client = openClient(second.endpoint);
  const lambda = openLambda(second.endpoint);
  const put = async (TableName: string, pk: number): Promise<void> =>
    void (await client.send(new PutItemCommand({ TableName, Item: { pk: { N: String(pk) } } })));
  const tables = ['table-1', 'table-2', 'table-3', 'table-4'];
  const functions = await Promise.all(
    tables.map(async (name) => {
      await createTable(client, name);
      const EventSourceArn = await enableStream(client, name);
      const target = await startFunctionServer();
      await addTrigger(lambda, { FunctionName: target.url, EventSourceArn });
      return target;
    }),
  );
  const waitForAll = async (pk: number): Promise<void> =>
    await waitUntil(async () => functions.every(({ calls }) => numbersOf(calls, 'pk').includes(pk)));
  await Promise.all(tables.map((table) => put(table, 1)));
  await waitForAll(1);
  await first.stop('SIGKILL');
  await Promise.all(tables.map((table) => put(table, 2)));
  await waitForAll(2);
  for (const { calls } of functions) {
    const numbers = numbersOf(calls, 'pk');
    assert.deepEqual([...new Set(numbers)], [1, 2]);
  }
  client.destroy();
  await second.stop('SIGTERM');
});

test('functions in files run at the nodes that have them', NODES, async () => {
  const store = await makeStore();
  const start = async (...args: readonly string[]): Promise<ServerProcess> =>
    await startServerProcess(process.execPath, [MAIN, 'start', '--port', '0', ...store.args, ...args]);
  const functions = fileURLToPath(new URL('functions', import.meta.url));
  const [without, other] = await Promise.all([start(), start('--functions', functions)]);
  const client = openClient(other.endpoint);
  const lambda = openLambda(other.endpoint);
  const folder = makeFolder();
  // Half of them, or so, would be taken by the node that can't run them.
  const tables = ['table-1', 'table-2', 'table-3', 'table-4', 'table-5'];
  for (const TableName of tables) {
    await createTable(client, TableName);
    const EventSourceArn = await enableStream(client, TableName);
    await addTrigger(lambda, { FunctionName: 'file:collect-changes.ts', EventSourceArn });
    const Item = { pk: { N: '1' }, n: { N: '1' }, file: { S: join(folder, TableName) } };
    await client.send(new PutItemCommand({ TableName, Item }));
  }
  await waitUntil(async () => tables.every((table) => existsSync(join(folder, table))));
  client.destroy();
  await Promise.all([without.stop('SIGTERM'), other.stop('SIGTERM')]);
});
