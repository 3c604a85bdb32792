/** What ReturnConsumedCapacity reports, for reads and writes of items, tables with indexes and batches. */
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import {
  type AttributeValue,
  BatchGetItemCommand,
  BatchWriteItemCommand,
  type ConsumedCapacity,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  ScanCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { INDEXED_TABLE } from './indexed-table.ts';
import { useServer } from './server.ts';

type Attributes = Record<string, AttributeValue>;

const server = useServer();
const KEY = { pk: { S: 'a' }, sk: { N: '1' } };
const INDEXES = { ReturnConsumedCapacity: 'INDEXES' } as const;
let table = '';

/** A string that makes the item with `KEY` and `v` of `sizeBytes` bytes. */
const filler = (sizeBytes: number): Attributes => ({ v: { S: 'x'.repeat(sizeBytes - 7 - 1) } });

async function put(attributes: Attributes): Promise<ConsumedCapacity | undefined> {
  const Item = { ...KEY, ...attributes };
  return (await server.client.send(new PutItemCommand({ ...INDEXES, TableName: table, Item }))).ConsumedCapacity;
}

async function update(UpdateExpression: string, values?: Attributes): Promise<ConsumedCapacity | undefined> {
  const input = { ...INDEXES, TableName: table, Key: KEY, UpdateExpression };
  const command = values === undefined ? input : { ...input, ExpressionAttributeValues: values };
  return (await server.client.send(new UpdateItemCommand(command))).ConsumedCapacity;
}

async function remove(): Promise<ConsumedCapacity | undefined> {
  const { ConsumedCapacity } = await server.client.send(
    new DeleteItemCommand({ ...INDEXES, TableName: table, Key: KEY }),
  );
  return ConsumedCapacity;
}

describe('of a table without indexes', () => {
  beforeEach(async () => {
    table = await server.createTable();
  });

  const units = async (write: Promise<ConsumedCapacity | undefined>) => (await write)?.CapacityUnits;

  async function readUnits(ConsistentRead: boolean): Promise<number | undefined> {
    const { ConsumedCapacity } = await server.client.send(
      new GetItemCommand({ TableName: table, Key: KEY, ConsistentRead, ReturnConsumedCapacity: 'TOTAL' }),
    );
    return ConsumedCapacity?.CapacityUnits;
  }

  test('a read costs one unit for 4 KB, and half of that when eventually consistent', async () => {
    for (const [sizeBytes, expected] of [
      [100, 1],
      [4_096, 1],
      [4_097, 2],
      [8_192, 2],
      [409_600, 100],
    ] as const) {
      await put(filler(sizeBytes));
      assert.equal(await readUnits(true), expected);
      assert.equal(await readUnits(false), expected / 2);
    }
  });

  test('a read of what is not there costs the least', async () => {
    assert.equal(await readUnits(true), 1);
    assert.equal(await readUnits(false), 0.5);
  });

  test('a projection makes no read cheaper', async () => {
    await put(filler(4_097));
    const { ConsumedCapacity } = await server.client.send(
      new GetItemCommand({
        TableName: table,
        Key: KEY,
        ProjectionExpression: 'pk',
        ConsistentRead: true,
        ReturnConsumedCapacity: 'TOTAL',
      }),
    );
    assert.equal(ConsumedCapacity?.CapacityUnits, 2);
  });

  test('a write costs one unit for 1 KB of the larger of before and after', async () => {
    assert.equal(await units(put(filler(1_024))), 1);
    assert.equal(await units(put(filler(1_025))), 2);
    assert.equal(await units(put(filler(100))), 2);
    assert.equal(await units(put(filler(409_600))), 400);
    assert.equal(await units(update('SET w = :w REMOVE v', { ':w': { S: '' } })), 400);
    assert.equal(await units(update('SET v = :v', { ':v': { S: 'x'.repeat(3_000) } })), 3);
    assert.equal(await units(remove()), 3);
    assert.equal(await units(remove()), 1);
  });

  test('NONE reports nothing, TOTAL the sum, INDEXES its parts', async () => {
    const report = async (ReturnConsumedCapacity: 'NONE' | 'TOTAL' | 'INDEXES') =>
      (await server.client.send(new PutItemCommand({ TableName: table, Item: KEY, ReturnConsumedCapacity })))
        .ConsumedCapacity;
    assert.equal(await report('NONE'), undefined);
    assert.deepEqual(await report('TOTAL'), { TableName: table, CapacityUnits: 1 });
    assert.deepEqual(await report('INDEXES'), {
      TableName: table,
      CapacityUnits: 1,
      Table: { CapacityUnits: 1 },
    });
    const unasked = await server.client.send(new PutItemCommand({ TableName: table, Item: KEY }));
    assert.equal(unasked.ConsumedCapacity, undefined);
  });

  test('names the table as the request does', async () => {
    const arn = `arn:aws:dynamodb:us-east-1:000000000000:table/${table}`;
    const asked = { TableName: arn, ReturnConsumedCapacity: 'TOTAL' } as const;
    const answers = [
      await server.client.send(new PutItemCommand({ ...asked, Item: KEY })),
      await server.client.send(new GetItemCommand({ ...asked, Key: KEY })),
      await server.client.send(new UpdateItemCommand({ ...asked, Key: KEY })),
      await server.client.send(new DeleteItemCommand({ ...asked, Key: KEY })),
    ];
    for (const { ConsumedCapacity } of answers) assert.equal(ConsumedCapacity?.TableName, arn);
  });
});

describe('of a table with indexes', () => {
  beforeEach(async () => {
    table = await server.createTable(INDEXED_TABLE);
  });

  const FULL = { color: { S: 'red' }, weight: { N: '5' }, code: { B: Uint8Array.of(7) }, note: { S: 'n' } };

  /** What a write should report: the table's units and those of each index that it touches. */
  function consumed(
    tableUnits: number,
    globals: Readonly<Record<string, number>>,
    locals: Readonly<Record<string, number>>,
  ): ConsumedCapacity {
    const describeUnits = (units: Readonly<Record<string, number>>) =>
      Object.fromEntries(Object.entries(units).map(([index, CapacityUnits]) => [index, { CapacityUnits }]));
    const sum = [...Object.values(globals), ...Object.values(locals)].reduce((one, other) => one + other, tableUnits);
    return {
      TableName: table,
      CapacityUnits: sum,
      Table: { CapacityUnits: tableUnits },
      ...(Object.keys(globals).length > 0 && { GlobalSecondaryIndexes: describeUnits(globals) }),
      ...(Object.keys(locals).length > 0 && { LocalSecondaryIndexes: describeUnits(locals) }),
    };
  }

  test('an item in no index costs the table alone', async () => {
    assert.deepEqual(await put({}), consumed(1, {}, {}));
  });

  test('an item costs each index that it comes into or leaves', async () => {
    const all = consumed(1, { 'by-color': 1, keys: 1, include: 1 }, { 'by-weight': 1 });
    assert.deepEqual(await put(FULL), all);
    assert.deepEqual(await remove(), all);
    assert.deepEqual(await put({ weight: { N: '5' } }), consumed(1, {}, { 'by-weight': 1 }));
    assert.deepEqual(await update('REMOVE weight'), consumed(1, {}, { 'by-weight': 1 }));
  });

  test('a change of an index key costs that index two writes', async () => {
    await put(FULL);
    assert.deepEqual(
      await update('SET weight = :w', { ':w': { N: '6' } }),
      consumed(1, { 'by-color': 2 }, { 'by-weight': 2 }),
    );
    assert.deepEqual(
      await update('SET color = :c', { ':c': { S: 'blue' } }),
      consumed(1, { 'by-color': 2, include: 2 }, {}),
    );
  });

  test('a change costs the indexes that project it, and no others', async () => {
    await put(FULL);
    assert.deepEqual(
      await update('SET note = :n', { ':n': { S: 'm' } }),
      consumed(1, { 'by-color': 1, include: 1 }, {}),
    );
    assert.deepEqual(await update('SET unrelated = :n', { ':n': { S: 'm' } }), consumed(1, { 'by-color': 1 }, {}));
  });

  test('a write that changes nothing costs no index anything, in whatever order it says so', async () => {
    const sets = { tags: { SS: ['a', 'b'] }, map: { M: { x: { N: '1' }, y: { N: '2' } } } };
    await put({ ...FULL, ...sets });
    assert.deepEqual(await put({ ...FULL, ...sets }), consumed(1, {}, {}));
    const shuffled = { map: { M: { y: { N: '2' }, x: { N: '1.0' } } }, tags: { SS: ['b', 'a'] }, ...FULL };
    assert.deepEqual(await put(shuffled), consumed(1, {}, {}));
    assert.deepEqual(await update('SET note = note'), consumed(1, {}, {}));
  });

  test('an index is charged by the size of what it holds', async () => {
    const note = { S: 'x'.repeat(5_000) };
    assert.deepEqual(
      await put({ ...FULL, note }),
      consumed(5, { 'by-color': 5, keys: 1, include: 5 }, { 'by-weight': 1 }),
    );
    assert.deepEqual(
      await update('SET color = :c, note = :n', { ':c': { S: 'blue' }, ':n': { S: '' } }),
      consumed(5, { 'by-color': 6, include: 6 }, {}),
    );
  });

  test('TOTAL counts indexes too', async () => {
    const { ConsumedCapacity } = await server.client.send(
      new PutItemCommand({ TableName: table, Item: { ...KEY, ...FULL }, ReturnConsumedCapacity: 'TOTAL' }),
    );
    assert.deepEqual(ConsumedCapacity, { TableName: table, CapacityUnits: 5 });
  });
});

describe('of Query and Scan', () => {
  const ITEM_BYTES = 1_500;
  const ITEMS = 10;
  const OF_A = { KeyConditionExpression: 'pk = :p', ExpressionAttributeValues: { ':p': { S: 'a' } } };

  /** Ten items of 1,500 bytes, each with a small entry in `keys` and in `by-weight`, and in no other index. */
  beforeEach(async () => {
    table = await server.createTable(INDEXED_TABLE);
    const items = Array.from({ length: ITEMS }, (_, i) => ({
      pk: { S: 'a' },
      sk: { N: String(i) },
      weight: { N: '5' },
      code: { B: Uint8Array.of(7) },
      v: { S: 'x'.repeat(ITEM_BYTES - 3 - sizeOfSortKey(i) - 8 - 5 - 1) },
    }));
    const requests = items.map((Item) => ({ PutRequest: { Item } }));
    await server.client.send(new BatchWriteItemCommand({ RequestItems: { [table]: requests } }));
  });

  /** `sk` and its number, which for 0 has one byte. */
  function sizeOfSortKey(sk: number): number {
    return sk === 0 ? 3 : 4;
  }

  async function query(more: Partial<QueryCommandInput> = {}): Promise<ConsumedCapacity | undefined> {
    const input = { ...INDEXES, TableName: table, ...OF_A, ...more };
    return (await server.client.send(new QueryCommand(input))).ConsumedCapacity;
  }

  test('sizes of all items that were read are added up before they are rounded', async () => {
    // 15,000 bytes are 4 units of 4 KB, and not 10.
    const whole = { TableName: table, CapacityUnits: 4, Table: { CapacityUnits: 4 } };
    const half = { TableName: table, CapacityUnits: 2, Table: { CapacityUnits: 2 } };
    assert.deepEqual(await query({ ConsistentRead: true }), whole);
    assert.deepEqual(await query(), half);
    const scan = { ...INDEXES, TableName: table };
    const { ConsumedCapacity } = await server.client.send(new ScanCommand({ ...scan, ConsistentRead: true }));
    assert.deepEqual(ConsumedCapacity, whole);
    assert.deepEqual((await server.client.send(new ScanCommand(scan))).ConsumedCapacity, half);
  });

  test('filters, projections and counts make no read cheaper; a limit does', async () => {
    const units = async (more: Partial<QueryCommandInput>) => (await query(more))?.CapacityUnits;
    assert.equal(await units({ FilterExpression: 'attribute_not_exists(v)' }), 2);
    assert.equal(await units({ ProjectionExpression: 'pk' }), 2);
    assert.equal(await units({ Select: 'COUNT' }), 2);
    // 4,500 bytes.
    assert.equal(await units({ Limit: 3 }), 1);
  });

  test('a read that finds nothing costs the least', async () => {
    const none = { ExpressionAttributeValues: { ':p': { S: 'never' } } };
    assert.equal((await query(none))?.CapacityUnits, 0.5);
    assert.equal((await query({ ...none, ConsistentRead: true }))?.CapacityUnits, 1);
  });

  test('an index is charged for what it holds, and the table for nothing', async () => {
    assert.deepEqual(await query({ IndexName: 'by-weight' }), {
      TableName: table,
      CapacityUnits: 0.5,
      Table: { CapacityUnits: 0 },
      LocalSecondaryIndexes: { 'by-weight': { CapacityUnits: 0.5 } },
    });
    const scan = { ...INDEXES, TableName: table, IndexName: 'keys' };
    assert.deepEqual((await server.client.send(new ScanCommand(scan))).ConsumedCapacity, {
      TableName: table,
      CapacityUnits: 0.5,
      Table: { CapacityUnits: 0 },
      GlobalSecondaryIndexes: { keys: { CapacityUnits: 0.5 } },
    });
  });

  test('what a local index does not project is fetched from the table, each item for itself', async () => {
    const { CapacityUnits, ...parts } =
      (await query({ IndexName: 'by-weight', Select: 'ALL_ATTRIBUTES', ConsistentRead: true })) ?? {};
    assert.equal(CapacityUnits, 11);
    assert.deepEqual(parts, {
      TableName: table,
      Table: { CapacityUnits: 10 },
      LocalSecondaryIndexes: { 'by-weight': { CapacityUnits: 1 } },
    });
  });

  test('NONE reports nothing and TOTAL the sum', async () => {
    assert.equal(await query({ ReturnConsumedCapacity: 'NONE' }), undefined);
    const total = { ReturnConsumedCapacity: 'TOTAL', IndexName: 'by-weight', Select: 'ALL_ATTRIBUTES' } as const;
    assert.deepEqual(await query(total), { TableName: table, CapacityUnits: 5.5 });
  });
});

describe('of batches', () => {
  test('is one entry for each table, of all its requests', async () => {
    const plain = await server.createTable();
    table = await server.createTable(INDEXED_TABLE);
    const written = await server.client.send(
      new BatchWriteItemCommand({
        RequestItems: {
          [plain]: [{ PutRequest: { Item: { ...KEY, ...filler(2_000) } } }],
          [table]: [
            { PutRequest: { Item: { ...KEY, weight: { N: '1' } } } },
            {
              PutRequest: {
                Item: { pk: { S: 'b' }, sk: { N: '1' }, weight: { N: '1' }, code: { B: Uint8Array.of(1) } },
              },
            },
            { DeleteRequest: { Key: { pk: { S: 'never' }, sk: { N: '1' } } } },
          ],
        },
        ReturnConsumedCapacity: 'INDEXES',
      }),
    );
    assert.deepEqual(written.ConsumedCapacity, [
      { TableName: plain, CapacityUnits: 2, Table: { CapacityUnits: 2 } },
      {
        TableName: table,
        CapacityUnits: 6,
        Table: { CapacityUnits: 3 },
        GlobalSecondaryIndexes: { keys: { CapacityUnits: 1 } },
        LocalSecondaryIndexes: { 'by-weight': { CapacityUnits: 2 } },
      },
    ]);

    const arn = `arn:aws:dynamodb:us-east-1:000000000000:table/${table}`;
    const read = await server.client.send(
      new BatchGetItemCommand({
        RequestItems: {
          [plain]: { Keys: [KEY], ConsistentRead: true },
          [arn]: { Keys: [KEY, { pk: { S: 'never' }, sk: { N: '1' } }] },
        },
        ReturnConsumedCapacity: 'INDEXES',
      }),
    );
    assert.deepEqual(read.ConsumedCapacity, [
      { TableName: plain, CapacityUnits: 1, Table: { CapacityUnits: 1 } },
      { TableName: arn, CapacityUnits: 1, Table: { CapacityUnits: 1 } },
    ]);
  });

  test('rounds each item up by itself', async () => {
    table = await server.createTable();
    const item = (sk: string) => ({ pk: { S: 'a' }, sk: { N: sk }, ...filler(1_025) });
    const { ConsumedCapacity } = await server.client.send(
      new BatchWriteItemCommand({
        RequestItems: { [table]: ['1', '2', '3'].map((sk) => ({ PutRequest: { Item: item(sk) } })) },
        ReturnConsumedCapacity: 'TOTAL',
      }),
    );
    assert.deepEqual(ConsumedCapacity, [{ TableName: table, CapacityUnits: 6 }]);
  });
});
