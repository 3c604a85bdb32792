import type { DescribeTimeToLiveInput } from '@aws-sdk/client-dynamodb';
import { ApiError, validationError } from '../../foundation/errors.ts';
import { namedTableNotFoundFault } from '../../tables/catalog.ts';
import { TIME_TO_LIVE_MESSAGES } from '../../tables/time-to-live-messages.ts';
import type { Operation } from '../operation.ts';
import { resolveTableName } from '../table-name.ts';

/**
 * Says whether Time to Live is enabled. A change counts at once, so that nothing is ever ENABLING or DISABLING, as the
 * service shows it for small tables. Source: API reference, DescribeTimeToLive.
 */
export const DescribeTimeToLive: Operation<DescribeTimeToLiveInput> = {
  name: 'DescribeTimeToLive',

  async run(context, input) {
    const name = resolveTableName(context, input.TableName);
    const table = await context.catalog.find(name);
    if (table === undefined) throw new ApiError(namedTableNotFoundFault(name));
    const status = table.transition?.status;
    if (status === 'CREATING' || status === 'DELETING')
      throw validationError(TIME_TO_LIVE_MESSAGES.notDescribed(status));
    const attributeName = table.timeToLive?.attributeName;
    return {
      TimeToLiveDescription: {
        TimeToLiveStatus: attributeName === undefined ? 'DISABLED' : 'ENABLED',
        AttributeName: attributeName,
      },
    };
  },
};
