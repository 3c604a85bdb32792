import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemTimer } from '../foundation/clock.ts';
import { listExpiredTokens } from '../items/request-tokens.ts';
import { transactItems } from '../items/transact-items.ts';
import type { StorageEngine } from '../storage/engine.ts';
import { SYSTEM_SPACE } from '../tables/spaces.ts';
import { openTestEngine } from '../tables/table-store.test.ts';
import { acquireLease } from './held-lease.ts';
import type { JobStore } from './job.ts';
import { createPurgeTokensJob } from './purge-tokens.ts';

const TEN_MINUTES_MS = 600_000;
const signal = new AbortController().signal;

async function remember(engine: StorageEngine, nowMs: number, names: readonly string[]): Promise<void> {
  const writes = { nowMs, tables: [], actions: [] };
  await Promise.all(
    names.map((token) =>
      engine.transact(transactItems, {
        writes,
        token: { operation: 'TransactWriteItems', token, requestHash: 'hash' },
      }),
    ),
  );
}

/** The store under the job's lease, which whoever had it loses. */
async function holdStore(engine: StorageEngine): Promise<JobStore> {
  const common = { engine, holder: 'test', isAlone: true, timer: systemTimer, onError: assert.ifError };
  const lease = await acquireLease({ ...common, job: 'purge-tokens', claims: { count: 0 } }, signal);
  assert.ok(lease !== undefined);
  return lease.store;
}

/** The names of the store's records of tokens, and how many entries it has for their times. */
async function tokensOf(engine: StorageEngine): Promise<{ names: string[]; times: number }> {
  const entries = await engine.scan(SYSTEM_SPACE, {}, { limit: 10_000 });
  const keys = entries.map(({ key }) => new TextDecoder().decode(key));
  return {
    names: keys.filter((key) => key.startsWith('token/')).map((key) => key.split('/')[2] ?? ''),
    times: keys.filter((key) => key.startsWith('token-expiry/')).length,
  };
}

test('what has expired goes, in steps, and the rest stays', async (t) => {
  const engine = await openTestEngine(t);
  await remember(
    engine,
    1_000,
    Array.from({ length: 450 }, (_, i) => `old-${i}`),
  );
  await remember(engine, 2_000, ['new']);
  const store = await holdStore(engine);
  let nowMs = 1_000 + TEN_MINUTES_MS;
  const job = createPurgeTokensJob({ nowMs: () => nowMs });
  assert.equal(await job.run(store, signal), 'done');
  assert.equal((await tokensOf(engine)).times, 451);
  nowMs++;
  const steps = [];
  do steps.push(await job.run(store, signal));
  while (steps.at(-1) === 'more');
  assert.deepEqual(steps, ['more', 'more', 'done']);
  assert.deepEqual(await tokensOf(engine), { names: ['new'], times: 1 });
  assert.deepEqual(await listExpiredTokens(engine, nowMs, 10), []);
});

test('a node that lost the lease removes nothing', async (t) => {
  const engine = await openTestEngine(t);
  await remember(engine, 0, ['old']);
  const store = await holdStore(engine);
  await holdStore(engine);
  const job = createPurgeTokensJob({ nowMs: () => TEN_MINUTES_MS + 1 });
  await assert.rejects(job.run(store, signal), { name: 'LeaseLostError' });
  assert.deepEqual(await tokensOf(engine), { names: ['old'], times: 1 });
});
