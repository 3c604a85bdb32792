/** Verifies that the sizes kept of item collections are those of the items and of their entries in local indexes. */
import type { Entry, StorageEngine } from '../storage/engine.ts';
import type { TableDefinition } from '../tables/table.ts';
import { KEY_HASH_BYTES } from '../values/key-encoding.ts';
import { decodeStoredItem, itemFromJson } from '../values/stored-item.ts';
import { indexEntryOf } from './index-entries.ts';
import { collectionKey, decodeCollectionSize } from './item-collections.ts';

/** What lies in the spaces of a table with local indexes, in order. */
export interface CollectedEntries {
  readonly items: AsyncIterable<Entry>;
  readonly sizes: AsyncIterable<Entry>;
}

/** Calls `report` with one line for each problem. Items that can't be read are left to the check of items. */
export async function checkCollections(
  engine: Pick<StorageEngine, 'get'>,
  table: TableDefinition,
  { items, sizes }: CollectedEntries,
  report: (problem: string) => void,
): Promise<void> {
  const { collectionSpace } = table;
  if (collectionSpace === undefined) return;
  let collections = 0;
  for await (const { baseKey, sizeBytes } of sumCollections(table, items)) {
    collections++;
    const { space, key } = collectionKey(collectionSpace, baseKey);
    const kept = readSize(await engine.get(space, key));
    if (sizeBytes === undefined || kept === sizeBytes) continue;
    report(`item collection ${hex(key)} holds ${sizeBytes} bytes, but ${kept ?? 'something else'} were noted`);
  }
  let noted = 0;
  for await (const _ of sizes) noted++;
  if (noted !== collections) report(`has ${collections} item collections, but the sizes of ${noted} were noted`);
}

interface SummedCollection {
  /** The key of one of its items. */
  readonly baseKey: Uint8Array;
  /** Undefined where an item can't be read. */
  readonly sizeBytes: number | undefined;
}

/** The items of a collection lie together, for their keys start alike. */
async function* sumCollections(table: TableDefinition, items: AsyncIterable<Entry>): AsyncIterable<SummedCollection> {
  let sum: SummedCollection | undefined;
  for await (const { key, value } of items) {
    const itemBytes = collectedSize(table, key, value);
    if (sum !== undefined && hashOf(sum.baseKey) === hashOf(key)) {
      const { baseKey, sizeBytes } = sum;
      sum = {
        baseKey,
        sizeBytes: sizeBytes === undefined || itemBytes === undefined ? undefined : sizeBytes + itemBytes,
      };
      continue;
    }
    if (sum !== undefined) yield sum;
    sum = { baseKey: key, sizeBytes: itemBytes };
  }
  if (sum !== undefined) yield sum;
}

/** What an item and its entries in local indexes count for; undefined if it can't be read. */
function collectedSize(table: TableDefinition, key: Uint8Array, value: Uint8Array): number | undefined {
  try {
    const { json, sizeBytes } = decodeStoredItem(value);
    const item = itemFromJson(json);
    const locals = table.indexes.filter(({ kind }) => kind === 'local');
    return locals.reduce((sum, index) => sum + (indexEntryOf(table, index, item, key)?.sizeBytes ?? 0), sizeBytes);
  } catch {
    return undefined;
  }
}

function readSize(value: Uint8Array | undefined): number | undefined {
  try {
    return decodeCollectionSize(value);
  } catch {
    return undefined;
  }
}

function hashOf(key: Uint8Array): string {
  return hex(key.subarray(0, KEY_HASH_BYTES));
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
