/**
 * What a request consumes, by the published size rules, and how answers report it.
 * Source: "Read/write capacity" in the developer guide; the ConsumedCapacity type of the API reference.
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

export type ReturnConsumedCapacity = 'INDEXES' | 'TOTAL' | 'NONE';

/**
 * The ConsumedCapacity of an answer, or undefined where the request asked for none. `nameOrArn` is the table as the
 * request names it: who asked by ARN is answered with the ARN (API reference, ConsumedCapacity).
 */
export function describeConsumption(
  consumption: Consumption,
  asked: ReturnConsumedCapacity | undefined,
  nameOrArn: string = consumption.tableName,
): object | undefined {
  if (asked !== 'TOTAL' && asked !== 'INDEXES') return undefined;
  const { table, localIndexes, globalIndexes } = consumption;
  const total = { TableName: nameOrArn, CapacityUnits: table + sumUnits(localIndexes) + sumUnits(globalIndexes) };
  if (asked === 'TOTAL') return total;
  return {
    ...total,
    Table: { CapacityUnits: table },
    ...(localIndexes.size > 0 && { LocalSecondaryIndexes: describeIndexes(localIndexes) }),
    ...(globalIndexes.size > 0 && { GlobalSecondaryIndexes: describeIndexes(globalIndexes) }),
  };
}

function sumUnits(byName: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const units of byName.values()) sum += units;
  return sum;
}

function describeIndexes(byName: ReadonlyMap<string, number>): object {
  return Object.fromEntries([...byName].map(([name, units]) => [name, { CapacityUnits: units }]));
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
