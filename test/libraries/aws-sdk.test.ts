/** The waiters and paginators of the SDK, as its documentation shows them, on tables that take a while. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  BatchWriteItemCommand,
  CreateTableCommand,
  DeleteTableCommand,
  paginateListTables,
  paginateQuery,
  paginateScan,
  waitForTableExists,
  waitUntilTableExists,
  waitUntilTableNotExists,
} from '@aws-sdk/client-dynamodb';
import { useServer } from '../e2e/server.ts';
import { singleTable } from './single-table.ts';

const server = useServer();
const slowServer = useServer({ tableDelaySeconds: 1 });

describe('the waiters of the SDK', { concurrency: true }, () => {
  const waiting = () => ({ client: slowServer.client, maxWaitTime: 60, minDelay: 1, maxDelay: 1 });

  test('wait for a table to be there, and to be gone', async () => {
    const table = { TableName: 'Cities', BillingMode: 'PAY_PER_REQUEST' as const, ...CITIES };
    const created = await slowServer.client.send(new CreateTableCommand(table));
    assert.equal(created.TableDescription?.TableStatus, 'CREATING');
    const { state, reason } = await waitUntilTableExists(waiting(), { TableName: 'Cities' });
    assert.equal(state, 'SUCCESS');
    assert.equal((reason as { Table: { TableStatus: string } }).Table.TableStatus, 'ACTIVE');

    const deleted = await slowServer.client.send(new DeleteTableCommand({ TableName: 'Cities' }));
    assert.equal(deleted.TableDescription?.TableStatus, 'DELETING');
    assert.equal((await waitUntilTableNotExists(waiting(), { TableName: 'Cities' })).state, 'SUCCESS');
  });

  test('give up', async () => {
    const impatient = { ...waiting(), maxWaitTime: 2 };
    const timeout = { name: 'TimeoutError' };
    const rejected = assert.rejects(waitUntilTableExists(impatient, { TableName: 'none' }), timeout);
    assert.equal((await waitForTableExists(impatient, { TableName: 'none' })).state, 'TIMEOUT');
    await rejected;
  });
});

const CITIES = singleTable(['country', 'name'], { byState: ['state', 'name'] });

describe('the paginators of the SDK', () => {
  test('list all tables', async () => {
    const made = await Promise.all(Array.from({ length: 7 }, () => server.createTable()));
    const listed: string[] = [];
    let pages = 0;
    for await (const { TableNames } of paginateListTables({ client: server.client, pageSize: 3 }, {})) {
      listed.push(...(TableNames ?? []));
      pages++;
    }
    assert.deepEqual(listed, made.toSorted());
    assert.equal(pages, 3);
  });

  test('query and scan a table and an index, from the start or from a token', async () => {
    const { client } = server;
    const TableName = await server.createTable(CITIES);
    const names = Array.from({ length: 25 }, (_, i) => String(i).padStart(2, '0'));
    const requests = names.map((name) => ({
      PutRequest: { Item: { country: { S: 'DE' }, name: { S: name }, state: { S: 'BY' } } },
    }));
    await client.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: requests } }));

    const query = {
      TableName,
      KeyConditionExpression: 'country = :c',
      ExpressionAttributeValues: { ':c': { S: 'DE' } },
    };
    const byState = {
      TableName,
      IndexName: 'byState',
      KeyConditionExpression: '#s = :s',
      ExpressionAttributeNames: { '#s': 'state' },
      ExpressionAttributeValues: { ':s': { S: 'BY' } },
    };
    const startingToken = { country: { S: 'DE' }, name: { S: '04' } };
    const configuration = { client, pageSize: 4 };
    assert.deepEqual(await read(paginateQuery(configuration, query)), { names, pages: 7 });
    assert.deepEqual(await read(paginateQuery(configuration, byState)), { names, pages: 7 });
    assert.deepEqual(await read(paginateScan(configuration, { TableName })), { names, pages: 7 });
    assert.deepEqual(await read(paginateScan(configuration, { TableName, IndexName: 'byState' })), { names, pages: 7 });
    assert.deepEqual(await read(paginateQuery({ ...configuration, startingToken }, query)), {
      names: names.slice(5),
      pages: 6,
    });
  });
});

/** The names of all pages, and how many pages there were. */
async function read(
  pages: AsyncIterable<{ readonly Items?: readonly Readonly<Record<string, { readonly S?: string }>>[] | undefined }>,
): Promise<{ names: (string | undefined)[]; pages: number }> {
  const names: (string | undefined)[] = [];
  let count = 0;
  for await (const { Items = [] } of pages) {
    names.push(...Items.map((item) => item['name']?.S));
    count++;
  }
  return { names, pages: count };
}
