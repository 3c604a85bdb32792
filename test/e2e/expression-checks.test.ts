/** What is checked of expressions before any item is looked at: each case is sent where no item could match. */
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { useServer } from './server.ts';

const server = useServer();
const KEY = { pk: { S: 'a' }, sk: { N: '1' } };
const KEY_CONDITION = 'pk = :pk';
let table = '';

beforeEach(async () => {
  table = await server.createTable();
});

type Body = Readonly<Record<string, unknown>>;

/** Values that expressions may name; a request gets those that it uses. */
const VALUES: Body = {
  ':pk': KEY.pk,
  ':s': { S: 'x' },
  ':n': { N: '1' },
  ':m': { N: '2' },
  ':b': { BOOL: true },
  ':l': { L: [] },
  ':map': { M: {} },
  ':ss': { SS: ['a'] },
  ':null': { NULL: true },
};

/** Sends a request and gives the text of the error, or 'accepted'; a condition that fails has been accepted too. */
async function answerTo(operation: string, request: Body): Promise<string> {
  const text = JSON.stringify(request);
  const used = Object.entries(VALUES).filter(([key]) => new RegExp(`${key}\\b`).test(text));
  const values = used.length === 0 ? {} : { ExpressionAttributeValues: Object.fromEntries(used) };
  const { status, body } = await server.call(operation, { TableName: table, ...values, ...request });
  if (status === 200 || String(body['__type']).endsWith('#ConditionalCheckFailedException')) return 'accepted';
  assert.equal(body['__type'], 'com.amazon.coral.validate#ValidationException', text);
  return String(body['message']);
}

/** Every place for an expression of each kind: how its parameter is called, and a request with it. */
type Place = readonly [parameter: string, operation: string, request: (text: string) => Body];

const CONDITION_PLACES: readonly Place[] = [
  ['ConditionExpression', 'PutItem', (ConditionExpression) => ({ Item: KEY, ConditionExpression })],
  ['ConditionExpression', 'UpdateItem', (ConditionExpression) => ({ Key: KEY, ConditionExpression })],
  ['ConditionExpression', 'DeleteItem', (ConditionExpression) => ({ Key: KEY, ConditionExpression })],
  ['FilterExpression', 'Scan', (FilterExpression) => ({ FilterExpression })],
  ['FilterExpression', 'Query', (FilterExpression) => ({ KeyConditionExpression: KEY_CONDITION, FilterExpression })],
  ['KeyConditionExpression', 'Query', (KeyConditionExpression) => ({ KeyConditionExpression })],
];

const PROJECTION_PLACES: readonly Place[] = [
  ['ProjectionExpression', 'GetItem', (ProjectionExpression) => ({ Key: KEY, ProjectionExpression })],
  ['ProjectionExpression', 'Scan', (ProjectionExpression) => ({ ProjectionExpression })],
  [
    'ProjectionExpression',
    'Query',
    (ProjectionExpression) => ({ KeyConditionExpression: KEY_CONDITION, ProjectionExpression }),
  ],
  [
    'ProjectionExpression',
    'BatchGetItem',
    (ProjectionExpression) => ({ RequestItems: { [table]: { Keys: [KEY], ProjectionExpression } } }),
  ],
];

const UPDATE_PLACES: readonly Place[] = [
  ['UpdateExpression', 'UpdateItem', (UpdateExpression) => ({ Key: KEY, UpdateExpression })],
];

/** One test for each expression: every place for it gives the error, with the parameter's name in front. */
function testErrors(places: readonly Place[], cases: readonly (readonly [expression: string, error: string])[]): void {
  for (const [expression, error] of cases) {
    test(expression.length > 80 ? `${expression.slice(0, 60)}... (${expression.length})` : expression, async () => {
      for (const [parameter, operation, request] of places) {
        const answer = await answerTo(operation, request(expression));
        assert.equal(answer, `Invalid ${parameter}: ${error}`, `${operation} ${parameter}`);
      }
    });
  }
}

const repeat = (count: number, text: (i: number) => string, separator: string): string =>
  Array.from({ length: count }, (_, i) => text(i)).join(separator);

const OPERAND_TYPE = 'Incorrect operand type for operator or function; operator or function: ';
const NOT_DISTINCT =
  'The first operand must be distinct from the remaining operands for this operator or function; operator: ';
const OVERLAP = 'Two document paths overlap with each other; must remove or rewrite one of these paths; ';
const CONFLICT = 'Two document paths conflict with each other; must remove or rewrite one of these paths; ';

describe('a condition that can not be right is refused where no item matches', () => {
  testErrors(CONDITION_PLACES, [
    ['', 'The expression can not be empty;'],
    ['a = :s AND', 'Syntax error; token: "<EOF>", near: "AND"'],
    ['a == :s', 'Syntax error; token: "=", near: "== :s"'],
    ['a = :s)', 'Syntax error; token: ")", near: ":s)"'],
    ['a = 5', 'Syntax error; token: "5", near: "= 5"'],
    ['_a = :s', 'Syntax error; token: "_", near: "_a"'],
    ['((a = :s))', 'The expression has redundant parentheses;'],
    ['a = :s AND ((b = :s))', 'The expression has redundant parentheses;'],
    ['NOT ((a = :s))', 'The expression has redundant parentheses;'],
    ['status = :s', 'Attribute name is a reserved keyword; reserved keyword: status'],
    ['a.b[0].Name = :s', 'Attribute name is a reserved keyword; reserved keyword: Name'],
    ['foo(a)', 'Invalid function name; function: foo'],
    ['Size(a) = :n', 'Invalid function name; function: Size'],
    ['if_not_exists(a, :s)', 'The function is not allowed in a condition expression; function: if_not_exists'],
    ['size(a)', 'The function is not allowed to be used this way in an expression; function: size'],
    [
      'contains(a)',
      'Incorrect number of operands for operator or function; operator or function: contains, number of operands: 1',
    ],
    ['attribute_exists(:s)', 'Operator or function requires a document path; operator or function: attribute_exists'],
    ['a = a', `${NOT_DISTINCT}=, first operand: [a]`],
    ['a.b[1] <> a.b[1]', `${NOT_DISTINCT}<>, first operand: [a, b, [1]]`],
    ['a BETWEEN a AND :s', `${NOT_DISTINCT}BETWEEN, first operand: [a]`],
    ['a IN (:s, a)', `${NOT_DISTINCT}IN, first operand: [a]`],
    ['contains(a, a)', `${NOT_DISTINCT}contains, first operand: [a]`],
    ['begins_with(a, :n)', `${OPERAND_TYPE}begins_with, operand type: N`],
    ['size(:n) = :n', `${OPERAND_TYPE}size, operand type: N`],
    ['a < :b', `${OPERAND_TYPE}<, operand type: BOOL`],
    ['a >= :null', `${OPERAND_TYPE}>=, operand type: NULL`],
    ['a BETWEEN :ss AND b', `${OPERAND_TYPE}BETWEEN, operand type: SS`],
    ['contains(:n, a)', `${OPERAND_TYPE}contains, operand type: N`],
    ['attribute_type(a, :n)', `${OPERAND_TYPE}attribute_type, operand type: N`],
    [
      'attribute_type(a, :s)',
      'Invalid attribute type name found; type: x, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}',
    ],
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
    ['a = #x', 'An expression attribute name used in the document path is not defined; attribute name: #x'],
    ['a = :x', 'An expression attribute value used in expression is not defined; attribute value: :x'],
    // Operators are counted, not conditions: 151 comparisons have 150 ORs. https://github.com/aws/aws-sdk-js/issues/3721
    [repeat(151, (i) => `a${i}=b`, ' OR '), 'The expression contains too many operators; operator count: 301'],
    [
      `a IN (${repeat(101, () => ':s', ',')})`,
      'The IN operator is provided with too many operands; number of operands: 101',
    ],
    [`a${'.b'.repeat(32)} = :s`, 'The document path has too many nesting levels; nesting levels: 33'],
    ['a[4294967295] = :s', 'List index is not within the allowable range; index: [4294967295]'],
  ]);
});

describe('a condition at a limit, or with parentheses that are not redundant, is fine', () => {
  const conditions = [
    repeat(150, (i) => `a${i}=b`, ' OR '),
    `a IN (${repeat(100, () => ':s', ',')})`,
    `a${'.b'.repeat(31)} = :s`,
    'a[4294967294] = :s',
    'a BETWEEN :n AND :n',
    '(a = :s) AND (b = :s)',
    '((a = :s) AND (b = :s)) OR c = :s',
    '(NOT (a = :s))',
    '(a) = (:s)',
    ':s <= a',
    'size(a) = size(b)',
    'and1 = :s',
  ];
  for (const condition of conditions) {
    test(condition.slice(0, 60), async () => {
      for (const [parameter, operation, request] of CONDITION_PLACES.filter(([name]) => !name.startsWith('Key'))) {
        assert.equal(await answerTo(operation, request(condition)), 'accepted', `${operation} ${parameter}`);
      }
    });
  }
});

describe('an update that can not be right is refused whether its item is there or not', () => {
  testErrors(UPDATE_PLACES, [
    ['', 'The expression can not be empty;'],
    ['SET', 'Syntax error; token: "<EOF>", near: "SET"'],
    ['a = :s', 'Syntax error; token: "a", near: "a ="'],
    ['SET a = :n + :n + :n', 'Syntax error; token: "+", near: ":n + :n"'],
    ['SET a = :s,', 'Syntax error; token: "<EOF>", near: ","'],
    ['REMOVE :s', 'Syntax error; token: ":s", near: "REMOVE :s"'],
    ['ADD a b', 'Syntax error; token: "b", near: "a b"'],
    ['SET a = :s SET b = :s', 'The "SET" section can only be used once in an update expression;'],
    ['REMOVE a REMOVE b', 'The "REMOVE" section can only be used once in an update expression;'],
    ['ADD a :n ADD b :n', 'The "ADD" section can only be used once in an update expression;'],
    ['DELETE a :ss DELETE b :ss', 'The "DELETE" section can only be used once in an update expression;'],
    ['SET a = ((:n + :m))', 'The expression has redundant parentheses;'],
    ['SET status = :s', 'Attribute name is a reserved keyword; reserved keyword: status'],
    ['SET a = foo(:s)', 'Invalid function name; function: foo'],
    ['SET a = size(b)', 'The function is not allowed in an update expression; function: size'],
    [
      'SET a = list_append(:l)',
      'Incorrect number of operands for operator or function; operator or function: list_append, number of operands: 1',
    ],
    [
      'SET a = if_not_exists(:s, :s)',
      'Operator or function requires a document path; operator or function: if_not_exists',
    ],
    ['SET a = b + :s', `${OPERAND_TYPE}+, operand type: S`],
    ['SET a = :ss - b', `${OPERAND_TYPE}-, operand type: SS`],
    ['SET a = list_append(b, :map)', `${OPERAND_TYPE}list_append, operand type: M`],
    [
      'ADD a :l',
      'Incorrect operand type for operator or function; operator: ADD, operand type: LIST, typeSet: ALLOWED_FOR_ADD_OPERAND',
    ],
    [
      'DELETE a :map',
      'Incorrect operand type for operator or function; operator: DELETE, operand type: MAP, typeSet: ALLOWED_FOR_DELETE_OPERAND',
    ],
    ['SET a = :s REMOVE a', `${OVERLAP}path one: [a], path two: [a]`],
    ['SET a.b[0].c = :s REMOVE a.b', `${OVERLAP}path one: [a, b, [0], c], path two: [a, b]`],
    ['ADD a :n DELETE a.b :ss', `${OVERLAP}path one: [a], path two: [a, b]`],
    ['SET a.b = :s, a[1] = :s', `${CONFLICT}path one: [a, b], path two: [a, [1]]`],
    ['REMOVE a[0].b, a[0][1]', `${CONFLICT}path one: [a, [0], b], path two: [a, [0], [1]]`],
    ['SET a = #x', 'An expression attribute name used in the document path is not defined; attribute name: #x'],
    ['SET a = :x', 'An expression attribute value used in expression is not defined; attribute value: :x'],
    [`SET a${'.b'.repeat(32)} = :s`, 'The document path has too many nesting levels; nesting levels: 33'],
  ]);
});

describe('a projection that can not be right is refused where no item matches', () => {
  testErrors(PROJECTION_PLACES, [
    ['', 'The expression can not be empty;'],
    ['a,', 'Syntax error; token: "<EOF>", near: ","'],
    ['a b', 'Syntax error; token: "b", near: "a b"'],
    ['size(a)', 'Syntax error; token: "(", near: "size(a"'],
    ['a, data', 'Attribute name is a reserved keyword; reserved keyword: data'],
    ['a, a', `${OVERLAP}path one: [a], path two: [a]`],
    ['a[0], a[0].b', `${OVERLAP}path one: [a, [0]], path two: [a, [0], b]`],
    ['a.b, a[0]', `${CONFLICT}path one: [a, b], path two: [a, [0]]`],
    ['a, #x', 'An expression attribute name used in the document path is not defined; attribute name: #x'],
  ]);
});
