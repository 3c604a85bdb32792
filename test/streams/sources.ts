/** The stream of the table that is followed, as the store has it, and as a client of DynamoDB Streams sees it. */
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListStreamsCommand,
  type Shard,
} from '@aws-sdk/client-dynamodb-streams';
import assert from 'node:assert/strict';
import type { StorageEngine } from '../../src/storage/engine.ts';
import type { Image } from '../../src/streams/change-record.ts';
import { readShard } from '../../src/streams/read-shard.ts';
import { listShards } from '../../src/tables/shard-records.ts';
import { listStreams, type StreamRecord } from '../../src/tables/stream-records.ts';
import type { Follower, ShardSource } from './follower.ts';
import { type FollowedItem, type Sender, TABLE_NAME } from './items.ts';

/** As GetRecords has them. */
const PAGE = { records: 1_000, bytes: 1_048_576 };

/** More shards than a run has. */
const MAX_SHARDS = 100_000;

/** What is in the store, read without a server. */
export function storeSource(engine: StorageEngine): ShardSource {
  async function findStream(): Promise<StreamRecord> {
    const [stream] = await listStreams(engine, 1, { tableName: TABLE_NAME });
    assert.ok(stream !== undefined);
    return stream;
  }
  return {
    async shards() {
      const shards = await listShards(engine, await findStream(), MAX_SHARDS);
      return shards.map(({ shard, parent }) => ({
        id: `${shard}`,
        parent: parent === undefined ? parent : `${parent}`,
      }));
    },
    async read(id, position = '0') {
      const start = BigInt(position);
      const { records, after, isEnd } = await readShard(engine, await findStream(), Number(id), start, PAGE);
      for (const [i, { sequence }] of records.entries()) assert.equal(sequence, start + BigInt(i) + 1n);
      const changes = records.map(({ record }) => ({
        before: itemOf(record.oldImage),
        after: itemOf(record.newImage),
      }));
      return { changes, next: isEnd ? undefined : `${after}` };
    },
  };
}

function itemOf(image: Image | undefined): FollowedItem | undefined {
  return image && (JSON.parse(image.json) as FollowedItem);
}

/** Lets a follower read all that the server of a client has now, as its clients do. Every request is sent once. */
export async function pollServer(follower: Follower, { config }: Sender): Promise<void> {
  const { endpoint = '', region, credentials } = config;
  const client = new DynamoDBStreamsClient({ endpoint, region, credentials, maxAttempts: 1 });
  try {
    const source = await clientSource(client);
    while ((await follower.poll(source)) > 0);
  } finally {
    client.destroy();
  }
}

/** What the server of `client` answers; positions are iterators. */
async function clientSource(client: DynamoDBStreamsClient): Promise<ShardSource> {
  const { Streams = [] } = await client.send(new ListStreamsCommand({ TableName: TABLE_NAME }));
  const StreamArn = Streams[0]?.StreamArn;
  assert.ok(StreamArn !== undefined);
  return {
    async shards() {
      const shards: Shard[] = [];
      let ExclusiveStartShardId: string | undefined;
      do {
        const { StreamDescription } = await client.send(
          new DescribeStreamCommand({ StreamArn, ExclusiveStartShardId }),
        );
        shards.push(...(StreamDescription?.Shards ?? []));
        ExclusiveStartShardId = StreamDescription?.LastEvaluatedShardId;
      } while (ExclusiveStartShardId !== undefined);
      return shards.map(({ ShardId = '', ParentShardId }) => ({ id: ShardId, parent: ParentShardId }));
    },
    async read(ShardId, position) {
      const start = { StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' } as const;
      const ShardIterator = position ?? (await client.send(new GetShardIteratorCommand(start))).ShardIterator;
      const { Records = [], NextShardIterator } = await client.send(new GetRecordsCommand({ ShardIterator }));
      const changes = Records.map(({ dynamodb }) => ({ before: dynamodb?.OldImage, after: dynamodb?.NewImage }));
      return { changes, next: NextShardIterator };
    },
  };
}
