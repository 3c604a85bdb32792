/**
 * What is sent to a trigger's destination of failures: where the records are that were given up, and why.
 *
 * Source: "Retain discarded records for a DynamoDB event source in Lambda" in the developer guide. The condition of records
 * that got too old is not shown there; it is the one that such records are known by.
 */
import { formatShardId } from '../sequence-number.ts';
import type { GivenUpBatch } from './deliver-batch.ts';
import type { HttpPoster } from './http-post.ts';
import type { TriggerRecord } from './trigger-record.ts';

const TIMEOUT_MS = 30_000;

/** Where the records of a batch were read. */
export interface BatchSource {
  readonly trigger: Pick<TriggerRecord, 'functionArn' | 'streamArn'>;
  readonly shard: Parameters<typeof formatShardId>[0];
  readonly requestId: string;
  readonly nowMs: number;
}

/** The JSON that tells of a batch. */
export function describeGivenUp(batch: GivenUpBatch, { trigger, shard, requestId, nowMs }: BatchSource): string {
  const { records, condition, invocations, last } = batch;
  const [first] = records;
  const end = records.at(-1);
  const answer = last === undefined || last.kind === 'unreachable' ? undefined : last;
  return JSON.stringify({
    requestContext: {
      requestId: answer?.requestId ?? requestId,
      functionArn: trigger.functionArn,
      condition,
      approximateInvokeCount: invocations,
    },
    ...(answer !== undefined && {
      responseContext: {
        statusCode: answer.statusCode,
        executedVersion: answer.executedVersion,
        functionError: answer.kind === 'failed' ? answer.functionError : null,
      },
    }),
    version: '1.0',
    timestamp: new Date(nowMs).toISOString(),
    DDBStreamBatchInfo: {
      shardId: formatShardId(shard),
      startSequenceNumber: first?.sequenceNumber,
      endSequenceNumber: end?.sequenceNumber,
      approximateArrivalOfFirstRecord: formatSeconds(first?.atMs ?? nowMs),
      approximateArrivalOfLastRecord: formatSeconds(end?.atMs ?? nowMs),
      batchSize: records.length,
      streamArn: trigger.streamArn,
    },
  });
}

/** Such as `2019-11-14T00:13:19Z`. */
function formatSeconds(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** Sends what `describeGivenUp` gave to `url`; rejects unless that takes it. */
export async function tellDestination(
  url: string,
  body: string,
  poster: Pick<HttpPoster, 'post'>,
  signal: AbortSignal,
): Promise<void> {
  const { statusCode } = await poster.post(url, body, { signal, timeoutMs: TIMEOUT_MS });
  if (statusCode < 200 || statusCode > 299)
    throw new Error(`the destination ${url} answered with status ${statusCode}`);
}
