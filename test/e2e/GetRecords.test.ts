/**
 * GetRecords. Sources: API reference; "Working with streams" in the developer guide. What the records of each kind of write
 * hold is in stream-records.test.ts; what time does is tested beside the code.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  BatchWriteItemCommand,
  CreateTableCommand,
  DeleteTableCommand,
  DynamoDBClient,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { GetRecordsCommand } from '@aws-sdk/client-dynamodb-streams';
import { startStator } from '../../src/index.ts';
import { validation } from './errors.ts';
import { useServer } from './server.ts';
import { makeStore } from './store.ts';
import { connectStreams, type StreamedTable, useStreams } from './streams.ts';

const server = useServer();
const streams = useStreams(server);

async function put(
  { name }: StreamedTable,
  sk: number,
  more: Readonly<Record<string, { S: string }>> = {},
): Promise<void> {
  const Item = { pk: { S: 'a' }, sk: { N: String(sk) }, ...more };
  await server.client.send(new PutItemCommand({ TableName: name, Item }));
}

/** Puts items with the sort keys 1 to `count`. */
async function fill({ name }: StreamedTable, count: number): Promise<void> {
  const all = Array.from({ length: count }, (_, i) => ({
    PutRequest: { Item: { pk: { S: 'a' }, sk: { N: String(i + 1) } } },
  }));
  while (all.length > 0) {
    await server.client.send(new BatchWriteItemCommand({ RequestItems: { [name]: all.splice(0, 25) } }));
  }
}

function send(ShardIterator: string | undefined, Limit?: number) {
  return streams.client.send(new GetRecordsCommand({ ShardIterator, Limit }));
}

test('answers with records, then none, and with an iterator to go on each time while the shard is open', async () => {
  const table = await streams.createTable();
  const empty = await send(await streams.iterator(table.arn));
  assert.deepEqual(empty.Records, []);
  await put(table, 1);
  const page = await send(empty.NextShardIterator);
  assert.equal(page.Records?.length, 1);
  const none = await send(page.NextShardIterator);
  assert.deepEqual(none.Records, []);
  await put(table, 2);
  const [record] = (await send(none.NextShardIterator)).Records ?? [];
  assert.deepEqual(record?.dynamodb?.Keys, { pk: { S: 'a' }, sk: { N: '2' } });
});

test('an iterator reads the same again, whenever it is used', async () => {
  const table = await streams.createTable();
  await put(table, 1);
  const iterator = await streams.iterator(table.arn);
  assert.deepEqual((await send(iterator)).Records, (await send(iterator)).Records);
});

test('the members of a record are those of the API reference, times in whole seconds', async () => {
  const before = Math.floor(Date.now() / 1_000);
  const table = await streams.createTable('NEW_IMAGE');
  await put(table, 1, { v: { S: 'é"\n' } });
  const { body } = await streams.call('GetRecords', { ShardIterator: await streams.iterator(table.arn) });
  assert.deepEqual(Object.keys(body), ['Records', 'NextShardIterator']);
  const [record] = body['Records'] as { eventID: string; dynamodb: { ApproximateCreationDateTime: number } }[];
  const { eventID, dynamodb } = record ?? { eventID: '' };
  const { ApproximateCreationDateTime: time = 0 } = dynamodb ?? {};
  assert.match(eventID, /^[0-9a-f]{32}$/);
  assert.ok(Number.isInteger(time) && time >= before && time <= Date.now() / 1_000, String(time));
  assert.deepEqual(record, {
    eventID,
    eventName: 'INSERT',
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: 'us-east-1',
    dynamodb: {
      ApproximateCreationDateTime: time,
      Keys: { pk: { S: 'a' }, sk: { N: '1' } },
      NewImage: { pk: { S: 'a' }, sk: { N: '1' }, v: { S: 'é"\n' } },
      SequenceNumber: dynamodb && (dynamodb as { SequenceNumber?: string }).SequenceNumber,
      // Keys: pk + a, sk + 1. The image has those and v with four bytes.
      SizeBytes: 7 + 12,
      StreamViewType: 'NEW_IMAGE',
    },
  });
});

describe('a page', () => {
  test('has as many records as Limit says, 1,000 by default and at most', async () => {
    const table = await streams.createTable('KEYS_ONLY');
    await fill(table, 1_001);
    const iterator = await streams.iterator(table.arn);
    for (const [limit, count] of [
      [1, 1],
      [999, 999],
      [1_000, 1_000],
      [undefined, 1_000],
    ] as const) {
      assert.equal((await send(iterator, limit)).Records?.length, count, String(limit));
    }
    const { NextShardIterator } = await send(iterator);
    const rest = await send(NextShardIterator);
    const numbers = [...((await send(iterator)).Records ?? []), ...(rest.Records ?? [])].map(({ dynamodb }) =>
      BigInt(dynamodb?.SequenceNumber ?? 0),
    );
    assert.equal(rest.Records?.length, 1);
    assert.ok(
      numbers.every((number, i) => i === 0 || number > (numbers[i - 1] ?? 0n)),
      'sequence numbers rise',
    );
  });

  test('is of 1 MB at most, but for a single record that is more', async () => {
    const table = await streams.createTable('NEW_AND_OLD_IMAGES');
    const large = (letter: string) => ({ v: { S: letter.repeat(400_000) } });
    for (let sk = 1; sk <= 4; sk++) await put(table, sk, large('a'));
    await put(table, 4, large('b'));
    const counts: number[] = [];
    let ShardIterator: string | undefined = await streams.iterator(table.arn);
    for (let page = 0; page < 4; page++) {
      const { Records = [], NextShardIterator }: { Records?: unknown[]; NextShardIterator?: string } = (await send(
        ShardIterator,
      )) as never;
      counts.push(Records.length);
      ShardIterator = NextShardIterator;
    }
    assert.deepEqual(counts, [2, 2, 1, 0]);
  });
});

describe('a shard that is closed', () => {
  test('is read to its end, where there is no iterator to go on', async () => {
    const table = await streams.createTable();
    await put(table, 1);
    await put(table, 2);
    const iterator = await streams.iterator(table.arn);
    const { NextShardIterator: atEnd } = await send(iterator);
    await streams.disable(table.name);
    const first = await send(iterator, 1);
    assert.equal(first.Records?.length, 1);
    assert.notEqual(first.NextShardIterator, undefined);
    for (const last of [
      await send(iterator),
      await send(first.NextShardIterator),
      await send(first.NextShardIterator, 1),
    ]) {
      assert.notEqual(last.Records?.length, 0);
      assert.equal(last.NextShardIterator, undefined);
    }
    const { $metadata: _, ...end } = await send(atEnd);
    assert.deepEqual(end, { Records: [] });
  });

  test('gets no record of what is written later, which goes to the stream that is enabled then', async () => {
    const table = await streams.createTable();
    await put(table, 1);
    await streams.disable(table.name);
    await put(table, 2);
    const second = await streams.enable(table.name, 'KEYS_ONLY');
    await put(table, 3);
    const keysOf = async (arn: string) => (await streams.records(arn)).map(({ dynamodb }) => dynamodb?.Keys?.['sk']?.N);
    assert.deepEqual(await keysOf(table.arn), ['1']);
    assert.deepEqual(await keysOf(second), ['3']);
  });

  test('can be read when its table is gone', async () => {
    const table = await streams.createTable();
    await put(table, 1);
    const iterator = await streams.iterator(table.arn);
    await server.client.send(new DeleteTableCommand({ TableName: table.name }));
    const { Records, NextShardIterator } = await send(iterator);
    // The deletion of a table is no change of its items.
    assert.deepEqual([Records?.length, NextShardIterator], [1, undefined]);
  });
});

test('an iterator outlives the server that gave it out', async () => {
  const store = await makeStore();
  const start = async () => await startStator({ ...store.options, port: 0, logLevel: 'error' });
  const first = await start();
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new DynamoDBClient({ endpoint: first.endpoint, region: 'us-east-1', credentials });
  const { TableDescription } = await client.send(
    new CreateTableCommand({
      TableName: 'kept',
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' },
    }),
  );
  const StreamArn = TableDescription?.LatestStreamArn;
  const before = connectStreams(first.endpoint);
  const { StreamDescription } = await before.describeStream({ StreamArn });
  const ShardId = StreamDescription?.Shards?.[0]?.ShardId;
  const { ShardIterator } = await before.getShardIterator({ StreamArn, ShardId, ShardIteratorType: 'LATEST' });
  await client.send(new PutItemCommand({ TableName: 'kept', Item: { pk: { S: 'a' } } }));
  client.destroy();
  before.destroy();
  await first.close();

  const second = await start();
  const later = connectStreams(second.endpoint);
  const { Records = [] } = await later.getRecords({ ShardIterator });
  later.destroy();
  await second.close();
  assert.deepEqual(
    Records.map(({ dynamodb }) => dynamodb?.Keys),
    [{ pk: { S: 'a' } }],
  );
});

describe('is refused', () => {
  test('with what is no iterator', async () => {
    const { arn } = await streams.createTable();
    const iterator = await streams.iterator(arn);
    const invalid = validation('Invalid ShardIterator');
    const garbage = [
      'x',
      'x'.repeat(2_048),
      arn,
      `${arn}|1|`,
      iterator.slice(1),
      iterator.slice(0, -1),
      `${iterator}A`,
    ];
    for (const text of [...garbage, iterator.replace('|1|', '|2|'), iterator.replace('table-', 'table_')]) {
      await assert.rejects(send(text), invalid, text);
    }
  });

  test('with a Limit below 1 or above 1,000', async () => {
    const { arn } = await streams.createTable();
    const iterator = await streams.iterator(arn);
    await assert.rejects(
      send(iterator, 0),
      validation(
        "1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1",
      ),
    );
    await assert.rejects(send(iterator, 1_001), {
      name: 'LimitExceededException',
      message: 'GetRecords was called with a value of more than 1000 for the limit request parameter.',
    });
  });

  test('with an iterator out of its bounds', async () => {
    const constraint = (value: string, rule: string) =>
      validation(
        `1 validation error detected: Value '${value}' at 'shardIterator' failed to satisfy constraint: Member must have length ${rule}`,
      );
    const long = 'x'.repeat(2_049);
    await assert.rejects(send(''), constraint('', 'greater than or equal to 1'));
    await assert.rejects(send(long), constraint(long, 'less than or equal to 2048'));
    const { body } = await streams.call('GetRecords', {});
    assert.equal(
      body['message'],
      "1 validation error detected: Value null at 'shardIterator' failed to satisfy constraint: Member must not be null",
    );
  });
});
