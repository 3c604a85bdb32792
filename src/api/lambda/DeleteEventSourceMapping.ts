import type { DeleteEventSourceMappingRequest } from '@aws-sdk/client-lambda';
import { ApiError } from '../../foundation/errors.ts';
import { deleteTrigger } from '../../streams/consumers/change-triggers.ts';
import type { Operation } from '../operation.ts';
import { describeMapping } from './describe-mapping.ts';
import { requireTrigger } from './require-trigger.ts';

/** Deletes an event source mapping. Source: API reference, DeleteEventSourceMapping. */
export const DeleteEventSourceMapping: Operation<DeleteEventSourceMappingRequest> = {
  name: 'DeleteEventSourceMapping',

  async run(context, input) {
    const { uuid } = await requireTrigger(context.engine, input.UUID ?? '');
    const outcome = await context.engine.transact(deleteTrigger, { uuid });
    if ('fault' in outcome) throw new ApiError(outcome.fault);
    return await describeMapping(context, outcome.trigger, 'Deleting');
  },
};
