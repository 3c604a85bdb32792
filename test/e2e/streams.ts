/** What the tests of streams share: a client of DynamoDB Streams, tables with streams, and readers of them. */
import { after } from 'node:test';
import {
  type CreateTableCommandInput,
  DescribeTableCommand,
  type StreamViewType,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamCommand,
  DynamoDBStreams,
  GetRecordsCommand,
  type GetRecordsCommandOutput,
  GetShardIteratorCommand,
  type _Record as StreamRecord,
  type Shard,
  type StreamDescription,
} from '@aws-sdk/client-dynamodb-streams';
import type { RawAnswer, TestServer } from './server.ts';

export interface TestStreams {
  readonly client: DynamoDBStreams;
  /** As `TestServer.call`, of an operation of DynamoDB Streams. */
  call(operation: string, body: unknown): Promise<RawAnswer>;
  /** Makes a table with a stream. */
  createTable(viewType?: StreamViewType, input?: Partial<CreateTableCommandInput>): Promise<StreamedTable>;
  /** Enables a stream of a table; resolves with its ARN. */
  enable(table: string, viewType?: StreamViewType): Promise<string>;
  disable(table: string): Promise<void>;
  describe(arn: string): Promise<StreamDescription>;
  shards(arn: string): Promise<Shard[]>;
  /** An iterator of a shard, by default of the stream's first one, from its oldest record. */
  iterator(arn: string, shardId?: string): Promise<string>;
  /** All records that a stream has now, shard by shard. */
  records(arn: string): Promise<StreamRecord[]>;
}

export interface StreamedTable {
  readonly name: string;
  readonly arn: string;
}

/** A client of the streams of a server. */
export function connectStreams(endpoint: string): DynamoDBStreams {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  return new DynamoDBStreams({ endpoint, region: 'us-east-1', credentials });
}

/** For the server of a test file, while it runs. */
export function useStreams(server: TestServer): TestStreams {
  let connected: DynamoDBStreams | undefined;
  after(() => connected?.destroy());
  const client = () => (connected ??= connectStreams(server.endpoint));

  const streams: TestStreams = {
    get client() {
      return client();
    },
    call: (operation, body) =>
      server.call(operation, body, { 'x-amz-target': `DynamoDBStreams_20120810.${operation}` }),
    async createTable(StreamViewType = 'NEW_AND_OLD_IMAGES', input = {}) {
      const StreamSpecification = { StreamEnabled: true, StreamViewType };
      const made = await server.createTable({ StreamSpecification, ...input });
      const name = input.TableName ?? made;
      const { Table } = await server.client.send(new DescribeTableCommand({ TableName: name }));
      return { name, arn: Table?.LatestStreamArn ?? '' };
    },
    async enable(TableName, StreamViewType = 'NEW_AND_OLD_IMAGES') {
      const StreamSpecification = { StreamEnabled: true, StreamViewType };
      const { TableDescription } = await server.client.send(new UpdateTableCommand({ TableName, StreamSpecification }));
      return TableDescription?.LatestStreamArn ?? '';
    },
    async disable(TableName) {
      await server.client.send(new UpdateTableCommand({ TableName, StreamSpecification: { StreamEnabled: false } }));
    },
    async describe(StreamArn) {
      const { StreamDescription = {} } = await client().send(new DescribeStreamCommand({ StreamArn }));
      return StreamDescription;
    },
    async shards(StreamArn) {
      const shards: Shard[] = [];
      let ExclusiveStartShardId: string | undefined;
      do {
        const page = await client().send(new DescribeStreamCommand({ StreamArn, ExclusiveStartShardId }));
        shards.push(...(page.StreamDescription?.Shards ?? []));
        ExclusiveStartShardId = page.StreamDescription?.LastEvaluatedShardId;
      } while (ExclusiveStartShardId !== undefined);
      return shards;
    },
    async iterator(StreamArn, shardId) {
      const ShardId = shardId ?? (await streams.shards(StreamArn))[0]?.ShardId;
      const { ShardIterator = '' } = await client().send(
        new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' }),
      );
      return ShardIterator;
    },
    async records(arn) {
      const records: StreamRecord[] = [];
      for (const { ShardId } of await streams.shards(arn)) {
        let ShardIterator: string | undefined = await streams.iterator(arn, ShardId);
        while (ShardIterator !== undefined) {
          const page: GetRecordsCommandOutput = await client().send(new GetRecordsCommand({ ShardIterator }));
          records.push(...(page.Records ?? []));
          if (page.Records?.length === 0) break;
          ShardIterator = page.NextShardIterator;
        }
      }
      return records;
    },
  };
  return streams;
}
