import type {
  AttributeDefinition,
  CreateTableInput,
  GlobalSecondaryIndex,
  KeySchemaElement as WireKeySchemaElement,
  LocalSecondaryIndex,
  ProvisionedThroughput as WireProvisionedThroughput,
} from '@aws-sdk/client-dynamodb';
import { ApiError, validationError } from '../../foundation/errors.ts';
import { createTable } from '../../tables/create-table.ts';
import type { KeySchemaElement } from '../../tables/key-schema.ts';
import { TABLE_MESSAGES } from '../../tables/messages.ts';
import type { KeyAttribute, ProvisionedThroughput } from '../../tables/table.ts';
import { type IndexRequest, parseTableRequest, type TableRequest } from '../../tables/table-request.ts';
import { describeTable } from '../describe-table.ts';
import type { Operation } from '../operation.ts';
import { resolveTableName } from '../table-name.ts';

/** Creates a table, which is ACTIVE at once. */
export const CreateTable: Operation<CreateTableInput> = {
  name: 'CreateTable',

  async run(context, input) {
    const name = resolveTableName(context, input.TableName);
    validateSupported(input);
    const request = requestOf(name, input);
    const draft = parseTableRequest(request, context.random.uuid(), context.clock.nowMs());
    const outcome = await context.engine.transact(createTable, draft);
    if ('fault' in outcome) throw new ApiError(outcome.fault);
    return { TableDescription: await describeTable(context, outcome.table, 'ACTIVE') };
  },
};

/** Turns away what this server doesn't have yet; values that ask for nothing pass. */
function validateSupported(input: CreateTableInput): void {
  const asked: readonly (readonly [string, boolean])[] = [
    ['StreamSpecification', input.StreamSpecification?.StreamEnabled === true],
    ['SSESpecification', input.SSESpecification?.Enabled === true],
    ['Tags', (input.Tags?.length ?? 0) > 0],
    [`TableClass ${input.TableClass}`, (input.TableClass ?? 'STANDARD') !== 'STANDARD'],
    ['DeletionProtectionEnabled', input.DeletionProtectionEnabled === true],
    ['WarmThroughput', input.WarmThroughput !== undefined],
    ['ResourcePolicy', input.ResourcePolicy !== undefined],
    ['OnDemandThroughput', input.OnDemandThroughput !== undefined],
    ['GlobalTableSourceArn', input.GlobalTableSourceArn !== undefined],
    ['GlobalTableSettingsReplicationMode', input.GlobalTableSettingsReplicationMode !== undefined],
    ['VectorIndexes', (input.VectorIndexes?.length ?? 0) > 0],
    ['WarmThroughput', input.GlobalSecondaryIndexes?.some((index) => index.WarmThroughput) === true],
    ['OnDemandThroughput', input.GlobalSecondaryIndexes?.some((index) => index.OnDemandThroughput) === true],
  ];
  for (const [what, isAsked] of asked) if (isAsked) throw validationError(TABLE_MESSAGES.notSupported(what));
}

function requestOf(name: string, input: CreateTableInput): TableRequest {
  if (input.KeySchema === undefined) throw validationError(TABLE_MESSAGES.keySchemaMissing);
  return {
    name,
    keySchema: input.KeySchema.map(keySchemaElementOf),
    attributeDefinitions: (input.AttributeDefinitions ?? []).map(keyAttributeOf),
    localIndexes: input.LocalSecondaryIndexes?.map((index) => indexRequestOf(index, undefined)),
    globalIndexes: input.GlobalSecondaryIndexes?.map((index) => indexRequestOf(index, index.ProvisionedThroughput)),
    billingMode: input.BillingMode ?? 'PROVISIONED',
    provisionedThroughput: throughputOf(input.ProvisionedThroughput),
  };
}

function indexRequestOf(
  index: LocalSecondaryIndex | GlobalSecondaryIndex,
  throughput: WireProvisionedThroughput | undefined,
): IndexRequest {
  return {
    name: index.IndexName as string,
    keySchema: (index.KeySchema ?? []).map(keySchemaElementOf),
    projectionType: index.Projection?.ProjectionType,
    nonKeyAttributes: index.Projection?.NonKeyAttributes,
    provisionedThroughput: throughputOf(throughput),
  };
}

function keySchemaElementOf({ AttributeName, KeyType }: WireKeySchemaElement): KeySchemaElement {
  return { name: AttributeName as string, keyType: KeyType as KeySchemaElement['keyType'] };
}

function keyAttributeOf({ AttributeName, AttributeType }: AttributeDefinition): KeyAttribute {
  return { name: AttributeName as string, type: AttributeType as KeyAttribute['type'] };
}

function throughputOf(throughput: WireProvisionedThroughput | undefined): ProvisionedThroughput | undefined {
  if (throughput === undefined) return undefined;
  return {
    readCapacityUnits: throughput.ReadCapacityUnits as number,
    writeCapacityUnits: throughput.WriteCapacityUnits as number,
  };
}
