/** One page of a Query or Scan: entries in key order up to the limit or 1 MB, then filtered and projected. */
import type { Condition } from '../expressions/ast.ts';
import { evaluateCondition } from '../expressions/evaluate-condition.ts';
import { projectItem } from '../expressions/project.ts';
import { assert } from '../foundation/assert.ts';
import { LIMITS } from '../foundation/limits.ts';
import type { Entry, KeyRange, ResidentVersion, StorageEngine } from '../storage/engine.ts';
import type { IndexDefinition, TableDefinition } from '../tables/table.ts';
import type { AttributeValue, Item } from '../values/attribute-value.ts';
import { compareBytes, encodeBaseKey } from '../values/key-encoding.ts';
import { storedAttributes, storedJson, storedSizeBytes } from '../values/stored-item.ts';
import { indexEntryOf } from './index-entries.ts';
import { pickKeyAttributes } from './item-key.ts';
import { startingKeyAttributes } from './query-range.ts';
import type { Selection } from './selection.ts';

export interface PageRequest {
  readonly table: TableDefinition;
  readonly index: IndexDefinition | undefined;
  readonly version: ResidentVersion;
  readonly range: KeyRange;
  readonly reverse: boolean;
  /** The most entries to look at, before the filter. */
  readonly limit: number | undefined;
  readonly filter: Condition | undefined;
  readonly selection: Selection;
}

export interface Page {
  /** The JSON of the items that passed the filter; empty when only their count was asked for. */
  readonly itemsJson: readonly string[];
  readonly count: number;
  readonly scannedCount: number;
  /** Where the next page starts; present whenever the page ended because of its limit or size. */
  readonly lastEvaluatedKey: Item | undefined;
  /** The sizes of all entries looked at. */
  readonly readSizeBytes: number;
  /** The sizes of the items read from the table because the index did not hold them. */
  readonly fetchedSizesBytes: readonly number[];
}

export async function readPage(engine: StorageEngine, request: PageRequest): Promise<Page> {
  const { table, index, selection } = request;
  let readSizeBytes = 0;
  const entries = await engine.scan(
    (index ?? table).space,
    request.range,
    {
      limit: request.limit ?? LIMITS.pageSizeBytes,
      reverse: request.reverse,
      until: ({ value }) => (readSizeBytes += storedSizeBytes(value)) > LIMITS.pageSizeBytes,
    },
    request.version,
  );
  const ended = entries.length === request.limit || readSizeBytes > LIMITS.pageSizeBytes;
  const values = selection.fetch ? await fetchItems(engine, request, entries) : entries.map(({ value }) => value);
  return {
    ...selectItems(request, values),
    scannedCount: entries.length,
    lastEvaluatedKey: ended ? keyOfEntry(request, entries.at(-1) as Entry) : undefined,
    readSizeBytes,
    fetchedSizesBytes: selection.fetch ? values.map(storedSizeBytes) : [],
  };
}

/**
 * The items in the table that entries of a local index stand for. They are read after the entries: one that has been
 * deleted meanwhile, or has got another place in the index, is left out, as it may no longer be what was asked for.
 */
async function fetchItems(
  engine: StorageEngine,
  { table, index, version }: PageRequest,
  entries: readonly Entry[],
): Promise<Uint8Array[]> {
  assert(index !== undefined, 'only an index can lack attributes');
  const keys = entries.map(({ value }) => {
    const attributes = storedAttributes(value);
    const sortKey = table.sortKey && attributes[table.sortKey.name];
    return { space: table.space, key: encodeBaseKey(attributes[table.partitionKey.name] as AttributeValue, sortKey) };
  });
  const values = await engine.getMany(keys, version);
  const items: Uint8Array[] = [];
  for (const [i, { key }] of entries.entries()) {
    const value = values[i];
    const baseKey = keys[i]?.key;
    if (value === undefined || baseKey === undefined) continue;
    const now = indexEntryOf(table, index, storedAttributes(value), baseKey);
    if (now !== undefined && compareBytes(now.key, key) === 0) items.push(value);
  }
  return items;
}

function selectItems(
  { filter, selection }: PageRequest,
  values: readonly Uint8Array[],
): Pick<Page, 'itemsJson' | 'count'> {
  const itemsJson: string[] = [];
  let count = 0;
  for (const value of values) {
    const attributes = filter !== undefined || selection.projection !== undefined ? storedAttributes(value) : undefined;
    if (filter !== undefined && !evaluateCondition(filter, attributes)) continue;
    count++;
    if (selection.count) continue;
    const projected = attributes && selection.projection && projectItem(selection.projection, attributes);
    itemsJson.push(projected === undefined ? storedJson(value) : JSON.stringify(projected));
  }
  return { itemsJson, count };
}

function keyOfEntry({ table, index }: PageRequest, entry: Entry): Item {
  return pickKeyAttributes(storedAttributes(entry.value), startingKeyAttributes(table, index));
}
