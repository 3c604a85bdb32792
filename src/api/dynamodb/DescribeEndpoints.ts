import type { DescribeEndpointsRequest } from '@aws-sdk/client-dynamodb';
import type { Call, Operation } from '../operation.ts';

/** As the service says. */
const CACHE_PERIOD_MINUTES = 1_440;

/**
 * Names the address that the caller came to: whoever follows it stays here, also through a load balancer. Source: API
 * reference, DescribeEndpoints.
 */
export const DescribeEndpoints: Operation<DescribeEndpointsRequest> = {
  name: 'DescribeEndpoints',

  async run(context, _input, call?: Call) {
    const address = call?.host ?? `dynamodb.${context.region}.amazonaws.com`;
    return { Endpoints: [{ Address: address, CachePeriodInMinutes: CACHE_PERIOD_MINUTES }] };
  },
};
