/**
 * Which of several errors of a request is reported: for each operation everything that can be wrong at once, in the
 * order in which it is found. `wire.test.ts` has that of UpdateItem.
 */
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { useServer } from './server.ts';

const server = useServer();
const KEY = { pk: { S: 'a' }, sk: { N: '1' } };
let table = '';

beforeEach(async () => {
  table = await server.createTable();
  await server.call('PutItem', { TableName: table, Item: KEY });
});

type Body = Readonly<Record<string, unknown>>;

/** Something wrong: what it is called, the members of the request that make it so, and the text of its error. */
type Wrong = readonly [what: string, wrong: Body, text: RegExp | string];

/** `right` is a request without errors; each of `wrongs` is tested together with all that come after it. */
function testOrder(operation: string, right: () => Body, wrongs: readonly Wrong[]): void {
  describe(operation, () => {
    for (const [first, [what, , text]] of wrongs.entries()) {
      test(`${what}, with all that comes after it wrong too`, async () => {
        let request = right();
        // From the last to the first: where two change one member, the first decides.
        for (const [, wrong] of wrongs.slice(first).toReversed()) request = { ...request, ...wrong };
        const { body } = await server.call(operation, request);
        const message = String(body['message'] ?? body['Message']);
        if (typeof text === 'string') assert.equal(message, text);
        else assert.match(message, text);
      });
    }
    test('nothing', async () => {
      const { status, body } = await server.call(operation, right());
      assert.equal(status, 200, JSON.stringify(body));
    });
  });
}

const NUMBER_FOR_TEXT = 'NUMBER_VALUE cannot be converted to String';
const SHAPE = /^1 validation error detected: Value 'ALL' at 'returnConsumedCapacity' failed to satisfy constraint/;
const FORMS = /^Can not use both expression and non-expression parameters in the same request/;
const NO_TABLE = 'Requested resource not found';
const MISFIT = 'The provided key element does not match the schema';
const NOT_A_NUMBER = 'The parameter cannot be converted to a numeric value: x';

const TYPE: Wrong = ['a JSON type', { ReturnConsumedCapacity: 5 }, NUMBER_FOR_TEXT];
const ENUM: Wrong = ['the shape', { ReturnConsumedCapacity: 'ALL' }, SHAPE];
const TABLE: Wrong = ['the table', { TableName: 'no-such-table' }, NO_TABLE];
const CONDITION: Wrong = [
  'the condition',
  { ConditionExpression: 'attribute_exists(absent)' },
  'The conditional request failed',
];
const SYNTAX: Wrong = [
  'the syntax of an expression',
  { ConditionExpression: 'a =' },
  'Invalid ConditionExpression: Syntax error; token: "<EOF>", near: "="',
];
const UNUSED: Wrong = [
  'names that no expression uses',
  { ConditionExpression: 'attribute_exists(absent)', ExpressionAttributeNames: { '#n': 'n' } },
  'Value provided in ExpressionAttributeNames unused in expressions: keys: {#n}',
];

testOrder('PutItem', () => ({ TableName: table, Item: KEY }), [
  TYPE,
  ENUM,
  ['the combination of parameters', { Expected: {}, ConditionExpression: 'a =' }, FORMS],
  ['a value', { Item: { pk: { N: '1' }, v: { N: 'x' } }, Expected: undefined }, NOT_A_NUMBER],
  ['ReturnValues', { ReturnValues: 'ALL_NEW', Expected: undefined }, 'ReturnValues can only be ALL_OLD or NONE'],
  ['the size', { Item: { v: { S: 'x'.repeat(409_600) } } }, 'Item size has exceeded the maximum allowed size'],
  SYNTAX,
  UNUSED,
  TABLE,
  [
    'a key that is missing',
    { Item: { sk: { S: 'x' } } },
    'One or more parameter values were invalid: Missing the key pk in the item',
  ],
  [
    'the type of a key',
    { Item: { pk: { S: 'a' }, sk: { S: '' } } },
    'One or more parameter values were invalid: Type mismatch for key sk expected: N actual: S',
  ],
  CONDITION,
]);

testOrder('DeleteItem', () => ({ TableName: table, Key: KEY }), [
  TYPE,
  ENUM,
  ['the combination of parameters', { Expected: {}, ConditionExpression: 'a =' }, FORMS],
  ['a value', { Key: { pk: { N: 'x' } }, Expected: undefined }, NOT_A_NUMBER],
  ['ReturnValues', { ReturnValues: 'ALL_NEW', Expected: undefined }, 'ReturnValues can only be ALL_OLD or NONE'],
  SYNTAX,
  UNUSED,
  TABLE,
  ['the key', { Key: { pk: { N: '1' } } }, MISFIT],
  CONDITION,
]);

testOrder('GetItem', () => ({ TableName: table, Key: KEY }), [
  TYPE,
  ENUM,
  ['the combination of parameters', { AttributesToGet: ['a'], ProjectionExpression: 'a b' }, FORMS],
  ['a value', { Key: { pk: { N: 'x' } }, AttributesToGet: undefined }, NOT_A_NUMBER],
  ['an expression', { ProjectionExpression: 'a b' }, /^Invalid ProjectionExpression: Syntax error/],
  TABLE,
  ['the key', { Key: { pk: { N: '1' } } }, MISFIT],
]);

const CONDITIONED = { KeyConditionExpression: 'pk = :p', ExpressionAttributeValues: { ':p': { S: 'a' } } };
const START_VALUE: Wrong = [
  'a value of the starting key',
  { ExclusiveStartKey: { pk: { N: 'x' } } },
  `The provided starting key is invalid: ${NOT_A_NUMBER}`,
];
const SELECT: Wrong = [
  'Select',
  { Select: 'COUNT', ProjectionExpression: 'a b' },
  'Cannot specify the ProjectionExpression when choosing to get only the Count',
];

testOrder('Query', () => ({ TableName: table, ...CONDITIONED }), [
  TYPE,
  ENUM,
  ['the combination of parameters', { AttributesToGet: ['a'], ProjectionExpression: 'a b' }, FORMS],
  [START_VALUE[0], { ...START_VALUE[1], AttributesToGet: undefined }, START_VALUE[2]],
  SELECT,
  [
    'the key condition as an expression',
    { KeyConditionExpression: 'pk =', Select: undefined, ProjectionExpression: undefined },
    /^Invalid KeyConditionExpression: Syntax error/,
  ],
  ['the filter as an expression', { FilterExpression: 'a =' }, /^Invalid FilterExpression: Syntax error/],
  TABLE,
  ['the index', { IndexName: 'no-such-index' }, 'The table does not have the specified index: no-such-index'],
  [
    'the key condition of the table',
    { KeyConditionExpression: 'a = :p', IndexName: undefined },
    'Query condition missed key schema element: pk',
  ],
  [
    'the filter of the table',
    { FilterExpression: 'pk = :p' },
    'Filter Expression can only contain non-primary key attributes: Primary key attribute: pk',
  ],
  ['the starting key', { ExclusiveStartKey: {} }, 'The provided starting key is invalid'],
]);

testOrder('Scan', () => ({ TableName: table }), [
  TYPE,
  ENUM,
  ['the combination of parameters', { AttributesToGet: ['a'], ProjectionExpression: 'a b' }, FORMS],
  [START_VALUE[0], { ...START_VALUE[1], AttributesToGet: undefined }, START_VALUE[2]],
  ['a segment', { Segment: 2, TotalSegments: 2 }, /^The Segment parameter is zero-based and must be less than/],
  [SELECT[0], { ...SELECT[1], Segment: undefined, TotalSegments: undefined }, SELECT[2]],
  [
    'an expression',
    { FilterExpression: 'a =', Select: undefined, ProjectionExpression: undefined },
    /^Invalid FilterExpression: Syntax error/,
  ],
  TABLE,
  ['the index', { IndexName: 'no-such-index' }, 'The table does not have the specified index: no-such-index'],
  ['the starting key', { ExclusiveStartKey: {}, IndexName: undefined }, /does not match the schema$/],
]);

const getOf = (asked: Body, name = table): Body => ({ RequestItems: { [name]: asked } });
const MISSING = 'no-such-table';

testOrder('BatchGetItem', () => getOf({ Keys: [KEY] }), [
  TYPE,
  ENUM,
  [
    'the combination of parameters',
    getOf({ Keys: [{ pk: { N: 'x' } }], AttributesToGet: ['a'], ProjectionExpression: 'a b' }, MISSING),
    FORMS,
  ],
  ['a value', getOf({ Keys: [{ pk: { N: 'x' } }], ProjectionExpression: 'a b' }, MISSING), NOT_A_NUMBER],
  [
    'a key that stands there twice',
    getOf({ Keys: [KEY, KEY], ProjectionExpression: 'a b' }, MISSING),
    'Provided list of item keys contains duplicates',
  ],
  ['an expression', getOf({ Keys: [{}], ProjectionExpression: 'a b' }, MISSING), /^Invalid ProjectionExpression/],
  ['the table', getOf({ Keys: [{}] }, MISSING), NO_TABLE],
]);

const writeOf = (...requests: readonly Body[]): Body => ({ RequestItems: { [MISSING]: requests } });

testOrder('BatchWriteItem', () => ({ RequestItems: { [table]: [{ PutRequest: { Item: KEY } }] } }), [
  TYPE,
  ENUM,
  [
    'a request of two kinds',
    writeOf({ PutRequest: { Item: { pk: { N: 'x' } } }, DeleteRequest: { Key: {} } }),
    /^Supplied AttributeValue has more than one datatypes set/,
  ],
  ['a value', writeOf({ PutRequest: { Item: { pk: { N: 'x' } } } }), NOT_A_NUMBER],
  [
    'the size',
    writeOf({ PutRequest: { Item: { v: { S: 'x'.repeat(409_600) } } } }),
    'Item size has exceeded the maximum allowed size',
  ],
  ['the table', writeOf({ DeleteRequest: { Key: {} } }, { DeleteRequest: { Key: {} } }), NO_TABLE],
]);

test('a key that does not fit is found before keys that stand there twice', async () => {
  const Keys = [{ pk: { S: 'a' } }, KEY, { pk: { S: 'a' }, sk: { N: '1' } }];
  const twice = await server.call('BatchGetItem', getOf({ Keys }));
  assert.equal(twice.body['message'], 'Provided list of item keys contains duplicates');
  const requests = Keys.map((Key) => ({ DeleteRequest: { Key } }));
  const written = await server.call('BatchWriteItem', { RequestItems: { [table]: requests } });
  assert.equal(written.body['message'], MISFIT);
});
