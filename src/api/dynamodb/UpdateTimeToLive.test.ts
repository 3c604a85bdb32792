import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CreateTableInput } from '@aws-sdk/client-dynamodb';
import { openTestContext } from '../table-context.test.ts';
import { CreateTable } from './CreateTable.ts';
import { DeleteTable } from './DeleteTable.ts';
import { DescribeTimeToLive } from './DescribeTimeToLive.ts';
import { UpdateTimeToLive } from './UpdateTimeToLive.ts';

const HOUR_MS = 3_600_000;

const createInput = (): CreateTableInput => ({
  TableName: 'table',
  BillingMode: 'PAY_PER_REQUEST',
  KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
  AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
});

test('each change can be followed by another one after an hour', async (t) => {
  const context = await openTestContext(t);
  let nowMs = 1_700_000_000_000;
  const timed = { ...context, clock: { nowMs: () => nowMs } };
  await CreateTable.run(timed, createInput());
  const update = (Enabled: boolean, AttributeName: string) =>
    UpdateTimeToLive.run(timed, { TableName: 'table', TimeToLiveSpecification: { Enabled, AttributeName } });
  const often = { message: 'Time to live has been modified multiple times within a fixed interval' };

  await update(true, 'a');
  nowMs += HOUR_MS - 1;
  await assert.rejects(update(false, 'a'), often);
  nowMs += 1;
  await update(false, 'a');
  assert.deepEqual(await DescribeTimeToLive.run(timed, { TableName: 'table' }), {
    TimeToLiveDescription: { TimeToLiveStatus: 'DISABLED', AttributeName: undefined },
  });
  nowMs += HOUR_MS - 1;
  // What is refused for its content does not count as a change.
  await assert.rejects(update(false, 'a'), { message: 'TimeToLive is already disabled' });
  await assert.rejects(update(true, 'b'), often);
  nowMs += 1;
  await update(true, 'b');
});

test('with a delay it is ENABLING and DISABLING for that long, and settled by the next change', async (t) => {
  const context = await openTestContext(t);
  let nowMs = 1_700_000_000_000;
  const timed = { ...context, clock: { nowMs: () => nowMs }, tableDelayMs: 2 * HOUR_MS };
  await CreateTable.run(context, createInput());
  const update = (Enabled: boolean, AttributeName: string) =>
    UpdateTimeToLive.run(timed, { TableName: 'table', TimeToLiveSpecification: { Enabled, AttributeName } });
  const described = async () => (await DescribeTimeToLive.run(timed, { TableName: 'table' })) as object;
  const shown = (TimeToLiveStatus: string, AttributeName?: string) => ({
    TimeToLiveDescription: { TimeToLiveStatus, AttributeName },
  });

  await update(true, 'a');
  assert.deepEqual(await described(), shown('ENABLING', 'a'));
  nowMs += HOUR_MS;
  await assert.rejects(update(true, 'a'), { message: 'TimeToLive is already enabled' });
  await update(false, 'a');
  assert.deepEqual(await described(), shown('DISABLING', 'a'));
  nowMs += HOUR_MS;
  await assert.rejects(update(false, 'a'), { message: 'TimeToLive is already disabled' });
  await update(true, 'b');
  assert.deepEqual(await described(), shown('ENABLING', 'b'));
});

// Source: public records of what the service answered in these states.
test('a table that is created or deleted does not tell, and one that is created can not be changed', async (t) => {
  const context = await openTestContext(t);
  const slow = { ...context, tableDelayMs: HOUR_MS };
  const change = { TableName: 'table', TimeToLiveSpecification: { Enabled: true, AttributeName: 'a' } };
  const notDescribed = (status: string) => ({
    name: 'ValidationException',
    message: `Cannot describe time to live while table is in ${status} state: Current table state is ${status}`,
  });

  await CreateTable.run(slow, { ...createInput(), TableName: 'slow' });
  await assert.rejects(DescribeTimeToLive.run(slow, { TableName: 'slow' }), notDescribed('CREATING'));
  await assert.rejects(UpdateTimeToLive.run(slow, { ...change, TableName: 'slow' }), {
    name: 'ResourceInUseException',
    message: 'Attempt to change a resource which is still in use: Table slow is being created',
  });

  await CreateTable.run(context, createInput());
  await DeleteTable.run(slow, { TableName: 'table' });
  await assert.rejects(DescribeTimeToLive.run(slow, { TableName: 'table' }), notDescribed('DELETING'));
  await UpdateTimeToLive.run(slow, change);
});
