/** Counters that many clients increment through all nodes: none of the increments is lost, and none counts twice. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import assert from 'node:assert/strict';
import { outageOf } from './outage.ts';

const TABLE_NAME = 'Counters';
const COUNTERS = 10;

/** The attribute that counts. Of every second counter it is the key of an index, whose entry each increment moves. */
const COUNT = 'count';
const INDEXED_COUNT = 'indexedCount';

/** How often each counter was incremented: surely, and perhaps besides. */
export interface Tally {
  readonly acknowledged: number[];
  readonly inDoubt: number[];
}

export function createTally(): Tally {
  return {
    acknowledged: Array.from({ length: COUNTERS }, () => 0),
    inDoubt: Array.from({ length: COUNTERS }, () => 0),
  };
}

/** They begin with their first increments, which so race to create them. */
export async function createCounters(client: DynamoDBDocumentClient): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName: TABLE_NAME,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'N' },
        { AttributeName: INDEXED_COUNT, AttributeType: 'N' },
      ],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'ByCount',
          KeySchema: [{ AttributeName: INDEXED_COUNT, KeyType: 'HASH' }],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
    }),
  );
}

/** Increments one counter, which begins with the first one, by either of the two ways to say so. */
export async function increment(client: DynamoDBDocumentClient, tally: Tally, random: () => number): Promise<void> {
  const pk = Math.floor(random() * COUNTERS);
  const [UpdateExpression, more] =
    random() < 0.5 ? ['ADD #count :one', {}] : ['SET #count = if_not_exists(#count, :zero) + :one', { ':zero': 0 }];
  const command = new UpdateCommand({
    TableName: TABLE_NAME,
    Key: { pk },
    UpdateExpression,
    ExpressionAttributeNames: { '#count': countName(pk) },
    ExpressionAttributeValues: { ':one': 1, ...more },
  });
  try {
    await client.send(command);
    add(tally.acknowledged, pk);
  } catch (error) {
    const outage = outageOf(error);
    if (outage !== undefined && outage !== 'conflict') add(tally.inDoubt, pk);
    throw error;
  }
}

/** Sends `total` increments, `concurrency` at a time. Rejects if one fails. */
export async function incrementMany(
  client: () => DynamoDBDocumentClient,
  tally: Tally,
  { total, concurrency, random }: { total: number; concurrency: number; random: () => number },
): Promise<void> {
  let left = total;
  const work = async (): Promise<void> => {
    while (left-- > 0) await increment(client(), tally, random);
  };
  await Promise.all(Array.from({ length: concurrency }, work));
}

/** Throws if a counter is not what `tally` says, and settles what was in doubt. Resolves with the sum. */
export async function verifyCounters(client: DynamoDBDocumentClient, tally: Tally): Promise<number> {
  let sum = 0;
  for (let pk = 0; pk < COUNTERS; pk++) {
    const { Item } = await client.send(new GetCommand({ TableName: TABLE_NAME, Key: { pk }, ConsistentRead: true }));
    const count = Number(Item?.[countName(pk)] ?? 0);
    const [acknowledged = 0, inDoubt = 0] = [tally.acknowledged[pk], tally.inDoubt[pk]];
    const claim = `counter ${pk} is ${count}, and should be ${acknowledged} and up to ${inDoubt} more`;
    assert(count >= acknowledged && count <= acknowledged + inDoubt, claim);
    tally.acknowledged[pk] = count;
    tally.inDoubt[pk] = 0;
    sum += count;
  }
  return sum;
}

function countName(pk: number): string {
  return pk % 2 === 0 ? INDEXED_COUNT : COUNT;
}

function add(counts: number[], pk: number): void {
  counts[pk] = (counts[pk] ?? 0) + 1;
}
