import type { GlobalSecondaryIndexUpdate, UpdateTableInput } from '@aws-sdk/client-dynamodb';
import { ApiError, validationError } from '../../foundation/errors.ts';
import { type IndexUpdate, type TableUpdate, validateTableUpdate } from '../../tables/update-request.ts';
import { UPDATE_TABLE_MESSAGES } from '../../tables/update-messages.ts';
import { updateTable } from '../../tables/update-table.ts';
import { describeTable } from '../describe-table.ts';
import type { Operation } from '../operation.ts';
import { resolveTableName } from '../table-name.ts';
import {
  capacityRequestOf,
  encryptionRequestOf,
  indexRequestOf,
  keyAttributeOf,
  refuseUnsupported,
  streamRequestOf,
} from '../table-parameters.ts';

/**
 * Changes a table's billing, throughput, stream, class or protection, or one of its global indexes. The answer shows
 * what goes on; all but the building of an index is done at once, unless the server has a delay.
 */
export const UpdateTable: Operation<UpdateTableInput> = {
  name: 'UpdateTable',

  async run(context, input) {
    const name = resolveTableName(context, input.TableName);
    validateSupported(input);
    const update = updateOf(name, input);
    validateTableUpdate(update);
    const { tableDelayMs: delayMs, indexBuildDelayMs } = context;
    const nowMs = context.clock.nowMs();
    const outcome = await context.engine.transact(updateTable, { update, nowMs, delayMs, indexBuildDelayMs });
    if ('fault' in outcome) throw new ApiError(outcome.fault);
    return { TableDescription: await describeTable(context, outcome.table) };
  },
};

function validateSupported(input: UpdateTableInput): void {
  refuseUnsupported([
    ['ReplicaUpdates', (input.ReplicaUpdates?.length ?? 0) > 0],
    ['MultiRegionConsistency', input.MultiRegionConsistency !== undefined],
    ['GlobalTableWitnessUpdates', (input.GlobalTableWitnessUpdates?.length ?? 0) > 0],
    ['GlobalTableSettingsReplicationMode', input.GlobalTableSettingsReplicationMode !== undefined],
    ['VectorIndexUpdates', (input.VectorIndexUpdates?.length ?? 0) > 0],
  ]);
}

function updateOf(name: string, input: UpdateTableInput): TableUpdate {
  return {
    name,
    attributeDefinitions: input.AttributeDefinitions?.map(keyAttributeOf),
    billingMode: input.BillingMode,
    ...capacityRequestOf(input),
    stream: streamRequestOf(input.StreamSpecification),
    tableClass: input.TableClass,
    deletionProtection: input.DeletionProtectionEnabled,
    encryption: encryptionRequestOf(input.SSESpecification),
    indexUpdates: input.GlobalSecondaryIndexUpdates?.map(indexUpdateOf),
  };
}

function indexUpdateOf({ Create, Update, Delete }: GlobalSecondaryIndexUpdate): IndexUpdate {
  const given = [Create, Update, Delete].filter((action) => action !== undefined);
  if (given.length > 1) throw validationError(UPDATE_TABLE_MESSAGES.severalIndexActions);
  if (Create !== undefined) return { kind: 'create', name: Create.IndexName as string, index: indexRequestOf(Create) };
  if (Update !== undefined) return { kind: 'update', name: Update.IndexName as string, ...capacityRequestOf(Update) };
  if (Delete !== undefined) return { kind: 'delete', name: Delete.IndexName as string };
  throw validationError(UPDATE_TABLE_MESSAGES.noIndexAction);
}
