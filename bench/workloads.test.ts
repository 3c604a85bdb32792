import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSeededRandom } from '../test/seeded-random.ts';
import { TABLE_NAME, WORKLOADS, chooseCalls, makeKey, sampleCalls } from './workloads.ts';

const ITEMS = 20_000;

function callsOf(name: string) {
  const workload = WORKLOADS.find((each) => each.name === name);
  assert.ok(workload !== undefined, name);
  return chooseCalls(workload, 200, ITEMS, createSeededRandom(1));
}

test('there is a sample of each operation that workloads have', () => {
  const sampled = new Set(sampleCalls().map(({ operation }) => operation));
  for (const { shares } of WORKLOADS) for (const operation of Object.keys(shares)) assert.ok(sampled.has(operation));
});

test('the shares of a workload are together 1', () => {
  for (const { name, shares } of WORKLOADS) {
    const sum = Object.values(shares).reduce((total, share) => total + share, 0);
    assert.ok(Math.abs(sum - 1) < 1e-9, name);
  }
});

test('a transaction puts four different items of four partition keys', () => {
  for (const { operation, input } of callsOf('TransactWriteItems of 4')) {
    assert.equal(operation, 'TransactWriteItems');
    const { TransactItems } = input as { TransactItems: { Put: { Item: ReturnType<typeof makeKey> } }[] };
    assert.equal(new Set(TransactItems.map(({ Put }) => Put.Item.pk.S)).size, 4);
  }
});

test('a SELECT names the whole key of an item by parameters', () => {
  const calls = callsOf('PartiQL SELECT');
  const keys = new Set(Array.from({ length: ITEMS }, (_, index) => JSON.stringify(Object.values(makeKey(index)))));
  for (const { operation, input } of calls) {
    assert.equal(operation, 'ExecuteStatement');
    const { Statement, Parameters } = input as { Statement: string; Parameters: unknown };
    assert.equal(Statement, `SELECT * FROM "${TABLE_NAME}" WHERE pk = ? AND sk = ?`);
    assert.ok(keys.has(JSON.stringify(Parameters)));
  }
});

test('of puts into a table with a stream, each changes its item', () => {
  const calls = callsOf('PutItem with a stream');
  const last = new Map<string, string>();
  // Sent twice in turn; the first of each key in the first turn has nothing before it.
  const unchanged = [...calls, ...calls].filter(({ input }) => {
    const { Item } = input as { Item: ReturnType<typeof makeKey> };
    const [key, text] = [`${Item.pk.S}/${Item.sk.N}`, JSON.stringify(Item)];
    const isSame = last.get(key) === text;
    last.set(key, text);
    return isSame;
  });
  // A key that was chosen twice has the same item in one half.
  assert.ok(unchanged.length <= 4, `${unchanged.length} of ${2 * calls.length}`);
});
