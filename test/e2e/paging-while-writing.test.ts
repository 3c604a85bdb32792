/** Pages go on exactly where they ended, also while items around that place come and go. */
import type { QueryCommandOutput } from '@aws-sdk/client-dynamodb';
import { DeleteItemCommand, PutItemCommand, QueryCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createSeededRandom } from '../seeded-random.ts';
import { ORDERS_TABLE } from './reads-table.ts';
import type { WireItem } from './reads.ts';
import { numbersOf, putItems } from './reads.ts';
import { chooseSeed } from './seed.ts';
import { useServer } from './server.ts';

const server = useServer();

const ADA = { ExpressionAttributeValues: { ':p': { S: 'ada' } }, KeyConditionExpression: 'customer = :p' };

describe('paging while items are written', () => {
  const STAYING = Array.from({ length: 40 }, (_, i) => 2 * i);

  /** What is read while items between those that stay, and the item at the page's end itself, come and go. */
  const KINDS = {
    Query: {},
    'Query backward': { ScanIndexForward: false },
    Scan: {},
    'Scan of a segment': { Segment: 0, TotalSegments: 1 },
    'Query of a global index': { IndexName: 'city-all' },
    'Query of a local index, backward': { IndexName: 'placed-keys', ScanIndexForward: false },
    'Scan of a global index': { IndexName: 'city-all' },
    'Scan of a local index': { IndexName: 'placed-all' },
  } as const;
  for (const [kind, input] of Object.entries(KINDS)) {
    test(`${kind}: an item that is there throughout comes exactly once`, async (t) => {
      const random = createSeededRandom(chooseSeed(t));
      const tableName = await server.createTable(ORDERS_TABLE);
      await putItems(server, tableName, STAYING.map(makeItem));
      const base = { TableName: tableName, Limit: 3, ...input };
      const partition = kind.includes('global')
        ? { KeyConditionExpression: 'city = :p', ExpressionAttributeValues: { ':p': { S: 'rome' } } }
        : ADA;
      const found: number[] = [];
      let ExclusiveStartKey: WireItem | undefined;
      do {
        const page: QueryCommandOutput = kind.startsWith('Scan')
          ? await server.client.send(new ScanCommand({ ...base, ExclusiveStartKey }))
          : await server.client.send(new QueryCommand({ ...base, ...partition, ExclusiveStartKey }));
        found.push(...numbersOf(page.Items, 'order'));
        ExclusiveStartKey = page.LastEvaluatedKey;
        for (let i = 0; i < 6; i++) await writeOdd(tableName, 2 * Math.floor(random() * 42) - 1, random() < 0.6);
        if (ExclusiveStartKey !== undefined) await replaceOdd(tableName, ExclusiveStartKey);
      } while (ExclusiveStartKey !== undefined);
      const staying = found.filter((order) => order % 2 === 0);
      assert.deepEqual(
        staying.toSorted((a, b) => a - b),
        STAYING,
      );
      assert.equal(new Set(found).size, found.length);
    });
  }

  function makeItem(order: number): WireItem {
    // Many have the same sort key in the indexes.
    const total = `${order % 5}`;
    const key = { customer: { S: 'ada' }, order: { N: `${order}` } };
    return { ...key, city: { S: 'rome' }, total: { N: total }, placed: { S: total } };
  }

  async function writeOdd(TableName: string, order: number, put: boolean): Promise<void> {
    const item = makeItem(order);
    if (put) await server.client.send(new PutItemCommand({ TableName, Item: item }));
    else await server.client.send(new DeleteItemCommand({ TableName, Key: keyOf(item) }));
  }

  /** Where the page ended with an item that need not stay, it goes. */
  async function replaceOdd(TableName: string, startKey: WireItem): Promise<void> {
    if (Number(startKey.order?.N) % 2 === 0) return;
    await server.client.send(new DeleteItemCommand({ TableName, Key: keyOf(startKey) }));
  }

  function keyOf({ customer, order }: WireItem): WireItem {
    assert.ok(customer && order);
    return { customer, order };
  }
});
