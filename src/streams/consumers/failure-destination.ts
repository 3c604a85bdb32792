/**
 * What is sent to a trigger's destination of failures: where the records are that were given up, and why.
 *
 * Source: "Retain discarded records for a DynamoDB event source in Lambda" in the developer guide. The condition of records
 * that got too old is not shown there; it is the one that such records are known by.
 */
import { formatShardId } from '../sequence-number.ts';
import type { GivenUpBatch } from './deliver-batch.ts';
import type { HttpPoster } from './http-post.ts';
import { createLambdaTarget } from './http-targets.ts';
import { type TriggerRecord, parseLambdaTarget } from './trigger-record.ts';

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

/**
 * Sends what `describeGivenUp` gave to `destination`, a URL or a function that `parseLambdaTarget` takes; rejects unless
 * that takes it, as a function does that runs to its end.
 */
export async function tellDestination(
  destination: string,
  body: string,
  poster: Pick<HttpPoster, 'post'>,
  signal: AbortSignal,
): Promise<void> {
  const target = parseLambdaTarget(destination);
  if (target !== undefined) {
    const invocation = await createLambdaTarget(target, poster).invoke(body, signal);
    if (invocation.kind !== 'returned') throw new Error(`the destination ${destination} failed: ${invocation.reason}`);
    return;
  }
  const { statusCode } = await poster.post(destination, body, { signal, timeoutMs: TIMEOUT_MS });
  if (statusCode < 200 || statusCode > 299)
    throw new Error(`the destination ${destination} answered with status ${statusCode}`);
}
