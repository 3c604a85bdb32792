/** What is asked of the servers: the table, its items, and the requests of each workload. */

export const TABLE_NAME = 'Bench';
/** A table with the same items, and a stream with both images. */
const FOLLOWED_TABLE_NAME = 'BenchFollowed';
export const ITEM_SIZE_BYTES = 400;
const ITEMS_PER_PARTITION = 20;
const BATCH_SIZE = 25;
const TRANSACTION_SIZE = 4;

const OPERATIONS = [
  'GetItem',
  'PutItem',
  'UpdateItem',
  'Query',
  'BatchWriteItem',
  'TransactWriteItems',
  'ExecuteStatement',
] as const;
export type OperationName = (typeof OPERATIONS)[number];

/** A statement of the bare loop over `pg`. */
export type StatementName = 'select' | 'upsert';

export interface Workload {
  readonly name: string;
  /** Shares of the operations; together 1. */
  readonly shares: Partial<Record<OperationName, number>>;
  /** The one SQL statement that does as much; absent where it would take several. */
  readonly statement?: StatementName;
  /** Whether the table is one with a stream. */
  readonly followed?: true;
  /** Whether dynalite lacks an operation of it, or streams. */
  readonly notInDynalite?: true;
}

export const WORKLOADS: readonly Workload[] = [
  { name: 'GetItem', shares: { GetItem: 1 }, statement: 'select' },
  { name: 'PutItem', shares: { PutItem: 1 }, statement: 'upsert' },
  { name: 'PutItem with a stream', shares: { PutItem: 1 }, followed: true, notInDynalite: true },
  { name: 'UpdateItem', shares: { UpdateItem: 1 } },
  { name: `Query of ${ITEMS_PER_PARTITION}`, shares: { Query: 1 } },
  { name: `BatchWriteItem of ${BATCH_SIZE}`, shares: { BatchWriteItem: 1 } },
  { name: `TransactWriteItems of ${TRANSACTION_SIZE}`, shares: { TransactWriteItems: 1 }, notInDynalite: true },
  { name: 'PartiQL SELECT', shares: { ExecuteStatement: 1 }, statement: 'select', notInDynalite: true },
  { name: 'mixed', shares: { GetItem: 0.5, Query: 0.2, PutItem: 0.15, UpdateItem: 0.15 } },
];

/** One call of the API. */
export interface ApiCall {
  readonly operation: string;
  readonly input: unknown;
}

const TABLE = {
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'sk', AttributeType: 'N' },
  ],
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
};

/** The call that creates the table of most workloads. */
export const CREATE_TABLE: ApiCall = { operation: 'CreateTable', input: { TableName: TABLE_NAME, ...TABLE } };

/** The call that creates the table with a stream. */
export const CREATE_FOLLOWED_TABLE: ApiCall = {
  operation: 'CreateTable',
  input: {
    TableName: FOLLOWED_TABLE_NAME,
    ...TABLE,
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
  },
};

/** `count` calls of `workload` on random ones of the first `items` items. */
export function chooseCalls(workload: Workload, count: number, items: number, random: () => number): ApiCall[] {
  if (workload.followed) return chooseChanges(count, items, random);
  return Array.from({ length: count }, () => {
    const operation = chooseOperation(workload, random);
    return { operation, input: INPUTS[operation](items, random) };
  });
}

/** Puts of which each changes its item, however often all are sent in turn: what changes nothing is in no stream. */
function chooseChanges(count: number, items: number, random: () => number): ApiCall[] {
  const indexes = Array.from({ length: Math.ceil(count / 2) }, () => chooseIndex(items, random));
  return ['1', '2'].flatMap((visits) =>
    indexes.map((index) => ({
      operation: 'PutItem',
      input: { TableName: FOLLOWED_TABLE_NAME, Item: { ...makeItem(index), visits: { N: visits } } },
    })),
  );
}

/** The calls that put the first `items` items, in batches. */
export function preloadCalls(items: number): ApiCall[] {
  const batches = Array.from({ length: Math.ceil(items / BATCH_SIZE) }, (_, batch) => {
    const indexes = Array.from({ length: Math.min(BATCH_SIZE, items - batch * BATCH_SIZE) }, (_none, i) => i);
    return batchWrite(indexes.map((index) => batch * BATCH_SIZE + index));
  });
  return batches.map((input) => ({ operation: 'BatchWriteItem', input }));
}

/** A call of each operation that workloads are made of, on one of the first 100 items. */
export function sampleCalls(): ApiCall[] {
  return OPERATIONS.map((operation) => ({ operation, input: INPUTS[operation](100, () => 0) }));
}

function chooseOperation({ shares }: Workload, random: () => number): OperationName {
  let rest = random();
  for (const operation of OPERATIONS) {
    rest -= shares[operation] ?? 0;
    if (rest < 0) return operation;
  }
  return 'GetItem';
}

const INPUTS: Record<OperationName, (items: number, random: () => number) => object> = {
  GetItem: (items, random) => ({ TableName: TABLE_NAME, Key: makeKey(chooseIndex(items, random)) }),
  PutItem: (items, random) => ({ TableName: TABLE_NAME, Item: makeItem(chooseIndex(items, random)) }),
  UpdateItem: (items, random) => ({
    TableName: TABLE_NAME,
    Key: makeKey(chooseIndex(items, random)),
    UpdateExpression: 'SET #visits = #visits + :one',
    ExpressionAttributeNames: { '#visits': 'visits' },
    ExpressionAttributeValues: { ':one': { N: '1' } },
  }),
  Query: (items, random) => ({
    TableName: TABLE_NAME,
    KeyConditionExpression: 'pk = :pk',
    ExpressionAttributeValues: { ':pk': makeKey(chooseIndex(items, random)).pk },
  }),
  BatchWriteItem: (items, random) => batchWrite(chooseIndexes(BATCH_SIZE, items, random)),
  // Without a ClientRequestToken: requests are sent more than once, and would be answered from memory.
  TransactWriteItems: (items, random) => ({
    TransactItems: chooseIndexes(TRANSACTION_SIZE, items, random).map((index) => ({
      Put: { TableName: TABLE_NAME, Item: makeItem(index) },
    })),
  }),
  ExecuteStatement: (items, random) => {
    const { pk, sk } = makeKey(chooseIndex(items, random));
    return { Statement: `SELECT * FROM "${TABLE_NAME}" WHERE pk = ? AND sk = ?`, Parameters: [pk, sk] };
  },
};

function batchWrite(indexes: readonly number[]): object {
  return { RequestItems: { [TABLE_NAME]: indexes.map((index) => ({ PutRequest: { Item: makeItem(index) } })) } };
}

/** `count` different items, spread over partitions. */
function chooseIndexes(count: number, items: number, random: () => number): readonly number[] {
  const first = chooseIndex(items, random);
  // The stride is prime to the number of items, so that none comes twice.
  return Array.from({ length: count }, (_, index) => (first + index * 7919) % items);
}

function chooseIndex(items: number, random: () => number): number {
  return Math.floor(random() * items);
}

/** The key of the item number `index`. */
export function makeKey(index: number): { pk: { S: string }; sk: { N: string } } {
  const partition = String(Math.floor(index / ITEMS_PER_PARTITION)).padStart(8, '0');
  return { pk: { S: `customer-${partition}` }, sk: { N: String(index % ITEMS_PER_PARTITION) } };
}

/** An item of ITEM_SIZE_BYTES, give or take a byte for the digits of its numbers. */
function makeItem(index: number): object {
  const named = { ...makeKey(index), name: { S: `Item number ${index}` }, visits: { N: '1' }, active: { BOOL: true } };
  // pk 2 + 17, sk 2 + 2, name 4 + its text, visits 6 + 2, active 6 + 1, data 4 + its text.
  const dataLength = ITEM_SIZE_BYTES - (19 + 4 + 4 + named.name.S.length + 8 + 7 + 4);
  return { ...named, data: { S: 'abcdefghij'.repeat(40).slice(0, dataLength) } };
}
