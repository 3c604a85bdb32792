/** Every operation that takes the name of a table takes its ARN. Source: API reference, TableName of each operation. */
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { useServer } from './server.ts';
import { arnOf } from './tags.ts';

const server = useServer();
let table = '';

const KEY = { pk: { S: 'a' }, sk: { N: '1' } };
const PAY = { BillingMode: 'PAY_PER_REQUEST' };

/** The input of each operation that has a table's name, with that in its place. */
const INPUTS: Readonly<Record<string, (name: string) => object>> = {
  BatchGetItem: (name) => ({ RequestItems: { [name]: { Keys: [KEY] } } }),
  BatchWriteItem: (name) => ({ RequestItems: { [name]: [{ PutRequest: { Item: KEY } }] } }),
  DeleteItem: (TableName) => ({ TableName, Key: KEY }),
  DescribeContinuousBackups: (TableName) => ({ TableName }),
  DescribeTable: (TableName) => ({ TableName }),
  DescribeTimeToLive: (TableName) => ({ TableName }),
  GetItem: (TableName) => ({ TableName, Key: KEY }),
  PutItem: (TableName) => ({ TableName, Item: KEY }),
  Query: (TableName) => ({
    TableName,
    KeyConditionExpression: 'pk = :p',
    ExpressionAttributeValues: { ':p': { S: 'a' } },
  }),
  Scan: (TableName) => ({ TableName }),
  TransactGetItems: (TableName) => ({ TransactItems: [{ Get: { TableName, Key: KEY } }] }),
  TransactWriteItems: (TableName) => ({ TransactItems: [{ Put: { TableName, Item: KEY } }] }),
  UpdateItem: (TableName) => ({ TableName, Key: KEY }),
  UpdateTable: (TableName) => ({ TableName, DeletionProtectionEnabled: false }),
  UpdateTimeToLive: (TableName) => ({ TableName, TimeToLiveSpecification: { Enabled: true, AttributeName: 'x' } }),
  // The last one, for the table is gone then.
  DeleteTable: (TableName) => ({ TableName }),
};

beforeEach(async () => {
  table = await server.createTable();
});

describe('the ARN of a table of this region and account', () => {
  test('stands for its name', async () => {
    for (const [operation, input] of Object.entries(INPUTS)) {
      const { status, body } = await server.call(operation, input(arnOf(table)));
      assert.equal(status, 200, `${operation}: ${JSON.stringify(body)}`);
    }
  });

  test('names a table that is created', async () => {
    const { body } = await server.call('CreateTable', {
      TableName: arnOf('by-arn'),
      ...PAY,
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
    });
    const { TableName, TableArn } = body['TableDescription'] as Record<string, unknown>;
    assert.deepEqual({ TableName, TableArn }, { TableName: 'by-arn', TableArn: arnOf('by-arn') });
  });

  test('may name a table that is not there', async () => {
    for (const [operation, input] of Object.entries(INPUTS)) {
      const { body } = await server.call(operation, input(arnOf('missing')));
      assert.match(String(body['__type']), /#(Resource|Table)NotFoundException$/, operation);
    }
  });
});

const FORMAT =
  "Valid ARN format is 'arn:<awsPartition>:<vendor>:<region>:<subscriber>:resourceType/resourceName', where Resource " +
  'name must have length less than or equal to 255, Resource name must have length greater than or equal to 3, ' +
  'Resource name must satisfy regular expression pattern: [a-zA-Z0-9_.-]+';

/** ARNs with what the service says of them after `1 validation error detected: `. Source: public records of its answers. */
const INVALID: readonly (readonly [arn: string, text: string])[] = [
  ['arn:aws:dynamodb:eu-west-1:000000000000:table/abc', 'Invalid AWS region in '],
  ['arn:aws:dynamodb:eu-west-1:111111111111:table/abc', 'Invalid AWS region in '],
  ['arn:aws-cn:dynamodb:us-east-1:000000000000:table/abc', 'Invalid AWS partition in '],
  ['arn:aws:dynamodb:us-east-1:000000000000:stream/abc', 'Invalid resource type in '],
  ['arn:aws:dynamodb:us-east-1:000000000000:table/abc/index/by-c', FORMAT],
  ['arn:aws:dynamodb:us-east-1:000000000000:table/ab', FORMAT],
  [`arn:aws:dynamodb:us-east-1:000000000000:table/${'x'.repeat(256)}`, FORMAT],
  ['arn:aws:dynamodb:us-east-1:000000000000:table', FORMAT],
  ['arn:aws:dynamodb:us-east-1:000000000000', FORMAT],
  ['arn:aws:s3:us-east-1:000000000000:table/abc', FORMAT],
  ['arn:', FORMAT],
];

describe('another ARN', () => {
  test('is refused by every operation', async () => {
    for (const [operation, input] of Object.entries(INPUTS)) {
      for (const [arn, text] of INVALID) {
        const { body } = await server.call(operation, input(arn));
        const message = `1 validation error detected: ${text}${text === FORMAT ? '' : `'${arn}'`}`;
        assert.deepEqual(
          body,
          { __type: 'com.amazon.coral.validate#ValidationException', message },
          `${operation} ${arn}`,
        );
      }
    }
  });

  test('of another account is denied', async () => {
    for (const [operation, input] of Object.entries(INPUTS)) {
      const { status, body } = await server.call(
        operation,
        input(`arn:aws:dynamodb:us-east-1:111111111111:table/${table}`),
      );
      assert.deepEqual(
        { status, body },
        {
          status: 400,
          body: { __type: 'com.amazon.coral.service#AccessDeniedException', Message: 'Access is denied' },
        },
        operation,
      );
    }
  });

  test('can be 1,024 characters long', async () => {
    const { body } = await server.call('GetItem', { TableName: `arn:${'x'.repeat(1_021)}`, Key: KEY });
    assert.match(
      String(body['message']),
      /at 'tableName' failed to satisfy constraint: Member must have length less than or equal to 1024$/,
    );
  });
});

describe('of a server that was told of another region and account', () => {
  const other = useServer({ region: 'eu-central-1', accountId: '123456789012' });

  test('it has those', async () => {
    const name = await other.createTable();
    const arn = `arn:aws:dynamodb:eu-central-1:123456789012:table/${name}`;
    const { body } = await other.call('DescribeTable', { TableName: arn });
    assert.equal((body['Table'] as Record<string, unknown>)['TableArn'], arn);
    const elsewhere = await other.call('DescribeTable', { TableName: arnOf(name) });
    assert.match(String(elsewhere.body['message']), /Invalid AWS region/);
  });
});
