import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DataContext } from '../items/data-context.ts';
import type { TransactItemsInput } from '../items/transact-items.ts';
import type { WriteItemsInput, WriteItemsOutput } from '../items/write-items.ts';
import type { StorageEngine } from '../storage/engine.ts';
import type { Catalog } from '../tables/catalog.ts';
import type { TableDefinition } from '../tables/table.ts';
import { type BoundWrite, bindStatement } from './bind.ts';
import { parseStatement } from './parse-statement.ts';
import { runWriteTransaction } from './run-transaction.ts';
import { runWriteStatement } from './run-write.ts';

/** Two tables of one name, the second made after the first was deleted; their keys have different names. */
const FIRST = makeTable('first', 'pk');
const SECOND = makeTable('second', 'id');

function makeTable(id: string, keyName: string): TableDefinition {
  return {
    name: 'table',
    id,
    createdAtMs: 0,
    partitionKey: { name: keyName, type: 'S' },
    billingMode: 'PAY_PER_REQUEST',
    indexes: [],
    space: 16,
  };
}

/** A thread that takes the table for the first one until the store tells that it is the second. */
function createThread() {
  const inputs: WriteItemsInput[] = [];
  let known = FIRST;
  const catalog: Pick<Catalog, 'find' | 'findForWrite'> = {
    findForWrite: async () => known,
    find: async () => SECOND,
  };
  const transact = async (
    _procedure: unknown,
    input: WriteItemsInput | TransactItemsInput,
  ): Promise<WriteItemsOutput> => {
    const writes = 'writes' in input ? input.writes : input;
    if (writes.tables[0]?.id === FIRST.id) {
      known = SECOND;
      return { kind: 'stale' };
    }
    inputs.push(writes);
    const consumption = { tableName: 'table', table: 1, localIndexes: new Map(), globalIndexes: new Map() };
    return { kind: 'done', results: writes.actions.map(() => ({ consumption, chargedSizeBytes: 0 })) };
  };
  const engine = { transact } as unknown as StorageEngine;
  const context: DataContext = { engine, catalog: catalog as Catalog, clock: { nowMs: () => 0 } };
  return { context, inputs };
}

function bindWrite(text: string): BoundWrite {
  const statement = bindStatement(parseStatement(text));
  assert.ok(statement.kind !== 'select' && statement.kind !== 'exists');
  return statement;
}

/** The attributes whose absence the writes ask for. */
function absentNames(inputs: readonly WriteItemsInput[]): unknown[] {
  return inputs.flatMap(({ actions }) =>
    actions.map(({ condition }) => {
      assert.ok(condition?.kind === 'call' && condition.name === 'attribute_not_exists');
      const [operand] = condition.operands;
      return operand?.kind === 'path' ? operand.path : undefined;
    }),
  );
}

// An item that has the keys of both tables, so that only the condition tells which table it was planned for.
const INSERT = bindWrite("INSERT INTO table_ VALUE {'pk': 'a', 'id': 'b'}");

test('a condition on the key is that of the table as it is when the write is done', async () => {
  const { context, inputs } = createThread();
  await runWriteStatement(context, 'table', INSERT, false);
  assert.deepEqual(absentNames(inputs), [['id']]);
});

test('so it is in a transaction', async () => {
  const { context, inputs } = createThread();
  await runWriteTransaction(
    context,
    [{ tableName: 'table', statement: INSERT, returnItemOnFailure: false }],
    undefined,
  );
  assert.deepEqual(absentNames(inputs), [['id']]);
});

test('a statement that names no item of the table as it was may name one now', async () => {
  const { context, inputs } = createThread();
  await runWriteStatement(context, 'table', bindWrite("DELETE FROM table_ WHERE id = 'a'"), false);
  assert.equal(inputs.length, 1);
});

test('a statement that names no item of the table as it is has the error for that', async () => {
  const { context, inputs } = createThread();
  await assert.rejects(runWriteStatement(context, 'table', bindWrite("DELETE FROM table_ WHERE x = 'a'"), false), {
    message: 'Where clause does not contain a mandatory equality on all key attributes',
  });
  assert.deepEqual(inputs, []);
});
