import type { DescribeTimeToLiveInput } from '@aws-sdk/client-dynamodb';
import { ApiError, validationError } from '../../foundation/errors.ts';
import { namedTableNotFoundFault } from '../../tables/catalog.ts';
import { TIME_TO_LIVE_MESSAGES } from '../../tables/time-to-live-messages.ts';
import { showTimeToLive } from '../../tables/time-to-live.ts';
import type { Operation } from '../operation.ts';
import { resolveTableName } from '../table-name.ts';

/**
 * Says whether Time to Live is enabled: ENABLING until all items that were there before are known by their times,
 * DISABLING only for as long as the server was told to make states last. Source: API reference, DescribeTimeToLive.
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
    const shown = showTimeToLive(table.timeToLive);
    return { TimeToLiveDescription: { TimeToLiveStatus: shown.status, AttributeName: shown.attributeName } };
  },
};
