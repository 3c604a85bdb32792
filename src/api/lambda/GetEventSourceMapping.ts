import type { GetEventSourceMappingRequest } from '@aws-sdk/client-lambda';
import type { Operation } from '../operation.ts';
import { describeMapping } from './describe-mapping.ts';
import { requireTrigger } from './require-trigger.ts';

/** Tells of an event source mapping. Source: API reference, GetEventSourceMapping. */
export const GetEventSourceMapping: Operation<GetEventSourceMappingRequest> = {
  name: 'GetEventSourceMapping',

  async run(context, { UUID: uuid = '' }) {
    return await describeMapping(context, await requireTrigger(context.engine, uuid));
  },
};
