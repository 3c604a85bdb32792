/**
 * Query and Scan: what is sent, and what is answered.
 *
 * In which order a Scan finds partition keys, and an index equal sort keys, is a server's own choice. The model takes
 * it from a first reading of all there is, and from then on knows what every page has to hold.
 */
import { type Asked, NO_UNITS, type Units, describeUnits, readUnits } from './capacity.ts';
import type { Predicate } from './conditions.ts';
import {
  type Database,
  type Source,
  type Table,
  checkKeySizes,
  checkKeyValue,
  entriesOf,
  valuesOf,
} from './database.ts';
import { findTable, indexSource, isKeyOf, keyText, tableSource } from './database.ts';
import { type Answer, invalidParameter, validationError } from './errors.ts';
import type { KeyCondition } from './key-conditions.ts';
import { type Operation, operationOf, withoutUndefined } from './operation.ts';
import { type Path, projectItem } from './paths.ts';
import { type KeyAttribute, indexesOf, keyAttributesOf } from './schemas.ts';
import {
  type Item,
  type Value,
  attributeOf,
  canonicalItem,
  compareValues,
  itemSizeBytes,
  pickAttributes,
  sum,
} from './values.ts';

/** A Query, or a Scan if it has no key condition, from its beginning. */
export interface PageRequest {
  readonly table: string;
  readonly index: string | undefined;
  readonly keyCondition: KeyCondition | undefined;
  readonly reverse: boolean;
  readonly filter: (Predicate & { readonly text?: string }) | undefined;
  readonly select: Select | undefined;
  readonly projection: readonly Path[] | undefined;
  readonly limit: number | undefined;
  readonly consistent: boolean;
  readonly capacity: Asked;
  /** Whether it has KeyConditions, a filter and AttributesToGet in the place of expressions, all in `members`. */
  readonly legacy: boolean;
  /** Members that say what no other field does. */
  readonly members: object;
}

export type Select = 'ALL_ATTRIBUTES' | 'ALL_PROJECTED_ATTRIBUTES' | 'SPECIFIC_ATTRIBUTES' | 'COUNT';

const PAGE_SIZE_MAX_BYTES = 1_048_576;

/** The operation that reads the page behind `startKey`. */
export function pageOperation(request: PageRequest, startKey?: Item): Operation {
  const { keyCondition, reverse, filter, select, limit } = request;
  const input = {
    TableName: request.table,
    IndexName: request.index,
    KeyConditionExpression: request.legacy ? undefined : keyCondition?.text,
    ScanIndexForward: keyCondition && reverse ? false : undefined,
    FilterExpression: filter?.text,
    Select: select,
    Limit: limit,
    ConsistentRead: request.consistent,
    ReturnConsumedCapacity: request.capacity,
    ExclusiveStartKey: startKey,
    ...request.members,
  };
  return operationOf(keyCondition === undefined ? 'Scan' : 'Query', input, (database, given) => {
    const reading = openReading(database, request);
    const entries = startKey === undefined ? reading.entries : entriesBehind(reading, request, canonicalItem(startKey));
    return readPage(reading, request, arrange(reading, request, entries, itemsOf(given))).answer;
  });
}

/** What a request reads, on all of its pages. */
export interface Reading {
  readonly table: Table;
  readonly source: Source;
  /** All that the key condition selects, in no order of meaning. */
  readonly entries: readonly Item[];
  /** Whether the items are read from the table where the index does not hold enough of them. */
  readonly fetches: boolean;
}

/** Throws the error of a request that can't be answered. */
export function openReading(database: Database, request: PageRequest): Reading {
  checkSelect(request);
  const table = findTable(database, request.table);
  const source = findSource(table, request);
  request.keyCondition?.check(source);
  if (request.keyCondition !== undefined) checkFilter(source, request);
  const fetches = checkSelection(source, request);
  const entries = entriesOf(table, source).filter((entry) => request.keyCondition?.holds(entry) ?? true);
  return { table, source, entries, fetches };
}

function checkSelect({ select, projection, index, keyCondition, legacy }: PageRequest): void {
  if (select === 'SPECIFIC_ATTRIBUTES' && projection === undefined) {
    const asked = 'Must specify the AttributesToGet or ProjectionExpression';
    throw validationError(`${asked} when choosing to get SPECIFIC_ATTRIBUTES`);
  }
  if (select !== undefined && select !== 'SPECIFIC_ATTRIBUTES' && projection !== undefined) {
    const what = select === 'COUNT' ? 'only the Count' : select;
    const form = legacy ? 'AttributesToGet' : 'ProjectionExpression';
    throw validationError(`Cannot specify the ${form} when choosing to get ${what}`);
  }
  if (select === 'ALL_PROJECTED_ATTRIBUTES' && index === undefined) {
    const verb = keyCondition === undefined ? 'Scanning' : 'Querying';
    throw validationError(`ALL_PROJECTED_ATTRIBUTES can be used only when ${verb} using an IndexName`);
  }
}

function findSource({ schema }: Table, { index: name, consistent }: PageRequest): Source {
  if (name === undefined) return tableSource(schema);
  const index = indexesOf(schema).find((each) => each.name === name);
  if (index === undefined) throw validationError(`The table does not have the specified index: ${name}`);
  const source = indexSource(schema, index);
  if (consistent && source.kind === 'global') {
    throw validationError('Consistent reads are not supported on global secondary indexes');
  }
  return source;
}

/** Throws for the filter of a Query that looks at its keys, or at what a global index does not hold. */
function checkFilter(source: Source, { filter, index, legacy }: PageRequest): void {
  if (filter === undefined) return;
  const keys = [...source.partitions, ...source.sorts].map(({ name }) => name);
  const key = filter.names.find((name) => keys.includes(name));
  if (key !== undefined) {
    const form = legacy ? 'QueryFilter' : 'Filter Expression';
    throw validationError(`${form} can only contain non-primary key attributes: Primary key attribute: ${key}`);
  }
  const missing = unprojected(source, filter.names);
  if (source.kind !== 'global' || missing.length === 0) return;
  const text = `Secondary index ${index} does not project one or more filter attributes`;
  throw invalidParameter(`${text}: [${missing.join(', ')}]`);
}

/** Whether items have to be fetched from the table; throws where a global index would need that. */
function checkSelection(source: Source, { select, projection, filter, index }: PageRequest): boolean {
  if (source.projected === undefined) return false;
  if (select === 'ALL_ATTRIBUTES') {
    if (source.kind === 'local') return true;
    throw invalidParameter(
      `Select type ALL_ATTRIBUTES is not supported for global secondary index ${index} because its projection type is ` +
        'not ALL',
    );
  }
  const missing = unprojected(source, [...new Set(projection?.map(([name]) => name))]);
  if (source.kind === 'local') return missing.length > 0 || unprojected(source, filter?.names ?? []).length > 0;
  if (missing.length === 0) return false;
  throw invalidParameter(`Global secondary index ${index} does not project [${missing.join(', ')}]`);
}

function unprojected({ projected }: Source, names: readonly string[]): string[] {
  return projected === undefined ? [] : names.filter((name) => !projected.includes(name));
}

/** The entries of a Query of a table behind a starting key, which need not be there. */
function entriesBehind({ source, entries }: Reading, request: PageRequest, startKey: Item): readonly Item[] {
  const { partitions, sorts } = source;
  const attributes = [...partitions, ...sorts];
  if (!isKeyOf(attributes, startKey)) throw validationError('The provided starting key is invalid');
  for (const { name } of attributes) checkKeyValue(name, attributeOf(startKey, name) as Value);
  checkKeySizes(valuesOf(startKey, partitions), valuesOf(startKey, sorts));
  if (request.keyCondition?.holds(startKey) === false) {
    throw validationError(outsideText(source, Object.values(request.keyCondition.keyConditions)));
  }
  return entries.filter((entry) => {
    const order = orderBy(sorts, entry, startKey);
    return request.reverse ? order < 0 : order > 0;
  });
}

function outsideText({ kind, partitions, sorts }: Source, terms: readonly { ComparisonOperator: string }[]): string {
  const isWhole = terms.length === partitions.length + sorts.length;
  if (kind === 'table' && isWhole && terms.every(({ ComparisonOperator }) => ComparisonOperator === 'EQ')) {
    return 'The query can return at most one row and cannot be restarted';
  }
  return terms.length > partitions.length
    ? 'The provided starting key does not match the range key predicate'
    : 'The provided starting key is outside query boundaries based on provided conditions';
}

/** Below, at or above zero as `left` comes before, with or after `right` by the first attribute that differs. */
export function orderBy(attributes: readonly KeyAttribute[], left: Item, right: Item): number {
  for (const { name } of attributes) {
    const order = compareValues(attributeOf(left, name) as Value, attributeOf(right, name) as Value) ?? 0;
    if (order !== 0) return order;
  }
  return 0;
}

/** The items of an answer, as far as it has some. */
export function itemsOf({ body }: Answer): readonly Item[] {
  return (body as { readonly Items?: readonly Item[] }).Items ?? [];
}

/**
 * `entries` in the order in which they were `found`, if that is one that there can be; else in one that the answer will
 * be found to differ from. Entries that were not found (filtered ones, those of other pages) follow.
 */
export function arrange(
  { table, source }: Reading,
  { reverse, keyCondition }: PageRequest,
  entries: readonly Item[],
  found: readonly Item[],
): readonly Item[] {
  const places = new Map(found.map((item, i) => [canHaveKey(table, item) ? keyText(table, item) : undefined, i]));
  const placeOf = (entry: Item): number => places.get(keyText(table, entry)) ?? found.length;
  return entries.toSorted((left, right) => {
    const bySort = keyCondition === undefined ? 0 : orderBy(source.sorts, left, right);
    return (reverse ? -bySort : bySort) || placeOf(left) - placeOf(right);
  });
}

function canHaveKey({ schema }: Table, item: Item): boolean {
  return keyAttributesOf(schema).every(({ name }) => attributeOf(item, name) !== undefined);
}

/** The first page of `entries`, which are in the order of reading, and how many of them it looks at. */
export function readPage(
  reading: Reading,
  request: PageRequest,
  entries: readonly Item[],
): { readonly answer: object; readonly scannedCount: number } {
  const { table, source, fetches } = reading;
  const { scanned, ended } = takePage(reading, request, entries);
  const wholes = fetches ? scanned.map((entry) => wholeOf(table, entry)) : scanned;
  const passed = wholes.filter((item) => request.filter?.holds(item) ?? true);
  const last = scanned.at(-1);
  const answer = withoutUndefined({
    Items: request.select === 'COUNT' ? undefined : passed.map((item) => selectFrom(reading, request, item)),
    Count: passed.length,
    ScannedCount: scanned.length,
    LastEvaluatedKey: ended && last !== undefined ? startKeyOf(table, source, last) : undefined,
    ConsumedCapacity: describeUnits(request.table, unitsOf(reading, request, scanned), request.capacity),
  });
  return { answer, scannedCount: scanned.length };
}

/** Up to the limit, and up to the one that takes their sizes above 1 MB. */
function takePage({ table, fetches }: Reading, { limit }: PageRequest, entries: readonly Item[]) {
  const scanned: Item[] = [];
  let sizeBytes = 0;
  for (const entry of entries) {
    scanned.push(entry);
    sizeBytes += itemSizeBytes(fetches ? wholeOf(table, entry) : entry);
    if (scanned.length === limit || sizeBytes > PAGE_SIZE_MAX_BYTES) return { scanned, ended: true };
  }
  return { scanned, ended: false };
}

function wholeOf(table: Table, entry: Item): Item {
  return table.items.get(keyText(table, entry)) as Item;
}

function selectFrom({ source, fetches }: Reading, { select, projection }: PageRequest, item: Item): Item {
  if (projection !== undefined) return projectItem(item, projection);
  if (!fetches || select === 'ALL_ATTRIBUTES') return item;
  return pickAttributes(item, source.projected ?? []);
}

function startKeyOf({ schema }: Table, { index }: Source, entry: Item): Item {
  const attributes = [...keyAttributesOf(schema), ...(index === undefined ? [] : keyAttributesOf(index))];
  return pickAttributes(
    entry,
    attributes.map(({ name }) => name),
  );
}

/** Entries are read together, items that are fetched each by itself. */
function unitsOf({ table, source, fetches }: Reading, { consistent }: PageRequest, scanned: readonly Item[]): Units {
  const units = readUnits(sum(scanned.map(itemSizeBytes)), consistent);
  if (source.index === undefined) return { ...NO_UNITS, table: units };
  const fetched = scanned.map((entry) => readUnits(itemSizeBytes(wholeOf(table, entry)), consistent));
  return { ...NO_UNITS, table: fetches ? sum(fetched) : 0, [source.kind]: { [source.index.name]: units } };
}
