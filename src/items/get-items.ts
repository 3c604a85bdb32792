/** Reads of items by their keys. */
import { type Consumption, noConsumption, readUnits } from '../capacity/consumed-capacity.ts';
import type { Projection } from '../expressions/ast.ts';
import { projectItem } from '../expressions/project.ts';
import type { EntryKey } from '../storage/engine.ts';
import type { TableDefinition } from '../tables/table.ts';
import type { Item } from '../values/attribute-value.ts';
import { storedAttributes, storedJson, storedSizeBytes } from '../values/stored-item.ts';
import type { DataContext } from './data-context.ts';
import { validateDistinctKeys } from './distinct-keys.ts';
import { keyOfKey } from './item-key.ts';
import { validateScalarKeys } from './scalar-keys.ts';

/** One item to read. */
export interface ItemRequest {
  readonly tableName: string;
  /** The item's key attributes and nothing else. */
  readonly key: Item;
  readonly projection: Projection | undefined;
  readonly consistent: boolean;
}

export interface ItemResult {
  /** The JSON of the item, or of what the projection names of it; undefined where there is no item. */
  readonly itemJson: string | undefined;
  readonly consumption: Consumption;
}

/** Reads one item. Throws ResourceNotFoundException, or the ValidationException for a key that does not fit. */
export async function getItem(context: DataContext, request: ItemRequest): Promise<ItemResult> {
  const value = await context.catalog.read(request.tableName, (table, version) => {
    const { space, key } = itemKeyOf(table, request);
    return context.engine.get(space, key, version);
  });
  return readValue(request, value);
}

/**
 * Reads different items, of one or several tables, in one snapshot. The results stand in the order of `requests` and
 * end where another item would bring the sum of the items' sizes above `sizeLimitBytes`; an item alone never does.
 *
 * Errors as `getItem`, and the ValidationException for an item that is named twice.
 */
export async function getItems(
  context: DataContext,
  requests: readonly ItemRequest[],
  sizeLimitBytes: number,
): Promise<readonly ItemResult[]> {
  const names = [...new Set(requests.map(({ tableName }) => tableName))];
  const values = await context.catalog.readMany(names, async (tables, version) => {
    const keys = resolveKeys(requests, tables);
    validateDistinctKeys(keys);
    let sizeBytes = 0;
    const isOver = (value: Uint8Array | undefined): boolean => {
      sizeBytes += sizeOf(value);
      return sizeBytes > sizeLimitBytes;
    };
    const read = await context.engine.getMany(keys, version, { until: isOver });
    return sizeBytes > sizeLimitBytes ? read.slice(0, -1) : read;
  });
  return values.map((value, i) => readValue(requests[i] as ItemRequest, value));
}

function resolveKeys(requests: readonly ItemRequest[], tables: readonly TableDefinition[]): EntryKey[] {
  const byName = new Map(tables.map((table) => [table.name, table]));
  return requests.map((request) => {
    const table = byName.get(request.tableName) as TableDefinition;
    return itemKeyOf(table, request);
  });
}

/** Where the item of a request lies; throws the ValidationException for a key or projection that does not fit. */
export function itemKeyOf(table: TableDefinition, { key, projection }: ItemRequest): EntryKey {
  const encoded = keyOfKey(table, key);
  validateScalarKeys(table, { projection });
  return { space: table.space, key: encoded };
}

/** What `value`, the stored item or undefined, is to a request. */
export function readValue(request: ItemRequest, value: Uint8Array | undefined): ItemResult {
  const { tableName, projection, consistent } = request;
  const consumption = noConsumption(tableName);
  consumption.table = readUnits(sizeOf(value), consistent);
  if (value === undefined) return { itemJson: undefined, consumption };
  const itemJson =
    projection === undefined ? storedJson(value) : JSON.stringify(projectItem(projection, storedAttributes(value)));
  return { itemJson, consumption };
}

/** The size of a stored item; 0 where there is none. */
export function sizeOf(value: Uint8Array | undefined): number {
  return value === undefined ? 0 : storedSizeBytes(value);
}
