import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import {
  type AttributeValue,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { validation } from './errors.ts';
import { useServer } from './server.ts';

type Attributes = Record<string, AttributeValue>;

const server = useServer();
const KEY = { pk: { S: 'a' }, sk: { N: '1' } };
const n = (value: number | string): { N: string } => ({ N: String(value) });
const list = (...values: number[]): AttributeValue => ({ L: values.map(n) });
let table = '';

beforeEach(async () => {
  table = await server.createTable();
});

async function put(attributes: Attributes): Promise<void> {
  await server.client.send(new PutItemCommand({ TableName: table, Item: { ...KEY, ...attributes } }));
}

async function update(UpdateExpression: string, values?: Attributes): Promise<void> {
  const input: UpdateItemCommandInput = { TableName: table, Key: KEY, UpdateExpression };
  if (values !== undefined) input.ExpressionAttributeValues = values;
  await server.client.send(new UpdateItemCommand(input));
}

/** The item's attributes without its key. */
async function attributes(): Promise<Attributes> {
  const { Item } = await server.client.send(new GetItemCommand({ TableName: table, Key: KEY, ConsistentRead: true }));
  const { pk: _pk, sk: _sk, ...rest } = Item ?? {};
  return rest;
}

const INVALID_PATH = validation('The document path provided in the update expression is invalid for update');
const MISSING = validation('The provided expression refers to an attribute that does not exist in the item');
const OPERAND_TYPE = validation('An operand in the update expression has an incorrect data type');

describe('SET', () => {
  test('writes values of every type', async () => {
    const values: Attributes = {
      ':s': { S: '' },
      ':b': { B: Uint8Array.of() },
      ':bool': { BOOL: false },
      ':null': { NULL: true },
      ':ss': { SS: ['x'] },
      ':l': { L: [] },
      ':m': { M: {} },
    };
    const names = Object.keys(values).map((key) => `x${key.slice(1)} = ${key}`);
    await update(`SET ${names.join(', ')}`, values);
    assert.deepEqual(
      await attributes(),
      Object.fromEntries(Object.entries(values).map(([key, value]) => [`x${key.slice(1)}`, value])),
    );
  });

  test('copies and swaps attributes: all reads see the item as it was', async () => {
    await put({ a: n(1), b: n(2) });
    await update('SET a = b, b = a, c = a');
    assert.deepEqual(await attributes(), { a: n(2), b: n(1), c: n(1) });
  });

  test('adds and subtracts exactly', async () => {
    await put({ a: n('0.1'), big: n('9'.repeat(38)), small: n('1E-130') });
    await update('SET a = a + :x, b = :y - a, big = big - :one, small = small - small', {
      ':x': n('0.2'),
      ':y': n(-5),
      ':one': n(1),
    });
    assert.deepEqual(await attributes(), {
      a: n('0.3'),
      b: n('-5.1'),
      big: n('9'.repeat(37) + '8'),
      small: n(0),
    });
  });

  test('refuses results that no Number can hold', async () => {
    await put({ top: n('9.' + '9'.repeat(37) + 'E125'), wide: n('1'.repeat(38)) });
    await assert.rejects(
      update('SET top = top + top'),
      validation('Number overflow. Attempting to store a number with magnitude larger than supported range'),
    );
    await assert.rejects(
      update('SET wide = wide + :tiny', { ':tiny': n('0.1') }),
      validation('Attempting to store more than 38 significant digits in a Number'),
    );
  });

  test('and results that are too small or, of ADD, too large', async () => {
    await put({ low: n('1.1E-130'), top: n('9.' + '9'.repeat(37) + 'E125') });
    await assert.rejects(
      update('SET low = low - :v', { ':v': n('1E-130') }),
      validation('Number underflow. Attempting to store a number with magnitude smaller than supported range'),
    );
    await assert.rejects(
      update('ADD top :v', { ':v': n('1E125') }),
      validation('Number overflow. Attempting to store a number with magnitude larger than supported range'),
    );
    await update('SET low = low - :v ADD top :w', { ':v': n('1.1E-130'), ':w': n('-1E125') });
    assert.deepEqual((await attributes())['low'], n(0));
  });

  test('of arithmetic wants numbers that are there', async () => {
    await put({ s: { S: '1' } });
    await assert.rejects(update('SET s = s + :one', { ':one': n(1) }), OPERAND_TYPE);
    await assert.rejects(update('SET x = x + :one', { ':one': n(1) }), MISSING);
    await assert.rejects(update('SET x = y'), MISSING);
    await assert.rejects(
      update('SET x = :s + :one', { ':one': n(1), ':s': { S: '1' } }),
      validation(
        'Invalid UpdateExpression: Incorrect operand type for operator or function; operator or function: +, operand type: S',
      ),
    );
  });

  test('if_not_exists keeps what is there, and takes its second operand otherwise', async () => {
    await put({ a: n(1) });
    await update('SET a = if_not_exists(a, :v), b = if_not_exists(b, :v), c = if_not_exists(x, a) + :v', {
      ':v': n(9),
    });
    assert.deepEqual(await attributes(), { a: n(1), b: n(9), c: n(10) });
  });

  test('list_append puts lists together in either order', async () => {
    await put({ l: list(1, 2) });
    await update(
      'SET l = list_append(l, :more), m = list_append(:more, l), o = list_append(if_not_exists(o, :none), l)',
      {
        ':more': list(3),
        ':none': list(),
      },
    );
    assert.deepEqual(await attributes(), { l: list(1, 2, 3), m: list(3, 1, 2), o: list(1, 2) });
    await put({ l: { S: 'x' } });
    await assert.rejects(update('SET l = list_append(l, :more)', { ':more': list(3) }), OPERAND_TYPE);
  });

  test('writes inside maps and lists', async () => {
    await put({ m: { M: { l: list(1, 2, 3), k: n(0) } } });
    await update('SET m.l[1] = :v, m.k = :v, m.fresh = :v', { ':v': n(9) });
    assert.deepEqual(await attributes(), { m: { M: { l: list(1, 9, 3), k: n(9), fresh: n(9) } } });
  });

  test("past a list's end appends, in the order of the indices", async () => {
    await put({ l: list(0) });
    await update('SET l[9] = :nine, l[5] = :five, l[1] = :one', { ':one': n(1), ':five': n(5), ':nine': n(9) });
    assert.deepEqual(await attributes(), { l: list(0, 1, 5, 9) });
  });

  test('and REMOVE name the elements of a list as it was before', async () => {
    await put({ l: list(0, 1, 2, 3) });
    await update('REMOVE l[0], l[2] SET l[1] = l[3], l[3] = l[0], l[7] = :v', { ':v': n(9) });
    assert.deepEqual(await attributes(), { l: list(3, 0, 9) });
  });

  test('needs the maps and lists above', async () => {
    await put({ s: { S: 'x' }, l: list(1), m: { M: {} } });
    for (const path of ['absent.a', 'absent[0]', 's.a', 's[0]', 'l.a', 'm[0]', 'm.a.b', 'l[7].a']) {
      await assert.rejects(update(`SET ${path} = :v`, { ':v': n(1) }), INVALID_PATH, path);
    }
  });

  test('on a missing item needs them as well', async () => {
    await assert.rejects(update('SET m.a = :v', { ':v': n(1) }), INVALID_PATH);
    assert.deepEqual(await attributes(), {});
  });
});

describe('REMOVE', () => {
  test('takes away attributes, members and elements, and ignores those that are not there', async () => {
    await put({ a: n(1), b: n(2), m: { M: { x: n(1), y: n(2) } }, l: list(0, 1, 2, 3) });
    await update('REMOVE a, absent, m.x, m.absent, l[0], l[2], l[99]');
    assert.deepEqual(await attributes(), { b: n(2), m: { M: { y: n(2) } }, l: list(1, 3) });
  });

  test('needs the maps and lists above', async () => {
    await put({ a: n(1) });
    await assert.rejects(update('REMOVE absent.a'), INVALID_PATH);
    await assert.rejects(update('REMOVE a[0]'), INVALID_PATH);
  });
});

describe('ADD', () => {
  test('adds to numbers, starting from 0', async () => {
    await put({ a: n(5) });
    await update('ADD a :v, b :v', { ':v': n('-1.5') });
    assert.deepEqual(await attributes(), { a: n('3.5'), b: n('-1.5') });
  });

  test('adds members to sets, starting from the empty one', async () => {
    await put({ ss: { SS: ['a'] }, ns: { NS: ['1'] }, bs: { BS: [Uint8Array.of(1)] } });
    await update('ADD ss :ss, ns :ns, bs :bs, fresh :ss', {
      ':ss': { SS: ['a', 'b'] },
      ':ns': { NS: ['1.0', '2'] },
      ':bs': { BS: [Uint8Array.of(1), Uint8Array.of(2)] },
    });
    assert.deepEqual(await attributes(), {
      ss: { SS: ['a', 'b'] },
      ns: { NS: ['1', '2'] },
      bs: { BS: [Uint8Array.of(1), Uint8Array.of(2)] },
      fresh: { SS: ['a', 'b'] },
    });
  });

  test('does not mix types', async () => {
    await put({ s: { S: 'x' }, ss: { SS: ['a'] }, l: list(1) });
    for (const path of ['s', 'ss', 'l']) {
      await assert.rejects(update(`ADD ${path} :v`, { ':v': n(1) }), OPERAND_TYPE, path);
    }
    await assert.rejects(update('ADD ss :v', { ':v': { NS: ['1'] } }), OPERAND_TYPE);
    await assert.rejects(
      update('ADD x :v', { ':v': { S: 'x' } }),
      validation(
        'Invalid UpdateExpression: Incorrect operand type for operator or function; operator: ADD, operand type: STRING, typeSet: ALLOWED_FOR_ADD_OPERAND',
      ),
    );
  });
});

describe('DELETE', () => {
  test('takes members from sets; with the last the attribute goes', async () => {
    await put({ part: { SS: ['a', 'b', 'c'] }, whole: { NS: ['1', '2'] }, apart: { SS: ['z'] } });
    await update('DELETE part :ss, whole :ns, apart :ss, absent :ss', {
      ':ss': { SS: ['b', 'x'] },
      ':ns': { NS: ['2', '1.0'] },
    });
    assert.deepEqual(await attributes(), { part: { SS: ['a', 'c'] }, apart: { SS: ['z'] } });
  });

  test('is for sets of one type', async () => {
    await put({ v: n(1), ss: { SS: ['1'] } });
    await assert.rejects(update('DELETE v :v', { ':v': { SS: ['1'] } }), OPERAND_TYPE);
    await assert.rejects(update('DELETE ss :v', { ':v': { NS: ['1'] } }), OPERAND_TYPE);
    await assert.rejects(
      update('DELETE ss :v', { ':v': n(1) }),
      validation(
        'Invalid UpdateExpression: Incorrect operand type for operator or function; operator: DELETE, operand type: NUMBER, typeSet: ALLOWED_FOR_DELETE_OPERAND',
      ),
    );
  });
});

describe('an update expression', () => {
  test('does all four in one step, from the item as it was', async () => {
    await put({ a: n(1), gone: n(7), kept: n(1), tags: { SS: ['x', 'y'] } });
    await update('SET a = gone REMOVE gone ADD hits :one DELETE tags :x', {
      ':one': n(1),
      ':x': { SS: ['x'] },
    });
    assert.deepEqual(await attributes(), { a: n(7), kept: n(1), hits: n(1), tags: { SS: ['y'] } });
  });

  test('is refused before anything is looked at', async () => {
    const v = { ':v': n(1) };
    const cases: readonly (readonly [expression: string, values: Attributes | undefined, message: string])[] = [
      ['', undefined, 'The expression can not be empty;'],
      ['SET a = :v SET b = :v', v, 'The "SET" section can only be used once in an update expression;'],
      [
        'SET a = :v, a.b = :v',
        v,
        'Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a, b]',
      ],
      [
        'SET a[0] = :v, a.b = :v',
        v,
        'Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [a, [0]], path two: [a, b]',
      ],
      ['SET a = :w', v, 'An expression attribute value used in expression is not defined; attribute value: :w'],
      ['SET name = :v', v, 'Attribute name is a reserved keyword; reserved keyword: name'],
      [
        'REMOVE #n',
        undefined,
        'An expression attribute name used in the document path is not defined; attribute name: #n',
      ],
    ];
    for (const [expression, values, message] of cases) {
      await assert.rejects(update(expression, values), validation(`Invalid UpdateExpression: ${message}`));
    }
    await assert.rejects(
      update('SET a = :v', { ...v, ':w': n(1) }),
      validation('Value provided in ExpressionAttributeValues unused in expressions: keys: {:w}'),
    );
  });

  test('makes items of up to 409,600 bytes', async () => {
    // pk 2 + 1, sk 2 + 2, the name v 1
    const room = 409_600 - 8;
    await update('SET v = :v', { ':v': { S: 'x'.repeat(room) } });
    const tooLarge = validation('Item size to update has exceeded the maximum allowed size');
    await assert.rejects(update('SET w = :v', { ':v': { S: '' } }), tooLarge);
    await assert.rejects(update('SET v = :v', { ':v': { S: 'x'.repeat(room + 1) } }), tooLarge);
    await update('REMOVE v SET w = :v', { ':v': { S: 'x'.repeat(room) } });
  });

  test('makes items of up to 31 levels', async () => {
    let deep: AttributeValue = { L: [] };
    for (let level = 1; level < 31; level++) deep = { L: [deep] };
    await update('SET v = :v', { ':v': deep });
    await assert.rejects(
      update('SET w = :v', { ':v': { L: [deep] } }),
      validation(
        'ExpressionAttributeValues contains invalid value: Nesting Levels have exceeded supported limits: ' +
          'Attributes in the item have nested levels beyond supported limit for key :v',
      ),
    );
    await update('SET m = :m', { ':m': { M: {} } });
    await assert.rejects(
      update('SET m.deep = :v', { ':v': deep }),
      validation('Nesting Levels have exceeded supported limits'),
    );
  });
});
