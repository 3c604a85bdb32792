/**
 * UpdateTable of everything but indexes, which are in UpdateTable-indexes.test.ts. Texts are the service's, as public
 * records of its answers have them (ack-api-quirks, October 2026), unless a case says otherwise.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DeleteTableCommand,
  DescribeTableCommand,
  type TableDescription,
  UpdateTableCommand,
  type UpdateTableCommandInput,
} from '@aws-sdk/client-dynamodb';
import { validation } from './errors.ts';
import { useServer } from './server.ts';

const server = useServer();

const INVALID = 'One or more parameter values were invalid: ';

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

function units(ReadCapacityUnits: number, WriteCapacityUnits = ReadCapacityUnits) {
  return { ProvisionedThroughput: { ReadCapacityUnits, WriteCapacityUnits } };
}

async function createProvisioned(reads: number, writes = reads, more: Partial<CreateTableCommandInput> = {}) {
  return await server.createTable({ BillingMode: 'PROVISIONED', ...units(reads, writes), ...more });
}

/** Each change of a table called `TableName` and the ValidationException that it gets. */
function refuses(create: () => Promise<string>, cases: readonly (readonly [Change, string])[]): void {
  for (const [change, message] of cases) {
    test(`${JSON.stringify(change)} is refused`, async () => {
      const TableName = await create();
      const before = await described(TableName);
      await assert.rejects(update(TableName, change), validation(message.replaceAll('{table}', TableName)));
      assert.deepEqual(await described(TableName), before);
    });
  }
}

describe('UpdateTable', () => {
  const NOTHING =
    'At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates, ' +
    'SSESpecification, ReplicaUpdates, MultiAccountReplicaReady, ReplicaTransitRoleArn, MultiRegionConsistency, ' +
    'DeletionProtectionEnabled, OnDemandThroughput, WarmThroughput or TableClass is required';

  test('of a table that is not there is refused, after what is wrong with the request', async () => {
    await assert.rejects(update('not-there', { DeletionProtectionEnabled: true }), {
      name: 'ResourceNotFoundException',
      message: 'Requested resource not found: Table: not-there not found',
    });
    await assert.rejects(update('not-there', {}), validation(NOTHING));
  });

  describe('of a PAY_PER_REQUEST table', () => {
    const ALONE = 'modification must be the only operation in the request';
    const stream = { StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' as const } };
    const warm = { WarmThroughput: { ReadUnitsPerSecond: 12_001 } };
    const onDemand = { OnDemandThroughput: { MaxReadRequestUnits: 1 } };
    const index = { Delete: { IndexName: 'any' } };
    refuses(server.createTable, [
      [{}, NOTHING],
      [{ AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }] }, NOTHING],
      [{ GlobalSecondaryIndexUpdates: [] }, NOTHING],
      [
        { GlobalSecondaryIndexUpdates: [], DeletionProtectionEnabled: true },
        `${INVALID}List of GlobalSecondaryIndexUpdates is empty`,
      ],
      [
        { DeletionProtectionEnabled: true, SSESpecification: { Enabled: true } },
        `${INVALID}Server-Side Encryption ${ALONE}`,
      ],
      [{ TableClass: 'STANDARD', DeletionProtectionEnabled: true }, `${INVALID}TableClass ${ALONE}`],
      [{ ...warm, DeletionProtectionEnabled: true }, `${INVALID}DeletionProtection ${ALONE}`],
      [{ BillingMode: 'PAY_PER_REQUEST', DeletionProtectionEnabled: true }, `${INVALID}DeletionProtection ${ALONE}`],
      [{ ...warm, ...stream }, `${INVALID}WarmThroughput must be the only operation in the request`],
      [
        { ...stream, ...onDemand },
        `${INVALID}OnDemandThroughput can only be combined with BillingMode in an UpdateTable request`,
      ],
      [{ ...stream, ...units(1) }, `${INVALID}You cannot modify stream status while updating table IOPS`],
      [
        { ...stream, GlobalSecondaryIndexUpdates: [index] },
        `${INVALID}You cannot create or delete index while changing stream status`,
      ],
      [
        { ...units(1), GlobalSecondaryIndexUpdates: [index] },
        `${INVALID}You cannot create or delete index while updating table IOPS`,
      ],
      [
        units(1),
        `${INVALID}Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST`,
      ],
      [
        { BillingMode: 'PAY_PER_REQUEST', ...units(1) },
        `${INVALID}ProvisionedThroughput cannot be specified when BillingMode is PAY_PER_REQUEST`,
      ],
      [
        { BillingMode: 'PROVISIONED' },
        `${INVALID}ProvisionedThroughput must be specified when BillingMode is PROVISIONED`,
      ],
      [
        { OnDemandThroughput: { MaxReadRequestUnits: 0 } },
        `${INVALID}Requested MaxReadRequestUnits for OnDemandThroughput for table is outside of valid range`,
      ],
      [
        { OnDemandThroughput: { MaxWriteRequestUnits: -2 } },
        `${INVALID}Requested MaxWriteRequestUnits for OnDemandThroughput for table is outside of valid range`,
      ],
      [
        { WarmThroughput: { WriteUnitsPerSecond: 3_999 } },
        `${INVALID}Requested WriteUnitsPerSecond for WarmThroughput for table is lower than current WarmThroughput, ` +
          'decreasing WarmThroughput is not supported',
      ],
      [
        { StreamSpecification: { StreamEnabled: true } },
        `${INVALID}If stream is being enabled then UpdateViewType is required`,
      ],
      [
        { StreamSpecification: { StreamEnabled: false, StreamViewType: 'KEYS_ONLY' } },
        `${INVALID}If stream is being disabled, then UpdateViewType must not be specified`,
      ],
      [{ StreamSpecification: { StreamEnabled: false } }, 'Table has no stream to disable: TableName: {table}'],
      [{ SSESpecification: { Enabled: false } }, `${INVALID}Table is already encrypted by default`],
      // Our wording, as there is no KMS.
      [
        { SSESpecification: { Enabled: true } },
        'SSESpecification with Enabled true is not supported by this server: there is no KMS to hold the key',
      ],
      // Our wording.
      [{ MultiRegionConsistency: 'STRONG' }, 'MultiRegionConsistency is not supported by this server yet'],
    ]);

    test('to PAY_PER_REQUEST changes nothing', async () => {
      const TableName = await server.createTable();
      const before = await described(TableName);
      assert.equal((await update(TableName, { BillingMode: 'PAY_PER_REQUEST' })).TableStatus, 'UPDATING');
      assert.deepEqual(await described(TableName), before);
    });

    test('sets maxima one by one, and takes them away with -1', async () => {
      const TableName = await server.createTable();
      const set = async (OnDemandThroughput: Change['OnDemandThroughput']) => {
        const answer = await update(TableName, { OnDemandThroughput });
        assert.equal(answer.TableStatus, 'ACTIVE');
        return (await described(TableName)).OnDemandThroughput;
      };
      assert.deepEqual(await set({ MaxReadRequestUnits: 10 }), { MaxReadRequestUnits: 10 });
      assert.deepEqual(await set({ MaxWriteRequestUnits: 5 }), { MaxReadRequestUnits: 10, MaxWriteRequestUnits: 5 });
      assert.deepEqual(await set({ MaxReadRequestUnits: -1 }), { MaxWriteRequestUnits: 5 });
      assert.equal(await set({ MaxWriteRequestUnits: -1 }), undefined);
    });

    test('raises what it is ready for, in both units or one', async () => {
      const TableName = await server.createTable();
      const of = async () => (await described(TableName)).WarmThroughput;
      assert.deepEqual(await of(), { ReadUnitsPerSecond: 12_000, WriteUnitsPerSecond: 4_000, Status: 'ACTIVE' });
      await update(TableName, { WarmThroughput: { ReadUnitsPerSecond: 13_000, WriteUnitsPerSecond: 4_000 } });
      await update(TableName, { WarmThroughput: { WriteUnitsPerSecond: 5_000 } });
      assert.deepEqual(await of(), { ReadUnitsPerSecond: 13_000, WriteUnitsPerSecond: 5_000, Status: 'ACTIVE' });
    });
  });

  describe('of a PROVISIONED table', () => {
    const same = (reads: number, writes: number) =>
      'The provisioned throughput for the table will not change. The requested value equals the current value. ' +
      `Current ReadCapacityUnits provisioned for the table: ${reads}. Requested ReadCapacityUnits: ${reads}. ` +
      `Current WriteCapacityUnits provisioned for the table: ${writes}. Requested WriteCapacityUnits: ${writes}. ` +
      'Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.';
    refuses(
      () => createProvisioned(3, 4),
      [
        [units(3, 4), same(3, 4)],
        [{ BillingMode: 'PROVISIONED', ...units(3, 4) }, same(3, 4)],
        [
          { BillingMode: 'PROVISIONED' },
          `${INVALID}ProvisionedThroughput must be specified when BillingMode is PROVISIONED`,
        ],
        [
          { OnDemandThroughput: { MaxReadRequestUnits: 1 } },
          `${INVALID}MaxReadRequestUnits for OnDemandThroughput cannot be specified when the table BillingMode is PROVISIONED`,
        ],
      ],
    );

    test('notes when throughput was increased and decreased, and how often today', async () => {
      const TableName = await createProvisioned(1);
      const { BillingModeSummary } = await described(TableName);
      assert.equal(BillingModeSummary, undefined);
      assert.equal((await update(TableName, units(5))).TableStatus, 'UPDATING');
      const { ProvisionedThroughput: raised } = await described(TableName);
      assert.deepEqual([raised?.ReadCapacityUnits, raised?.NumberOfDecreasesToday], [5, 0]);
      assert.ok(raised?.LastIncreaseDateTime instanceof Date);
      assert.equal(raised.LastDecreaseDateTime, undefined);
      // Both at once: one unit up, the other down.
      await update(TableName, units(6, 1));
      const { ProvisionedThroughput: mixed, WarmThroughput, TableStatus } = await described(TableName);
      assert.deepEqual([mixed?.ReadCapacityUnits, mixed?.WriteCapacityUnits], [6, 1]);
      assert.equal(mixed?.NumberOfDecreasesToday, 1);
      assert.ok(mixed.LastDecreaseDateTime instanceof Date);
      assert.equal(TableStatus, 'ACTIVE');
      assert.deepEqual(WarmThroughput, { ReadUnitsPerSecond: 6, WriteUnitsPerSecond: 5, Status: 'ACTIVE' });
    });

    // "Quotas and limits" in the developer guide: four at any time of the day, then one an hour.
    test('refuses the fifth decrease of a day within an hour', async () => {
      const TableName = await createProvisioned(9);
      for (const reads of [8, 7, 6, 5]) await update(TableName, units(reads));
      await assert.rejects(update(TableName, units(4)), {
        name: 'LimitExceededException',
        message: new RegExp(
          'Subscriber limit exceeded: Provisioned throughput decreases are limited within a given UTC day\\. ' +
            'After the first 4 decreases, each subsequent decrease in the same UTC day can be performed at most once ' +
            'every 3600 seconds\\. Number of decreases today: 4\\. ' +
            'Last decrease at \\w+day, \\w+ \\d+, \\d{4} at \\d+:\\d\\d:\\d\\d [AP]M Coordinated Universal Time\\. ' +
            'Next decrease can be made at .* Coordinated Universal Time$',
        ),
      });
      await update(TableName, units(10));
    });

    test('becomes PAY_PER_REQUEST and PROVISIONED again', async () => {
      const TableName = await createProvisioned(2);
      await update(TableName, { BillingMode: 'PAY_PER_REQUEST', OnDemandThroughput: { MaxReadRequestUnits: 9 } });
      const onDemand = await described(TableName);
      assert.equal(onDemand.BillingModeSummary?.BillingMode, 'PAY_PER_REQUEST');
      const since = onDemand.BillingModeSummary.LastUpdateToPayPerRequestDateTime;
      assert.ok(since !== undefined && since >= (onDemand.CreationDateTime as Date));
      assert.equal(onDemand.ProvisionedThroughput?.ReadCapacityUnits, 0);
      assert.deepEqual(onDemand.OnDemandThroughput, { MaxReadRequestUnits: 9 });

      await update(TableName, { BillingMode: 'PROVISIONED', ...units(3) });
      const provisioned = await described(TableName);
      assert.deepEqual(provisioned.BillingModeSummary, {
        BillingMode: 'PROVISIONED',
        LastUpdateToPayPerRequestDateTime: since,
      });
      assert.equal(provisioned.ProvisionedThroughput?.ReadCapacityUnits, 3);
      assert.equal(provisioned.OnDemandThroughput, undefined);
      assert.equal(provisioned.WarmThroughput?.ReadUnitsPerSecond, 12_000);
    });
  });

  // Whether or not an index is created: ack-api-quirks, October 2026, and reports of others who asked the service.
  test('passes over definitions of attributes that no key has, or has with another type', async () => {
    const TableName = await server.createTable();
    const AttributeDefinitions = [
      { AttributeName: 'pk', AttributeType: 'N' as const },
      { AttributeName: 'unused', AttributeType: 'B' as const },
      { AttributeName: 'g', AttributeType: 'S' as const },
    ];
    const { AttributeDefinitions: before } = await described(TableName);
    await update(TableName, { AttributeDefinitions, DeletionProtectionEnabled: false });
    assert.deepEqual((await described(TableName)).AttributeDefinitions, before);
    const Create = {
      IndexName: 'added',
      KeySchema: [{ AttributeName: 'g', KeyType: 'HASH' as const }],
      Projection: { ProjectionType: 'ALL' as const },
    };
    const answer = await update(TableName, { AttributeDefinitions, GlobalSecondaryIndexUpdates: [{ Create }] });
    assert.deepEqual(answer.AttributeDefinitions, [
      { AttributeName: 'g', AttributeType: 'S' },
      { AttributeName: 'pk', AttributeType: 'S' },
      { AttributeName: 'sk', AttributeType: 'N' },
    ]);
  });

  test('protects a table from deletion, and no longer', async () => {
    const TableName = await server.createTable({ DeletionProtectionEnabled: true });
    assert.equal((await described(TableName)).DeletionProtectionEnabled, true);
    const remove = () => server.client.send(new DeleteTableCommand({ TableName }));
    await assert.rejects(
      remove(),
      validation(
        'Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.',
      ),
    );
    const answer = await update(TableName, { DeletionProtectionEnabled: false });
    assert.deepEqual([answer.TableStatus, answer.DeletionProtectionEnabled], ['ACTIVE', false]);
    await remove();
  });

  test('changes the class twice in 30 days', async () => {
    const TableName = await server.createTable();
    assert.equal((await described(TableName)).TableClassSummary, undefined);
    await update(TableName, { TableClass: 'STANDARD' });
    assert.equal((await described(TableName)).TableClassSummary, undefined);
    await update(TableName, { TableClass: 'STANDARD_INFREQUENT_ACCESS' });
    const { TableClassSummary: first } = await described(TableName);
    assert.equal(first?.TableClass, 'STANDARD_INFREQUENT_ACCESS');
    assert.ok(first.LastUpdateDateTime instanceof Date);
    await update(TableName, { TableClass: 'STANDARD' });
    await assert.rejects(update(TableName, { TableClass: 'STANDARD_INFREQUENT_ACCESS' }), {
      name: 'LimitExceededException',
      message: 'Subscriber limit exceeded: Updates to TableClass are limited to 2 times in 30 day(s).',
    });
  });

  test('enables and disables the stream, which has another ARN each time and keeps the last', async () => {
    const TableName = await server.createTable();
    const StreamSpecification = { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' as const };
    const answer = await update(TableName, { StreamSpecification });
    assert.deepEqual([answer.TableStatus, answer.StreamSpecification], ['UPDATING', StreamSpecification]);
    assert.match(answer.LatestStreamLabel ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}$/);
    assert.equal(answer.LatestStreamArn, `${answer.TableArn}/stream/${answer.LatestStreamLabel}`);
    const enabled = validation(`Table already has an enabled stream: TableName: ${TableName}`);
    await assert.rejects(update(TableName, { StreamSpecification }), enabled);
    await update(TableName, { StreamSpecification: { StreamEnabled: false } });
    const disabled = await described(TableName);
    assert.equal(disabled.StreamSpecification, undefined);
    assert.equal(disabled.LatestStreamArn, answer.LatestStreamArn);
    await update(TableName, { StreamSpecification });
    assert.notEqual((await described(TableName)).LatestStreamArn, answer.LatestStreamArn);
  });

  test('of what CreateTable was asked for finds it', async () => {
    const TableName = await server.createTable({
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' },
      TableClass: 'STANDARD_INFREQUENT_ACCESS',
      OnDemandThroughput: { MaxReadRequestUnits: 7, MaxWriteRequestUnits: 8 },
      WarmThroughput: { ReadUnitsPerSecond: 12_500 },
      SSESpecification: { Enabled: false },
    });
    const table = await described(TableName);
    assert.deepEqual(table.StreamSpecification, { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' });
    assert.deepEqual(table.TableClassSummary, { TableClass: 'STANDARD_INFREQUENT_ACCESS' });
    assert.deepEqual(table.OnDemandThroughput, { MaxReadRequestUnits: 7, MaxWriteRequestUnits: 8 });
    assert.deepEqual(table.WarmThroughput, {
      ReadUnitsPerSecond: 12_500,
      WriteUnitsPerSecond: 4_000,
      Status: 'ACTIVE',
    });
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
  });
});
