/** What `--storage` takes, and the one line with which it is refused. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { CreateTableCommand, DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { Client } from 'pg';
import { type TestDatabase, openTestDatabase } from '../postgres.ts';
import { findFreePort } from '../server-process.ts';
import { type ProgramOptions, makeFolder, runProgram, startProgram } from './program.ts';

let database: TestDatabase;
before(async () => void (database = await openTestDatabase()));
after(() => database.drop());

/** The URL of the database with something changed. */
function urlWith(change: Partial<URL>): string {
  return Object.assign(new URL(database.url), change).href;
}

/** Runs `use` on a server, ends it, and returns what it logged when it had started. */
async function withServer(
  args: readonly string[],
  options: ProgramOptions,
  use: (client: DynamoDBClient) => Promise<void>,
): Promise<unknown> {
  const program = startProgram(['start', '--port', '0', '--drain-seconds', '0', ...args], options);
  const endpoint = await program.ready();
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
  try {
    await use(client);
  } finally {
    client.destroy();
    program.signal('SIGTERM');
    assert.equal(await program.ended, 0);
  }
  const { password } = new URL(database.url);
  assert.ok(!program.stderr().includes(password) && !program.stdout().includes(password));
  const [started] = program.stderr().split('\n');
  return JSON.parse(started ?? '');
}

test('a store is made where the flag says, and found again where the variable does; no folder is', async () => {
  const cwd = makeFolder();
  const { host, pathname } = new URL(database.url);
  const said = { msg: 'started', storage: `postgres://${host}${pathname}` };
  const started = await withServer(['--storage', database.url], { cwd }, async (client) => {
    await client.send(
      new CreateTableCommand({
        TableName: 'Things',
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      }),
    );
  });
  assert.partialDeepStrictEqual(started, said);
  const env = { STATOR_STORAGE: urlWith({ protocol: 'postgresql:' }) };
  await withServer([], { cwd, env }, async (client) => {
    const { TableNames } = await client.send(new ListTablesCommand({}));
    assert.deepEqual(TableNames, ['Things']);
  });
  assert.deepEqual(readdirSync(cwd), []);
});

describe('is refused without its password', () => {
  async function assertRefused(storage: string, line: RegExp, ...args: string[]): Promise<void> {
    const cwd = makeFolder();
    const { code, stdout, stderr } = await runProgram(['start', '--port', '0', '--storage', storage, ...args], { cwd });
    assert.match(stderr, /^stator: [^\n]+\n$/);
    assert.match(stderr.slice('stator: '.length, -1), line);
    assert.ok(!stderr.includes(new URL(database.url).password));
    assert.deepEqual([code, stdout, readdirSync(cwd)], [1, '', []]);
  }

  test('what is no URL of a database', async () => {
    const { password } = new URL(database.url);
    const line = /^storage must be a URL like postgres:\/\/user:password@host:5432\/database$/;
    for (const storage of ['', password, `mysql://root:${password}@localhost/stator`])
      await assertRefused(storage, line);
  });

  test('what excludes it', async () => {
    await assertRefused(database.url, /^in-memory and storage exclude each other$/, '--in-memory');
  });

  test('a database that is not there, or does not let in', async () => {
    await assertRefused(urlWith({ port: String(await findFreePort()) }), /can't be reached: .*ECONNREFUSED/);
    await assertRefused(urlWith({ pathname: 'no_such' }), /can't be reached: database "no_such" does not exist$/);
    await assertRefused(urlWith({ password: 'wrong' }), /can't be reached: password authentication failed/);
  });

  test('a store that a newer program wrote', async () => {
    const newer = await openTestDatabase();
    await withServer(['--storage', newer.url], {}, async () => undefined);
    const client = new Client({ connectionString: newer.url });
    await client.connect();
    await client.query('UPDATE stator_format SET version = 99');
    await client.end();
    await assertRefused(newer.url, /store of format 99, .* up to \d+: it was written by a newer version of StatorDB$/);
    await newer.drop();
  });
});
