import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTable } from '../../tables/create-table.ts';
import { draftOf } from '../../tables/table-store.test.ts';
import { openTestContext } from '../table-context.test.ts';
import { ListTables } from './ListTables.ts';

test('without tables the list is empty', async (t) => {
  const context = await openTestContext(t);
  assert.deepEqual(await ListTables.run(context, {}), { TableNames: [], LastEvaluatedTableName: undefined });
});

test('pages follow each other without a gap, and the last one says so', async (t) => {
  const context = await openTestContext(t);
  const names = Array.from({ length: 5 }, (_, i) => `table-${i}`);
  for (const name of names) await context.engine.transact(createTable, draftOf(name));
  const listed: unknown[] = [];
  let start: string | undefined;
  do {
    const page = await ListTables.run(context, { Limit: 2, ExclusiveStartTableName: start });
    listed.push(page.TableNames);
    start = page.LastEvaluatedTableName as string | undefined;
  } while (start !== undefined);
  assert.deepEqual(listed, [['table-0', 'table-1'], ['table-2', 'table-3'], ['table-4']]);
});

test('a page that ends with the last table has no LastEvaluatedTableName', async (t) => {
  const context = await openTestContext(t);
  for (const name of ['one', 'two']) await context.engine.transact(createTable, draftOf(name));
  assert.deepEqual(await ListTables.run(context, { Limit: 2 }), {
    TableNames: ['one', 'two'],
    LastEvaluatedTableName: undefined,
  });
});

test('a page holds 100 names unless less is asked for', async (t) => {
  const context = await openTestContext(t);
  const names = Array.from({ length: 101 }, (_, i) => `table-${String(i).padStart(3, '0')}`);
  await Promise.all(names.map((name) => context.engine.transact(createTable, draftOf(name))));
  assert.deepEqual(await ListTables.run(context, {}), {
    TableNames: names.slice(0, 100),
    LastEvaluatedTableName: 'table-099',
  });
});
