/** dynamodb-admin, started as its README says, and used as its pages use it. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { after, beforeEach, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { UpdateTimeToLiveCommand } from '@aws-sdk/client-dynamodb';
import { useServer } from '../e2e/server.ts';

const COMMAND = fileURLToPath(new URL('dynamodb-admin.js', import.meta.resolve('dynamodb-admin')));

const server = useServer();
let admin: { readonly process: ChildProcess; readonly endpoint: string } | undefined;

beforeEach(async () => {
  admin ??= await startAdmin();
});
after(() => void admin?.process.kill('SIGKILL'));

/** Resolves when it has printed where it listens. */
async function startAdmin(): Promise<NonNullable<typeof admin>> {
  const args = [COMMAND, '--host', '127.0.0.1', '--port', '0', '--dynamo-endpoint', server.endpoint];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
    output += String(chunk);
    const endpoint = /listening on (\S+)\s/.exec(output)?.[1];
    if (endpoint === undefined) continue;
    child.stdout.resume();
    return { process: child, endpoint };
  }
  throw new Error(`dynamodb-admin ended: ${output}`);
}

/** Asks dynamodb-admin, which must not fail, and resolves with the text of its answer. */
async function ask(method: string, path: string, body?: unknown): Promise<string> {
  const response = await fetch(`${admin?.endpoint}${path}`, {
    method,
    ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  const text = await response.text();
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
  return text;
}

interface ItemsPage {
  readonly Items: readonly Readonly<Record<string, unknown>>[];
  readonly nextKey: string | null;
}

async function askItems(table: string, query: Readonly<Record<string, string>>): Promise<ItemsPage> {
  const text = await ask('GET', `/tables/${table}/items?${String(new URLSearchParams(query))}`);
  return JSON.parse(text) as ItemsPage;
}

let made = 0;

/** Makes a table by the form of dynamodb-admin, and puts items 0 to 29 of two owners in it by another. */
async function fillTable(): Promise<string> {
  const TableName = `Pages-${++made}`;
  const index = { IndexType: 'global', IndexName: 'byOwner', ReadCapacityUnits: 3, WriteCapacityUnits: 3 };
  await ask('POST', '/create-table', {
    TableDefinition: {
      TableName,
      HashAttributeName: 'shelf',
      HashAttributeType: 'S',
      RangeAttributeName: 'id',
      RangeAttributeType: 'N',
      ReadCapacityUnits: 3,
      WriteCapacityUnits: 3,
    },
    SecondaryIndexes: [{ ...index, HashAttributeName: 'owner', HashAttributeType: 'S' }],
  });
  const items = Array.from({ length: 30 }, (_, id) => ({ shelf: 'A', id, owner: id % 2 === 0 ? 'even' : 'odd' }));
  await Promise.all(items.map((item) => ask('PUT', `/tables/${TableName}/add-item`, item)));
  return TableName;
}

describe('dynamodb-admin', () => {
  test('shows tables', async () => {
    const table = await fillTable();
    assert.match(await ask('GET', '/'), new RegExp(`\\b${table}\\b`));
    assert.ok(
      (JSON.parse(await ask('GET', '/api/tables')) as { TableName: string }[]).some(
        ({ TableName }) => TableName === table,
      ),
    );
    assert.match(await ask('GET', `/tables/${table}`), /byOwner/);
    assert.match(await ask('GET', `/tables/${table}/meta`), /arn:aws:dynamodb:us-east-1:000000000000:table/);
    const TimeToLiveSpecification = { AttributeName: 'expiresAt', Enabled: true };
    await server.client.send(new UpdateTimeToLiveCommand({ TableName: table, TimeToLiveSpecification }));
    assert.match(await ask('GET', `/tables/${table}/ttl`), /expiresAt/);
  });

  test('shows items: all, by key, by index and filtered, page by page', async () => {
    const table = await fillTable();
    const first = await askItems(table, {});
    assert.equal(first.Items.length, 25);
    const second = await askItems(table, { startKey: decodeURIComponent(first.nextKey ?? ''), pageNum: '2' });
    assert.deepEqual([second.Items.map(({ id }) => id), second.nextKey], [[25, 26, 27, 28, 29], null]);

    const range = { shelf: { operator: '=', type: 'S', value: 'A' }, id: { operator: '<', type: 'N', value: '3' } };
    const queried = await askItems(table, { operationType: 'query', filters: JSON.stringify(range) });
    assert.deepEqual(
      queried.Items.map(({ id }) => id),
      [0, 1, 2],
    );
    const odd = { owner: { operator: '=', type: 'S', value: 'odd' }, id: { operator: '>', type: 'N', value: '26' } };
    const byIndex = { queryableSelection: 'byOwner', operationType: 'query', filters: JSON.stringify(odd) };
    assert.deepEqual((await askItems(table, byIndex)).Items.map(({ id }) => id).toSorted(), [27, 29]);
    const filtered = await askItems(table, { filters: JSON.stringify(odd) });
    assert.equal(filtered.Items.length, 2);
  });

  test('shows, changes and deletes an item', async () => {
    const table = await fillTable();
    const path = `/tables/${table}/items/A,7`;
    assert.match(await ask('GET', path), /odd/);
    const changed = { shelf: 'A', id: 7, owner: 'changed' };
    assert.deepEqual(JSON.parse(await ask('PUT', path, changed)), changed);
    await ask('DELETE', path);
    assert.equal((await fetch(`${admin?.endpoint}${path}`)).status, 404);
  });

  test('empties and deletes tables', async () => {
    const table = await fillTable();
    await ask('DELETE', `/tables/${table}/all`);
    assert.deepEqual((await askItems(table, {})).Items, []);
    await ask('DELETE', `/tables/${table}`);
    assert.doesNotMatch(await ask('GET', '/'), new RegExp(`\\b${table}\\b`));
  });
});
