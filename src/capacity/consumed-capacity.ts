/**
 * What a request consumes, by the published size rules. Source: "Read/write capacity" in the developer guide.
 */

const READ_UNIT_BYTES = 4_096;
const WRITE_UNIT_BYTES = 1_024;

/** Read units for `sizeBytes` read together: half of them when eventually consistent; a missing item (0 bytes) costs one unit. */
export function readUnits(sizeBytes: number, consistent: boolean): number {
  const units = Math.max(1, Math.ceil(sizeBytes / READ_UNIT_BYTES));
  return consistent ? units : units / 2;
}

/** Write units for one item or index entry; `sizeBytes` is the larger of before and after. */
export function writeUnits(sizeBytes: number): number {
  return Math.max(1, Math.ceil(sizeBytes / WRITE_UNIT_BYTES));
}

/** Units consumed by one table and its indexes; the three kinds add up. */
export interface Consumption {
  readonly tableName: string;
  table: number;
  /** By index name. */
  readonly localIndexes: Map<string, number>;
  readonly globalIndexes: Map<string, number>;
}

export function noConsumption(tableName: string): Consumption {
  return { tableName, table: 0, localIndexes: new Map(), globalIndexes: new Map() };
}

/**
 * What `consumption` is in a transaction, which reads or writes each item twice: to prepare and to commit. Index
 * entries follow afterwards and cost no more than usual. Source: "Capacity management for transactions" in the
 * developer guide, and public comparisons with the service for the indexes.
 */
export function inTransaction(consumption: Consumption): Consumption {
  return { ...consumption, table: 2 * consumption.table };
}

/** Adds `units` of an index of `kind` to `consumption`. */
export function addIndexUnits(
  consumption: Consumption,
  kind: 'local' | 'global',
  indexName: string,
  units: number,
): void {
  const byName = kind === 'local' ? consumption.localIndexes : consumption.globalIndexes;
  byName.set(indexName, (byName.get(indexName) ?? 0) + units);
}

/** One consumption for each table, in the order of their first appearance. */
export function mergeConsumption(consumptions: readonly Consumption[]): Consumption[] {
  const byTable = new Map<string, Consumption>();
  for (const each of consumptions) {
    const merged = byTable.get(each.tableName) ?? noConsumption(each.tableName);
    byTable.set(each.tableName, merged);
    merged.table += each.table;
    for (const [name, units] of each.localIndexes) addIndexUnits(merged, 'local', name, units);
    for (const [name, units] of each.globalIndexes) addIndexUnits(merged, 'global', name, units);
  }
  return [...byTable.values()];
}
