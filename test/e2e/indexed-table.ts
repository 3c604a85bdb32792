/** A table with an index of each kind, and what an index holds, for the tests of writes. */
import { type AttributeValue, type CreateTableCommandInput, QueryCommand } from '@aws-sdk/client-dynamodb';
import type { TestServer } from './server.ts';

/**
 * Key `pk` (S), `sk` (N). Global indexes: `by-color` on `color` (S) and `weight` (N), all projected; `keys` on `code` (B),
 * keys only; `include` on `color`, with `note`. Local index: `by-weight` on `weight`, keys only.
 */
export const INDEXED_TABLE: Partial<CreateTableCommandInput> = {
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'sk', AttributeType: 'N' },
    { AttributeName: 'color', AttributeType: 'S' },
    { AttributeName: 'weight', AttributeType: 'N' },
    { AttributeName: 'code', AttributeType: 'B' },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'by-color',
      KeySchema: [
        { AttributeName: 'color', KeyType: 'HASH' },
        { AttributeName: 'weight', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'ALL' },
    },
    {
      IndexName: 'keys',
      KeySchema: [{ AttributeName: 'code', KeyType: 'HASH' }],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    },
    {
      IndexName: 'include',
      KeySchema: [{ AttributeName: 'color', KeyType: 'HASH' }],
      Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['note'] },
    },
  ],
  LocalSecondaryIndexes: [
    {
      IndexName: 'by-weight',
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'weight', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    },
  ],
};

/** The items that an index holds under one value of its partition key, in the order of its sort key. */
export async function queryIndex(
  server: TestServer,
  table: string,
  index: string,
  partitionKey: string,
  value: AttributeValue,
): Promise<readonly Record<string, AttributeValue>[]> {
  const { Items } = await server.client.send(
    new QueryCommand({
      TableName: table,
      IndexName: index,
      KeyConditionExpression: '#p = :v',
      ExpressionAttributeNames: { '#p': partitionKey },
      ExpressionAttributeValues: { ':v': value },
    }),
  );
  return Items ?? [];
}
