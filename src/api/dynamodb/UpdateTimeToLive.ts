import type { UpdateTimeToLiveInput } from '@aws-sdk/client-dynamodb';
import { ApiError } from '../../foundation/errors.ts';
import { updateTimeToLive } from '../../tables/update-time-to-live.ts';
import type { Operation } from '../operation.ts';
import { resolveTableName } from '../table-name.ts';

/**
 * Enables or disables Time to Live on an attribute, which may be one of the key. Source: API reference,
 * UpdateTimeToLive.
 */
export const UpdateTimeToLive: Operation<UpdateTimeToLiveInput> = {
  name: 'UpdateTimeToLive',

  async run(context, input) {
    const { Enabled: enabled = false, AttributeName: attributeName = '' } = input.TimeToLiveSpecification ?? {};
    const change = { enabled, attributeName, nowMs: context.clock.nowMs(), delayMs: context.tableDelayMs };
    const tableName = resolveTableName(context, input.TableName);
    const { fault } = await context.engine.transact(updateTimeToLive, { ...change, tableName });
    if (fault !== undefined) throw new ApiError(fault);
    return { TimeToLiveSpecification: { Enabled: enabled, AttributeName: attributeName } };
  },
};
