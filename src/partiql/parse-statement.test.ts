import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { DocumentPath } from '../expressions/ast.ts';
import { ApiError } from '../foundation/errors.ts';
import { canonicalItem, canonicalValue } from '../values/arbitraries.test.ts';
import type { AttributeValue, Item } from '../values/attribute-value.ts';
import { bindStatement } from './bind.ts';
import { isKeyword } from './keywords.ts';
import { notWellFormedText } from './messages.ts';
import { parseStatement } from './parse-statement.ts';

const NAME = fc.oneof(
  fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,8}$/),
  fc.string({ minLength: 1, maxLength: 8 }).map((text) => text.toWellFormed()),
);
const PATH: fc.Arbitrary<DocumentPath> = fc
  .tuple(NAME, fc.array(fc.oneof(NAME, fc.nat({ max: 1000 })), { maxLength: 4 }))
  .map(([name, rest]) => [name, ...rest]);

/** A value as a literal; undefined for what has none. */
function printValue(value: AttributeValue): string | undefined {
  if ('S' in value) return printString(value.S);
  if ('N' in value) return value.N;
  if ('BOOL' in value) return String(value.BOOL);
  if ('NULL' in value) return 'NULL';
  if ('SS' in value) return `<<${value.SS.map(printString).join(', ')}>>`;
  if ('NS' in value) return `<<${value.NS.join(', ')}>>`;
  if ('L' in value) return printAll(value.L, ([...texts]) => `[${texts.join(', ')}]`);
  return 'M' in value ? printTuple(value.M) : undefined;
}

function printAll(values: readonly AttributeValue[], join: (texts: string[]) => string): string | undefined {
  const texts = values.map(printValue).filter((text) => text !== undefined);
  return texts.length === values.length ? join(texts) : undefined;
}

function printTuple(item: Item): string | undefined {
  const names = Object.keys(item);
  const values = names.map((name) => item[name] as AttributeValue);
  return printAll(
    values,
    (texts) => `{${texts.map((text, i) => `${printString(names[i] ?? '')}: ${text}`).join(', ')}}`,
  );
}

function printString(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function printPath(path: DocumentPath): string {
  const texts = path.map((element) => (typeof element === 'number' ? `[${element}]` : `.${printName(element)}`));
  return texts.join('').slice(1);
}

function printName(name: string): string {
  const isBare = /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !isKeyword(name.toUpperCase());
  return isBare ? name : `"${name.replaceAll('"', '""')}"`;
}

/** The text of a condition, and what it must parse to when the values are in place. */
const CONDITION: fc.Arbitrary<{ readonly text: string; readonly tree: unknown }> = fc.letrec((tie) => ({
  comparison: fc
    .tuple(PATH, fc.constantFrom('=', '<>', '<', '<=', '>', '>='), fc.string())
    .map(([path, operator, text]) => ({
      text: `${printPath(path)} ${operator} ${printString(text.toWellFormed())}`,
      tree: { kind: 'comparison', operator, left: { kind: 'path', path }, right: stringOperand(text) },
    })),
  missing: PATH.map((path) => ({
    text: `${printPath(path)} is missing`,
    tree: { kind: 'call', name: 'attribute_not_exists', operands: [{ kind: 'path', path }] },
  })),
  not: (tie('condition') as fc.Arbitrary<Printed>).map(({ text, tree }) => ({
    text: `NOT (${text})`,
    tree: { kind: 'not', condition: tree },
  })),
  join: fc
    .tuple(
      fc.constantFrom('and', 'or'),
      fc.array(tie('condition') as fc.Arbitrary<Printed>, { minLength: 2, maxLength: 3 }),
    )
    .map(([kind, parts]) => ({
      text: parts.map(({ text }) => `(${text})`).join(` ${kind} `),
      tree: { kind, conditions: parts.map(({ tree }) => tree) },
    })),
  condition: fc.oneof(
    { maxDepth: 4 },
    tie('comparison'),
    tie('missing'),
    tie('not'),
    tie('join'),
  ) as fc.Arbitrary<Printed>,
})).condition;

interface Printed {
  readonly text: string;
  readonly tree: unknown;
}

function stringOperand(text: string): unknown {
  return { kind: 'value', value: { S: text.toWellFormed() } };
}

function bound(text: string, parameters: readonly AttributeValue[] = []) {
  return bindStatement(parseStatement(text), parameters);
}

/** The error's text, in full or, behind the usual beginning, its end. */
function messageOf(text: string, parameters: readonly AttributeValue[] = []): string {
  try {
    bound(text, parameters);
  } catch (error) {
    assert.ok(error instanceof ApiError, String(error));
    assert.equal(error.name, 'ValidationException');
    return error.message;
  }
  return 'no error';
}

describe('values', () => {
  test('are read back as they were printed', () => {
    fc.assert(
      fc.property(canonicalItem, (item) => {
        const text = printTuple(item);
        fc.pre(text !== undefined);
        const statement = bound(`INSERT INTO t VALUE ${text}`);
        assert.ok(statement.kind === 'insert');
        assert.deepEqual({ ...statement.item }, { ...item });
      }),
    );
  });

  test('of any type can be parameters, inside literals too', () => {
    fc.assert(
      fc.property(canonicalValue, (value) => {
        const statement = bound(`INSERT INTO t VALUE {'a': ?, 'b': {'c': ?}}`, [value, { BOOL: true }]);
        assert.ok(statement.kind === 'insert');
        assert.deepEqual(statement.item.a, value);
      }),
    );
  });

  test('are numbers with sign, fraction and exponent, and become canonical', () => {
    const statement = bound(
      `INSERT INTO t VALUE {'a': -1.50, 'b': +2, 'c': 1e3, 'd': .5, 'e': 3., 'f': <<1.0, 2E-1>>}`,
    );
    assert.ok(statement.kind === 'insert');
    assert.deepEqual(
      { ...statement.item },
      { a: { N: '-1.5' }, b: { N: '2' }, c: { N: '1000' }, d: { N: '0.5' }, e: { N: '3' }, f: { NS: ['1', '0.2'] } },
    );
  });

  test('that break the rules of values have the errors of values', () => {
    assert.match(messageOf(`INSERT INTO t VALUE {'a': 1e200}`), /^Number overflow/);
    assert.match(messageOf(`INSERT INTO t VALUE {'a': <<'x', 'x'>>}`), /contains duplicates/);
    assert.equal(messageOf(`INSERT INTO t VALUE {'a': <<>>}`), 'Sets must not be empty');
    assert.match(messageOf(`INSERT INTO t VALUE {'a': <<'x', 1>>}`), /^All members of a set/);
    assert.match(messageOf(`INSERT INTO t VALUE [1]`), /must be a tuple$/);
  });

  test('name each attribute of a tuple once', () => {
    const repeated = 'Attribute a occurs more than once in one tuple';
    assert.equal(messageOf(`INSERT INTO t VALUE {'a': 1, 'b': 2, "a": 1}`), repeated);
    assert.equal(messageOf(`INSERT INTO t VALUE {'b': {'a': ?, 'a': ?}}`), repeated);
    assert.equal(messageOf(`SELECT * FROM t WHERE b = {'a': 1, 'a': 1}`), repeated);
    assert.equal(messageOf(`INSERT INTO t VALUE {'a': {'a': 1}, 'A': [{'a': 1}, {'a': 2}]}`), 'no error');
  });

  test('nest as deep as an item may', () => {
    const nested = (levels: number) => `INSERT INTO t VALUE {'a': ${'['.repeat(levels)}${']'.repeat(levels)}}`;
    assert.equal(messageOf(nested(31)), 'no error');
    for (const levels of [32, 33, 40]) {
      assert.match(messageOf(nested(levels)), /^Nesting Levels have exceeded supported limits: Attributes in the item/);
    }
  });
});

describe('paths', () => {
  test('are read back as they were printed', () => {
    fc.assert(
      fc.property(fc.array(PATH, { minLength: 1, maxLength: 4 }), (paths) => {
        const statement = bound(`SELECT ${paths.map(printPath).join(', ')} FROM "my table"."my index"`);
        assert.ok(statement.kind === 'select');
        assert.deepEqual(statement.paths, paths);
        assert.deepEqual([statement.tableName, statement.indexName], ['my table', 'my index']);
      }),
    );
  });

  test('may name an attribute in brackets', () => {
    const statement = bound(`SELECT a['b c'][1] FROM t`);
    assert.ok(statement.kind === 'select');
    assert.deepEqual(statement.paths, [['a', 'b c', 1]]);
  });
});

describe('conditions', () => {
  test('are read back as they were printed', () => {
    fc.assert(
      fc.property(CONDITION, ({ text, tree }) => {
        const statement = bound(`SELECT * FROM t WHERE ${text}`);
        assert.ok(statement.kind === 'select');
        assert.deepEqual(statement.where, tree);
      }),
      { numRuns: 300 },
    );
  });

  test('bind AND closer than OR, and NOT closer than AND', () => {
    const left = bound(`SELECT * FROM t WHERE NOT a = 1 AND b = 2 OR c = 3`);
    const right = bound(`SELECT * FROM t WHERE ((NOT (a = 1)) AND (b = 2)) OR (c = 3)`);
    assert.deepEqual(left, right);
  });

  test('take NOT in front of IN and BETWEEN, lists in brackets or parentheses, and != for <>', () => {
    const same = (first: string, second: string) =>
      assert.deepEqual(bound(`SELECT * FROM t WHERE ${first}`), bound(`SELECT * FROM t WHERE ${second}`));
    same('a NOT IN [1, 2]', 'NOT a IN (1, 2)');
    same('a NOT BETWEEN 1 AND 2', 'NOT (a BETWEEN 1 AND 2)');
    same('a != 1', 'a <> 1');
    same('a IS NOT NULL', "NOT attribute_type(a, 'NULL')");
    same('a = MISSING', 'a IS MISSING');
  });
});

describe('statements', () => {
  test('know no case in keywords and functions, and keep it in names', () => {
    const statement = bound(`select Aa from Tt where BEGINS_WITH(Bb, 'x') order by Cc desc;`);
    assert.ok(statement.kind === 'select');
    assert.deepEqual(
      [statement.paths, statement.tableName, statement.orderBy],
      [[['Aa']], 'Tt', [{ name: 'Cc', descending: true }]],
    );
  });

  test('skip comments', () => {
    assert.deepEqual(bound('SELECT * -- all\nFROM /* the\ntable */ t'), bound('SELECT * FROM t'));
  });

  test('take as many parameters as they have question marks', () => {
    const text = "Number of parameters in request and statement don't match.";
    assert.equal(messageOf('SELECT * FROM t WHERE a = ?'), text);
    assert.equal(messageOf('SELECT * FROM t WHERE a = ?', [{ N: '1' }, { N: '2' }]), text);
    assert.equal(messageOf("SELECT * FROM t WHERE a = '?'", [{ N: '1' }]), text);
    assert.equal(messageOf('SELECT * FROM t WHERE a = ?', [{ N: '1' }]), 'no error');
  });

  const syntaxErrors: readonly (readonly [text: string, detail: string])[] = [
    ['', 'Expected data manipulation'],
    ['SLECT * FROM t', 'Expected data manipulation'],
    ['UPDATE t-x SET a = 1 WHERE b = 1', 'Expected data manipulation'],
    ['CREATE TABLE t', 'Unexpected keyword'],
    ['INSERT INTO t (key) VALUES (1)', 'Unexpected keyword'],
    ['INSERT INTO t (a, b) VALUES (1, 2)', 'Unexpected token after expression'],
    ["INSERT INTO t {'a': 1}", 'Unexpected term'],
    ['SELECT * t', 'Expected FROM after SELECT list'],
    [
      'SELECT *, a FROM t',
      "Other expressions may not be present in the select list when '*' is used without dot notation.",
    ],
    ['SELECT * FROM', 'Unexpected term'],
    ['SELECT a. FROM t', 'Invalid path dot component'],
    ['SELECT a[b] FROM t', 'Unexpected path component b'],
    ['SELECT * FROM t.i.x', 'Unexpected path component x'],
    ['SELECT * FROM t WHERE size = 1', 'Unexpected keyword'],
    ['SELECT * FROM t WHERE ()', 'Expression group cannot be empty'],
    ['SELECT * FROM t WHERE a', 'Expected a condition'],
    ['SELECT * FROM t WHERE (a = 1) = 2', 'Expected an attribute or a value'],
    ['SELECT * FROM t; SELECT * FROM t', 'Unexpected token after expression'],
    ["SELECT * FROM t WHERE a = 'x", 'Unterminated string literal'],
    ['SELECT * FROM "t', 'Unterminated quoted identifier'],
    ['SELECT * FROM t WHERE a = §', 'Unexpected character §'],
    ['DELETE t', 'Expected FROM after DELETE'],
    ['UPDATE t SET WHERE a = 1', 'Expected assignment for SET'],
    [
      'DELETE FROM t WHERE a = 1 RETURNING OLD *',
      'Expected ( MODIFIED | ALL ) ( NEW | OLD ) in each returning element.',
    ],
  ];
  for (const [text, detail] of syntaxErrors) {
    test(`not well formed: ${text}`, () => assert.equal(messageOf(text), notWellFormedText(detail)));
  }

  const refused: readonly (readonly [text: string, message: string])[] = [
    ['SELECT a AS b FROM t', 'Aliases are not supported'],
    ['SELECT count(a) FROM t', 'Unsupported function: COUNT'],
    ['SELECT * FROM t LIMIT 1', 'Unsupported clause: LIMIT'],
    ["SELECT * FROM t WHERE a LIKE 'x'", 'Unsupported operator: LIKE'],
    ['SELECT * FROM t WHERE a = 1 + 1', 'Unsupported operator: +'],
    ['SELECT * FROM t WHERE upper(a) = 1', 'Unsupported function: upper'],
    [
      'SELECT * FROM t WHERE contains(a)',
      'Incorrect number of arguments for function: contains, number of arguments: 1',
    ],
    ['SELECT * FROM t ORDER BY a', 'Must have WHERE clause in the statement when using ORDER BY clause.'],
    ['UPDATE t SET a = set_add(b, <<1>>)', 'set_add must be assigned to the attribute that is its first argument'],
    ['UPDATE t SET a = set_add(a, 1)', 'The second argument of set_add must be a set'],
    [
      'UPDATE t SET a = 1, a.b = 2',
      'Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a, b]',
    ],
    [
      'SELECT * FROM t WHERE begins_with(a, 1)',
      'Incorrect operand type for operator or function; operator or function: begins_with, operand type: N',
    ],
    ['DELETE FROM t WHERE a = 1 RETURNING ALL NEW *', 'Only RETURNING ALL OLD * is supported in DELETE statements'],
    ['DELETE FROM t.i WHERE a = 1', 'Only tables can be written to'],
  ];
  for (const [text, message] of refused) {
    test(`refused: ${text}`, () => assert.equal(messageOf(text), message));
  }

  test('take a value whole and at most four parts of it', () => {
    const list = (count: number) =>
      `SELECT a, ${Array.from({ length: count }, (_, i) => `a.b[${i}]`).join(', ')} FROM t`;
    assert.equal(messageOf(list(4)), 'no error');
    assert.equal(messageOf(list(5)), 'The SELECT list has too many paths into values that it has whole');
    assert.equal(messageOf(`SELECT ${Array.from({ length: 9 }, (_, i) => `a.b[${i}]`).join(', ')} FROM t`), 'no error');
  });

  test('have at most 300 operators and 100 candidates', () => {
    const chain = (count: number) =>
      `SELECT * FROM t WHERE ${Array.from({ length: count }, () => 'a IN [1]').join(' OR ')}`;
    assert.equal(messageOf(chain(150)), 'no error');
    assert.match(messageOf(chain(151)), /operator count: 301$/);
    const list = (count: number) =>
      `SELECT * FROM t WHERE a IN [${Array.from({ length: count }, () => '1').join(',')}]`;
    assert.equal(messageOf(list(100)), 'no error');
    assert.match(messageOf(list(101)), /too many operands; number of operands: 101$/);
  });

  test('of any text parse or have a ValidationException', () => {
    const words = fc.constantFrom(
      ...'SELECT INSERT INTO UPDATE DELETE EXISTS FROM WHERE SET REMOVE VALUE AND OR NOT IN IS BETWEEN MISSING NULL'.split(
        ' ',
      ),
      ...'RETURNING ALL OLD * ORDER BY ( ) [ ] { } << >> , . : ? = <> < - + a "b" \'c\' 1 size( set_add( ; \' "'.split(
        ' ',
      ),
    );
    const start = fc.constantFrom('', 'SELECT * FROM t WHERE ', 'UPDATE t SET a = ', 'INSERT INTO t VALUE {');
    fc.assert(
      fc.property(start, fc.array(fc.oneof(words, fc.string({ maxLength: 3 }))), (first, rest) => {
        messageOf(first + rest.join(' '));
      }),
      { numRuns: 2000 },
    );
  });
});
