/** Where the hot items lie: three in a table of their own, four in one item collection of a table with an index. */
import { type CreateTableCommandInput, CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import assert from 'node:assert/strict';
import { type HotItem, type ItemState, describeItem } from './items.ts';

const LONE_TABLE = 'Lone';
const COLLECTION_TABLE = 'Collection';
const INDEX = 'ByTeam';

const LONE_NAMES = ['a', 'b', 'c'];
const COLLECTION_PK = 'p';
/** Their names are those of the collection with their sort keys. */
export const COLLECTION_NAMES: readonly string[] = ['p/1', 'p/2', 'p/3', 'p/4'];
export const ITEM_NAMES: readonly string[] = [...LONE_NAMES, ...COLLECTION_NAMES];
/** The partition keys of the index. */
export const TEAMS = ['red', 'blue'];

export type WireItem = Readonly<Record<string, unknown>>;

export interface Place {
  readonly TableName: string;
  readonly Key: Readonly<Record<string, string>>;
}

export function placeOf(name: string): Place {
  const [pk = '', sk] = name.split('/');
  return sk === undefined ? { TableName: LONE_TABLE, Key: { pk } } : { TableName: COLLECTION_TABLE, Key: { pk, sk } };
}

/** What Query needs to read the collection. */
export const COLLECTION_QUERY = {
  TableName: COLLECTION_TABLE,
  KeyConditionExpression: 'pk = :pk',
  ExpressionAttributeValues: { ':pk': COLLECTION_PK },
  ConsistentRead: true,
};

/** `wire` is an item that the workload wrote. */
export function hotItemOf(wire: WireItem): HotItem {
  const { tag, n, log, team } = wire;
  assert(typeof tag === 'string' && typeof n === 'number' && Array.isArray(log), 'an item is whole');
  return { tag, n, log, ...(typeof team === 'string' && { team }) };
}

export function nameOf({ pk, sk }: WireItem): string {
  return typeof sk === 'string' ? `${String(pk)}/${sk}` : String(pk);
}

export async function createTables(client: DynamoDBDocumentClient): Promise<void> {
  const billing = { BillingMode: 'PAY_PER_REQUEST' } as const;
  const attributes = (...names: string[]): CreateTableCommandInput['AttributeDefinitions'] =>
    names.map((AttributeName) => ({ AttributeName, AttributeType: 'S' }));
  const keys = (partition: string, sort?: string): CreateTableCommandInput['KeySchema'] => [
    { AttributeName: partition, KeyType: 'HASH' },
    ...(sort === undefined ? [] : [{ AttributeName: sort, KeyType: 'RANGE' } as const]),
  ];
  const lone = { TableName: LONE_TABLE, KeySchema: keys('pk'), AttributeDefinitions: attributes('pk') };
  await client.send(new CreateTableCommand({ ...billing, ...lone }));
  const index = { IndexName: INDEX, KeySchema: keys('team', 'tag'), Projection: { ProjectionType: 'ALL' } } as const;
  await client.send(
    new CreateTableCommand({
      ...billing,
      TableName: COLLECTION_TABLE,
      KeySchema: keys('pk', 'sk'),
      AttributeDefinitions: attributes('pk', 'sk', 'team', 'tag'),
      GlobalSecondaryIndexes: [index],
    }),
  );
}

/**
 * Asserts that the index holds what `items`, by name, put there, once nothing is under way. The service is free to take
 * its time for that; here items and their entries change in one step.
 */
export async function verifyIndex(
  client: DynamoDBDocumentClient,
  items: ReadonlyMap<string, ItemState>,
): Promise<void> {
  for (const team of TEAMS) {
    const { Items = [] } = await client.send(
      new QueryCommand({
        TableName: COLLECTION_TABLE,
        IndexName: INDEX,
        KeyConditionExpression: 'team = :team',
        ExpressionAttributeValues: { ':team': team },
      }),
    );
    const entries = Items.map((item) => `${nameOf(item)}: ${describeItem(hotItemOf(item))}`);
    const members = COLLECTION_NAMES.filter((name) => items.get(name)?.team === team);
    const expected = members.map((name) => `${name}: ${describeItem(items.get(name))}`);
    assert.deepEqual(entries.toSorted(), expected.toSorted(), `the index has the items of ${team}`);
  }
}
