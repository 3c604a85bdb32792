/** Tables as requests and answers describe them. */
import { type IndexSchema, type Key, type KeyAttribute, type Schema } from './schemas.ts';
import { indexesOf, keyAttributesOf, wholeKeyOf } from './schemas.ts';

const THROUGHPUT = { ReadCapacityUnits: 3, WriteCapacityUnits: 2 };

/** The input of CreateTable. */
export function describeSchema(name: string, schema: Schema): object {
  const throughput = schema.provisioned && { ProvisionedThroughput: THROUGHPUT };
  return {
    TableName: name,
    BillingMode: schema.provisioned ? 'PROVISIONED' : 'PAY_PER_REQUEST',
    KeySchema: describeKey(schema),
    AttributeDefinitions: describeDefinitions(schema),
    ...throughput,
    ...(hasSome(schema.local) && { LocalSecondaryIndexes: schema.local.map(describeNewIndex) }),
    ...(hasSome(schema.global) && {
      GlobalSecondaryIndexes: schema.global.map((index) => ({ ...describeNewIndex(index), ...throughput })),
    }),
  };
}

function describeNewIndex(index: IndexSchema): object {
  return { IndexName: index.name, KeySchema: describeKey(index), Projection: describeProjection(index) };
}

/** The input of UpdateTable that creates `index`. */
export function describeCreation(table: string, { provisioned }: Schema, index: IndexSchema): object {
  const Create = { ...describeNewIndex(index), ...(provisioned && { ProvisionedThroughput: THROUGHPUT }) };
  return {
    TableName: table,
    AttributeDefinitions: describeAttributes(keyAttributesOf(index)),
    GlobalSecondaryIndexUpdates: [{ Create }],
  };
}

/** An index that UpdateTable creates or deletes. */
export interface ChangingIndex {
  readonly name: string;
  readonly status: 'CREATING' | 'DELETING';
}

/**
 * A table as CreateTable, DescribeTable and, with `changing`, UpdateTable answer it, without its counts, times and ids.
 */
export function describeTable(
  name: string,
  schema: Schema,
  status: 'CREATING' | 'ACTIVE' | 'UPDATING',
  changing?: ChangingIndex,
): object {
  const units = schema.provisioned ? THROUGHPUT : { ReadCapacityUnits: 0, WriteCapacityUnits: 0 };
  const warm = schema.provisioned
    ? { ReadUnitsPerSecond: units.ReadCapacityUnits, WriteUnitsPerSecond: units.WriteCapacityUnits }
    : { ReadUnitsPerSecond: 12_000, WriteUnitsPerSecond: 4_000 };
  const throughput = {
    ProvisionedThroughput: { NumberOfDecreasesToday: 0, ...units },
    ...(status !== 'CREATING' && { WarmThroughput: { ...warm, Status: 'ACTIVE' } }),
  };
  const describeStatus = (index: IndexSchema): object => {
    if (index.name !== changing?.name) return { IndexStatus: status === 'UPDATING' ? 'ACTIVE' : status };
    if (changing.status === 'DELETING') return { IndexStatus: 'DELETING' };
    return { IndexStatus: 'CREATING', Backfilling: false, WarmThroughput: { ...warm, Status: 'UPDATING' } };
  };
  const describeIndex = (index: IndexSchema): object => ({
    ...describeNewIndex(index),
    IndexArn: `${arnOf(name)}/index/${index.name}`,
  });
  return {
    TableName: name,
    TableArn: arnOf(name),
    TableStatus: status,
    KeySchema: describeKey(schema),
    AttributeDefinitions: describeDefinitions(schema),
    ...throughput,
    DeletionProtectionEnabled: false,
    ...(!schema.provisioned && { BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' } }),
    ...(hasSome(schema.local) && { LocalSecondaryIndexes: schema.local.map(describeIndex) }),
    ...(hasSome(schema.global) && {
      GlobalSecondaryIndexes: schema.global.map((index) => ({
        ...describeIndex(index),
        ...throughput,
        ...describeStatus(index),
      })),
    }),
  };
}

/** What CreateTable says of a table's form, and DeleteTable leaves out. */
const FORM = new Set(['KeySchema', 'AttributeDefinitions', 'LocalSecondaryIndexes', 'GlobalSecondaryIndexes']);

/** A table as DeleteTable answers it, without its counts, times and ids. */
export function describeDeletedTable(name: string, schema: Schema): object {
  const members = Object.entries(describeTable(name, schema, 'ACTIVE')).filter(([member]) => !FORM.has(member));
  return { ...Object.fromEntries(members), TableStatus: 'DELETING' };
}

function arnOf(name: string): string {
  return `arn:aws:dynamodb:us-east-1:000000000000:table/${name}`;
}

function describeKey(key: Key): object[] {
  const { partitions, sorts } = wholeKeyOf(key);
  return [
    ...partitions.map(({ name }) => ({ AttributeName: name, KeyType: 'HASH' })),
    ...sorts.map(({ name }) => ({ AttributeName: name, KeyType: 'RANGE' })),
  ];
}

function describeDefinitions(schema: Schema): object[] {
  return describeAttributes([schema, ...indexesOf(schema)].flatMap(keyAttributesOf));
}

function describeAttributes(attributes: readonly KeyAttribute[]): object[] {
  const types = new Map(attributes.map(({ name, type }) => [name, type]));
  return [...types.keys()]
    .toSorted()
    .map((AttributeName) => ({ AttributeName, AttributeType: types.get(AttributeName) }));
}

function describeProjection({ projection }: IndexSchema): object {
  if (typeof projection === 'string') return { ProjectionType: projection };
  return { ProjectionType: 'INCLUDE', NonKeyAttributes: projection.toSorted() };
}

function hasSome<T>(indexes: readonly T[] | undefined): indexes is readonly [T, ...T[]] {
  return indexes !== undefined && indexes.length > 0;
}
