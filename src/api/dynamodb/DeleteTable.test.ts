import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTable } from '../../tables/create-table.ts';
import { draftOf, fillTable } from '../../tables/table-store.test.ts';
import { openTestContext } from '../table-context.test.ts';
import { CreateTable } from './CreateTable.ts';
import { DeleteTable } from './DeleteTable.ts';
import { DescribeTable } from './DescribeTable.ts';

const NOT_FOUND = {
  fault: { name: 'ResourceNotFoundException', message: 'Requested resource not found: Table: things not found' },
};

test('a deleted table is described a last time and is gone', async (t) => {
  const context = await openTestContext(t);
  const outcome = await context.engine.transact(createTable, draftOf('things'));
  assert.ok('table' in outcome);
  await context.engine.transact(fillTable, { table: outcome.table, from: 0, count: 3, valueSizeBytes: 10 });
  const { TableDescription: table } = JSON.parse(
    JSON.stringify(await DeleteTable.run(context, { TableName: 'things' })),
  );
  const { TableArn, BillingModeSummary, WarmThroughput, ...rest } = table;
  assert.match(TableArn, /:table\/things$/);
  assert.equal(BillingModeSummary.BillingMode, 'PAY_PER_REQUEST');
  assert.equal(WarmThroughput.Status, 'ACTIVE');
  // The members of public captures of such answers, from September 2024 with DeletionProtectionEnabled.
  assert.deepEqual(rest, {
    TableName: 'things',
    TableStatus: 'DELETING',
    ProvisionedThroughput: { NumberOfDecreasesToday: 0, ReadCapacityUnits: 0, WriteCapacityUnits: 0 },
    TableSizeBytes: 30,
    ItemCount: 3,
    TableId: 'id-of-things',
    DeletionProtectionEnabled: false,
  });
  await assert.rejects(DescribeTable.run(context, { TableName: 'things' }), NOT_FOUND);
  await assert.rejects(DeleteTable.run(context, { TableName: 'things' }), NOT_FOUND);
});

test('a table created again under the same name is empty and has another id', async (t) => {
  const context = await openTestContext(t);
  const request = {
    TableName: 'things',
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
    BillingMode: 'PAY_PER_REQUEST',
  } as const;
  const create = {
    ...request,
    KeySchema: [...request.KeySchema],
    AttributeDefinitions: [...request.AttributeDefinitions],
  };
  await CreateTable.run(context, create);
  const first = await context.catalog.find('things');
  assert.ok(first);
  await context.engine.transact(fillTable, { table: first, from: 0, count: 3, valueSizeBytes: 10 });
  await DeleteTable.run(context, { TableName: 'things' });
  await CreateTable.run(context, create);
  const { Table: second } = JSON.parse(JSON.stringify(await DescribeTable.run(context, { TableName: 'things' })));
  assert.equal(second.ItemCount, 0);
  assert.notEqual(second.TableId, first.id);
});

test('of many deletions of one table, one succeeds', async (t) => {
  const context = await openTestContext(t);
  await context.engine.transact(createTable, draftOf('things'));
  const runs = Array.from({ length: 5 }, () => DeleteTable.run(context, { TableName: 'things' }));
  const outcomes = await Promise.allSettled(runs);
  assert.equal(outcomes.filter((outcome) => outcome.status === 'fulfilled').length, 1);
});
