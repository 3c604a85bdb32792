/** The Lambda API below the SDK: paths, bodies, headers and signatures. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { GetEventSourceMappingCommand, LambdaClient, ListEventSourceMappingsCommand } from '@aws-sdk/client-lambda';
import { useMappingServer } from './mappings.ts';
import { makeFolder } from './program.ts';

const server = useMappingServer();
const PATH = '/2015-03-31/event-source-mappings';
const AUTHORIZATION =
  'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/lambda/aws4_request, ' +
  'SignedHeaders=host;x-amz-date, Signature=0000000000000000000000000000000000000000000000000000000000000000';

async function send(method: string, path: string, body?: string, headers: Record<string, string> = {}) {
  const response = await fetch(server.endpoint + path, {
    method,
    headers: { 'x-amz-date': '20260101T000000Z', authorization: AUTHORIZATION, ...headers },
    ...(body !== undefined && { body }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    errorType: response.headers.get('x-amzn-errortype'),
  };
}

const create = async (): Promise<string> =>
  JSON.stringify({ EventSourceArn: await server.createStream(), FunctionName: 'f', StartingPosition: 'LATEST' });

test('paths may end in a slash or not, and bodies need no content type', async () => {
  for (const path of [PATH, `${PATH}/`]) {
    const { status, text, headers } = await send('POST', path, await create());
    assert.equal(status, 202);
    assert.equal(headers.get('content-type'), 'application/json');
    assert.equal(headers.get('x-amz-crc32'), null);
    const { UUID, LastModified } = JSON.parse(text) as { UUID: string; LastModified: number };
    assert.ok(Math.abs(LastModified - Date.now() / 1_000) < 3_600);
    for (const end of ['', '/', '?x=y']) assert.equal((await send('GET', `${PATH}/${UUID}${end}`)).status, 200);
    assert.equal((await send('PUT', `${PATH}/${UUID}`)).status, 202);
    assert.equal((await send('PUT', `${PATH}/${UUID}`, '{"BatchSize": 3, "UUID": "other"}')).status, 202);
    assert.equal((await send('DELETE', `${PATH}/${UUID}`, 'not looked at')).status, 202);
  }
});

test('errors are named in a header, and have the members that the model gives them', async () => {
  const absent = await send('GET', `${PATH}/00000000-0000-4000-8000-000000000000`);
  assert.equal(absent.errorType, 'ResourceNotFoundException');
  assert.equal(absent.status, 404);
  assert.equal(absent.text, '{"Type":"User","Message":"The resource you requested does not exist."}');
  const body = await create();
  await send('POST', PATH, body);
  const conflict = await send('POST', PATH, body);
  assert.deepEqual([conflict.status, conflict.errorType], [409, 'ResourceConflictException']);
  assert.match(conflict.text, /^\{"Type":"User","message":"The event source arn/);
  const invalid = await send('POST', PATH, '{"FunctionName": "f"}');
  assert.deepEqual([invalid.status, invalid.errorType], [400, 'InvalidParameterValueException']);
  assert.equal(invalid.text, '{"Type":"User","message":"Unrecognized event source."}');
  const breaking = await send('GET', `${PATH}?MaxItems=0`);
  assert.deepEqual([breaking.status, breaking.errorType], [400, 'ValidationException']);
  assert.match(breaking.text, /^\{"message":"1 validation error detected: /);
});

test('what is not of the right type is refused as such', async () => {
  const cases: readonly (readonly [method: string, path: string, body: string | undefined])[] = [
    ['POST', PATH, '{'],
    ['POST', PATH, '[]'],
    ['POST', PATH, '{"BatchSize": "1"}'],
    ['GET', `${PATH}?MaxItems=x`, undefined],
  ];
  for (const [method, path, body] of cases) {
    const { status, errorType } = await send(method, path, body);
    assert.deepEqual([status, errorType], [400, 'SerializationException'], path + body);
  }
  const missing = await send('POST', PATH);
  assert.match(missing.text, /Value null at 'functionName' failed to satisfy constraint: Member must not be null/);
});

test('other paths and methods are of no operation', async () => {
  for (const [method, path] of [
    ['GET', '/2015-03-31/functions/'],
    ['POST', `${PATH}/00000000-0000-4000-8000-000000000000`],
    ['PATCH', PATH],
    ['GET', `${PATH}/a/b`],
    ['GET', '/2015-03-31/'],
  ] as const) {
    const { status, text } = await send(method, path);
    assert.deepEqual([status, text], [404, '<UnknownOperationException/>\n'], `${method} ${path}`);
  }
});

test('who says nothing of themselves is not admitted', async () => {
  const response = await fetch(server.endpoint + PATH);
  assert.equal(response.status, 403);
  assert.equal(response.headers.get('x-amzn-errortype'), 'MissingAuthenticationTokenException');
  assert.deepEqual(await response.json(), { message: 'Request is missing Authentication Token' });
});

test('browsers of other origins may ask, and are answered', async () => {
  const { headers } = await send('GET', PATH, undefined, { origin: 'http://example.com' });
  assert.equal(headers.get('access-control-allow-origin'), '*');
});

describe('with credentials', () => {
  const key = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };
  const file = join(makeFolder(), 'keys.json');
  writeFileSync(file, JSON.stringify({ credentials: [key] }));
  const guarded = useMappingServer({ credentials: file });
  const UUID = '00000000-0000-4000-8000-0000000000%0';

  async function ask(credentials = key, region = 'us-east-1'): Promise<void> {
    const client = new LambdaClient({ endpoint: guarded.endpoint, region, credentials, maxAttempts: 1 });
    const Marker = Buffer.from('00000000-0000-4000-8000-000000000000').toString('base64');
    await client.send(new ListEventSourceMappingsCommand({ Marker, FunctionName: 'f' }));
    await assert.rejects(client.send(new GetEventSourceMappingCommand({ UUID })), {
      name: 'ResourceNotFoundException',
    });
    client.destroy();
  }

  test('signatures of paths and queries are verified', async () => {
    await ask();
    await assert.rejects(ask({ ...key, secretAccessKey: 'guessed' }), { name: 'InvalidSignatureException' });
    await assert.rejects(ask({ ...key, accessKeyId: 'AKUNKNOWN' }), {
      name: 'UnrecognizedClientException',
      message: 'The security token included in the request is invalid.',
    });
    await assert.rejects(ask(key, 'eu-west-1'), { name: 'InvalidSignatureException', message: /valid region/ });
  });

  test('the scope must name Lambda', async () => {
    const date = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '');
    const response = await fetch(guarded.endpoint + PATH, {
      headers: {
        'x-amz-date': date,
        authorization: AUTHORIZATION.replace('lambda', 'dynamodb').replace(
          'test/20260101',
          `AKIDEXAMPLE/${date.slice(0, 8)}`,
        ),
      },
    });
    assert.equal(response.status, 403);
    const { message } = (await response.json()) as { message: string };
    assert.equal(message, "Credential should be scoped to correct service: 'lambda'. ");
  });
});
