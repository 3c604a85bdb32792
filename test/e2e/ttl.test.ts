/**
 * Time to Live: what expires and goes, and what stays. Source: "Time to Live" in the developer guide. What depends on
 * moments (an item that has expired is there until it is deleted, the five years, disabling after an hour) is tested
 * with a clock, in src/jobs/expire-items.test.ts.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type AttributeValue,
  BatchWriteItemCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  ExecuteStatementCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { useServer } from './server.ts';
import { waitUntil } from './wait-until.ts';

const server = useServer({ ttlIntervalSeconds: 0.1 });

type Attributes = Record<string, AttributeValue>;

const seconds = (ahead: number): AttributeValue => ({ N: String(Math.floor(Date.now() / 1_000) + ahead) });
const PAST = seconds(-60);
const FUTURE = seconds(86_400);

const item = (pk: string, more: Attributes = {}): Attributes => ({ pk: { S: pk }, sk: { N: '1' }, ...more });

async function enable(TableName: string, AttributeName = 't'): Promise<void> {
  const TimeToLiveSpecification = { Enabled: true, AttributeName };
  await server.client.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
  await waitUntil(async () => {
    const { TimeToLiveDescription } = await server.client.send(new DescribeTimeToLiveCommand({ TableName }));
    return TimeToLiveDescription?.TimeToLiveStatus === 'ENABLED';
  });
}

async function put(TableName: string, ...items: Attributes[]): Promise<void> {
  for (const Item of items) await server.client.send(new PutItemCommand({ TableName, Item }));
}

async function scanNames(TableName: string, IndexName?: string): Promise<(string | undefined)[]> {
  const input = { TableName, IndexName, ConsistentRead: IndexName === undefined };
  const { Items = [] } = await server.client.send(new ScanCommand(input));
  return Items.map(({ pk }) => pk?.S).toSorted();
}

/** Resolves when items that expired since this call are gone, so that whatever had expired before has been seen. */
async function passOnce(TableName: string): Promise<void> {
  for (const name of ['first pass', 'second pass']) {
    await put(TableName, item(name, { t: PAST }));
    await waitUntil(async () => !(await scanNames(TableName)).includes(name));
  }
}

test('what has expired goes from the table and its indexes, and nothing else does', async () => {
  const indexed = (IndexName: string, partition: string, sort: string) => ({
    IndexName,
    KeySchema: [
      { AttributeName: partition, KeyType: 'HASH' as const },
      { AttributeName: sort, KeyType: 'RANGE' as const },
    ],
    Projection: { ProjectionType: 'ALL' as const },
  });
  const table = await server.createTable({
    AttributeDefinitions: [
      { AttributeName: 'pk', AttributeType: 'S' },
      { AttributeName: 'sk', AttributeType: 'N' },
      { AttributeName: 'g', AttributeType: 'S' },
      { AttributeName: 't', AttributeType: 'N' },
    ],
    LocalSecondaryIndexes: [indexed('local', 'pk', 'g')],
    // As programs do that want to see the expired items, or to filter them out.
    GlobalSecondaryIndexes: [indexed('global', 'g', 't')],
  });
  await enable(table);
  const g = { S: 'g' };
  const kept = [
    item('future', { g, t: FUTURE }),
    item('nothing', { g }),
    item('milliseconds', { g, t: { N: String(Date.now() - 60_000) } }),
    item('zero', { g, t: { N: '0' } }),
  ];
  const fraction = { N: `${PAST.N}.25` };
  await put(table, ...kept, item('past', { g, t: PAST }), item('fraction', { g, t: fraction }));
  const expected = kept.map(({ pk }) => pk?.S).toSorted();
  await waitUntil(async () => (await scanNames(table)).length === kept.length);
  assert.deepEqual(await scanNames(table), expected);
  assert.deepEqual(await scanNames(table, 'local'), expected);
  assert.deepEqual(
    await scanNames(table, 'global'),
    expected.filter((name) => name !== 'nothing'),
  );
  // Over a database ItemCount lags behind.
  await waitUntil(async () => {
    const { Table } = await server.client.send(new DescribeTableCommand({ TableName: table }));
    return Table?.ItemCount === 4 && Table.GlobalSecondaryIndexes?.[0]?.ItemCount === 3;
  });
});

test('values of other types are no times', async () => {
  const table = await server.createTable();
  await enable(table);
  const n = PAST.N as string;
  const values: AttributeValue[] = [{ S: n }, { NS: [n] }, { L: [PAST] }, { M: { t: PAST } }, { NULL: true }];
  await put(
    table,
    ...values.map((t, i) => item(`kept ${i}`, { t })),
    item('elsewhere', { u: PAST, m: { M: { t: PAST } } }),
  );
  await passOnce(table);
  assert.deepEqual(await scanNames(table), ['elsewhere', 'kept 0', 'kept 1', 'kept 2', 'kept 3', 'kept 4']);
});

test('every way of writing an item says when it expires', async () => {
  const table = await server.createTable();
  await enable(table);
  const { client } = server;
  await put(table, item('PutItem', { t: PAST }), item('UpdateItem', { t: FUTURE }), item('kept', { t: FUTURE }));
  const update = { TableName: table, UpdateExpression: 'SET t = :t', ExpressionAttributeValues: { ':t': PAST } };
  await client.send(new UpdateItemCommand({ ...update, Key: item('UpdateItem') }));
  await client.send(new UpdateItemCommand({ ...update, Key: item('new by UpdateItem') }));
  const batch = [{ PutRequest: { Item: item('BatchWriteItem', { t: PAST }) } }];
  await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: batch } }));
  const Put = { TableName: table, Item: item('TransactWriteItems', { t: PAST }) };
  await client.send(new TransactWriteItemsCommand({ TransactItems: [{ Put }] }));
  const Statement = `INSERT INTO "${table}" VALUE {'pk': 'ExecuteStatement', 'sk': 1, 't': ${PAST.N}}`;
  await client.send(new ExecuteStatementCommand({ Statement }));
  await waitUntil(async () => (await scanNames(table)).length === 1);
  assert.deepEqual(await scanNames(table), ['kept']);
});

test('items that were there before it was enabled expire too', async () => {
  const table = await server.createTable();
  await put(table, item('past', { t: PAST }), item('future', { t: FUTURE }));
  await enable(table);
  await waitUntil(async () => (await scanNames(table)).length === 1);
  assert.deepEqual(await scanNames(table), ['future']);
});

test('the attribute may be a key of the table', async () => {
  const table = await server.createTable();
  await enable(table, 'sk');
  await put(table, { pk: { S: 'p' }, sk: PAST }, { pk: { S: 'p' }, sk: FUTURE });
  const left = async () => {
    const input = {
      TableName: table,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': { S: 'p' } },
    };
    return (await server.client.send(new QueryCommand(input))).Items;
  };
  await waitUntil(async () => (await left())?.length === 1);
  assert.deepEqual(await left(), [{ pk: { S: 'p' }, sk: FUTURE }]);
});

// "Items that are past their expiration, but have not yet been deleted can still be updated, and successful updates to
// change or remove the expiration attribute will be honored" (developer guide).
test('an item whose time is moved, or taken away, before it is deleted is not', async () => {
  const table = await server.createTable();
  await enable(table);
  const names = Array.from({ length: 150 }, (_, i) => `p${String(i).padStart(3, '0')}`);
  const saved = await Promise.all(
    names.map(async (name, i) => {
      await put(table, item(name, { t: PAST }));
      const moved = { UpdateExpression: 'SET t = :t', ExpressionAttributeValues: { ':t': FUTURE } };
      const change = i % 2 === 0 ? moved : { UpdateExpression: 'REMOVE t' };
      const update = { TableName: table, Key: item(name), ConditionExpression: 'attribute_exists(pk)', ...change };
      try {
        await server.client.send(new UpdateItemCommand(update));
        return name;
      } catch (error) {
        assert.equal((error as Error).name, 'ConditionalCheckFailedException');
        return undefined;
      }
    }),
  );
  await passOnce(table);
  assert.deepEqual(
    await scanNames(table),
    saved.filter((name) => name !== undefined),
  );
});
