import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import {
  type AttributeValue,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
  type UpdateItemCommandOutput,
} from '@aws-sdk/client-dynamodb';
import { CONDITION_FAILED, TABLE_NOT_FOUND, validation } from './errors.ts';
import { useServer } from './server.ts';

type Attributes = Record<string, AttributeValue>;

const server = useServer();
const KEY = { pk: { S: 'a' }, sk: { N: '1' } };
const SET_V = { UpdateExpression: 'SET v = :v', ExpressionAttributeValues: { ':v': { N: '2' } } };
let table = '';

beforeEach(async () => {
  table = await server.createTable();
});

async function put(attributes: Attributes): Promise<void> {
  await server.client.send(new PutItemCommand({ TableName: table, Item: { ...KEY, ...attributes } }));
}

function update(input: Partial<UpdateItemCommandInput> = SET_V): Promise<UpdateItemCommandOutput> {
  return server.client.send(new UpdateItemCommand({ TableName: table, Key: KEY, ...input }));
}

async function stored(): Promise<Attributes | undefined> {
  const { Item } = await server.client.send(new GetItemCommand({ TableName: table, Key: KEY, ConsistentRead: true }));
  return Item;
}

describe('UpdateItem', () => {
  test('changes the attributes it names and leaves the others', async () => {
    await put({ v: { N: '1' }, w: { S: 'w' } });
    const { $metadata, ...answer } = await update();
    assert.equal($metadata.httpStatusCode, 200);
    assert.deepEqual(answer, {});
    assert.deepEqual(await stored(), { ...KEY, v: { N: '2' }, w: { S: 'w' } });
  });

  test('creates an item that is missing', async () => {
    await update();
    assert.deepEqual(await stored(), { ...KEY, v: { N: '2' } });
  });

  test('without an expression creates the item of the key alone', async () => {
    await update({ ReturnValues: 'NONE' });
    assert.deepEqual(await stored(), KEY);
    await put({ v: { N: '1' } });
    await update({});
    assert.deepEqual(await stored(), { ...KEY, v: { N: '1' } });
  });

  test('that can only take away creates nothing', async () => {
    const answer = await update({ UpdateExpression: 'REMOVE v', ReturnValues: 'ALL_NEW' });
    assert.equal(answer.Attributes, undefined);
    await update({ UpdateExpression: 'DELETE v :v', ExpressionAttributeValues: { ':v': { SS: ['a'] } } });
    assert.equal(await stored(), undefined);
    await update({
      UpdateExpression: 'SET w = :v REMOVE v',
      ExpressionAttributeValues: { ':v': { S: 'w' } },
    });
    assert.deepEqual(await stored(), { ...KEY, w: { S: 'w' } });
  });

  test('names its table by ARN as well', async () => {
    await update({ ...SET_V, TableName: `arn:aws:dynamodb:us-east-1:000000000000:table/${table}` });
    assert.deepEqual(await stored(), { ...KEY, v: { N: '2' } });
  });

  test('of 64 increments at once loses none', async () => {
    const increment: Partial<UpdateItemCommandInput> = {
      UpdateExpression: 'SET n = if_not_exists(n, :zero) + :one ADD m :one',
      ExpressionAttributeValues: { ':zero': { N: '0' }, ':one': { N: '1' } },
      ReturnValues: 'UPDATED_NEW',
    };
    const answers = await Promise.all(Array.from({ length: 64 }, () => update(increment)));
    assert.deepEqual(await stored(), { ...KEY, n: { N: '64' }, m: { N: '64' } });
    const seen = answers.map(({ Attributes }) => Number(Attributes?.['n']?.N)).toSorted((one, other) => one - other);
    assert.deepEqual(
      seen,
      Array.from({ length: 64 }, (_, i) => i + 1),
    );
  });
});

describe('UpdateItem: ReturnValues', () => {
  const BEFORE = { ...KEY, v: { N: '1' }, w: { S: 'w' }, m: { M: { a: { N: '1' }, b: { N: '2' } } } };
  const CHANGE: Partial<UpdateItemCommandInput> = {
    UpdateExpression: 'SET v = :v, m.a = :v, x = :v REMOVE w',
    ExpressionAttributeValues: { ':v': { N: '9' } },
  };
  const AFTER = {
    ...KEY,
    v: { N: '9' },
    x: { N: '9' },
    m: { M: { a: { N: '9' }, b: { N: '2' } } },
  };

  const cases = {
    NONE: undefined,
    ALL_OLD: BEFORE,
    ALL_NEW: AFTER,
    UPDATED_OLD: { v: { N: '1' }, m: { M: { a: { N: '1' } } }, w: { S: 'w' } },
    UPDATED_NEW: { v: { N: '9' }, m: { M: { a: { N: '9' } } }, x: { N: '9' } },
  } as const;
  for (const [ReturnValues, expected] of Object.entries(cases)) {
    test(`${ReturnValues} of an item`, async () => {
      await put(BEFORE);
      const { Attributes } = await update({ ...CHANGE, ReturnValues: ReturnValues as keyof typeof cases });
      assert.deepEqual(Attributes, expected);
      assert.deepEqual(await stored(), AFTER);
    });
  }

  const createdCases = {
    NONE: undefined,
    ALL_OLD: undefined,
    ALL_NEW: { ...KEY, v: { N: '2' } },
    UPDATED_OLD: undefined,
    UPDATED_NEW: { v: { N: '2' } },
  } as const;
  for (const [ReturnValues, expected] of Object.entries(createdCases)) {
    test(`${ReturnValues} of a missing item`, async () => {
      const { Attributes } = await update({ ...SET_V, ReturnValues: ReturnValues as keyof typeof createdCases });
      assert.deepEqual(Attributes, expected);
    });
  }

  test('UPDATED_NEW of what was only removed is nothing', async () => {
    await put({ v: { N: '1' } });
    const { Attributes } = await update({ UpdateExpression: 'REMOVE v', ReturnValues: 'UPDATED_NEW' });
    assert.equal(Attributes, undefined);
  });

  test('an element of a list comes as a list of it alone', async () => {
    await put({ l: { L: [{ N: '0' }, { N: '1' }, { N: '2' }] } });
    const { Attributes } = await update({
      UpdateExpression: 'SET l[1] = :v',
      ExpressionAttributeValues: { ':v': { N: '9' } },
      ReturnValues: 'UPDATED_NEW',
    });
    assert.deepEqual(Attributes, { l: { L: [{ N: '9' }] } });
  });

  test('without an expression ALL_OLD and ALL_NEW give the item, the others nothing', async () => {
    await put({ v: { N: '1' } });
    for (const ReturnValues of ['ALL_OLD', 'ALL_NEW'] as const) {
      assert.deepEqual((await update({ ReturnValues })).Attributes, { ...KEY, v: { N: '1' } });
    }
    for (const ReturnValues of ['UPDATED_OLD', 'UPDATED_NEW'] as const) {
      assert.equal((await update({ ReturnValues })).Attributes, undefined);
    }
  });
});

describe('UpdateItem: ConditionExpression', () => {
  test('keeps a missing item from being created', async () => {
    await assert.rejects(update({ ...SET_V, ConditionExpression: 'attribute_exists(pk)' }), CONDITION_FAILED);
    assert.equal(await stored(), undefined);
  });

  test('locks optimistically: of two that saw the same version one wins', async () => {
    await put({ version: { N: '1' } });
    const write = (text: string) =>
      update({
        UpdateExpression: 'SET #t = :text, version = version + :one',
        ConditionExpression: 'version = :seen',
        ExpressionAttributeNames: { '#t': 'text' },
        ExpressionAttributeValues: { ':text': { S: text }, ':one': { N: '1' }, ':seen': { N: '1' } },
      });
    const outcomes = await Promise.allSettled([write('one'), write('two')]);
    const winner = outcomes.findIndex(({ status }) => status === 'fulfilled');
    assert.deepEqual(outcomes.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected']);
    assert.deepEqual(await stored(), { ...KEY, version: { N: '2' }, text: { S: winner === 0 ? 'one' : 'two' } });
  });

  test('that fails returns the item only when asked, whatever ReturnValues says', async () => {
    await put({ v: { N: '1' } });
    const failing = { ...SET_V, ConditionExpression: 'v = :v' };
    for (const ReturnValues of ['NONE', 'ALL_OLD', 'ALL_NEW', 'UPDATED_OLD', 'UPDATED_NEW'] as const) {
      await assert.rejects(update({ ...failing, ReturnValues }), { ...CONDITION_FAILED, Item: undefined });
      await assert.rejects(update({ ...failing, ReturnValues, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }), {
        ...CONDITION_FAILED,
        Item: { ...KEY, v: { N: '1' } },
      });
    }
    assert.deepEqual(await stored(), { ...KEY, v: { N: '1' } });
  });

  test('is judged before the update is tried', async () => {
    await put({ v: { S: 'text' } });
    const impossible = { UpdateExpression: 'SET v = v + :v', ExpressionAttributeValues: { ':v': { N: '1' } } };
    await assert.rejects(update({ ...impossible, ConditionExpression: 'attribute_not_exists(v)' }), CONDITION_FAILED);
    await assert.rejects(
      update({ ...impossible, ConditionExpression: 'attribute_exists(v)' }),
      validation('An operand in the update expression has an incorrect data type'),
    );
  });
});

describe('UpdateItem: Key', () => {
  const MISMATCH = validation('The provided key element does not match the schema');

  test('holds the key attributes, all of them and no others, of their types', async () => {
    const keys: readonly Attributes[] = [
      {},
      { pk: { S: 'a' } },
      { sk: { N: '1' } },
      { ...KEY, other: { S: 'x' } },
      { pk: { S: 'a' }, other: { N: '1' } },
      { pk: { N: '1' }, sk: { N: '1' } },
      { pk: { S: 'a' }, sk: { S: '1' } },
    ];
    for (const Key of keys) await assert.rejects(update({ ...SET_V, Key }), MISMATCH);
  });

  test('is not empty and not too large', async () => {
    await assert.rejects(
      update({ ...SET_V, Key: { pk: { S: '' }, sk: { N: '1' } } }),
      validation(
        'One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: pk',
      ),
    );
    await assert.rejects(
      update({ ...SET_V, Key: { pk: { S: 'x'.repeat(2_049) }, sk: { N: '1' } } }),
      validation(
        'One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes',
      ),
    );
  });

  test('is not changed, even to what it is', async () => {
    const ofKey = (name: string) =>
      validation(
        `One or more parameter values were invalid: Cannot update attribute ${name}. This attribute is part of the key`,
      );
    const values = { ExpressionAttributeValues: { ':v': { S: 'a' } } };
    await assert.rejects(update({ UpdateExpression: 'SET pk = :v', ...values }), ofKey('pk'));
    await assert.rejects(update({ UpdateExpression: 'SET extra = :v REMOVE sk', ...values }), ofKey('sk'));
    await assert.rejects(update({ UpdateExpression: 'SET pk.a = :v', ...values }), ofKey('pk'));
    await assert.rejects(
      update({ UpdateExpression: 'ADD sk :v', ExpressionAttributeValues: { ':v': { N: '1' } } }),
      ofKey('sk'),
    );
  });
});

describe('UpdateItem: what is not there', () => {
  test('a table', async () => {
    await assert.rejects(update({ ...SET_V, TableName: 'no-such-table' }), TABLE_NOT_FOUND);
  });
});
