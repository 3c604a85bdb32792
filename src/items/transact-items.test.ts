import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EntryKey, Write } from '../storage/engine.ts';
import { catalogKey, encodeTable } from '../tables/catalog.ts';
import type { TableDefinition } from '../tables/table.ts';
import { emptyItem } from '../values/attribute-value.ts';
import { planPut } from './plan-write.ts';
import { expiredTokenKey, forgetToken, listExpiredTokens } from './request-tokens.ts';
import { type TransactItemsInput, type TransactItemsOutput, transactItems } from './transact-items.ts';

const TABLE: TableDefinition = {
  name: 'table',
  id: 'id-1',
  createdAtMs: 0,
  partitionKey: { name: 'pk', type: 'S' },
  billingMode: 'PAY_PER_REQUEST',
  space: 16,
  indexes: [],
};

const TEN_MINUTES_MS = 600_000;

/** A store in memory that applies what the procedure decides. */
function createStore() {
  const entries = new Map([[nameOf(catalogKey('table')), encodeTable(TABLE)]]);
  const apply = (writes: readonly Write[]): void => {
    for (const write of writes) {
      if (write.kind === 'put') entries.set(nameOf(write), write.value);
      else if (write.kind === 'delete') assert.ok(entries.delete(nameOf(write)), 'deletes what is there');
    }
  };
  const run = (input: TransactItemsInput): TransactItemsOutput => {
    const values = transactItems.reads(input).map((key) => entries.get(nameOf(key)));
    const { writes, output } = transactItems.decide(input, values);
    apply(writes);
    return output;
  };
  const namesOf = (prefix: string) => [...entries.keys()].filter((name) => name.startsWith(`2/${prefix}`)).toSorted();
  /** Reads the tokens that have expired, as the job does. */
  const listExpired = (nowMs: number) =>
    listExpiredTokens(
      {
        scan: async (_space, { from, before }) =>
          namesOf('token-expiry/')
            .map((name) => Buffer.from(name.slice(2)))
            .filter((key) => Buffer.compare(key, from ?? key) >= 0 && Buffer.compare(key, before ?? key) < 0)
            .map((key) => ({ key, value: new Uint8Array(0) })),
      },
      nowMs,
      10,
    );
  return { entries, apply, run, namesOf, listExpired };
}

function nameOf({ space, key }: EntryKey): string {
  return `${space}/${Buffer.from(key).toString()}`;
}

/** A put of one item, of `sizeBytes`, by a request with a token. */
function requestOf(nowMs: number, requestHash: string, sizeBytes = 3, name = 'name'): TransactItemsInput {
  const item = Object.assign(emptyItem(), { pk: { S: 'x'.repeat(sizeBytes - 2) } });
  const tables = [{ name: 'table', id: 'id-1', space: 16 }];
  return {
    writes: { nowMs, tables, actions: [{ ...planPut(item)(TABLE), table: 0 }] },
    token: { operation: 'TransactWriteItems', token: name, requestHash },
  };
}

test('a token answers for 10 minutes, to the millisecond, and is new after that', () => {
  const { run, namesOf } = createStore();
  assert.equal(run(requestOf(1_000, 'hash', 700)).kind, 'done');
  const last = 1_000 + TEN_MINUTES_MS - 1;
  assert.deepEqual(run(requestOf(last, 'hash')), { kind: 'replayed', chargedSizesBytes: [700] });
  assert.deepEqual(run(requestOf(last, 'another')), { kind: 'mismatch' });
  assert.equal(run(requestOf(last + 1, 'another', 800)).kind, 'done');
  assert.deepEqual(run(requestOf(last + TEN_MINUTES_MS, 'another')), { kind: 'replayed', chargedSizesBytes: [800] });
  assert.equal(namesOf('token-expiry/').length, 1);
});

// What the service says of a repeated request whose table is gone has no public source. Here the tables are looked at
// first, as of any request.
test('a token does not answer where a table is not the one that the caller knew', () => {
  const { entries, run } = createStore();
  assert.equal(run(requestOf(1_000, 'hash')).kind, 'done');
  const name = nameOf(catalogKey('table'));
  entries.set(name, encodeTable({ ...TABLE, id: 'id-2', space: 17 }));
  for (const hash of ['hash', 'another']) assert.deepEqual(run(requestOf(1_001, hash)), { kind: 'stale' });
  entries.delete(name);
  for (const hash of ['hash', 'another']) assert.deepEqual(run(requestOf(1_001, hash)), { kind: 'stale' });
  entries.set(name, encodeTable(TABLE));
  assert.deepEqual(run(requestOf(1_001, 'hash')), { kind: 'replayed', chargedSizesBytes: [3] });
});

test('each operation has tokens of its own', () => {
  const { run } = createStore();
  assert.equal(run(requestOf(0, 'hash')).kind, 'done');
  const { writes } = requestOf(0, 'hash');
  const token = { operation: 'ExecuteTransaction', token: 'name', requestHash: 'another' } as const;
  assert.equal(run({ writes, token }).kind, 'done');
});

test('tokens expire in the order of their times', async () => {
  const { run, listExpired } = createStore();
  for (const [nowMs, name] of [
    [30_000, 'b'],
    [5, 'c'],
    [1_700_000_000_000, 'a'],
  ] as const) {
    run(requestOf(nowMs, 'hash', 3, name));
  }
  const expired = await listExpired(30_000 + TEN_MINUTES_MS + 1);
  assert.deepEqual(
    expired.map(({ name }) => name),
    ['TransactWriteItems/c', 'TransactWriteItems/b'],
  );
  assert.deepEqual(await listExpired(5 + TEN_MINUTES_MS), []);
});

test('an expired token is forgotten, but not if it was used again', async () => {
  const { run, entries, apply, namesOf, listExpired } = createStore();
  run(requestOf(0, 'hash', 3, 'with/slash'));
  run(requestOf(0, 'hash', 3, 'used'));
  const nowMs = TEN_MINUTES_MS + 1;
  const expired = await listExpired(nowMs);
  assert.equal(expired.length, 2);
  run(requestOf(nowMs, 'hash', 3, 'used'));
  for (const token of expired) {
    const writes = forgetToken(token, entries.get(nameOf(expiredTokenKey(token))));
    apply(writes.filter((write) => write.kind !== 'delete' || entries.has(nameOf(write))));
  }
  assert.deepEqual(namesOf('token/'), ['2/token/TransactWriteItems/used']);
  assert.equal(namesOf('token-expiry/').length, 1);
  assert.equal(run(requestOf(nowMs + 1, 'hash', 3, 'used')).kind, 'replayed');
});
