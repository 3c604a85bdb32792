/** What tests of operations on tables run with: a new store, a clock that stands, ids that count; no tests itself. */
import type { TestContext } from 'node:test';
import { createCatalog } from '../tables/catalog.ts';
import { openTestEngine } from '../tables/table-store.test.ts';
import type { OperationContext } from './operation-context.ts';

export async function openTestContext(t: TestContext): Promise<OperationContext> {
  const engine = await openTestEngine(t);
  let ids = 0;
  return {
    engine,
    catalog: createCatalog(engine),
    clock: { nowMs: () => 1_700_000_000_123 },
    random: {
      bytes: (length) => new Uint8Array(length),
      uuid: () => `00000000-0000-4000-8000-${String(++ids).padStart(12, '0')}`,
    },
    region: 'eu-central-1',
    accountId: '123456789012',
    tableDelayMs: 0,
    indexBuildDelayMs: 0,
  };
}
