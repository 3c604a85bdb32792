/** Expected and ConditionalOperator of PutItem, UpdateItem and DeleteItem. */
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import {
  type AttributeValue,
  type ComparisonOperator,
  DeleteItemCommand,
  type DeleteItemCommandInput,
  type ExpectedAttributeValue,
  GetItemCommand,
  PutItemCommand,
  type PutItemCommandInput,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { CONDITION_FAILED, validation } from './errors.ts';
import { useServer } from './server.ts';

const server = useServer();
const KEY = { pk: { S: 'a' }, sk: { N: '1' } };
const ITEM: Record<string, AttributeValue> = {
  ...KEY,
  text: { S: 'hello' },
  number: { N: '10' },
  bytes: { B: Uint8Array.of(1, 2, 3) },
  yes: { BOOL: true },
  nothing: { NULL: true },
  texts: { SS: ['x', 'y'] },
  numbers: { NS: ['1', '2'] },
  list: { L: [{ S: 'x' }, { N: '1' }] },
  map: { M: { inner: { S: 'x' } } },
  'map.inner': { S: 'dotted' },
};
let table = '';

beforeEach(async () => {
  table = await server.createTable();
  await server.client.send(new PutItemCommand({ TableName: table, Item: ITEM }));
});

type Expected = Record<string, ExpectedAttributeValue>;

function put(input: Partial<PutItemCommandInput>) {
  return server.client.send(new PutItemCommand({ TableName: table, Item: ITEM, ...input }));
}

function update(input: Partial<UpdateItemCommandInput>) {
  return server.client.send(new UpdateItemCommand({ TableName: table, Key: KEY, ...input }));
}

function remove(input: Partial<DeleteItemCommandInput>) {
  return server.client.send(new DeleteItemCommand({ TableName: table, Key: KEY, ...input }));
}

async function stored() {
  const { Item } = await server.client.send(new GetItemCommand({ TableName: table, Key: KEY, ConsistentRead: true }));
  return Item;
}

async function holds(Expected: Expected, ConditionalOperator?: 'AND' | 'OR'): Promise<boolean> {
  try {
    await put({ Expected, ConditionalOperator });
    return true;
  } catch (error) {
    if ((error as Error).name === CONDITION_FAILED.name) return false;
    throw error;
  }
}

function invalid(text: string) {
  return validation(`One or more parameter values were invalid: ${text}`);
}

describe('Expected', () => {
  const failing = { Expected: { text: { Value: { S: 'bye' } } } };
  const met = { Expected: { text: { Value: { S: 'hello' } } } };

  test('that fails keeps a put, an update and a deletion from happening', async () => {
    await assert.rejects(put({ ...failing, Item: KEY }), CONDITION_FAILED);
    await assert.rejects(update({ ...failing, AttributeUpdates: { text: { Value: { S: 'new' } } } }), CONDITION_FAILED);
    await assert.rejects(remove(failing), CONDITION_FAILED);
    assert.deepEqual(await stored(), ITEM);
  });

  test('that is met lets a put, an update and a deletion happen', async () => {
    await put({ ...met, Item: { ...KEY, text: { S: 'hello' } } });
    await update({ ...met, AttributeUpdates: { extra: { Value: { S: 'new' } } } });
    assert.deepEqual(await stored(), { ...KEY, text: { S: 'hello' }, extra: { S: 'new' } });
    await remove(met);
    assert.equal(await stored(), undefined);
  });

  test('of no attribute is no condition', async () => {
    await remove({ Expected: {} });
    assert.equal(await stored(), undefined);
  });

  test('gives the item back when asked to', async () => {
    await assert.rejects(
      remove({ ...failing, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }),
      (error: { readonly name: string; readonly Item?: unknown }) => {
        assert.equal(error.name, CONDITION_FAILED.name);
        assert.deepEqual(error.Item, ITEM);
        return true;
      },
    );
  });

  test('keeps an item from being replaced (developer guide)', async () => {
    await assert.rejects(put({ Expected: { pk: { Exists: false } } }), CONDITION_FAILED);
    await put({ Item: { ...KEY, sk: { N: '2' } }, Expected: { pk: { Exists: false } } });
  });

  test('takes a dot as part of a name', async () => {
    assert.ok(await holds({ 'map.inner': { Value: { S: 'dotted' } } }));
    assert.ok(!(await holds({ 'map.inner': { Value: { S: 'x' } } })));
  });

  test('speaks of an item that is missing', async () => {
    await remove({});
    await assert.rejects(put({ Expected: { text: { Value: { S: 'hello' } } } }), CONDITION_FAILED);
    await assert.rejects(put({ Expected: { text: { ComparisonOperator: 'NOT_NULL' } } }), CONDITION_FAILED);
    await put({ Expected: { text: { ComparisonOperator: 'NULL' } } });
  });
});

describe('Expected: ConditionalOperator', () => {
  const met = { Value: { S: 'hello' } };
  const failed = { Value: { N: '11' } };

  test('AND, the default, asks for all', async () => {
    assert.ok(!(await holds({ text: met, number: failed })));
    assert.ok(!(await holds({ text: met, number: failed }, 'AND')));
    assert.ok(await holds({ text: met, number: { Value: { N: '10' } } }, 'AND'));
  });

  test('OR asks for one', async () => {
    assert.ok(await holds({ text: met, number: failed }, 'OR'));
    assert.ok(!(await holds({ text: { Value: { S: '' } }, number: failed }, 'OR')));
  });

  test('needs conditions, and two of them at least', async () => {
    const without = validation('ConditionalOperator cannot be used without Filter or Expected');
    const tooFew = validation('ConditionalOperator can only be used when Filter or Expected has two or more elements');
    for (const send of [put, update, remove]) {
      await assert.rejects(send({ ConditionalOperator: 'OR' }), without);
      await assert.rejects(send({ ConditionalOperator: 'AND', Expected: { text: met } }), tooFew);
      await assert.rejects(send({ ConditionalOperator: 'AND', Expected: {} }), tooFew);
    }
  });
});

/** Source: API reference, ExpectedAttributeValue, but for missing attributes. */
describe('Expected: ComparisonOperator', () => {
  const S = (text: string): AttributeValue => ({ S: text });
  const N = (digits: string): AttributeValue => ({ N: digits });
  const cases: readonly (readonly [name: string, ComparisonOperator, AttributeValue[], boolean])[] = [
    ['text', 'EQ', [S('hello')], true],
    ['text', 'EQ', [N('10')], false],
    ['number', 'EQ', [N('1e1')], true],
    ['yes', 'EQ', [{ BOOL: true }], true],
    ['nothing', 'EQ', [{ NULL: true }], true],
    ['texts', 'EQ', [{ SS: ['y', 'x'] }], true],
    ['list', 'EQ', [{ L: [S('x'), N('1')] }], true],
    ['map', 'EQ', [{ M: { inner: S('x') } }], true],
    ['absent', 'EQ', [S('x')], false],
    ['text', 'NE', [S('hello')], false],
    ['text', 'NE', [N('10')], true],
    ['map', 'NE', [{ M: {} }], true],
    ['absent', 'NE', [S('x')], true],
    ['number', 'LE', [N('10')], true],
    ['number', 'LT', [N('10')], false],
    ['number', 'LT', [N('10.5')], true],
    ['number', 'GE', [N('10')], true],
    ['number', 'GT', [N('9')], true],
    ['number', 'GT', [S('9')], false],
    ['bytes', 'LT', [{ B: Uint8Array.of(1, 255) }], true],
    ['absent', 'LT', [N('10')], false],
    ['text', 'NOT_NULL', [], true],
    ['nothing', 'NOT_NULL', [], true],
    ['absent', 'NOT_NULL', [], false],
    ['text', 'NULL', [], false],
    ['nothing', 'NULL', [], false],
    ['absent', 'NULL', [], true],
    ['text', 'CONTAINS', [S('ell')], true],
    ['text', 'CONTAINS', [N('1')], false],
    ['bytes', 'CONTAINS', [{ B: Uint8Array.of(2, 3) }], true],
    ['texts', 'CONTAINS', [S('x')], true],
    ['texts', 'CONTAINS', [S('xy')], false],
    ['numbers', 'CONTAINS', [N('2.0')], true],
    ['list', 'CONTAINS', [N('1')], true],
    ['list', 'CONTAINS', [S('1')], false],
    ['absent', 'CONTAINS', [S('x')], false],
    ['text', 'NOT_CONTAINS', [S('ell')], false],
    ['text', 'NOT_CONTAINS', [S('elk')], true],
    ['texts', 'NOT_CONTAINS', [S('x')], false],
    ['texts', 'NOT_CONTAINS', [S('z')], true],
    ['list', 'NOT_CONTAINS', [S('z')], true],
    ['number', 'NOT_CONTAINS', [S('z')], true],
    ['absent', 'NOT_CONTAINS', [S('x')], false],
    ['text', 'BEGINS_WITH', [S('he')], true],
    ['text', 'BEGINS_WITH', [S('el')], false],
    ['bytes', 'BEGINS_WITH', [{ B: Uint8Array.of(1) }], true],
    ['number', 'BEGINS_WITH', [S('1')], false],
    ['number', 'IN', [N('9'), N('10')], true],
    ['number', 'IN', [N('9'), N('11')], false],
    ['numbers', 'IN', [N('1')], false],
    ['absent', 'IN', [N('1')], false],
    ['number', 'BETWEEN', [N('10'), N('10')], true],
    ['number', 'BETWEEN', [N('9'), N('11')], true],
    ['number', 'BETWEEN', [N('11'), N('12')], false],
    ['number', 'BETWEEN', [S('0'), S('9')], false],
    ['absent', 'BETWEEN', [S('0'), S('9')], false],
  ];
  for (const [name, ComparisonOperator, AttributeValueList, expected] of cases) {
    test(`${name} ${ComparisonOperator} ${JSON.stringify(AttributeValueList)} is ${expected}`, async () => {
      const found = await holds({ [name]: { ComparisonOperator, AttributeValueList } });
      assert.equal(found, expected);
    });
  }

  test('NULL and NOT_NULL need no list, and Value stands for a list of one', async () => {
    assert.ok(await holds({ text: { ComparisonOperator: 'NOT_NULL' } }));
    assert.ok(await holds({ absent: { ComparisonOperator: 'NULL' } }));
    assert.ok(await holds({ number: { ComparisonOperator: 'GT', Value: { N: '9' } } }));
    assert.ok(!(await holds({ number: { ComparisonOperator: 'GT', Value: { N: '10' } } })));
  });
});

/** Source: what goes with what was tried on the service, https://github.com/floci-io/floci/pull/2125. */
describe('Expected: Exists and Value', () => {
  test('Value alone, or with Exists true, is what the attribute must equal', async () => {
    for (const Exists of [undefined, true]) {
      assert.ok(await holds({ number: { Exists, Value: { N: '10' } } }));
      assert.ok(!(await holds({ number: { Exists, Value: { N: '11' } } })));
      assert.ok(!(await holds({ absent: { Exists, Value: { N: '10' } } })));
    }
  });

  test('Exists false is that there is no such attribute', async () => {
    assert.ok(await holds({ absent: { Exists: false } }));
    assert.ok(!(await holds({ number: { Exists: false } })));
  });

  const value = { S: 'x' };
  const cases: readonly (readonly [ExpectedAttributeValue, text: string])[] = [
    [{ Exists: true }, 'Value must be provided when Exists is true for Attribute: v'],
    [{}, 'Value must be provided when Exists is null for Attribute: v'],
    [{ Exists: false, Value: value }, 'Value cannot be used when Exists is false for Attribute: v'],
    [
      { Exists: true, ComparisonOperator: 'EQ', AttributeValueList: [value] },
      'Exists and ComparisonOperator cannot be used together for Attribute: v',
    ],
    [
      { Exists: false, ComparisonOperator: 'NULL' },
      'Exists and ComparisonOperator cannot be used together for Attribute: v',
    ],
    [
      { Value: value, AttributeValueList: [value], ComparisonOperator: 'EQ' },
      'Value and AttributeValueList cannot be used together for Attribute: v',
    ],
    [{ AttributeValueList: [value] }, 'AttributeValueList can only be used with a ComparisonOperator for Attribute: v'],
    [
      { AttributeValueList: [value], Exists: true },
      'AttributeValueList can only be used with a ComparisonOperator for Attribute: v',
    ],
    [
      { ComparisonOperator: 'LT' },
      'Value or AttributeValueList must be used with ComparisonOperator: LT for Attribute: v',
    ],
  ];
  for (const [v, text] of cases) {
    test(`${JSON.stringify(v)} is refused`, async () => {
      for (const send of [put, update, remove]) await assert.rejects(send({ Expected: { v } }), invalid(text));
      assert.deepEqual(await stored(), ITEM);
    });
  }
});

describe('Expected: values', () => {
  test('are as many as the operator takes', async () => {
    const one = ['EQ', 'NE', 'LE', 'LT', 'GE', 'GT', 'CONTAINS', 'NOT_CONTAINS', 'BEGINS_WITH'] as const;
    const wrong: Record<string, readonly number[]> = { NULL: [1], NOT_NULL: [1, 2], IN: [0], BETWEEN: [0, 1, 3] };
    for (const operator of one) wrong[operator] = [0, 2];
    for (const [operator, counts] of Object.entries(wrong)) {
      for (const count of counts) {
        const v = {
          ComparisonOperator: operator as ComparisonOperator,
          AttributeValueList: Array.from({ length: count }, () => ({ S: 'x' })),
        };
        const text = `Invalid number of argument(s) for the ${operator} ComparisonOperator`;
        await assert.rejects(put({ Expected: { v } }), invalid(text));
      }
    }
    await assert.rejects(
      put({ Expected: { v: { ComparisonOperator: 'NULL', Value: { S: 'x' } } } }),
      invalid('Invalid number of argument(s) for the NULL ComparisonOperator'),
    );
  });

  const composites: Readonly<Record<string, AttributeValue>> = {
    BOOL: { BOOL: true },
    NULL: { NULL: true },
    SS: { SS: ['x'] },
    NS: { NS: ['1'] },
    BS: { BS: [Uint8Array.of(1)] },
    L: { L: [] },
    M: { M: {} },
  };
  for (const operator of [
    'LE',
    'LT',
    'GE',
    'GT',
    'CONTAINS',
    'NOT_CONTAINS',
    'BEGINS_WITH',
    'IN',
    'BETWEEN',
  ] as const) {
    test(`${operator} takes scalars only`, async () => {
      const refused = operator === 'BEGINS_WITH' ? { ...composites, N: { N: '1' } } : composites;
      for (const [type, each] of Object.entries(refused)) {
        const v = { ComparisonOperator: operator, AttributeValueList: operator === 'BETWEEN' ? [each, each] : [each] };
        const text = `ComparisonOperator ${operator} is not valid for ${type} AttributeValue type`;
        await assert.rejects(put({ Expected: { v } }), invalid(text));
      }
    });
  }

  test('of IN and BETWEEN have one type (developer guide)', async () => {
    for (const ComparisonOperator of ['IN', 'BETWEEN'] as const) {
      await assert.rejects(
        put({ Expected: { v: { ComparisonOperator, AttributeValueList: [{ S: '1' }, { N: '2' }] } } }),
        invalid('AttributeValues inside AttributeValueList must be of same type'),
      );
    }
  });

  test('of BETWEEN stand in order', async () => {
    await assert.rejects(
      put({ Expected: { v: { ComparisonOperator: 'BETWEEN', AttributeValueList: [{ N: '2' }, { N: '1' }] } } }),
      validation('The BETWEEN condition was provided a range where the lower bound is greater than the upper bound'),
    );
  });

  test('are attribute values', async () => {
    await assert.rejects(
      put({ Expected: { v: { Value: { N: 'abc' } } } }),
      validation('The parameter cannot be converted to a numeric value: abc'),
    );
    await assert.rejects(
      put({ Expected: { v: { ComparisonOperator: 'EQ', AttributeValueList: [{ SS: [] }] } } }),
      invalid('An string set  may not be empty'),
    );
    const { status, body } = await server.call('PutItem', {
      TableName: table,
      Item: { pk: { S: 'a' }, sk: { N: '1' } },
      Expected: { v: { ComparisonOperator: 'EQ', AttributeValueList: [null] } },
    });
    assert.equal(status, 400);
    assert.match(String(body['message']), /^Supplied AttributeValue is empty/);
  });

  test('and operators have a shape', async () => {
    await assert.rejects(
      put({ Expected: { v: { ComparisonOperator: 'IS' as ComparisonOperator } } }),
      validation(
        "1 validation error detected: Value 'IS' at 'expected.v.member.comparisonOperator' failed to satisfy constraint: " +
          'Member must satisfy enum value set: [IN, NULL, BETWEEN, LT, NOT_CONTAINS, EQ, GT, NOT_NULL, NE, LE, BEGINS_WITH, GE, CONTAINS]',
      ),
    );
    const { status } = await server.call('PutItem', { TableName: table, Item: {}, Expected: { v: null } });
    assert.equal(status, 400);
  });
});

describe('Expected: limits and company', () => {
  test('300 conditions are as many as there may be', async () => {
    const many = (count: number): Expected => {
      return Object.fromEntries(Array.from({ length: count }, (_, i) => [`a${i}`, { Exists: false }]));
    };
    assert.ok(await holds(many(300)));
    await assert.rejects(
      put({ Expected: many(301) }),
      invalid('Too many conditions; number of conditions: 301, limit: 300'),
    );
  });

  test('has at most 10,000 values (our limit)', async () => {
    const oneOf = (count: number): Record<string, ExpectedAttributeValue> => ({
      pk: {
        ComparisonOperator: 'IN',
        AttributeValueList: Array.from({ length: count - 1 }, (_, i) => ({ S: `${i}` })).concat(KEY.pk),
      },
    });
    assert.ok(await holds(oneOf(10_000)));
    await assert.rejects(
      put({ Expected: oneOf(10_001) }),
      invalid('Too many values in AttributeValueList; number of values: 10001, limit: 10000'),
    );
  });

  test('does not go with expressions, even when empty', async () => {
    const mixed = (legacy: string, expressions: string) =>
      validation(
        'Can not use both expression and non-expression parameters in the same request: ' +
          `Non-expression parameters: {${legacy}} Expression parameters: {${expressions}}`,
      );
    const ConditionExpression = 'attribute_exists(pk)';
    for (const send of [put, update, remove]) {
      await assert.rejects(send({ ConditionExpression, Expected: {} }), mixed('Expected', 'ConditionExpression'));
      await assert.rejects(
        send({ ConditionExpression, ConditionalOperator: 'OR', Expected: {} }),
        mixed('Expected, ConditionalOperator', 'ConditionExpression'),
      );
    }
    await assert.rejects(
      update({ UpdateExpression: 'REMOVE x', ConditionExpression, Expected: {}, AttributeUpdates: {} }),
      mixed('AttributeUpdates, Expected', 'UpdateExpression, ConditionExpression'),
    );
  });

  test('has no use for names and values', async () => {
    await assert.rejects(
      put({ Expected: {}, ExpressionAttributeNames: { '#a': 'a' } }),
      validation('ExpressionAttributeNames can only be specified when using expressions'),
    );
    await assert.rejects(
      put({ Expected: {}, ExpressionAttributeValues: { ':a': { S: 'a' } } }),
      validation('ExpressionAttributeValues can only be specified when using expressions: ConditionExpression is null'),
    );
  });
});
