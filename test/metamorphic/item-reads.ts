/** GetItem and BatchGetItem: what is sent, and what is answered. */
import { type Units, NO_UNITS, addUnits, describeUnits, readUnits } from './capacity.ts';
import { type Database, type Table, findTable, keyOfKey } from './database.ts';
import type { Draw } from './draw.ts';
import { validationError } from './errors.ts';
import { CAPACITY, checkDistinct, describeAllUnits, distinctKeys } from './item-writes.ts';
import { type Operation, type Target, operationOf } from './operation.ts';
import { type Path, drawPathsApart, drawTopName, projectItem } from './paths.ts';
import { type Placeholders, createPlaceholders } from './placeholders.ts';
import { drawKey } from './random-values.ts';
import { type Item, canonicalItem, itemSizeBytes, itemText } from './values.ts';

/** The paths of a projection, undefined for none, and the members that say so. */
export interface DrawnProjection {
  readonly paths: readonly Path[] | undefined;
  readonly members: object;
}

export function drawProjection(draw: Draw, placeholders: Placeholders): DrawnProjection {
  const paths = draw.once(3) ? drawPathsApart(draw, 1 + draw.below(4)) : undefined;
  return { paths, members: { ProjectionExpression: paths?.map((path) => placeholders.path(path)).join(', ') } };
}

/** The same by AttributesToGet. */
export function drawAttributesToGet(draw: Draw): DrawnProjection {
  const names = [...new Set([drawTopName(draw), ...draw.upTo(3, () => drawTopName(draw))])];
  return { paths: names.map((name) => [name] as const), members: { AttributesToGet: names } };
}

function drawAnyProjection(draw: Draw, placeholders: Placeholders): DrawnProjection {
  return draw.once(5) ? drawAttributesToGet(draw) : drawProjection(draw, placeholders);
}

export function drawGet(draw: Draw, target: Target): Operation {
  const { table } = target;
  const key = drawKey(draw, target);
  const placeholders = createPlaceholders(draw);
  const { paths, members } = drawAnyProjection(draw, placeholders);
  const consistent = draw.once(2);
  const capacity = draw.oneOf(CAPACITY);
  const input = {
    TableName: table,
    Key: key,
    ConsistentRead: consistent,
    ReturnConsumedCapacity: capacity,
    ...members,
    ...placeholders.members(),
  };
  return operationOf('GetItem', input, (database) => {
    const found = findTable(database, table);
    const item = found.items.get(keyOfKey(found, canonicalItem(key)));
    return { Item: project(item, paths), ConsumedCapacity: describeUnits(table, unitsOf(item, consistent), capacity) };
  });
}

export function project(item: Item | undefined, paths: readonly Path[] | undefined): Item | undefined {
  return item && paths ? projectItem(item, paths) : item;
}

function unitsOf(item: Item | undefined, consistent: boolean): Units {
  return { ...NO_UNITS, table: readUnits(item === undefined ? 0 : itemSizeBytes(item), consistent) };
}

export function drawBatchGet(draw: Draw, targets: readonly Target[]): Operation {
  const parts = targets.map((target) => drawBatchPart(draw, target));
  const capacity = draw.oneOf(CAPACITY);
  const RequestItems = Object.fromEntries(parts.map(({ table, keysAndAttributes }) => [table, keysAndAttributes]));
  const input = { RequestItems, ReturnConsumedCapacity: capacity };
  return operationOf('BatchGetItem', input, (database) => {
    checkForms(parts.flatMap(({ keysAndAttributes }) => definedNames(keysAndAttributes)));
    for (const { keys } of parts) checkDistinct(keys.map((key) => itemText(canonicalItem(key))));
    const tables = new Map(parts.map(({ table }) => [table, findTable(database, table)]));
    const places = parts.flatMap((part) => part.keys.map((key) => placeOf(database, part.table, canonicalItem(key))));
    checkDistinct(places.map(({ found, place }) => [found.name, place].join()));
    const responses: Record<string, unknown> = {};
    const units = new Map<string, Units>();
    for (const { table, keys, paths, consistent } of parts) {
      const found = tables.get(table) as Table;
      const items = keys.map((key) => found.items.get(keyOfKey(found, canonicalItem(key))));
      responses[table] = items.filter((item) => item !== undefined).map((item) => project(item, paths));
      units.set(
        table,
        items.reduce((total, item) => addUnits(total, unitsOf(item, consistent)), NO_UNITS),
      );
    }
    return { Responses: responses, UnprocessedKeys: {}, ConsumedCapacity: describeAllUnits(units, capacity) };
  });
}

function definedNames(members: object): string[] {
  return Object.entries(members).flatMap(([name, value]) => (value === undefined ? [] : [name]));
}

/** Throws the ValidationException for a batch that asks for projections in both forms. */
function checkForms(names: readonly string[]): void {
  if (!names.includes('ProjectionExpression') || !names.includes('AttributesToGet')) return;
  throw validationError(
    'Can not use both expression and non-expression parameters in the same request: ' +
      'Non-expression parameters: {AttributesToGet} Expression parameters: {ProjectionExpression}',
  );
}

function placeOf(database: Database, table: string, key: Item) {
  const found = findTable(database, table);
  return { found, place: keyOfKey(found, key) };
}

function drawBatchPart(draw: Draw, target: Target) {
  const { table } = target;
  const placeholders = createPlaceholders(draw);
  const drawn = Array.from({ length: 1 + draw.below(8) }, () => drawKey(draw, target));
  const keys = draw.once(20) ? drawn : distinctKeys(drawn);
  const { paths, members } = drawAnyProjection(draw, placeholders);
  const consistent = draw.once(2);
  const keysAndAttributes = { Keys: keys, ConsistentRead: consistent, ...members, ...placeholders.members() };
  return { table, keys, paths, consistent, keysAndAttributes };
}
