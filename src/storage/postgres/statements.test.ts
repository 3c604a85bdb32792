import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client } from 'pg';
import { openTestDatabase } from '../../../test/postgres.ts';
import { openPostgresStorage } from './storage.ts';
import { SESSION, type Statement, STATEMENTS } from './statements.ts';

/** Words of SQL that PostgreSQL, YugabyteDB and CockroachDB share, and that mean the same there. */
const KEYWORDS = new Set(
  `AND AS ASC BEGIN BY CASE COMMIT COMMITTED CONFLICT CREATE CROSS DELETE DESC DO ELSE END EXISTS FOR FROM GROUP IF IN
   INSERT INTO IS ISOLATION JOIN KEY LEFT LEVEL LIMIT LOCAL LOCKED NOT NOTHING NULL OF ON ONLY OR ORDER ORDINALITY OVER
   PRIMARY READ REPEATABLE RETURNING ROLLBACK SELECT SET SHARE SKIP TABLE THEN UPDATE USING VALUES WHEN WHERE
   WITH`.split(/\s+/),
);
const TYPES = new Set(['BYTEA', 'INT4', 'INT8', 'TEXT']);
const FUNCTIONS = new Set([
  'CLOCK_TIMESTAMP',
  'COALESCE',
  'COUNT',
  'EXTRACT',
  'GREATEST',
  'MAX',
  'RANDOM',
  'ROW_NUMBER',
  'SUM',
  'TRANSACTION_TIMESTAMP',
  'UNNEST',
]);
/** What `EXTRACT` takes. */
const OTHER_WORDS = new Set(['EPOCH']);

/** None locks a table or listens, and what is set may be refused. */
const BEGINNINGS =
  /^(SET (yb_\w+|LOCAL \w+) = |CREATE TABLE IF NOT EXISTS |(SELECT|WITH|UPDATE|BEGIN|COMMIT|ROLLBACK)\b)/;
const INSERTIONS_AND_DELETIONS = /^(INSERT INTO|DELETE FROM) /;

const TABLES = /^stator_(format|entry|fence|gate|counter|counter_delta|log|log_shard|outbox)$/;

/** The words in capitals: only names of tables, columns and functions, and types after `::`, are in lower case. */
function keywordsOf(text: string): string[] {
  return text.match(/\b[A-Z][A-Z_0-9]*\b/g) ?? [];
}

function tablesChangedBy(text: string): string[] {
  const changes = text.matchAll(/(?:INSERT INTO|DELETE FROM|(?<!DO )(?<!FOR )UPDATE) (\w+)/g);
  return [...changes].map(([, table]) => table ?? '');
}

for (const { name, text } of STATEMENTS) {
  test(`${name} keeps to the SQL that all engines share`, () => {
    assert.ok(BEGINNINGS.test(text) || INSERTIONS_AND_DELETIONS.test(text));
    assert.doesNotMatch(text, /;|--|\/\*|'|"|\|\||~|@/);
    for (const word of keywordsOf(text)) {
      assert.ok(
        [KEYWORDS, TYPES, FUNCTIONS, OTHER_WORDS].some((known) => known.has(word)),
        word,
      );
    }
    for (const [, called = ''] of text.matchAll(/(\w+)\(/g)) {
      assert.ok(FUNCTIONS.has(called.toUpperCase()), `calls ${called}`);
    }
    for (const [, type = ''] of text.matchAll(/::(\w+)/g)) assert.ok(TYPES.has(type.toUpperCase()), type);
    for (const [table] of text.matchAll(/stator_\w+/g)) assert.match(table, TABLES);
    const changed = tablesChangedBy(text);
    assert.equal(new Set(changed).size, changed.length, 'changes one table twice');
  });
}

test('names are unique, and of the length that PostgreSQL keeps', () => {
  const names = STATEMENTS.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  for (const name of names) assert.ok(name.length < 64);
});

test('a session is only told limits, formats and hints', () => {
  for (const setting of Object.values(SESSION).flat())
    assert.match(setting, /^SET \w+ = (\d+|hex|off|force_generic_plan)$/);
});

test('no statement goes through a whole table of entries, steps or log entries', async (t) => {
  const { url, drop } = await openTestDatabase();
  t.after(drop);
  const storage = await openPostgresStorage({ url, residentSpaces: [] });
  await storage.close();
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    for (const setting of [...SESSION.limits, ...SESSION.hints]) await client.query(setting);
    for (const { name, text } of STATEMENTS.filter(isPlanned)) {
      const { rows } = await client.query<[string]>({ text: `EXPLAIN (GENERIC_PLAN) ${text}`, rowMode: 'array' });
      const plan = rows.join('\n');
      assert.doesNotMatch(plan, /Seq Scan on stator_(entry|counter_delta|log|outbox)\b/, `${name}:\n${plan}`);
    }
  } finally {
    await client.end();
  }
});

/** Those that list everything are allowed to. */
function isPlanned({ name, text }: Statement): boolean {
  return /^(SELECT|INSERT|UPDATE|DELETE|WITH)/.test(text) && !/_list_/.test(name);
}
