import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CreateTableInput, GlobalSecondaryIndex, LocalSecondaryIndex } from '@aws-sdk/client-dynamodb';
import { ApiError } from '../../foundation/errors.ts';
import { openTestContext } from '../table-context.test.ts';
import { CreateTable } from './CreateTable.ts';

const INVALID = 'One or more parameter values were invalid: ';

type KeyType = 'HASH' | 'RANGE';

/** `'a HASH, b RANGE'` as a KeySchema. */
function keys(text: string) {
  return text.split(', ').map((element) => {
    const [AttributeName, KeyType] = element.split(' ') as [string, KeyType];
    return { AttributeName, KeyType };
  });
}

/** `'a S, b N'` as AttributeDefinitions. */
function attributes(text: string) {
  return text.split(', ').map((definition) => {
    const [AttributeName, AttributeType] = definition.split(' ') as [string, 'S' | 'N' | 'B'];
    return { AttributeName, AttributeType };
  });
}

const UNITS = { ReadCapacityUnits: 5, WriteCapacityUnits: 6 };

/** A good request with `more` over it. */
function input(more: Partial<CreateTableInput> = {}): CreateTableInput {
  return {
    TableName: 'things',
    KeySchema: keys('a HASH, b RANGE'),
    AttributeDefinitions: attributes('a S, b N'),
    BillingMode: 'PAY_PER_REQUEST',
    ...more,
  };
}

function index(more: Partial<GlobalSecondaryIndex> = {}): GlobalSecondaryIndex & LocalSecondaryIndex {
  return { IndexName: 'by-c', KeySchema: keys('a HASH, c RANGE'), Projection: { ProjectionType: 'ALL' }, ...more };
}

/** `count` indexes, each with `projected` attributes beside its key. */
function indexes(count: number, name: string, projected: number) {
  const NonKeyAttributes = Array.from({ length: projected }, (_, i) => `x${i}`);
  return Array.from({ length: count }, (_, i) =>
    index({ IndexName: `${name}-${i}`, Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes } }),
  );
}

const WITH_C = { AttributeDefinitions: attributes('a S, b N, c B') };

test('a new table is described in full and is CREATING', async (t) => {
  const context = await openTestContext(t);
  const answer = await CreateTable.run(
    context,
    input({
      AttributeDefinitions: attributes('c B, b N, a S'),
      LocalSecondaryIndexes: [index({ Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['x', 'y'] } })],
      GlobalSecondaryIndexes: [index({ IndexName: 'global', KeySchema: keys('c HASH') })],
    }),
  );
  const arn = 'arn:aws:dynamodb:eu-central-1:123456789012:table/things';
  // Through JSON, as members that are undefined are absent on the wire.
  assert.deepEqual(JSON.parse(JSON.stringify(answer)), {
    TableDescription: {
      AttributeDefinitions: attributes('a S, b N, c B'),
      TableName: 'things',
      KeySchema: keys('a HASH, b RANGE'),
      TableStatus: 'CREATING',
      CreationDateTime: 1_700_000_000.123,
      ProvisionedThroughput: { NumberOfDecreasesToday: 0, ReadCapacityUnits: 0, WriteCapacityUnits: 0 },
      TableSizeBytes: 0,
      ItemCount: 0,
      TableArn: arn,
      TableId: '00000000-0000-4000-8000-000000000001',
      BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
      LocalSecondaryIndexes: [
        {
          IndexName: 'by-c',
          KeySchema: keys('a HASH, c RANGE'),
          Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['x', 'y'] },
          IndexSizeBytes: 0,
          ItemCount: 0,
          IndexArn: `${arn}/index/by-c`,
        },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'global',
          KeySchema: keys('c HASH'),
          Projection: { ProjectionType: 'ALL' },
          IndexStatus: 'CREATING',
          ProvisionedThroughput: { NumberOfDecreasesToday: 0, ReadCapacityUnits: 0, WriteCapacityUnits: 0 },
          IndexSizeBytes: 0,
          ItemCount: 0,
          IndexArn: `${arn}/index/global`,
        },
      ],
      DeletionProtectionEnabled: false,
    },
  });
});

test('a table is PROVISIONED unless it says otherwise', async (t) => {
  const context = await openTestContext(t);
  const { BillingMode: _, ...request } = input({
    ...WITH_C,
    ProvisionedThroughput: UNITS,
    GlobalSecondaryIndexes: [index({ ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 2 } })],
  });
  const answer = await CreateTable.run(context, request);
  const { TableDescription: table } = JSON.parse(JSON.stringify(answer));
  assert.equal(table.BillingModeSummary, undefined);
  assert.deepEqual(table.ProvisionedThroughput, { NumberOfDecreasesToday: 0, ...UNITS });
  assert.deepEqual(table.GlobalSecondaryIndexes[0].ProvisionedThroughput, {
    NumberOfDecreasesToday: 0,
    ReadCapacityUnits: 1,
    WriteCapacityUnits: 2,
  });
});

test('a name can be taken once, however many ask at the same time', async (t) => {
  const context = await openTestContext(t);
  const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => CreateTable.run(context, input())));
  const failures = outcomes.filter((outcome) => outcome.status === 'rejected');
  assert.equal(failures.length, 9);
  for (const { reason } of failures) {
    assert.deepEqual(reason.fault, { name: 'ResourceInUseException', message: 'Table already exists: things' });
  }
});

const BAD_NAME =
  'Invalid table/index name.  Table/index names must be between 3 and 255 characters long, ' +
  "and may contain only the characters a-z, A-Z, 0-9, '_', '-', and '.'";

/** Requests and the ValidationException that each gets. */
const REJECTED: readonly (readonly [Partial<CreateTableInput>, string])[] = [
  [{ TableName: 'ab' }, BAD_NAME],
  [{ TableName: 'a'.repeat(256) }, BAD_NAME],
  [{ TableName: 'so/so' }, BAD_NAME],

  [
    { ProvisionedThroughput: UNITS },
    INVALID + 'Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST',
  ],
  [
    { BillingMode: 'PROVISIONED' },
    INVALID + 'ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED',
  ],
  [
    { BillingMode: undefined },
    INVALID + 'ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED',
  ],
  [
    { ...WITH_C, GlobalSecondaryIndexes: [index({ ProvisionedThroughput: UNITS })] },
    INVALID + 'ProvisionedThroughput should not be specified for index: by-c when BillingMode is PAY_PER_REQUEST',
  ],
  [
    { ...WITH_C, BillingMode: 'PROVISIONED', ProvisionedThroughput: UNITS, GlobalSecondaryIndexes: [index()] },
    INVALID + 'ProvisionedThroughput is not specified for index: by-c',
  ],
  [
    {
      BillingMode: 'PROVISIONED',
      ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1_000_000_000_001 },
    },
    'Given value 1000000000001 for WriteCapacityUnits is out of bounds',
  ],
  [
    {
      ...WITH_C,
      BillingMode: 'PROVISIONED',
      ProvisionedThroughput: UNITS,
      GlobalSecondaryIndexes: [
        index({ ProvisionedThroughput: { ReadCapacityUnits: 1_000_000_000_001, WriteCapacityUnits: 1 } }),
      ],
    },
    'Given value 1000000000001 for ReadCapacityUnits is out of bounds for index by-c',
  ],

  [
    { KeySchema: undefined },
    "1 validation error detected: Value null at 'keySchema' failed to satisfy constraint: Member must not be null",
  ],
  [{ KeySchema: keys('a RANGE, b HASH') }, 'Invalid KeySchema: The first KeySchemaElement is not a HASH key type'],
  [{ KeySchema: keys('a HASH, b HASH') }, 'Invalid KeySchema: The second KeySchemaElement is not a RANGE key type'],
  [
    { KeySchema: keys('a HASH, b RANGE, c RANGE') },
    INVALID + 'The KeySchema exceeds the maximum allowed number of RANGE key attributes',
  ],
  [
    { KeySchema: keys('a HASH, a RANGE') },
    'Both the Hash Key and the Range Key element in the KeySchema have the same name',
  ],

  [{ AttributeDefinitions: attributes('a S, b N, b S') }, 'Attribute Name is duplicated: b'],
  [{ AttributeDefinitions: attributes('a S') }, 'Invalid KeySchema: Some index key attribute have no definition'],
  [
    { AttributeDefinitions: attributes('x S, y S') },
    INVALID +
      'Some index key attributes are not defined in AttributeDefinitions. Keys: [a, b], AttributeDefinitions: [x, y]',
  ],
  [
    { AttributeDefinitions: undefined },
    INVALID +
      'Some index key attributes are not defined in AttributeDefinitions. Keys: [a, b], AttributeDefinitions: []',
  ],
  [
    { ...WITH_C },
    INVALID +
      'Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions',
  ],
  [
    { AttributeDefinitions: attributes('a S, b N, c B, d S'), GlobalSecondaryIndexes: [index()] },
    INVALID + 'Some AttributeDefinitions are not used. AttributeDefinitions: [a, b, c, d], keys used: [a, b, c]',
  ],
  [{ GlobalSecondaryIndexes: [index()] }, 'Invalid KeySchema: Some index key attribute have no definition'],
  [
    { GlobalSecondaryIndexes: [index({ KeySchema: keys('c HASH') })] },
    INVALID +
      'Some index key attributes are not defined in AttributeDefinitions. Keys: [c], AttributeDefinitions: [a, b]',
  ],

  [{ LocalSecondaryIndexes: [] }, INVALID + 'List of LocalSecondaryIndexes is empty'],
  [{ GlobalSecondaryIndexes: [] }, INVALID + 'List of GlobalSecondaryIndexes is empty'],
  [
    { KeySchema: keys('a HASH'), AttributeDefinitions: attributes('a S, c B'), LocalSecondaryIndexes: [index()] },
    INVALID + 'Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex',
  ],
  [
    { LocalSecondaryIndexes: [index({ KeySchema: keys('a HASH') })] },
    INVALID + 'Index KeySchema does not have a range key for index: by-c',
  ],
  [
    { ...WITH_C, LocalSecondaryIndexes: [index({ KeySchema: keys('c HASH, b RANGE') })] },
    INVALID +
      'Index KeySchema does not have the same leading hash key as table KeySchema for index: by-c. index hash key: c, table hash key: a',
  ],
  [
    { ...WITH_C, LocalSecondaryIndexes: Array.from({ length: 6 }, (_, i) => index({ IndexName: `by-${i}` })) },
    INVALID + 'Number of LocalSecondaryIndexes exceeds per-table limit of 5',
  ],
  [
    { ...WITH_C, GlobalSecondaryIndexes: Array.from({ length: 21 }, (_, i) => index({ IndexName: `by-${i}` })) },
    INVALID + 'GlobalSecondaryIndex count exceeds the per-table limit of 20',
  ],
  [{ ...WITH_C, GlobalSecondaryIndexes: [index(), index()] }, INVALID + 'Duplicate index name: by-c'],
  [
    { ...WITH_C, LocalSecondaryIndexes: [index()], GlobalSecondaryIndexes: [index()] },
    INVALID + 'Duplicate index name: by-c',
  ],

  [
    { ...WITH_C, GlobalSecondaryIndexes: [index({ KeySchema: keys('a HASH, c RANGE, b HASH') })] },
    INVALID + 'All HASH key attributes must precede RANGE key attributes in the KeySchema',
  ],
  [
    { ...WITH_C, GlobalSecondaryIndexes: [index({ KeySchema: keys('a HASH, b HASH, c HASH, d HASH, e HASH') })] },
    INVALID + 'The KeySchema exceeds the maximum allowed number of HASH key attributes',
  ],
  [
    {
      ...WITH_C,
      GlobalSecondaryIndexes: [index({ KeySchema: keys('a HASH, b RANGE, c RANGE, d RANGE, e RANGE, f RANGE') })],
    },
    INVALID + 'The KeySchema exceeds the maximum allowed number of RANGE key attributes',
  ],
  [
    { ...WITH_C, GlobalSecondaryIndexes: [index({ KeySchema: keys('a HASH, b HASH, a RANGE') })] },
    'The KeySchema contains multiple key attributes with the same name',
  ],

  [{ ...WITH_C, GlobalSecondaryIndexes: [index({ Projection: {} })] }, INVALID + 'Unknown ProjectionType: null'],
  [
    { ...WITH_C, GlobalSecondaryIndexes: [index({ Projection: { ProjectionType: 'INCLUDE' } })] },
    INVALID + 'ProjectionType is INCLUDE, but NonKeyAttributes is not specified',
  ],
  [
    { ...WITH_C, LocalSecondaryIndexes: [index({ Projection: { ProjectionType: 'ALL', NonKeyAttributes: ['x'] } })] },
    INVALID + 'ProjectionType is ALL, but NonKeyAttributes is specified',
  ],
  [
    {
      ...WITH_C,
      LocalSecondaryIndexes: [index({ Projection: { ProjectionType: 'KEYS_ONLY', NonKeyAttributes: ['x'] } })],
    },
    INVALID + 'ProjectionType is KEYS_ONLY, but NonKeyAttributes is specified',
  ],
  [
    {
      ...WITH_C,
      GlobalSecondaryIndexes: [...indexes(5, 'full', 20), ...indexes(1, 'over', 1)],
    },
    INVALID + 'Number of NonKeyAttributes over all indexes exceeds per-table limit of 100',
  ],

  [
    { StreamSpecification: { StreamEnabled: true } },
    INVALID + 'Table is being created with a stream enabled, UpdateViewType is required',
  ],
  [
    { StreamSpecification: { StreamEnabled: false, StreamViewType: 'KEYS_ONLY' } },
    INVALID + 'Table is being created with a stream disabled, UpdateViewType should not be specified',
  ],
  [
    { SSESpecification: { Enabled: true } },
    'SSESpecification with Enabled true is not supported by this server: there is no KMS to hold the key',
  ],
  [
    { SSESpecification: { Enabled: false, SSEType: 'KMS' } },
    INVALID + 'SSEType can not be specified if Enabled is false',
  ],
  [
    { SSESpecification: { Enabled: false, KMSMasterKeyId: 'k' } },
    INVALID + 'KMSMasterKeyId can not be specified if Enabled is false',
  ],
  [
    { SSESpecification: { Enabled: true, KMSMasterKeyId: 'k' } },
    INVALID + 'SSEType KMS is required if KMSMasterKeyId is specified',
  ],
  [{ SSESpecification: { Enabled: true, SSEType: 'AES256' } }, INVALID + 'SSEType AES256 is not supported'],
  [{ ResourcePolicy: '{}' }, 'ResourcePolicy is not supported by this server yet'],
  [
    { WarmThroughput: { ReadUnitsPerSecond: 11_999 } },
    INVALID + 'Requested ReadUnitsPerSecond for WarmThroughput for table is lower than initial throughput for OnDemand',
  ],
  [
    {
      BillingMode: 'PROVISIONED',
      ProvisionedThroughput: UNITS,
      WarmThroughput: { ReadUnitsPerSecond: 5, WriteUnitsPerSecond: 5 },
    },
    INVALID +
      'Requested WriteUnitsPerSecond for WarmThroughput for table is lower than WriteCapacityUnits of ProvisionedThroughput',
  ],
  [
    { OnDemandThroughput: { MaxReadRequestUnits: 0 } },
    INVALID + 'Requested MaxReadRequestUnits for OnDemandThroughput for table is outside of valid range',
  ],
  [
    { ...WITH_C, GlobalSecondaryIndexes: [index({ OnDemandThroughput: { MaxWriteRequestUnits: -1 } })] },
    INVALID + 'Requested MaxWriteRequestUnits for OnDemandThroughput for index : by-c is outside of valid range',
  ],
  [
    { BillingMode: 'PROVISIONED', ProvisionedThroughput: UNITS, OnDemandThroughput: { MaxReadRequestUnits: 1 } },
    INVALID +
      'MaxReadRequestUnits for OnDemandThroughput cannot be specified when the table BillingMode is PROVISIONED',
  ],
];

test('a request that breaks a rule is rejected with the text that says which', async (t) => {
  const context = await openTestContext(t);
  for (const [more, message] of REJECTED) {
    const run = CreateTable.run(context, input(more));
    await assert.rejects(run, (error: unknown) => {
      assert.ok(error instanceof ApiError, String(error));
      assert.deepEqual(error.fault, { name: 'ValidationException', message });
      return true;
    });
  }
});

test('members that ask for nothing are accepted', async (t) => {
  const context = await openTestContext(t);
  await CreateTable.run(
    context,
    input({
      TableName: 'arn:aws:dynamodb:eu-central-1:123456789012:table/by-arn',
      StreamSpecification: { StreamEnabled: false },
      SSESpecification: { Enabled: false },
      Tags: [],
      TableClass: 'STANDARD',
      DeletionProtectionEnabled: false,
    }),
  );
  assert.ok(await context.catalog.find('by-arn'));
});

test('as many indexes and projected attributes as the limits allow are accepted', async (t) => {
  const context = await openTestContext(t);
  await CreateTable.run(
    context,
    input({
      ...WITH_C,
      LocalSecondaryIndexes: indexes(5, 'local', 4),
      GlobalSecondaryIndexes: indexes(20, 'global', 4),
    }),
  );
  assert.equal((await context.catalog.find('things'))?.indexes.length, 25);
});
