/**
 * UpdateTable of global secondary indexes; how one is built while items are written is in index-build.test.ts. Texts
 * are the service's, as public records of its answers have them (ack-api-quirks, October 2026).
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type AttributeDefinition,
  type CreateGlobalSecondaryIndexAction,
  type CreateTableCommandInput,
  DescribeTableCommand,
  type GlobalSecondaryIndex,
  type GlobalSecondaryIndexUpdate,
  type KeySchemaElement,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  type TableDescription,
  UpdateTableCommand,
  type UpdateTableCommandInput,
} from '@aws-sdk/client-dynamodb';
import { validation } from './errors.ts';
import { useServer } from './server.ts';
import { waitUntil } from './wait-until.ts';

const server = useServer();

const INVALID = 'One or more parameter values were invalid: ';
const ONE_AT_A_TIME = {
  name: 'LimitExceededException',
  message: 'Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table',
};

type Change = Omit<UpdateTableCommandInput, 'TableName'>;

async function update(TableName: string, change: Change): Promise<TableDescription> {
  const { TableDescription } = await server.client.send(new UpdateTableCommand({ TableName, ...change }));
  assert.ok(TableDescription);
  return TableDescription;
}

async function described(TableName: string): Promise<TableDescription> {
  const { Table } = await server.client.send(new DescribeTableCommand({ TableName }));
  assert.ok(Table);
  return Table;
}

async function untilIdle(TableName: string): Promise<void> {
  await waitUntil(async () => {
    const { GlobalSecondaryIndexes = [] } = await described(TableName);
    return GlobalSecondaryIndexes.every(({ IndexStatus }) => IndexStatus === 'ACTIVE');
  });
}

/** `'a HASH, b RANGE'` as a KeySchema. */
function keys(text: string): KeySchemaElement[] {
  return text.split(', ').map((element) => {
    const [AttributeName, KeyType] = element.split(' ') as [string, 'HASH' | 'RANGE'];
    return { AttributeName, KeyType };
  });
}

/** `'a b'` as AttributeDefinitions of strings. */
function strings(text: string): AttributeDefinition[] {
  return text.split(' ').map((AttributeName) => ({ AttributeName, AttributeType: 'S' }));
}

function index(IndexName: string, key = 'g HASH', more: Partial<GlobalSecondaryIndex> = {}): GlobalSecondaryIndex {
  return { IndexName, KeySchema: keys(key), Projection: { ProjectionType: 'ALL' }, ...more };
}

function creation(IndexName: string, key = 'g HASH', more: Partial<CreateGlobalSecondaryIndexAction> = {}): Change {
  const attributes = key.replaceAll(/ (HASH|RANGE),?/g, '');
  return {
    AttributeDefinitions: strings(attributes),
    GlobalSecondaryIndexUpdates: [{ Create: index(IndexName, key, more) }],
  };
}

function deletion(IndexName: string): Change {
  return { GlobalSecondaryIndexUpdates: [{ Delete: { IndexName } }] };
}

function units(count: number) {
  return { ProvisionedThroughput: { ReadCapacityUnits: count, WriteCapacityUnits: count } };
}

/** A table with the global index `old` and the local index `local`. */
async function createIndexed(more: Partial<CreateTableCommandInput> = {}): Promise<string> {
  const definitions = strings('pk g l');
  return await server.createTable({
    AttributeDefinitions: [...definitions, { AttributeName: 'sk', AttributeType: 'N' }],
    GlobalSecondaryIndexes: [index('old', 'g HASH', more.BillingMode === 'PROVISIONED' ? units(1) : {})],
    LocalSecondaryIndexes: [
      { IndexName: 'local', KeySchema: keys('pk HASH, l RANGE'), Projection: { ProjectionType: 'ALL' } },
    ],
    ...more,
  });
}

describe('UpdateTable of an index', () => {
  test('creates it: the answer shows an allocation, and then it is filled', async () => {
    const TableName = await server.createTable();
    await server.client.send(
      new PutItemCommand({ TableName, Item: { pk: { S: 'p' }, sk: { N: '1' }, g: { S: 'g' } } }),
    );
    const answer = await update(TableName, creation('added'));
    assert.equal(answer.TableStatus, 'UPDATING');
    assert.deepEqual(
      answer.AttributeDefinitions?.map(({ AttributeName }) => AttributeName),
      ['g', 'pk', 'sk'],
    );
    const [added] = answer.GlobalSecondaryIndexes ?? [];
    assert.deepEqual([added?.IndexStatus, added?.Backfilling, added?.ItemCount], ['CREATING', false, 0]);
    assert.equal(added?.IndexArn, `${answer.TableArn}/index/added`);
    await untilIdle(TableName);
    const table = await described(TableName);
    assert.equal(table.TableStatus, 'ACTIVE');
    assert.equal(table.GlobalSecondaryIndexes?.[0]?.Backfilling, undefined);
    const { Count } = await server.client.send(new ScanCommand({ TableName, IndexName: 'added' }));
    assert.equal(Count, 1);
  });

  test('deletes it, with the definitions that no key uses any more', async () => {
    const TableName = await createIndexed();
    const answer = await update(TableName, deletion('old'));
    assert.equal(answer.TableStatus, 'UPDATING');
    assert.equal(answer.GlobalSecondaryIndexes?.[0]?.IndexStatus, 'DELETING');
    const table = await described(TableName);
    assert.equal(table.TableStatus, 'ACTIVE');
    assert.equal(table.GlobalSecondaryIndexes, undefined);
    assert.deepEqual(
      table.AttributeDefinitions?.map(({ AttributeName }) => AttributeName),
      ['l', 'pk', 'sk'],
    );
    await assert.rejects(
      server.client.send(new ScanCommand({ TableName, IndexName: 'old' })),
      validation('The table does not have the specified index: old'),
    );
    // What was its key can be anything now.
    await server.client.send(
      new PutItemCommand({ TableName, Item: { pk: { S: 'p' }, sk: { N: '1' }, g: { BOOL: true } } }),
    );
  });

  test('changes its throughput, alone or of several', async () => {
    const TableName = await createIndexed({ BillingMode: 'PROVISIONED', ...units(1) });
    await update(TableName, creation('more', 'h HASH', units(2)));
    await untilIdle(TableName);
    const answer = await update(TableName, {
      GlobalSecondaryIndexUpdates: [
        { Update: { IndexName: 'old', ...units(5) } },
        { Update: { IndexName: 'more', ...units(1) } },
      ],
    });
    assert.equal(answer.TableStatus, 'ACTIVE');
    assert.deepEqual(
      answer.GlobalSecondaryIndexes?.map(({ IndexStatus }) => IndexStatus),
      ['UPDATING', 'UPDATING'],
    );
    const { GlobalSecondaryIndexes = [] } = await described(TableName);
    const throughputs = GlobalSecondaryIndexes.map(({ ProvisionedThroughput }) => ProvisionedThroughput);
    assert.deepEqual(
      throughputs.map((one) => one?.ReadCapacityUnits),
      [5, 1],
    );
    assert.deepEqual(
      throughputs.map((one) => one?.NumberOfDecreasesToday),
      [0, 1],
    );
    assert.deepEqual(
      GlobalSecondaryIndexes.map(({ IndexStatus }) => IndexStatus),
      ['ACTIVE', 'ACTIVE'],
    );
  });

  test('has throughput of its own with another billing mode', async () => {
    const TableName = await createIndexed();
    const Update = { IndexName: 'old', OnDemandThroughput: { MaxReadRequestUnits: 3 } };
    await update(TableName, { GlobalSecondaryIndexUpdates: [{ Update }] });
    await assert.rejects(
      update(TableName, { BillingMode: 'PROVISIONED', ...units(4) }),
      validation(`${INVALID}ProvisionedThroughput must be specified for index: old`),
    );
    await update(TableName, {
      BillingMode: 'PROVISIONED',
      ...units(4),
      GlobalSecondaryIndexUpdates: [{ Update: { IndexName: 'old', ...units(5) } }],
    });
    const [old] = (await described(TableName)).GlobalSecondaryIndexes ?? [];
    assert.equal(old?.ProvisionedThroughput?.ReadCapacityUnits, 5);
    assert.equal(old?.OnDemandThroughput, undefined);
  });

  test('keeps keys of up to four and four attributes, in their order', async () => {
    const key = 'd HASH, c HASH, b HASH, a HASH, e RANGE, h RANGE, g RANGE, f RANGE';
    const TableName = await server.createTable();
    await update(TableName, creation('wide', key));
    await untilIdle(TableName);
    assert.deepEqual((await described(TableName)).GlobalSecondaryIndexes?.[0]?.KeySchema, keys(key));
    const values = Object.fromEntries([...'abcdefgh'].map((name) => [name, { S: name }]));
    const item = { pk: { S: 'p' }, sk: { N: '1' }, ...values };
    await server.client.send(new PutItemCommand({ TableName, Item: item }));
    await server.client.send(
      new PutItemCommand({ TableName, Item: { pk: { S: 'p' }, sk: { N: '2' }, a: { S: 'a' } } }),
    );
    const { Items } = await server.client.send(new ScanCommand({ TableName, IndexName: 'wide' }));
    assert.deepEqual(Items, [item]);
    // Together they have the limits of one.
    const long = { S: 'x'.repeat(300) };
    await assert.rejects(
      server.client.send(new PutItemCommand({ TableName, Item: { ...item, e: long, f: long, g: long, h: long } })),
      validation(`${INVALID}Aggregated size of all range keys has exceeded the size limit of 1024 bytes`),
    );
  });

  test('stops at 20 of a table', async () => {
    const TableName = await server.createTable({
      AttributeDefinitions: [...strings('pk g'), { AttributeName: 'sk', AttributeType: 'N' }],
      GlobalSecondaryIndexes: Array.from({ length: 20 }, (_, i) => index(`index-${i}`)),
    });
    await assert.rejects(update(TableName, creation('one-more')), {
      name: 'LimitExceededException',
      message: 'Subscriber limit exceeded: Number of global secondary indexes exceeds per-table limit of 20',
    });
  });

  test('is created or deleted one at a time', async () => {
    const TableName = await createIndexed();
    const both: GlobalSecondaryIndexUpdate[] = [{ Create: index('added') }, { Delete: { IndexName: 'old' } }];
    await assert.rejects(
      update(TableName, { AttributeDefinitions: strings('g'), GlobalSecondaryIndexUpdates: both }),
      ONE_AT_A_TIME,
    );
  });

  const unknown = {
    name: 'ResourceNotFoundException',
    message: /^Requested resource not found: Index none for table table-\d+$/,
  };
  test('that is not there is refused', async () => {
    const TableName = await createIndexed();
    await assert.rejects(update(TableName, deletion('none')), unknown);
    const Update = { IndexName: 'none', OnDemandThroughput: { MaxReadRequestUnits: 3 } };
    await assert.rejects(update(TableName, { GlobalSecondaryIndexUpdates: [{ Update }] }), unknown);
  });

  const [create] = creation('added').GlobalSecondaryIndexUpdates ?? [];
  const cases: readonly (readonly [Change, string])[] = [
    [
      { GlobalSecondaryIndexUpdates: [{}] },
      `${INVALID}One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, ` +
        'GlobalSecondaryIndexUpdate.Delete must not be null',
    ],
    [
      { GlobalSecondaryIndexUpdates: [{ ...create, Delete: { IndexName: 'old' } }] },
      `${INVALID}Only one global secondary index action is allowed per GlobalSecondaryIndexUpdate object`,
    ],
    [
      { GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: 'old' } }, { Create: index('old') }] },
      `${INVALID}Only one global secondary index update per index is allowed simultaneously. Index: old`,
    ],
    [
      { GlobalSecondaryIndexUpdates: [{ Create: index('added') }] },
      `${INVALID}AttributeDefinitions is not specified for index: added`,
    ],
    [creation('old'), 'Attempting to create an index which already exists'],
    [deletion('local'), 'Cannot delete an index that is not a GlobalSecondaryIndex: local'],
    [
      creation('added', 'g HASH', units(1)),
      `${INVALID}Neither ReadCapacityUnits nor WriteCapacityUnits can be specified for index: added when BillingMode is ` +
        'PAY_PER_REQUEST',
    ],
    [
      { GlobalSecondaryIndexUpdates: [{ Update: { IndexName: 'old', ...units(1) } }] },
      `${INVALID}The only Updates for index: old when TableThroughputMode is PAY_PER_REQUEST can be to ` +
        'OnDemandThroughput, WarmThroughput',
    ],
    [
      { GlobalSecondaryIndexUpdates: [{ Update: { IndexName: 'old', WarmThroughput: { ReadUnitsPerSecond: 1 } } }] },
      `${INVALID}Requested ReadUnitsPerSecond for WarmThroughput for index old is lower than current WarmThroughput, ` +
        'decreasing WarmThroughput is not supported',
    ],
    [
      { ...creation('added'), WarmThroughput: { ReadUnitsPerSecond: 13_000 } },
      `${INVALID}Create global secondary index cannot be specified when updating WarmThroughput`,
    ],
    [creation('added', 'g RANGE'), 'Invalid KeySchema: The first KeySchemaElement is not a HASH key type'],
    [
      creation('added', 'a HASH, b HASH, c HASH, d HASH, e HASH'),
      `${INVALID}The KeySchema exceeds the maximum allowed number of HASH key attributes`,
    ],
    [
      { ...creation('added', 'x HASH'), AttributeDefinitions: strings('y') },
      `${INVALID}Some index key attributes are not defined in AttributeDefinitions. ` +
        'Keys: [x], AttributeDefinitions: [y]',
    ],
    // Keys of the table and of its indexes have to be given again: https://github.com/nubo-db/dynoxide/issues/144.
    [
      { ...creation('added', 'pk HASH'), AttributeDefinitions: strings('y') },
      `${INVALID}Some index key attributes are not defined in AttributeDefinitions. ` +
        'Keys: [pk], AttributeDefinitions: [y]',
    ],
    [
      { ...creation('added', 'x HASH, g RANGE'), AttributeDefinitions: strings('x') },
      'Invalid KeySchema: Some index key attribute have no definition',
    ],
    [
      creation('added', 'g HASH', { Projection: { ProjectionType: 'INCLUDE' } }),
      `${INVALID}ProjectionType is INCLUDE, but NonKeyAttributes is not specified`,
    ],
  ];
  for (const [change, message] of cases) {
    test(`${JSON.stringify(change)} is refused`, async () => {
      const TableName = await createIndexed();
      await assert.rejects(update(TableName, change), validation(message));
    });
  }

  test('of a PROVISIONED table needs throughput, and another one when it changes', async () => {
    const TableName = await createIndexed({ BillingMode: 'PROVISIONED', ...units(1) });
    await assert.rejects(
      update(TableName, creation('added')),
      validation(`${INVALID}Both ReadCapacityUnits and WriteCapacityUnits must be specified for index: added`),
    );
    await assert.rejects(
      update(TableName, { GlobalSecondaryIndexUpdates: [{ Update: { IndexName: 'old', ...units(1) } }] }),
      validation(
        'The provisioned throughput for the index old will not change. The requested value equals the current value. ' +
          'Current ReadCapacityUnits provisioned for index old: 1. Requested ReadCapacityUnits: 1. ' +
          'Current WriteCapacityUnits provisioned for index old: 1. Requested WriteCapacityUnits: 1. ' +
          'Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.',
      ),
    );
  });

  test('can be made again under its name once it is gone, and holds what items are then', async () => {
    const TableName = await createIndexed();
    await server.client.send(
      new PutItemCommand({ TableName, Item: { pk: { S: 'p' }, sk: { N: '1' }, g: { S: 'g' }, h: { S: 'h' } } }),
    );
    await update(TableName, deletion('old'));
    await update(TableName, creation('old', 'h HASH'));
    await untilIdle(TableName);
    const { Count } = await server.client.send(
      new QueryCommand({
        TableName,
        IndexName: 'old',
        KeyConditionExpression: 'h = :h',
        ExpressionAttributeValues: { ':h': { S: 'h' } },
      }),
    );
    assert.equal(Count, 1);
  });
});
