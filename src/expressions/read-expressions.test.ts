import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ApiError } from '../foundation/errors.ts';
import type { ExpressionParameters } from './read-expressions.ts';
import { readExpressions } from './read-expressions.ts';

/** The text of the ValidationException that reading throws. */
function errorOf(parameters: ExpressionParameters): string {
  try {
    readExpressions(parameters, ['UpdateExpression', 'ConditionExpression']);
  } catch (error) {
    assert.ok(error instanceof ApiError);
    assert.equal(error.name, 'ValidationException');
    return error.message;
  }
  return 'no error';
}

/** Values that the cases below may use; each case gets those that its text names. */
const VALUES: Readonly<Record<string, unknown>> = {
  ':s': { S: 'x' },
  ':t': { S: 'y' },
  ':n': { N: '1' },
  ':m': { N: '2' },
  ':b': { BOOL: true },
  ':l': { L: [] },
  ':map': { M: {} },
  ':ss': { SS: ['a'] },
  ':null': { NULL: true },
  ':type': { S: 'SS' },
};

/** The parameters with the values among VALUES that the expressions name. */
function withValues(parameters: ExpressionParameters): ExpressionParameters {
  const text = Object.values(parameters).join(' ');
  const used = Object.entries(VALUES).filter(([key]) => new RegExp(`${key}\\b`).test(text));
  return used.length === 0 ? parameters : { ...parameters, ExpressionAttributeValues: Object.fromEntries(used) };
}

const CONDITION_ERRORS: readonly (readonly [text: string, error: string])[] = [
  ['', 'The expression can not be empty;'],
  [' \t\n', 'The expression can not be empty;'],
  ['a', 'Syntax error; token: "<EOF>", near: "a"'],
  ['a = :s AND NOT b', 'Syntax error; token: "<EOF>", near: "b"'],
  ['(a) AND b = :s', 'Syntax error; token: "AND", near: ") AND b"'],
  ['a-b', 'Syntax error; token: "-", near: "a-b"'],
  ['a = 5', 'Syntax error; token: "5", near: "= 5"'],
  ['__typename = :s', 'Syntax error; token: "_", near: "__"'],
  ['a = :s b', 'Syntax error; token: "b", near: ":s b"'],
  ['a in ()', 'Syntax error; token: ")", near: "()"'],
  ['a in :s', 'Syntax error; token: ":s", near: "in :s"'],
  ['a  =  = b', 'Syntax error; token: "=", near: "=  = b"'],
  ['(a = :s', 'Syntax error; token: "<EOF>", near: ":s"'],
  ['a = :s)', 'Syntax error; token: ")", near: ":s)"'],
  ['a.[0] = :s', 'Syntax error; token: "[", near: ".[0"'],
  ['a[-1] = :s', 'Syntax error; token: "-", near: "[-1"'],
  ['a[:s] = :s', 'Syntax error; token: ":s", near: "[:s]"'],
  ['a = "😀"', 'Syntax error; token: """, near: "= "😀"'],
  ['and = :s', 'Syntax error; token: "and", near: "and ="'],
  ['a BETWEEN :n, :m', 'Syntax error; token: ",", near: ":n, :m"'],
  ['(a = :s) = :b', 'Syntax error; token: "=", near: ") = :b"'],
  ['NOT', 'Syntax error; token: "<EOF>", near: "NOT"'],
  ['a.b. = :s', 'Syntax error; token: "=", near: ". = :s"'],
  ['((a = :s))', 'The expression has redundant parentheses;'],
  ['((a)) = :s', 'The expression has redundant parentheses;'],
  ['a = :s AND ((b = :s OR c = :s))', 'The expression has redundant parentheses;'],
  ['name = :s', 'Attribute name is a reserved keyword; reserved keyword: name'],
  ['a.Date = :s', 'Attribute name is a reserved keyword; reserved keyword: Date'],
  ['attribute_exist(a)', 'Invalid function name; function: attribute_exist'],
  ['ATTRIBUTE_EXISTS(a)', 'Invalid function name; function: ATTRIBUTE_EXISTS'],
  ['a = foo(b)', 'Invalid function name; function: foo'],
  ['if_not_exists(a, :s)', 'The function is not allowed in a condition expression; function: if_not_exists'],
  ['a = list_append(a, :l)', 'The function is not allowed in a condition expression; function: list_append'],
  ['size(a)', 'The function is not allowed to be used this way in an expression; function: size'],
  ['NOT size(a)', 'The function is not allowed to be used this way in an expression; function: size'],
  ['contains(a, b) = :b', 'The function is not allowed to be used this way in an expression; function: contains'],
  ['size(contains(a, b)) = :n', 'The function is not allowed to be used this way in an expression; function: contains'],
  [
    'attribute_exists(a, b)',
    'Incorrect number of operands for operator or function; operator or function: attribute_exists, number of operands: 2',
  ],
  [
    'begins_with(a)',
    'Incorrect number of operands for operator or function; operator or function: begins_with, number of operands: 1',
  ],
  [
    `a IN (${Array.from({ length: 101 }, () => ':s').join(', ')})`,
    'The IN operator is provided with too many operands; number of operands: 101',
  ],
  [`a${'.b'.repeat(32)} = :s`, 'The document path has too many nesting levels; nesting levels: 33'],
  ['a[4294967295] = :s', 'List index is not within the allowable range; index: [4294967295]'],
  ['attribute_exists(:s)', 'Operator or function requires a document path; operator or function: attribute_exists'],
  [
    'attribute_not_exists(size(a))',
    'Operator or function requires a document path; operator or function: attribute_not_exists',
  ],
  [
    'a.b[1] = a.b[1]',
    'The first operand must be distinct from the remaining operands for this operator or function; ' +
      'operator: =, first operand: [a, b, [1]]',
  ],
  [
    'contains(a, a)',
    'The first operand must be distinct from the remaining operands for this operator or function; ' +
      'operator: contains, first operand: [a]',
  ],
  [
    'a IN (:s, a)',
    'The first operand must be distinct from the remaining operands for this operator or function; ' +
      'operator: IN, first operand: [a]',
  ],
  [
    'begins_with(a, :n)',
    'Incorrect operand type for operator or function; operator or function: begins_with, operand type: N',
  ],
  ['size(:n) = :n', 'Incorrect operand type for operator or function; operator or function: size, operand type: N'],
  [
    'size(size(a)) = :n',
    'Incorrect operand type for operator or function; operator or function: size, operand type: N',
  ],
  ['a < :b', 'Incorrect operand type for operator or function; operator or function: <, operand type: BOOL'],
  ['NOT :ss >= a', 'Incorrect operand type for operator or function; operator or function: >=, operand type: SS'],
  [
    'a BETWEEN :null AND b',
    'Incorrect operand type for operator or function; operator or function: BETWEEN, operand type: NULL',
  ],
  [
    'contains(:n, a)',
    'Incorrect operand type for operator or function; operator or function: contains, operand type: N',
  ],
  [
    'attribute_type(a, :n)',
    'Incorrect operand type for operator or function; operator or function: attribute_type, operand type: N',
  ],
  ['attribute_type(a, :s)', 'Invalid attribute type name found; type: x, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}'],
  [
    'a BETWEEN :m AND :n',
    'The BETWEEN operator requires upper bound to be greater than or equal to lower bound; ' +
      'lower bound operand: AttributeValue: {N:2}, upper bound operand: AttributeValue: {N:1}',
  ],
  [
    'a BETWEEN :n AND :s',
    'The BETWEEN operator requires same data type for lower and upper bounds; ' +
      'lower bound operand: AttributeValue: {N:1}, upper bound operand: AttributeValue: {S:x}',
  ],
  [
    'a = #undefined',
    'An expression attribute name used in the document path is not defined; attribute name: #undefined',
  ],
  ['a = :undefined', 'An expression attribute value used in expression is not defined; attribute value: :undefined'],
  [
    Array.from({ length: 151 }, (_, i) => `a${i} = b`).join(' OR '),
    'The expression contains too many operators; operator count: 301',
  ],
];

test("conditions have DynamoDB's errors, whichever parameter holds them", () => {
  for (const [text, error] of CONDITION_ERRORS) {
    for (const name of ['ConditionExpression', 'FilterExpression', 'KeyConditionExpression'] as const) {
      assert.equal(errorOf(withValues({ [name]: text })), `Invalid ${name}: ${error}`, `${name} ${text}`);
    }
  }
});

test('what is at a limit is accepted', () => {
  const accepted = [
    `a IN (${Array.from({ length: 100 }, () => ':s').join(', ')})`,
    `a${'.b'.repeat(31)} = :s`,
    'a[4294967294] = :s',
    Array.from({ length: 150 }, (_, i) => `a${i} = b`).join(' OR '),
    'a BETWEEN :n AND :n',
    '(a) = (:s)',
    '(a = :s) AND (b = :s)',
    '( ( size ( a )) < b.c ) AND ( d > :n )',
    'size(:s) = :n AND attribute_type(a, :type) AND :s IN (a, b)',
    `a = ${'b'.repeat(4092)}`,
  ];
  for (const text of accepted) assert.equal(errorOf(withValues({ ConditionExpression: text })), 'no error', text);
});

test('a text of more than 4,096 bytes is too large, counted in UTF-8', () => {
  const text = `a = ${'b'.repeat(4093)}`;
  assert.equal(
    errorOf({ ConditionExpression: text }),
    'Invalid ConditionExpression: Expression size has exceeded the maximum allowed size;',
  );
  assert.equal(
    errorOf({ FilterExpression: text }),
    'Invalid FilterExpression: Expression size has exceeded the maximum allowed size; expression size: 4097',
  );
  assert.equal(
    errorOf({ FilterExpression: 'é'.repeat(2049) }),
    'Invalid FilterExpression: Expression size has exceeded the maximum allowed size; expression size: 4098',
  );
});

const UPDATE_ERRORS: readonly (readonly [text: string, error: string])[] = [
  ['', 'The expression can not be empty;'],
  ['INVALID SYNTAX HERE', 'Syntax error; token: "INVALID", near: "INVALID SYNTAX"'],
  ['SET', 'Syntax error; token: "<EOF>", near: "SET"'],
  ['ADD hits : incr', 'Syntax error; token: ":", near: "hits : incr"'],
  ['SET a = :s b = :s', 'Syntax error; token: "b", near: ":s b ="'],
  ['SET a = :s,', 'Syntax error; token: "<EOF>", near: ","'],
  ['SET a = :n + :n + :n', 'Syntax error; token: "+", near: ":n + :n"'],
  ['SET a = b c', 'Syntax error; token: "c", near: "b c"'],
  ['ADD a b', 'Syntax error; token: "b", near: "a b"'],
  ['REMOVE :s', 'Syntax error; token: ":s", near: "REMOVE :s"'],
  ['SET a = (:n', 'Syntax error; token: "<EOF>", near: ":n"'],
  ['SET SET = :n', 'Syntax error; token: "SET", near: "SET SET ="'],
  ['SET a = :n SET b = :n', 'The "SET" section can only be used once in an update expression;'],
  ['REMOVE a ADD b :n REMOVE c', 'The "REMOVE" section can only be used once in an update expression;'],
  ['SET a = ((:n + :n))', 'The expression has redundant parentheses;'],
  ['SET name = :s', 'Attribute name is a reserved keyword; reserved keyword: name'],
  ['SET a = foo(:s)', 'Invalid function name; function: foo'],
  ['SET a = size(b)', 'The function is not allowed in an update expression; function: size'],
  ['SET a = attribute_exists(b)', 'The function is not allowed in an update expression; function: attribute_exists'],
  [
    'SET a = if_not_exists(a)',
    'Incorrect number of operands for operator or function; operator or function: if_not_exists, number of operands: 1',
  ],
  [
    'SET a = if_not_exists(:s, :s)',
    'Operator or function requires a document path; operator or function: if_not_exists',
  ],
  ['SET a = b + :s', 'Incorrect operand type for operator or function; operator or function: +, operand type: S'],
  [
    'SET a = :n - list_append(b, c)',
    'Incorrect operand type for operator or function; operator or function: -, operand type: L',
  ],
  [
    'SET a = list_append(b, :map)',
    'Incorrect operand type for operator or function; operator or function: list_append, operand type: M',
  ],
  ['SET a = if_not_exists(a, :n + :s)', 'Syntax error; token: "+", near: ":n + :s"'],
  [
    'SET a = if_not_exists(a, (:n + :s))',
    'Incorrect operand type for operator or function; operator or function: +, operand type: S',
  ],
  [
    'ADD a :s',
    'Incorrect operand type for operator or function; operator: ADD, operand type: STRING, typeSet: ALLOWED_FOR_ADD_OPERAND',
  ],
  [
    'DELETE a :n',
    'Incorrect operand type for operator or function; operator: DELETE, operand type: NUMBER, typeSet: ALLOWED_FOR_DELETE_OPERAND',
  ],
  [
    'SET a = :s REMOVE a',
    'Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a]',
  ],
  [
    'REMOVE a.b[1].c, a.b',
    'Two document paths overlap with each other; must remove or rewrite one of these paths; ' +
      'path one: [a, b, [1], c], path two: [a, b]',
  ],
  [
    'SET a.b = :s REMOVE a[1]',
    'Two document paths conflict with each other; must remove or rewrite one of these paths; ' +
      'path one: [a, b], path two: [a, [1]]',
  ],
];

test("updates have DynamoDB's errors", () => {
  for (const [text, error] of UPDATE_ERRORS) {
    assert.equal(errorOf(withValues({ UpdateExpression: text })), `Invalid UpdateExpression: ${error}`, text);
  }
});

const PROJECTION_ERRORS: readonly (readonly [text: string, error: string])[] = [
  ['', 'The expression can not be empty;'],
  ['!!', 'Syntax error; token: "!", near: "!!"'],
  ['a,,b', 'Syntax error; token: ",", near: ",,b"'],
  ['a, #, b', 'Syntax error; token: "#", near: ", #,"'],
  ['a, data', 'Attribute name is a reserved keyword; reserved keyword: data'],
  [
    'a.b, a',
    'Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a, b], path two: [a]',
  ],
  [
    `${Array.from({ length: 20 }, (_, i) => `x.a${i}`).join(', ')}, y, x[0]`,
    'Two document paths conflict with each other; must remove or rewrite one of these paths; ' +
      'path one: [x, a0], path two: [x, [0]]',
  ],
  [
    `${Array.from({ length: 20 }, (_, i) => `x.a${i}`).join(', ')}, x.a7.b`,
    'Two document paths overlap with each other; must remove or rewrite one of these paths; ' +
      'path one: [x, a7], path two: [x, a7, b]',
  ],
];

test("projections have DynamoDB's errors", () => {
  for (const [text, error] of PROJECTION_ERRORS) {
    assert.equal(errorOf({ ProjectionExpression: text }), `Invalid ProjectionExpression: ${error}`, text);
  }
});

test('paths meet by the names that placeholders stand for', () => {
  assert.equal(
    errorOf({ ProjectionExpression: '#a, #b.c', ExpressionAttributeNames: { '#a': 'x', '#b': 'x' } }),
    'Invalid ProjectionExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; ' +
      'path one: [x], path two: [x, c]',
  );
  const dotted = { '#a': 'x.y', '#b': 'x' };
  assert.equal(errorOf({ ProjectionExpression: '#a, #b', ExpressionAttributeNames: dotted }), 'no error');
});

const KEY_CONDITION_ERRORS: readonly (readonly [text: string, error: string])[] = [
  ['a = :s OR b = :s', 'Invalid operator used in KeyConditionExpression: OR'],
  ['a = :s AND NOT b = :s', 'Invalid operator used in KeyConditionExpression: NOT'],
  ['a IN (:s)', 'Invalid operator used in KeyConditionExpression: IN'],
  ['a <> :s', 'Invalid operator used in KeyConditionExpression: <>'],
  ['contains(a, :s)', 'Invalid operator used in KeyConditionExpression: contains'],
  ['a = :s AND attribute_exists(b)', 'Invalid operator used in KeyConditionExpression: attribute_exists'],
  ['size(a) = :n', 'Invalid operator used in KeyConditionExpression: size'],
  ['a.b = :s', 'Invalid KeyConditionExpression: KeyConditionExpressions cannot have conditions on nested attributes'],
  [
    'a = :s AND b[0] = :s',
    'Invalid KeyConditionExpression: KeyConditionExpressions cannot have conditions on nested attributes',
  ],
  ['a = b', 'Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition'],
  [':s = :t', 'Invalid condition in KeyConditionExpression: No key attribute specified'],
  [
    ':n BETWEEN a AND :m',
    'Invalid condition in KeyConditionExpression: BETWEEN operator must have the key attribute as its first operand',
  ],
  [
    'begins_with(:s, a)',
    'Invalid condition in KeyConditionExpression: begins_with operator must have the key attribute as its first operand',
  ],
  ['a > :n AND a < :m', 'KeyConditionExpressions must only contain one condition per key'],
];

test('key conditions have errors of their own', () => {
  for (const [text, error] of KEY_CONDITION_ERRORS) {
    assert.equal(errorOf(withValues({ KeyConditionExpression: text })), error, text);
  }
});

test('key conditions become terms, values in front of their attribute put behind it', () => {
  const { keyCondition } = readExpressions({
    KeyConditionExpression: '(:n = #a) AND (:s <= b) and c between :n and :m AND begins_with(d, :s) AND :s > e',
    ExpressionAttributeNames: { '#a': 'x y' },
    ExpressionAttributeValues: { ':n': { N: '1.0' }, ':m': { N: '2' }, ':s': { S: 'x' } },
  });
  assert.deepEqual(keyCondition?.terms, [
    { attributeName: 'x y', operator: '=', operands: [{ N: '1' }] },
    { attributeName: 'b', operator: '>=', operands: [{ S: 'x' }] },
    { attributeName: 'c', operator: 'BETWEEN', operands: [{ N: '1' }, { N: '2' }] },
    { attributeName: 'd', operator: 'begins_with', operands: [{ S: 'x' }] },
    { attributeName: 'e', operator: '<', operands: [{ S: 'x' }] },
  ]);
});

const VALUES_WITHOUT_USE = 'ExpressionAttributeValues can only be specified when using expressions';
const PARAMETER_ERRORS: readonly (readonly [parameters: ExpressionParameters, error: string])[] = [
  [
    { ExpressionAttributeNames: { '#a': 'a' } },
    'ExpressionAttributeNames can only be specified when using expressions',
  ],
  [{ ExpressionAttributeNames: {} }, 'ExpressionAttributeNames can only be specified when using expressions'],
  [{ ExpressionAttributeValues: {} }, `${VALUES_WITHOUT_USE}: UpdateExpression and ConditionExpression are null`],
  [
    { ProjectionExpression: 'a', ExpressionAttributeValues: { ':s': { S: 'x' } } },
    `${VALUES_WITHOUT_USE}: UpdateExpression and ConditionExpression are null`,
  ],
  [{ ConditionExpression: 'a', ExpressionAttributeNames: {} }, 'ExpressionAttributeNames must not be empty'],
  [{ ConditionExpression: 'a', ExpressionAttributeValues: {} }, 'ExpressionAttributeValues must not be empty'],
  [
    { ConditionExpression: 'a', ExpressionAttributeNames: { x: 'a' } },
    'ExpressionAttributeNames contains invalid key: Syntax error; key: "x"',
  ],
  [
    { ConditionExpression: 'a', ExpressionAttributeNames: { '#a-b': 'a' } },
    'ExpressionAttributeNames contains invalid key: Syntax error; key: "#a-b"',
  ],
  [
    { ConditionExpression: 'a', ExpressionAttributeNames: { '#a': '' } },
    'ExpressionAttributeNames contains invalid value: Empty attribute name for key #a',
  ],
  [
    { ConditionExpression: 'a', ExpressionAttributeNames: { '#a': null as unknown as string } },
    'ExpressionAttributeNames contains invalid value: Empty attribute name for key #a',
  ],
  [
    { ConditionExpression: 'a', ExpressionAttributeValues: { ':v': null } },
    'ExpressionAttributeValues contains invalid value: Supplied AttributeValue is empty, ' +
      'must contain exactly one of the supported datatypes for key :v',
  ],
  [
    { ConditionExpression: 'a', ExpressionAttributeNames: { [`#${'a'.repeat(255)}`]: 'a' } },
    'ExpressionAttributeNames contains invalid key: The expression attribute map contains a key that is too long; ' +
      `key: "#${'a'.repeat(255)}"`,
  ],
  [
    { ConditionExpression: 'a', ExpressionAttributeNames: { '#a': 'é'.repeat(32_768) } },
    'ExpressionAttributeNames contains invalid value: Attribute name is too large, must be less than 65536 bytes for key #a',
  ],
  [
    { ConditionExpression: 'a', ExpressionAttributeValues: { v: { S: 'x' } } },
    'ExpressionAttributeValues contains invalid key: Syntax error; key: "v"',
  ],
  [
    { ConditionExpression: 'a', ExpressionAttributeValues: { ':v': {} } },
    'ExpressionAttributeValues contains invalid value: Supplied AttributeValue is empty, ' +
      'must contain exactly one of the supported datatypes for key :v',
  ],
  [
    { ConditionExpression: 'a', ExpressionAttributeValues: { ':v': { N: 'abc' } } },
    'ExpressionAttributeValues contains invalid value: The parameter cannot be converted to a numeric value: abc for key :v',
  ],
  [
    { ConditionExpression: 'a = b', ExpressionAttributeNames: { '#x': 'x', '#y': 'y' } },
    'Value provided in ExpressionAttributeNames unused in expressions: keys: {#x, #y}',
  ],
  [
    { ConditionExpression: 'a = :v', ExpressionAttributeValues: { ':v': { S: 'x' }, ':w': { S: 'x' } } },
    'Value provided in ExpressionAttributeValues unused in expressions: keys: {:w}',
  ],
  [
    { ConditionExpression: 'a = #constructor', ExpressionAttributeNames: { '#b': 'b' } },
    'Invalid ConditionExpression: An expression attribute name used in the document path is not defined; attribute name: #constructor',
  ],
  [
    { ConditionExpression: 'a', UpdateExpression: 'SET' },
    'Invalid UpdateExpression: Syntax error; token: "<EOF>", near: "SET"',
  ],
];

test('names and values have errors of their own', () => {
  for (const [parameters, error] of PARAMETER_ERRORS) assert.equal(errorOf(parameters), error);
});

test('expressions of one request share its names and values, and nothing of another request', () => {
  const parameters = {
    UpdateExpression: 'set #n.#m[3].c = :v',
    ConditionExpression: '#n.#m[0] <> :w',
    FilterExpression: 'attribute_exists(plain.place)',
    ProjectionExpression: '#m, #n[1]',
  };
  const read = (n: string, v: string) =>
    readExpressions({
      ...parameters,
      ExpressionAttributeNames: { '#n': n, '#m': 'a.b' },
      ExpressionAttributeValues: { ':v': { N: v }, ':w': { B: 'AA==' } },
    });
  for (const [n, v] of [
    ['__proto__', '7'],
    ['other', '8'],
  ] as const) {
    assert.deepEqual(read(n, v), {
      update: {
        kind: 'update',
        actions: [
          {
            kind: 'set',
            path: { kind: 'path', path: [n, 'a.b', 3, 'c'] },
            value: { kind: 'value', value: { N: v } },
          },
        ],
      },
      condition: {
        kind: 'comparison',
        operator: '<>',
        left: { kind: 'path', path: [n, 'a.b', 0] },
        right: { kind: 'value', value: { B: 'AA==' } },
      },
      filter: { kind: 'call', name: 'attribute_exists', operands: [{ kind: 'path', path: ['plain', 'place'] }] },
      projection: {
        kind: 'projection',
        paths: [['a.b'], [n, 1]],
      },
    });
  }
});

test('expressions can be posted to another thread', () => {
  const expressions = readExpressions({
    UpdateExpression: 'SET a = if_not_exists(b, :v) + :v REMOVE c[1]',
    ConditionExpression: 'NOT (a IN (:v) OR size(b) BETWEEN :v AND :v)',
    ExpressionAttributeValues: { ':v': { N: '1' } },
  });
  assert.deepEqual(structuredClone(expressions), expressions);
});

test('a request without expressions has none', () => {
  assert.deepEqual(readExpressions({}), {});
});

const FRAGMENTS = [
  'a b.c a[0] #n #n.b[1] :v :w name size(a) size( attribute_exists( contains( foo( if_not_exists( list_append(',
  'SET REMOVE ADD DELETE AND OR NOT BETWEEN IN ( ) (( [ ] , . = <> < >= + - 5 _ # : ! 😀 \ud800 \u0000',
].flatMap((line) => line.split(' '));

test('any text is read or has a ValidationException', () => {
  const text = fc.oneof(
    fc.array(fc.constantFrom(...FRAGMENTS), { maxLength: 30 }).map((fragments) => fragments.join(' ')),
    fc.array(fc.constantFrom(...FRAGMENTS), { maxLength: 30 }).map((fragments) => `SET a = ${fragments.join('')}`),
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc
      .tuple(fc.constantFrom(...FRAGMENTS), fc.integer({ min: 1, max: 4_200 }))
      .map(([fragment, count]) => fragment.repeat(count)),
  );
  const name = fc.constantFrom(
    ...([
      'UpdateExpression',
      'ConditionExpression',
      'KeyConditionExpression',
      'FilterExpression',
      'ProjectionExpression',
    ] as const),
  );
  fc.assert(
    fc.property(name, text, fc.boolean(), (parameter, expression, isBound) => {
      const bindings = isBound
        ? { ExpressionAttributeNames: { '#n': 'n' }, ExpressionAttributeValues: { ':v': { N: '1' }, ':w': { S: 'w' } } }
        : {};
      // Fails by itself where something else than a ValidationException is thrown.
      errorOf({ [parameter]: expression, ...bindings });
    }),
    { numRuns: 500 },
  );
});

test('all names and values together have at most 2 MB, and are not looked at closer when they have more', () => {
  const error =
    'ExpressionAttributeNames and ExpressionAttributeValues have together exceeded the maximum allowed size';
  const sized = (value: unknown) =>
    errorOf({
      ConditionExpression: '#n = :v',
      ExpressionAttributeNames: { '#n': 'name' },
      ExpressionAttributeValues: { ':v': value },
    });
  // Besides the string: both placeholders, the name, the type's name and three objects.
  assert.equal(sized({ S: 'é'.repeat(1_048_570) }), 'no error');
  assert.equal(sized({ S: 'é'.repeat(1_048_570) + 'x' }), error);
  assert.equal(sized({ B: Buffer.alloc(2_097_141).toString('base64') }), 'no error');
  assert.equal(sized({ B: Buffer.alloc(2_097_142).toString('base64') }), error);
  assert.equal(sized({ L: [{ N: 'not a number' }, { S: 'x'.repeat(2_097_152) }] }), error);
  const numbers = Array.from({ length: 300_000 }, (_, i) => ({ N: String(i) }));
  assert.equal(sized({ L: [{ N: 'no number' }, ...numbers] }), error);
});

test('deep nesting has an error, not a stack overflow', () => {
  const deep = [
    ['NOT '.repeat(1_000), 'The expression contains too many operators; operator count: 301'],
    ['size('.repeat(800), 'The expression contains too many operators; operator count: 301'],
    ['('.repeat(4_000), 'The expression has redundant parentheses;'],
  ] as const;
  for (const [text, error] of deep) {
    assert.equal(errorOf({ ConditionExpression: text }), `Invalid ConditionExpression: ${error}`);
  }
  assert.equal(
    errorOf({ UpdateExpression: `SET a = ${'('.repeat(4_000)}` }),
    'Invalid UpdateExpression: The expression has redundant parentheses;',
  );
});
