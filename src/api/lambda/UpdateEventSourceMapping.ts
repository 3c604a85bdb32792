import type { UpdateEventSourceMappingRequest } from '@aws-sdk/client-lambda';
import { ApiError } from '../../foundation/errors.ts';
import { updateTrigger } from '../../streams/consumers/change-triggers.ts';
import type { TriggerRecord } from '../../streams/consumers/trigger-record.ts';
import type { Operation } from '../operation.ts';
import { type PassingState, USER_ACTION, describeMapping } from './describe-mapping.ts';
import { resolveFunction } from './function-name.ts';
import { readMappingSettings } from './mapping-settings.ts';
import { requireTrigger } from './require-trigger.ts';

/** Changes what the request names of an event source mapping. Source: API reference, UpdateEventSourceMapping. */
export const UpdateEventSourceMapping: Operation<UpdateEventSourceMappingRequest> = {
  name: 'UpdateEventSourceMapping',

  async run(context, input) {
    const before = await requireTrigger(context.engine, input.UUID ?? '');
    const { uuid, streamArn } = before;
    const settings = readMappingSettings(input);
    const named = input.FunctionName === undefined ? undefined : resolveFunction(context, input.FunctionName);
    const outcome = await context.engine.transact(updateTrigger, {
      uuid,
      streamArn,
      functionArn: named?.functionArn ?? before.functionArn,
      stateReason: USER_ACTION,
      changes: { ...settings, ...named },
      nowMs: context.clock.nowMs(),
    });
    if ('fault' in outcome) throw new ApiError(outcome.fault);
    return await describeMapping(context, outcome.trigger, describeChange(before, outcome.trigger));
  },
};

function describeChange(before: TriggerRecord, { enabled }: TriggerRecord): PassingState {
  if (before.enabled === enabled) return 'Updating';
  return enabled ? 'Enabling' : 'Disabling';
}
