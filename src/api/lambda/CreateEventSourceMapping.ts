import type { CreateEventSourceMappingRequest } from '@aws-sdk/client-lambda';
import { ApiError } from '../../foundation/errors.ts';
import { type TriggerChanges, createTrigger } from '../../streams/consumers/change-triggers.ts';
import type { TriggerRecord } from '../../streams/consumers/trigger-record.ts';
import type { Operation } from '../operation.ts';
import { USER_ACTION, describeMapping } from './describe-mapping.ts';
import { resolveFunction } from './function-name.ts';
import { invalidParameter } from './invalid-parameter.ts';
import { readMappingSettings } from './mapping-settings.ts';
import { LAMBDA_MESSAGES } from './messages.ts';
import { parseStreamArn } from './stream-arn.ts';

/** What a trigger has where the request says nothing. Source: API reference, CreateEventSourceMapping. */
const DEFAULTS = {
  enabled: true,
  batchSize: 100,
  batchingWindowMs: 0,
  filters: [],
  parallelization: 1,
  maxRetries: -1,
  bisect: false,
  maxAgeMs: -1,
  reportsItemFailures: false,
} as const;

/** Has a function run on the changes of a stream. Source: API reference, CreateEventSourceMapping. */
export const CreateEventSourceMapping: Operation<CreateEventSourceMappingRequest> = {
  name: 'CreateEventSourceMapping',

  async run(context, input) {
    const { EventSourceArn: streamArn, FunctionName: functionName = '' } = input;
    if (streamArn === undefined) throw invalidParameter(LAMBDA_MESSAGES.sourceUnrecognized);
    const stream = parseStreamArn(context, streamArn);
    const startingPosition = readStartingPosition(input, streamArn);
    const settings = readMappingSettings(input);
    const nowMs = context.clock.nowMs();
    const trigger = completeTrigger(settings, {
      uuid: context.random.uuid(),
      streamArn,
      ...resolveFunction(context, functionName),
      startingPosition,
      stateReason: USER_ACTION,
      lastModifiedMs: nowMs,
      createdAtMs: nowMs,
    });
    const outcome = await context.engine.transact(createTrigger, { trigger, ...stream });
    if ('fault' in outcome) throw new ApiError(outcome.fault);
    return await describeMapping(context, outcome.trigger, 'Creating');
  },
};

function readStartingPosition(
  { StartingPosition: position }: CreateEventSourceMappingRequest,
  streamArn: string,
): TriggerRecord['startingPosition'] {
  if (position === undefined) throw invalidParameter(LAMBDA_MESSAGES.startingPositionMissing);
  if (position === 'TRIM_HORIZON' || position === 'LATEST') return position;
  throw invalidParameter(LAMBDA_MESSAGES.startingPositionUnsupported(streamArn));
}

type Origin = Pick<
  TriggerRecord,
  | 'uuid'
  | 'streamArn'
  | 'target'
  | 'functionArn'
  | 'startingPosition'
  | 'stateReason'
  | 'lastModifiedMs'
  | 'createdAtMs'
>;

function completeTrigger(settings: TriggerChanges, origin: Origin): TriggerRecord {
  const given = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined && value !== ''));
  const merged = { ...DEFAULTS, ...(given as Partial<Omit<TriggerRecord, keyof Origin | 'state'>>), ...origin };
  return { ...merged, state: merged.enabled ? 'Enabled' : 'Disabled' };
}
