import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CreateTableInput } from '@aws-sdk/client-dynamodb';
import { CreateTable } from './dynamodb/CreateTable.ts';
import { DeleteTable } from './dynamodb/DeleteTable.ts';
import { ListTagsOfResource } from './dynamodb/ListTagsOfResource.ts';
import { TagResource } from './dynamodb/TagResource.ts';
import { UntagResource } from './dynamodb/UntagResource.ts';
import { openTestContext } from './table-context.test.ts';

const arnOf = (table: string) => `arn:aws:dynamodb:eu-central-1:123456789012:table/${table}`;

const inputOf = (TableName: string): CreateTableInput => ({
  TableName,
  BillingMode: 'PAY_PER_REQUEST',
  KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
  AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
  Tags: [{ Key: 'k', Value: 'v' }],
});

// Source: public records of what the service answered in this state.
test('a table that is being created has no tags to see or change yet', async (t) => {
  const slow = { ...(await openTestContext(t)), tableDelayMs: 3_600_000 };
  await CreateTable.run(slow, inputOf('slow'));
  const ResourceArn = arnOf('slow');
  const unknown = {
    name: 'ResourceNotFoundException',
    message: `Requested resource not found: ResourceArn: ${ResourceArn} not found`,
  };
  await assert.rejects(ListTagsOfResource.run(slow, { ResourceArn }), unknown);
  await assert.rejects(TagResource.run(slow, { ResourceArn, Tags: [{ Key: 'k', Value: 'v' }] }), unknown);
  await assert.rejects(UntagResource.run(slow, { ResourceArn, TagKeys: ['k'] }), unknown);
});

test('a table that is being deleted still shows its tags, and takes no other ones', async (t) => {
  const context = await openTestContext(t);
  await CreateTable.run(context, inputOf('table'));
  await DeleteTable.run({ ...context, tableDelayMs: 3_600_000 }, { TableName: 'table' });
  const ResourceArn = arnOf('table');
  const deleted = {
    name: 'ResourceInUseException',
    message: 'Attempt to change a resource which is still in use: Table is being deleted: table',
  };
  assert.deepEqual(await ListTagsOfResource.run(context, { ResourceArn }), { Tags: [{ Key: 'k', Value: 'v' }] });
  await assert.rejects(TagResource.run(context, { ResourceArn, Tags: [{ Key: 'k', Value: 'w' }] }), deleted);
  await assert.rejects(UntagResource.run(context, { ResourceArn, TagKeys: ['k'] }), deleted);
});
