/** That leases fence on a store with many writers, where steps of several nodes really run at the same time. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openTestDatabase } from '../../test/postgres.ts';
import { systemTimer } from '../foundation/clock.ts';
import { openEngine, openStorage } from '../open-storage.ts';
import type { EntryKey, StorageEngine } from '../storage/engine.ts';
import { acquireLease } from './held-lease.ts';
import { type JobStore, LeaseLostError } from './job.ts';
import { fenced } from './lease.ts';

const COUNT: EntryKey = { space: 100, key: new Uint8Array([1]) };

/** Puts a number whatever was there: that no step is undone is up to the lease alone. */
const putCount = fenced<number, null>({
  name: 'putCount',
  reads: () => [],
  decide: (count) => ({
    writes: [{ kind: 'put', ...COUNT, value: new TextEncoder().encode(String(count)) }],
    output: null,
  }),
});

let database: Awaited<ReturnType<typeof openTestDatabase>>;
const engines: StorageEngine[] = [];
before(async () => {
  database = await openTestDatabase();
  const storage = await openStorage({ kind: 'postgres', url: database.url });
  for (let node = 0; node < thieves; node++) engines.push(await openEngine(storage.attach().attachment));
});
after(async () => {
  for (const engine of engines) await engine.close();
  await database.drop();
});

async function readCount(store: Pick<JobStore, 'get'>): Promise<number> {
  const bytes = await store.get(COUNT.space, COUNT.key);
  return bytes === undefined ? 0 : Number(new TextDecoder().decode(bytes));
}

const THEFTS = 15;

/** The nodes that still steal. */
let thieves = 3;

/** Steals the lease over and over, and adds one in steps until it is stolen back; how many steps were taken. */
async function stealAndCount(engine: StorageEngine, holder: string): Promise<number> {
  let steps = 0;
  const common = { engine, job: 'count', holder, timer: systemTimer, onError: assert.ifError };
  for (let theft = 0; theft < THEFTS; theft++) {
    // Who is alone takes a lease whoever holds it.
    const options = { ...common, isAlone: true, claims: { count: 0 } };
    const lease = await acquireLease(options, new AbortController().signal);
    assert.ok(lease !== undefined);
    steps += await countUntilLost(lease.store);
  }
  thieves--;
  return steps;
}

async function countUntilLost(store: JobStore): Promise<number> {
  for (let steps = 0; ; steps++) {
    if (thieves === 1) return steps;
    try {
      await store.transact(putCount, (await readCount(store)) + 1);
    } catch (error) {
      if (error instanceof LeaseLostError) return steps;
      throw error;
    }
  }
}

test('no step of a node is undone by another whose lease was taken in the middle of one', async () => {
  const counts = await Promise.all(engines.map((engine, node) => stealAndCount(engine, `node-${node}`)));
  const [engine] = engines;
  assert.ok(engine !== undefined);
  assert.equal(
    await readCount(engine),
    counts.reduce((sum, count) => sum + count),
  );
});
