import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { ApiError } from '../foundation/errors.ts';
import dynamodb from './service-model-dynamodb.json' with { type: 'json' };
import lambda from './service-model-lambda.json' with { type: 'json' };
import streams from './service-model-streams.json' with { type: 'json' };
import { findInputShapeName, findShape } from './shape-model.ts';
import type { Shape, StringShape, StructureShape } from './shape-types.ts';
import { validateInput } from './shape.ts';

const MODELS = [dynamodb, streams, lambda];
const OPERATIONS = MODELS.flatMap(({ operations }) => Object.keys(operations));

/** The error's name and text, or undefined where the body is accepted. */
function answerTo(operationName: string, body: unknown): string | undefined {
  try {
    validateInput(operationName, body);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof ApiError, `not an API error: ${String(error)}`);
    return `${error.fault.name}: ${error.fault.message}`;
  }
}

function violation(value: string, path: string, constraint: string): string {
  return `Value ${value} at '${path}' failed to satisfy constraint: ${constraint}`;
}

function oneViolation(value: string, path: string, constraint: string): string {
  return `ValidationException: 1 validation error detected: ${violation(value, path, constraint)}`;
}

const atMost = (max: number): string => `Member must have length less than or equal to ${max}`;
const atLeast = (min: number): string => `Member must have length greater than or equal to ${min}`;
const letters = (count: number): string => 'a'.repeat(count);
const list = (count: number, element: unknown): unknown[] => Array.from({ length: count }, () => element);
const tables = (count: number, value: unknown): object =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`table${index}`, value]));

describe('serialization', () => {
  const cases: [string, unknown, string][] = [
    ['an array for the body', [], 'Start of list found where not expected'],
    ['null for the body', null, 'Unexpected value type in payload'],
    ['a string for the body', 'x', 'Unexpected value type in payload'],
    ['a number for a string', { TableName: 23 }, 'NUMBER_VALUE cannot be converted to String'],
    ['a fraction for a string', { TableName: 2.5 }, 'DECIMAL_VALUE cannot be converted to String'],
    ['true for a string', { TableName: true }, 'TRUE_VALUE cannot be converted to String'],
    ['false for a string', { TableName: false }, 'FALSE_VALUE cannot be converted to String'],
    ['an array for a string', { TableName: ['x'] }, 'Start of list found where not expected'],
    ['an object for a string', { TableName: {} }, 'Start of structure or map found where not expected'],
    ['a string for an integer', { Limit: '1' }, 'STRING_VALUE cannot be converted to Integer'],
    ['a fraction for an integer', { Limit: 1.5 }, 'DECIMAL_VALUE cannot be converted to Integer'],
    ['too great an integer', { Limit: 2 ** 31 }, 'NUMBER_VALUE cannot be converted to Integer'],
    ['true for an integer', { Limit: true }, 'TRUE_VALUE cannot be converted to Integer'],
    ['a string for a boolean', { ConsistentRead: 'true' }, 'Unexpected token received from parser'],
    ['a number for a boolean', { ConsistentRead: 1 }, 'NUMBER_VALUE cannot be converted to Boolean'],
    ['a string for a map', { ExpressionAttributeNames: '{}' }, 'Unexpected field type'],
    ['an array for a map', { ExpressionAttributeNames: [] }, 'Start of list found where not expected'],
    ['a wrong map value', { ExpressionAttributeNames: { '#a': 1 } }, 'NUMBER_VALUE cannot be converted to String'],
    ['a string for a list', { AttributesToGet: 'a' }, 'Unexpected field type'],
    ['an object for a list', { AttributesToGet: {} }, 'Start of structure or map found where not expected'],
    ['a wrong element', { AttributesToGet: ['a', 1] }, 'NUMBER_VALUE cannot be converted to String'],
    ['a string for a value', { ExclusiveStartKey: { a: 'x' } }, 'Unexpected value type in payload'],
    ['a wrong type in a value', { ExclusiveStartKey: { a: { N: 1 } } }, 'NUMBER_VALUE cannot be converted to String'],
    [
      'the first of two, in the order of the body',
      { Limit: '1', TableName: 1 },
      'STRING_VALUE cannot be converted to Integer',
    ],
  ];
  for (const [name, body, text] of cases) {
    test(name, () => assert.equal(answerTo('Query', body), `SerializationException: ${text}`));
  }

  test('a string for a structure, an array for one', () => {
    const bodies = [{ ProvisionedThroughput: 'x' }, { ProvisionedThroughput: [] }];
    assert.deepEqual(
      bodies.map((body) => answerTo('CreateTable', { TableName: 'abc', ...body })),
      [
        'SerializationException: Unexpected value type in payload',
        'SerializationException: Start of list found where not expected',
      ],
    );
  });

  test('unknown members are ignored and kept, members that are null are removed', () => {
    const body = {
      TableName: 'abc',
      Limit: null,
      Unknown: { deep: [1] },
      Nothing: null,
      ExclusiveStartKey: { a: { S: null, N: '1' } },
    };
    assert.equal(answerTo('Query', body), undefined);
    assert.deepEqual(body, {
      TableName: 'abc',
      Unknown: { deep: [1] },
      Nothing: null,
      ExclusiveStartKey: { a: { N: '1' } },
    });
  });

  test('comes before the constraints', () => {
    assert.match(answerTo('Query', { TableName: '', Limit: 'x' }) ?? '', /^SerializationException/);
  });
});

describe('constraints', () => {
  const valid = { KeySchema: [{ AttributeName: 'a', KeyType: 'HASH' }], Projection: { ProjectionType: 'ALL' } };

  const accepted: [string, string, object][] = [
    ['a string of the least length', 'DescribeTable', { TableName: 'a' }],
    ['a string of the greatest length', 'DescribeTable', { TableName: letters(1024) }],
    ['a string of the least length with a pattern', 'ListTables', { ExclusiveStartTableName: 'a-Z' }],
    ['a string of the greatest length with a pattern', 'ListTables', { ExclusiveStartTableName: letters(255) }],
    [
      'a list of the least length',
      'TransactGetItems',
      { TransactItems: list(1, { Get: { Key: {}, TableName: 'a' } }) },
    ],
    [
      'a list of the greatest length',
      'TransactGetItems',
      { TransactItems: list(100, { Get: { Key: {}, TableName: 'a' } }) },
    ],
    ['a map of the greatest length', 'BatchWriteItem', { RequestItems: tables(25, [{}]) }],
    ['a map value of the greatest length', 'BatchWriteItem', { RequestItems: { a: list(25, {}) } }],
    ['the most keys of a table', 'BatchGetItem', { RequestItems: { a: { Keys: list(100, {}) } } }],
    ['the least integer', 'ListTables', { Limit: 1 }],
    ['the greatest integer', 'ListTables', { Limit: 100 }],
    ['a least integer of 0', 'Scan', { TableName: 'a', Segment: 0, TotalSegments: 1_000_000 }],
    ['a long name of an attribute', 'GetItem', { TableName: 'a', Key: { [letters(65_536)]: { S: 'x' } } }],
    [
      'an attribute called __proto__',
      'GetItem',
      JSON.parse('{"TableName":"a","Key":{"__proto__":{"S":"x"}}}') as object,
    ],
    ['a null attribute value, which is for the values', 'PutItem', { TableName: 'a', Item: { a: null } }],
    ['two key schema elements', 'CreateTable', { TableName: 'a', KeySchema: list(2, valid.KeySchema[0]) }],
    [
      'more key schema elements of a global secondary index',
      'CreateTable',
      {
        TableName: 'a',
        GlobalSecondaryIndexes: [{ IndexName: 'abc', ...valid, KeySchema: list(8, valid.KeySchema[0]) }],
      },
    ],
  ];
  for (const [name, operation, body] of accepted) {
    test(`accepts ${name}`, () => assert.equal(answerTo(operation, body), undefined));
  }

  const rejected: [string, string, object, string][] = [
    ['a missing member', 'DescribeTable', {}, oneViolation('null', 'tableName', 'Member must not be null')],
    [
      'a null member',
      'DescribeTable',
      { TableName: null },
      oneViolation('null', 'tableName', 'Member must not be null'),
    ],
    ['an empty string', 'DescribeTable', { TableName: '' }, oneViolation("''", 'tableName', atLeast(1))],
    [
      'a long string',
      'DescribeTable',
      { TableName: letters(1025) },
      oneViolation(`'${letters(1025)}'`, 'tableName', atMost(1024)),
    ],
    [
      'a short string',
      'ListTables',
      { ExclusiveStartTableName: 'ab' },
      oneViolation("'ab'", 'exclusiveStartTableName', atLeast(3)),
    ],
    [
      'a string off its pattern',
      'ListTables',
      { ExclusiveStartTableName: 'a b' },
      oneViolation(
        "'a b'",
        'exclusiveStartTableName',
        'Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+',
      ),
    ],
    [
      'a string off its pattern only in its last line',
      'ListTables',
      { ExclusiveStartTableName: 'abc\n' },
      oneViolation(
        "'abc\n'",
        'exclusiveStartTableName',
        'Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+',
      ),
    ],
    [
      'a string off its pattern and too short',
      'ListTables',
      { ExclusiveStartTableName: ';' },
      `ValidationException: 2 validation errors detected: ${[
        violation("';'", 'exclusiveStartTableName', 'Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+'),
        violation("';'", 'exclusiveStartTableName', atLeast(3)),
      ].join('; ')}`,
    ],
    [
      'too small an integer',
      'ListTables',
      { Limit: 0 },
      oneViolation("'0'", 'limit', 'Member must have value greater than or equal to 1'),
    ],
    [
      'too great an integer',
      'ListTables',
      { Limit: 101 },
      oneViolation("'101'", 'limit', 'Member must have value less than or equal to 100'),
    ],
    [
      'a negative integer',
      'Scan',
      { TableName: 'a', Segment: -1 },
      oneViolation("'-1'", 'segment', 'Member must have value greater than or equal to 0'),
    ],
    ['an empty list', 'TransactGetItems', { TransactItems: [] }, oneViolation("'[]'", 'transactItems', atLeast(1))],
    [
      'an empty key schema',
      'CreateTable',
      { TableName: 'a', KeySchema: [] },
      oneViolation("'[]'", 'keySchema', atLeast(1)),
    ],
    [
      'a long key schema',
      'CreateTable',
      {
        TableName: 'a',
        KeySchema: [{ AttributeName: 'b', KeyType: 'HASH' }, ...list(2, { AttributeName: 'c', KeyType: 'RANGE' })],
      },
      oneViolation(
        "'[KeySchemaElement(attributeName=b, keyType=HASH), KeySchemaElement(attributeName=c, keyType=RANGE), KeySchemaElement(attributeName=c, keyType=RANGE)]'",
        'keySchema',
        atMost(2),
      ),
    ],
    [
      'a member of an element',
      'CreateTable',
      { TableName: 'a', KeySchema: [...valid.KeySchema, { AttributeName: '', KeyType: 'HASH' }] },
      oneViolation("''", 'keySchema.2.member.attributeName', atLeast(1)),
    ],
    [
      'a member missing deep inside',
      'CreateTable',
      { TableName: 'a', LocalSecondaryIndexes: [{ IndexName: 'abc', ...valid, Projection: null }] },
      oneViolation('null', 'localSecondaryIndexes.1.member.projection', 'Member must not be null'),
    ],
    [
      'a null element',
      'CreateTable',
      { TableName: 'a', KeySchema: [null] },
      oneViolation('null', 'keySchema.1.member', 'Member must not be null'),
    ],
    [
      'a null map value',
      'Query',
      { TableName: 'a', ExpressionAttributeNames: { '#a': null } },
      oneViolation('null', 'expressionAttributeNames.#a.member', 'Member must not be null'),
    ],
    [
      'elements against their rules',
      'UpdateTable',
      {
        TableName: 'abc',
        GlobalSecondaryIndexUpdates: [
          {
            Create: {
              IndexName: 'abc',
              KeySchema: [{ AttributeName: 'a', KeyType: 'HASH' }],
              Projection: { NonKeyAttributes: ['a', ''] },
            },
          },
        ],
      },
      oneViolation(
        "'[a, ]'",
        'globalSecondaryIndexUpdates.1.member.create.projection.nonKeyAttributes',
        `Member must satisfy constraint: [${atMost(255)}, ${atLeast(1)}]`,
      ),
    ],
    [
      'map keys against their rules',
      'BatchGetItem',
      { RequestItems: { '': { Keys: [{}] } } },
      oneViolation(
        "'{=KeysAndAttributes(keys=[{}], attributesToGet=null, consistentRead=null, projectionExpression=null, expressionAttributeNames=null)}'",
        'requestItems',
        `Map keys must satisfy constraint: [${atMost(1024)}, ${atLeast(1)}]`,
      ),
    ],
    [
      'map values against their rules',
      'BatchWriteItem',
      { RequestItems: { a: [] } },
      oneViolation("'{a=[]}'", 'requestItems', `Map value must satisfy constraint: [${atMost(25)}, ${atLeast(1)}]`),
    ],
    [
      'a list in a map value',
      'BatchGetItem',
      { RequestItems: { Auth: { Keys: [] } } },
      oneViolation("'[]'", 'requestItems.Auth.member.keys', atLeast(1)),
    ],
    [
      'a member in a list in a map',
      'BatchWriteItem',
      { RequestItems: { a: [{ DeleteRequest: { Key: {} } }, { PutRequest: {} }] } },
      oneViolation('null', 'requestItems.a.member.2.member.putRequest.item', 'Member must not be null'),
    ],
    [
      'an empty batch of gets',
      'BatchGetItem',
      { RequestItems: {} },
      'ValidationException: The requestItems parameter is required for BatchGetItem',
    ],
    [
      'an empty batch of writes',
      'BatchWriteItem',
      { RequestItems: {} },
      'ValidationException: The requestItems parameter is required for BatchWriteItem',
    ],
    ['a missing batch', 'BatchGetItem', {}, oneViolation('null', 'requestItems', 'Member must not be null')],
    [
      'too many keys of a table',
      'BatchGetItem',
      { RequestItems: { 'my.member.table': { Keys: list(101, {}) } } },
      `ValidationException: 1 validation error detected: Value at 'RequestItems.my.member.table.member.Keys' failed to satisfy constraint: ${atMost(100)}`,
    ],
    [
      'several, the name of the table last',
      'DeleteItem',
      { TableName: '', Key: {}, ReturnValues: 'INVALID' },
      `ValidationException: 2 validation errors detected: ${[
        violation(
          "'INVALID'",
          'returnValues',
          'Member must satisfy enum value set: [ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]',
        ),
        violation("''", 'tableName', atLeast(1)),
      ].join('; ')}`,
    ],
  ];
  for (const [name, operation, body, expected] of rejected) {
    test(`rejects ${name}`, () => assert.equal(answerTo(operation, body), expected));
  }

  test('a map with too many entries', () => {
    const answer = answerTo('BatchWriteItem', { RequestItems: tables(26, [{}]) });
    assert.ok(
      answer?.startsWith(
        "ValidationException: 1 validation error detected: Value '{table0=[WriteRequest(putRequest=null, deleteRequest=null)], ",
      ),
    );
    assert.ok(answer?.endsWith(`at 'requestItems' failed to satisfy constraint: ${atMost(25)}`));
  });

  test('a list that is too long prints attribute values as opaque', () => {
    const answer = answerTo('TransactGetItems', {
      TransactItems: list(101, { Get: { TableName: 'a', Key: { pk: { S: 'x' } } } }),
    });
    assert.match(
      answer ?? '',
      /\(get=Get\(key=\{pk=com\.amazonaws\.dynamodb\.v20120810\.AttributeValue@[0-9a-f]+\}, tableName=a, /,
    );
    assert.ok(answer?.endsWith(`at 'transactItems' failed to satisfy constraint: ${atMost(100)}`));
  });

  test('at most 10 violations', () => {
    const answer = answerTo('CreateTable', { TableName: 'a', AttributeDefinitions: list(20, {}) }) ?? '';
    assert.match(answer, /^ValidationException: 10 validation errors detected: /);
    assert.equal(answer.split('; ').length, 10);
    assert.ok(
      answer.endsWith(violation('null', 'attributeDefinitions.5.member.attributeType', 'Member must not be null')),
    );
  });

  test('the text of a huge value is bounded', () => {
    assert.ok((answerTo('DescribeTable', { TableName: letters(1_000_000) }) ?? '').length < 101_000);
  });

  const enums: [string, string, string][] = [
    ['PutItem', 'ReturnValues', 'ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW'],
    ['PutItem', 'ReturnConsumedCapacity', 'INDEXES, TOTAL, NONE'],
    ['PutItem', 'ReturnItemCollectionMetrics', 'SIZE, NONE'],
    ['PutItem', 'ReturnValuesOnConditionCheckFailure', 'ALL_OLD, NONE'],
    ['PutItem', 'ConditionalOperator', 'OR, AND'],
    ['Query', 'Select', 'SPECIFIC_ATTRIBUTES, COUNT, ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES'],
    ['CreateTable', 'BillingMode', 'PROVISIONED, PAY_PER_REQUEST'],
  ];
  for (const [operation, member, values] of enums) {
    test(`the values of ${member}`, () => {
      const path = member.charAt(0).toLowerCase() + member.slice(1);
      const text = `Member must satisfy enum value set: [${values}]`;
      const body = { TableName: 'a', Item: {} };
      assert.equal(answerTo(operation, { ...body, [member]: 'none' }), oneViolation("'none'", path, text));
      for (const value of values.split(', '))
        assert.equal(answerTo(operation, { ...body, [member]: value }), undefined);
    });
  }
});

describe('the whole model', () => {
  for (const operation of OPERATIONS) {
    const shape = findShape(findInputShapeName(operation)) as StructureShape;
    const full = (): Record<string, unknown> => makeValue(findInputShapeName(operation)) as Record<string, unknown>;

    test(`${operation} takes all its members and misses each required one`, () => {
      assert.equal(answerTo(operation, full()), undefined);
      for (const name of shape.required) {
        const path = name.charAt(0).toLowerCase() + name.slice(1);
        assert.equal(
          answerTo(operation, { ...full(), [name]: null }),
          oneViolation('null', path, 'Member must not be null'),
        );
      }
    });
  }
});

/** The strings that the model's patterns allow. */
const SAMPLES = [
  'aaa',
  'a'.repeat(36),
  'a'.repeat(37),
  'arn:aws:a:::a',
  'a:1',
  ',',
  '0'.repeat(12),
  '0'.repeat(21),
  '0'.repeat(28),
  '0'.repeat(112),
];

function makeString(shape: StringShape): string {
  const pattern = shape.pattern?.replace('\\p{Print}', '[ -~]') ?? '.*';
  const fits = (text: string): boolean =>
    text.length >= (shape.min ?? 0) &&
    text.length <= (shape.max ?? Infinity) &&
    new RegExp(`^(?:${pattern})$`, 'u').test(text);
  const sample = shape.enum?.[0] ?? SAMPLES.find(fits);
  assert.ok(sample !== undefined, `no sample for ${pattern}`);
  return sample;
}

/** A value of the shape with every member and one of every element. */
function makeValue(shapeName: string): unknown {
  if (shapeName === 'AttributeValue') return { S: 'x' };
  const shape = findShape(shapeName);
  switch (shape.type) {
    case 'structure':
      return Object.fromEntries(Object.entries(shape.members).map(([name, member]) => [name, makeValue(member)]));
    case 'list':
      return [makeValue(shape.member)];
    case 'map':
      return { [makeValue(shape.key) as string]: makeValue(shape.value) };
    case 'string':
      return makeString(shape);
    case 'boolean':
      return true;
    case 'blob':
      return 'AAAA';
    default:
      return 'min' in shape ? shape.min : 1;
  }
}

describe('any JSON', () => {
  const shapes = MODELS.flatMap((model) => Object.values(model.shapes)) as Shape[];
  const memberNames = shapes.flatMap((shape) => (shape.type === 'structure' ? Object.keys(shape.members) : []));
  const key = fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(...new Set(memberNames)) },
    { weight: 1, arbitrary: fc.constantFrom('__proto__', 'constructor', 'toString', '', '#a') },
  );
  const scalar = fc.oneof(fc.constantFrom(null, true, 0, 1, 1.5, -1, 1e300, '', 'abc', 'AAAA', 'NONE'), fc.string());
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'medium', withCrossShrink: true },
      scalar,
      fc.array(tie('value'), { maxLength: 4 }),
      fc.array(fc.tuple(key, tie('value')), { maxLength: 6 }).map((entries) => Object.fromEntries(entries)),
    ),
  }));

  test('is accepted or answered with an API error, and what was accepted stays so', () => {
    const operation = fc.constantFrom(...OPERATIONS);
    const members = fc.array(fc.tuple(key, value), { maxLength: 10 });
    const property = fc.property(operation, members, fc.boolean(), (name, changes, complete) => {
      const base = complete ? (makeValue(findInputShapeName(name)) as object) : {};
      // Through text, as a request comes.
      const body: unknown = JSON.parse(JSON.stringify({ ...base, ...Object.fromEntries(changes) }));
      if (answerTo(name, body) === undefined) assert.equal(answerTo(name, body), undefined);
    });
    fc.assert(property, { numRuns: 2000 });
  });

  test('nested deeply in an attribute value', () => {
    const depth = fc.integer({ min: 0, max: 49 });
    const property = fc.property(value, depth, fc.boolean(), (inner, levels, asMap) => {
      let nested: unknown = inner;
      for (let level = 0; level < levels; level++) nested = asMap ? { M: { a: nested } } : { L: [nested] };
      answerTo('PutItem', JSON.parse(JSON.stringify({ TableName: 'abc', Item: { a: nested } })));
    });
    fc.assert(property, { numRuns: 500 });
  });
});
