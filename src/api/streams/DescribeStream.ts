import type { DescribeStreamInput, ShardFilter } from '@aws-sdk/client-dynamodb-streams';
import { validationError } from '../../foundation/errors.ts';
import { LIMITS } from '../../foundation/limits.ts';
import { describeShards } from '../../streams/describe-shards.ts';
import { listChildren } from '../../streams/list-children.ts';
import { STREAM_MESSAGES } from '../../streams/messages.ts';
import { RETENTION_MS } from '../../streams/read-shard.ts';
import { parseShardId } from '../../streams/sequence-number.ts';
import { streamStatusOf } from '../../streams/stream-status.ts';
import { listShards, type ShardRecord } from '../../tables/shard-records.ts';
import type { StreamRecord } from '../../tables/stream-records.ts';
import { describeKeySchema } from '../describe-table.ts';
import type { OperationContext } from '../operation-context.ts';
import type { Operation } from '../operation.ts';
import { findNamedStream, parseStreamArn, shardNotFoundError, streamArnOf } from '../stream-arn.ts';

/** Describes a stream, enabled or not, with its shards by the page: all that can be read, or the children of one. */
export const DescribeStream: Operation<DescribeStreamInput> = {
  name: 'DescribeStream',

  async run(context, input) {
    const name = parseStreamArn(context, input.StreamArn);
    const limit = input.Limit ?? LIMITS.streamsPage;
    const after = input.ExclusiveStartShardId === undefined ? 0 : shardNumberOf(input.ExclusiveStartShardId);
    const parent = input.ShardFilter && parentOf(input.ShardFilter);
    const stream = await findNamedStream(context, name);
    const sinceMs = context.clock.nowMs() - RETENTION_MS;
    const shards = await findShards(context, stream, { parent, after, limit, sinceMs });
    const page = await describeShards(context.engine, stream, shards.slice(0, limit), sinceMs);
    const { tableName, label, viewType, partitionKey, sortKey } = stream;
    const description = {
      StreamArn: streamArnOf(context, stream),
      StreamLabel: label,
      StreamStatus: streamStatusOf(stream, await context.catalog.find(tableName)),
      StreamViewType: viewType,
      CreationRequestDateTime: Date.parse(`${label}Z`) / 1_000,
      TableName: tableName,
      KeySchema: describeKeySchema([partitionKey], sortKey === undefined ? [] : [sortKey]),
      Shards: page,
      LastEvaluatedShardId: shards.length > limit ? page.at(-1)?.ShardId : undefined,
    };
    return { StreamDescription: description };
  },
};

interface ShardsRequest {
  readonly parent: number | undefined;
  readonly after: number;
  readonly limit: number;
  /** Shards that were closed before can't be read any more. */
  readonly sinceMs: number;
}

/** One shard more than the page holds, which tells whether another page follows. */
async function findShards(
  { engine }: OperationContext,
  stream: StreamRecord,
  { parent, after, limit, sinceMs }: ShardsRequest,
): Promise<ShardRecord[]> {
  if (parent === undefined) return await listShards(engine, stream, limit + 1, after, sinceMs);
  const isOfStream = parent >= stream.firstShard && parent <= (stream.lastShard ?? Infinity);
  if (!isOfStream) throw shardNotFoundError();
  return await listChildren(engine, stream, parent, { limit: limit + 1, after, sinceMs });
}

function parentOf({ Type, ShardId }: ShardFilter): number {
  if (Type === undefined || ShardId === undefined) throw validationError(STREAM_MESSAGES.incompleteFilter);
  return shardNumberOf(ShardId);
}

function shardNumberOf(shardId: string): number {
  const parsed = parseShardId(shardId);
  if (parsed === undefined) throw validationError(STREAM_MESSAGES.invalidShardId);
  return parsed.shard;
}
