/** UntagResource. Source: API reference, and public records of what the service answered. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { TagResourceCommand, UntagResourceCommand } from '@aws-sdk/client-dynamodb';
import { validation } from './errors.ts';
import { useServer } from './server.ts';
import { arnOf, numberedTags, refusedArns, tagsOf } from './tags.ts';

const server = useServer();
let table = '';

beforeEach(async () => {
  table = await server.createTable();
  await server.client.send(new TagResourceCommand({ ResourceArn: arnOf(table), Tags: numberedTags(3) }));
});

function untag(TagKeys: string[], ResourceArn = arnOf(table)) {
  return server.client.send(new UntagResourceCommand({ ResourceArn, TagKeys }));
}

test('removes tags', async () => {
  const { $metadata: _, ...answer } = await untag(['k1', 'k3']);
  assert.deepEqual(answer, {});
  assert.deepEqual(await tagsOf(server, table), { k2: 'v' });
});

test('overlooks keys that the table does not have', async () => {
  await untag(['never', 'k2', 'K1']);
  assert.deepEqual(await tagsOf(server, table), { k1: 'v', k3: 'v' });
});

test('refuses keys that no tag can have, and removes nothing', async () => {
  const tooMany = 'Number of Tags exceed the current limit for the provided ResourceArn';
  for (const [keys, message] of [
    [[], 'Atleast one Tag Key needs to be provided as Input.'],
    [['k1', ''], 'The Tag Key provided is invalid, Key: '],
    [['k1', 'k'.repeat(129)], `The Tag Key provided is invalid, Key: ${'k'.repeat(129)}`],
    [['k1', 'a,b'], 'The Tag Key provided is invalid, Key: a,b'],
    [['k1', 'aws:x'], 'Tag Key cannot be prefixed with aws:, Key: aws:x'],
    [numberedTags(51).map(({ Key = '' }) => Key), tooMany],
  ] as const) {
    await assert.rejects(untag([...keys]), validation(message), JSON.stringify(keys));
  }
  assert.equal(Object.keys(await tagsOf(server, table)).length, 3);
});

test('refuses what names no table of ours', async () => {
  for (const [arn, error] of refusedArns(table)) await assert.rejects(untag(['k1'], arn), error, arn);
});

test('asks for its parameters', async () => {
  const { body } = await server.call('UntagResource', { ResourceArn: arnOf(table) });
  assert.equal(
    body['message'],
    "1 validation error detected: Value null at 'tagKeys' failed to satisfy constraint: Member must not be null",
  );
});
