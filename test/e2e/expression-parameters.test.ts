/** Names, values and sizes: what a request's expression parameters may hold, and what they must go with. */
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { useServer } from './server.ts';

const server = useServer();
const KEY = { pk: { S: 'a' }, sk: { N: '1' } };
let table = '';

beforeEach(async () => {
  table = await server.createTable();
});

type Body = Readonly<Record<string, unknown>>;

/** The text of the error that a request has, or 'accepted'. */
async function answerTo(operation: string, request: Body): Promise<string> {
  const { status, body } = await server.call(operation, { TableName: table, ...request });
  if (status === 200 || String(body['__type']).endsWith('#ConditionalCheckFailedException')) return 'accepted';
  assert.equal(body['__type'], 'com.amazon.coral.validate#ValidationException');
  return String(body['message']);
}

const scan = (request: Body): Promise<string> => answerTo('Scan', request);
const update = (request: Body): Promise<string> => answerTo('UpdateItem', { Key: KEY, ...request });

const TOO_LARGE = 'Expression size has exceeded the maximum allowed size;';
const PAGE = { KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: { ':pk': KEY.pk } };

/** Each expression parameter, filled up to a size with an attribute's name. */
const FILLED: readonly (readonly [operation: string, parameter: string, text: (name: string) => string, rest: Body])[] =
  [
    ['PutItem', 'ConditionExpression', (name) => `a = ${name}`, { Item: KEY }],
    ['DeleteItem', 'ConditionExpression', (name) => `a = ${name}`, { Key: KEY }],
    ['UpdateItem', 'ConditionExpression', (name) => `a = ${name}`, { Key: KEY }],
    ['UpdateItem', 'UpdateExpression', (name) => `REMOVE ${name}`, { Key: KEY }],
    ['GetItem', 'ProjectionExpression', (name) => name, { Key: KEY }],
    ['Scan', 'ProjectionExpression', (name) => name, {}],
    ['Query', 'ProjectionExpression', (name) => name, PAGE],
    ['Scan', 'FilterExpression', (name) => `a = ${name}`, {}],
    ['Query', 'FilterExpression', (name) => `a = ${name}`, PAGE],
  ];

describe('an expression has 4,096 bytes at most', () => {
  for (const [operation, parameter, text, rest] of FILLED) {
    test(`${parameter} of ${operation}`, async () => {
      const overhead = text('').length;
      const send = (sizeBytes: number) =>
        answerTo(operation, { ...rest, [parameter]: text('b'.repeat(sizeBytes - overhead)) });
      assert.equal(await send(4_096), 'accepted');
      // Source of the two texts: https://github.com/pynamodb/PynamoDB/issues/979 for filters
      const sized = 'Expression size has exceeded the maximum allowed size; expression size: 4097';
      const error = parameter === 'FilterExpression' ? sized : TOO_LARGE;
      assert.equal(await send(4_097), `Invalid ${parameter}: ${error}`);
    });
  }

  test('counted as sent, in UTF-8, with its white space and before names and values are put in', async () => {
    const space = ' '.repeat(4_096 - 'attribute_exists(a)'.length);
    assert.equal(await scan({ FilterExpression: `attribute_exists(a)${space}` }), 'accepted');
    assert.match(await scan({ FilterExpression: `attribute_exists(a)${space} ` }), /expression size: 4097$/);
    assert.match(await scan({ FilterExpression: 'é'.repeat(2_049) }), /expression size: 4098$/);
    const long = { ExpressionAttributeNames: { '#n': 'n'.repeat(65_535) } };
    assert.equal(await scan({ FilterExpression: 'attribute_exists(#n)', ...long }), 'accepted');
  });

  test('a key condition too', async () => {
    const filled = (sizeBytes: number) => `pk = :pk${' '.repeat(sizeBytes - 'pk = :pk'.length)}`;
    const query = (KeyConditionExpression: string) => answerTo('Query', { ...PAGE, KeyConditionExpression });
    assert.equal(await query(filled(4_096)), 'accepted');
    assert.equal(await query(filled(4_097)), `Invalid KeyConditionExpression: ${TOO_LARGE}`);
  });
});

describe('ExpressionAttributeNames', () => {
  const filter = (names: Body, FilterExpression = 'attribute_exists(#a)') =>
    scan({ FilterExpression, ExpressionAttributeNames: names });
  const INVALID_KEY = 'ExpressionAttributeNames contains invalid key: ';

  test('are not empty, and neither are they', async () => {
    assert.equal(await filter({}), 'ExpressionAttributeNames must not be empty');
    assert.equal(
      await filter({ '#a': '' }),
      'ExpressionAttributeNames contains invalid value: Empty attribute name for key #a',
    );
  });

  test('have keys of a # and letters, digits and underscores, 255 characters in all', async () => {
    for (const key of ['a', '#', '#a-b', '#a.b', ':a', '', '# a', '#ä']) {
      assert.equal(await filter({ '#a': 'x', [key]: 'y' }), `${INVALID_KEY}Syntax error; key: "${key}"`);
    }
    const longest = `#${'a'.repeat(254)}`;
    assert.equal(await filter({ [longest]: 'x' }, `attribute_exists(${longest})`), 'accepted');
    assert.equal(
      await filter({ [`${longest}a`]: 'x' }),
      `${INVALID_KEY}The expression attribute map contains a key that is too long; key: "${longest}a"`,
    );
    assert.equal(await filter({ '#0_a': 'x' }, 'attribute_exists(#0_a)'), 'accepted');
  });

  test('are all used, whichever expression uses them', async () => {
    const names = { '#a': 'x', '#b': 'y', '#c': 'z' };
    assert.equal(
      await filter(names),
      'Value provided in ExpressionAttributeNames unused in expressions: keys: {#b, #c}',
    );
    const request = { FilterExpression: '#a = #b', ProjectionExpression: '#c', ExpressionAttributeNames: names };
    assert.equal(await scan(request), 'accepted');
  });

  test('need an expression', async () => {
    const ExpressionAttributeNames = { '#a': 'x' };
    for (const [operation, rest] of [
      ['GetItem', { Key: KEY }],
      ['PutItem', { Item: KEY }],
      ['UpdateItem', { Key: KEY }],
      ['DeleteItem', { Key: KEY }],
      ['Scan', {}],
      ['Query', {}],
      ['Scan', { ExpressionAttributeValues: { ':a': { S: 'x' } } }],
    ] as const) {
      assert.equal(
        await answerTo(operation, { ...rest, ExpressionAttributeNames }),
        'ExpressionAttributeNames can only be specified when using expressions',
      );
    }
  });
});

describe('ExpressionAttributeValues', () => {
  const filter = (values: Body, FilterExpression = 'a = :a') =>
    scan({ FilterExpression, ExpressionAttributeValues: values });
  const INVALID_KEY = 'ExpressionAttributeValues contains invalid key: ';

  test('are not empty', async () => {
    assert.equal(await filter({}), 'ExpressionAttributeValues must not be empty');
  });

  test('have keys of a colon and letters, digits and underscores, 255 characters in all', async () => {
    for (const key of ['a', ':', ':a-b', '#a', '']) {
      const values = { ':a': { S: 'x' }, [key]: { S: 'y' } };
      assert.equal(await filter(values), `${INVALID_KEY}Syntax error; key: "${key}"`);
    }
    const longest = `:${'a'.repeat(254)}`;
    assert.equal(await filter({ [longest]: { S: 'x' } }, `a = ${longest}`), 'accepted');
    assert.equal(
      await filter({ [`${longest}a`]: { S: 'x' } }),
      `${INVALID_KEY}The expression attribute map contains a key that is too long; key: "${longest}a"`,
    );
  });

  const INVALID = 'One or more parameter values were invalid: ';
  const refused: readonly (readonly [value: Body, error: string])[] = [
    [{}, 'Supplied AttributeValue is empty, must contain exactly one of the supported datatypes'],
    [
      { S: 'a', N: '1' },
      'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes',
    ],
    [{ N: 'x' }, 'The parameter cannot be converted to a numeric value: x'],
    [
      { L: [{ N: '1E126' }] },
      'Number overflow. Attempting to store a number with magnitude larger than supported range',
    ],
    [{ SS: [] }, `${INVALID}An string set  may not be empty`],
    [{ NS: ['1', '1.0'] }, 'Input collection contains duplicates'],
    [{ NULL: false }, `${INVALID}Null attribute value types must have the value of true`],
  ];
  for (const [value, error] of refused) {
    test(`are no ${JSON.stringify(value)}`, async () => {
      assert.equal(
        await filter({ ':a': value }),
        `ExpressionAttributeValues contains invalid value: ${error} for key :a`,
      );
    });
  }

  test('may be of any type, and empty', async () => {
    for (const value of [{ S: '' }, { B: '' }, { BOOL: false }, { NULL: true }, { L: [] }, { M: {} }, { SS: [''] }]) {
      assert.equal(await filter({ ':a': value }), 'accepted');
    }
  });

  test('are all used, whichever expression uses them', async () => {
    const values = { ':a': { N: '1' }, ':b': { N: '2' } };
    assert.equal(await filter(values), 'Value provided in ExpressionAttributeValues unused in expressions: keys: {:b}');
    const request = { UpdateExpression: 'SET v = :a', ConditionExpression: 'v = :b' };
    assert.equal(await update({ ...request, ExpressionAttributeValues: values }), 'accepted');
  });

  test('need an expression that can use them', async () => {
    const ExpressionAttributeValues = { ':a': { S: 'x' } };
    const text = 'ExpressionAttributeValues can only be specified when using expressions: ';
    for (const [operation, rest, missing] of [
      ['PutItem', { Item: KEY }, 'ConditionExpression is null'],
      ['DeleteItem', { Key: KEY }, 'ConditionExpression is null'],
      ['UpdateItem', { Key: KEY }, 'UpdateExpression and ConditionExpression are null'],
      ['Scan', {}, 'FilterExpression is null'],
      ['Scan', { ProjectionExpression: 'a' }, 'FilterExpression is null'],
      ['Query', {}, 'FilterExpression and KeyConditionExpression are null'],
    ] as const) {
      assert.equal(await answerTo(operation, { ...rest, ExpressionAttributeValues }), text + missing);
    }
  });

  test('have 2 MB at most, together with the names', async () => {
    // Source: "Expression parameters" under "Quotas and limits" in the developer guide, which has no error's text.
    const filled = (sizeBytes: number) => filter({ ':a': { S: 'x'.repeat(sizeBytes) } });
    assert.equal(await filled(2_000_000), 'accepted');
    assert.match(await filled(2_097_153), /exceeded the maximum allowed size$/);
  });
});

describe('reserved words', () => {
  test('are no names by themselves, in whatever case and place', async () => {
    for (const word of ['ABORT', 'abort', 'Zone', 'name', 'STATUS', 'user', 'Values', 'timestamp']) {
      const reserved = `Attribute name is a reserved keyword; reserved keyword: ${word}`;
      for (const path of [word, `a.${word}`, `${word}[0].b`]) {
        assert.equal(await scan({ ProjectionExpression: path }), `Invalid ProjectionExpression: ${reserved}`);
        assert.equal(await scan({ FilterExpression: `${path} = b` }), `Invalid FilterExpression: ${reserved}`);
        assert.equal(await update({ UpdateExpression: `REMOVE ${path}` }), `Invalid UpdateExpression: ${reserved}`);
      }
      const names = { '#n': word };
      assert.equal(await scan({ ProjectionExpression: '#n', ExpressionAttributeNames: names }), 'accepted');
    }
  });

  test('are not what only begins or ends with one', async () => {
    assert.equal(await scan({ ProjectionExpression: 'named, my_status, zone1, pk, id' }), 'accepted');
  });
});
