/**
 * Verifies that what the store holds agrees with itself: items, index entries and counters of every table.
 *
 * Anything may be damaged, so nothing is taken for granted: an entry that can't be read is a problem like any other,
 * and the check goes on behind it.
 */
import type { Space, StorageEngine } from '../storage/engine.ts';
import { CATALOG_SPACE } from '../tables/spaces.ts';
import { decodeTable } from '../tables/catalog.ts';
import { type IndexDefinition, type TableDefinition, itemCountCounter, sizeBytesCounter } from '../tables/table.ts';
import { type Item, parseItem } from '../values/attribute-value.ts';
import { compareBytes, encodeBaseKey } from '../values/key-encoding.ts';
import { itemSizeBytes } from '../values/size.ts';
import { decodeStoredItem, storedAttributes, storedJson, storedSizeBytes } from '../values/stored-item.ts';
import { type Report, entriesOf, reportFailure } from './check-entries.ts';
import { checkCollections } from './check-collections.ts';
import { checkExpiries } from './check-expiries.ts';
import { indexEntryOf } from './index-entries.ts';

/** What a check looked at. */
export interface CheckedStore {
  readonly tables: number;
  readonly items: number;
  readonly indexEntries: number;
}

/** Calls `report` with one line for each problem. `engine` must show one snapshot throughout. */
export async function checkStore(engine: StorageEngine, report: Report): Promise<CheckedStore> {
  const seen = { tables: 0, items: 0, indexEntries: 0 };
  for await (const { key, value } of entriesOf(engine, CATALOG_SPACE, report)) {
    seen.tables++;
    const name = new TextDecoder().decode(key);
    await reportFailure(`table ${name} can't be checked`, report, async () => {
      const table = decodeTable(value);
      const reportHere: Report = (problem) => report(`table ${name}: ${problem}`);
      if (table.name !== name) reportHere(`is defined as ${table.name}`);
      seen.items += await checkItems(engine, table, reportHere);
      await checkCollectionsOf(engine, table, reportHere);
      await checkExpiries(engine, table, reportHere);
      for (const index of table.indexes) seen.indexEntries += await checkIndex(engine, table, index, reportHere);
    });
  }
  return seen;
}

/** Every item is whole, lies where its key says, has its index entries, and all of them are what the counters say. */
async function checkItems(engine: StorageEngine, table: TableDefinition, report: Report): Promise<number> {
  const seen = { items: 0, sizeBytes: 0 };
  for await (const { key, value } of entriesOf(engine, table.space, report)) {
    seen.items++;
    const what = `item ${describeKey(key)}`;
    await reportFailure(`${what} can't be read`, report, async () => {
      const { json, sizeBytes } = decodeStoredItem(value);
      seen.sizeBytes += sizeBytes;
      const item = parseItem(JSON.parse(json));
      if (JSON.stringify(item) !== json) report(`${what} is not in canonical form`);
      if (itemSizeBytes(item) !== sizeBytes) report(`${what} is not of the size it says`);
      if (!isAt(key, baseKeyOf(table, item))) report(`${what} does not lie where its key says`);
      for (const index of table.indexes) await checkEntryOf(engine, table, index, item, key, report);
    });
  }
  await checkCounters(engine, table.space, seen, report);
  return seen.items;
}

async function checkEntryOf(
  engine: StorageEngine,
  table: TableDefinition,
  index: IndexDefinition,
  item: Item,
  baseKey: Uint8Array,
  report: Report,
): Promise<void> {
  const expected = indexEntryOf(table, index, item, baseKey);
  if (expected === undefined) return;
  const what = `item ${describeKey(baseKey)}`;
  await reportFailure(`${what} has an entry in index ${index.name} that can't be read`, report, async () => {
    const entry = await engine.get(index.space, expected.key);
    if (!(await hasEntryByNow(engine, index, baseKey))) {
      if (entry !== undefined) report(`${what} has an entry in index ${index.name}, whose build has not come to it`);
    } else if (entry === undefined) report(`${what} has no entry in index ${index.name}`);
    else if (storedJson(entry) !== expected.json || storedSizeBytes(entry) !== expected.sizeBytes) {
      report(`${what} has an outdated entry in index ${index.name}`);
    }
  });
}

/** Whether `index` is to have the entry of the item under `baseKey`: while it is being built, only marked items do. */
async function hasEntryByNow(engine: StorageEngine, { build }: IndexDefinition, baseKey: Uint8Array): Promise<boolean> {
  return build === undefined || (await engine.get(build.markSpace, baseKey)) !== undefined;
}

async function checkCollectionsOf(engine: StorageEngine, table: TableDefinition, report: Report): Promise<void> {
  const { space, collectionSpace } = table;
  if (collectionSpace === undefined) return;
  // That items can't be read has been reported.
  const items = entriesOf(engine, space, () => undefined);
  await checkCollections(engine, table, { items, sizes: entriesOf(engine, collectionSpace, report) }, report);
}

/** Every entry has its item, which has it in turn, and all of them are what the counters say. */
async function checkIndex(
  engine: StorageEngine,
  table: TableDefinition,
  index: IndexDefinition,
  report: Report,
): Promise<number> {
  const reportHere: Report = (problem) => report(`index ${index.name}: ${problem}`);
  const seen = { items: 0, sizeBytes: 0 };
  for await (const { key, value } of entriesOf(engine, index.space, reportHere)) {
    seen.items++;
    await reportFailure(`entry ${describeKey(key)} can't be read`, reportHere, async () => {
      seen.sizeBytes += storedSizeBytes(value);
      const baseKey = baseKeyOf(table, storedAttributes(value));
      const stored = baseKey && (await engine.get(table.space, baseKey));
      const entry = stored && indexEntryOf(table, index, storedAttributes(stored), baseKey);
      if (!isAt(key, entry?.key)) reportHere(`entry ${describeKey(key)} has no item`);
    });
  }
  await checkCounters(engine, index.space, seen, reportHere);
  return seen.items;
}

async function checkCounters(
  engine: StorageEngine,
  space: Space,
  seen: { readonly items: number; readonly sizeBytes: number },
  report: Report,
): Promise<void> {
  await reportFailure("the counters can't be read", report, async () => {
    const [items, sizeBytes] = await engine.counters([itemCountCounter(space), sizeBytesCounter(space)]);
    if (items !== seen.items) report(`holds ${seen.items} items, but ${items} were counted`);
    if (sizeBytes !== seen.sizeBytes) report(`holds ${seen.sizeBytes} bytes, but ${sizeBytes} were counted`);
  });
}

function baseKeyOf(table: TableDefinition, item: Item): Uint8Array | undefined {
  const partitionKey = item[table.partitionKey.name];
  const sortKey = table.sortKey && item[table.sortKey.name];
  if (partitionKey === undefined || (table.sortKey !== undefined && sortKey === undefined)) return undefined;
  return encodeBaseKey(partitionKey, sortKey);
}

function isAt(key: Uint8Array, expected: Uint8Array | undefined): boolean {
  return expected !== undefined && compareBytes(key, expected) === 0;
}

function describeKey(key: Uint8Array): string {
  return Buffer.from(key).toString('hex');
}
