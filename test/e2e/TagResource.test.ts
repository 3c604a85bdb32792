/** TagResource, and Tags of CreateTable. Sources: API reference; "Tagging restrictions" in the developer guide. */
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  type Tag,
  TagResourceCommand,
} from '@aws-sdk/client-dynamodb';
import { validation } from './errors.ts';
import { useServer } from './server.ts';
import { arnOf, numberedTags, refusedArns, tagsOf } from './tags.ts';

const server = useServer();
let table = '';

beforeEach(async () => {
  table = await server.createTable();
});

function tag(Tags: Tag[], ResourceArn = arnOf(table)) {
  return server.client.send(new TagResourceCommand({ ResourceArn, Tags }));
}

test('adds tags and replaces those with the same key', async () => {
  const { $metadata: _, ...answer } = await tag([
    { Key: 'Owner', Value: 'a' },
    { Key: 'stage', Value: 'test' },
  ]);
  assert.deepEqual(answer, {});
  await tag([
    { Key: 'Owner', Value: 'b' },
    { Key: 'owner', Value: '' },
  ]);
  // Keys are case-sensitive, and a value may be empty.
  assert.deepEqual(await tagsOf(server, table), { Owner: 'b', stage: 'test', owner: '' });
});

test('takes letters, digits and spaces of any script, and + - = . _ : / @', async () => {
  const tags = { 'sp ace': 'a+b-c=d.e_f:g/h@i', ключ: 'café', 表: '٣', ' x': '\u{a0}\u{3000}', 'myaws:x': 'x' };
  await tag(Object.entries(tags).map(([Key, Value]) => ({ Key, Value })));
  assert.deepEqual(await tagsOf(server, table), tags);
});

test('takes a key of 128 characters and a value of 256', async () => {
  const Key = 'k'.repeat(128);
  const Value = 'v'.repeat(256);
  await tag([{ Key, Value }]);
  assert.deepEqual(await tagsOf(server, table), { [Key]: Value });
});

/** Tags of which one breaks a rule, with the text. */
const REFUSED: readonly (readonly [tags: readonly object[], message: string])[] = [
  [[{ Key: 'k'.repeat(129), Value: 'v' }], `The Tag Key provided is invalid, Key: ${'k'.repeat(129)}`],
  [[{ Key: '', Value: 'v' }], 'The Tag Key provided is invalid, Key: '],
  [[{ Value: 'v' }], 'The Tag Key provided is invalid, Key: null'],
  [[{}], 'The Tag Key provided is invalid, Key: null'],
  [[{ Key: 'k' }], 'The Tag Value provided is invalid, Value: null'],
  [[{ Key: 'k', Value: 'v'.repeat(257) }], `The Tag Value provided is invalid, Value: ${'v'.repeat(257)}`],
  ...['a,b', '100%', 'a&b', 'a*b', 'a;b', 'a?b', 'a|b', 'a\\b', '<a>', '~a', '#', "'", '(x)', '🔑'].flatMap(
    (text) =>
      [
        [[{ Key: text, Value: 'v' }], `The Tag Key provided is invalid, Key: ${text}`],
        [[{ Key: 'k', Value: text }], `The Tag Value provided is invalid, Value: ${text}`],
      ] as const,
  ),
  [[{ Key: 'aws:x', Value: 'v' }], 'Tag Key cannot be prefixed with aws:, Key: aws:x'],
  [[{ Key: 'AWS:x', Value: 'v' }], 'Tag Key cannot be prefixed with aws:, Key: AWS:x'],
  [
    [
      { Key: 'dup', Value: 'v' },
      { Key: 'dup', Value: 'w' },
    ],
    'Duplicate Tag Keys provided as input: Duplicate Tag Key found dup',
  ],
  [numberedTags(51), 'Number of Tags exceed the current limit for the provided ResourceArn'],
];

test('refuses tags that break a rule, and the others with them', async () => {
  await tag([{ Key: 'kept', Value: 'v' }]);
  for (const [tags, message] of REFUSED) {
    const Tags = [{ Key: 'good', Value: 'v' }, ...tags] as Tag[];
    const expected = tags.length > 50 ? REFUSED.at(-1)?.[1] : message;
    await assert.rejects(tag(Tags), validation(expected ?? ''), JSON.stringify(tags));
  }
  await assert.rejects(tag([]), validation('Atleast one Tag needs to be provided as Input.'));
  assert.deepEqual(await tagsOf(server, table), { kept: 'v' });
});

test('leaves a table with 50 tags at most', async () => {
  const tooMany = validation('Number of Tags exceed the current limit for the provided ResourceArn');
  await tag(numberedTags(49));
  await tag([{ Key: 'k50', Value: 'v' }]);
  await assert.rejects(tag([{ Key: 'k51', Value: 'v' }]), tooMany);
  await assert.rejects(
    tag([
      { Key: 'k1', Value: 'new' },
      { Key: 'k51', Value: 'v' },
    ]),
    tooMany,
  );
  await tag(numberedTags(50, 'new'));
  assert.deepEqual(new Set(Object.values(await tagsOf(server, table))), new Set(['new']));
});

test('refuses what names no table of ours', async () => {
  for (const [arn, error] of refusedArns(table)) await assert.rejects(tag([{ Key: 'k', Value: 'v' }], arn), error, arn);
});

test('checks the ARN before the tags, and those before the table', async () => {
  await assert.rejects(tag([], 'arn:aws'), /Second colon/);
  await assert.rejects(tag([], arnOf('missing')), /Atleast one Tag/);
});

test('asks for its parameters', async () => {
  const { body } = await server.call('TagResource', {});
  assert.equal(
    body['message'],
    "2 validation errors detected: Value null at 'resourceArn' failed to satisfy constraint: Member must not be null; " +
      "Value null at 'tags' failed to satisfy constraint: Member must not be null",
  );
});

describe('of CreateTable', () => {
  const create = (TableName: string, Tags: Tag[]) =>
    server.client.send(
      new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        Tags,
      }),
    );

  test('tags the new table, which an empty list leaves without', async () => {
    await create('tagged', numberedTags(50));
    assert.equal(Object.keys(await tagsOf(server, 'tagged')).length, 50);
    await create('untagged', []);
    assert.deepEqual(await tagsOf(server, 'untagged'), {});
  });

  test('creates nothing if a tag breaks a rule', async () => {
    for (const [tags, message] of REFUSED) {
      await assert.rejects(create('refused', [...tags] as Tag[]), validation(message), JSON.stringify(tags));
    }
    await assert.rejects(server.client.send(new DescribeTableCommand({ TableName: 'refused' })), /not found/);
  });

  test('go with the table: a new one of the same name has none', async () => {
    await create('again', numberedTags(3));
    await server.client.send(new DeleteTableCommand({ TableName: 'again' }));
    await assert.rejects(tagsOf(server, 'again'), { name: 'ResourceNotFoundException' });
    await create('again', []);
    assert.deepEqual(await tagsOf(server, 'again'), {});
  });
});
