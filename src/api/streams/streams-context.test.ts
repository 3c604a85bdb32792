/** What tests of reading streams run with: a table with a stream, in a store whose time they drive; no tests itself. */
import type { TestContext } from 'node:test';
import { CreateTable } from '../dynamodb/CreateTable.ts';
import { PutItem } from '../dynamodb/PutItem.ts';
import type { JsonText } from '../answer.ts';
import type { OperationContext } from '../operation-context.ts';
import { openTestContext } from '../table-context.test.ts';
import { DescribeStream } from './DescribeStream.ts';
import { GetRecords } from './GetRecords.ts';
import { GetShardIterator } from './GetShardIterator.ts';

export interface StreamsContext {
  readonly context: OperationContext;
  readonly arn: string;
  readonly shardId: string;
  /** Lets time pass. */
  wait(ms: number): void;
  /** Puts items with these partition keys, each of which is a new one. */
  put(...keys: readonly string[]): Promise<void>;
  /** `sequence` is that of the record, from 1. */
  iterate(type: 'TRIM_HORIZON' | 'LATEST'): Promise<string>;
  iterate(type: 'AT_SEQUENCE_NUMBER' | 'AFTER_SEQUENCE_NUMBER', sequence: number): Promise<string>;
  read(iterator: string, Limit?: number): Promise<StreamPage>;
}

export interface StreamPage {
  /** The partition keys of the items. */
  readonly keys: readonly string[];
  readonly next: string;
}

export async function openStreamsContext(t: TestContext): Promise<StreamsContext> {
  const opened = await openTestContext(t);
  let nowMs = opened.clock.nowMs();
  const context: OperationContext = { ...opened, clock: { nowMs: () => nowMs } };
  const table = await CreateTable.run(context, {
    TableName: 'table',
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' },
  } as never);
  const arn = (table['TableDescription'] as { LatestStreamArn: string }).LatestStreamArn;
  const { StreamDescription } = (await DescribeStream.run(context, { StreamArn: arn } as never)) as {
    StreamDescription: { Shards: { ShardId: string; SequenceNumberRange: { StartingSequenceNumber: string } }[] };
  };
  const [shard] = StreamDescription.Shards;
  const ShardId = shard?.ShardId ?? '';
  const first = BigInt(shard?.SequenceNumberRange.StartingSequenceNumber ?? 0);
  return {
    context,
    arn,
    shardId: ShardId,
    wait(ms) {
      nowMs += ms;
    },
    async put(...keys) {
      for (const key of keys) await PutItem.run(context, { TableName: 'table', Item: { pk: { S: key } } } as never);
    },
    async iterate(ShardIteratorType: string, sequence?: number) {
      const SequenceNumber = sequence === undefined ? undefined : String(first + BigInt(sequence - 1));
      const input = { StreamArn: arn, ShardId, ShardIteratorType, SequenceNumber };
      const { ShardIterator } = await GetShardIterator.run(context, input as never);
      return ShardIterator as string;
    },
    async read(ShardIterator, Limit) {
      const answer = await GetRecords.run(context, { ShardIterator, Limit } as never);
      const records = (answer['Records'] as JsonText[]).map(
        ({ text }) => JSON.parse(text) as { dynamodb: { Keys: { pk: { S: string } } } },
      );
      return {
        keys: records.map(({ dynamodb }) => dynamodb.Keys.pk.S),
        next: answer['NextShardIterator'] as string,
      };
    },
  };
}
