import type { GetRecordsInput } from '@aws-sdk/client-dynamodb-streams';
import { assert } from '../../foundation/assert.ts';
import { ApiError, validationError } from '../../foundation/errors.ts';
import { LIMITS } from '../../foundation/limits.ts';
import { describeChange } from '../../streams/describe-change.ts';
import { STREAM_MESSAGES } from '../../streams/messages.ts';
import { readRecords } from '../../streams/read-records.ts';
import { RETENTION_MS } from '../../streams/read-shard.ts';
import { decodeShardIterator, encodeShardIterator, type ShardIterator } from '../../streams/shard-iterator.ts';
import { JsonText } from '../answer.ts';
import type { Operation } from '../operation.ts';
import { findNamedStream, parseStreamArn } from '../stream-arn.ts';

/** Gives the records of a shard from where an iterator stands, and an iterator to go on with until the shard ends. */
export const GetRecords: Operation<GetRecordsInput> = {
  name: 'GetRecords',

  async run(context, input) {
    const limit = input.Limit ?? LIMITS.streamRecords;
    if (limit > LIMITS.streamRecords) {
      throw new ApiError({ name: 'LimitExceededException', message: STREAM_MESSAGES.tooManyRecords });
    }
    const nowMs = context.clock.nowMs();
    const iterator = readIterator(input.ShardIterator, nowMs);
    const { streamArn, shard, position } = iterator;
    const stream = await findNamedStream(context, parseStreamArn(context, streamArn));
    const limits = { records: limit, bytes: LIMITS.streamRecordsSizeBytes };
    const page = await readRecords(context.engine, { stream, shard, position }, limits, nowMs - RETENTION_MS);
    const place = { stream, streamArn, region: context.region, shard };
    return {
      Records: page.records.map(({ sequence, record }) => new JsonText(describeChange({ ...place, sequence }, record))),
      NextShardIterator: page.isEnd
        ? undefined
        : encodeShardIterator({ ...iterator, position: page.after, issuedAtMs: nowMs }),
    };
  },
};

function readIterator(text: string | undefined, nowMs: number): ShardIterator {
  assert(text !== undefined, 'ShardIterator is a required member');
  const iterator = decodeShardIterator(text);
  if (iterator === undefined) throw validationError(STREAM_MESSAGES.invalidIterator);
  if (nowMs - iterator.issuedAtMs > LIMITS.shardIteratorAgeMs) {
    throw new ApiError({ name: 'ExpiredIteratorException', message: STREAM_MESSAGES.expired });
  }
  return iterator;
}
