/** Consumed capacity as the model reckons it. Source: "Read/write capacity" in the developer guide. */
import { type Table, entryOf, indexSource } from './database.ts';
import { type IndexSchema, indexesOf, keyAttributesOf } from './schemas.ts';
import { type Item, itemSizeBytes, itemText, pickAttributes, sum } from './values.ts';

export type Asked = 'NONE' | 'TOTAL' | 'INDEXES' | undefined;

/** Units of a table and, by name, of its indexes. */
export interface Units {
  readonly table: number;
  readonly local: Readonly<Record<string, number>>;
  readonly global: Readonly<Record<string, number>>;
}

export const NO_UNITS: Units = { table: 0, local: {}, global: {} };

export function readUnits(sizeBytes: number, consistent: boolean): number {
  return Math.max(1, Math.ceil(sizeBytes / 4096)) * (consistent ? 1 : 0.5);
}

function writeUnits(...sizesBytes: readonly number[]): number {
  return Math.max(1, Math.ceil(Math.max(...sizesBytes) / 1024));
}

/** What it takes to make `after` of `before`; undefined stands for no item. */
export function unitsOfWrite({ schema }: Table, before: Item | undefined, after: Item | undefined): Units {
  const units = { table: writeUnits(sizeOf(before), sizeOf(after)), local: {}, global: {} };
  for (const index of indexesOf(schema)) {
    const source = indexSource(schema, index);
    const count = indexUnits(index, before && entryOf(source, before), after && entryOf(source, after));
    if (count > 0) Object.assign(source.kind === 'local' ? units.local : units.global, { [index.name]: count });
  }
  return units;
}

/** An entry that moves is taken from one place and put to another. */
function indexUnits(index: IndexSchema, before: Item | undefined, after: Item | undefined): number {
  if (before === undefined && after === undefined) return 0;
  if (before === undefined || after === undefined) return writeUnits(sizeOf(before), sizeOf(after));
  if (itemText(before) === itemText(after)) return 0;
  const placeOf = (entry: Item): string =>
    itemText(
      pickAttributes(
        entry,
        keyAttributesOf(index).map(({ name }) => name),
      ),
    );
  if (placeOf(before) === placeOf(after)) return writeUnits(sizeOf(before), sizeOf(after));
  return writeUnits(sizeOf(before)) + writeUnits(sizeOf(after));
}

function sizeOf(item: Item | undefined): number {
  return item === undefined ? 0 : itemSizeBytes(item);
}

export function addUnits(left: Units, right: Units): Units {
  return {
    table: left.table + right.table,
    local: addByName(left.local, right.local),
    global: addByName(left.global, right.global),
  };
}

function addByName(left: Units['local'], right: Units['local']): Units['local'] {
  const names = new Set([...Object.keys(left), ...Object.keys(right)]);
  return Object.fromEntries([...names].map((name) => [name, (left[name] ?? 0) + (right[name] ?? 0)]));
}

/** The ConsumedCapacity of an answer about the table that the request calls `nameOrArn`; undefined if not asked for. */
export function describeUnits(
  nameOrArn: string,
  { table, local, global }: Units,
  asked: Asked,
  kind?: UnitsKind,
): object | undefined {
  if (asked !== 'TOTAL' && asked !== 'INDEXES') return undefined;
  const describe = (units: number) => ({ CapacityUnits: units, ...(kind && { [kind]: units }) });
  const describeByName = (units: Units['local']) =>
    Object.fromEntries(Object.entries(units).map(([name, count]) => [name, describe(count)]));
  const all = table + sum(Object.values(local)) + sum(Object.values(global));
  const total = { TableName: nameOrArn, ...describe(all) };
  if (asked === 'TOTAL') return total;
  return {
    ...total,
    Table: describe(table),
    ...(Object.keys(local).length > 0 && { LocalSecondaryIndexes: describeByName(local) }),
    ...(Object.keys(global).length > 0 && { GlobalSecondaryIndexes: describeByName(global) }),
  };
}

/** Said of transactions alone. */
export type UnitsKind = 'ReadCapacityUnits' | 'WriteCapacityUnits';
