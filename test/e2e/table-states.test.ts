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

/** `{table}`, `{stream}` and `{class}` stand for what they name. */
type Texts = Readonly<Record<keyof typeof SECOND | 'deletion', string>>;

const LIMIT = 'Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table';
const STREAM = { StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' as const } };
const CLASS = { TableClass: 'STANDARD_INFREQUENT_ACCESS' as const };
const unitsOf = (ReadCapacityUnits: number) => ({
  ProvisionedThroughput: { ReadCapacityUnits, WriteCapacityUnits: 1 },
});
const PROVISIONED = { BillingMode: 'PROVISIONED' as const, ...unitsOf(1) };
const REMOVE_INDEX = { GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: 'there' } }] };
const THERE: Partial<CreateTableCommandInput> = {
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'sk', AttributeType: 'N' },
    { AttributeName: 'there', AttributeType: 'S' },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'there',
      KeySchema: [{ AttributeName: 'there', KeyType: 'HASH' }],
      Projection: { ProjectionType: 'ALL' },
    },
  ],
};

/** What is asked for while something else is under way. */
const SECOND = {
  throughput: { BillingMode: 'PROVISIONED', ...unitsOf(2) },
  stream: STREAM,
  tableClass: CLASS,
  onDemand: { OnDemandThroughput: { MaxReadRequestUnits: 5 } },
  index: ADD_INDEX,
} as const satisfies Record<string, Partial<UpdateTableCommandInput>>;

const DURING_THROUGHPUT = {
  throughput: 'Table IOPS are currently being updated. Table: {table}',
  stream: "Can't enable or disable stream while table IOPS are being updated. Table: {table}",
  // After those of the others, as this pair isn't on record.
  tableClass: "Can't update table class while table IOPS are being updated. Table: {table}",
  index: "Can't create or delete indexes while table IOPS are being updated. Table: {table}",
  deletion: 'Table: {table} is in the process of being updated.',
} as const;

function duringIndex(work: string, noun: string, index: string): Texts {
  const tail = `when an index is being ${work}. Table: {table} Indexes: [${index}]`;
  return {
    throughput: `Can't change table IOPS ${tail}`,
    stream: `Can't change stream status ${tail}`,
    // After those of the others.
    tableClass: `Can't update table class ${tail}`,
    onDemand: `OnDemandThroughput cannot be updated while index ${noun} is in progress for indexes: [${index}]`,
    index: LIMIT,
    deletion: 'Cannot delete table while indexes are being created, updated, or deleted.',
  };
}

/** Where not said otherwise, texts are the service's, as public records have them (ack-api-quirks, October 2026). */
const PAIRS: readonly (readonly [
  what: string,
  table: Partial<CreateTableCommandInput>,
  first: Partial<UpdateTableCommandInput>,
  texts: Texts,
])[] = [
  [
    'throughput',
    PROVISIONED,
    unitsOf(3),
    {
      ...DURING_THROUGHPUT,
      onDemand:
        'One or more parameter values were invalid: MaxReadRequestUnits for OnDemandThroughput cannot be specified ' +
        'when the table BillingMode is PROVISIONED',
    },
  ],
  [
    'billing',
    {},
    PROVISIONED,
    {
      ...DURING_THROUGHPUT,
      onDemand: 'OnDemandThroughput cannot be updated while BillingMode update is in progress',
    },
  ],
  [
    'stream',
    {},
    STREAM,
    {
      throughput:
        "Can't change table IOPS when stream status is being updated. " +
        'Table: {table} Stream: {stream} Operation: ENABLE',
      stream: 'A stream status change is currently in progress. Table: {table} Stream: {stream} Operation: ENABLE',
      // On record up to the table's name.
      tableClass:
        "Can't update table class when stream status is being updated. " +
        'Table: {table} Stream: {stream} Operation: ENABLE',
      // On record up to the `i` of `in`.
      onDemand: 'OnDemandThroughput cannot be updated while stream status update is in progress',
      index: "Can't create or delete an index when stream status is being updated.",
      deletion: 'Cannot delete table while stream is being enabled/disabled.',
    },
  ],
  [
    'table class',
    {},
    CLASS,
    {
      // After those of the others.
      throughput:
        "Can't change table IOPS when a table class update is in progress. " +
        'Table: {table} TableClassUpdateInProgress: {class}',
      stream:
        "Can't change stream status when a table class update is in progress. " +
        'Table: {table} TableClassUpdateInProgress: {class}',
      tableClass:
        "Can't update table class when a table class update is in progress. " +
        'Table: {table} TableClassUpdateInProgress: {class}',
      onDemand:
        'OnDemandThroughput cannot be updated while TableClass update is in progress. ' +
        'TableClassUpdateInProgress: {class}',
      index: "Can't create or delete an index when a table class update is in progress.",
      deletion: 'Table: {table} is in the process of being updated.',
    },
  ],
  [
    'new index',
    {},
    ADD_INDEX,
    { ...duringIndex('created', 'creation', 'added'), index: 'Attempting to create an index which already exists' },
  ],
  ['deleted index', THERE, REMOVE_INDEX, duringIndex('deleted', 'deletion', 'there')],
];

function errorOf(text: string): { name: string; message: string } {
  if (text === LIMIT) return { name: 'LimitExceededException', message: text };
  return /^One or more|^Attempting/.test(text) ? validation(text) : inUse(text);
}

describe('while a table is UPDATING', { concurrency: true }, () => {
  const server = useServer({ tableDelaySeconds: DELAY_SECONDS });

  /** An ACTIVE table. */
  async function create(input: Partial<CreateTableCommandInput> = {}): Promise<string> {
    const TableName = await server.createTable(input);
    await waitUntil(async () => (await statuses(server, TableName))[0] === 'ACTIVE');
    return TableName;
  }

  for (const [what, table, first, texts] of PAIRS) {
    test(`for its ${what}, every other change has to wait, but for protection and warm throughput`, async () => {
      const TableName = await create(table);
      await update(server, TableName, first);
      const { LatestStreamLabel = '' } = await described(server, TableName);
      const named = (text: string) =>
        text
          .replace('{table}', TableName)
          .replace('{stream}', LatestStreamLabel)
          .replace('{class}', 'STANDARD_INFREQUENT_ACCESS');
      // Not by the SDK, which tries again after a LimitExceededException.
      const seconds = Object.entries(SECOND).map(async ([member, change]) => {
        const { body: refusal } = await server.call('UpdateTable', { TableName, ...change });
        const { name, message } = errorOf(named(texts[member as keyof Texts]));
        const type = String(refusal['__type']).split('#')[1];
        assert.deepEqual([type, refusal['message']], [name, message], `${what}, then ${member}`);
      });
      await Promise.all(seconds);
      await assert.rejects(removeTable(server, TableName), errorOf(named(texts.deletion)));
      const before = await statuses(server, TableName);
      assert.equal(before[0], 'UPDATING');
      await update(server, TableName, { DeletionProtectionEnabled: true });
      await update(server, TableName, { WarmThroughput: { ReadUnitsPerSecond: 20_000 } });
      await update(server, TableName, { DeletionProtectionEnabled: false });
      assert.deepEqual(await statuses(server, TableName), before);
      assert.equal((await described(server, TableName)).WarmThroughput?.Status, 'UPDATING');
      await waitUntil(async () => (await described(server, TableName)).WarmThroughput?.Status === 'ACTIVE');
      assert.equal((await statuses(server, TableName))[0], 'ACTIVE');
    });
  }

  test('it takes reads and writes', async () => {
    const TableName = await create();
    await update(server, TableName, PROVISIONED);
    await server.client.send(new PutItemCommand({ TableName, Item: ITEM }));
    const { pk, sk } = ITEM;
    const { Item } = await server.client.send(new GetItemCommand({ TableName, Key: { pk, sk } }));
    assert.deepEqual(Item, ITEM);
  });

  test('a new index stays allocating though the billing mode changes in the same request', async () => {
    const TableName = await create(PROVISIONED);
    await update(server, TableName, { ...ADD_INDEX, BillingMode: 'PAY_PER_REQUEST' });
    const { TableStatus, GlobalSecondaryIndexes: [index] = [] } = await described(server, TableName);
    assert.deepEqual([TableStatus, index?.IndexStatus, index?.Backfilling], ['UPDATING', 'CREATING', false]);
  });

  test('an index that is deleted can be neither created again, nor changed, nor deleted', async () => {
    const TableName = await create(THERE);
    await update(server, TableName, REMOVE_INDEX);
    const OnDemandThroughput = { MaxReadRequestUnits: 5 };
    const created = structuredClone(ADD_INDEX);
    const [change] = created.GlobalSecondaryIndexUpdates ?? [];
    if (change?.Create) change.Create.IndexName = 'there';
    const others = [
      created,
      REMOVE_INDEX,
      { GlobalSecondaryIndexUpdates: [{ Update: { IndexName: 'there', OnDemandThroughput } }] },
    ];
    const busy = inUse(`Index is being deleted.  Table: ${TableName} Index: there`);
    for (const other of others) await assert.rejects(update(server, TableName, other), busy);
    // The mode that it has.
    await update(server, TableName, { BillingMode: 'PAY_PER_REQUEST' });
    assert.deepEqual(await statuses(server, TableName), ['UPDATING', 'DELETING']);
  });

  test('what is asked for and there already is answered with UPDATING, and ACTIVE right after', async () => {
    const TableName = await create();
    for (const same of [{ BillingMode: 'PAY_PER_REQUEST' as const }, { TableClass: 'STANDARD' as const }]) {
      const { TableDescription } = await server.client.send(new UpdateTableCommand({ TableName, ...same }));
      assert.equal(TableDescription?.TableStatus, 'UPDATING');
      assert.deepEqual(await statuses(server, TableName), ['ACTIVE']);
    }
  });
});

// "Modifying an Index Creation" in the developer guide; where it says nothing, ack-api-quirks, October 2026.
describe('while the capacity of an index changes', { concurrency: true }, () => {
  const server = useServer({ tableDelaySeconds: DELAY_SECONDS, indexBuildDelaySeconds: 2 * DELAY_SECONDS });

  async function create(input: Partial<CreateTableCommandInput> = {}): Promise<string> {
    const TableName = await server.createTable(input);
    await waitUntil(async () => (await statuses(server, TableName))[0] === 'ACTIVE');
    return TableName;
  }

  const changeOf = (IndexName: string, change: object) => ({
    GlobalSecondaryIndexUpdates: [{ Update: { IndexName, ...change } }],
  });
  const ON_DEMAND = { OnDemandThroughput: { MaxReadRequestUnits: 5 } };

  test('the index is UPDATING, the table ACTIVE, and the index can not be changed again', async () => {
    const TableName = await create(THERE);
    await update(server, TableName, changeOf('there', ON_DEMAND));
    assert.deepEqual(await statuses(server, TableName), ['ACTIVE', 'UPDATING']);
    const busy = inUse(`Index is being updated.  Table: ${TableName} Index: there`);
    await assert.rejects(update(server, TableName, changeOf('there', ON_DEMAND)), busy);
    await assert.rejects(update(server, TableName, REMOVE_INDEX), busy);
    await waitUntil(async () => (await statuses(server, TableName))[1] === 'ACTIVE');
  });

  test('for more warm throughput, index and table stay ACTIVE, but the table can not be deleted', async () => {
    const TableName = await create(THERE);
    await update(server, TableName, changeOf('there', { WarmThroughput: { ReadUnitsPerSecond: 13_000 } }));
    assert.deepEqual(await statuses(server, TableName), ['ACTIVE', 'ACTIVE']);
    const warm = async () => (await described(server, TableName)).GlobalSecondaryIndexes?.[0]?.WarmThroughput?.Status;
    assert.equal(await warm(), 'UPDATING');
    await assert.rejects(
      removeTable(server, TableName),
      inUse(`Table: ${TableName} is in the process of being updated.`),
    );
    await waitUntil(async () => (await warm()) === 'ACTIVE');
    await removeTable(server, TableName);
  });

  test('an index that is being built is UPDATING, goes on backfilling, and is CREATING again', async () => {
    const TableName = await create();
    await update(server, TableName, ADD_INDEX);
    await assert.rejects(
      update(server, TableName, changeOf('added', ON_DEMAND)),
      inUse(`Index is being created but is not backfilling yet.  Table: ${TableName} Index: added`),
    );
    const index = async () => {
      const [{ IndexStatus, Backfilling } = {}] = (await described(server, TableName)).GlobalSecondaryIndexes ?? [];
      return { IndexStatus, Backfilling };
    };
    await waitUntil(async () => (await index()).Backfilling === true);
    await update(server, TableName, changeOf('added', ON_DEMAND));
    assert.deepEqual(await index(), { IndexStatus: 'UPDATING', Backfilling: true });
    await assert.rejects(
      server.client.send(new ScanCommand({ TableName, IndexName: 'added' })),
      validation('Cannot read from backfilling global secondary index: added'),
    );
    await waitUntil(async () => (await index()).IndexStatus === 'CREATING');
    assert.deepEqual(await index(), { IndexStatus: 'CREATING', Backfilling: true });
    await waitUntil(async () => (await index()).IndexStatus === 'ACTIVE');
  });
});

describe('while a table is DELETING', () => {
  const server = useServer({ tableDelaySeconds: DELAY_SECONDS });

  // All texts: ack-api-quirks, October 2026. The API reference has no error for DeleteTable.
  test('it can be neither deleted again, nor changed, nor created', async () => {
    const TableName = await server.createTable();
    await waitUntil(async () => (await statuses(server, TableName))[0] === 'ACTIVE');
    await removeTable(server, TableName);
    const busy = inUse(`Table is being deleted: ${TableName}`);
    await assert.rejects(removeTable(server, TableName), busy);
    await assert.rejects(update(server, TableName, STREAM), busy);
    await assert.rejects(
      server.client.send(
        new CreateTableCommand({
          TableName,
          BillingMode: 'PAY_PER_REQUEST',
          KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
          AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        }),
      ),
      { name: 'ResourceInUseException', message: `Table already exists: ${TableName}` },
    );
    assert.deepEqual(await statuses(server, TableName), ['DELETING']);
  });
});
