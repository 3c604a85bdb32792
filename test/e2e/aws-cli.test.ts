/** The AWS CLI drives a server, where there is a CLI. */
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { useServer } from './server.ts';
import { enableStream, numbersOf, startFunctionServer } from './trigger-functions.ts';
import { waitUntil } from './wait-until.ts';

const server = useServer();
const skip = spawnSync('aws', ['--version']).status === 0 ? false : 'the aws command is not installed';

interface Outcome {
  /** 0, or another where the service answered with an error: 255 in version 1, 254 in version 2. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `aws dynamodb`. */
function runAws(...args: readonly string[]): Promise<Outcome> {
  return runService('dynamodb', args);
}

/** Runs `aws` with credentials of its own and none of this machine's settings. */
function runService(service: string, args: readonly string[]): Promise<Outcome> {
  const env = {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_PAGER: '',
  };
  const options = ['--endpoint-url', server.endpoint, '--output', 'json'];
  return new Promise((resolve) => {
    execFile('aws', [service, ...args, ...options], { env }, (error, stdout, stderr) => {
      resolve({ exitCode: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

/** Runs `aws dynamodb`, which has to succeed, and gives back what it printed. */
async function aws(...args: readonly string[]): Promise<Record<string, unknown>> {
  return readOutcome(await runAws(...args));
}

function readOutcome({ exitCode, stdout, stderr }: Outcome): Record<string, unknown> {
  assert.equal(exitCode, 0, stderr);
  return stdout.trim() === '' ? {} : (JSON.parse(stdout) as Record<string, unknown>);
}

const table = ['--table-name', 'Music'];
const song = (artist: string, title: string) => ({ Artist: { S: artist }, Title: { S: title } });

test('the AWS CLI makes a table, writes, reads and pages', { skip }, async () => {
  await aws(
    'create-table',
    ...table,
    '--attribute-definitions',
    'AttributeName=Artist,AttributeType=S',
    'AttributeName=Title,AttributeType=S',
    '--key-schema',
    'AttributeName=Artist,KeyType=HASH',
    'AttributeName=Title,KeyType=RANGE',
    '--billing-mode',
    'PAY_PER_REQUEST',
  );
  await aws('wait', 'table-exists', ...table);
  assert.deepEqual(await aws('list-tables'), { TableNames: ['Music'] });

  const item = { ...song('Miles', 'So What'), Plays: { N: '1' } };
  await aws('put-item', ...table, '--item', JSON.stringify(item));
  const key = ['--key', JSON.stringify(song('Miles', 'So What'))];
  assert.deepEqual(await aws('get-item', ...table, ...key, '--consistent-read'), { Item: item });

  const updated = await aws(
    'update-item',
    ...table,
    ...key,
    '--update-expression',
    'SET Plays = Plays + :n',
    '--expression-attribute-values',
    '{":n": {"N": "41"}}',
    '--return-values',
    'UPDATED_NEW',
  );
  assert.deepEqual(updated, { Attributes: { Plays: { N: '42' } } });

  const songs = ['Blue in Green', 'Freddie Freeloader', 'All Blues'].map((title) => song('Miles', title));
  const puts = songs.map((Item) => ({ PutRequest: { Item } }));
  assert.deepEqual(await aws('batch-write-item', '--request-items', JSON.stringify({ Music: puts })), {
    UnprocessedItems: {},
  });

  const titles = 'Items[].Title.S';
  const queried = await aws(
    'query',
    ...table,
    '--key-condition-expression',
    'Artist = :a',
    '--expression-attribute-values',
    '{":a": {"S": "Miles"}}',
    '--page-size',
    '2',
    '--query',
    titles,
  );
  assert.deepEqual(queried, ['All Blues', 'Blue in Green', 'Freddie Freeloader', 'So What']);
});

test('the AWS CLI reads a stream', { skip }, async () => {
  const StreamSpecification = { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' as const };
  const name = await server.createTable({ StreamSpecification });
  const run = async (...args: readonly string[]) => readOutcome(await runService('dynamodbstreams', args));
  const { Streams } = await run('list-streams', '--table-name', name);
  const [{ StreamArn: arn }] = Streams as [{ StreamArn: string }];
  const { StreamDescription } = await run('describe-stream', '--stream-arn', arn);
  const [{ ShardId: id }] = (StreamDescription as { Shards: [{ ShardId: string }] }).Shards;
  const shard = ['--stream-arn', arn, '--shard-id', id];
  const { ShardIterator } = await run('get-shard-iterator', ...shard, '--shard-iterator-type', 'TRIM_HORIZON');
  await server.call('PutItem', { TableName: name, Item: { pk: { S: 'a' }, sk: { N: '1' } } });
  const { Records } = await run('get-records', '--shard-iterator', String(ShardIterator));
  const keys = (Records as { dynamodb: { Keys: unknown } }[]).map(({ dynamodb }) => dynamodb.Keys);
  assert.deepEqual(keys, [{ pk: { S: 'a' }, sk: { N: '1' } }]);
});

test('the AWS CLI makes an event source mapping, whose function gets changes', { skip }, async () => {
  const functions = await startFunctionServer();
  const name = await server.createTable();
  const arn = await enableStream(server.client, name);
  const run = async (...args: readonly string[]) => readOutcome(await runService('lambda', args));
  const { UUID, State } = await run(
    'create-event-source-mapping',
    // A URL alone would be fetched by version 1 of the CLI, and its content taken for the name.
    '--function-name',
    `lambda:f@${functions.url}`,
    '--event-source-arn',
    arn,
    '--starting-position',
    'TRIM_HORIZON',
    '--batch-size',
    '10',
    '--maximum-retry-attempts',
    '2',
    '--bisect-batch-on-function-error',
    '--destination-config',
    '{"OnFailure": {"Destination": "lambda:failed@http://127.0.0.1:1"}}',
  );
  const uuid = ['--uuid', String(UUID)];
  assert.equal(State, 'Creating');
  await server.call('PutItem', { TableName: name, Item: { pk: { S: 'a' }, sk: { N: '1' } } });
  await waitUntil(async () => numbersOf(functions.calls).includes(1));
  const { EventSourceMappings } = await run('list-event-source-mappings', '--event-source-arn', arn);
  const [listed] = EventSourceMappings as [object];
  assert.deepEqual(listed, {
    ...listed,
    UUID,
    BatchSize: 10,
    MaximumRetryAttempts: 2,
    BisectBatchOnFunctionError: true,
    DestinationConfig: { OnFailure: { Destination: 'lambda:failed@http://127.0.0.1:1' } },
  });
  const updated = await run('update-event-source-mapping', ...uuid, '--no-enabled', '--batch-size', '9');
  assert.deepEqual([updated['State'], updated['BatchSize']], ['Disabling', 9]);
  assert.equal((await run('get-event-source-mapping', ...uuid))['State'], 'Disabled');
  assert.equal((await run('delete-event-source-mapping', ...uuid))['State'], 'Deleting');
  const gone = await runService('lambda', ['get-event-source-mapping', ...uuid]);
  assert.notEqual(gone.exitCode, 0);
  assert.match(gone.stderr, /\(ResourceNotFoundException\).*The resource you requested does not exist/s);
});

test('the AWS CLI tells of errors', { skip }, async () => {
  const name = await server.createTable();
  const put = ['put-item', '--table-name', name, '--item', '{"pk": {"S": "a"}, "sk": {"N": "1"}}'];
  await aws(...put);
  const failed = await runAws(...put, '--condition-expression', 'attribute_not_exists(pk)');
  assert.notEqual(failed.exitCode, 0);
  assert.match(
    failed.stderr,
    /\(ConditionalCheckFailedException\).*PutItem operation: The conditional request failed/s,
  );
});

test('the AWS CLI takes a large answer, whose checksum it verifies', { skip }, async () => {
  const name = await server.createTable();
  const item = { pk: { S: 'a' }, sk: { N: '1' }, v: { S: 'x'.repeat(100_000) } };
  const written = await server.call('PutItem', { TableName: name, Item: item });
  assert.equal(written.status, 200);
  assert.deepEqual((await aws('scan', '--table-name', name))['Items'], [item]);
});
