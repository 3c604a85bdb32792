/**
 * A database as plain maps in memory: the model that servers are held against. It is written to be obvious, works with
 * the wire's own values and shares nothing with the program.
 */
import { invalidParameter, modelledError, tableNotFound, validationError } from './errors.ts';
import { type IndexSchema, type KeyAttribute, type Schema, type WholeKey } from './schemas.ts';
import { indexesOf, keyAttributesOf, wholeKeyOf } from './schemas.ts';
import { type Item, type Value, attributeOf, itemSizeBytes, pickAttributes } from './values.ts';
import { sum, textOf, typeOf, valueSizeBytes } from './values.ts';

export interface Table {
  readonly name: string;
  readonly schema: Schema;
  /** By `keyText`. */
  readonly items: ReadonlyMap<string, Item>;
}

/** Tables by name. Tables and items are never changed, only replaced: to copy a database is to copy this map. */
export type Database = Map<string, Table>;

const ARN = /^arn:aws:dynamodb:us-east-1:000000000000:table\//;

/** The table that a request names; throws ResourceNotFoundException. */
export function findTable(database: Database, nameOrArn: string): Table {
  const table = database.get(nameOrArn.replace(ARN, ''));
  if (table === undefined) throw tableNotFound();
  return table;
}

export function createTable(database: Database, name: string, schema: Schema): void {
  if (database.has(name)) throw modelledError('ResourceInUseException', `Table already exists: ${name}`);
  database.set(name, { name, schema, items: new Map() });
}

/** Makes the table called `name` what `schema` says, with the items that it has. */
export function changeSchema(database: Database, name: string, schema: Schema): void {
  database.set(name, { ...findNamedTable(database, name), schema });
}

/** As `findTable`, in the words of operations on the table itself. */
export function findNamedTable(database: Database, name: string): Table {
  const table = database.get(name);
  if (table !== undefined) return table;
  throw modelledError('ResourceNotFoundException', `Requested resource not found: Table: ${name} not found`);
}

/** Puts `item`, or takes away what has the key `key`. */
export function storeItem(database: Database, { name }: Table, key: string, item: Item | undefined): void {
  const table = findTable(database, name);
  const items = new Map(table.items);
  if (item === undefined) items.delete(key);
  else items.set(key, item);
  database.set(name, { ...table, items });
}

/** What tells an item of a table from all others. */
export function keyText({ schema }: Table, item: Item): string {
  return keyAttributesOf(schema)
    .map(({ name }) => textOf(attributeOf(item, name) as Value))
    .join();
}

/** The key of the item to put; throws the ValidationException for one that does not fit the table. */
export function keyOfItem(table: Table, item: Item): string {
  for (const { name, type } of keyAttributesOf(table.schema)) {
    const value = attributeOf(item, name);
    if (value === undefined) throw invalidParameter(`Missing the key ${name} in the item`);
    if (typeOf(value) === type) continue;
    throw invalidParameter(`Type mismatch for key ${name} expected: ${type} actual: ${typeOf(value)}`);
  }
  return checkedKey(table, item);
}

/** As `keyOfItem` for an item that a batch puts, in the words for a Key parameter. */
export function keyOfBatchItem(table: Table, item: Item): string {
  const attributes = keyAttributesOf(table.schema);
  if (!hasTypes(attributes, item)) throw validationError('The provided key element does not match the schema');
  return checkedKey(table, item);
}

/** The key that a Key parameter is; throws the ValidationException for one that does not fit the table. */
export function keyOfKey(table: Table, key: Item): string {
  if (!isKeyOf(keyAttributesOf(table.schema), key)) {
    throw validationError('The provided key element does not match the schema');
  }
  return checkedKey(table, key);
}

export function isKeyOf(attributes: readonly KeyAttribute[], key: Item): boolean {
  return Object.keys(key).length === attributes.length && hasTypes(attributes, key);
}

function hasTypes(attributes: readonly KeyAttribute[], item: Item): boolean {
  return attributes.every(({ name, type }) => {
    const value = attributeOf(item, name);
    return value !== undefined && typeOf(value) === type;
  });
}

function checkedKey(table: Table, item: Item): string {
  const { partitions, sorts } = wholeKeyOf(table.schema);
  for (const { name } of keyAttributesOf(table.schema)) checkKeyValue(name, attributeOf(item, name) as Value);
  checkKeySizes(valuesOf(item, partitions), valuesOf(item, sorts));
  return keyText(table, item);
}

function emptyKind(value: Value): string | undefined {
  if ('S' in value && value.S === '') return 'string';
  return 'B' in value && value.B === '' ? 'binary' : undefined;
}

const EMPTY_KEY = (kind: string): string =>
  `The AttributeValue for a key attribute cannot contain an empty ${kind} value.`;
const NOT_VALID = 'One or more parameter values are not valid. ';

export function checkKeyValue(name: string, value: Value): void {
  const kind = emptyKind(value);
  if (kind !== undefined) throw validationError(`${NOT_VALID}${EMPTY_KEY(kind)} Key: ${name}`);
}

/** Throws the ValidationException for keys too large; values that are undefined are not there. */
export function checkKeySizes(partitions: readonly (Value | undefined)[], sorts: readonly (Value | undefined)[]): void {
  if (!fitsPartition(partitions)) {
    throw invalidParameter('Size of hashkey has exceeded the maximum size limit of2048 bytes');
  }
  if (!fitsSort(sorts)) {
    throw invalidParameter('Aggregated size of all range keys has exceeded the size limit of 1024 bytes');
  }
}

function fitsPartition(values: readonly (Value | undefined)[]): boolean {
  return sumSizes(values) <= 2048;
}

function fitsSort(values: readonly (Value | undefined)[]): boolean {
  return sumSizes(values) <= 1024;
}

function sumSizes(values: readonly (Value | undefined)[]): number {
  return sum(values.map((value) => (value === undefined ? 0 : valueSizeBytes(value))));
}

/** The values that `item` has of `attributes`. */
export function valuesOf(item: Item, attributes: readonly KeyAttribute[]): (Value | undefined)[] {
  return attributes.map(({ name }) => attributeOf(item, name));
}

/**
 * Throws the ValidationException for an item to put that no index can hold; `typeText` is what it says of wrong types.
 */
export function checkIndexKeys({ schema }: Table, item: Item, typeText?: string): void {
  for (const index of indexesOf(schema)) {
    for (const { name, type } of keyAttributesOf(index)) {
      const value = attributeOf(item, name);
      if (value === undefined) continue;
      if (typeOf(value) !== type && typeText !== undefined) throw validationError(typeText);
      if (typeOf(value) !== type) {
        const types = `Expected: ${type} Actual: ${typeOf(value)}`;
        throw invalidParameter(`Type mismatch for Index Key ${name} ${types} IndexName: ${index.name}`);
      }
      const kind = emptyKind(value);
      if (kind === undefined) continue;
      throw validationError(
        `${NOT_VALID}A value specified for a secondary index key is not supported. ${EMPTY_KEY(kind)} ` +
          `IndexName: ${index.name}, IndexKey: ${name}`,
      );
    }
    const { partitions, sorts } = wholeKeyOf(index);
    checkKeySizes(valuesOf(item, partitions), valuesOf(item, sorts));
  }
}

/** As `checkIndexKeys`, in the words of UpdateItem. */
export function checkUpdatedIndexKeys({ schema }: Table, item: Item): void {
  for (const index of indexesOf(schema)) checkUpdatedIndexKey(index, item);
}

function checkUpdatedIndexKey(index: IndexSchema, item: Item): void {
  for (const { name, type } of keyAttributesOf(index)) {
    const value = attributeOf(item, name);
    if (value === undefined) continue;
    if (typeOf(value) !== type) {
      throw validationError('The update expression attempted to update the secondary index key to unsupported type');
    }
    const kind = emptyKind(value);
    if (kind === undefined) continue;
    throw validationError(
      `${NOT_VALID}The update expression attempted to update a secondary index key to a value that is not supported. ` +
        EMPTY_KEY(kind),
    );
  }
  const { partitions, sorts } = wholeKeyOf(index);
  if (fitsPartition(valuesOf(item, partitions)) && fitsSort(valuesOf(item, sorts))) return;
  throw validationError('The update expression attempted to update the secondary index key beyond allowed size limits');
}

/** What can be read by the page: a table itself, or an index of it. */
export interface Source extends WholeKey {
  readonly index: IndexSchema | undefined;
  readonly kind: 'table' | 'local' | 'global';
  /** The names of the attributes that it holds; undefined for all. */
  readonly projected: readonly string[] | undefined;
}

export function tableSource(schema: Schema): Source {
  return { index: undefined, kind: 'table', ...wholeKeyOf(schema), projected: undefined };
}

export function indexSource(schema: Schema, index: IndexSchema): Source {
  const { projection } = index;
  const key = wholeKeyOf(index);
  const kind = schema.local?.includes(index) ? 'local' : 'global';
  if (projection === 'ALL') return { index, kind, ...key, projected: undefined };
  const keys = [...keyAttributesOf(schema), ...keyAttributesOf(index)].map(({ name }) => name);
  const others = projection === 'KEYS_ONLY' ? [] : projection;
  return { index, kind, ...key, projected: [...new Set([...keys, ...others])] };
}

export function sourcesOf(schema: Schema): readonly Source[] {
  return [tableSource(schema), ...indexesOf(schema).map((index) => indexSource(schema, index))];
}

/**
 * What `source` holds of `item`; undefined where it has nothing: it lacks an attribute of the key, or has one, from
 * before the index was there, that can't be one.
 */
export function entryOf({ partitions, sorts, projected }: Source, item: Item): Item | undefined {
  const keys = [...partitions, ...sorts];
  if (!hasTypes(keys, item) || valuesOf(item, keys).some((value) => value && emptyKind(value))) return undefined;
  if (!fitsPartition(valuesOf(item, partitions)) || !fitsSort(valuesOf(item, sorts))) return undefined;
  return projected === undefined ? item : pickAttributes(item, projected);
}

/** All that `source` holds, in no order of meaning. */
export function entriesOf({ items }: Table, source: Source): Item[] {
  return [...items.values()].map((item) => entryOf(source, item)).filter((entry) => entry !== undefined);
}

/** What DescribeTable counts. */
export function countsOf(table: Table, source: Source): { readonly items: number; readonly sizeBytes: number } {
  const entries = entriesOf(table, source);
  return { items: entries.length, sizeBytes: sum(entries.map(itemSizeBytes)) };
}
