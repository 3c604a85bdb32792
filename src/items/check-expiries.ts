/** Verifies that the expiry index of a table with Time to Live is what its items say. */
import type { StorageEngine } from '../storage/engine.ts';
import type { TableDefinition } from '../tables/table.ts';
import { type ExpiryIndex, expiryIndexOf } from '../tables/time-to-live.ts';
import { compareBytes } from '../values/key-encoding.ts';
import { type Report, entriesOf, reportFailure } from './check-entries.ts';
import { baseKeyOfExpiry, expiryKeyOf } from './expiry.ts';

/**
 * Calls `report` with one line for each problem. While Time to Live is ENABLING, items may still be without an entry.
 * Items that can't be read are left to the check of items.
 */
export async function checkExpiries(engine: StorageEngine, table: TableDefinition, report: Report): Promise<void> {
  const index = expiryIndexOf(table);
  if (index === undefined) return;
  const reportHere: Report = (problem) => report(`Time to Live: ${problem}`);
  if (table.timeToLive?.enablingUntilMs === undefined) await checkItems(engine, table, index, reportHere);
  await checkEntries(engine, table, index, reportHere);
}

async function checkItems(
  engine: StorageEngine,
  table: TableDefinition,
  index: ExpiryIndex,
  report: Report,
): Promise<void> {
  // That items can't be read has been reported.
  for await (const { key, value } of entriesOf(engine, table.space, () => undefined)) {
    const expected = readExpiryKey(index, key, value);
    if (expected === undefined) continue;
    await reportFailure(`item ${hex(key)} has an entry that can't be read`, report, async () => {
      if ((await engine.get(index.space, expected)) === undefined) report(`item ${hex(key)} has no entry`);
    });
  }
}

async function checkEntries(
  engine: StorageEngine,
  table: TableDefinition,
  index: ExpiryIndex,
  report: Report,
): Promise<void> {
  for await (const { key } of entriesOf(engine, index.space, report)) {
    await reportFailure(`entry ${hex(key)} can't be read`, report, async () => {
      const baseKey = baseKeyOfExpiry(key);
      const stored = baseKey.length === 0 ? undefined : await engine.get(table.space, baseKey);
      const expected = stored && readExpiryKey(index, baseKey, stored);
      if (expected === undefined || compareBytes(key, expected) !== 0) report(`entry ${hex(key)} has no item`);
    });
  }
}

function readExpiryKey(index: ExpiryIndex, baseKey: Uint8Array, stored: Uint8Array): Uint8Array | undefined {
  try {
    return expiryKeyOf(index, baseKey, stored);
  } catch {
    return undefined;
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
