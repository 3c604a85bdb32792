/** ListTagsOfResource. Source: API reference, and public records of what the service answered. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { ListTagsOfResourceCommand, TagResourceCommand } from '@aws-sdk/client-dynamodb';
import { useServer } from './server.ts';
import { arnOf, numberedTags, refusedArns } from './tags.ts';

const server = useServer();
let table = '';

beforeEach(async () => {
  table = await server.createTable();
});

test('a table without tags has an empty list', async () => {
  const { $metadata: _, ...answer } = await server.client.send(
    new ListTagsOfResourceCommand({ ResourceArn: arnOf(table) }),
  );
  assert.deepEqual(answer, { Tags: [] });
});

test('50 tags are one page', async () => {
  const Tags = numberedTags(50);
  await server.client.send(new TagResourceCommand({ ResourceArn: arnOf(table), Tags }));
  const { $metadata: _, ...answer } = await server.client.send(
    new ListTagsOfResourceCommand({ ResourceArn: arnOf(table) }),
  );
  assert.deepEqual(answer, { Tags });
});

test('no token continues a list, for none is given out', async () => {
  await assert.rejects(
    server.client.send(new ListTagsOfResourceCommand({ ResourceArn: arnOf(table), NextToken: 'x' })),
    { name: 'ValidationException' },
  );
});

test('refuses what names no table of ours', async () => {
  for (const [ResourceArn, error] of refusedArns(table)) {
    await assert.rejects(server.client.send(new ListTagsOfResourceCommand({ ResourceArn })), error, ResourceArn);
  }
});
