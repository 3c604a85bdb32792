/** The package as its users get it: packed, installed in an empty folder, started, imported and type-checked. */
import { CreateTableCommand, DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { openTestDatabase } from '../postgres.ts';
import { startServerProcess } from '../server-process.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'stator-package-'));

/** As outside of this project: without what npm tells the scripts that it runs, and with this Node. */
const env = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name))),
  PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter),
  NODE_TEST_CONTEXT: undefined,
};

before(async () => {
  await run('npm', ['pack', '--pack-destination', folder], { cwd: root, env });
  const [tarball] = readdirSync(folder);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'consumer', private: true }));
  await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', `./${tarball}`], { cwd: folder, env });
});

after(() => rmSync(folder, { recursive: true, force: true }));

async function assertServed(...options: string[]): Promise<void> {
  const args = ['stator', 'start', '--port', '0', ...options];
  const server = await startServerProcess('npx', args, { cwd: folder, env, group: true });
  try {
    assert.deepEqual(await writeAndRead(server.endpoint), { pk: { S: 'a' }, n: { N: '1.5' } });
  } finally {
    await server.stop('SIGTERM');
  }
}

test('npx stator start serves the API', async () => {
  await assertServed('--in-memory');
});

test('npx stator start serves the API from PostgreSQL', async () => {
  const { url, drop } = await openTestDatabase();
  await assertServed('--storage', url, '--drain-seconds', '0');
  await drop();
});

test('startStator serves the API from a plain module', async () => {
  const program = `
    import { startStator } from 'statordb';
    const stator = await startStator({ inMemory: true, port: 0, logLevel: 'error' });
    const response = await fetch(stator.endpoint);
    console.log(response.status, await response.text());
    await stator.close();
  `;
  writeFileSync(join(folder, 'consumer.mjs'), program);
  const { stdout } = await run(process.execPath, ['consumer.mjs'], { cwd: folder, env });
  assert.match(stdout, /^200 healthy: dynamodb/);
});

test('the declarations hold for a strict consumer that has the types of Node.js', async () => {
  const program = `
    import { startStator } from 'statordb';
    import type { Stator } from 'statordb';
    export async function start(): Promise<string> {
      const stator: Stator = await startStator({ inMemory: true, port: 0 });
      await stator.close();
      return stator.endpoint;
    }
  `;
  writeFileSync(join(folder, 'consumer.mts'), program);
  await typeCheck('consumer.mts');

  writeFileSync(
    join(folder, 'mistaken.mts'),
    `import { startStator } from 'statordb'; await startStator({ port: 'a' });`,
  );
  await assert.rejects(typeCheck('mistaken.mts'), /Type 'string' is not assignable to type 'number'/);
});

async function writeAndRead(endpoint: string): Promise<unknown> {
  const credentials = { accessKeyId: 'package', secretAccessKey: 'package' };
  const client = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials });
  const TableName = 'Packed';
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    }),
  );
  await client.send(new PutItemCommand({ TableName, Item: { pk: { S: 'a' }, n: { N: '1.50' } } }));
  const { Item } = await client.send(new GetItemCommand({ TableName, Key: { pk: { S: 'a' } } }));
  client.destroy();
  return Item;
}

async function typeCheck(file: string): Promise<void> {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2024', '--ignoreConfig'];
  const types = ['--typeRoots', join(root, 'node_modules/@types'), '--types', 'node'];
  try {
    await run(process.execPath, [tsc, ...options, ...types, file], { cwd: folder, env });
  } catch (error) {
    throw new Error((error as { stdout: string }).stdout, { cause: error });
  }
}
