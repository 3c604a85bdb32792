/** Tables whose changes are logged, for tests of the jobs that keep logs; it holds no tests itself. */
import assert from 'node:assert/strict';
import { systemTimer } from '../foundation/clock.ts';
import { checkSystem } from '../items/check-system.ts';
import { type WriteAction, writeItems } from '../items/write-items.ts';
import type { StorageEngine } from '../storage/engine.ts';
import { catalogKey, decodeTable } from '../tables/catalog.ts';
import { listAllShards } from '../tables/shard-records.ts';
import { createTable } from '../tables/create-table.ts';
import type { TableDefinition } from '../tables/table.ts';
import { draftOf } from '../tables/table-store.test.ts';
import { encodeBaseKey } from '../values/key-encoding.ts';
import { acquireLease } from './held-lease.ts';
import type { Job, JobStore } from './job.ts';

const signal = new AbortController().signal;

/** The store under the lease of the job called `name`. */
export async function holdStore(engine: StorageEngine, name: string): Promise<JobStore> {
  const common = { engine, holder: 'test', isAlone: true, timer: systemTimer, onError: assert.ifError };
  const lease = await acquireLease({ ...common, job: name, claims: { count: 0 } }, signal);
  assert.ok(lease !== undefined);
  return lease.store;
}

/** Steps until there is nothing more to do now; resolves with how many there were. */
export async function runPass(job: Job, store: JobStore): Promise<number> {
  let steps = 1;
  while ((await job.run(store, signal)) === 'more') steps++;
  return steps;
}

/** A table with a stream, created at `nowMs`. */
export async function createFollowed(engine: StorageEngine, name: string, nowMs: number): Promise<TableDefinition> {
  const stream = { viewType: 'NEW_IMAGE', label: '2026-01-01T00:00:00.000' } as const;
  const outcome = await engine.transact(createTable, draftOf(name, { createdAtMs: nowMs, stream }));
  assert.ok('table' in outcome);
  return outcome.table;
}

/** Puts an item with each of these partition keys, other than those before it, at `nowMs`. */
export async function putItems(
  engine: StorageEngine,
  table: TableDefinition,
  keys: readonly string[],
  nowMs: number,
): Promise<void> {
  const actions = keys.map((pk, i): WriteAction => {
    const json = JSON.stringify({ n: { N: String(i) }, pk: { S: pk }, t: { N: String(nowMs) } });
    return { table: 0, kind: 'put', key: encodeBaseKey({ S: pk }, undefined), json, sizeBytes: 10 };
  });
  const { kind } = await engine.transact(writeItems, { nowMs, tables: [table], actions });
  assert.equal(kind, 'done');
}

/** `count` partition keys. */
export function keysOf(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `key-${i}`);
}

/** The definition of the table called `name` as it is now. */
export async function definitionOf(engine: StorageEngine, name: string): Promise<TableDefinition> {
  const { space, key } = catalogKey(name);
  const bytes = await engine.get(space, key);
  assert.ok(bytes);
  return decodeTable(bytes);
}

/** What is left of the shards of all logs: their numbers, each with how many records it holds. */
export async function contentsOf(engine: StorageEngine): Promise<Record<number, number>> {
  const contents: Record<number, number> = {};
  for (const { log, record } of await listAllShards(engine, 1_000)) {
    const [bounds] = await engine.logBounds([{ log, shard: record.shard }]);
    contents[record.shard] = Number((bounds?.last ?? 0n) - (bounds?.after ?? 0n));
  }
  return contents;
}

/** Fails if what the store keeps of streams, shards and readers doesn't agree with its tables. */
export async function assertSound(engine: StorageEngine): Promise<void> {
  const problems: string[] = [];
  await checkSystem(engine, (problem) => problems.push(problem));
  assert.deepEqual(problems, []);
}
