/** Tables from their creation to their deletion, as the SDK sees them. */
import type { TableDescription } from '@aws-sdk/client-dynamodb';
import {
  BatchWriteItemCommand,
  CreateTableCommand,
  DeleteItemCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
  UpdateItemCommand,
  paginateListTables,
  waitUntilTableExists,
  waitUntilTableNotExists,
} from '@aws-sdk/client-dynamodb';
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { createSeededRandom } from '../seeded-random.ts';
import { TABLE_NOT_FOUND } from './errors.ts';
import { ORDERS_TABLE } from './reads-table.ts';
import type { WireItem } from './reads.ts';
import { itemsOf, scanPages } from './reads.ts';
import { useServer } from './server.ts';

const server = useServer();

async function describeTable(TableName: string): Promise<TableDescription> {
  const { Table } = await server.client.send(new DescribeTableCommand({ TableName }));
  assert.ok(Table);
  return Table;
}

describe('capacity units', () => {
  const create = async (units: string, billing = ''): Promise<unknown> => {
    const { body } = await server.call(
      'CreateTable',
      `{ "TableName": "units", "KeySchema": [{ "AttributeName": "pk", "KeyType": "HASH" }], ${billing}
         "AttributeDefinitions": [{ "AttributeName": "pk", "AttributeType": "S" }], ${units} }`,
    );
    return body['message'] ?? body['Message'] ?? body;
  };
  const reads = (units: string): Promise<unknown> =>
    create(`"ProvisionedThroughput": { "ReadCapacityUnits": ${units}, "WriteCapacityUnits": 1 }`);

  // Long in the API reference: an integer of 64 bits.
  test('are any Long on the wire, of which few are within bounds', async () => {
    for (const units of ['1000000000001', '9007199254740992', '9223372036854775807']) {
      assert.equal(await reads(units), `Given value ${units} for ReadCapacityUnits is out of bounds`);
    }
    for (const units of ['0', '-9007199254740992', '-9223372036854775808']) {
      assert.equal(
        await reads(units),
        `1 validation error detected: Value '${units}' at 'provisionedThroughput.readCapacityUnits' failed to satisfy ` +
          'constraint: Member must have value greater than or equal to 1',
      );
    }
    for (const units of ['1e19', '-99999999999999999999']) {
      assert.equal(await reads(units), 'NUMBER_VALUE cannot be converted to Long');
    }
  });

  test('of a maximum are a Long in the answer too', async () => {
    const answer = await create(
      '"OnDemandThroughput": { "MaxReadRequestUnits": 9223372036854775807 }',
      '"BillingMode": "PAY_PER_REQUEST",',
    );
    const { TableDescription } = answer as { TableDescription: TableDescription };
    const units = TableDescription.OnDemandThroughput?.MaxReadRequestUnits ?? 0;
    assert.ok(units > 2 ** 62 && BigInt(JSON.stringify(units)) < 2n ** 63n, `${units}`);
  });
});

describe('the life of a table', () => {
  test('it is created, described, deleted and gone; waiters agree', async () => {
    const tableName = await server.createTable();
    const waiting = { client: server.client, maxWaitTime: 30, minDelay: 1 };
    const exists = await waitUntilTableExists(waiting, { TableName: tableName });
    assert.equal(exists.state, 'SUCCESS');

    const created = await describeTable(tableName);
    assert.equal(created.TableStatus, 'ACTIVE');
    assert.equal(created.TableArn, `arn:aws:dynamodb:us-east-1:000000000000:table/${tableName}`);
    assert.match(created.TableId ?? '', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    assert.ok(created.CreationDateTime instanceof Date);
    assert.deepEqual([created.ItemCount, created.TableSizeBytes], [0, 0]);
    assert.deepEqual(created.KeySchema, [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ]);
    assert.equal(created.BillingModeSummary?.BillingMode, 'PAY_PER_REQUEST');

    const { TableDescription } = await server.client.send(new DeleteTableCommand({ TableName: tableName }));
    assert.equal(TableDescription?.TableStatus, 'DELETING');
    const gone = await waitUntilTableNotExists(waiting, { TableName: tableName });
    assert.equal(gone.state, 'SUCCESS');
  });

  test('a deleted table takes no requests', async () => {
    const TableName = await server.createTable();
    const Key = { pk: { S: 'a' }, sk: { N: '1' } };
    await server.client.send(new PutItemCommand({ TableName, Item: Key }));
    await server.client.send(new DeleteTableCommand({ TableName }));
    await assert.rejects(server.client.send(new GetItemCommand({ TableName, Key })), TABLE_NOT_FOUND);
    await assert.rejects(server.client.send(new PutItemCommand({ TableName, Item: Key })), TABLE_NOT_FOUND);
    const message = `Requested resource not found: Table: ${TableName} not found`;
    const named = { name: 'ResourceNotFoundException', message };
    await assert.rejects(server.client.send(new DescribeTableCommand({ TableName })), named);
    await assert.rejects(server.client.send(new DeleteTableCommand({ TableName })), named);
  });

  test('a table created again under its name is a new one, with nothing in it', async () => {
    const TableName = await server.createTable(ORDERS_TABLE);
    const first = await describeTable(TableName);
    const Item = { customer: { S: 'ada' }, order: { N: '1' }, city: { S: 'rome' }, total: { N: '1' } };
    await server.client.send(new PutItemCommand({ TableName, Item }));
    await server.client.send(new DeleteTableCommand({ TableName }));
    const create = { TableName, BillingMode: 'PAY_PER_REQUEST', ...ORDERS_TABLE } as const;
    await server.client.send(new CreateTableCommand({ ...create, KeySchema: ORDERS_TABLE.KeySchema ?? [] }));
    const second = await describeTable(TableName);
    assert.notEqual(second.TableId, first.TableId);
    assert.equal(second.ItemCount, 0);
    for (const IndexName of [undefined, 'city-all', 'placed-keys']) {
      assert.deepEqual(itemsOf(await scanPages(server, { TableName, IndexName })), []);
    }
  });

  test('its name is taken as long as it is there', async () => {
    const TableName = await server.createTable();
    const again = new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'other', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'other', AttributeType: 'S' }],
    });
    await assert.rejects(server.client.send(again), {
      name: 'ResourceInUseException',
      message: `Table already exists: ${TableName}`,
    });
    assert.equal((await describeTable(TableName)).KeySchema?.length, 2);
  });
});

describe('counts and sizes of a table', () => {
  test('are true after any writes, for the table and every index', async () => {
    const TableName = await server.createTable(ORDERS_TABLE);
    const random = createSeededRandom(2026);
    const pick = (count: number): number => Math.floor(random() * count);
    for (let i = 0; i < 300; i++) await writeAtRandom(TableName, pick);

    const description = await describeTable(TableName);
    const indexes = [...(description.LocalSecondaryIndexes ?? []), ...(description.GlobalSecondaryIndexes ?? [])];
    assert.equal(indexes.length, 6);
    const items = itemsOf(await scanPages(server, { TableName }));
    assert.ok(items.length > 0);
    assert.deepEqual([description.ItemCount, description.TableSizeBytes], [items.length, sumSizes(items)]);
    for (const { IndexName, ItemCount, IndexSizeBytes, IndexArn } of indexes) {
      const entries = itemsOf(await scanPages(server, { TableName, IndexName }));
      assert.ok(entries.length > 0);
      assert.deepEqual([ItemCount, IndexSizeBytes], [entries.length, sumSizes(entries)], `${IndexName}`);
      assert.equal(IndexArn, `${description.TableArn}/index/${IndexName}`);
    }
  });

  async function writeAtRandom(TableName: string, pick: (count: number) => number): Promise<void> {
    const Key = { customer: { S: `c${pick(4)}` }, order: { N: `${pick(8)}` } };
    const item: WireItem = {
      ...Key,
      ...(pick(2) === 0 && { placed: { S: 'd'.repeat(1 + pick(20)) } }),
      ...(pick(3) > 0 && { city: { S: `city-${pick(3)}` } }),
      ...(pick(3) > 0 && { total: { N: `${pick(100) - 50}.5` } }),
      note: { S: 'é'.repeat(pick(30)) },
    };
    switch (pick(5)) {
      case 0:
        await server.client.send(new DeleteItemCommand({ TableName, Key }));
        return;
      case 1:
        await server.client.send(
          new UpdateItemCommand({
            TableName,
            Key,
            UpdateExpression: 'SET city = :c, note = :n REMOVE placed',
            ExpressionAttributeValues: { ':c': { S: `city-${pick(5)}` }, ':n': { S: 'n'.repeat(pick(50)) } },
          }),
        );
        return;
      case 2: {
        const other = { customer: { S: 'other' }, order: { N: `${pick(5)}` } };
        const requests = [{ PutRequest: { Item: item } }, { DeleteRequest: { Key: other } }];
        await server.client.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: requests } }));
        return;
      }
      default:
        await server.client.send(new PutItemCommand({ TableName, Item: item }));
    }
  }

  /** Names and strings in bytes of UTF-8; the numbers here have one or two digits on each side of the point. */
  function sumSizes(items: readonly WireItem[]): number {
    let sum = 0;
    for (const item of items) {
      for (const [name, value] of Object.entries(item)) {
        sum += name.length + (value.N === undefined ? Buffer.byteLength(value.S ?? '') : sizeOfNumber(value.N));
      }
    }
    return sum;
  }

  function sizeOfNumber(text: string): number {
    const [whole = '', fraction = ''] = text.replace('-', '').split('.');
    if (whole === '0' && fraction === '') return 1;
    const digits = Math.ceil((whole === '0' ? '' : whole).length / 2) + Math.ceil(fraction.length / 2);
    return 1 + digits + (text.startsWith('-') ? 1 : 0);
  }
});

describe('ListTables', () => {
  const lister = useServer();
  const NAMES = ['B.b', 'Zebra', '_under', 'abc', 'abd', 'b-b', 'long'.repeat(60)];

  before(async () => {
    for (const TableName of NAMES.toReversed()) await lister.createTable({ TableName });
  });

  test('gives all names in byte order', async () => {
    const { $metadata: _, ...answer } = await lister.client.send(new ListTablesCommand({}));
    assert.deepEqual(answer, { TableNames: NAMES });
  });

  test('gives them in pages, each of which says where it ended', async () => {
    const first = await lister.client.send(new ListTablesCommand({ Limit: 3 }));
    assert.deepEqual([first.TableNames, first.LastEvaluatedTableName], [NAMES.slice(0, 3), '_under']);
    for (const pageSize of [1, 2, 3, 7, 100]) {
      const names: string[] = [];
      for await (const page of paginateListTables({ client: lister.client, pageSize }, {})) {
        assert.ok((page.TableNames ?? []).length <= pageSize);
        names.push(...(page.TableNames ?? []));
      }
      assert.deepEqual(names, NAMES);
    }
  });

  test('goes on behind a name that need not be there', async () => {
    const { TableNames } = await lister.client.send(new ListTablesCommand({ ExclusiveStartTableName: 'abcc' }));
    assert.deepEqual(TableNames, NAMES.slice(4));
  });
});
