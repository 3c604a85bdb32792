import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTestContext } from '../table-context.test.ts';
import { CreateTable } from './CreateTable.ts';
import { DescribeTimeToLive } from './DescribeTimeToLive.ts';
import { UpdateTimeToLive } from './UpdateTimeToLive.ts';

const HOUR_MS = 3_600_000;

test('each change can be followed by another one after an hour', async (t) => {
  const context = await openTestContext(t);
  let nowMs = 1_700_000_000_000;
  const timed = { ...context, clock: { nowMs: () => nowMs } };
  await CreateTable.run(timed, {
    TableName: 'table',
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
  });
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
