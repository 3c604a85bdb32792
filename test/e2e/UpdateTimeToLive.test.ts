/**
 * UpdateTimeToLive and DescribeTimeToLive. Sources: API reference; for texts and their order, public records of what
 * the service answered. That a table can be changed again after an hour is tested beside the operation, with a clock.
 */
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { DeleteTableCommand, DescribeTimeToLiveCommand, UpdateTimeToLiveCommand } from '@aws-sdk/client-dynamodb';
import { validation } from './errors.ts';
import { useServer } from './server.ts';
import { arnOf } from './tags.ts';
import { waitUntil } from './wait-until.ts';

const server = useServer();
let table = '';

const MISSING = {
  name: 'ResourceNotFoundException',
  message: 'Requested resource not found: Table: missing not found',
};

beforeEach(async () => {
  table = await server.createTable();
});

async function update(Enabled: boolean, AttributeName: string, TableName = table) {
  const { TimeToLiveSpecification } = await server.client.send(
    new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification: { Enabled, AttributeName } }),
  );
  return TimeToLiveSpecification;
}

async function describeIt(TableName = table) {
  return (await server.client.send(new DescribeTimeToLiveCommand({ TableName }))).TimeToLiveDescription;
}

/** What is described once it is no longer ENABLING; while it is, the attribute is the same. */
async function describeSettled(TableName = table) {
  let described = await describeIt(TableName);
  await waitUntil(async () => {
    const { AttributeName } = described ?? {};
    described = await describeIt(TableName);
    assert.equal(described?.AttributeName, AttributeName);
    return described?.TimeToLiveStatus !== 'ENABLING';
  });
  return described;
}

test('a new table has it disabled, on no attribute', async () => {
  assert.deepEqual(await describeIt(), { TimeToLiveStatus: 'DISABLED' });
});

test('enabling it answers what was asked for, and it is ENABLED once all items are known', async () => {
  assert.deepEqual(await update(true, 'expires'), { Enabled: true, AttributeName: 'expires' });
  assert.deepEqual(await describeSettled(), { TimeToLiveStatus: 'ENABLED', AttributeName: 'expires' });
  assert.deepEqual(await describeIt(arnOf(table)), { TimeToLiveStatus: 'ENABLED', AttributeName: 'expires' });
});

test('takes a key attribute, and names of 1 and of 255 characters', async () => {
  for (const name of ['pk', 'x', 'x'.repeat(255)]) {
    table = await server.createTable();
    await update(true, name, arnOf(table));
    assert.deepEqual(await describeSettled(), { TimeToLiveStatus: 'ENABLED', AttributeName: name });
  }
});

test('what is disabled already can not be disabled', async () => {
  await assert.rejects(update(false, 'expires'), validation('TimeToLive is already disabled'));
});

describe('while it is enabled', () => {
  beforeEach(async () => {
    await update(true, 'expires');
  });

  test('can not be enabled again', async () => {
    await assert.rejects(update(true, 'expires'), validation('TimeToLive is already enabled'));
  });

  test('can not be told of another attribute, neither to enable nor to disable it', async () => {
    const other = validation('TimeToLive is active on a different AttributeName: current AttributeName is expires');
    await assert.rejects(update(true, 'other'), other);
    await assert.rejects(update(false, 'other'), other);
  });

  test('can not be disabled within an hour', async () => {
    const often = validation('Time to live has been modified multiple times within a fixed interval');
    await assert.rejects(update(false, 'expires'), often);
    assert.deepEqual(await describeSettled(), { TimeToLiveStatus: 'ENABLED', AttributeName: 'expires' });
  });

  test('does not outlive the table', async () => {
    await server.client.send(new DeleteTableCommand({ TableName: table }));
    await assert.rejects(describeIt(), { name: 'ResourceNotFoundException' });
    await server.createTable({ TableName: table });
    assert.deepEqual(await describeIt(), { TimeToLiveStatus: 'DISABLED' });
    await update(true, 'other');
  });
});

test('a table has to be there', async () => {
  await assert.rejects(update(true, 'expires', 'missing'), MISSING);
  await assert.rejects(describeIt('missing'), MISSING);
});

test('asks for its parameters', async () => {
  const detected = async (body: object) => (await server.call('UpdateTimeToLive', body)).body['message'];
  assert.equal(
    await detected({ TableName: table }),
    "1 validation error detected: Value null at 'timeToLiveSpecification' failed to satisfy constraint: " +
      'Member must not be null',
  );
  assert.equal(
    await detected({ TableName: table, TimeToLiveSpecification: {} }),
    "2 validation errors detected: Value null at 'timeToLiveSpecification.enabled' failed to satisfy constraint: " +
      "Member must not be null; Value null at 'timeToLiveSpecification.attributeName' failed to satisfy constraint: " +
      'Member must not be null',
  );
  const long = 'x'.repeat(256);
  assert.equal(
    await detected({ TableName: table, TimeToLiveSpecification: { Enabled: true, AttributeName: long } }),
    `1 validation error detected: Value '${long}' at 'timeToLiveSpecification.attributeName' failed to satisfy ` +
      'constraint: Member must have length less than or equal to 255',
  );
  assert.equal(
    await detected({ TableName: table, TimeToLiveSpecification: { Enabled: true, AttributeName: '' } }),
    "1 validation error detected: Value '' at 'timeToLiveSpecification.attributeName' failed to satisfy constraint: " +
      'Member must have length greater than or equal to 1',
  );
});
