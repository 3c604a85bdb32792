import type { GetShardIteratorInput } from '@aws-sdk/client-dynamodb-streams';
import { assert } from '../../foundation/assert.ts';
import { RETENTION_MS } from '../../streams/read-shard.ts';
import { formatShardId, parseShardId } from '../../streams/sequence-number.ts';
import { encodeShardIterator } from '../../streams/shard-iterator.ts';
import { findStart, type StartRequest, validateStart } from '../../streams/start-position.ts';
import { findShard, type ShardRecord } from '../../tables/shard-records.ts';
import type { StreamRecord } from '../../tables/stream-records.ts';
import type { OperationContext } from '../operation-context.ts';
import type { Operation } from '../operation.ts';
import { findNamedStream, parseStreamArn, shardNotFoundError, streamArnOf } from '../stream-arn.ts';

/** Gives out an iterator for a shard, from its oldest record, its newest, or the one with a sequence number. */
export const GetShardIterator: Operation<GetShardIteratorInput> = {
  name: 'GetShardIterator',

  async run(context, input) {
    const name = parseStreamArn(context, input.StreamArn);
    const start = startOf(input);
    validateStart(start);
    const issuedAtMs = context.clock.nowMs();
    const stream = await findNamedStream(context, name);
    const oldestMs = issuedAtMs - RETENTION_MS;
    const { shard } = await findNamedShard(context, stream, input.ShardId, oldestMs);
    const position = await findStart(context.engine, { log: stream.log, shard }, start, oldestMs);
    const streamArn = streamArnOf(context, stream);
    return { ShardIterator: encodeShardIterator({ streamArn, shard, position, issuedAtMs }) };
  },
};

function startOf({ ShardIteratorType: type, SequenceNumber: sequenceNumber }: GetShardIteratorInput): StartRequest {
  assert(type !== undefined, 'ShardIteratorType is a required member');
  return { type, sequenceNumber };
}

async function findNamedShard(
  { engine }: OperationContext,
  stream: StreamRecord,
  shardId: string | undefined,
  oldestMs: number,
): Promise<ShardRecord> {
  assert(shardId !== undefined, 'ShardId is a required member');
  const parsed = parseShardId(shardId);
  const record = parsed && (await findShard(engine, stream, parsed.shard, oldestMs));
  if (record === undefined || formatShardId(record) !== shardId) throw shardNotFoundError();
  return record;
}
