import type { DescribeContinuousBackupsInput } from '@aws-sdk/client-dynamodb';
import { ApiError } from '../../foundation/errors.ts';
import type { Operation } from '../operation.ts';
import { resolveTableName } from '../table-name.ts';

/**
 * Says that a table has no continuous backups and no point-in-time recovery, which this server has neither of.
 * Source: API reference, DescribeContinuousBackups.
 */
export const DescribeContinuousBackups: Operation<DescribeContinuousBackupsInput> = {
  name: 'DescribeContinuousBackups',

  async run(context, input) {
    const name = resolveTableName(context, input.TableName);
    if ((await context.catalog.find(name)) === undefined) {
      throw new ApiError({ name: 'TableNotFoundException', message: `Table not found: ${name}` });
    }
    return {
      ContinuousBackupsDescription: {
        ContinuousBackupsStatus: 'DISABLED',
        PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: 'DISABLED' },
      },
    };
  },
};
