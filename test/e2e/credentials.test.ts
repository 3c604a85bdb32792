/** A server with `--credentials`: who gets in, and what the others are told. */
import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { DynamoDBClient, type DynamoDBClientConfig, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { makeFolder } from './program.ts';
import { useServer } from './server.ts';

const LASTING = { accessKeyId: 'AKLASTING', secretAccessKey: 'lasting/secret+1' };
const TEMPORARY = { accessKeyId: 'AKTEMPORARY', secretAccessKey: 'temporary', sessionToken: 'token/=' };

const SIGNATURE_MISMATCH = /^The request signature we calculated does not match the signature you provided\. /;
const UNRECOGNIZED = 'The security token included in the request is invalid.';

const credentialsFile = join(makeFolder(), 'keys.json');
writeFileSync(credentialsFile, JSON.stringify({ credentials: [LASTING, TEMPORARY] }));
const server = useServer({ threads: 2, credentials: credentialsFile });

async function listTables(config: DynamoDBClientConfig): Promise<string[] | undefined> {
  const client = new DynamoDBClient({ endpoint: server.endpoint, region: 'us-east-1', maxAttempts: 1, ...config });
  try {
    return (await client.send(new ListTablesCommand({}))).TableNames;
  } finally {
    client.destroy();
  }
}

describe('the SDK', () => {
  test('gets in with a known access key', async () => {
    assert.deepEqual(await listTables({ credentials: LASTING }), []);
  });

  test('gets in with a known access key and its session token', async () => {
    assert.deepEqual(await listTables({ credentials: TEMPORARY }), []);
  });

  test('is told of a wrong secret', async () => {
    const credentials = { ...LASTING, secretAccessKey: 'guessed' };
    await assert.rejects(listTables({ credentials }), {
      name: 'InvalidSignatureException',
      message: SIGNATURE_MISMATCH,
    });
  });

  test('is told of an unknown access key', async () => {
    const credentials = { ...LASTING, accessKeyId: 'AKUNKNOWN' };
    await assert.rejects(listTables({ credentials }), { name: 'UnrecognizedClientException', message: UNRECOGNIZED });
  });

  test('is told of a session token that is missing, wrong or not wanted', async () => {
    const { sessionToken, ...bare } = TEMPORARY;
    for (const credentials of [bare, { ...bare, sessionToken: `${sessionToken}x` }, { ...LASTING, sessionToken }]) {
      await assert.rejects(listTables({ credentials }), { name: 'UnrecognizedClientException', message: UNRECOGNIZED });
    }
  });

  test('is told of another region', async () => {
    await assert.rejects(listTables({ credentials: LASTING, region: 'eu-west-1' }), {
      name: 'InvalidSignatureException',
      message: /Credential should be scoped to a valid region/,
    });
  });

  test('is told of a clock that is wrong', async () => {
    const systemClockOffset = -20 * 60_000;
    await assert.rejects(listTables({ credentials: LASTING, systemClockOffset }), {
      name: 'InvalidSignatureException',
      message: /^Signature expired: /,
    });
  });
});

interface Refusal {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

async function post(search: string, headers: Readonly<Record<string, string>>): Promise<Refusal> {
  const response = await fetch(`${server.endpoint}/${search}`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': TARGET, ...headers },
    body: BODY,
  });
  const { __type: type = '', message, Message } = (await response.json()) as Record<string, string>;
  return { status: response.status, type, text: message ?? Message ?? '' };
}

const TARGET = 'DynamoDB_20120810.ListTables';
const BODY = '{}';

test('a request without authorization is told that it is missing', async () => {
  assert.deepEqual(await post('', {}), {
    status: 400,
    type: 'com.amazon.coral.service#MissingAuthenticationTokenException',
    text: 'Request is missing Authentication Token',
  });
});

test('a request whose authorization is not whole is told what lacks', async () => {
  const refusal = await post('', { authorization: 'AWS4-HMAC-SHA256 Credential=AKLASTING' });
  assert.equal(refusal.type, 'com.amazon.coral.service#IncompleteSignatureException');
  assert.match(refusal.text, /^Authorization header requires 'Signature' parameter\. .*'SignedHeaders' parameter\./);
});

/** The query of a request presigned as the Signature Version 4 specification has it, by `key`, at `date`. */
function presign(key: { accessKeyId: string; secretAccessKey: string }, date: string, expires: string): string {
  const scope = [date.slice(0, 8), 'us-east-1', 'dynamodb', 'aws4_request'];
  const query = new URLSearchParams({
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': [key.accessKeyId, ...scope].join('/'),
    'X-Amz-Date': date,
    'X-Amz-Expires': expires,
    'X-Amz-SignedHeaders': 'host;x-amz-target',
  });
  const headers = `host:${new URL(server.endpoint).host}\nx-amz-target:${TARGET}\n`;
  const canonical = ['POST', '/', query, headers, 'host;x-amz-target', sha256(BODY)].join('\n');
  const text = ['AWS4-HMAC-SHA256', date, scope.join('/'), sha256(canonical)].join('\n');
  const signingKey = scope.reduce((hmac: Buffer | string, part) => sign(hmac, part), `AWS4${key.secretAccessKey}`);
  query.append('X-Amz-Signature', sign(signingKey, text).toString('hex'));
  return `?${query}`;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function sign(key: Buffer | string, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

/** So many minutes ago, in ISO 8601's basic format. */
function dateBefore(minutes: number): string {
  return new Date(Date.now() - minutes * 60_000).toISOString().replaceAll(/[-:]|\.\d+/g, '');
}

describe('a presigned request', () => {
  const inService = (name: string): string => `com.amazon.coral.service#${name}`;

  test('gets in with a known access key, for as long as it was signed for', async () => {
    for (const [minutes, expires] of [
      [0, '60'],
      [30, '3600'],
    ] as const) {
      assert.equal((await post(presign(LASTING, dateBefore(minutes), expires), {})).status, 200);
    }
  });

  test('is told that it has expired', async () => {
    const { status, type, text } = await post(presign(LASTING, dateBefore(30), '60'), {});
    assert.deepEqual([status, type], [400, inService('InvalidSignatureException')]);
    assert.match(text, /^Signature expired: /);
  });

  test('is told of a wrong secret and of an unknown access key', async () => {
    const wrong = await post(presign({ ...LASTING, secretAccessKey: 'guessed' }, dateBefore(0), '60'), {});
    assert.equal(wrong.type, inService('InvalidSignatureException'));
    assert.match(wrong.text, SIGNATURE_MISMATCH);
    const unknown = await post(presign({ ...LASTING, accessKeyId: 'AKUNKNOWN' }, dateBefore(0), '60'), {});
    assert.deepEqual([unknown.type, unknown.text], [inService('UnrecognizedClientException'), UNRECOGNIZED]);
  });

  test('is told what lacks in its query', async () => {
    const query = presign(LASTING, dateBefore(0), '60').replace(/&X-Amz-Signature=.*/, '');
    const { type, text } = await post(query, {});
    assert.equal(type, inService('IncompleteSignatureException'));
    assert.match(text, /must include 'X-Amz-Signature'/);
  });

  test('does not get in with a target that was not signed', async () => {
    const query = presign(LASTING, dateBefore(0), '60');
    const { type } = await post(query, { 'x-amz-target': 'DynamoDB_20120810.DescribeTable' });
    assert.equal(type, inService('InvalidSignatureException'));
  });
});

test('the health of the server is everybody’s to ask', async () => {
  assert.equal((await fetch(server.endpoint)).status, 200);
});
