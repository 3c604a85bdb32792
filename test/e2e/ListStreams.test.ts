/** ListStreams. Source: API reference. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DeleteTableCommand } from '@aws-sdk/client-dynamodb';
import { ListStreamsCommand, type ListStreamsCommandInput } from '@aws-sdk/client-dynamodb-streams';
import { validation } from './errors.ts';
import { useServer } from './server.ts';
import { useStreams } from './streams.ts';

const server = useServer();
const streams = useStreams(server);

async function list(input: ListStreamsCommandInput = {}) {
  const { $metadata: _, ...answer } = await streams.client.send(new ListStreamsCommand(input));
  return answer;
}

async function arnsOf(TableName: string): Promise<(string | undefined)[]> {
  const { Streams = [] } = await list({ TableName });
  return Streams.map(({ StreamArn }) => StreamArn);
}

test('lists nothing before there is a stream', async () => {
  assert.deepEqual(await list(), { Streams: [] });
});

test('says of each stream its ARN, its table and its label', async () => {
  const { name, arn } = await streams.createTable();
  const StreamLabel = arn.split('/').at(-1);
  assert.deepEqual(await list({ TableName: name }), { Streams: [{ StreamArn: arn, TableName: name, StreamLabel }] });
});

test('lists a stream for as long as it can be read: disabled, replaced, its table deleted', async () => {
  const { name, arn } = await streams.createTable();
  await streams.disable(name);
  assert.deepEqual(await arnsOf(name), [arn]);
  const second = await streams.enable(name);
  assert.notEqual(second, arn);
  assert.deepEqual(await arnsOf(name), [arn, second]);
  await server.client.send(new DeleteTableCommand({ TableName: name }));
  assert.deepEqual(await arnsOf(name), [arn, second]);
});

test('lists none of a table that never had one', async () => {
  assert.deepEqual(await list({ TableName: await server.createTable() }), { Streams: [] });
});

describe('pages', () => {
  test('go on behind ExclusiveStartStreamArn, in one order', async () => {
    const made = [];
    for (let i = 0; i < 5; i++) made.push((await streams.createTable()).arn);
    const { Streams: all = [] } = await list();
    const found: (string | undefined)[] = [];
    let ExclusiveStartStreamArn: string | undefined;
    do {
      const page = await list({ Limit: 2, ExclusiveStartStreamArn });
      found.push(...(page.Streams ?? []).map(({ StreamArn }) => StreamArn));
      assert.equal(page.LastEvaluatedStreamArn, found.length < all.length ? found.at(-1) : undefined);
      ExclusiveStartStreamArn = page.LastEvaluatedStreamArn;
    } while (ExclusiveStartStreamArn !== undefined);
    assert.deepEqual(
      found,
      all.map(({ StreamArn }) => StreamArn),
    );
    for (const arn of made) assert.ok(found.includes(arn), arn);
  });

  test('of one table hold no stream of another', async () => {
    const { name, arn } = await streams.createTable();
    await streams.createTable();
    await streams.disable(name);
    const second = await streams.enable(name);
    const first = await list({ TableName: name, Limit: 1 });
    assert.deepEqual([first.Streams?.[0]?.StreamArn, first.LastEvaluatedStreamArn], [arn, arn]);
    const rest = await list({ TableName: name, Limit: 1, ExclusiveStartStreamArn: arn });
    assert.deepEqual(
      [rest.Streams?.map(({ StreamArn }) => StreamArn), rest.LastEvaluatedStreamArn],
      [[second], undefined],
    );
  });

  test('go on behind a stream that is not there any more', async () => {
    const { name, arn } = await streams.createTable();
    const gone = arn.replace(/\/stream\/.*/, '/stream/2020-01-01T00:00:00.000');
    const { Streams } = await list({ TableName: name, ExclusiveStartStreamArn: gone });
    assert.equal(Streams?.[0]?.StreamArn, arn);
  });
});

describe('is refused', () => {
  test('for a table that is not there, and never had a stream', async () => {
    const message = 'Requested resource not found: Table: missing not found';
    await assert.rejects(list({ TableName: 'missing' }), { name: 'ResourceNotFoundException', message });
  });

  // Unlike DynamoDB's own operations, by the service model.
  test('with the ARN of a table in place of its name', async () => {
    const { arn } = await streams.createTable();
    const TableName = arn.replace(/\/stream\/.*/, '');
    const pattern = 'Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+';
    await assert.rejects(
      list({ TableName }),
      validation(
        `1 validation error detected: Value '${TableName}' at 'tableName' failed to satisfy constraint: ${pattern}`,
      ),
    );
  });

  test('with a Limit below 1 or above 100', async () => {
    const constraint = (value: number, bound: string) =>
      validation(
        `1 validation error detected: Value '${value}' at 'limit' failed to satisfy constraint: Member must have value ${bound}`,
      );
    await assert.rejects(list({ Limit: 0 }), constraint(0, 'greater than or equal to 1'));
    await assert.rejects(list({ Limit: 101 }), constraint(101, 'less than or equal to 100'));
    await list({ Limit: 1 });
    await list({ Limit: 100 });
  });

  test('with what is no ARN of a stream to start at', async () => {
    const ExclusiveStartStreamArn = 'arn:aws:dynamodb:us-east-1:000000000000:table/t/index/x';
    await assert.rejects(list({ ExclusiveStartStreamArn }), validation('Invalid StreamArn'));
  });
});
