/** A table as answers describe it. */
import { formatTableArn } from '../tables/arn.ts';
import {
  type IndexDefinition,
  type KeyAttribute,
  type ProvisionedThroughput,
  type TableDefinition,
  indexKeyAttributes,
  tableKeyAttributes,
} from '../tables/table.ts';
import { type SpaceStatistics, readTableStatistics } from '../tables/table-statistics.ts';
import type { OperationContext } from './operation-context.ts';

/** Members in the order of TableDescription in the API reference; undefined ones are absent on the wire. */
type TableDescription = Readonly<Record<string, unknown>>;

/** `table` with its counts and sizes as they are now. `status` is that of the table and of its global indexes. */
export async function describeTable(
  context: OperationContext,
  table: TableDefinition,
  status: 'ACTIVE' | 'DELETING',
): Promise<TableDescription> {
  const statistics = await readTableStatistics(context.engine, table);
  const arn = formatTableArn(context, table.name);
  const createdAt = table.createdAtMs / 1000;
  const indexes = table.indexes.map((index, i) => ({
    kind: index.kind,
    description: describeIndex(index, arn, status, statistics.indexes[i] as SpaceStatistics),
  }));
  return {
    AttributeDefinitions: describeDefinitions(table),
    TableName: table.name,
    KeySchema: describeKeySchema([table.partitionKey], table.sortKey === undefined ? [] : [table.sortKey]),
    TableStatus: status,
    CreationDateTime: createdAt,
    ProvisionedThroughput: describeThroughput(table.provisionedThroughput),
    TableSizeBytes: statistics.table.sizeBytes,
    ItemCount: statistics.table.itemCount,
    TableArn: arn,
    TableId: table.id,
    BillingModeSummary:
      table.billingMode === 'PAY_PER_REQUEST'
        ? { BillingMode: table.billingMode, LastUpdateToPayPerRequestDateTime: createdAt }
        : undefined,
    LocalSecondaryIndexes: descriptionsOf('local', indexes),
    GlobalSecondaryIndexes: descriptionsOf('global', indexes),
    DeletionProtectionEnabled: false,
  };
}

function describeIndex(
  index: IndexDefinition,
  tableArn: string,
  status: string,
  { itemCount, sizeBytes }: SpaceStatistics,
): TableDescription {
  const { type, nonKeyAttributes } = index.projection;
  const global = index.kind === 'global';
  return {
    IndexName: index.name,
    KeySchema: describeKeySchema(index.partitionKeys, index.sortKeys),
    Projection: { ProjectionType: type, NonKeyAttributes: type === 'INCLUDE' ? nonKeyAttributes : undefined },
    IndexStatus: global ? status : undefined,
    ProvisionedThroughput: global ? describeThroughput(index.provisionedThroughput) : undefined,
    IndexSizeBytes: sizeBytes,
    ItemCount: itemCount,
    IndexArn: `${tableArn}/index/${index.name}`,
  };
}

/** The descriptions of one kind of index; undefined where there are none, as the API leaves the member out. */
function descriptionsOf(
  kind: IndexDefinition['kind'],
  indexes: readonly { readonly kind: IndexDefinition['kind']; readonly description: TableDescription }[],
): TableDescription[] | undefined {
  const descriptions = indexes.filter((index) => index.kind === kind).map((index) => index.description);
  return descriptions.length === 0 ? undefined : descriptions;
}

function describeDefinitions(table: TableDefinition): unknown[] {
  const keys = [...tableKeyAttributes(table), ...table.indexes.flatMap(indexKeyAttributes)];
  const typesByName = new Map(keys.map(({ name, type }) => [name, type]));
  return [...typesByName].map(([name, type]) => ({ AttributeName: name, AttributeType: type }));
}

function describeKeySchema(partitionKeys: readonly KeyAttribute[], sortKeys: readonly KeyAttribute[]): unknown[] {
  return [
    ...partitionKeys.map(({ name }) => ({ AttributeName: name, KeyType: 'HASH' })),
    ...sortKeys.map(({ name }) => ({ AttributeName: name, KeyType: 'RANGE' })),
  ];
}

/** A PAY_PER_REQUEST table has zeros. */
function describeThroughput(throughput: ProvisionedThroughput | undefined): unknown {
  return {
    NumberOfDecreasesToday: 0,
    ReadCapacityUnits: throughput?.readCapacityUnits ?? 0,
    WriteCapacityUnits: throughput?.writeCapacityUnits ?? 0,
  };
}
