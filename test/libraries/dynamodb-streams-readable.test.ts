/**
 * dynamodb-streams-readable does here what its README shows: a shard of a stream as a stream of Node.js, checkpoints,
 * and going on from one. It reads one shard at a time; the shards come from DescribeStream.
 */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import type { Readable } from 'node:stream';
import { beforeEach, test, type TestContext } from 'node:test';
import {
  type AttributeValue,
  BatchWriteItemCommand,
  DeleteItemCommand,
  DynamoDBClient,
  PutItemCommand,
  ScanCommand,
  UpdateItemCommand,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import type { DynamoDBStreams, _Record as StreamRecord, Shard } from '@aws-sdk/client-dynamodb-streams';
import { startStator } from '../../src/context.ts';
import { chooseSeed } from '../e2e/seed.ts';
import { useServer } from '../e2e/server.ts';
import { makePassingStore } from '../e2e/store.ts';
import { connectStreams, type StreamedTable, useStreams } from '../e2e/streams.ts';
import { createSeededRandom } from '../seeded-random.ts';
import { createFollowedTable, readItems, TABLE_NAME } from '../streams/items.ts';
import { SMALL_PARTITIONS } from '../streams/split-limits.ts';
import { createTableCopy } from '../streams/table-copy.ts';
import { startWriters } from '../streams/writers.ts';

interface ReadableOptions {
  readonly shardId?: string | undefined;
  readonly iterator?: 'LATEST' | 'TRIM_HORIZON';
  readonly startAt?: string;
  readonly startAfter?: string;
  readonly limit?: number;
  readonly readInterval?: number;
}

const require = createRequire(import.meta.url);

/** The package has no types. Its stream yields arrays of records, and tells of each by `checkpoint`. */
const createReadable = require('dynamodb-streams-readable') as (
  client: DynamoDBStreams,
  arn: string,
  options?: ReadableOptions,
) => Readable & { close(): void };

const READ_INTERVAL_MS = 5;

const server = useServer();
const streams = useStreams(server);
let table: StreamedTable;

beforeEach(async () => {
  table = await streams.createTable();
});

async function put(...keys: readonly number[]): Promise<void> {
  for (const key of keys) {
    const Item = { pk: { S: 'a' }, sk: { N: String(key) }, v: { S: `value ${key}` } };
    await server.client.send(new PutItemCommand({ TableName: table.name, Item }));
  }
}

/** The first `count` records that it reads; all that there are until the shard's end without. */
async function read(options: ReadableOptions, count = Infinity) {
  const readable = createReadable(streams.client, table.arn, { readInterval: READ_INTERVAL_MS, ...options });
  const records: StreamRecord[] = [];
  let checkpoint = '';
  readable.on('checkpoint', (number: string) => (checkpoint = number));
  for await (const batch of readable) {
    records.push(...(batch as StreamRecord[]));
    if (records.length >= count) break;
  }
  return { records, checkpoint };
}

function keysOf(records: readonly StreamRecord[]): number[] {
  return records.map(({ dynamodb }) => Number(dynamodb?.Keys?.['sk']?.N));
}

test('reads a shard from its oldest record, and what comes while it reads', async () => {
  await put(1, 2, 3);
  const reading = read({ limit: 2 }, 5);
  await put(4, 5);
  assert.deepEqual(keysOf((await reading).records), [1, 2, 3, 4, 5]);
});

test('goes on behind a checkpoint, or at one', async () => {
  await put(1, 2, 3, 4);
  const { records, checkpoint } = await read({ limit: 2 }, 2);
  assert.deepEqual(keysOf(records), [1, 2]);
  assert.equal(checkpoint, records[1]?.dynamodb?.SequenceNumber);
  assert.deepEqual(keysOf((await read({ startAfter: checkpoint }, 2)).records), [3, 4]);
  assert.deepEqual(keysOf((await read({ startAt: checkpoint }, 3)).records), [2, 3, 4]);
});

test('ends where a closed shard does', async () => {
  await put(1, 2, 3);
  await streams.disable(table.name);
  assert.deepEqual(keysOf((await read({ limit: 2 })).records), [1, 2, 3]);
});

test('makes a copy of a table from its stream alone, by following its shards', async () => {
  const keys = Array.from({ length: 25 }, (_, i) => ({ pk: { S: `p${i % 5}` }, sk: { N: String(i) } }));
  const requests = keys.map((key) => ({ PutRequest: { Item: { ...key, n: { N: '0' } } } }));
  await server.client.send(new BatchWriteItemCommand({ RequestItems: { [table.name]: requests } }));
  for (let i = 0; i < 100; i++) {
    const Key = keys[(i * 7) % keys.length];
    const TableName = table.name;
    if (i % 9 === 0) await server.client.send(new DeleteItemCommand({ TableName, Key }));
    else {
      const UpdateExpression = 'ADD n :one';
      const ExpressionAttributeValues = { ':one': { N: '1' } };
      await server.client.send(new UpdateItemCommand({ TableName, Key, UpdateExpression, ExpressionAttributeValues }));
    }
  }
  await streams.disable(table.name);

  const copy = new Map<string, Record<string, AttributeValue>>();
  for (const { ShardId: shardId } of await streams.shards(table.arn)) {
    for (const { eventName, dynamodb } of (await read({ shardId, limit: 10 })).records) {
      const key = JSON.stringify(dynamodb?.Keys);
      if (eventName === 'REMOVE') copy.delete(key);
      else copy.set(key, dynamodb?.NewImage as Record<string, AttributeValue>);
    }
  }
  const { Items = [] } = await server.client.send(new ScanCommand({ TableName: table.name }));
  const byText = (items: Iterable<object>) => [...items].map((item) => JSON.stringify(item)).toSorted();
  assert.deepEqual(byText(copy.values()), byText(Items));
});

/** A server of its own on which partitions are small, with a table that is followed. */
async function openSplitting(t: TestContext) {
  const store = await makePassingStore();
  const options = { ...store.options, port: 0, logLevel: 'error' } as const;
  const stator = await startStator(options, { splitLimits: SMALL_PARTITIONS });
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new DynamoDBClient({ endpoint: stator.endpoint, region: 'us-east-1', credentials });
  const reading = connectStreams(stator.endpoint);
  t.after(async () => {
    client.destroy();
    reading.destroy();
    await stator.close();
  });
  await createFollowedTable(client);
  const { Streams = [] } = await reading.listStreams({ TableName: TABLE_NAME });
  const arn = Streams[0]?.StreamArn ?? '';
  return {
    client,
    async shards(): Promise<Shard[]> {
      return (await reading.describeStream({ StreamArn: arn })).StreamDescription?.Shards ?? [];
    },
    readable: (shardId: string) => createReadable(reading, arn, { shardId, readInterval: READ_INTERVAL_MS }),
    async disableStream(): Promise<void> {
      const StreamSpecification = { StreamEnabled: false };
      await client.send(new UpdateTableCommand({ TableName: TABLE_NAME, StreamSpecification }));
    },
  };
}

test('makes a copy while clients write and the shards that it reads are split', async (t) => {
  const { client, shards, readable, disableStream } = await openSplitting(t);
  const copy = createTableCopy();
  const followed: string[] = [];
  /** Reads the children of a shard to their ends, each before its own. */
  const followChildren = async (parent: string | undefined): Promise<void> => {
    const children = (await shards()).filter(({ ParentShardId }) => ParentShardId === parent);
    await Promise.all(
      children.map(async ({ ShardId = '' }) => {
        followed.push(ShardId);
        for await (const batch of readable(ShardId)) {
          for (const { dynamodb } of batch as StreamRecord[]) {
            copy.apply({ before: dynamodb?.OldImage, after: dynamodb?.NewImage });
          }
        }
        await followChildren(ShardId);
      }),
    );
  };
  const random = createSeededRandom(chooseSeed(t));
  // Until one shard was split and one of its children, however long a node takes to begin with it.
  const isEnough = (sent: number): boolean => sent >= 1_000 && followed.length >= 5;
  const writers = startWriters({ count: 6, isEnough, random, client: async () => client, isCut: () => false });
  await Promise.all([writers.done.then(disableStream), followChildren(undefined)]);

  assert.deepEqual(copy.items, await readItems(client));
  const all = (await shards()).map(({ ShardId }) => ShardId);
  assert.deepEqual(followed.toSorted(), all.toSorted());
  t.diagnostic(`${copy.records()} records in ${all.length} shards`);
});
