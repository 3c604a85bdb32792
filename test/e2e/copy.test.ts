/** `stator copy`: between folders and databases, interrupted, refused, and what it finds in the end. */
import {
  BatchWriteItemCommand,
  CreateTableCommand,
  type CreateTableCommandInput,
  DeleteTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  ListTablesCommand,
  ListTagsOfResourceCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteItemsCommand,
  type TransactWriteItemsCommandInput,
  UpdateTableCommand,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import Database from 'better-sqlite3';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type PartialOptions, startStator } from '../../src/index.ts';
import type { Entry } from '../../src/storage/engine.ts';
import { openSqliteReadOnly } from '../../src/storage/sqlite/inspect.ts';
import { decodeTable } from '../../src/tables/catalog.ts';
import { openTestDatabase } from '../postgres.ts';
import { INDEXED_TABLE } from './indexed-table.ts';
import { makeFolder, type Outcome, type ProgramOptions, runProgram, startProgram } from './program.ts';
import { waitUntil } from './wait-until.ts';

const ITEMS = 3_000;
const LARGE_ITEMS = 10;
const TABLES = ['Empty', 'Plain', 'Things'];

const PLAIN_TABLE: Omit<CreateTableCommandInput, 'TableName'> = {
  BillingMode: 'PROVISIONED',
  ProvisionedThroughput: { ReadCapacityUnits: 7, WriteCapacityUnits: 9 },
  KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
  AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
};

const THINGS_TABLE: Omit<CreateTableCommandInput, 'TableName'> = {
  BillingMode: 'PAY_PER_REQUEST',
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
  ...INDEXED_TABLE,
};

/** Runs `use` with a client of a server with `options`. */
async function withServer<Result>(
  options: PartialOptions,
  use: (client: DynamoDBClient) => Promise<Result>,
): Promise<Result> {
  const stator = await startStator({ port: 0, logLevel: 'error', drainSeconds: 0, ...options });
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new DynamoDBClient({ endpoint: stator.endpoint, region: 'us-east-1', credentials });
  try {
    return await use(client);
  } finally {
    client.destroy();
    await stator.close();
  }
}

async function putAll(client: DynamoDBClient, table: string, requests: readonly WriteRequest[]): Promise<void> {
  for (let i = 0; i < requests.length; i += 25) {
    await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: requests.slice(i, i + 25) } }));
  }
}

function thing(i: number): WriteRequest {
  const Item = {
    pk: { S: `p${i % 100}` },
    sk: { N: String(i) },
    ...(i % 3 === 0 && { color: { S: i % 2 === 0 ? 'red' : 'blue' } }),
    ...(i % 2 === 0 && { weight: { N: String(i / 7) } }),
    ...(i % 5 === 0 && { code: { B: Uint8Array.of(i % 256, 0, 255) } }),
    note: { S: 'ä'.repeat(i % 50) },
  };
  return { PutRequest: { Item } };
}

async function fill(client: DynamoDBClient): Promise<void> {
  const tables: readonly CreateTableCommandInput[] = [
    { TableName: 'Empty', ...PLAIN_TABLE },
    { TableName: 'Gone', ...PLAIN_TABLE },
    { TableName: 'Plain', ...PLAIN_TABLE },
    { TableName: 'Things', ...THINGS_TABLE },
  ];
  for (const table of tables) await client.send(new CreateTableCommand(table));
  const large = (i: number): WriteRequest => ({
    PutRequest: { Item: { pk: { S: `large ${i}` }, data: { S: String(i).repeat(300_000) } } },
  });
  for (let i = 0; i < LARGE_ITEMS; i++) await putAll(client, 'Plain', [large(i)]);
  await putAll(client, 'Gone', [large(1)]);
  await putAll(
    client,
    'Things',
    Array.from({ length: ITEMS }, (_, i) => thing(i)),
  );
  await client.send(new DeleteTableCommand({ TableName: 'Gone' }));
}

/** What clients see of the tables: everything that DescribeTable says, and one of an index's keys. */
async function look(client: DynamoDBClient): Promise<unknown> {
  const { TableNames = [] } = await client.send(new ListTablesCommand({}));
  const tables = await Promise.all(
    TableNames.map(async (TableName) => (await client.send(new DescribeTableCommand({ TableName }))).Table),
  );
  const { Items } = await client.send(
    new QueryCommand({
      TableName: 'Things',
      IndexName: 'by-color',
      KeyConditionExpression: 'color = :c',
      ExpressionAttributeValues: { ':c': { S: 'red' } },
    }),
  );
  return { TableNames, tables, Items };
}

const CATALOG_SPACE = 1;
const SYSTEM_SPACE = 2;

/** All that a folder holds but leases, which a copy leaves behind: each space's entries, the long ones as checksums. */
async function dump(path: string): Promise<unknown> {
  const { engine, close } = openSqliteReadOnly(path);
  const contents = await engine.contents();
  const isCopied = (space: number, { key }: Entry) =>
    space !== SYSTEM_SPACE || !Buffer.from(key).toString().startsWith('lease/');
  const spaces = await Promise.all(
    contents.spaces.map(async (space) => {
      const entries = await engine.scan(space, {}, { limit: 1_000_000 });
      const kept = entries.filter((entry) => isCopied(space, entry));
      return [space, kept.map(({ key, value }) => `${describeBytes(key)}: ${describeBytes(value)}`)];
    }),
  );
  close();
  return { spaces, counters: [...contents.counters].toSorted(), shards: contents.shards };
}

function describeBytes(bytes: Uint8Array): string {
  return bytes.length <= 100 ? Buffer.from(bytes).toString('hex') : createHash('sha256').update(bytes).digest('hex');
}

interface Definition {
  readonly space: number;
  readonly indexes: readonly { readonly space: number }[];
}

function readDefinition(db: Database.Database, table: string): Definition {
  const select = db.prepare<[number, Buffer], Buffer>('SELECT value FROM entry WHERE space = ? AND key = ?').pluck();
  const bytes = select.get(CATALOG_SPACE, Buffer.from(table));
  return JSON.parse(bytes?.toString('utf8', 1) ?? '') as Definition;
}

async function listNames(path: string): Promise<string[]> {
  const { engine, close } = openSqliteReadOnly(path);
  const entries = await engine.scan(CATALOG_SPACE, {}, { limit: 100 });
  close();
  return entries.map(({ key }) => Buffer.from(key).toString());
}

const BUILT_ITEMS = 1_000;
const TAGS = [{ Key: 'stage', Value: 'test' }];

/** Counts how often it was carried out. */
const COUNTED: TransactWriteItemsCommandInput = {
  ClientRequestToken: 'once',
  TransactItems: [
    {
      Update: {
        TableName: 'Plain',
        Key: { pk: { S: 'counter' } },
        UpdateExpression: 'ADD n :one',
        ExpressionAttributeValues: { ':one': { N: '1' } },
      },
    },
  ],
};

/** Fills the store in the folder `path` and returns when some items are in an index that is being built. */
async function startBuild(client: DynamoDBClient, path: string): Promise<void> {
  await client.send(new CreateTableCommand({ TableName: 'Plain', ...PLAIN_TABLE, Tags: TAGS }));
  await putAll(
    client,
    'Plain',
    Array.from({ length: BUILT_ITEMS }, (_, i) => ({ PutRequest: { Item: { pk: { S: `${i}` }, g: { S: 'x' } } } })),
  );
  await client.send(new TransactWriteItemsCommand(COUNTED));
  await client.send(
    new UpdateTableCommand({
      TableName: 'Plain',
      AttributeDefinitions: [{ AttributeName: 'g', AttributeType: 'S' }],
      GlobalSecondaryIndexUpdates: [
        {
          Create: {
            IndexName: 'added',
            KeySchema: [{ AttributeName: 'g', KeyType: 'HASH' }],
            Projection: { ProjectionType: 'KEYS_ONLY' },
            ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 5 },
          },
        },
      ],
    }),
  );
  await waitUntil(async () => (await countMarks(path)) > 0);
}

async function countMarks(path: string): Promise<number> {
  const { engine, close } = openSqliteReadOnly(path);
  const [entry] = await engine.scan(CATALOG_SPACE, {}, { limit: 1 });
  const { indexes } = decodeTable(entry?.value ?? new Uint8Array());
  const marks = await engine.scan(indexes[0]?.build?.markSpace ?? 0, {}, { limit: BUILT_ITEMS });
  close();
  return marks.length;
}

/** Lets the time be over for which states of tables in the folder `path` last. */
function endDelays(path: string): void {
  const db = new Database(join(path, 'stator.db'));
  const select = db.prepare<[number], Buffer>('SELECT value FROM entry WHERE space = ?').pluck();
  const definition = select.get(CATALOG_SPACE)?.toString('latin1') ?? '';
  const ended = Buffer.from(definition.replaceAll(/(ntilMs":)\d+/g, '$11'), 'latin1');
  db.prepare('UPDATE entry SET value = ? WHERE space = ?').run(ended, CATALOG_SPACE);
  db.close();
}

/** Asserts that what `startBuild` began comes to its end, and that nothing of it is done again. */
async function assertGoesOn(client: DynamoDBClient): Promise<void> {
  const describePlain = async () => (await client.send(new DescribeTableCommand({ TableName: 'Plain' }))).Table;
  await waitUntil(async () => (await describePlain())?.GlobalSecondaryIndexes?.[0]?.IndexStatus === 'ACTIVE');
  const { Count } = await client.send(new ScanCommand({ TableName: 'Plain', IndexName: 'added' }));
  assert.equal(Count, BUILT_ITEMS);
  await client.send(new TransactWriteItemsCommand(COUNTED));
  const { Item } = await client.send(new GetItemCommand({ TableName: 'Plain', Key: { pk: { S: 'counter' } } }));
  assert.deepEqual(Item?.['n'], { N: '1' });
  const ResourceArn = (await describePlain())?.TableArn;
  const { Tags } = await client.send(new ListTagsOfResourceCommand({ ResourceArn }));
  assert.deepEqual(Tags, TAGS);
}

function copy(from: string, to: string, ...flags: readonly string[]): Promise<Outcome> {
  return runProgram(['copy', '--from', from, '--to', to, ...flags]);
}

/** Runs a copy that is killed as soon as it says that it has come as far as `percent` in `stage`. */
async function copyKilled(
  from: string,
  to: string,
  stage: 'copying' | 'verifying',
  percent: number,
  ...flags: readonly string[]
): Promise<void> {
  const preload = `
    const { stderr } = process;
    const write = stderr.write.bind(stderr);
    stderr.write = (text) => {
      write(text);
      const [stage, percent] = text.split(/[ %]/);
      if (stage === '${stage}' && percent >= ${percent}) process.kill(process.pid, 'SIGKILL');
    };`;
  const { code, stderr } = await runProgram(['copy', '--from', from, '--to', to, ...flags], { preload });
  assert.equal(code, 'SIGKILL', stderr);
}

function assertCopied({ code, stdout, stderr }: Outcome): void {
  assert.match(stdout, /^\d+ entries, [\d.]+ [kM]B: copied and verified\n$/, stderr);
  assert.match(stderr, /^(copying \d+%, [^\n]+\n)+(verifying \d+%, [^\n]+\n)+$/);
  assert.equal(code, 0);
}

/** Asserts that the program ends with 1 and one line, before it has said anything else. */
async function assertRefused(args: readonly string[], line: RegExp, options: ProgramOptions = {}): Promise<void> {
  const { code, stdout, stderr } = await runProgram(args, options);
  assert.match(stderr, /^stator: [^\n]+\n$/);
  assert.match(stderr.slice('stator: '.length, -1), line);
  assert.equal(stdout, '');
  assert.equal(code, 1);
}

function asPattern(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`);
}

describe('stator copy', () => {
  const folder = makeFolder();
  const source = join(folder, 'source');
  let seen: unknown;
  let dumped: unknown;

  before(async () => {
    await withServer({ dataDir: source }, async (client) => {
      await fill(client);
      seen = await look(client);
    });
    dumped = await dump(source);
  });

  const target = (name: string): string => join(folder, name);

  test('the source is what the tests take it for', async () => {
    const { stdout } = await runProgram(['check', '--data-dir', source]);
    assert.match(
      stdout,
      new RegExp(`^${TABLES.length} tables, ${ITEMS + LARGE_ITEMS} items, [1-9]\\d+ index entries: no`),
    );
  });

  describe('from folder to folder', () => {
    test('brings over everything, and changes nothing at its source', async () => {
      const to = target('whole');
      assertCopied(await copy(source, to));
      assert.deepEqual(await dump(to), dumped);
      assert.deepEqual(await dump(source), dumped);
      const [of, ofSource] = await Promise.all([to, source].map((path) => runProgram(['check', '--data-dir', path])));
      assert.deepEqual(of, ofSource);
      assert.deepEqual(await withServer({ dataDir: to }, look), seen);
    });

    test('goes on where it was killed, as often as that happens', async () => {
      const to = target('killed');
      await copyKilled(source, to, 'copying', 20);
      assert.deepEqual(await listNames(to), []);
      await copyKilled(source, to, 'copying', 60, '--resume');
      assert.deepEqual(await listNames(to), []);
      await copyKilled(source, to, 'verifying', 50, '--resume');
      const last = await copy(source, to, '--resume');
      assertCopied(last);
      // Of a deleted table there may be less than its counters still say.
      assert.match(last.stderr, /^copying (99|100)%/);
      assert.deepEqual(await dump(to), dumped);
      assert.deepEqual(await withServer({ dataDir: to }, look), seen);
    });

    test('leaves what nobody can take for a store, if it is killed', async () => {
      const to = target('half');
      await copyKilled(source, to, 'copying', 50);
      const half = new RegExp(`^data folder ${asPattern(to)} holds an unfinished copy; --resume goes on with it$`);
      await assertRefused(['copy', '--from', source, '--to', to], half);
      const itself = /^data folder .*half is itself an unfinished copy$/;
      await assertRefused(['copy', '--from', to, '--to', target('none')], itself);
      const served = /^the store is an unfinished copy: finish it with stator copy --resume$/;
      await assertRefused(['start', '--port', '0', '--log-level', 'silent', '--data-dir', to], served);
      const checked = await runProgram(['check', '--data-dir', to]);
      assert.match(checked.stdout, /^the store is an unfinished copy\n/);
      assert.equal(checked.code, 1);
    });

    test('does not go on once its source has changed', async () => {
      const from = target('changing');
      cpSync(source, from, { recursive: true });
      const to = target('outdated');
      await copyKilled(from, to, 'copying', 50);
      await withServer({ dataDir: from }, (client) => putAll(client, 'Things', [thing(ITEMS)]));
      const changed = /holds an unfinished copy of something else, or data folder .*changing has changed since: /;
      await assertRefused(['copy', '--from', from, '--to', to, '--resume'], changed);
    });

    test('names what differs in the end, and does not pass for a store', async () => {
      const to = target('damaged');
      await copyKilled(source, to, 'verifying', 0);
      const db = new Database(join(to, 'stator.db'));
      const plain = readDefinition(db, 'Plain').space;
      const things = readDefinition(db, 'Things');
      const [index] = things.indexes.map(({ space }) => space);
      const first = '(SELECT min(key) FROM entry WHERE space = ?)';
      db.prepare(`UPDATE entry SET value = zeroblob(9) WHERE space = ? AND key = ${first}`).run(plain, plain);
      db.prepare(`DELETE FROM entry WHERE space = ? AND key = ${first}`).run(index, index);
      db.prepare('UPDATE counter SET value = value + 1 WHERE name = ?').run(`${things.space}.items`);
      db.close();
      const { code, stdout } = await copy(source, to, '--resume');
      const lines = stdout.trimEnd().split('\n');
      const checksums = 'checksum [0-9a-f]{64} in the source, [0-9a-f]{64} in the target';
      assert.equal(lines.length, 4, stdout);
      assert.match(lines[0] ?? '', new RegExp(`^table Plain: as many entries, but others: ${checksums}$`));
      assert.match(lines[1] ?? '', /^table Things, index [\w-]+: (\d+) entries in the source, \d+ in the target$/);
      assert.match(lines[2] ?? '', /^counter \d+\.items: 3000 in the source, 3001 in the target$/);
      assert.match(lines[3] ?? '', /^\d+ entries, [\d.]+ MB: 3 differences, not a copy$/);
      assert.equal(code, 1);
      await assertRefused(['start', '--port', '0', '--log-level', 'silent', '--data-dir', to], /is an unfinished copy/);
    });
  });

  describe('is refused', () => {
    test('without both places, or with one that makes no sense', async () => {
      await assertRefused(['copy', '--to', 'x'], /^--from is missing; --help lists the options$/);
      await assertRefused(['copy', '--from', 'x'], /^--to is missing; --help lists the options$/);
      await assertRefused(['copy', 'x', 'y'], /^Unexpected argument 'x'/);
      const url = /^storage must be a URL like postgres:\/\/user:password@host:5432\/database$/;
      await assertRefused(['copy', '--from', 'mysql://me:secret@there/x', '--to', 'y'], url);
    });

    test('from a folder that is not there or holds nothing, which it does not make', async () => {
      const none = target('nothing');
      await assertRefused(['copy', '--from', none, '--to', target('else')], /^data folder .*nothing holds no data$/);
      await assertRefused(['copy', '--from', makeFolder(), '--to', target('else')], / holds no data$/);
      assert.equal(existsSync(none), false);
      assert.equal(existsSync(target('else')), false);
    });

    test('to itself', async () => {
      const there = join(source, '..', 'source');
      await assertRefused(['copy', '--from', source, '--to', there], /^from and to are the same store$/);
    });

    test('to a store that is not empty, resumed or not', async () => {
      const to = target('full');
      await withServer({ dataDir: to }, (client) =>
        client.send(new CreateTableCommand({ TableName: 'Mine', ...PLAIN_TABLE })),
      );
      const before = await dump(to);
      await assertRefused(
        ['copy', '--from', source, '--to', to],
        /full is not empty, and a copy needs an empty target$/,
      );
      const resumed = ['copy', '--from', source, '--to', to, '--resume'];
      await assertRefused(resumed, /full is not empty and holds no unfinished copy$/);
      assert.deepEqual(await dump(to), before);
    });

    test('where a server runs', async () => {
      const path = target('served');
      const server = startProgram(['start', '--port', '0', '--data-dir', path]);
      await server.ready();
      const inUse = new RegExp(`^data folder ${asPattern(path)} is in use by another process \\(pid ${server.pid}\\)$`);
      await assertRefused(['copy', '--from', source, '--to', path], inUse);
      await assertRefused(['copy', '--from', path, '--to', target('else')], inUse);
      server.signal('SIGTERM');
      assert.equal(await server.ended, 0);
    });
  });

  test('without a server that was ever used in between, an empty store can be a target', async () => {
    const to = target('fresh');
    await withServer({ dataDir: to }, async () => undefined);
    assertCopied(await copy(source, to));
    assert.deepEqual(await dump(to), dumped);
  });

  describe('to databases and back', () => {
    const databases: Awaited<ReturnType<typeof openTestDatabase>>[] = [];
    after(async () => {
      for (const { drop } of databases) await drop();
    });

    async function openDatabase(): Promise<string> {
      const database = await openTestDatabase();
      databases.push(database);
      return database.url;
    }

    test('brings over everything', async () => {
      const [first, second, back] = [await openDatabase(), await openDatabase(), target('back')];
      assertCopied(await copy(source, first));
      assertCopied(await copy(first, second));
      assertCopied(await copy(second, back));
      assert.deepEqual(await dump(back), dumped);
      const [of, ofSource] = await Promise.all([back, source].map((path) => runProgram(['check', '--data-dir', path])));
      assert.deepEqual(of, ofSource);
      for (const place of [{ dataDir: back }, { storage: first }, { storage: second }]) {
        assert.deepEqual(await withServer(place, look), seen);
      }
    });

    test('brings over what goes on: a build of an index, tokens of requests, and tags', async () => {
      const [from, database, back] = [target('building'), await openDatabase(), target('built')];
      await withServer({ dataDir: from, indexBuildDelaySeconds: 3_600 }, (client) => startBuild(client, from));
      endDelays(from);
      assertCopied(await copy(from, database));
      assertCopied(await copy(database, back));
      assert.deepEqual(await dump(back), await dump(from));
      const whole = /^1 tables, 1001 items, \d+ index entries: no problems\n$/;
      for (const path of [from, back]) assert.match((await runProgram(['check', '--data-dir', path])).stdout, whole);
      for (const place of [{ storage: database }, { dataDir: back }]) await withServer(place, assertGoesOn);
      const { stdout } = await runProgram(['check', '--data-dir', back]);
      assert.equal(stdout, '1 tables, 1001 items, 1000 index entries: no problems\n');
    });

    test('goes on where it was killed', async () => {
      const [database, back] = [await openDatabase(), target('back again')];
      await copyKilled(source, database, 'copying', 30);
      const name = asPattern(new URL(database).host + new URL(database).pathname);
      const half = new RegExp(`^postgres://${name} holds an unfinished copy; --resume goes on with it$`);
      await assertRefused(['copy', '--from', source, '--to', database], half);
      await assertRefused(['start', '--port', '0', '--log-level', 'silent', '--storage', database], /unfinished copy/);
      await copyKilled(source, database, 'copying', 70, '--resume');
      assertCopied(await copy(source, database, '--resume'));
      await copyKilled(database, back, 'copying', 50);
      assertCopied(await copy(database, back, '--resume'));
      assert.deepEqual(await dump(back), dumped);
    });

    test('is refused where nodes run', async () => {
      const database = await openDatabase();
      const server = startProgram(['start', '--port', '0', '--storage', database, '--drain-seconds', '0']);
      const endpoint = await server.ready();
      const inUse = new RegExp(` is in use by ${asPattern(endpoint)}: stop its nodes first$`);
      await assertRefused(['copy', '--from', database, '--to', target('else')], inUse);
      await assertRefused(['copy', '--from', source, '--to', database], inUse);
      server.signal('SIGTERM');
      assert.equal(await server.ended, 0);
      assertCopied(await copy(source, database));
    });
  });
});
