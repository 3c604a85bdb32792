/** What can be seen and done while tables and indexes are created, updated and deleted, where that takes a while. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DeleteTableCommand,
  DescribeTableCommand,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
  type TableDescription,
  UpdateTableCommand,
  type UpdateTableCommandInput,
  waitUntilTableExists,
  waitUntilTableNotExists,
} from '@aws-sdk/client-dynamodb';
import { TABLE_NOT_FOUND, validation } from './errors.ts';
import { useServer } from './server.ts';
import { waitUntil } from './wait-until.ts';

/** Long enough that a few requests come before it is over. */
const DELAY_SECONDS = 3;
/** For tests that never wait for the end. */
const LONG_SECONDS = 3_600;

type Server = ReturnType<typeof useServer>;

const IN_USE = 'Attempt to change a resource which is still in use: ';
const ITEM = { pk: { S: 'p' }, sk: { N: '1' }, g: { S: 'g' } };

function inUse(message: string): { name: string; message: string } {
  return { name: 'ResourceInUseException', message: IN_USE + message };
}

async function described({ client }: Server, TableName: string): Promise<TableDescription> {
  const { Table } = await client.send(new DescribeTableCommand({ TableName }));
  assert.ok(Table);
  return Table;
}

async function update({ client }: Server, TableName: string, change: Partial<UpdateTableCommandInput>): Promise<void> {
  await client.send(new UpdateTableCommand({ TableName, ...change }));
}

/** The statuses of the table, then of its global indexes. */
async function statuses(server: Server, TableName: string): Promise<(string | undefined)[]> {
  const { TableStatus, GlobalSecondaryIndexes = [] } = await described(server, TableName);
  return [TableStatus, ...GlobalSecondaryIndexes.map(({ IndexStatus }) => IndexStatus)];
}

const ADD_INDEX: Partial<UpdateTableCommandInput> = {
  AttributeDefinitions: [{ AttributeName: 'g', AttributeType: 'S' }],
  GlobalSecondaryIndexUpdates: [
    {
      Create: {
        IndexName: 'added',
        KeySchema: [{ AttributeName: 'g', KeyType: 'HASH' }],
        Projection: { ProjectionType: 'ALL' },
      },
    },
  ],
};

function removeTable({ client }: Server, TableName: string): Promise<unknown> {
  return client.send(new DeleteTableCommand({ TableName }));
}

describe('with a delay', () => {
  const server = useServer({ tableDelaySeconds: DELAY_SECONDS, indexBuildDelaySeconds: DELAY_SECONDS });
  const waiting = () => ({ client: server.client, maxWaitTime: 60, minDelay: 1, maxDelay: 1 });

  test('a table is waited for, changed, and waited for until it is gone', async () => {
    const TableName = await server.createTable();
    assert.deepEqual(await statuses(server, TableName), ['CREATING']);
    await waitUntilTableExists(waiting(), { TableName });
    assert.deepEqual(await statuses(server, TableName), ['ACTIVE']);

    await server.client.send(new PutItemCommand({ TableName, Item: ITEM }));
    await update(server, TableName, ADD_INDEX);
    assert.deepEqual(await statuses(server, TableName), ['UPDATING', 'CREATING']);
    const [allocated] = (await described(server, TableName)).GlobalSecondaryIndexes ?? [];
    assert.equal(allocated?.Backfilling, false);
    await waitUntil(async () => (await statuses(server, TableName))[0] === 'ACTIVE');
    const [backfilled] = (await described(server, TableName)).GlobalSecondaryIndexes ?? [];
    assert.deepEqual([backfilled?.IndexStatus, backfilled?.Backfilling], ['CREATING', true]);
    await waitUntil(async () => (await statuses(server, TableName))[1] === 'ACTIVE');
    const { Items } = await server.client.send(new ScanCommand({ TableName, IndexName: 'added' }));
    assert.deepEqual(Items, [ITEM]);

    const Delete = { IndexName: 'added' };
    await update(server, TableName, { GlobalSecondaryIndexUpdates: [{ Delete }] });
    assert.deepEqual(await statuses(server, TableName), ['UPDATING', 'DELETING']);
    await waitUntil(async () => (await statuses(server, TableName)).join() === 'ACTIVE');

    await removeTable(server, TableName);
    assert.deepEqual(await statuses(server, TableName), ['DELETING']);
    await waitUntilTableNotExists(waiting(), { TableName });
  });
});

describe('while a table is CREATING', () => {
  const server = useServer({ tableDelaySeconds: LONG_SECONDS });

  test('its items are not found', async () => {
    const TableName = await server.createTable();
    const { client } = server;
    const { pk, sk } = ITEM;
    await assert.rejects(client.send(new PutItemCommand({ TableName, Item: ITEM })), TABLE_NOT_FOUND);
    await assert.rejects(client.send(new GetItemCommand({ TableName, Key: { pk, sk } })), TABLE_NOT_FOUND);
    await assert.rejects(client.send(new ScanCommand({ TableName })), TABLE_NOT_FOUND);
  });

  test('it can be neither changed, nor deleted, nor created', async () => {
    const TableName = await server.createTable();
    const busy = inUse(`Table is being created: ${TableName}`);
    await assert.rejects(update(server, TableName, { DeletionProtectionEnabled: true }), busy);
    await assert.rejects(removeTable(server, TableName), busy);
    const again: CreateTableCommandInput = {
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
    };
    await assert.rejects(server.client.send(new CreateTableCommand(again)), busy);
  });
});

describe('while an index is built', () => {
  const server = useServer({ indexBuildDelaySeconds: LONG_SECONDS });

  test('it takes writes and can not be read', async () => {
    const TableName = await server.createTable();
    await update(server, TableName, ADD_INDEX);
    await server.client.send(new PutItemCommand({ TableName, Item: ITEM }));
    await assert.rejects(
      server.client.send(new ScanCommand({ TableName, IndexName: 'added' })),
      validation('Cannot read from backfilling global secondary index: added'),
    );
    await waitUntil(async () => (await described(server, TableName)).GlobalSecondaryIndexes?.[0]?.ItemCount === 1);
    assert.deepEqual(await statuses(server, TableName), ['ACTIVE', 'CREATING']);
  });

  test('no other index can be created, and the table not deleted', async () => {
    const TableName = await server.createTable();
    await update(server, TableName, ADD_INDEX);
    const other = structuredClone(ADD_INDEX);
    const [change] = other.GlobalSecondaryIndexUpdates ?? [];
    if (change?.Create) change.Create.IndexName = 'other';
    await assert.rejects(update(server, TableName, other), {
      name: 'LimitExceededException',
      message: 'Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table',
    });
    await assert.rejects(
      removeTable(server, TableName),
      inUse('Cannot delete table while indexes are being created, updated, or deleted.'),
    );
    const Delete = { IndexName: 'added' };
    await update(server, TableName, { GlobalSecondaryIndexUpdates: [{ Delete }] });
    assert.deepEqual(await statuses(server, TableName), ['ACTIVE']);
    await removeTable(server, TableName);
  });
});

describe('while a table is UPDATING', { concurrency: true }, () => {
  const PROVISIONED = { ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 } };
  const MORE = { ProvisionedThroughput: { ReadCapacityUnits: 2, WriteCapacityUnits: 1 } };
  const STREAM = { StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' as const } };
  const server = useServer({ tableDelaySeconds: DELAY_SECONDS });

  /** An ACTIVE table. */
  async function create(): Promise<string> {
    const TableName = await server.createTable({ BillingMode: 'PROVISIONED', ...PROVISIONED });
    await waitUntil(async () => (await statuses(server, TableName))[0] === 'ACTIVE');
    return TableName;
  }

  const cases = [
    [MORE, PROVISIONED, 'Table IOPS are currently being updated. Table: {table}'],
    [MORE, STREAM, "Can't enable or disable stream while table IOPS are being updated. Table: {table}"],
    [MORE, ADD_INDEX, "Can't create or delete indexes while table IOPS are being updated. Table: {table}"],
    [STREAM, ADD_INDEX, "Can't create or delete an index when stream status is being updated."],
  ] as const;
  for (const [first, second, text] of cases) {
    test(`for ${Object.keys(first).join()}, ${Object.keys(second).join()} has to wait`, async () => {
      const TableName = await create();
      await update(server, TableName, first);
      await assert.rejects(update(server, TableName, second), inUse(text.replace('{table}', TableName)));
    });
  }

  test('it takes reads and writes, and can be protected, but not deleted', async () => {
    const TableName = await create();
    await update(server, TableName, MORE);
    await assert.rejects(
      removeTable(server, TableName),
      inUse(`Table: ${TableName} is in the process of being updated.`),
    );
    await server.client.send(new PutItemCommand({ TableName, Item: ITEM }));
    await update(server, TableName, { DeletionProtectionEnabled: true });
  });

  test('being DELETING, it stays so', async () => {
    const TableName = await create();
    await removeTable(server, TableName);
    await removeTable(server, TableName);
    await assert.rejects(update(server, TableName, MORE), inUse(`Table is being deleted: ${TableName}`));
  });
});
