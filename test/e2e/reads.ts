/** What tests of Query and Scan share: filling tables, and reading on to the end. */
import { BatchWriteItemCommand, QueryCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import type {
  AttributeValue,
  QueryCommandInput,
  QueryCommandOutput,
  ScanCommandInput,
  ScanCommandOutput,
} from '@aws-sdk/client-dynamodb';
import assert from 'node:assert/strict';
import type { TestServer } from './server.ts';

export type WireItem = Record<string, AttributeValue>;

const BATCH_ITEMS = 25;

/** Puts `items` into a table, many at once. */
export async function putItems(server: TestServer, tableName: string, items: readonly WireItem[]): Promise<void> {
  for (let from = 0; from < items.length; from += BATCH_ITEMS) {
    const requests = items.slice(from, from + BATCH_ITEMS).map((Item) => ({ PutRequest: { Item } }));
    const answer = await server.client.send(new BatchWriteItemCommand({ RequestItems: { [tableName]: requests } }));
    assert.deepEqual(answer.UnprocessedItems, {});
  }
}

/** The pages of a Query in order, until one has no LastEvaluatedKey. */
export function queryPages(server: TestServer, input: QueryCommandInput): Promise<QueryCommandOutput[]> {
  return readPages((ExclusiveStartKey) => server.client.send(new QueryCommand({ ...input, ExclusiveStartKey })));
}

/** The pages of a Scan in order, until one has no LastEvaluatedKey. */
export function scanPages(server: TestServer, input: ScanCommandInput): Promise<ScanCommandOutput[]> {
  return readPages((ExclusiveStartKey) => server.client.send(new ScanCommand({ ...input, ExclusiveStartKey })));
}

async function readPages<Page extends { LastEvaluatedKey?: WireItem | undefined }>(
  read: (startKey: WireItem | undefined) => Promise<Page>,
): Promise<Page[]> {
  const pages: Page[] = [];
  let startKey: WireItem | undefined;
  do {
    const page = await read(startKey);
    pages.push(page);
    startKey = page.LastEvaluatedKey;
  } while (startKey !== undefined);
  return pages;
}

/** The items of all pages, in order. */
export function itemsOf(pages: readonly { Items?: WireItem[] | undefined }[]): WireItem[] {
  return pages.flatMap((page) => page.Items ?? []);
}

/** The numbers that the items have as the attribute `name`. */
export function numbersOf(items: readonly WireItem[] | undefined, name: string): number[] {
  return (items ?? []).map((item) => Number(item[name]?.N));
}
