/** TransactWriteItems and TransactGetItems: what is sent, and what it does. */
import { NO_UNITS, type Units, addUnits, readUnits, unitsOfWrite } from './capacity.ts';
import { type Condition, drawCondition } from './conditions.ts';
import { type Database, type Table, checkIndexKeys, findTable, keyOfItem, keyOfKey, storeItem } from './database.ts';
import type { Draw } from './draw.ts';
import { type Fault, attempt, transactionCanceled, validationError } from './errors.ts';
import { drawProjection, project } from './item-reads.ts';
import { CAPACITY, checkCondition, checkDistinct, checkItemSize, checkKeyUntouched } from './item-writes.ts';
import { describeAllUnits, distinctKeys, updateItem } from './item-writes.ts';
import { type Operation, type Target, operationOf } from './operation.ts';
import { createPlaceholders } from './placeholders.ts';
import { drawAttributes, drawKey } from './random-values.ts';
import { drawUpdate } from './updates.ts';
import { type Item, canonicalItem, itemSizeBytes } from './values.ts';

const TWICE = 'Transaction request cannot include multiple operations on one item';

/** One action of a transaction. */
interface Action {
  readonly nameOrArn: string;
  /** As it stands in TransactItems. */
  readonly entry: object;
  readonly condition: Condition | undefined;
  readonly returnsFailed: boolean;
  /** Throws what is found out before anything is looked up. */
  check(): void;
  /** The key's text; throws for what does not fit the table. */
  keyIn(table: Table): string;
  /** Throws for what no index can hold, before the condition is looked at. */
  checkIndexes(table: Table): void;
  change(table: Table, before: Item | undefined): Item | undefined;
}

/** Puts, updates, deletions and checks in one or two tables. */
export function drawTransactWrite(draw: Draw, targets: readonly Target[]): Operation {
  const actions = targets.flatMap((target) => drawActions(draw, target));
  const capacity = draw.oneOf(CAPACITY);
  const input = { TransactItems: actions.map(({ entry }) => entry), ReturnConsumedCapacity: capacity };
  return operationOf('TransactWriteItems', input, (database) => {
    for (const action of actions) action.check();
    const tables = actions.map(({ nameOrArn }) => findTable(database, nameOrArn));
    const tableOf = (i: number) => tables[i] as Table;
    const keys = allOrCanceled(actions.map((action, i) => attempt(() => action.keyIn(tableOf(i)))));
    const texts = keys.map((key, i) => [tableOf(i).name, key].join());
    checkDistinct(texts, TWICE);
    const changes = allOrCanceled(
      actions.map((action, i) => attempt(() => run(action, tableOf(i), keys[i] as string))),
    );
    const units = new Map<string, Units>();
    for (const [i, { nameOrArn }] of actions.entries()) {
      const { before, after } = changes[i] as Change;
      const { table, ...indexes } = unitsOfWrite(tableOf(i), before, after);
      units.set(nameOrArn, addUnits(units.get(nameOrArn) ?? NO_UNITS, { ...indexes, table: 2 * table }));
      storeItem(database, tableOf(i), keys[i] as string, after);
    }
    return { ConsumedCapacity: describeAllUnits(units, capacity, 'WriteCapacityUnits') };
  });
}

interface Change {
  readonly before: Item | undefined;
  readonly after: Item | undefined;
}

function run(action: Action, table: Table, key: string): Change {
  const before = table.items.get(key);
  action.checkIndexes(table);
  checkCondition(action.condition, before, action.returnsFailed);
  return { before, after: action.change(table, before) };
}

/** All values; throws for faults, which are together why a transaction is cancelled, unless one refuses it. */
function allOrCanceled<Value>(attempts: readonly ({ readonly value: Value } | { readonly fault: Fault })[]): Value[] {
  const faults = attempts.map((each) => ('fault' in each ? each.fault : undefined));
  const refusal = faults.find((fault) => isRefusal(fault?.message));
  if (refusal !== undefined) throw validationError(refusal.message ?? '');
  if (faults.some((fault) => fault !== undefined)) throw transactionCanceled(faults.map(reasonOf));
  return attempts.flatMap((each) => ('value' in each ? [each.value] : []));
}

/** An empty key, unless an update makes it so. */
function isRefusal(message = ''): boolean {
  return message.includes('cannot contain an empty') && !message.includes('The update expression');
}

function reasonOf(fault: Fault | undefined) {
  if (fault === undefined) return { Code: 'None' };
  const isCondition = fault['__type'].endsWith('ConditionalCheckFailedException');
  const Code = isCondition ? 'ConditionalCheckFailed' : 'ValidationError';
  return { Code, Item: fault['Item'], Message: fault.message };
}

/** Mostly of different items, as a transaction needs them. */
function drawActions(draw: Draw, target: Target): Action[] {
  const keys = Array.from({ length: 1 + draw.below(target.schema.bulky ? 3 : 4) }, () => drawKey(draw, target));
  const different = draw.once(20) ? keys : distinctKeys(keys);
  return different.map((key) => draw.oneOf(ACTIONS)(draw, target, key));
}

type DrawAction = (draw: Draw, target: Target, key: Item) => Action;

const drawPutAction: DrawAction = (draw, target, key) => {
  const item = { ...key, ...drawAttributes(draw, target.schema) };
  const after = canonicalItem(item);
  return drawAction(draw, target, 'Put', { Item: item }, draw.once(8), {
    check: () => checkItemSize(after),
    keyIn: (table) => keyOfItem(table, after),
    checkIndexes: (table) => checkIndexKeys(table, after),
    change: () => after,
  });
};

const drawUpdateAction: DrawAction = (draw, target, key) => {
  const placeholders = createPlaceholders(draw);
  const update = drawUpdate(draw, placeholders, target.schema);
  const start = canonicalItem(key);
  const members = { Key: key, UpdateExpression: update.text };
  return drawAction(
    draw,
    target,
    'Update',
    members,
    draw.once(8),
    {
      keyIn: (table) => {
        checkKeyUntouched(table, update);
        return keyOfKey(table, start);
      },
      change: (table, before) => updateItem(table, update, before, start),
    },
    placeholders,
  );
};

const drawDeleteAction: DrawAction = (draw, target, key) =>
  drawAction(draw, target, 'Delete', { Key: key }, draw.once(8), {
    keyIn: (table) => keyOfKey(table, canonicalItem(key)),
    change: () => undefined,
  });

const drawCheckAction: DrawAction = (draw, target, key) =>
  drawAction(draw, target, 'ConditionCheck', { Key: key }, true, {
    keyIn: (table) => keyOfKey(table, canonicalItem(key)),
    change: (_table, before) => before,
  });

/** Few updates and checks, most of which fail: one that does cancels all the others. */
const ACTIONS: readonly DrawAction[] = [
  drawPutAction,
  drawPutAction,
  drawPutAction,
  drawPutAction,
  drawUpdateAction,
  drawDeleteAction,
  drawDeleteAction,
  drawCheckAction,
];

function drawAction(
  draw: Draw,
  { table }: Target,
  kind: string,
  members: object,
  isConditional: boolean,
  does: Pick<Action, 'keyIn' | 'change'> & Partial<Pick<Action, 'check' | 'checkIndexes'>>,
  placeholders = createPlaceholders(draw),
): Action {
  const condition = isConditional ? drawCondition(draw, placeholders) : undefined;
  const returnsFailed = draw.once(2);
  const common = {
    TableName: table,
    ConditionExpression: condition?.text,
    ReturnValuesOnConditionCheckFailure: returnsFailed ? 'ALL_OLD' : undefined,
    ...placeholders.members(),
  };
  const nothing = () => undefined;
  const entry = { [kind]: { ...common, ...members } };
  return { check: nothing, checkIndexes: nothing, ...does, nameOrArn: table, entry, condition, returnsFailed };
}

/** Gets in one or two tables. */
export function drawTransactGet(draw: Draw, targets: readonly Target[]): Operation {
  const gets = targets.flatMap((target) => drawGets(draw, target));
  const capacity = draw.oneOf(CAPACITY);
  const input = { TransactItems: gets.map(({ entry }) => entry), ReturnConsumedCapacity: capacity };
  return operationOf('TransactGetItems', input, (database: Database) => {
    const tables = gets.map(({ nameOrArn }) => findTable(database, nameOrArn));
    const places = gets.map(({ key }, i) => attempt(() => keyOfKey(tables[i] as Table, canonicalItem(key))));
    const keys = allOrCanceled(places);
    const texts = keys.map((key, i) => [tables[i]?.name, key].join());
    checkDistinct(texts, TWICE);
    const items = keys.map((key, i) => tables[i]?.items.get(key));
    const units = new Map<string, Units>();
    for (const [i, { nameOrArn }] of gets.entries()) {
      const item = items[i];
      const table = 2 * readUnits(item === undefined ? 0 : itemSizeBytes(item), true);
      units.set(nameOrArn, addUnits(units.get(nameOrArn) ?? NO_UNITS, { ...NO_UNITS, table }));
    }
    const responses = gets.map(({ paths }, i) => describeItem(project(items[i], paths)));
    return { Responses: responses, ConsumedCapacity: describeAllUnits(units, capacity, 'ReadCapacityUnits') };
  });
}

function describeItem(item: Item | undefined): object {
  return item === undefined || Object.keys(item).length === 0 ? {} : { Item: item };
}

function drawGets(draw: Draw, target: Target) {
  const drawn = Array.from({ length: 1 + draw.below(5) }, () => drawKey(draw, target));
  const keys = draw.once(20) ? drawn : distinctKeys(drawn);
  return keys.map((key) => {
    const placeholders = createPlaceholders(draw);
    const { paths, members } = drawProjection(draw, placeholders);
    const get = { TableName: target.table, Key: key, ...members, ...placeholders.members() };
    return { nameOrArn: target.table, key, paths, entry: { Get: get } };
  });
}
