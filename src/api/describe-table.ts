/** A table as answers describe it. */
import { formatStreamArn, formatTableArn } from '../tables/arn.ts';
import {
  type Capacity,
  type IndexDefinition,
  type KeyAttribute,
  type TableDefinition,
  indexKeyAttributes,
  tableKeyAttributes,
} from '../tables/table.ts';
import { type SpaceStatistics, readTableStatistics } from '../tables/table-statistics.ts';
import { countDecreasesToday, warmThroughputOf } from '../tables/throughput.ts';
import type { OperationContext } from './operation-context.ts';

/** Members in the order of TableDescription in the API reference; undefined ones are absent on the wire. */
type TableDescription = Readonly<Record<string, unknown>>;

/** `table` in the state that its definition says, with its counts and sizes as they are now. */
export async function describeTable(context: OperationContext, table: TableDefinition): Promise<TableDescription> {
  const statistics = await readTableStatistics(context.engine, table);
  const nowMs = context.clock.nowMs();
  const arn = formatTableArn(context, table.name);
  const indexes = table.indexes.map((index, i) => ({
    kind: index.kind,
    description: describeIndex(table, index, arn, nowMs, statistics.indexes[i] as SpaceStatistics),
  }));
  return {
    AttributeDefinitions: describeDefinitions(table),
    TableName: table.name,
    KeySchema: describeKeySchema([table.partitionKey], table.sortKey === undefined ? [] : [table.sortKey]),
    TableStatus: table.transition?.status ?? 'ACTIVE',
    CreationDateTime: seconds(table.createdAtMs),
    ProvisionedThroughput: describeThroughput(table, nowMs),
    TableSizeBytes: statistics.table.sizeBytes,
    ItemCount: statistics.table.itemCount,
    TableArn: arn,
    TableId: table.id,
    BillingModeSummary: describeBilling(table),
    LocalSecondaryIndexes: descriptionsOf('local', indexes),
    GlobalSecondaryIndexes: descriptionsOf('global', indexes),
    ...describeStream(table, arn),
    TableClassSummary: describeTableClass(table),
    DeletionProtectionEnabled: table.deletionProtection ?? false,
    OnDemandThroughput: describeOnDemand(table),
    WarmThroughput: describeWarm(table, table, table.transition?.status),
  };
}

/** What DeleteTable's answer leaves out. Source: public captures of answers, and the example in the API reference. */
const LEFT_OUT_OF_DELETED: ReadonlySet<string> = new Set([
  'AttributeDefinitions',
  'KeySchema',
  'CreationDateTime',
  'LocalSecondaryIndexes',
  'GlobalSecondaryIndexes',
]);

/** `table` as DeleteTable answers: how it was used and set, without what it was made of. */
export async function describeDeletedTable(
  context: OperationContext,
  table: TableDefinition,
): Promise<TableDescription> {
  const members = Object.entries(await describeTable(context, table));
  return Object.fromEntries(members.filter(([member]) => !LEFT_OUT_OF_DELETED.has(member)));
}

function describeIndex(
  table: TableDefinition,
  index: IndexDefinition,
  tableArn: string,
  nowMs: number,
  { itemCount, sizeBytes }: SpaceStatistics,
): TableDescription {
  const { type, nonKeyAttributes } = index.projection;
  const description = {
    IndexName: index.name,
    KeySchema: describeKeySchema(index.partitionKeys, index.sortKeys),
    Projection: {
      ProjectionType: type,
      NonKeyAttributes: type === 'INCLUDE' ? nonKeyAttributes.toSorted() : undefined,
    },
    IndexSizeBytes: sizeBytes,
    ItemCount: itemCount,
    IndexArn: `${tableArn}/index/${index.name}`,
  };
  if (index.kind === 'local') return description;
  const status = indexStatusOf(table, index);
  return {
    ...description,
    IndexStatus: status,
    Backfilling: status === 'DELETING' ? undefined : index.build && index.build.allocatingUntilMs === undefined,
    ProvisionedThroughput: describeThroughput(index, nowMs),
    OnDemandThroughput: describeOnDemand(index),
    WarmThroughput: describeWarm(table, index, status),
  };
}

/** The indexes of a table are made with it, and go with it. */
function indexStatusOf({ transition }: TableDefinition, index: IndexDefinition): string {
  if (transition?.status === 'CREATING' || transition?.status === 'DELETING') return transition.status;
  const status = index.transition?.status ?? 'ACTIVE';
  return status === 'CREATING' && index.build?.updatingUntilMs !== undefined ? 'UPDATING' : status;
}

/** The descriptions of one kind of index; undefined where there are none, as the API leaves the member out. */
function descriptionsOf(
  kind: IndexDefinition['kind'],
  indexes: readonly { readonly kind: IndexDefinition['kind']; readonly description: TableDescription }[],
): TableDescription[] | undefined {
  const descriptions = indexes.filter((index) => index.kind === kind).map((index) => index.description);
  return descriptions.length === 0 ? undefined : descriptions;
}

/** In the order of their names, as the service gives them. */
function describeDefinitions(table: TableDefinition): unknown[] {
  const keys = [...tableKeyAttributes(table), ...table.indexes.flatMap(indexKeyAttributes)];
  const typesByName = new Map(keys.map(({ name, type }) => [name, type]));
  return [...typesByName.keys()].toSorted().map((name) => ({
    AttributeName: name,
    AttributeType: typesByName.get(name),
  }));
}

/** A key as it was asked for. */
export function describeKeySchema(
  partitionKeys: readonly KeyAttribute[],
  sortKeys: readonly KeyAttribute[],
): unknown[] {
  return [
    ...partitionKeys.map(({ name }) => ({ AttributeName: name, KeyType: 'HASH' })),
    ...sortKeys.map(({ name }) => ({ AttributeName: name, KeyType: 'RANGE' })),
  ];
}

/** A PAY_PER_REQUEST table has zeros. */
function describeThroughput({ provisionedThroughput, throughputHistory }: Capacity, nowMs: number): unknown {
  return {
    LastIncreaseDateTime: seconds(throughputHistory?.lastIncreaseAtMs),
    LastDecreaseDateTime: seconds(throughputHistory?.lastDecreaseAtMs),
    NumberOfDecreasesToday: countDecreasesToday(throughputHistory, nowMs),
    ReadCapacityUnits: provisionedThroughput?.readCapacityUnits ?? 0,
    WriteCapacityUnits: provisionedThroughput?.writeCapacityUnits ?? 0,
  };
}

function describeOnDemand({ onDemandThroughput }: Capacity): unknown {
  if (onDemandThroughput === undefined) return undefined;
  return {
    MaxReadRequestUnits: onDemandThroughput.maxReadRequestUnits,
    MaxWriteRequestUnits: onDemandThroughput.maxWriteRequestUnits,
  };
}

/** Of a new table, what was asked for. */
function describeWarm(table: TableDefinition, capacity: Capacity, status: string | undefined): unknown {
  if (table.transition?.status === 'CREATING' && capacity.warmThroughput === undefined) return undefined;
  const { readUnitsPerSecond, writeUnitsPerSecond } = warmThroughputOf(capacity);
  return {
    ReadUnitsPerSecond: readUnitsPerSecond,
    WriteUnitsPerSecond: writeUnitsPerSecond,
    Status: status === 'CREATING' || capacity.warmingUntilMs !== undefined ? 'UPDATING' : 'ACTIVE',
  };
}

/** Absent of a table that was PROVISIONED all the time; while a table is made, the time is. */
function describeBilling(table: TableDefinition): unknown {
  const { billingMode, lastPayPerRequestAtMs, createdAtMs, transition } = table;
  if (transition?.status === 'CREATING' && billingMode === 'PAY_PER_REQUEST') return { BillingMode: billingMode };
  if (billingMode === 'PROVISIONED' && lastPayPerRequestAtMs === undefined) return undefined;
  return {
    BillingMode: billingMode,
    LastUpdateToPayPerRequestDateTime: seconds(lastPayPerRequestAtMs ?? createdAtMs),
  };
}

/** A stream that was disabled leaves its ARN. */
function describeStream({ stream }: TableDefinition, tableArn: string): TableDescription {
  if (stream === undefined) return {};
  const { viewType, label } = stream;
  return {
    StreamSpecification: viewType && { StreamEnabled: true, StreamViewType: viewType },
    LatestStreamLabel: label,
    LatestStreamArn: formatStreamArn(tableArn, label),
  };
}

function describeTableClass({ tableClass }: TableDefinition): unknown {
  return tableClass && { TableClass: tableClass.name, LastUpdateDateTime: seconds(tableClass.updatedAtMs.at(-1)) };
}

/** A time as answers give it, in seconds since the epoch. */
function seconds(timeMs: number | undefined): number | undefined {
  return timeMs === undefined ? undefined : timeMs / 1_000;
}
