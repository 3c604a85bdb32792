import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { openEmpty, write } from '../copy/copied-store.test.ts';
import type { TableDefinition, TimeToLive } from '../tables/table.ts';
import type { Item } from '../values/attribute-value.ts';
import { encodeBaseKey } from '../values/key-encoding.ts';
import { itemSizeBytes } from '../values/size.ts';
import { encodeStoredItem } from '../values/stored-item.ts';
import { checkExpiries } from './check-expiries.ts';
import { encodeExpiryKey } from './expiry.ts';

const ENABLED: TimeToLive = { attributeName: 't', changedAtMs: 0, expirySpace: 17 };

const EXPIRING: Item = { pk: { S: 'a' }, t: { N: '5' } };
const PLAIN: Item = { pk: { S: 'b' } };

const keyOf = (item: Item) => encodeBaseKey(item['pk'] as { S: string }, undefined);
const entryOf = (item: Item, seconds: number) => encodeExpiryKey(seconds * 1_000, keyOf(item));
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

/** What is reported of the two items and of entries under `entries`. */
async function check(t: TestContext, timeToLive: TimeToLive, entries: readonly Uint8Array[]): Promise<string[]> {
  const engine = await openEmpty(t);
  const items = [EXPIRING, PLAIN].map((item) => {
    const stored = { sizeBytes: itemSizeBytes(item), version: 1, writtenAtMs: 0, json: JSON.stringify(item) };
    return { kind: 'put', space: 16, key: keyOf(item), value: encodeStoredItem(stored) } as const;
  });
  const puts = entries.map((key) => ({ kind: 'put', space: 17, key, value: new Uint8Array(0) }) as const);
  const damaged = { kind: 'put', space: 16, key: Uint8Array.of(1), value: Uint8Array.of(0) } as const;
  await write(engine, [...items, ...puts, damaged]);
  const table: TableDefinition = {
    name: 'table',
    id: 'id',
    createdAtMs: 0,
    partitionKey: { name: 'pk', type: 'S' },
    billingMode: 'PAY_PER_REQUEST',
    space: 16,
    timeToLive,
    indexes: [],
  };
  const problems: string[] = [];
  await checkExpiries(engine, table, (problem) => problems.push(problem));
  return problems;
}

test('an entry for each item that expires, and no other, is no problem', async (t) => {
  assert.deepEqual(await check(t, ENABLED, [entryOf(EXPIRING, 5)]), []);
});

test('an item without its entry is a problem, but while it is ENABLING', async (t) => {
  const missing = `Time to Live: item ${hex(keyOf(EXPIRING))} has no entry`;
  assert.deepEqual(await check(t, ENABLED, []), [missing]);
  assert.deepEqual(await check(t, { ...ENABLED, enablingUntilMs: 0 }, []), []);
});

test('an entry at another time, of an item that does not expire, or of none, is a problem', async (t) => {
  const wrong = [
    entryOf(EXPIRING, 4),
    entryOf(PLAIN, 5),
    entryOf({ pk: { S: 'none' } }, 5),
    encodeExpiryKey(6_000, Uint8Array.of(1)),
    encodeExpiryKey(7_000, new Uint8Array(0)),
    Uint8Array.of(9),
  ];
  const problems = await check(t, ENABLED, [entryOf(EXPIRING, 5), ...wrong]);
  assert.deepEqual(problems.toSorted(), wrong.map((key) => `Time to Live: entry ${hex(key)} has no item`).toSorted());
});

test('what is disabled has no index to check', async (t) => {
  assert.deepEqual(await check(t, { changedAtMs: 0 }, [entryOf(PLAIN, 5)]), []);
});
