/** Loads many cities with BatchWriteItem: several batches at a time, and again what the server left unprocessed. */
import { BatchWriteCommand } from '@aws-sdk/lib-dynamodb';
import type { BatchWriteCommandInput, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { setTimeout as sleep } from 'node:timers/promises';
import { TABLE_NAME } from './table.ts';
import type { CityItem } from './table.ts';

/** The most that BatchWriteItem takes. */
const BATCH_SIZE = 25;
const PARALLEL_BATCHES = 8;
const RETRY_DELAY_MS_MAX = 5_000;

/** Puts `items`; `report` is told how many are in the table. */
export async function loadCities(
  client: DynamoDBDocumentClient,
  items: readonly CityItem[],
  report: (loaded: number) => void,
): Promise<void> {
  let next = 0;
  let loaded = 0;
  async function loadBatches(): Promise<void> {
    while (next < items.length) {
      const batch = items.slice(next, (next += BATCH_SIZE));
      await writeBatch(client, { [TABLE_NAME]: batch.map((Item) => ({ PutRequest: { Item } })) });
      loaded += batch.length;
      report(loaded);
    }
  }
  await Promise.all(Array.from({ length: PARALLEL_BATCHES }, loadBatches));
}

async function writeBatch(
  client: DynamoDBDocumentClient,
  requests: NonNullable<BatchWriteCommandInput['RequestItems']>,
): Promise<void> {
  let remaining = requests;
  for (let attempt = 0; Object.keys(remaining).length > 0; attempt++) {
    // Exponential backoff with full jitter, so that clients that were turned away together don't come back together.
    if (attempt > 0) await sleep(Math.random() * Math.min(50 * 2 ** attempt, RETRY_DELAY_MS_MAX));
    const { UnprocessedItems } = await client.send(new BatchWriteCommand({ RequestItems: remaining }));
    remaining = UnprocessedItems ?? {};
  }
}
