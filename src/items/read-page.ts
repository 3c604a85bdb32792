/** One page of a Query or Scan: entries in key order up to the limit or 1 MB, then filtered and projected. */
import { type Consumption, addIndexUnits, noConsumption, readUnits } from '../capacity/consumed-capacity.ts';
import type { Condition, Projection } from '../expressions/ast.ts';
import { evaluateCondition } from '../expressions/evaluate-condition.ts';
import { projectItem } from '../expressions/project.ts';
import { assert } from '../foundation/assert.ts';
import { LIMITS } from '../foundation/limits.ts';
import type { Entry, EntryKey, KeyRange, ResidentVersion, ScannedEntry, StorageEngine } from '../storage/engine.ts';
import type { IndexDefinition, TableDefinition } from '../tables/table.ts';
import type { AttributeValue, Item } from '../values/attribute-value.ts';
import { encodeBaseKey } from '../values/key-encoding.ts';
import { storedAttributes, storedJson, storedSizeBytes } from '../values/stored-item.ts';
import { validateScalarKeys } from './scalar-keys.ts';
import { type Select, type Selection, resolveSelection } from './selection.ts';
import { startingKeyOf } from './starting-key.ts';

/** What Query and Scan ask for alike. */
export interface PageParameters {
  readonly tableName: string;
  readonly indexName: string | undefined;
  readonly consistent: boolean;
  /** Where the page before ended. */
  readonly startKey: Item | undefined;
  /** The most entries to look at, before the filter. */
  readonly limit: number | undefined;
  readonly filter: Condition | undefined;
  /** `validateSelect` has checked that it goes with the projection. */
  readonly select: Select | undefined;
  readonly projection: Projection | undefined;
}

/** The parameters with what has been made of them. */
export interface PageRequest extends PageParameters {
  readonly table: TableDefinition;
  readonly index: IndexDefinition | undefined;
  readonly version: ResidentVersion;
  /** What is left to read, on this page and all others. */
  readonly range: KeyRange;
  readonly reverse: boolean;
  /** What was read for this page before, of other ranges; it counts towards the page's size. */
  readonly readBefore?: readonly ReadSizes[] | undefined;
}

export interface Page {
  /** The JSON of the items that passed the filter; undefined when only their count was asked for. */
  readonly itemsJson: readonly string[] | undefined;
  readonly count: number;
  readonly scannedCount: number;
  /** Where the next page starts; present whenever the page ended because of its limit or size. */
  readonly lastEvaluatedKey: Item | undefined;
  readonly consumption: Consumption;
  /** What `consumption` is made of. */
  readonly sizes: ReadSizes;
}

/** The sizes in bytes of what was read for a page. */
export interface ReadSizes {
  /** Of all entries together. */
  readonly entriesBytes: number;
  /** Of each item that was fetched from the table for an entry of its index. */
  readonly fetchedBytes: readonly number[];
}

export const NOTHING_READ: ReadSizes = { entriesBytes: 0, fetchedBytes: [] };

/** The entries that a page looked at. */
interface PageEntries {
  readonly entries: readonly ScannedEntry[];
  /** The sizes of all entries together. */
  readonly sizeBytes: number;
  /** The page ended because of its limit or size. */
  readonly ended: boolean;
}

/** An item has two bytes at least, of a key attribute's name and of its value: a page never holds more of them. */
const MAX_PAGE_ENTRIES = LIMITS.pageSizeBytes / 2 + 1;

export async function readPage(engine: StorageEngine, request: PageRequest): Promise<Page> {
  const { table, index, filter, projection } = request;
  validateScalarKeys(table, { condition: filter, projection });
  const selection = resolveSelection(table, index, request.select, projection, filter);
  const { entries, sizeBytes, ended } = await scanEntries(engine, request, selection);
  const values = selection.fetch ? entries.map(fetchedValue) : entries.map(({ value }) => value);
  const last = ended ? entries.at(-1) : undefined;
  const sizes = { entriesBytes: sizeBytes, fetchedBytes: selection.fetch ? values.map(storedSizeBytes) : [] };
  return {
    ...selectItems(filter, selection, values),
    scannedCount: entries.length,
    lastEvaluatedKey: last && startingKeyOf(table, index, storedAttributes(last.value)),
    consumption: consumptionOf(request, [sizes]),
    sizes,
  };
}

/** The last entry is the one with which the sizes of the entries, or of the items fetched for them, pass 1 MB. */
async function scanEntries(engine: StorageEngine, request: PageRequest, selection: Selection): Promise<PageEntries> {
  const { table, index, range, reverse, limit, version, readBefore = [] } = request;
  const [entriesBefore, fetchedBefore] = sumSizes(readBefore);
  let sizeBytes = 0;
  let fetchedSizeBytes = fetchedBefore;
  const isFull = (): boolean => Math.max(entriesBefore + sizeBytes, fetchedSizeBytes) > LIMITS.pageSizeBytes;
  const fill = ({ value, followed }: ScannedEntry): boolean => {
    sizeBytes += storedSizeBytes(value);
    if (followed !== undefined) fetchedSizeBytes += storedSizeBytes(followed);
    return isFull();
  };
  const follow = (entry: Entry): EntryKey => itemKeyOfEntry(table, entry);
  const entries = await engine.scan(
    (index ?? table).space,
    range,
    { limit: limit ?? MAX_PAGE_ENTRIES, reverse, until: fill, ...(selection.fetch && { follow }) },
    version,
  );
  return { entries, sizeBytes, ended: entries.length === limit || isFull() };
}

/** All bytes of entries, and all of items fetched for them. */
function sumSizes(sizes: readonly ReadSizes[]): readonly [entriesBytes: number, fetchedBytes: number] {
  let entries = 0;
  let fetched = 0;
  for (const { entriesBytes, fetchedBytes } of sizes) {
    entries += entriesBytes;
    for (const bytes of fetchedBytes) fetched += bytes;
  }
  return [entries, fetched];
}

/** Where the item lies that an entry of one of its table's indexes stands for. */
function itemKeyOfEntry(table: TableDefinition, { value }: Entry): EntryKey {
  const attributes = storedAttributes(value);
  const sortKey = table.sortKey && attributes[table.sortKey.name];
  return { space: table.space, key: encodeBaseKey(attributes[table.partitionKey.name] as AttributeValue, sortKey) };
}

/** An entry and its item are written in one step and read in one snapshot: neither is there without the other. */
function fetchedValue({ followed }: ScannedEntry): Uint8Array {
  assert(followed !== undefined, 'an index entry has its item');
  return followed;
}

function selectItems(
  filter: Condition | undefined,
  selection: Selection,
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
  return { itemsJson: selection.count ? undefined : itemsJson, count };
}

/**
 * What it costs to read `sizes` in one go: the sizes of entries are rounded up together, those of items fetched from the
 * table each for itself. Nothing costs as much as the smallest item.
 */
export function consumptionOf(
  { table, index, consistent }: Pick<PageRequest, 'table' | 'index' | 'consistent'>,
  sizes: readonly ReadSizes[],
): Consumption {
  const consumption = noConsumption(table.name);
  const entriesBytes = sizes.reduce((sum, each) => sum + each.entriesBytes, 0);
  const units = readUnits(entriesBytes, consistent);
  if (index === undefined) consumption.table = units;
  else addIndexUnits(consumption, index.kind, index.name, units);
  for (const fetched of sizes.flatMap(({ fetchedBytes }) => fetchedBytes)) {
    consumption.table += readUnits(fetched, consistent);
  }
  return consumption;
}
