/** `stator triggers`, and the member `triggers` of a server in code. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetEventSourceMappingCommand } from '@aws-sdk/client-lambda';
import { startStator } from '../../src/index.ts';
import { checkDataFolder } from '../../src/check-data-folder.ts';
import { useMappingServer } from './mappings.ts';
import { makeFolder, type Outcome, type ProgramOptions, runProgram } from './program.ts';
import { SQLITE_ONLY, makePassingStore } from './store.ts';

const KEY = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: 'to/ken+=' };
const keys = join(makeFolder(), 'keys.json');
writeFileSync(keys, JSON.stringify({ credentials: [{ accessKeyId: 'test', secretAccessKey: 'test' }, KEY] }));
const server = useMappingServer({ credentials: keys });
const env = {
  AWS_ACCESS_KEY_ID: KEY.accessKeyId,
  AWS_SECRET_ACCESS_KEY: KEY.secretAccessKey,
  AWS_SESSION_TOKEN: KEY.sessionToken,
  AWS_REGION: '',
  AWS_DEFAULT_REGION: '',
};

function stator(args: readonly string[], options: ProgramOptions = { env }): Promise<Outcome> {
  return runProgram(['triggers', ...args, '--endpoint', server.endpoint], { cwd: makeFolder(), ...options });
}

async function assertRefused(args: readonly string[], line: RegExp, options?: ProgramOptions): Promise<void> {
  const { code, stdout, stderr } = await stator(args, options);
  assert.match(stderr, /^stator: [^\n]+\n$/);
  assert.match(stderr, line);
  assert.deepEqual([code, stdout], [1, '']);
}

const createTable = async (): Promise<string> => (await server.createStream()).split('/')[1] ?? '';

test('stator triggers adds, lists, disables, enables and removes', async () => {
  const table = await createTable();
  assert.equal((await stator(['list'])).stdout, 'no triggers\n');
  const added = await stator(['add', '--table', table, '--target', 'https://example.com/hook']);
  assert.equal(added.stderr, '');
  const uuid = added.stdout.trim();
  const line = (state: string): string => `${uuid}  ${state.padEnd(8)}  100    ${table}  https://example.com/hook\n`;
  const list = async (): Promise<string | undefined> => (await stator(['list'])).stdout.split(/(?<=\n)/)[1];
  assert.equal((await list())?.replaceAll(/ +/g, ' '), line('Enabled').replaceAll(/ +/g, ' '));
  assert.equal((await stator(['disable', uuid])).code, 0);
  assert.equal((await list())?.replaceAll(/ +/g, ' '), line('Disabled').replaceAll(/ +/g, ' '));
  assert.equal((await stator(['enable', uuid])).code, 0);
  const [trigger] = JSON.parse((await stator(['list', '--json'])).stdout) as Record<string, unknown>[];
  assert.equal(trigger?.['state'], 'Enabled');
  assert.deepEqual(await stator(['remove', uuid]), { code: 0, stdout: '', stderr: '' });
  assert.equal((await stator(['list'])).stdout, 'no triggers\n');
});

test('stator triggers add has an option for each setting', async () => {
  const table = await createTable();
  const settings = ['--batch-size', '7', '--batching-window', '2', '--starting-position', 'LATEST', '--retries', '3'];
  const more = [
    '--parallelization',
    '4',
    '--max-age',
    '60',
    '--on-failure',
    'lambda:f@https://example.com/',
    '--bisect',
  ];
  const filter = ['--filter', '[{"eventName":["INSERT"]},{"eventName":["REMOVE"]}]'];
  const rest = ['--report-item-failures', '--disabled', ...filter];
  const { stdout } = await stator([
    'add',
    '--table',
    table,
    '--target',
    'file:handler.mjs',
    ...settings,
    ...more,
    ...rest,
  ]);
  const mapping = await server.lambda.send(new GetEventSourceMappingCommand({ UUID: stdout.trim() }));
  assert.deepEqual(
    {
      ...mapping,
      FunctionArn: 'file:handler.mjs',
      BatchSize: 7,
      MaximumBatchingWindowInSeconds: 2,
      StartingPosition: 'LATEST',
      MaximumRetryAttempts: 3,
      ParallelizationFactor: 4,
      MaximumRecordAgeInSeconds: 60,
      DestinationConfig: { OnFailure: { Destination: 'lambda:f@https://example.com' } },
      BisectBatchOnFunctionError: true,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      State: 'Disabled',
      FilterCriteria: { Filters: [{ Pattern: '{"eventName":["INSERT"]}' }, { Pattern: '{"eventName":["REMOVE"]}' }] },
    },
    mapping,
  );
});

test('stator triggers says in one line what is wrong', async () => {
  const table = await createTable();
  const target = ['--target', 'https://example.com/'];
  await assertRefused([], /triggers are to be added/);
  await assertRefused(['add', '--table', table], /--target is missing/);
  await assertRefused(['add', ...target], /--table is missing/);
  await assertRefused(
    ['add', '--table', 'absent', ...target],
    /ResourceNotFoundException: Requested resource not found/,
  );
  await assertRefused(['add', '--table', await server.createTable(), ...target], /has no stream: enable one/);
  await assertRefused(
    ['add', '--table', table, '--target', 'file:absent.mjs'],
    /InvalidParameterValueException: The file/,
  );
  await assertRefused(['add', '--table', table, ...target, '--batch-size', '0'], /ValidationException: 1 validation/);
  await assertRefused(['add', '--table', table, ...target, '--filter', '{'], /filter must be JSON/);
  await assertRefused(['add', '--table', table, ...target, '--starting-position', 'END'], /must be LATEST or/);
  await assertRefused(['remove'], /needs a UUID/);
  await assertRefused(
    ['remove', '00000000-0000-4000-8000-000000000000'],
    /ResourceNotFoundException: The resource you/,
  );
  await assertRefused(['list'], /UnrecognizedClientException/, { env: { ...env, AWS_ACCESS_KEY_ID: 'AKUNKNOWN' } });
  const gone = await runProgram(['triggers', 'list', '--endpoint', 'http://127.0.0.1:1'], { env });
  assert.equal(gone.stderr, 'stator: no StatorDB answers at http://127.0.0.1:1\n');
  const odd = await runProgram(['triggers', 'list', '--endpoint', 'here'], { env });
  assert.match(odd.stderr, /endpoint must be a URL/);
});

describe('a server in code', () => {
  test('adds, lists and removes triggers, and keeps them', SQLITE_ONLY.dataFolder, async () => {
    const dataDir = makeFolder();
    const functions = join(dataDir, 'functions');
    mkdirSync(functions);
    writeFileSync(join(functions, 'handler.mjs'), '');
    const options = {
      port: 0,
      logLevel: 'error',
      dataDir: join(dataDir, 'data'),
      functions,
      credentials: keys,
    } as const;
    const first = await startStator(options);
    await createFollowedTable(first.endpoint);
    const { uuid } = await first.triggers.add({ table: 'Things', target: 'file:./handler.mjs', batchSize: 3 });
    const other = await first.triggers.add({ table: 'Things', target: 'lambda:f@http://127.0.0.1:9001' });
    await first.triggers.setEnabled(other.uuid, false);
    await assert.rejects(first.triggers.add({ table: 'Things', target: 'file:handler.mjs' }), {
      name: 'TriggerError',
      code: 'ResourceConflictException',
    });
    await first.close();
    const second = await startStator(options);
    const kept = (await second.triggers.list()).map(({ target, state, batchSize }) => ({ target, state, batchSize }));
    assert.deepEqual(
      new Set(kept),
      new Set([
        { target: 'file:handler.mjs', state: 'Enabled', batchSize: 3 },
        { target: 'lambda:f@http://127.0.0.1:9001', state: 'Disabled', batchSize: 100 },
      ]),
    );
    await second.triggers.remove(uuid);
    assert.equal((await second.triggers.list()).length, 1);
    await second.close();
    const problems: string[] = [];
    await checkDataFolder(options.dataDir, (problem) => problems.push(problem));
    assert.deepEqual(problems, []);
  });

  test('lists more triggers than an answer holds', async () => {
    const stator = await startStator({ ...(await makePassingStore()).options, port: 0, logLevel: 'error' });
    await createFollowedTable(stator.endpoint, { accessKeyId: 'a', secretAccessKey: 'b' });
    for (let i = 0; i < 101; i++) await stator.triggers.add({ table: 'Things', target: `https://example.com/${i}` });
    const triggers = await stator.triggers.list();
    assert.equal(new Set(triggers.map(({ target }) => target)).size, 101);
    await stator.close();
  });

  test('is refused options that make no sense', async () => {
    const given = { port: 0, inMemory: true };
    await assert.rejects(startStator({ ...given, lambdaEndpoint: 'here' }), { name: 'StartError' });
    await assert.rejects(startStator({ ...given, lambdaEndpoint: 'http://a:b@c/' }), /without user and password/);
    await assert.rejects(startStator({ ...given, functions: '/absent' }), /functions must be a folder/);
  });
});

async function createFollowedTable(endpoint: string, credentials: typeof KEY | object = KEY): Promise<void> {
  const client = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials: credentials as typeof KEY });
  await client.send(
    new CreateTableCommand({
      TableName: 'Things',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
    }),
  );
  client.destroy();
}
