import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { type AttributeValue, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { validation } from './errors.ts';
import { useServer } from './server.ts';

const server = useServer();
let table = '';

beforeEach(async () => {
  table = await server.createTable({
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
  });
});

const pk = { S: 'p' };

async function put(attributes: Record<string, AttributeValue>): Promise<void> {
  await server.client.send(new PutItemCommand({ TableName: table, Item: { pk, ...attributes } }));
}

/** What a value is once it has been put and got. */
async function roundTrip(value: AttributeValue): Promise<AttributeValue | undefined> {
  await put({ v: value });
  const { Item } = await server.client.send(new GetItemCommand({ TableName: table, Key: { pk } }));
  return Item?.['v'];
}

/** Sends a value as it stands; the SDK would refuse or change some. */
async function putRaw(value: unknown): Promise<string> {
  const { status, body } = await server.call('PutItem', { TableName: table, Item: { pk, v: value } });
  return status === 200 ? 'accepted' : String(body['message'] ?? body['Message']);
}

const INVALID = 'One or more parameter values were invalid: ';

describe('values of every type come back as they went in', () => {
  const values: Record<string, AttributeValue> = {
    S: { S: 'text' },
    'S, empty': { S: '' },
    'S, beyond the basic plane': { S: 'naïve 日本語 😀 \u0000 "\\/ \u2028' },
    N: { N: '-12.5' },
    B: { B: Uint8Array.of(0, 127, 128, 255) },
    'B, empty': { B: Uint8Array.of() },
    'BOOL true': { BOOL: true },
    'BOOL false': { BOOL: false },
    NULL: { NULL: true },
    SS: { SS: ['a', 'b', ''] },
    NS: { NS: ['3', '1', '-2.5'] },
    BS: { BS: [Uint8Array.of(1), Uint8Array.of()] },
    L: { L: [{ S: 'a' }, { N: '1' }, { L: [] }] },
    'L, empty': { L: [] },
    M: { M: { a: { S: 'x' }, b: { M: { c: { NULL: true } } } } },
    'M, empty': { M: {} },
  };
  for (const [name, value] of Object.entries(values)) {
    test(name, async () => assert.deepEqual(await roundTrip(value), value));
  }
});

describe('numbers', () => {
  const canonical: readonly (readonly [written: string, read: string])[] = [
    ['+5', '5'],
    ['5.', '5'],
    ['.5', '0.5'],
    ['00042', '42'],
    ['1.5E2', '150'],
    ['1e-3', '0.001'],
    ['-0', '0'],
    ['0.00', '0'],
    ['100', '100'],
    ['1.10', '1.1'],
    ['9'.repeat(38), '9'.repeat(38)],
    ['-' + '9'.repeat(38), '-' + '9'.repeat(38)],
    ['0.' + '1'.repeat(38), '0.' + '1'.repeat(38)],
    ['1E125', '1' + '0'.repeat(125)],
    ['1E-130', '0.' + '0'.repeat(129) + '1'],
    ['1' + '0'.repeat(60), '1' + '0'.repeat(60)],
    ['0'.repeat(50) + '1', '1'],
    ['0.' + '0'.repeat(140), '0'],
    ['-0e5', '0'],
    ['9'.repeat(38) + 'E+88', '9'.repeat(38) + '0'.repeat(88)],
    ['-9.' + '9'.repeat(37) + 'e125', '-' + '9'.repeat(38) + '0'.repeat(88)],
    ['-1E-130', '-0.' + '0'.repeat(129) + '1'],
    ['12.5E-131', '0.' + '0'.repeat(129) + '125'],
  ];
  for (const [written, read] of canonical) {
    test(`${written} is read as ${read}`, async () => assert.deepEqual(await roundTrip({ N: written }), { N: read }));
  }

  const overflow = 'Number overflow. Attempting to store a number with magnitude larger than supported range';
  const underflow = 'Number underflow. Attempting to store a number with magnitude smaller than supported range';
  const refused: readonly (readonly [written: string, error: string])[] = [
    ['1E126', overflow],
    ['-1E126', overflow],
    ['0e126', overflow],
    ['9.99E125000000000000', overflow],
    ['9.' + '9'.repeat(37) + 'E126', overflow],
    ['1E99999999999', overflow],
    ['1E-131', underflow],
    ['1E-99999999999', underflow],
    ['-1E-131', underflow],
    ['1'.repeat(39), 'Attempting to store more than 38 significant digits in a Number'],
    ['1.' + '1'.repeat(38), 'Attempting to store more than 38 significant digits in a Number'],
    ['', 'The parameter cannot be converted to a numeric value'],
    ['abc', 'The parameter cannot be converted to a numeric value: abc'],
    ['1 ', 'The parameter cannot be converted to a numeric value: 1 '],
    ['0x10', 'The parameter cannot be converted to a numeric value: 0x10'],
    ['Infinity', 'The parameter cannot be converted to a numeric value: Infinity'],
    ['NaN', 'The parameter cannot be converted to a numeric value: NaN'],
    [' 1', 'The parameter cannot be converted to a numeric value:  1'],
    ['1e', 'The parameter cannot be converted to a numeric value: 1e'],
    ['.', 'The parameter cannot be converted to a numeric value: .'],
    ['+', 'The parameter cannot be converted to a numeric value: +'],
    ['--1', 'The parameter cannot be converted to a numeric value: --1'],
    ['1,000', 'The parameter cannot be converted to a numeric value: 1,000'],
    ['1_000', 'The parameter cannot be converted to a numeric value: 1_000'],
    ['٣', 'The parameter cannot be converted to a numeric value: ٣'],
  ];
  for (const [written, error] of refused) {
    test(`'${written}' is refused`, () => assert.rejects(put({ v: { N: written } }), validation(error)));
  }

  test('are refused deep inside as well', async () => {
    await assert.rejects(put({ v: { L: [{ M: { a: { NS: ['1', 'x'] } } }] } }), {
      message: 'The parameter cannot be converted to a numeric value: x',
    });
  });
});

describe('sets', () => {
  test('are not empty', async () => {
    assert.equal(await putRaw({ SS: [] }), `${INVALID}An string set  may not be empty`);
    assert.equal(await putRaw({ NS: [] }), `${INVALID}An number set  may not be empty`);
    assert.equal(await putRaw({ BS: [] }), `${INVALID}Binary sets should not be empty`);
  });

  test('have no member twice; numbers are the same by value', async () => {
    assert.equal(await putRaw({ SS: ['a', 'b', 'a'] }), `${INVALID}Input collection [a, b, a] contains duplicates.`);
    assert.equal(await putRaw({ NS: ['1', '1.0'] }), 'Input collection contains duplicates');
    assert.equal(
      await putRaw({ BS: ['YQ==', 'YQ=='] }),
      `${INVALID}Input collection [YQ==, YQ==]of type BS contains duplicates.`,
    );
  });

  test('of numbers are read in canonical form', async () => {
    assert.deepEqual(await roundTrip({ NS: ['1e1', '-0', '2.50'] }), { NS: ['10', '0', '2.5'] });
  });
});

describe('a value', () => {
  test('has exactly one type', async () => {
    const more =
      'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes';
    const none = 'Supplied AttributeValue is empty, must contain exactly one of the supported datatypes';
    assert.equal(await putRaw({ S: 'a', N: '1' }), more);
    assert.equal(await putRaw({}), none);
    assert.equal(await putRaw(null), none);
    assert.equal(await putRaw({ S: null }), none);
    assert.equal(await putRaw({ X: 'a' }), none);
    assert.equal(await putRaw({ L: [{}] }), none);
    assert.equal(await putRaw({ S: 'a', N: null }), 'accepted');
  });

  test('of type NULL is true', async () => {
    assert.equal(await putRaw({ NULL: false }), `${INVALID}Null attribute value types must have the value of true`);
  });
});

describe('nesting', () => {
  const nested = (levels: number, wrap: (inner: AttributeValue) => AttributeValue): AttributeValue => {
    let value: AttributeValue = { S: 'x' };
    for (let level = 0; level < levels; level++) value = wrap(value);
    return value;
  };
  const inMap = (inner: AttributeValue): AttributeValue => ({ M: { m: inner } });
  const inList = (inner: AttributeValue): AttributeValue => ({ L: [inner] });

  for (const [name, wrap] of [['maps', inMap] as const, ['lists', inList] as const]) {
    test(`31 ${name} in each other are stored, 32 are not`, async () => {
      const deepest = nested(31, wrap);
      assert.deepEqual(await roundTrip(deepest), deepest);
      // Source: what the service answered in https://github.com/nubo-db/dynoxide/issues/110
      const tooDeep =
        'Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit';
      await assert.rejects(put({ v: nested(32, wrap) }), validation(tooDeep));
    });
  }

  test('of 100,000 levels is an error and no hang', async () => {
    const deep = 100_000;
    const text = `{"TableName":"${table}","Item":{"pk":{"S":"p"},"v":${'{"L":['.repeat(deep)}${']}'.repeat(deep)}}}`;
    const { status, body } = await server.call('PutItem', text);
    assert.equal(status, 400);
    assert.equal(body['__type'], 'com.amazon.coral.service#SerializationException');
  });
});

describe('the size of an item', () => {
  const TOO_LARGE = validation('Item size has exceeded the maximum allowed size');
  /** The bytes of `pk`, its value and the name `v`. */
  const REST = 2 + 1 + 1;

  test('is 409,600 bytes at most', async () => {
    await put({ v: { S: 'x'.repeat(409_600 - REST) } });
    await assert.rejects(put({ v: { S: 'x'.repeat(409_600 - REST + 1) } }), TOO_LARGE);
  });

  test('counts strings and names in UTF-8, and binary in bytes', async () => {
    await put({ v: { S: '日'.repeat((409_600 - REST) / 3) } });
    await assert.rejects(put({ v: { S: '日'.repeat((409_600 - REST) / 3 + 1) } }), TOO_LARGE);
    await put({ v: { B: new Uint8Array(409_600 - REST) } });
    await assert.rejects(put({ é: { B: new Uint8Array(409_600 - REST) } }), TOO_LARGE);
  });

  test('counts 3 bytes for a list or map and 1 for each element, and 1 for BOOL and NULL', async () => {
    // v: 3 + (1 + 1) + (1 + 1) + (1 + 3 + 1 + 1 + string)
    const value = (length: number): AttributeValue => ({
      L: [{ BOOL: true }, { NULL: true }, { M: { m: { S: 'x'.repeat(length) } } }],
    });
    const length = 409_600 - REST - 13;
    await put({ v: value(length) });
    await assert.rejects(put({ v: value(length + 1) }), TOO_LARGE);
  });

  test('counts the members of sets, and nothing for the sets', async () => {
    // 1,000 strings of 100 bytes, numbers of two bytes each, and binaries of 100 bytes; their names are a byte each.
    const members = Array.from({ length: 1_000 }, (_, i) => `${i}`.padStart(100, 'm'));
    const sets = {
      a: { SS: members },
      b: { NS: Array.from({ length: 50 }, (_, i) => `${i + 10}`) },
      c: { BS: members.map((member) => Buffer.from(member)) },
    };
    const length = 409_600 - REST - (1 + 100_000) - (1 + 50 * 2) - (1 + 100_000);
    await put({ ...sets, v: { S: 'x'.repeat(length) } });
    await assert.rejects(put({ ...sets, v: { S: 'x'.repeat(length + 1) } }), TOO_LARGE);
    // Inside a map as well: https://github.com/ExtendDB/extenddb/issues/90
    await assert.rejects(
      put({ v: { M: { c: { BS: [Buffer.alloc(204_790, 1), Buffer.alloc(204_810, 2)] } } } }),
      TOO_LARGE,
    );
  });

  test('counts a byte for two digits of a number, one for itself and one for its sign', async () => {
    // 12345 is 1 + 3, -12345 is 1 + 3 + 1, 100 is 1 + 1
    const numbers = { a: { N: '12345' }, b: { N: '-12345' }, c: { N: '100' } };
    const length = 409_600 - REST - 3 - 4 - 5 - 2;
    await put({ ...numbers, v: { S: 'x'.repeat(length) } });
    await assert.rejects(put({ ...numbers, v: { S: 'x'.repeat(length + 1) } }), TOO_LARGE);
  });
});

describe('attribute names', () => {
  test('are any text: those of JavaScript, of expressions and beyond ASCII', async () => {
    const names = [
      '__proto__',
      'constructor',
      'toString',
      'hasOwnProperty',
      'a.b',
      '#n',
      ':v',
      'SELECT',
      ' ',
      '日本😀',
    ];
    const members = names.map((name, i) => `${JSON.stringify(name)}:{"N":"${i}"}`).join(',');
    const item = `{"pk":{"S":"p"},${members},"map":{"M":{${members}}}}`;
    const written = await server.call('PutItem', `{"TableName":"${table}","Item":${item}}`);
    assert.equal(written.status, 200);
    const read = await server.call('GetItem', { TableName: table, Key: { pk } });
    assert.deepEqual(read.body['Item'], JSON.parse(item));
  });

  test('work in expressions behind placeholders, __proto__ too', async () => {
    const values = '{":v":{"S":"x"}}';
    for (const name of ['__proto__', 'constructor', 'toString']) {
      const names = JSON.stringify({ '#n': name });
      const call = (operation: string, rest: string) =>
        server.call(
          operation,
          `{"TableName":"${table}","Key":{"pk":{"S":"${name}"}},"ExpressionAttributeNames":${names},${rest}}`,
        );
      const created = await call(
        'UpdateItem',
        `"UpdateExpression":"SET #n = :v","ConditionExpression":"attribute_not_exists(#n)","ExpressionAttributeValues":${values},"ReturnValues":"UPDATED_NEW"`,
      );
      assert.equal(created.status, 200);
      assert.deepEqual(created.body['Attributes'], JSON.parse(`{${JSON.stringify(name)}:{"S":"x"}}`));
      const projected = await call('GetItem', '"ProjectionExpression":"#n"');
      assert.deepEqual(projected.body['Item'], created.body['Attributes']);
      const nested = await call(
        'UpdateItem',
        `"UpdateExpression":"SET #n.#n = :v","ExpressionAttributeValues":${values}`,
      );
      assert.match(String(nested.body['message']), /^The document path provided in the update expression is invalid/);
    }
  });

  test('hold 1 to 65,535 bytes', async () => {
    await assert.rejects(
      put({ '': { S: 'x' } }),
      validation(`${INVALID}Attribute name must have at least one character`),
    );
    const longest = 'n'.repeat(65_535);
    await put({ [longest]: { S: '' } });
    await assert.rejects(
      put({ [`${longest}n`]: { S: '' } }),
      validation(`${INVALID}Attribute name is too large, must be less than 65536 bytes`),
    );
  });
});
