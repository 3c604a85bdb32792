import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createModel, expectInDoubt, keyOf, reconcile, settle } from './model.ts';
import type { CrashItem } from './model.ts';

const first: CrashItem = { pk: 'a', sk: '1', counter: 1, payload: '' };
const second: CrashItem = { ...first, counter: 2 };
const key = keyOf(first);

function modelOf(acknowledged: CrashItem, inDoubt?: CrashItem): ReturnType<typeof createModel> {
  const model = createModel();
  expectInDoubt(model, key, acknowledged);
  settle(model, key, true);
  if (inDoubt !== undefined) expectInDoubt(model, key, inDoubt);
  return model;
}

test('a lost or altered acknowledged write is found', () => {
  assert.throws(() => reconcile(modelOf(first), new Map(), 0), /a\/1 is absent, not .*"counter":1/);
  assert.throws(() => reconcile(modelOf(first), new Map([[key, second]]), 0), /"counter":2.*not .*"counter":1/);
});

test('a write in doubt may be there or not, and counts from then on', () => {
  reconcile(modelOf(first, second), new Map([[key, first]]), 0);
  const model = modelOf(first, second);
  reconcile(model, new Map([[key, second]]), 0);
  assert.throws(() => reconcile(model, new Map([[key, first]]), 0), /"counter":1.*not .*"counter":2/);
});

test('a transaction in doubt is there as a whole or not at all', () => {
  const other: CrashItem = { ...first, sk: '2' };
  const modelOfTransaction = () => {
    const model = modelOf(first);
    const transaction = {};
    expectInDoubt(model, key, second, transaction);
    expectInDoubt(model, keyOf(other), other, transaction);
    return model;
  };
  const whole = new Map([
    [key, second],
    [keyOf(other), other],
  ]);
  reconcile(modelOfTransaction(), whole, 0);
  reconcile(modelOfTransaction(), new Map([[key, first]]), 0);
  for (const part of [new Map([[key, second]]), new Map(whole).set(key, first)]) {
    assert.throws(() => reconcile(modelOfTransaction(), part, 0), /a transaction is there in part: a\/1, a\/2/);
  }
});

test('a refused write and an item that nobody wrote must not be there', () => {
  const model = modelOf(first, second);
  settle(model, key, false);
  assert.throws(() => reconcile(model, new Map([[key, second]]), 0));
  assert.throws(() => reconcile(createModel(), new Map([[key, first]]), 0), /a\/1 was never written/);
});

function modelOfHits(): ReturnType<typeof createModel> {
  return { ...createModel(), hits: { acknowledged: 3, inDoubt: 2 } };
}

test('the common counter has every acknowledged addition and at most those in doubt', () => {
  assert.throws(() => reconcile(modelOfHits(), new Map(), 2));
  assert.throws(() => reconcile(modelOfHits(), new Map(), 6));
  const model = modelOfHits();
  reconcile(model, new Map(), 5);
  assert.deepEqual(model.hits, { acknowledged: 5, inDoubt: 0 });
});
