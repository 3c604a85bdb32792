/**
 * dynamodb-streams-readable does here what its README shows: a shard of a stream as a stream of Node.js, checkpoints,
 * and going on from one. It reads one shard at a time; the shards come from DescribeStream.
 */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import type { Readable } from 'node:stream';
import { beforeEach, test } from 'node:test';
import {
  type AttributeValue,
  BatchWriteItemCommand,
  DeleteItemCommand,
  PutItemCommand,
  ScanCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { DynamoDBStreams, _Record as StreamRecord } from '@aws-sdk/client-dynamodb-streams';
import { useServer } from '../e2e/server.ts';
import { type StreamedTable, useStreams } from '../e2e/streams.ts';

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
