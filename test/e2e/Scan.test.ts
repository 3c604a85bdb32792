import type { ScanCommandInput, ScanCommandOutput } from '@aws-sdk/client-dynamodb';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { TABLE_NOT_FOUND, validation } from './errors.ts';
import type { WireItem } from './reads.ts';
import { itemsOf, numbersOf, putItems, scanPages } from './reads.ts';
import { useServer } from './server.ts';

const server = useServer();
const PARTITIONS = 60;
const ITEMS_PER_PARTITION = 5;
const ALL = Array.from({ length: PARTITIONS * ITEMS_PER_PARTITION }, (_, id) => id);

/** Every third item has no owner and is not in the index. */
function makeItem(id: number): WireItem {
  return {
    pk: { S: `p${id % PARTITIONS}` },
    sk: { N: `${id}` },
    ...(id % 3 !== 0 && { owner: { S: `o${id % 7}` } }),
  };
}

describe('Scan', () => {
  let tableName = '';

  before(async () => {
    tableName = await server.createTable({
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'N' },
        { AttributeName: 'owner', AttributeType: 'S' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'owners',
          KeySchema: [
            { AttributeName: 'owner', KeyType: 'HASH' },
            { AttributeName: 'sk', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
      ],
      LocalSecondaryIndexes: [
        {
          IndexName: 'own',
          KeySchema: [
            { AttributeName: 'pk', KeyType: 'HASH' },
            { AttributeName: 'owner', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
      ],
    });
    await putItems(server, tableName, ALL.map(makeItem));
  });

  function scan(input: Partial<ScanCommandInput> = {}): Promise<ScanCommandOutput> {
    return server.client.send(new ScanCommand({ TableName: tableName, ...input }));
  }

  async function scanIds(input: Partial<ScanCommandInput>): Promise<number[]> {
    return numbersOf(itemsOf(await scanPages(server, { TableName: tableName, ...input })), 'sk');
  }

  function sorted(ids: readonly number[]): number[] {
    return ids.toSorted((a, b) => a - b);
  }

  describe('of a table or index', () => {
    test('finds every item once, whole', async () => {
      const { Items, Count, ScannedCount, LastEvaluatedKey } = await scan();
      assert.deepEqual([Count, ScannedCount, LastEvaluatedKey], [ALL.length, ALL.length, undefined]);
      assert.deepEqual(sorted(numbersOf(Items, 'sk')), ALL);
      for (const item of Items ?? []) assert.deepEqual(item, makeItem(Number(item.sk?.N)));
    });

    test('items of one partition key come together, in the order of the sort key', async () => {
      const { Items = [] } = await scan();
      for (let from = 0; from < Items.length; from += ITEMS_PER_PARTITION) {
        const partition = Items.slice(from, from + ITEMS_PER_PARTITION);
        assert.equal(new Set(partition.map((item) => item.pk?.S)).size, 1);
        const ids = numbersOf(partition, 'sk');
        assert.deepEqual(ids, sorted(ids));
      }
    });

    test('the order stays, whatever the size of the pages', async () => {
      const order = await scanIds({});
      for (const Limit of [1, 7, 299, 300, 301]) assert.deepEqual(await scanIds({ Limit }), order);
      const indexed = await scanIds({ IndexName: 'owners' });
      assert.deepEqual(
        sorted(indexed),
        ALL.filter((id) => id % 3 !== 0),
      );
      assert.deepEqual(await scanIds({ IndexName: 'owners', Limit: 7 }), indexed);
    });

    test('filter and projection apply as in Query, key attributes included', async () => {
      const { Items, Count, ScannedCount, LastEvaluatedKey } = await scan({
        FilterExpression: 'sk < :n AND begins_with(pk, :p)',
        ExpressionAttributeValues: { ':n': { N: '3' }, ':p': { S: 'p' } },
        ProjectionExpression: 'pk',
      });
      assert.deepEqual([Count, ScannedCount, LastEvaluatedKey], [3, ALL.length, undefined]);
      assert.deepEqual(
        Items?.map((item) => Object.keys(item)),
        [['pk'], ['pk'], ['pk']],
      );
    });

    test('COUNT gives no items', async () => {
      const { $metadata: _, ...answer } = await scan({ Select: 'COUNT', ConsistentRead: true });
      assert.deepEqual(answer, { Count: ALL.length, ScannedCount: ALL.length });
    });

    test('an empty table has no items and costs half a unit', async () => {
      const empty = await server.createTable();
      const { $metadata: _, ...answer } = await scan({ TableName: empty, ReturnConsumedCapacity: 'TOTAL' });
      const ConsumedCapacity = { TableName: empty, CapacityUnits: 0.5 };
      assert.deepEqual(answer, { Items: [], Count: 0, ScannedCount: 0, ConsumedCapacity });
    });

    test('the table and the index must be there', async () => {
      await assert.rejects(scan({ TableName: 'no-such-table' }), TABLE_NOT_FOUND);
      await assert.rejects(
        scan({ IndexName: 'no-such-index' }),
        validation('The table does not have the specified index: no-such-index'),
      );
    });
  });

  describe('of segments', () => {
    for (const IndexName of [undefined, 'owners', 'own']) {
      const name = IndexName === undefined ? 'a table' : `index ${IndexName}`;
      const expected = IndexName === undefined ? ALL : ALL.filter((id) => id % 3 !== 0);

      for (const TotalSegments of IndexName === undefined ? [1, 2, 7, 1_000] : [1, 2, 7]) {
        test(`${TotalSegments} hold ${name} exactly`, async () => {
          const found: number[] = [];
          for (let Segment = 0; Segment < TotalSegments; Segment++) {
            const Limit = TotalSegments < 100 ? 4 : 2;
            found.push(...(await scanIds({ IndexName, TotalSegments, Segment, Limit })));
          }
          assert.deepEqual(sorted(found), expected);
          // Segments are stretches of the one order, so that together they are it.
          assert.deepEqual(found, await scanIds({ IndexName }));
        });
      }
    }

    test('an item is in exactly one of a million segments', async () => {
      const [first, last] = [ALL[0], ALL.at(-1)];
      for (const id of [first, last]) {
        let segment = 0;
        for (let TotalSegments = 10; TotalSegments <= 1_000_000; TotalSegments *= 10) {
          // A tenth of a segment is a segment of ten times as many.
          const holders: number[] = [];
          for (let Segment = segment * 10; Segment < segment * 10 + 10; Segment++) {
            if ((await scanIds({ TotalSegments, Segment })).includes(Number(id))) holders.push(Segment);
          }
          assert.equal(holders.length, 1, `${TotalSegments} segments`);
          segment = holders[0] as number;
        }
        assert.equal(new Set(await scanIds({ TotalSegments: 1_000_000, Segment: segment })).size, ITEMS_PER_PARTITION);
      }
      assert.deepEqual(await scanIds({ TotalSegments: 1_000_000, Segment: 999_999 }), []);
    });

    test('a starting key belongs to its segment', async () => {
      const { LastEvaluatedKey } = await scan({ TotalSegments: 2, Segment: 0, Limit: 1 });
      const input = { TotalSegments: 2, ExclusiveStartKey: LastEvaluatedKey };
      assert.ok((await scan({ ...input, Segment: 0 })).Items);
      await assert.rejects(
        scan({ ...input, Segment: 1 }),
        validation(
          'The provided starting key is invalid: Invalid ExclusiveStartKey. ' +
            'Please use ExclusiveStartKey with correct Segment. TotalSegments: 2 Segment: 1',
        ),
      );
    });

    test('Segment and TotalSegments come together and fit each other', async () => {
      const cases: readonly (readonly [Partial<ScanCommandInput>, string])[] = [
        [
          { Segment: 0 },
          'The TotalSegments parameter is required but was not present in the request when Segment parameter is present',
        ],
        [
          { TotalSegments: 2 },
          'The Segment parameter is required but was not present in the request when parameter TotalSegments is present',
        ],
        [
          { Segment: 2, TotalSegments: 2 },
          'The Segment parameter is zero-based and must be less than parameter TotalSegments: ' +
            'Segment: 2 is not less than TotalSegments: 2',
        ],
        [
          { Segment: -1, TotalSegments: 0 },
          "2 validation errors detected: Value '0' at 'totalSegments' failed to satisfy constraint: " +
            "Member must have value greater than or equal to 1; Value '-1' at 'segment' failed to satisfy " +
            'constraint: Member must have value greater than or equal to 0',
        ],
        [
          { Segment: 0, TotalSegments: 1_000_001 },
          "1 validation error detected: Value '1000001' at 'totalSegments' failed to satisfy constraint: " +
            'Member must have value less than or equal to 1000000',
        ],
      ];
      for (const [input, message] of cases) await assert.rejects(scan(input), validation(message));
    });
  });
});
