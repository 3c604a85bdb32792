/** The tables there can be: keys of all types, indexes of all kinds and projections. */
import type { KeyType } from './values.ts';

export interface KeyAttribute {
  readonly name: string;
  readonly type: KeyType;
}

export interface Key {
  readonly partition: KeyAttribute;
  readonly sort?: KeyAttribute;
}

export interface IndexSchema extends Key {
  readonly name: string;
  /** The attributes of its partition key, and of its sort key, behind the first. */
  readonly morePartition?: readonly KeyAttribute[];
  readonly moreSort?: readonly KeyAttribute[];
  /** The names of what it holds besides the keys, or the projection's type. */
  readonly projection: 'ALL' | 'KEYS_ONLY' | readonly string[];
}

export interface Schema extends Key {
  readonly local?: readonly IndexSchema[];
  readonly global?: readonly IndexSchema[];
  /** Whether capacity is bought ahead. */
  readonly provisioned?: boolean;
  /** Whether items are so large that pages end because of them. */
  readonly bulky?: boolean;
}

const PK: KeyAttribute = { name: 'pk', type: 'S' };
const SK: KeyAttribute = { name: 'sk', type: 'N' };
const GRADE: KeyAttribute = { name: 'grade', type: 'N' };
const LABEL: KeyAttribute = { name: 'label', type: 'S' };
const CODE: KeyAttribute = { name: 'code', type: 'B' };

const FEW_KEYED: readonly Schema[] = [
  {
    partition: PK,
    sort: SK,
    local: [{ name: 'local', partition: PK, sort: GRADE, projection: ['remark', 'info'] }],
    global: [
      { name: 'global', partition: LABEL, sort: GRADE, projection: 'ALL' },
      { name: 'hash', partition: LABEL, projection: 'KEYS_ONLY' },
    ],
  },
  {
    partition: { name: 'pk', type: 'B' },
    sort: { name: 'sk', type: 'S' },
    local: [
      { name: 'local', partition: { name: 'pk', type: 'B' }, sort: CODE, projection: 'KEYS_ONLY' },
      { name: 'whole', partition: { name: 'pk', type: 'B' }, sort: LABEL, projection: 'ALL' },
    ],
    global: [
      {
        name: 'global',
        partition: { name: 'sk', type: 'S' },
        sort: { name: 'pk', type: 'B' },
        projection: ['amt', 'tags'],
      },
    ],
    provisioned: true,
  },
  {
    partition: { name: 'pk', type: 'N' },
    global: [{ name: 'global', partition: CODE, sort: LABEL, projection: 'ALL' }],
  },
  { partition: PK, sort: { name: 'sk', type: 'B' } },
  {
    partition: PK,
    sort: { name: 'sk', type: 'S' },
    local: [{ name: 'local', partition: PK, sort: GRADE, projection: 'KEYS_ONLY' }],
    global: [{ name: 'global', partition: LABEL, projection: 'ALL' }],
    bulky: true,
  },
];

/** Every global index has more than one attribute in some part of its key. */
const MANY_KEYED: Schema = {
  partition: PK,
  sort: SK,
  local: [{ name: 'local', partition: PK, sort: LABEL, projection: 'ALL' }],
  global: [
    {
      name: 'both',
      partition: LABEL,
      morePartition: [{ name: 'tier', type: 'N' }],
      sort: GRADE,
      moreSort: [CODE, { name: 'stage', type: 'S' }],
      projection: 'ALL',
    },
    { name: 'hash', partition: LABEL, morePartition: [GRADE], projection: ['remark', 'tags'] },
    { name: 'range', partition: PK, sort: { name: 'stage', type: 'S' }, moreSort: [GRADE], projection: 'KEYS_ONLY' },
    {
      name: 'turned',
      partition: SK,
      sort: CODE,
      moreSort: [LABEL, { name: 'tier', type: 'N' }],
      projection: ['info'],
    },
  ],
};

/** Those with many keys come twice as often. */
export const SCHEMAS: readonly Schema[] = [...FEW_KEYED, MANY_KEYED, MANY_KEYED];

export function indexesOf({ local = [], global = [] }: Schema): readonly IndexSchema[] {
  return [...local, ...global];
}

/** A key as all of its attributes. */
export interface WholeKey {
  readonly partitions: readonly KeyAttribute[];
  readonly sorts: readonly KeyAttribute[];
}

export function wholeKeyOf(key: Key | IndexSchema): WholeKey {
  const { partition, morePartition = [], sort, moreSort = [] }: Key & Partial<IndexSchema> = key;
  return { partitions: [partition, ...morePartition], sorts: sort === undefined ? [] : [sort, ...moreSort] };
}

/** The partition key, then the sort key if there is one. */
export function keyAttributesOf(key: Key): readonly KeyAttribute[] {
  const { partitions, sorts } = wholeKeyOf(key);
  return [...partitions, ...sorts];
}

const THROUGHPUT = { ReadCapacityUnits: 3, WriteCapacityUnits: 2 };

/** The input of CreateTable. */
export function describeSchema(name: string, schema: Schema): object {
  const throughput = schema.provisioned && { ProvisionedThroughput: THROUGHPUT };
  const describeIndex = (index: IndexSchema): object => ({
    IndexName: index.name,
    KeySchema: describeKey(index),
    Projection: describeProjection(index),
  });
  return {
    TableName: name,
    BillingMode: schema.provisioned ? 'PROVISIONED' : 'PAY_PER_REQUEST',
    KeySchema: describeKey(schema),
    AttributeDefinitions: describeDefinitions(schema),
    ...throughput,
    ...(schema.local && { LocalSecondaryIndexes: schema.local.map(describeIndex) }),
    ...(schema.global && {
      GlobalSecondaryIndexes: schema.global.map((index) => ({ ...describeIndex(index), ...throughput })),
    }),
  };
}

/** A table as CreateTable and DescribeTable answer it, without its counts, times and ids. */
export function describeTable(name: string, schema: Schema, status: 'CREATING' | 'ACTIVE'): object {
  const units = schema.provisioned ? THROUGHPUT : { ReadCapacityUnits: 0, WriteCapacityUnits: 0 };
  const warm = schema.provisioned
    ? { ReadUnitsPerSecond: units.ReadCapacityUnits, WriteUnitsPerSecond: units.WriteCapacityUnits }
    : { ReadUnitsPerSecond: 12_000, WriteUnitsPerSecond: 4_000 };
  const throughput = {
    ProvisionedThroughput: { NumberOfDecreasesToday: 0, ...units },
    ...(status !== 'CREATING' && { WarmThroughput: { ...warm, Status: 'ACTIVE' } }),
  };
  const describeIndex = (index: IndexSchema): object => ({
    IndexName: index.name,
    KeySchema: describeKey(index),
    Projection: describeProjection(index),
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
    ...(schema.local && { LocalSecondaryIndexes: schema.local.map(describeIndex) }),
    ...(schema.global && {
      GlobalSecondaryIndexes: schema.global.map((index) => ({
        ...describeIndex(index),
        IndexStatus: status,
        ...throughput,
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
  const attributes = [schema, ...indexesOf(schema)].flatMap(keyAttributesOf);
  const types = new Map(attributes.map(({ name, type }) => [name, type]));
  return [...types.keys()]
    .toSorted()
    .map((AttributeName) => ({ AttributeName, AttributeType: types.get(AttributeName) }));
}

function describeProjection({ projection }: IndexSchema): object {
  if (typeof projection === 'string') return { ProjectionType: projection };
  return { ProjectionType: 'INCLUDE', NonKeyAttributes: projection.toSorted() };
}
