/** What goes over the wire, which SDKs hide: headers, checksums, encodings, the form of errors and their order. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { crc32, deflateSync, gunzipSync, gzipSync, inflateSync } from 'node:zlib';
import { useServer } from './server.ts';

const server = useServer();
const agent = new Agent({ keepAlive: true });
after(() => agent.destroy());

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** As sent: not decompressed. */
  readonly bytes: Buffer;
  json(): { readonly [member: string]: unknown };
}

const SIGNED = {
  'content-type': 'application/x-amz-json-1.0',
  'x-amz-date': '20260101T000000Z',
  authorization:
    'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/dynamodb/aws4_request, ' +
    `SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}`,
};

/** Sends one HTTP request, header by header and byte by byte as given. */
async function exchange(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body: string | Buffer = '',
): Promise<Answer> {
  const outgoing = request(server.endpoint + path, { method, headers, agent });
  outgoing.end(body);
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    bytes,
    json: () => JSON.parse(bytes.toString()) as Record<string, unknown>,
  };
}

function call(operation: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const bytes = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  return exchange('POST', '/', { ...SIGNED, 'x-amz-target': `DynamoDB_20120810.${operation}`, ...headers }, bytes);
}

/** What an error looks like: its status and body. */
async function errorOf(operation: string, body: unknown): Promise<readonly [status: number, body: object]> {
  const answer = await call(operation, body);
  return [answer.status, answer.json()];
}

const VALIDATION = 'com.amazon.coral.validate#ValidationException';
const SERIALIZATION = 'com.amazon.coral.service#SerializationException';
const KEY = { pk: { S: 'a' }, sk: { N: '1' } };

describe('every answer', () => {
  test('has a request id of its own and the CRC-32 of its bytes', async () => {
    const answers = [
      await call('ListTables', {}),
      await call('ListTables', { Limit: 0 }),
      await call('NoSuchOperation', {}),
      await call('ListTables', '{'),
      await exchange('GET', '/', {}),
    ];
    for (const { headers, bytes } of answers) {
      assert.match(String(headers['x-amzn-requestid']), /^[A-Z0-9]{52}$/);
      assert.equal(headers['x-amz-crc32'], String(crc32(bytes)));
      assert.equal(headers['content-length'], String(bytes.length));
    }
    assert.equal(new Set(answers.map(({ headers }) => headers['x-amzn-requestid'])).size, answers.length);
  });

  test('has the type that the request came in', async () => {
    for (const type of ['application/x-amz-json-1.0', 'application/x-amz-json-1.1', 'application/json']) {
      const { status, headers } = await call('ListTables', {}, { 'content-type': type });
      assert.equal(status, 200);
      assert.equal(headers['content-type'], type);
    }
  });
});

describe('compression', () => {
  const item = { ...KEY, v: { S: 'x'.repeat(10_000) } };
  let table = '';

  before(async () => {
    table = await server.createTable();
    assert.equal((await call('PutItem', { TableName: table, Item: item })).status, 200);
  });

  const get = (headers: Readonly<Record<string, string>>, sk = '1') =>
    call('GetItem', { TableName: table, Key: { ...KEY, sk: { N: sk } } }, headers);

  test('of answers above 4 KB, when asked for; the CRC is that of the compressed bytes', async () => {
    for (const [encoding, decompress] of [['gzip', gunzipSync] as const, ['deflate', inflateSync] as const]) {
      const { headers, bytes } = await get({ 'accept-encoding': encoding });
      assert.equal(headers['content-encoding'], encoding);
      assert.equal(headers['x-amz-crc32'], String(crc32(bytes)));
      assert.ok(bytes.length < 1_000);
      assert.deepEqual(JSON.parse(decompress(bytes).toString()), { Item: item });
    }
  });

  test('not of small ones, and not unasked', async () => {
    assert.equal((await get({ 'accept-encoding': 'gzip' }, '2')).headers['content-encoding'], undefined);
    for (const headers of [{}, { 'accept-encoding': 'identity' }, { 'accept-encoding': 'gzip;q=0' }] as const) {
      const answer = await get(headers as Record<string, string>);
      assert.equal(answer.headers['content-encoding'], undefined);
      assert.deepEqual(answer.json(), { Item: item });
    }
  });

  test('of requests', async () => {
    const body = JSON.stringify({ TableName: table, Key: KEY, ProjectionExpression: 'sk' });
    for (const [encoding, bytes] of [['gzip', gzipSync(body)] as const, ['deflate', deflateSync(body)] as const]) {
      const answer = await call('GetItem', bytes, { 'content-encoding': encoding });
      assert.deepEqual(answer.json(), { Item: { sk: { N: '1' } } });
    }
  });

  test('of requests that is none is an error, and so is one not known', async () => {
    for (const encoding of ['gzip', 'deflate', 'br']) {
      const { status, headers, bytes } = await call('ListTables', '{}', { 'content-encoding': encoding });
      assert.equal(status, 400);
      assert.equal(headers['x-amz-crc32'], String(crc32(bytes)));
    }
  });
});

describe('the form of errors', () => {
  test('of validation', async () => {
    assert.deepEqual(await errorOf('GetItem', { TableName: '', Key: {} }), [
      400,
      {
        __type: VALIDATION,
        message:
          "1 validation error detected: Value '' at 'tableName' failed to satisfy constraint: Member must have length greater than or equal to 1",
      },
    ]);
  });

  test('of the model', async () => {
    assert.deepEqual(await errorOf('GetItem', { TableName: 'no-such-table', Key: KEY }), [
      400,
      {
        __type: 'com.amazonaws.dynamodb.v20120810#ResourceNotFoundException',
        message: 'Requested resource not found',
      },
    ]);
  });

  test('of a failed condition, with the item when asked', async () => {
    const table = await server.createTable();
    const put = { TableName: table, Item: KEY, ConditionExpression: 'attribute_not_exists(pk)' };
    await call('PutItem', put);
    const fault = {
      __type: 'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException',
      message: 'The conditional request failed',
    };
    assert.deepEqual(await errorOf('PutItem', put), [400, fault]);
    assert.deepEqual(await errorOf('PutItem', { ...put, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }), [
      400,
      { ...fault, Item: KEY },
    ]);
  });

  test('of an operation that is not there', async () => {
    const unknown = { __type: 'com.amazon.coral.service#UnknownOperationException' };
    assert.deepEqual(await errorOf('NoSuchOperation', {}), [400, unknown]);
    for (const target of ['DynamoDB_20111205.GetItem', 'GetItem', '', 'DynamoDB_20120810.__proto__']) {
      const { status, bytes } = await exchange('POST', '/', { ...SIGNED, 'x-amz-target': target }, '{}');
      assert.deepEqual([status, JSON.parse(bytes.toString())], [400, unknown]);
    }
  });

  test('of a body that is no JSON object', async () => {
    const bodies = ['', '{', '[]', 'null', '"text"', '{"TableName": NaN}', '{} {}', Buffer.of(0x7b, 0xff, 0x7d)];
    for (const body of bodies) {
      assert.deepEqual(await errorOf('ListTables', body), [400, { __type: SERIALIZATION }], String(body));
    }
  });

  test('of a request without credentials', async () => {
    const headers = { 'content-type': SIGNED['content-type'], 'x-amz-target': 'DynamoDB_20120810.ListTables' };
    const answer = await exchange('POST', '/', headers, '{}');
    assert.equal(answer.status, 400);
    const body = answer.json();
    assert.equal(body['__type'], 'com.amazon.coral.service#MissingAuthenticationTokenException');
    assert.equal(typeof body['Message'], 'string');
  });
});

describe('a value of the wrong JSON type is a SerializationException', () => {
  const item = (v: unknown) => ({ TableName: 'table', Item: { pk: { S: 'a' }, v } });
  const cases: readonly (readonly [name: string, operation: string, body: unknown, text: string])[] = [
    ['a number as a name', 'GetItem', { TableName: 1, Key: {} }, 'NUMBER_VALUE cannot be converted to String'],
    ['a boolean as a name', 'GetItem', { TableName: true }, 'TRUE_VALUE cannot be converted to String'],
    ['a list as a name', 'GetItem', { TableName: [] }, 'Start of list found where not expected'],
    ['a structure as a name', 'GetItem', { TableName: {} }, 'Start of structure or map found where not expected'],
    ['text as an integer', 'ListTables', { Limit: '1' }, 'STRING_VALUE cannot be converted to Integer'],
    ['a fraction as an integer', 'ListTables', { Limit: 1.5 }, 'DECIMAL_VALUE cannot be converted to Integer'],
    ['text as a boolean', 'GetItem', { ConsistentRead: 'yes' }, 'Unexpected token received from parser'],
    ['text as a map', 'GetItem', { Key: 'a' }, 'Unexpected field type'],
    ['a number as an N', 'PutItem', item({ N: 5 }), 'NUMBER_VALUE cannot be converted to String'],
    ['a number as an S', 'PutItem', item({ S: 5 }), 'NUMBER_VALUE cannot be converted to String'],
    ['text as a BOOL', 'PutItem', item({ BOOL: 'true' }), 'Unexpected token received from parser'],
    ['text as an attribute value', 'PutItem', item('text'), 'Unexpected value type in payload'],
    ['a map as a list', 'PutItem', item({ L: {} }), 'Start of structure or map found where not expected'],
    ['a list as a map', 'PutItem', item({ M: [] }), 'Start of list found where not expected'],
    ['a number in a set', 'PutItem', item({ NS: [1] }), 'NUMBER_VALUE cannot be converted to String'],
    ['a number as binary', 'PutItem', item({ B: 5 }), 'only base-64-encoded strings are convertible to bytes'],
    [
      'base64 that is cut',
      'PutItem',
      item({ B: 'abc' }),
      'Base64 encoded length is expected a multiple of 4 bytes but found: 3',
    ],
    ['base64 of other characters', 'PutItem', item({ B: 'ab!d' }), "Invalid Base64 character: '!'"],
    ['base64 with stray bits', 'PutItem', item({ B: 'YR==' }), 'Invalid last non-pad Base64 character dectected'],
  ];
  for (const [name, operation, body, text] of cases) {
    test(name, async () => {
      assert.deepEqual(await errorOf(operation, body), [400, { __type: SERIALIZATION, Message: text }]);
    });
  }
});

describe('what is wrong first is reported first', () => {
  let table = '';

  before(async () => {
    table = await server.createTable();
    await call('PutItem', { TableName: table, Item: KEY });
  });

  /** Everything that can be wrong with an update at once, in the order in which it is found. */
  const wrongs: readonly (readonly [what: string, right: object, wrong: object, text: RegExp])[] = [
    ['a type', {}, { ReturnConsumedCapacity: 5 }, /^NUMBER_VALUE cannot be converted to String$/],
    ['the shape', {}, { ReturnValues: 'ALL' }, /^1 validation error detected: Value 'ALL' at 'returnValues'/],
    ['the combination of parameters', {}, { AttributeUpdates: {} }, /^Can not use both expression and non-expression/],
    [
      'an expression',
      { UpdateExpression: 'REMOVE x' },
      { UpdateExpression: 'REMOVE' },
      /^Invalid UpdateExpression: Syntax error; token: "<EOF>"/,
    ],
    ['the table', {}, { TableName: 'no-such-table' }, /^Requested resource not found$/],
    ['the key', {}, { Key: { pk: { S: 'a' } } }, /^The provided key element does not match the schema$/],
    ['the condition', {}, { ConditionExpression: 'attribute_exists(absent)' }, /^The conditional request failed$/],
  ];

  for (const [first, [what, , , text]] of wrongs.entries()) {
    test(`${what}, with all that comes after it wrong too`, async () => {
      let body: object = { TableName: table, Key: KEY };
      for (const [i, [, right, wrong]] of wrongs.entries()) body = { ...body, ...(i < first ? right : wrong) };
      const answer = (await call('UpdateItem', body)).json();
      assert.match(String(answer['message'] ?? answer['Message']), text);
    });
  }

  test('several violations of the shape are reported at once', async () => {
    assert.deepEqual(await errorOf('PutItem', { TableName: '', Item: KEY, ReturnValues: 'INVALID' }), [
      400,
      {
        __type: VALIDATION,
        message:
          "2 validation errors detected: Value 'INVALID' at 'returnValues' failed to satisfy constraint: Member must satisfy enum value set: [ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]; " +
          "Value '' at 'tableName' failed to satisfy constraint: Member must have length greater than or equal to 1",
      },
    ]);
  });
});

describe('limits', () => {
  test('a body over 16 MB is 413', async () => {
    const limit = 16 * 1024 * 1024;
    const fitting = await call('ListTables', `{"X":"${'x'.repeat(limit - 8)}"}`);
    assert.equal(fitting.status, 200);
    const tooLarge = await call('ListTables', `{"X":"${'x'.repeat(limit - 7)}"}`);
    assert.equal(tooLarge.status, 413);
    assert.equal(tooLarge.json()['__type'], 'com.amazon.coral.service#RequestEntityTooLargeException');
  });

  test('and so is one that grows over it', async () => {
    const bomb = gzipSync(Buffer.alloc(17 * 1024 * 1024, ' '));
    const { status } = await call('ListTables', bomb, { 'content-encoding': 'gzip' });
    assert.equal(status, 413);
  });

  test('headers over 16 KB are 400', async () => {
    const { status, headers } = await call('ListTables', {}, { 'x-large': 'x'.repeat(17 * 1024) });
    assert.equal(status, 400);
    assert.match(String(headers['x-amzn-requestid']), /^[A-Z0-9]{52}$/);
  });

  test('and so is a request line over 16 KB', async () => {
    const fitting = await exchange('GET', `/?${'x'.repeat(15 * 1024)}`, {});
    assert.notEqual(fitting.status, 400);
    const { status, headers } = await exchange('GET', `/?${'x'.repeat(16 * 1024)}`, {});
    assert.equal(status, 400);
    assert.match(String(headers['x-amzn-requestid']), /^[A-Z0-9]{52}$/);
  });
});

describe('what is no call', () => {
  test('GET / tells that the server is well', async () => {
    const { status, headers, bytes } = await exchange('GET', '/', {});
    assert.equal(status, 200);
    assert.equal(headers['content-type'], 'text/plain');
    assert.equal(bytes.toString(), 'healthy: dynamodb.us-east-1.amazonaws.com ');
  });

  test('any other path, method or content type is not found', async () => {
    const target = { ...SIGNED, 'x-amz-target': 'DynamoDB_20120810.ListTables' };
    assert.equal((await exchange('GET', '/favicon.ico', {})).status, 404);
    assert.equal((await exchange('PUT', '/', target, '{}')).status, 404);
    assert.equal((await exchange('POST', '/path', target, '{}')).status, 404);
    assert.equal((await exchange('POST', '/', { ...target, 'content-type': 'text/plain' }, '{}')).status, 404);
  });

  test('OPTIONS tells browsers that they may call', async () => {
    const { status, headers } = await exchange('OPTIONS', '/', {
      origin: 'https://example.com',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'x-amz-target, x-amz-date, authorization',
    });
    assert.equal(status, 200);
    assert.equal(headers['access-control-allow-origin'], '*');
    assert.equal(headers['access-control-allow-methods'], 'POST');
    assert.equal(headers['access-control-allow-headers'], 'x-amz-target, x-amz-date, authorization');
  });

  test('an Origin gets its headers back, in errors too', async () => {
    for (const body of ['{}', '{']) {
      const { headers } = await call('ListTables', body, { origin: 'https://example.com' });
      assert.equal(headers['access-control-allow-origin'], '*');
      assert.match(String(headers['access-control-expose-headers']), /x-amzn-RequestId/);
    }
    assert.equal((await call('ListTables', {})).headers['access-control-allow-origin'], undefined);
  });
});
