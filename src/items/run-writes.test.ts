import assert from 'node:assert/strict';
import { test } from 'node:test';
import { validationError } from '../foundation/errors.ts';
import { StorageConflictError, type StorageEngine } from '../storage/engine.ts';
import type { Catalog } from '../tables/catalog.ts';
import type { TableDefinition } from '../tables/table.ts';
import type { DataContext } from './data-context.ts';
import type { PlanWrite } from './plan-write.ts';
import { runBatch, runWrite } from './run-writes.ts';
import type { WriteItemsInput, WriteItemsOutput } from './write-items.ts';

function makeTable(id: string): TableDefinition {
  return {
    name: 'table',
    id,
    createdAtMs: 0,
    partitionKey: { name: 'pk', type: 'S' },
    billingMode: 'PAY_PER_REQUEST',
    indexes: [],
    space: 16,
  };
}

/** A thread that takes the table for the one called `known` where the store has the one called `stored`. */
function createThread(known: string, stored: string | undefined) {
  const inputs: WriteItemsInput[] = [];
  const catalog: Pick<Catalog, 'find' | 'findForWrite'> = {
    findForWrite: async () => makeTable(known),
    find: async () => (stored === undefined ? undefined : makeTable(stored)),
  };
  const transact = async (_procedure: unknown, input: WriteItemsInput): Promise<WriteItemsOutput> => {
    inputs.push(input);
    const consumption = { tableName: 'table', table: 1, localIndexes: new Map(), globalIndexes: new Map() };
    return { kind: 'done', results: input.actions.map(() => ({ consumption, chargedSizeBytes: 0 })) };
  };
  const engine = { transact } as unknown as StorageEngine;
  const context: DataContext = { engine, catalog: catalog as Catalog, clock: { nowMs: () => 0 } };
  return { context, inputs };
}

/** A deletion whose key only the table `id` has. */
function fits(id: string, key = new Uint8Array([1])): PlanWrite {
  return (table) => {
    if (table.id !== id) throw validationError('The provided key element does not match the schema');
    return { kind: 'delete', key };
  };
}

test('a write that does not fit the table as it was is planned for the table as it is', async () => {
  const { context, inputs } = createThread('first', 'second');
  await runWrite(context, { tableName: 'table', plan: fits('second') });
  assert.deepEqual(
    inputs.map(({ tables }) => tables[0]?.id),
    ['second'],
  );
});

test('keys that were the same in the table as it was may be different ones now', async () => {
  const { context, inputs } = createThread('first', 'second');
  const planKey =
    (key: number): PlanWrite =>
    ({ id }) => ({ kind: 'delete', key: new Uint8Array([id === 'first' ? 0 : key]) });
  await runBatch(context, [
    { tableName: 'table', plan: planKey(1) },
    { tableName: 'table', plan: planKey(2) },
  ]);
  assert.equal(inputs.length, 1);
});

test('a write that fits the table neither as it was nor as it is fails, and finds no table where there is none', async () => {
  const write = { tableName: 'table', plan: fits('third') };
  await assert.rejects(runWrite(createThread('first', 'second').context, write), { name: 'ValidationException' });
  await assert.rejects(runWrite(createThread('first', undefined).context, write), {
    name: 'ResourceNotFoundException',
  });
});

test('a write that fits asks nothing of the store before it is run', async () => {
  const { context, inputs } = createThread('first', undefined);
  await runWrite(context, { tableName: 'table', plan: fits('first') });
  assert.equal(inputs.length, 1);
});

test('a single write whose item others keep changing is answered as a conflict, a batch as not done', async () => {
  const { context } = createThread('first', 'first');
  const transact = async () => {
    throw new StorageConflictError('too many writes wait for the same entry');
  };
  const meeting = { ...context, engine: { transact } as unknown as StorageEngine };
  await assert.rejects(runWrite(meeting, { tableName: 'table', plan: fits('first') }), {
    name: 'TransactionConflictException',
    message: 'Transaction is ongoing for the item',
  });
  assert.equal(await runBatch(meeting, [{ tableName: 'table', plan: fits('first') }]), undefined);
});
