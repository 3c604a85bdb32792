/** DescribeStream. Source: API reference. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DeleteTableCommand } from '@aws-sdk/client-dynamodb';
import { DescribeStreamCommand, type DescribeStreamCommandInput } from '@aws-sdk/client-dynamodb-streams';
import { validation } from './errors.ts';
import { useServer } from './server.ts';
import { useStreams } from './streams.ts';
import { waitUntil } from './wait-until.ts';

const server = useServer();
const streams = useStreams(server);

const ARN = 'arn:aws:dynamodb:us-east-1:000000000000:table/missing/stream/2026-01-01T00:00:00.000';
const SHARD_ID = 'shardId-00000001795388368061-00000001';

function send(input: DescribeStreamCommandInput) {
  return streams.client.send(new DescribeStreamCommand(input));
}

test('tells all of a stream, and its one open shard', async () => {
  const { name, arn } = await streams.createTable('OLD_IMAGE');
  const label = arn.split('/').at(-1) ?? '';
  const { CreationRequestDateTime, Shards = [], ...description } = await streams.describe(arn);
  assert.deepEqual(description, {
    StreamArn: arn,
    StreamLabel: label,
    StreamStatus: 'ENABLED',
    StreamViewType: 'OLD_IMAGE',
    TableName: name,
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
  });
  assert.equal(CreationRequestDateTime?.toISOString(), `${label}Z`);
  assert.equal(Shards.length, 1);
  const [shard] = Shards;
  assert.match(shard?.ShardId ?? '', /^shardId-\d{20}-[0-9a-f]{8}$/);
  assert.deepEqual(Object.keys(shard?.SequenceNumberRange ?? {}), ['StartingSequenceNumber']);
  assert.match(shard?.SequenceNumberRange?.StartingSequenceNumber ?? '', /^\d{21,40}$/);
  assert.equal(shard?.ParentShardId, undefined);
});

test('tells the members in the order of the API reference', async () => {
  const { arn } = await streams.createTable();
  const { body } = await streams.call('DescribeStream', { StreamArn: arn });
  assert.deepEqual(Object.keys(body['StreamDescription'] as object), [
    'StreamArn',
    'StreamLabel',
    'StreamStatus',
    'StreamViewType',
    'CreationRequestDateTime',
    'TableName',
    'KeySchema',
    'Shards',
  ]);
});

describe('a stream', () => {
  test('that is disabled is told with its shards closed', async () => {
    const { name, arn } = await streams.createTable();
    await streams.disable(name);
    const { StreamStatus, Shards = [] } = await streams.describe(arn);
    assert.equal(StreamStatus, 'DISABLED');
    for (const { SequenceNumberRange: range } of Shards) {
      // It never had a record.
      assert.equal(range?.EndingSequenceNumber, range?.StartingSequenceNumber);
    }
  });

  test('that is enabled again is another one, with shards of its own', async () => {
    const { name, arn } = await streams.createTable('KEYS_ONLY');
    await streams.disable(name);
    const again = await streams.enable(name, 'NEW_IMAGE');
    const [old, current] = [await streams.describe(arn), await streams.describe(again)];
    assert.deepEqual([old.StreamStatus, old.StreamViewType], ['DISABLED', 'KEYS_ONLY']);
    assert.deepEqual([current.StreamStatus, current.StreamViewType], ['ENABLED', 'NEW_IMAGE']);
    const ids = [...(old.Shards ?? []), ...(current.Shards ?? [])].map(({ ShardId }) => ShardId);
    assert.equal(new Set(ids).size, 2);
    assert.equal(current.Shards?.[0]?.ParentShardId, undefined);
  });

  test('of a table that is deleted is disabled, also where a new table has its name', async () => {
    const { name, arn } = await streams.createTable();
    await server.client.send(new DeleteTableCommand({ TableName: name }));
    assert.equal((await streams.describe(arn)).StreamStatus, 'DISABLED');
    const { arn: second } = await streams.createTable('KEYS_ONLY', { TableName: name });
    assert.notEqual(second, arn);
    assert.equal((await streams.describe(arn)).StreamStatus, 'DISABLED');
    assert.equal((await streams.describe(second)).StreamStatus, 'ENABLED');
  });
});

describe('a page of shards', () => {
  test('is ended by Limit, and goes on behind ExclusiveStartShardId', async () => {
    const { arn } = await streams.createTable();
    const { StreamDescription: one } = await send({ StreamArn: arn, Limit: 1 });
    assert.deepEqual([one?.Shards?.length, one?.LastEvaluatedShardId], [1, undefined]);
    const ExclusiveStartShardId = one?.Shards?.[0]?.ShardId;
    const { StreamDescription: rest } = await send({ StreamArn: arn, Limit: 100, ExclusiveStartShardId });
    assert.deepEqual([rest?.Shards, rest?.LastEvaluatedShardId], [[], undefined]);
  });

  test('has the children of one shard, if ShardFilter asks for them', async () => {
    const { arn } = await streams.createTable();
    const [shard] = await streams.shards(arn);
    const { StreamDescription } = await send({
      StreamArn: arn,
      ShardFilter: { Type: 'CHILD_SHARDS', ShardId: shard?.ShardId },
    });
    assert.deepEqual(StreamDescription?.Shards, []);
  });
});

describe('is refused', () => {
  test('for a stream that is not there', async () => {
    const { arn } = await streams.createTable();
    for (const StreamArn of [ARN, arn.replace(/\.\d+$/, '.xyz'), arn.replace(/stream\/.*/, 'stream/x')]) {
      await assert.rejects(send({ StreamArn }), {
        name: 'ResourceNotFoundException',
        message: `Requested resource not found: Stream: ${StreamArn} not found`,
      });
    }
  });

  test('for what is no ARN of a stream of this region', async () => {
    for (const StreamArn of [
      'x'.repeat(37),
      ARN.replace('/stream/', '/index/'),
      ARN.replace(':dynamodb:', ':kinesis:'),
      ARN.replace('us-east-1', 'eu-west-1'),
      ARN.replace('arn:aws:', 'arn:aws-cn:'),
      ARN.replace('table/missing', 'table/no name'),
      `${ARN}/more`,
    ]) {
      await assert.rejects(send({ StreamArn }), validation('Invalid StreamArn'), StreamArn);
    }
  });

  test('for a stream of another account', async () => {
    const StreamArn = ARN.replace('000000000000', '111111111111');
    await assert.rejects(send({ StreamArn }), { name: 'AccessDeniedException', message: 'Access is denied' });
  });

  test('with parameters out of their bounds', async () => {
    const constraint = (member: string, value: string, rule: string) =>
      validation(
        `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: Member must ${rule}`,
      );
    const short = 'x'.repeat(36);
    await assert.rejects(
      send({ StreamArn: short }),
      constraint('streamArn', short, 'have length greater than or equal to 37'),
    );
    await assert.rejects(
      send({ StreamArn: ARN, Limit: 0 }),
      constraint('limit', '0', 'have value greater than or equal to 1'),
    );
    await assert.rejects(
      send({ StreamArn: ARN, Limit: 101 }),
      constraint('limit', '101', 'have value less than or equal to 100'),
    );
    const filter = { Type: 'PARENTS' as never, ShardId: SHARD_ID };
    await assert.rejects(
      send({ StreamArn: ARN, ShardFilter: filter }),
      constraint('shardFilter.type', 'PARENTS', 'satisfy enum value set: [CHILD_SHARDS]'),
    );
    const { body } = await streams.call('DescribeStream', {});
    assert.equal(
      body['message'],
      "1 validation error detected: Value null at 'streamArn' failed to satisfy constraint: Member must not be null",
    );
  });

  test('with a shard id that is none, or half a filter, whether or not there is such a stream', async () => {
    const invalid = validation('Invalid ShardId');
    const ExclusiveStartShardId = 'x'.repeat(28);
    await assert.rejects(send({ StreamArn: ARN, ExclusiveStartShardId }), invalid);
    const ShardFilter = { Type: 'CHILD_SHARDS' as const, ShardId: ExclusiveStartShardId };
    await assert.rejects(send({ StreamArn: ARN, ShardFilter }), invalid);
    const incomplete = validation('ShardFilter needs both a Type and a ShardId');
    await assert.rejects(send({ StreamArn: ARN, ShardFilter: { Type: 'CHILD_SHARDS' } }), incomplete);
    await assert.rejects(send({ StreamArn: ARN, ShardFilter: { ShardId: SHARD_ID } }), incomplete);
  });

  test('for children of a shard of another stream', async () => {
    const { name, arn } = await streams.createTable();
    await streams.disable(name);
    const [other] = await streams.shards(arn);
    const StreamArn = await streams.enable(name);
    const ShardFilter = { Type: 'CHILD_SHARDS' as const, ShardId: other?.ShardId };
    await assert.rejects(send({ StreamArn, ShardFilter }), {
      name: 'ResourceNotFoundException',
      message: 'Requested resource not found: Shard does not exist',
    });
  });
});

describe('on a server whose states last', () => {
  const slow = useServer({ tableDelaySeconds: 1 });
  const slowStreams = useStreams(slow);

  test('a stream is ENABLING while its table is made or updated, and DISABLING before it is DISABLED', async () => {
    const { name, arn } = await slowStreams.createTable();
    const statusIs = (streamArn: string, status: string) => async () =>
      (await slowStreams.describe(streamArn)).StreamStatus === status;
    assert.equal((await slowStreams.describe(arn)).StreamStatus, 'ENABLING');
    await waitUntil(statusIs(arn, 'ENABLED'));
    await slowStreams.disable(name);
    assert.equal((await slowStreams.describe(arn)).StreamStatus, 'DISABLING');
    await waitUntil(statusIs(arn, 'DISABLED'));
    const second = await slowStreams.enable(name);
    assert.equal((await slowStreams.describe(second)).StreamStatus, 'ENABLING');
    assert.equal((await slowStreams.describe(arn)).StreamStatus, 'DISABLED');
    await waitUntil(statusIs(second, 'ENABLED'));
  });
});
