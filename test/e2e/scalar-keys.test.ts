/**
 * No expression may look into a key attribute, of the table or of any index, for keys are scalars. Source: AWS's own
 * DynamoDB local, which checks the expressions of every operation so.
 */
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { INDEXED_TABLE } from './indexed-table.ts';
import { useServer } from './server.ts';

const server = useServer();
const KEY = { pk: { S: 'a' }, sk: { N: '1' } };
const PAGE = { KeyConditionExpression: 'pk = :p', ExpressionAttributeValues: { ':p': KEY.pk } };
let table = '';

beforeEach(async () => {
  table = await server.createTable(INDEXED_TABLE);
});

async function messageOf(operation: string, request: object): Promise<string> {
  const { body } = await server.call(operation, request);
  return String(body['message'] ?? body['Message']);
}

const TEXT = "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: ";

describe('an expression that looks into a key', () => {
  const requests: Readonly<Record<string, (path: string) => readonly [operation: string, request: object]>> = {
    'the projection of GetItem': (path) => ['GetItem', { Key: KEY, ProjectionExpression: `plain, ${path}` }],
    'the projection of Scan': (path) => ['Scan', { ProjectionExpression: path }],
    'the projection of Query': (path) => ['Query', { ...PAGE, ProjectionExpression: path }],
    'the filter of Scan': (path) => ['Scan', { FilterExpression: `NOT (a = b OR attribute_exists(${path}))` }],
    'the condition of PutItem': (path) => ['PutItem', { Item: KEY, ConditionExpression: `a IN (b, ${path})` }],
    'the condition of DeleteItem': (path) => ['DeleteItem', { Key: KEY, ConditionExpression: `size(${path}) < a` }],
    'the condition of UpdateItem': (path) => [
      'UpdateItem',
      { Key: KEY, ConditionExpression: `a BETWEEN b AND ${path}` },
    ],
    'what an update reads': (path) => ['UpdateItem', { Key: KEY, UpdateExpression: `SET a = b + ${path}` }],
    'what an update falls back to': (path) => [
      'UpdateItem',
      { Key: KEY, UpdateExpression: `SET a = if_not_exists(a, list_append(b, ${path}))` },
    ],
  };
  for (const [name, request] of Object.entries(requests)) {
    test(name, async () => {
      for (const [path, error] of [
        ['pk.a', 'Key: pk'],
        ['sk[0]', 'Key: sk'],
        ['color.a.b', 'IndexKey: color'],
        ['weight[1]', 'IndexKey: weight'],
      ] as const) {
        const [operation, body] = request(path);
        assert.equal(await messageOf(operation, { TableName: table, ...body }), TEXT + error, path);
      }
    });
  }

  test('the filter of Query, which may name no key of what is read at all', async () => {
    const query = (path: string) =>
      messageOf('Query', { TableName: table, ...PAGE, FilterExpression: `attribute_exists(${path})` });
    assert.equal(await query('color.a'), `${TEXT}IndexKey: color`);
    assert.match(await query('sk.a'), /^Filter Expression can only contain non-primary key attributes/);
  });

  test('the projection of BatchGetItem', async () => {
    const asked = { Keys: [KEY], ProjectionExpression: 'code[0]' };
    assert.equal(await messageOf('BatchGetItem', { RequestItems: { [table]: asked } }), `${TEXT}IndexKey: code`);
  });

  test('of an action of a transaction, which is refused and not cancelled', async () => {
    const action = { TableName: table, Key: KEY };
    const check = { ConditionCheck: { ...action, ConditionExpression: 'attribute_exists(pk.a)' } };
    const get = { Get: { ...action, ProjectionExpression: 'code.a' } };
    assert.equal(await messageOf('TransactWriteItems', { TransactItems: [check] }), `${TEXT}Key: pk`);
    assert.equal(await messageOf('TransactGetItems', { TransactItems: [get] }), `${TEXT}IndexKey: code`);
  });

  test('what an update writes, but for the key of the table, which it may not write at all', async () => {
    const update = (UpdateExpression: string) =>
      messageOf('UpdateItem', { TableName: table, Key: KEY, UpdateExpression });
    assert.equal(await update('REMOVE color.a'), `${TEXT}IndexKey: color`);
    assert.equal(await update('SET weight[0] = b'), `${TEXT}IndexKey: weight`);
    assert.match(await update('REMOVE pk.a'), /Cannot update attribute pk\. This attribute is part of the key$/);
  });

  test('is wrong whether there is such an item or not, but not before the table and the key are right', async () => {
    const ProjectionExpression = 'pk.a';
    await server.call('PutItem', { TableName: table, Item: KEY });
    assert.equal(await messageOf('GetItem', { TableName: table, Key: KEY, ProjectionExpression }), `${TEXT}Key: pk`);
    assert.match(
      await messageOf('GetItem', { TableName: 'no-such-table', Key: KEY, ProjectionExpression }),
      /^Requested resource not found/,
    );
    assert.match(await messageOf('GetItem', { TableName: table, Key: {}, ProjectionExpression }), /match the schema$/);
  });

  test('a path of one element is fine, and so is one into another attribute', async () => {
    const request = { TableName: table, Key: KEY, ProjectionExpression: 'pk, color, plain.pk, more[0]' };
    assert.equal((await server.call('GetItem', request)).status, 200);
  });
});
