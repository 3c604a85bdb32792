/** An event source mapping as the Lambda API tells of it: EventSourceMappingConfiguration in the API reference. */
import { readProcessingResult } from '../../streams/consumers/trigger-progress.ts';
import type { TriggerRecord } from '../../streams/consumers/trigger-record.ts';
import type { Answer } from '../answer.ts';
import type { OperationContext } from '../operation-context.ts';

/** The states of a mapping that is being changed, which it has in the answer to the change only. */
export type PassingState = 'Creating' | 'Enabling' | 'Disabling' | 'Updating' | 'Deleting';

/** What Lambda says of who made the last change of a mapping with a stream. */
export const USER_ACTION = 'User action';

/** Describes `trigger`, in the state `passing` or in its own. */
export async function describeMapping(
  { engine, region, accountId }: Pick<OperationContext, 'engine' | 'region' | 'accountId'>,
  trigger: TriggerRecord,
  passing?: PassingState,
): Promise<Answer> {
  const { uuid, filters, onFailure, maxAgeMs } = trigger;
  return {
    UUID: uuid,
    StartingPosition: trigger.startingPosition,
    BatchSize: trigger.batchSize,
    MaximumBatchingWindowInSeconds: trigger.batchingWindowMs / 1_000,
    ParallelizationFactor: trigger.parallelization,
    EventSourceArn: trigger.streamArn,
    FilterCriteria: filters.length === 0 ? undefined : { Filters: filters.map((Pattern) => ({ Pattern })) },
    FunctionArn: trigger.functionArn,
    LastModified: trigger.lastModifiedMs / 1_000,
    LastProcessingResult: await readProcessingResult(engine, uuid),
    State: passing ?? trigger.state,
    StateTransitionReason: trigger.stateReason,
    DestinationConfig: { OnFailure: { Destination: onFailure } },
    MaximumRecordAgeInSeconds: maxAgeMs === -1 ? -1 : maxAgeMs / 1_000,
    BisectBatchOnFunctionError: trigger.bisect,
    MaximumRetryAttempts: trigger.maxRetries,
    TumblingWindowInSeconds: 0,
    FunctionResponseTypes: trigger.reportsItemFailures ? ['ReportBatchItemFailures'] : [],
    EventSourceMappingArn: `arn:aws:lambda:${region}:${accountId}:event-source-mapping:${uuid}`,
  };
}
