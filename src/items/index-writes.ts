/** What a write of an item does to its table's indexes: the entries that go and come, and the counters. */
import { type Consumption, addIndexUnits, writeUnits } from '../capacity/consumed-capacity.ts';
import type { Space, Write } from '../storage/engine.ts';
import { type IndexDefinition, type TableDefinition, itemCountCounter, sizeBytesCounter } from '../tables/table.ts';
import type { Item } from '../values/attribute-value.ts';
import { equalItems } from '../values/compare.ts';
import { compareBytes } from '../values/key-encoding.ts';
import { decodeStoredItem, encodeStoredItem, itemFromJson } from '../values/stored-item.ts';
import { type IndexEntry, indexEntryOf } from './index-entries.ts';

/** An item before or after a write, as far as indexes are concerned. */
export interface IndexedItem {
  readonly version: number;
  attributes(): Item;
}

/** The write of one item. */
export interface ItemTransition {
  readonly baseKey: Uint8Array;
  readonly before: IndexedItem | undefined;
  readonly after: IndexedItem | undefined;
  readonly nowMs: number;
  /** Whether the index that is being built, if there is one, has the item's entry; see `IndexBuild`. */
  readonly isMarked: boolean;
}

/** The writes of the item's entries in all indexes; adds what they consume to `consumption`. */
export function indexWrites(table: TableDefinition, item: ItemTransition, consumption: Consumption): Write[] {
  const { baseKey, before, after, nowMs, isMarked } = item;
  const writes: Write[] = [];
  for (const index of table.indexes) {
    const isNew = index.build !== undefined && !isMarked;
    const old = before && !isNew ? indexEntryOf(table, index, before.attributes(), baseKey) : undefined;
    const entry = after && indexEntryOf(table, index, after.attributes(), baseKey);
    if (old === undefined && entry === undefined) continue;
    const moved = old !== undefined && entry !== undefined && compareBytes(old.key, entry.key) !== 0;
    if (!moved && old?.json === entry?.json) continue;
    if (old !== undefined && (entry === undefined || moved)) {
      writes.push({ kind: 'delete', space: index.space, key: old.key });
    }
    if (entry !== undefined) writes.push(...putEntry(index, entry, after?.version ?? 0, nowMs, baseKey, isMarked));
    writes.push(...countWrites(index.space, old?.sizeBytes, entry?.sizeBytes));
    const units = indexWriteUnits(old, entry, moved);
    if (units > 0) addIndexUnits(consumption, index.kind, index.name, units);
  }
  return writes;
}

/** The writes that give an item that lies as `stored` under `baseKey` its first entry in an index that is being built. */
export function backfillWrites(
  table: TableDefinition,
  index: IndexDefinition,
  baseKey: Uint8Array,
  stored: Uint8Array,
): Write[] {
  const { json, version, writtenAtMs } = decodeStoredItem(stored);
  const entry = indexEntryOf(table, index, itemFromJson(json), baseKey);
  if (entry === undefined) return [];
  return [
    ...putEntry(index, entry, version, writtenAtMs, baseKey, false),
    ...countWrites(index.space, undefined, entry.sizeBytes),
  ];
}

function putEntry(
  index: IndexDefinition,
  { key, sizeBytes, json }: IndexEntry,
  version: number,
  writtenAtMs: number,
  baseKey: Uint8Array,
  isMarked: boolean,
): Write[] {
  const value = encodeStoredItem({ sizeBytes, version, writtenAtMs, json });
  const put: Write = { kind: 'put', space: index.space, key, value };
  if (index.build === undefined || isMarked) return [put];
  return [put, { kind: 'put', space: index.build.markSpace, key: baseKey, value: MARK }];
}

const MARK = Uint8Array.of(1);

/** Keeps the counters of `space` where what lies under a key changes its size; undefined: there is nothing. */
export function* countWrites(space: Space, before: number | undefined, after: number | undefined): Iterable<Write> {
  const items = (after === undefined ? 0 : 1) - (before === undefined ? 0 : 1);
  const bytes = (after ?? 0) - (before ?? 0);
  if (items !== 0) yield { kind: 'increment', counter: itemCountCounter(space), by: items };
  if (bytes !== 0) yield { kind: 'increment', counter: sizeBytesCounter(space), by: bytes };
}

/** Moving an entry is a deletion and a put, each with its own units. Another order of attributes costs nothing. */
function indexWriteUnits(old: IndexEntry | undefined, entry: IndexEntry | undefined, moved: boolean): number {
  if (moved) return writeUnits(old?.sizeBytes ?? 0) + writeUnits(entry?.sizeBytes ?? 0);
  if (old !== undefined && entry !== undefined && equalItems(old.attributes, entry.attributes)) return 0;
  return writeUnits(Math.max(old?.sizeBytes ?? 0, entry?.sizeBytes ?? 0));
}
