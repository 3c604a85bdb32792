/** What must go well at any time, whatever else is sent. */
import {
  type AttributeValue,
  CreateTableCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb';
import assert from 'node:assert/strict';
import { ANCHOR_TABLE } from './fuzz-tables.ts';

export async function createAnchor(client: DynamoDBClient): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName: ANCHOR_TABLE,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    }),
  );
}

/** Writes the item of `number` and reads it in two ways; throws if that fails or something else comes back. */
export async function checkAnchor(client: DynamoDBClient, number: number): Promise<void> {
  const Item = Object.fromEntries([
    ['pk', { S: `anchor-${number}` }],
    ['__proto__', { M: { constructor: { N: String(number) } } }],
    ['toString', { SS: ['a', 'b'] }],
  ]);
  await put(client, Item);
  const Key = { pk: { S: `anchor-${number}` } };
  const read = await client.send(new GetItemCommand({ TableName: ANCHOR_TABLE, Key, ConsistentRead: true }));
  assert.deepEqual(read.Item?.['toString'], { SS: ['a', 'b'] });
  const found = await client.send(
    new QueryCommand({
      TableName: ANCHOR_TABLE,
      KeyConditionExpression: 'pk = :pk',
      FilterExpression: '#p.#c = :number',
      ExpressionAttributeNames: { '#p': '__proto__', '#c': 'constructor' },
      ExpressionAttributeValues: { ':pk': Key.pk, ':number': { N: String(number) } },
      ConsistentRead: true,
    }),
  );
  assert.equal(found.Count, 1);
}

const PUT_ATTEMPTS = 10;

/** On PostgreSQL a write may be told to come again, even if only other tables change, as they do here all the time. */
async function put(client: DynamoDBClient, Item: Record<string, AttributeValue>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await client.send(new PutItemCommand({ TableName: ANCHOR_TABLE, Item }));
      return;
    } catch (error) {
      if (!(error instanceof TransactionConflictException) || attempt === PUT_ATTEMPTS) throw error;
    }
  }
}
