import type { CreateTableInput, LocalSecondaryIndex } from '@aws-sdk/client-dynamodb';
import { ApiError, validationError } from '../../foundation/errors.ts';
import { createTable } from '../../tables/create-table.ts';
import { TABLE_MESSAGES } from '../../tables/messages.ts';
import { parseTags } from '../../tables/parse-tags.ts';
import { parseTableRequest, type TableRequest } from '../../tables/table-request.ts';
import { describeTable } from '../describe-table.ts';
import type { Operation } from '../operation.ts';
import { resolveTableName } from '../table-name.ts';
import {
  capacityRequestOf,
  encryptionRequestOf,
  indexRequestOf,
  keyAttributeOf,
  keySchemaElementOf,
  refuseUnsupported,
  streamRequestOf,
} from '../table-parameters.ts';

/** Creates a table. The answer says CREATING, although the table is ACTIVE at once unless the server has a delay. */
export const CreateTable: Operation<CreateTableInput> = {
  name: 'CreateTable',

  async run(context, input) {
    const name = resolveTableName(context, input.TableName);
    validateSupported(input);
    const request = requestOf(name, input);
    const draft = parseTableRequest(request, {
      id: context.random.uuid(),
      createdAtMs: context.clock.nowMs(),
      delayMs: context.tableDelayMs,
    });
    const tags = parseTags(input.Tags ?? []);
    const outcome = await context.engine.transact(createTable, { ...draft, tags });
    if ('fault' in outcome) throw new ApiError(outcome.fault);
    return { TableDescription: await describeTable(context, outcome.table) };
  },
};

function validateSupported(input: CreateTableInput): void {
  refuseUnsupported([
    ['ResourcePolicy', input.ResourcePolicy !== undefined],
    ['GlobalTableSourceArn', input.GlobalTableSourceArn !== undefined],
    ['GlobalTableSettingsReplicationMode', input.GlobalTableSettingsReplicationMode !== undefined],
    ['VectorIndexes', (input.VectorIndexes?.length ?? 0) > 0],
  ]);
}

function requestOf(name: string, input: CreateTableInput): TableRequest {
  if (input.KeySchema === undefined) throw validationError(TABLE_MESSAGES.keySchemaMissing);
  return {
    name,
    keySchema: input.KeySchema.map(keySchemaElementOf),
    attributeDefinitions: (input.AttributeDefinitions ?? []).map(keyAttributeOf),
    localIndexes: input.LocalSecondaryIndexes?.map((index: LocalSecondaryIndex) => indexRequestOf(index)),
    globalIndexes: input.GlobalSecondaryIndexes?.map(indexRequestOf),
    billingMode: input.BillingMode ?? 'PROVISIONED',
    ...capacityRequestOf(input),
    deletionProtection: input.DeletionProtectionEnabled === true,
    tableClass: input.TableClass,
    stream: streamRequestOf(input.StreamSpecification),
    encryption: encryptionRequestOf(input.SSESpecification),
  };
}
