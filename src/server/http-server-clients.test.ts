/** The front as the official SDK meets it: real signatures over real sockets. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { DynamoDBClient, GetItemCommand, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import pino from 'pino';
import type { Operation } from '../api/operation.ts';
import type { OperationContext } from '../api/operation-context.ts';
import { systemClock } from '../foundation/clock.ts';
import { ApiError } from '../foundation/errors.ts';
import { createHttpServer } from './http-server.ts';
import type { HttpServer } from './http-server.ts';

const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';

const listTables: Operation<{ readonly Limit?: number }> = {
  name: 'ListTables',
  run: async (_context, { Limit = 1 }) => ({ TableNames: Array.from({ length: Limit }, (_, i) => `żółw-${i}`) }),
};

const getItem: Operation = {
  name: 'GetItem',
  run: async () => {
    throw new ApiError({ name: 'ResourceNotFoundException', message: 'Requested resource not found' });
  },
};

let server: HttpServer;
let port = 0;

before(async () => {
  server = createHttpServer({
    operations: new Map<string, Operation>([
      ['DynamoDB_20120810.ListTables', listTables as Operation],
      ['DynamoDB_20120810.GetItem', getItem],
    ]),
    context: { clock: systemClock } as unknown as OperationContext,
    credentials: new Map([
      ['AKIDEXAMPLE', { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: SECRET }],
      ['ASIATOKEN', { accessKeyId: 'ASIATOKEN', secretAccessKey: SECRET, sessionToken: 'tok/en+==' }],
    ]),
    region: 'us-east-1',
    logger: pino({ level: 'silent' }),
    validateInput: () => undefined,
    describeFault: () => undefined,
    areThreadsRunning: () => true,
    pingStore: async () => undefined,
    countCall: () => undefined,
  });
  ({ port } = await server.listen({ port: 0, host: '127.0.0.1' }));
});
after(() => server.close());

async function withClient<Result>(
  settings: {
    readonly accessKeyId?: string;
    readonly secret?: string;
    readonly token?: string;
    readonly region?: string;
  },
  use: (client: DynamoDBClient) => Promise<Result>,
): Promise<Result> {
  const { accessKeyId = 'AKIDEXAMPLE', secret = SECRET, token, region = 'us-east-1' } = settings;
  const client = new DynamoDBClient({
    endpoint: `http://127.0.0.1:${port}`,
    region,
    maxAttempts: 1,
    credentials: { accessKeyId, secretAccessKey: secret, ...(token === undefined ? {} : { sessionToken: token }) },
  });
  try {
    return await use(client);
  } finally {
    client.destroy();
  }
}

test('calls of the SDK are verified and answered', async () => {
  await withClient({}, async (client) => {
    const { TableNames, $metadata } = await client.send(new ListTablesCommand({ Limit: 1_000 }));
    assert.equal(TableNames?.length, 1_000);
    assert.equal(TableNames.at(-1), 'żółw-999');
    assert.match(String($metadata.requestId), /^[A-Z0-9]{52}$/);
    await Promise.all(Array.from({ length: 50 }, () => client.send(new ListTablesCommand({}))));
  });
  await withClient({ accessKeyId: 'ASIATOKEN', token: 'tok/en+==' }, (client) =>
    client.send(new ListTablesCommand({})),
  );
});

test('errors reach the SDK by their names', async () => {
  const get = new GetItemCommand({ TableName: 't', Key: { a: { S: 'b' } } });
  await assert.rejects(
    withClient({}, (client) => client.send(get)),
    { name: 'ResourceNotFoundException', message: 'Requested resource not found' },
  );
});

test('authentication errors reach the SDK by their names', async () => {
  const cases = [
    [{ accessKeyId: 'AKIDOTHER' }, 'UnrecognizedClientException'],
    [{ accessKeyId: 'ASIATOKEN' }, 'UnrecognizedClientException'],
    [{ secret: 'wrong' }, 'InvalidSignatureException'],
    [{ region: 'eu-west-1' }, 'InvalidSignatureException'],
  ] as const;
  for (const [settings, name] of cases) {
    await assert.rejects(
      withClient(settings, (client) => client.send(new ListTablesCommand({}))),
      { name },
    );
  }
});

test('health is told to anyone', async () => {
  for (const path of ['/', '/health/live', '/health/ready']) {
    assert.equal((await fetch(`http://127.0.0.1:${port}${path}`)).status, 200);
  }
});

test('a signature that is wrong is refused before the body is looked at', async () => {
  const response = await fetch(`http://127.0.0.1:${port}/`, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'DynamoDB_20120810.ListTables',
      'x-amz-date': new Date().toISOString().replaceAll(/[-:]|\.\d+/g, ''),
      authorization: 'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE, SignedHeaders=host;x-amz-target, Signature=c',
    },
    body: 'not json',
  });
  assert.equal(response.status, 400);
  assert.match(await response.text(), /IncompleteSignatureException.*exactly 5 slash-delimited/);
});

test('a caller whose key, age or scope is wrong is refused before its body is asked for', async () => {
  const now = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '');
  for (const [key, date, region] of [
    ['AKIDOTHER', now, 'us-east-1'],
    ['AKIDEXAMPLE', '20200101T000000Z', 'us-east-1'],
    ['AKIDEXAMPLE', now, 'eu-west-1'],
  ] as const) {
    const request = http.request({
      host: '127.0.0.1',
      port,
      method: 'POST',
      headers: {
        expect: '100-continue',
        'content-type': 'application/x-amz-json-1.0',
        'content-length': 16 * 1024 * 1024,
        'x-amz-target': 'DynamoDB_20120810.ListTables',
        'x-amz-date': date,
        authorization:
          `AWS4-HMAC-SHA256 Credential=${key}/${date.slice(0, 8)}/${region}/dynamodb/aws4_request, ` +
          'SignedHeaders=host;x-amz-target, Signature=c',
      },
    });
    request.on('continue', () => assert.fail('the body was asked for'));
    request.flushHeaders();
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    assert.equal(response.statusCode, 400);
    response.resume();
    await once(response, 'close');
  }
});
