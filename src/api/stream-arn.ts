/** StreamArn as the operations of DynamoDB Streams take it, and the stream that it names. */
import { assert } from '../foundation/assert.ts';
import { ApiError, validationError } from '../foundation/errors.ts';
import { STREAM_MESSAGES } from '../streams/messages.ts';
import { RETENTION_MS } from '../streams/read-shard.ts';
import { ARN_PARTITION, type ArnScope, formatStreamArn, formatTableArn, parseArn } from '../tables/arn.ts';
import { findStream, type StreamRecord, type StreamRecordName } from '../tables/stream-records.ts';
import { ARN_NAME_MESSAGES } from './messages.ts';
import type { OperationContext } from './operation-context.ts';

const STREAM = /^table\/([a-zA-Z0-9_.-]{3,255})\/stream\/([^/]+)$/;

/**
 * What `text` names, whether or not it is there. ValidationException for what is no stream of this region,
 * AccessDeniedException for one of another account.
 */
export function parseStreamArn({ region, accountId }: ArnScope, text: string | undefined): StreamRecordName {
  assert(text !== undefined, 'StreamArn is a required member');
  const arn = parseArn(text);
  const [, tableName, label] = typeof arn === 'number' ? [] : (STREAM.exec(arn.resource) ?? []);
  if (typeof arn === 'number' || tableName === undefined || label === undefined) throw invalidArnError();
  const isHere = arn.partition === ARN_PARTITION && arn.service === 'dynamodb' && arn.region === region;
  if (!isHere) throw invalidArnError();
  if (arn.accountId !== accountId) {
    throw new ApiError({ name: 'AccessDeniedException', message: ARN_NAME_MESSAGES.denied });
  }
  return { tableName, label };
}

function invalidArnError(): ApiError {
  return validationError(STREAM_MESSAGES.invalidArn);
}

/** The ARN of a stream. */
export function streamArnOf(scope: ArnScope, { tableName, label }: StreamRecordName): string {
  return formatStreamArn(formatTableArn(scope, tableName), label);
}

/**
 * The stream called so, enabled or not; ResourceNotFoundException where there is none, or none that can be read any
 * more, though readers may hold what it was.
 */
export async function findNamedStream(context: OperationContext, name: StreamRecordName): Promise<StreamRecord> {
  const sinceMs = context.clock.nowMs() - RETENTION_MS;
  const stream = await findStream(context.engine, name.tableName, name.label, sinceMs);
  if (stream !== undefined) return stream;
  const message = STREAM_MESSAGES.streamNotFound(streamArnOf(context, name));
  throw new ApiError({ name: 'ResourceNotFoundException', message });
}

/** What is answered where there is no such shard. */
export function shardNotFoundError(): ApiError {
  return new ApiError({ name: 'ResourceNotFoundException', message: STREAM_MESSAGES.shardNotFound });
}
