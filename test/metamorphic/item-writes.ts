/** PutItem, UpdateItem, DeleteItem and BatchWriteItem: what is sent, and what it does. */
import { type Asked, NO_UNITS, type Units, type UnitsKind } from './capacity.ts';
import { addUnits, describeUnits, unitsOfWrite } from './capacity.ts';
import { type Predicate, drawCondition } from './conditions.ts';
import { type Database, type Table, checkIndexKeys, checkUpdatedIndexKeys, findTable } from './database.ts';
import { keyOfBatchItem, keyOfItem, keyOfKey, storeItem } from './database.ts';
import type { Draw } from './draw.ts';
import { invalidParameter, modelledError, validationError } from './errors.ts';
import { drawLegacyConditions } from './legacy-conditions.ts';
import { drawLegacyUpdate } from './legacy-updates.ts';
import { type Operation, type Target, operationOf } from './operation.ts';
import { projectItem } from './paths.ts';
import { createPlaceholders } from './placeholders.ts';
import { drawAttributes, drawKey } from './random-values.ts';
import { keyAttributesOf } from './schemas.ts';
import { type UpdateMeaning, drawUpdate } from './updates.ts';
import { type Item, attributeOf, canonicalItem, itemSizeBytes } from './values.ts';

const ITEM_SIZE_MAX_BYTES = 409_600;
export const CAPACITY: readonly Asked[] = [undefined, 'NONE', 'TOTAL', 'INDEXES', 'INDEXES'];

/** What the three operations on one item share. */
interface WriteRequest {
  readonly table: string;
  readonly condition: Predicate | undefined;
  readonly returnsFailed: boolean;
  readonly capacity: Asked;
}

/** An item's way through a write. */
interface Change {
  readonly after: Item | undefined;
  readonly returned: Item | undefined;
}

export function drawPut(draw: Draw, target: Target): Operation {
  const item = { ...drawKey(draw, target), ...drawAttributes(draw, target.schema) };
  const returnValues = draw.oneOf([undefined, 'NONE', 'ALL_OLD'] as const);
  const { request, members } = drawAnyRequest(draw, target);
  const input = { ...members, Item: item, ReturnValues: returnValues };
  return operationOf('PutItem', input, (database) => {
    const after = canonicalItem(item);
    checkItemSize(after);
    const table = findTable(database, request.table);
    const key = keyOfItem(table, after);
    checkIndexKeys(table, after);
    return write(database, table, key, request, (before) => ({
      after,
      returned: returnValues === 'ALL_OLD' ? before : undefined,
    }));
  });
}

export function drawDelete(draw: Draw, target: Target): Operation {
  const key = drawKey(draw, target);
  const returnValues = draw.oneOf([undefined, 'NONE', 'ALL_OLD', 'ALL_OLD'] as const);
  const { request, members } = drawAnyRequest(draw, target);
  const input = { ...members, Key: key, ReturnValues: returnValues };
  return operationOf('DeleteItem', input, (database) => {
    const table = findTable(database, request.table);
    return write(database, table, keyOfKey(table, canonicalItem(key)), request, (before) => ({
      after: undefined,
      returned: returnValues === 'ALL_OLD' ? before : undefined,
    }));
  });
}

const RETURN_VALUES = [undefined, 'NONE', 'ALL_OLD', 'ALL_NEW', 'UPDATED_OLD', 'UPDATED_NEW'] as const;

export function drawUpdateItem(draw: Draw, target: Target): Operation {
  const key = drawKey(draw, target);
  const returnValues = draw.oneOf(RETURN_VALUES);
  const { update, request, members } = draw.once(5) ? drawLegacyChange(draw, target) : drawChange(draw, target);
  const input = { ...members, Key: key, ReturnValues: returnValues };
  return operationOf('UpdateItem', input, (database) => {
    const table = findTable(database, request.table);
    checkKeyUntouched(table, update);
    const start = canonicalItem(key);
    return write(database, table, keyOfKey(table, start), request, (before) => {
      const after = updateItem(table, update, before, start);
      return { after, returned: after && returnedOf(returnValues, update, before, after) };
    });
  });
}

function drawChange(draw: Draw, target: Target) {
  const placeholders = createPlaceholders(draw);
  const update = draw.once(20) ? undefined : drawUpdate(draw, placeholders, target.schema);
  const { request, members } = drawRequest(draw, target, placeholders);
  return { update, request, members: { ...members, UpdateExpression: update?.text } };
}

function drawLegacyChange(draw: Draw, target: Target) {
  const update = drawLegacyUpdate(draw, target.schema);
  const { request, members } = drawLegacyRequest(draw, target);
  return { update, request, members: { ...members, ...update.members } };
}

/** Throws the ValidationException for an update of an attribute of the key. */
export function checkKeyUntouched({ schema }: Table, update: UpdateMeaning | undefined): void {
  for (const { name } of keyAttributesOf(schema)) {
    if (update === undefined || update.paths.every(([first]) => first !== name)) continue;
    throw invalidParameter(`Cannot update attribute ${name}. This attribute is part of the key`);
  }
}

/** The item after an update; undefined where there is none before and nothing that would make one. */
export function updateItem(
  table: Table,
  update: UpdateMeaning | undefined,
  before: Item | undefined,
  key: Item,
): Item | undefined {
  if (update === undefined) return before ?? key;
  const after = update.apply(before ?? key);
  if (before === undefined && update.onlyRemoves) return undefined;
  if (itemSizeBytes(after) > ITEM_SIZE_MAX_BYTES) {
    throw validationError('Item size to update has exceeded the maximum allowed size');
  }
  if (update.legacy) checkIndexKeys(table, after, 'Type mismatch for attribute to update');
  else checkUpdatedIndexKeys(table, after);
  return after;
}

function returnedOf(
  returnValues: (typeof RETURN_VALUES)[number],
  update: UpdateMeaning | undefined,
  before: Item | undefined,
  after: Item,
): Item | undefined {
  if (returnValues === 'ALL_OLD') return before;
  if (returnValues === 'ALL_NEW') return after;
  if (update === undefined) return undefined;
  const touched = (item: Item | undefined): Item | undefined => {
    const part = item && projectItem(item, update.paths);
    return part && Object.keys(part).length > 0 ? part : undefined;
  };
  if (returnValues === 'UPDATED_OLD') return touched(before);
  return returnValues === 'UPDATED_NEW' ? touched(after) : undefined;
}

/** A condition by an expression, or by Expected. */
function drawAnyRequest(draw: Draw, target: Target) {
  return draw.once(5) ? drawLegacyRequest(draw, target) : drawRequest(draw, target);
}

function drawRequest(draw: Draw, target: Target, placeholders = createPlaceholders(draw)) {
  const condition = draw.once(3) ? drawCondition(draw, placeholders) : undefined;
  return requestOn(draw, target, condition, { ConditionExpression: condition?.text, ...placeholders.members() });
}

function drawLegacyRequest(draw: Draw, target: Target) {
  const condition = draw.once(2) ? drawLegacyConditions(draw, 'Expected') : undefined;
  return requestOn(draw, target, condition, condition?.members ?? {});
}

function requestOn(draw: Draw, { table }: Target, condition: Predicate | undefined, conditionMembers: object) {
  const returnsFailed = draw.once(2);
  const capacity = draw.oneOf(CAPACITY);
  const request: WriteRequest = { table, condition, returnsFailed, capacity };
  const members = {
    TableName: table,
    ReturnValuesOnConditionCheckFailure: returnsFailed ? 'ALL_OLD' : undefined,
    ReturnConsumedCapacity: capacity,
    ...conditionMembers,
  };
  return { request, members };
}

/** Makes of the item with `key` what `change` gives, if the condition holds. */
function write(
  database: Database,
  table: Table,
  key: string,
  { table: nameOrArn, condition, returnsFailed, capacity }: WriteRequest,
  change: (before: Item | undefined) => Change,
): object {
  const before = table.items.get(key);
  checkCondition(condition, before, returnsFailed);
  const { after, returned } = change(before);
  storeItem(database, table, key, after);
  return {
    Attributes: returned,
    ConsumedCapacity: describeUnits(nameOrArn, unitsOfWrite(table, before, after), capacity),
  };
}

/** Throws ConditionalCheckFailedException, with the item as it was if `returnsFailed`. */
export function checkCondition(
  condition: Predicate | undefined,
  before: Item | undefined,
  returnsFailed: boolean,
): void {
  if (condition === undefined || condition.holds(before)) return;
  const members = returnsFailed && before !== undefined ? { Item: before } : {};
  throw modelledError('ConditionalCheckFailedException', 'The conditional request failed', members);
}

export function checkItemSize(item: Item): void {
  if (itemSizeBytes(item) > ITEM_SIZE_MAX_BYTES) {
    throw validationError('Item size has exceeded the maximum allowed size');
  }
}

interface BatchEntry {
  readonly item?: Item;
  readonly key?: Item;
}

/** Puts and deletions in one or two tables, which are applied together or not at all. */
export function drawBatchWrite(draw: Draw, targets: readonly Target[]): Operation {
  const batches = targets.map((target) => ({ ...target, entries: drawBatchEntries(draw, target) }));
  const capacity = draw.oneOf(CAPACITY);
  const RequestItems = Object.fromEntries(
    batches.map(({ table, entries }) => [
      table,
      entries.map(({ item, key }) => (item ? { PutRequest: { Item: item } } : { DeleteRequest: { Key: key } })),
    ]),
  );
  const input = { RequestItems, ReturnConsumedCapacity: capacity };
  return operationOf('BatchWriteItem', input, (database) => {
    for (const { item } of batches.flatMap(({ entries }) => entries)) if (item) checkItemSize(canonicalItem(item));
    const found = batches.map((batch) => ({ ...batch, found: findTable(database, batch.table) }));
    const writes = found.flatMap(({ table: nameOrArn, found: table, entries }) =>
      entries.map((entry) => ({ nameOrArn, ...planEntry(table, entry) })),
    );
    checkDistinct(writes.map(({ nameOrArn, key }) => [nameOrArn, key].join()));
    for (const { table, after } of writes) if (after) checkIndexKeys(table, after);
    const units = new Map<string, Units>();
    for (const { nameOrArn, table, key, after } of writes) {
      const added = unitsOfWrite(table, table.items.get(key), after);
      units.set(nameOrArn, addUnits(units.get(nameOrArn) ?? NO_UNITS, added));
      storeItem(database, table, key, after);
    }
    return { UnprocessedItems: {}, ConsumedCapacity: describeAllUnits(units, capacity) };
  });
}

function planEntry(table: Table, { item, key }: BatchEntry) {
  if (item === undefined) return { table, key: keyOfKey(table, canonicalItem(key ?? {})), after: undefined };
  const after = canonicalItem(item);
  return { table, key: keyOfBatchItem(table, after), after };
}

/** Mostly of different keys, as a batch needs them. */
function drawBatchEntries(draw: Draw, target: Target): BatchEntry[] {
  const { schema } = target;
  const count = 1 + draw.below(schema.bulky ? 3 : 8);
  const keys = Array.from({ length: count }, () => drawKey(draw, target));
  const different = draw.once(20) ? keys : distinctKeys(keys);
  return different.map((key) => (draw.once(3) ? { key } : { item: { ...key, ...drawAttributes(draw, schema) } }));
}

/** `keys` without those that are the same item as one before. */
export function distinctKeys(keys: readonly Item[]): Item[] {
  return [...new Map(keys.map((key) => [JSON.stringify(canonicalItem(key)), key])).values()];
}

/** Throws the ValidationException with the text `message` for a request that has one key twice. */
export function checkDistinct(
  keys: readonly string[],
  message = 'Provided list of item keys contains duplicates',
): void {
  if (new Set(keys).size < keys.length) throw validationError(message);
}

/** The ConsumedCapacity of a batch's answer. */
export function describeAllUnits(
  units: ReadonlyMap<string, Units>,
  asked: Asked,
  kind?: UnitsKind,
): object[] | undefined {
  const described = [...units].map(([table, each]) => describeUnits(table, each, asked, kind));
  return asked === 'TOTAL' || asked === 'INDEXES' ? described.filter((each) => each !== undefined) : undefined;
}

/** An operation that adds one to a counter and says what it then is. */
export function addOne({ table }: Target, key: Item, counter: string): Operation {
  const input = {
    TableName: table,
    Key: key,
    UpdateExpression: `ADD ${counter} :one`,
    ExpressionAttributeValues: { ':one': { N: '1' } },
    ReturnValues: 'UPDATED_NEW',
  };
  return operationOf('UpdateItem', input, (database) => {
    const found = findTable(database, table);
    const place = keyOfKey(found, canonicalItem(key));
    const before = found.items.get(place) ?? canonicalItem(key);
    const value = attributeOf(before, counter) ?? { N: '0' };
    if (!('N' in value)) throw validationError('An operand in the update expression has an incorrect data type');
    const after = { [counter]: { N: `${Number(value.N) + 1}` } };
    checkUpdatedIndexKeys(found, { ...before, ...after });
    storeItem(database, found, place, { ...before, ...after });
    return { Attributes: after };
  });
}
