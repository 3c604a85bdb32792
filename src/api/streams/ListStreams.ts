import type { ListStreamsInput } from '@aws-sdk/client-dynamodb-streams';
import { ApiError } from '../../foundation/errors.ts';
import { LIMITS } from '../../foundation/limits.ts';
import { RETENTION_MS } from '../../streams/read-shard.ts';
import { namedTableNotFoundFault } from '../../tables/catalog.ts';
import { listStreams } from '../../tables/stream-records.ts';
import type { Operation } from '../operation.ts';
import { parseStreamArn, streamArnOf } from '../stream-arn.ts';

/** Lists the streams that can be read, by tables and then by age; also those disabled, and those of deleted tables. */
export const ListStreams: Operation<ListStreamsInput> = {
  name: 'ListStreams',

  async run(context, input) {
    const { TableName: tableName, Limit: limit = LIMITS.streamsPage, ExclusiveStartStreamArn: start } = input;
    const after = start === undefined ? undefined : parseStreamArn(context, start);
    // One stream more than the page holds tells whether another page follows.
    const sinceMs = context.clock.nowMs() - RETENTION_MS;
    const streams = await listStreams(context.engine, limit + 1, { tableName, after, sinceMs });
    if (streams.length === 0 && tableName !== undefined && (await context.catalog.find(tableName)) === undefined) {
      throw new ApiError(namedTableNotFoundFault(tableName));
    }
    const page = streams.slice(0, limit).map((stream) => ({
      StreamArn: streamArnOf(context, stream),
      TableName: stream.tableName,
      StreamLabel: stream.label,
    }));
    return {
      Streams: page,
      LastEvaluatedStreamArn: streams.length > limit ? page.at(-1)?.StreamArn : undefined,
    };
  },
};
