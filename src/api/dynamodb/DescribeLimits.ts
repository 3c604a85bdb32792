import type { DescribeLimitsInput } from '@aws-sdk/client-dynamodb';
import { LIMITS } from '../../foundation/limits.ts';
import type { Operation } from '../operation.ts';

/**
 * Tells the quotas of an account that never asked for others. They are no limits here, where an operator decides what
 * the machine can take. Source: DescribeLimits in the API reference, "Default quotas" in the developer guide.
 */
export const DescribeLimits: Operation<DescribeLimitsInput> = {
  name: 'DescribeLimits',

  async run() {
    return {
      AccountMaxReadCapacityUnits: LIMITS.accountCapacityUnits,
      AccountMaxWriteCapacityUnits: LIMITS.accountCapacityUnits,
      TableMaxReadCapacityUnits: LIMITS.tableCapacityUnits,
      TableMaxWriteCapacityUnits: LIMITS.tableCapacityUnits,
    };
  },
};
