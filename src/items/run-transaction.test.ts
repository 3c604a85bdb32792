import assert from 'node:assert/strict';
import { test } from 'node:test';
import { validationError } from '../foundation/errors.ts';
import { StorageConflictError, type StorageEngine, type Write } from '../storage/engine.ts';
import type { Catalog } from '../tables/catalog.ts';
import type { TableDefinition } from '../tables/table.ts';
import type { DataContext } from './data-context.ts';
import type { PlanWrite } from './plan-write.ts';
import { type RequestToken, rememberToken } from './request-tokens.ts';
import { runTransaction } from './run-transaction.ts';
import type { TransactItemsOutput } from './transact-items.ts';

const TABLE: TableDefinition = {
  name: 'table',
  id: 'id-1',
  createdAtMs: 0,
  partitionKey: { name: 'pk', type: 'S' },
  billingMode: 'PAY_PER_REQUEST',
  indexes: [],
  space: 16,
};

/** A store that answers transactions with `answers`, in order, and holds what `held` puts. */
function createContext(answers: (() => TransactItemsOutput)[], held: readonly Write[] = []): DataContext {
  const catalog: Pick<Catalog, 'find' | 'findForWrite'> = {
    findForWrite: async () => TABLE,
    find: async () => TABLE,
  };
  const transact = async () => {
    const answer = answers.shift();
    assert.ok(answer !== undefined, 'one transaction too many');
    return answer();
  };
  const get = async (_space: number, key: Uint8Array) => {
    const put = held.find((write) => write.kind === 'put' && Buffer.compare(write.key, key) === 0);
    return put?.kind === 'put' ? put.value : undefined;
  };
  const engine = { transact, get } as unknown as StorageEngine;
  return { engine, catalog: catalog as Catalog, clock: { nowMs: () => 1 } };
}

function deletionOf(key: number): { tableName: string; plan: PlanWrite } {
  return { tableName: 'table', plan: () => ({ kind: 'delete', key: new Uint8Array([key]) }) };
}

function conflict(): never {
  throw new StorageConflictError('other writes kept changing what this one has read');
}

const WRITES = [deletionOf(1), deletionOf(2)];
const TOKEN: RequestToken = { operation: 'TransactWriteItems', token: 'token', requestHash: 'hash' };
const CONFLICT = { code: 'TransactionConflict', message: 'Transaction is ongoing for the item' };

test('a conflict that the engine gives up on cancels the transaction', async () => {
  const outcome = { kind: 'canceled', reasons: [CONFLICT, CONFLICT] };
  assert.deepEqual(await runTransaction(createContext([conflict]), WRITES), outcome);
  assert.deepEqual(await runTransaction(createContext([conflict]), WRITES, TOKEN), outcome);
});

test('a conflict with the same request is answered by what that one has done', async () => {
  const held = rememberToken(TOKEN, [3, 4], undefined, 0);
  assert.deepEqual(await runTransaction(createContext([conflict], held), WRITES, TOKEN), {
    kind: 'replayed',
    chargedSizesBytes: [3, 4],
  });
  const other = { ...TOKEN, requestHash: 'another' };
  await assert.rejects(runTransaction(createContext([conflict], held), WRITES, other), {
    name: 'IdempotentParameterMismatchException',
  });
});

test('a transaction is planned again for a table that was replaced', async () => {
  const context = createContext([() => ({ kind: 'stale' }), () => ({ kind: 'done', results: [] })]);
  assert.deepEqual(await runTransaction(context, WRITES), { kind: 'done', results: [] });
});

test('any other failure of the store is passed on', async () => {
  const failure = new Error('broken');
  const context = createContext([
    () => {
      throw failure;
    },
  ]);
  await assert.rejects(runTransaction(context, WRITES), failure);
});

test('writes that do not fit their tables are told of together, and nothing is run', async () => {
  const misfit = {
    tableName: 'table',
    plan: () => {
      throw validationError('misfit');
    },
  };
  assert.deepEqual(await runTransaction(createContext([]), [misfit, deletionOf(1), misfit]), {
    kind: 'canceled',
    reasons: [
      { code: 'ValidationError', message: 'misfit' },
      { code: 'None' },
      { code: 'ValidationError', message: 'misfit' },
    ],
  });
});
