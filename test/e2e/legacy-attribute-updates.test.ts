/** AttributeUpdates of UpdateItem. */
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import {
  type AttributeValue,
  type AttributeValueUpdate,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { validation } from './errors.ts';
import { INDEXED_TABLE, queryIndex } from './indexed-table.ts';
import { useServer } from './server.ts';

const server = useServer();
const KEY = { pk: { S: 'a' }, sk: { N: '1' } };
const ITEM: Record<string, AttributeValue> = {
  ...KEY,
  text: { S: 'hello' },
  number: { N: '10' },
  texts: { SS: ['x', 'y'] },
  numbers: { NS: ['1', '2'] },
  list: { L: [{ S: 'x' }] },
  map: { M: { inner: { S: 'x' } } },
};
const MISSING = { pk: { S: 'missing' }, sk: { N: '1' } };
const MISMATCH = validation('Type mismatch for attribute to update');
let table = '';

beforeEach(async () => {
  table = await server.createTable();
  await server.client.send(new PutItemCommand({ TableName: table, Item: ITEM }));
});

function update(AttributeUpdates: Record<string, AttributeValueUpdate>, input: Partial<UpdateItemCommandInput> = {}) {
  return server.client.send(new UpdateItemCommand({ TableName: table, Key: KEY, AttributeUpdates, ...input }));
}

async function stored(Key = KEY) {
  const { Item } = await server.client.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true }));
  return Item;
}

function invalid(text: string) {
  return validation(`One or more parameter values were invalid: ${text}`);
}

describe('AttributeUpdates: PUT', () => {
  test('adds or replaces attributes, and is the default', async () => {
    await update({ text: { Action: 'PUT', Value: { N: '1' } }, extra: { Value: { L: [] } } });
    assert.deepEqual(await stored(), { ...ITEM, text: { N: '1' }, extra: { L: [] } });
  });

  test('creates a missing item', async () => {
    await update({ extra: { Value: { S: 'new' } } }, { Key: MISSING });
    assert.deepEqual(await stored(MISSING), { ...MISSING, extra: { S: 'new' } });
  });

  test('takes a dot or a bracket as part of a name', async () => {
    await update({ 'map.inner': { Value: { S: 'dotted' } }, 'list[0]': { Value: { S: 'bracketed' } } });
    assert.deepEqual(await stored(), { ...ITEM, 'map.inner': { S: 'dotted' }, 'list[0]': { S: 'bracketed' } });
  });
});

describe('AttributeUpdates: DELETE', () => {
  test('without a value removes the attribute, whatever it is', async () => {
    await update({ text: { Action: 'DELETE' }, map: { Action: 'DELETE' }, absent: { Action: 'DELETE' } });
    const { text: _text, map: _map, ...rest } = ITEM;
    assert.deepEqual(await stored(), rest);
  });

  test('with a set takes its members away, and the attribute with the last one', async () => {
    await update({ texts: { Action: 'DELETE', Value: { SS: ['x', 'z'] } } });
    assert.deepEqual((await stored())?.['texts'], { SS: ['y'] });
    await update({ texts: { Action: 'DELETE', Value: { SS: ['y'] } } });
    assert.equal((await stored())?.['texts'], undefined);
    await update({ texts: { Action: 'DELETE', Value: { SS: ['y'] } } });
  });

  test('leaves a missing item missing (API reference)', async () => {
    await update({ text: { Action: 'DELETE' } }, { Key: MISSING });
    await update({ texts: { Action: 'DELETE', Value: { SS: ['x'] } } }, { Key: MISSING });
    assert.equal(await stored(MISSING), undefined);
  });

  test('with a value of no set is refused', async () => {
    const values: Readonly<Record<string, AttributeValue>> = {
      S: { S: 'hello' },
      N: { N: '1' },
      B: { B: Uint8Array.of(1) },
      BOOL: { BOOL: true },
      NULL: { NULL: true },
      L: { L: [] },
      M: { M: {} },
    };
    for (const [type, Value] of Object.entries(values)) {
      await assert.rejects(
        update({ text: { Action: 'DELETE', Value } }),
        invalid(`DELETE action with value is not supported for the type ${type}`),
      );
    }
  });

  test('of members from what is no set, or one of another type, is refused', async () => {
    await assert.rejects(update({ text: { Action: 'DELETE', Value: { SS: ['x'] } } }), MISMATCH);
    await assert.rejects(update({ numbers: { Action: 'DELETE', Value: { SS: ['1'] } } }), MISMATCH);
    assert.deepEqual(await stored(), ITEM);
  });
});

describe('AttributeUpdates: ADD', () => {
  test('adds numbers, from 0 where there was none', async () => {
    await update({ number: { Action: 'ADD', Value: { N: '-12' } }, extra: { Action: 'ADD', Value: { N: '3' } } });
    assert.deepEqual(await stored(), { ...ITEM, number: { N: '-2' }, extra: { N: '3' } });
  });

  test('adds members to sets, and makes sets', async () => {
    await update({
      texts: { Action: 'ADD', Value: { SS: ['y', 'z'] } },
      extra: { Action: 'ADD', Value: { NS: ['1'] } },
    });
    const item = await stored();
    assert.deepEqual(item?.['texts']?.SS?.toSorted(), ['x', 'y', 'z']);
    assert.deepEqual(item?.['extra'], { NS: ['1'] });
  });

  test('appends to lists, and makes lists, which ADD of an UpdateExpression does not', async () => {
    await update({
      list: { Action: 'ADD', Value: { L: [{ S: 'x' }, { N: '1' }] } },
      extra: { Action: 'ADD', Value: { L: [{ S: 'first' }] } },
    });
    const item = await stored();
    assert.deepEqual(item?.['list'], { L: [{ S: 'x' }, { S: 'x' }, { N: '1' }] });
    assert.deepEqual(item?.['extra'], { L: [{ S: 'first' }] });
  });

  test('creates a missing item', async () => {
    await update({ number: { Action: 'ADD', Value: { N: '3' } } }, { Key: MISSING });
    assert.deepEqual(await stored(MISSING), { ...MISSING, number: { N: '3' } });
  });

  test('of other types is refused', async () => {
    const values: Readonly<Record<string, AttributeValue>> = {
      S: { S: 'hello' },
      B: { B: Uint8Array.of(1) },
      BOOL: { BOOL: true },
      NULL: { NULL: true },
      M: { M: {} },
    };
    for (const [type, Value] of Object.entries(values)) {
      await assert.rejects(
        update({ text: { Action: 'ADD', Value } }),
        invalid(`ADD action is not supported for the type ${type}`),
      );
    }
  });

  test('to a value of another type is refused', async () => {
    await assert.rejects(update({ text: { Action: 'ADD', Value: { N: '1' } } }), MISMATCH);
    await assert.rejects(update({ texts: { Action: 'ADD', Value: { NS: ['1'] } } }), MISMATCH);
    await assert.rejects(update({ texts: { Action: 'ADD', Value: { L: [{ S: 'x' }] } } }), MISMATCH);
    await assert.rejects(update({ list: { Action: 'ADD', Value: { N: '1' } } }), MISMATCH);
    assert.deepEqual(await stored(), ITEM);
  });

  test('may not make an item too large', async () => {
    const half = { L: [{ S: 'x'.repeat(250_000) }] };
    await update({ list: { Action: 'ADD', Value: half } });
    await assert.rejects(
      update({ list: { Action: 'ADD', Value: half } }),
      validation('Item size to update has exceeded the maximum allowed size'),
    );
  });

  test('may not leave the range of numbers', async () => {
    await update({ number: { Value: { N: '9e125' } } });
    await assert.rejects(
      update({ number: { Action: 'ADD', Value: { N: '9e125' } } }),
      validation('Number overflow. Attempting to store a number with magnitude larger than supported range'),
    );
  });
});

describe('AttributeUpdates: ReturnValues', () => {
  const updates: Record<string, AttributeValueUpdate> = {
    number: { Action: 'ADD', Value: { N: '1' } },
    text: { Action: 'DELETE' },
    extra: { Value: { S: 'new' } },
  };
  const { text: _text, ...rest } = ITEM;
  const expected = {
    ALL_OLD: ITEM,
    ALL_NEW: { ...rest, number: { N: '11' }, extra: { S: 'new' } },
    UPDATED_OLD: { number: { N: '10' }, text: { S: 'hello' } },
    UPDATED_NEW: { number: { N: '11' }, extra: { S: 'new' } },
    NONE: undefined,
  } as const;
  for (const [ReturnValues, Attributes] of Object.entries(expected)) {
    test(ReturnValues, async () => {
      const answer = await update(updates, { ReturnValues: ReturnValues as keyof typeof expected });
      assert.deepEqual(answer.Attributes, Attributes);
    });
  }
});

describe('AttributeUpdates: what is refused', () => {
  test('no value for anything but DELETE', async () => {
    const text = 'Only DELETE action is allowed when no attribute value is specified';
    for (const Action of ['PUT', 'ADD', undefined] as const) {
      await assert.rejects(update({ text: { Action } }), invalid(text));
    }
  });

  test('attributes of the key', async () => {
    const ofKey = (name: string) => invalid(`Cannot update attribute ${name}. This attribute is part of the key`);
    await assert.rejects(update({ pk: { Value: { S: 'a' } } }), ofKey('pk'));
    await assert.rejects(update({ text: { Action: 'DELETE' }, sk: { Action: 'DELETE' } }), ofKey('sk'));
  });

  test('an empty name', async () => {
    await assert.rejects(
      update({ '': { Value: { S: 'x' } } }),
      invalid('Attribute name must have at least one character'),
    );
  });

  test('a name of more than 65,535 bytes', async () => {
    await update({ ['x'.repeat(65_535)]: { Value: { S: 'x' } } });
    await assert.rejects(
      update({ ['x'.repeat(65_536)]: { Value: { S: 'x' } } }),
      invalid('Attribute name is too large, must be less than 65536 bytes'),
    );
  });

  test('values that are none', async () => {
    await assert.rejects(
      update({ text: { Value: { N: 'abc' } } }),
      validation('The parameter cannot be converted to a numeric value: abc'),
    );
    await assert.rejects(
      update({ texts: { Action: 'DELETE', Value: { SS: [] } } }),
      invalid('An string set  may not be empty'),
    );
  });

  test('another action', async () => {
    await assert.rejects(
      update({ text: { Action: 'SET' as 'PUT', Value: { S: 'x' } } }),
      validation(
        "1 validation error detected: Value 'SET' at 'attributeUpdates.text.member.action' failed to satisfy constraint: " +
          'Member must satisfy enum value set: [ADD, PUT, DELETE]',
      ),
    );
  });

  test('the company of an UpdateExpression', async () => {
    await assert.rejects(
      update({}, { UpdateExpression: 'REMOVE x' }),
      validation(
        'Can not use both expression and non-expression parameters in the same request: ' +
          'Non-expression parameters: {AttributeUpdates} Expression parameters: {UpdateExpression}',
      ),
    );
  });
});

describe('AttributeUpdates: index keys', () => {
  beforeEach(async () => {
    table = await server.createTable(INDEXED_TABLE);
  });

  test('put and removed move the item in the index', async () => {
    await update({ color: { Value: { S: 'red' } }, weight: { Action: 'ADD', Value: { N: '3' } } });
    const entry = { ...KEY, color: { S: 'red' }, weight: { N: '3' } };
    assert.deepEqual(await queryIndex(server, table, 'by-color', 'color', { S: 'red' }), [entry]);
    await update({ weight: { Action: 'DELETE' } });
    assert.deepEqual(await queryIndex(server, table, 'by-color', 'color', { S: 'red' }), []);
  });

  test('of another type are refused (https://github.com/aws/aws-sdk-java/issues/905)', async () => {
    await assert.rejects(update({ color: { Value: { B: Uint8Array.of(1) } } }), MISMATCH);
    await assert.rejects(update({ weight: { Action: 'ADD', Value: { NS: ['1'] } } }), MISMATCH);
  });

  test('that are empty or too large are refused as in a put', async () => {
    await assert.rejects(
      update({ color: { Value: { S: '' } } }),
      validation(
        'One or more parameter values are not valid. A value specified for a secondary index key is not supported. ' +
          'The AttributeValue for a key attribute cannot contain an empty string value. IndexName: by-color, IndexKey: color',
      ),
    );
    await assert.rejects(
      update({ code: { Value: { B: new Uint8Array(2_049) } } }),
      invalid('Size of hashkey has exceeded the maximum size limit of2048 bytes'),
    );
  });
});

describe('AttributeUpdates: nothing to do', () => {
  test('leaves an item as it is, and creates a missing one from its key', async () => {
    await update({});
    assert.deepEqual(await stored(), ITEM);
    await update({}, { Key: MISSING });
    assert.deepEqual(await stored(MISSING), MISSING);
  });

  test('null is no value (sent by old clients with DELETE)', async () => {
    const { status } = await server.call('UpdateItem', {
      TableName: table,
      Key: KEY,
      AttributeUpdates: { text: { Action: 'DELETE', Value: null } },
    });
    assert.equal(status, 200);
    assert.equal((await stored())?.['text'], undefined);
  });
});

describe('AttributeUpdates: many at once', () => {
  test('lose none', async () => {
    const adds = Array.from({ length: 20 }, (_, i) =>
      update({ number: { Action: 'ADD', Value: { N: '1' } }, list: { Action: 'ADD', Value: { L: [{ N: `${i}` }] } } }),
    );
    await Promise.all(adds);
    const item = await stored();
    assert.deepEqual(item?.['number'], { N: '30' });
    assert.equal(item?.['list']?.L?.length, 21);
  });
});

describe('AttributeUpdates: their size', () => {
  // 80,000 names of 5 bytes each: the rest of 409,600 bytes is one value's.
  const NAMES = Array.from({ length: 80_000 }, (_, i) => `${10_000 + i}`);
  const REST = 409_600 - NAMES.length * 5;
  const TOO_LARGE = validation('Item size to update has exceeded the maximum allowed size');
  const removals = (valueBytes: number): Record<string, AttributeValueUpdate> => ({
    ...Object.fromEntries(NAMES.map((name) => [name, { Action: 'DELETE' }])),
    v: { Action: 'DELETE', Value: { SS: ['x'.repeat(valueBytes)] } },
  });

  test('of what is written is what an item can have at most', async () => {
    const all = Object.fromEntries(NAMES.map((name) => [name, { Value: { S: '' } }]));
    const Key = { pk: { S: 'b' }, sk: { N: '1' } };
    // Two names of the key and its values: 2 + 1, 2 + 2. Then the name of the value itself.
    const left = REST - 7 - 1;
    await update({ ...all, v: { Value: { S: 'x'.repeat(left) } } }, { Key });
    assert.equal(Object.keys((await stored(Key)) ?? {}).length, 80_003);
    await assert.rejects(update({ ...all, v: { Value: { S: 'x'.repeat(left + 1) } } }, { Key }), TOO_LARGE);
  });

  test('is no larger than an item for what is taken away either (our limit)', async () => {
    await update(removals(REST - 1));
    assert.deepEqual(await stored(), ITEM);
    await assert.rejects(update(removals(REST)), TOO_LARGE);
  });

  test('is found out before any table is looked for', async () => {
    const none = { TableName: 'no-table' };
    await assert.rejects(update(removals(REST), none), TOO_LARGE);
  });
});
