/** PartiQL statements on one item: what is sent, and what it does. */
import { NO_UNITS, type Units, readUnits, unitsOfWrite } from './capacity.ts';
import { type Condition, drawCondition } from './conditions.ts';
import { type Database, type Table, checkIndexKeys, findTable, keyOfItem, keyOfKey, storeItem } from './database.ts';
import type { Draw } from './draw.ts';
import { modelledError, validationError } from './errors.ts';
import { checkCondition, checkItemSize, checkKeyUntouched, updateItem } from './item-writes.ts';
import { addNumbers } from './numbers.ts';
import type { Target } from './operation.ts';
import { type Path, changeItem, drawPathsApart, valueAt } from './paths.ts';
import type { Placeholders } from './placeholders.ts';
import { drawAttributes, drawFittingKey, drawValue } from './random-values.ts';
import type { UpdateMeaning } from './updates.ts';
import { type Item, type Value, canonicalItem, canonicalValue, itemSizeBytes } from './values.ts';

/** A statement as it is drawn: parameters stand in the order of the text, which is drawn in that order. */
export interface Statement extends Placeholders {
  readonly parameters: Value[];
}

export function createStatement(): Statement {
  const parameters: Value[] = [];
  return {
    parameters,
    path: ([name, ...rest]) =>
      rest.reduce<string>(
        (text, element) => text + (typeof element === 'number' ? `[${element}]` : `.${quote(element)}`),
        quote(name),
      ),
    value(value) {
      parameters.push(value);
      return '?';
    },
    exists: (path) => `${path} IS NOT MISSING`,
    missing: (path) => `${path} IS MISSING`,
    members: () => ({ Parameters: parameters.length > 0 ? parameters : undefined }),
  };
}

export function quote(name: string): string {
  return `"${name}"`;
}

/** A statement on one item, ready to be sent alone or with others. */
export interface DrawnStatement {
  /** The table as the statement names it. */
  readonly table: string;
  /** The members that ExecuteStatement and BatchExecuteStatement have in common. */
  readonly members: object;
  run(database: Database): { readonly items: readonly Item[]; readonly units: Units };
}

type DrawStatement = (draw: Draw, target: Target) => DrawnStatement;

/** SELECT of one item of the table, which must be what it is taken to be. */
export const drawReadStatement: DrawStatement = drawSelect;

/** INSERT, UPDATE or DELETE of one item of the table, which must be what it is taken to be. */
export const drawWriteStatement: DrawStatement = (draw, target) =>
  draw.oneOf([drawInsert, drawUpdateStatement, drawUpdateStatement, drawDeleteStatement])(draw, target);

function statementOn(
  { table }: Target,
  text: string,
  members: object,
  run: (database: Database, table: Table) => ReturnType<DrawnStatement['run']>,
): DrawnStatement {
  return {
    table,
    members: { Statement: text, ...members },
    run: (database) => run(database, findTable(database, table)),
  };
}

function drawInsert(draw: Draw, target: Target): DrawnStatement {
  const statement = createStatement();
  const item = { ...drawStatementKey(draw, target), ...drawAttributes(draw, target.schema) };
  const members = Object.entries(item).map(([name, value]) => `'${name}': ${statement.value(value)}`);
  const text = `INSERT INTO ${quote(target.table)} VALUE {${members.join(', ')}}`;
  return statementOn(target, text, statement.members(), (database, table) => {
    const after = canonicalItem(item);
    checkItemSize(after);
    const key = keyOfItem(table, after);
    checkIndexKeys(table, after);
    if (table.items.has(key)) {
      throw modelledError('DuplicateItemException', 'Duplicate primary key exists in table');
    }
    storeItem(database, table, key, after);
    return { items: [], units: unitsOfWrite(table, undefined, after) };
  });
}

function drawStatementKey(draw: Draw, { schema, keys }: Target): Item {
  return keys === undefined ? drawFittingKey(draw, schema) : draw.oneOf(keys);
}

/** Which item a statement is about, and what else its WHERE asks. */
interface Where {
  readonly text: string;
  readonly key: Item;
  readonly condition: Condition | undefined;
}

function drawWhere(draw: Draw, statement: Statement, target: Target): Where {
  const key = drawStatementKey(draw, target);
  const terms = Object.entries(key).map(([name, value]) => `${quote(name)} = ${statement.value(value)}`);
  const condition = draw.once(3) ? drawCondition(draw, statement) : undefined;
  const all = condition === undefined ? terms : [...terms, `(${condition.text})`];
  return { text: `WHERE ${all.join(' AND ')}`, key: canonicalItem(key), condition };
}

function drawSelect(draw: Draw, target: Target): DrawnStatement {
  const statement = createStatement();
  const { text: where, key, condition } = drawWhere(draw, statement, target);
  const consistent = draw.once(2);
  const text = `SELECT * FROM ${quote(target.table)} ${where}`;
  const members = { ...statement.members(), ConsistentRead: consistent };
  return statementOn(target, text, members, (_database, table) => {
    const item = table.items.get(keyOfKey(table, key));
    const units = { ...NO_UNITS, table: readUnits(item === undefined ? 0 : itemSizeBytes(item), consistent) };
    return { items: item !== undefined && (condition?.holds(item) ?? true) ? [item] : [], units };
  });
}

function drawDeleteStatement(draw: Draw, target: Target): DrawnStatement {
  const statement = createStatement();
  const { text: where, key, condition } = drawWhere(draw, statement, target);
  const returning = draw.once(2);
  const returnsFailed = draw.once(2);
  const text = `DELETE FROM ${quote(target.table)} ${where}${returning ? ' RETURNING ALL OLD *' : ''}`;
  const members = { ...statement.members(), ...failureMembers(returnsFailed) };
  return statementOn(target, text, members, (database, table) => {
    const place = keyOfKey(table, key);
    const before = table.items.get(place);
    if (before !== undefined) checkCondition(condition, before, returnsFailed);
    storeItem(database, table, place, undefined);
    const items = returning && before !== undefined ? [before] : [];
    return { items, units: unitsOfWrite(table, before, undefined) };
  });
}

function failureMembers(returnsFailed: boolean): object {
  return { ReturnValuesOnConditionCheckFailure: returnsFailed ? 'ALL_OLD' : undefined };
}

function drawUpdateStatement(draw: Draw, target: Target): DrawnStatement {
  const statement = createStatement();
  const { text: sections, update } = drawSections(draw, statement);
  const { text: where, key, condition } = drawWhere(draw, statement, target);
  const returning = draw.oneOf([undefined, 'OLD', 'NEW'] as const);
  const returnsFailed = draw.once(2);
  const end = returning === undefined ? '' : ` RETURNING ALL ${returning} *`;
  const text = `UPDATE ${quote(target.table)} ${sections} ${where}${end}`;
  const members = { ...statement.members(), ...failureMembers(returnsFailed) };
  return statementOn(target, text, members, (database, table) => {
    checkKeyUntouched(table, update);
    const place = keyOfKey(table, key);
    const before = table.items.get(place);
    const isThere: Condition = { text: '', names: [], holds: (item) => item !== undefined };
    checkCondition(isThere, before, returnsFailed);
    checkCondition(condition, before, returnsFailed);
    const after = updateItem(table, update, before, key);
    storeItem(database, table, place, after);
    const returned = returning === 'OLD' ? before : returning === 'NEW' ? after : undefined;
    return { items: returned === undefined ? [] : [returned], units: unitsOfWrite(table, before, after) };
  });
}

/** What a section makes of what is there; undefined for nothing. */
interface Section {
  readonly text: string;
  readonly path: Path;
  compute(item: Item): Value | undefined;
}

function drawSections(draw: Draw, statement: Statement): { readonly text: string; readonly update: UpdateMeaning } {
  const sections = drawPathsApart(draw, 1 + draw.below(3)).map((path) =>
    draw.oneOf([drawSet, drawSet, drawAddition, drawAppending, drawRemoval])(draw, statement, path),
  );
  const update: UpdateMeaning = {
    paths: sections.map(({ path }) => path),
    onlyRemoves: sections.every(({ text }) => text.startsWith('REMOVE')),
    apply: (item) =>
      changeItem(
        item,
        sections.map(({ path, compute }) => [path, compute(item)] as const),
      ),
  };
  return { text: sections.map(({ text }) => text).join(' '), update };
}

type DrawSection = (draw: Draw, statement: Statement, path: Path) => Section;

const drawSet: DrawSection = (draw, statement, path) => {
  const value = drawValue(draw);
  return {
    text: `SET ${statement.path(path)} = ${statement.value(value)}`,
    path,
    compute: () => canonicalValue(value),
  };
};

const drawAddition: DrawSection = (draw, statement, path) => {
  const by = drawValue(draw, 'N') as { readonly N: string };
  const target = statement.path(path);
  return {
    text: `SET ${target} = ${target} + ${statement.value(by)}`,
    path,
    compute(item) {
      const value = demandValue(item, path);
      if (!('N' in value)) throw misfit();
      return { N: addNumbers(value.N, by.N, 1) };
    },
  };
};

const drawAppending: DrawSection = (draw, statement, path) => {
  const more = drawValue(draw, 'L') as { readonly L: readonly Value[] };
  const target = statement.path(path);
  return {
    text: `SET ${target} = list_append(${target}, ${statement.value(more)})`,
    path,
    compute(item) {
      const value = demandValue(item, path);
      if (!('L' in value)) throw misfit();
      return { L: [...value.L, ...more.L.map(canonicalValue)] };
    },
  };
};

const drawRemoval: DrawSection = (_draw, statement, path) => ({
  text: `REMOVE ${statement.path(path)}`,
  path,
  compute: () => undefined,
});

function demandValue(item: Item, path: Path): Value {
  const value = valueAt(item, path);
  if (value !== undefined) return value;
  throw validationError('The provided expression refers to an attribute that does not exist in the item');
}

function misfit(): Error {
  return validationError('An operand in the update expression has an incorrect data type');
}
