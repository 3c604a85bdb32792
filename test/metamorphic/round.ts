/**
 * Operations that run at once: what they are answered, and what they leave, must be what some order of them explains.
 *
 * Two servers may take different orders, so each is explained by itself and the others are then brought to the state of
 * the first.
 */
import { Mismatch, describeOperation, isSameAnswer, show } from './comparison.ts';
import { type Database, type Table, entriesOf, sourcesOf } from './database.ts';
import type { Answer } from './errors.ts';
import { type Operation, operationOf } from './operation.ts';
import { itemsOf } from './page-reads.ts';
import { keyAttributesOf } from './schemas.ts';
import type { Server } from './servers.ts';
import { createTableOperation, deleteTableOperation, describeTableOperation } from './table-operations.ts';
import { type Item, itemText, pickAttributes } from './values.ts';
import type { World } from './world.ts';

/** Runs `operations`, which touch the tables called `names`, at once on every server. */
export async function runRound(
  world: World,
  operations: readonly Operation[],
  names: readonly string[],
): Promise<void> {
  const outcomes = await Promise.all(
    world.servers.map(async (server) => {
      const answers = await Promise.all(operations.map((operation) => server.send(operation)));
      const calls = operations.map((operation, i) => ({ operation, answer: answers[i] as Answer }));
      const states = await Promise.all(names.map((name) => readState(server, name)));
      const isReached = (database: Database): boolean => states.every((state) => isStateOf(state, database));
      const after = explain(world.database, calls, isReached);
      if (after === undefined) throw unexplained(server, calls, states);
      return { after, states: JSON.stringify(states) };
    }),
  );
  const [first] = outcomes as [(typeof outcomes)[number]];
  const before = outcomes.map(({ after }) => after);
  world.database = first.after;
  if (outcomes.every(({ states }) => states === first.states)) return;
  for (const name of names) await alignTable(world, before, name);
}

interface Call {
  readonly operation: Operation;
  readonly answer: Answer;
}

/** The database after an order of `calls` in which each is answered as it was; undefined if there is no such order. */
function explain(
  database: Database,
  calls: readonly Call[],
  isReached: (database: Database) => boolean,
): Database | undefined {
  if (calls.length === 0) return isReached(database) ? database : undefined;
  for (const [i, { operation, answer }] of calls.entries()) {
    const after: Database = new Map(database);
    if (!isSameAnswer(answer, operation.run(after, answer))) continue;
    const end = explain(after, calls.toSpliced(i, 1), isReached);
    if (end !== undefined) return end;
  }
  return undefined;
}

function unexplained(server: Server, calls: readonly Call[], states: readonly TableState[]): Mismatch {
  const lines = calls.map(({ operation, answer }) => `${describeOperation(operation)}\n    ${show(answer)}`);
  return new Mismatch(
    `${server.name}: no order of these explains the answers and what is there afterwards\n  ${lines.join('\n  ')}\n` +
      `afterwards: ${show(states)}`,
  );
}

/** A table as it is found: its description, and all that it and each of its indexes hold. */
interface TableState {
  readonly name: string;
  readonly description: Answer;
  readonly entries: readonly (readonly Item[])[];
}

interface Description {
  readonly Table?: {
    readonly LocalSecondaryIndexes?: readonly { readonly IndexName: string }[];
    readonly GlobalSecondaryIndexes?: readonly { readonly IndexName: string }[];
  };
}

async function readState(server: Server, name: string): Promise<TableState> {
  const description = await server.send(describeTableOperation(name));
  const { Table: table } = description.body as Description;
  if (table === undefined) return { name, description, entries: [] };
  const indexes = [...(table.LocalSecondaryIndexes ?? []), ...(table.GlobalSecondaryIndexes ?? [])];
  const sources = [undefined, ...indexes.map((index) => index.IndexName)];
  return { name, description, entries: await Promise.all(sources.map((index) => scanAll(server, name, index))) };
}

async function scanAll(server: Server, table: string, index: string | undefined): Promise<Item[]> {
  const items: Item[] = [];
  let startKey: Item | undefined;
  do {
    const input = { TableName: table, IndexName: index, ExclusiveStartKey: startKey };
    const answer = await server.send({ name: 'Scan', input, run: () => answer });
    items.push(...itemsOf(answer));
    startKey = (answer.body as { readonly LastEvaluatedKey?: Item }).LastEvaluatedKey;
  } while (startKey !== undefined);
  return items;
}

function isStateOf({ name, description, entries }: TableState, database: Database): boolean {
  if (!isSameAnswer(description, describeTableOperation(name).run(new Map(database), description))) return false;
  const table = database.get(name);
  if (table === undefined) return entries.length === 0;
  return sourcesOf(table.schema).every((source, i) => textsOf(entriesOf(table, source)) === textsOf(entries[i] ?? []));
}

function textsOf(items: readonly Item[]): string {
  return items.map(itemText).toSorted().join('\n');
}

/** Makes the table called `name` on all servers what it is on the first, whatever it is on each of them. */
async function alignTable({ servers, database }: World, states: readonly Database[], name: string): Promise<void> {
  const goal = database.get(name);
  for (const [i, server] of servers.entries()) {
    const table = states[i]?.get(name);
    if (goal === undefined && table !== undefined) await demand(server, deleteTableOperation(name));
    if (goal === undefined) continue;
    const isSame = table !== undefined && table.schema === goal.schema;
    if (!isSame && table !== undefined) await demand(server, deleteTableOperation(name));
    if (!isSame) await demand(server, createTableOperation(name, goal.schema));
    const surplus = isSame ? [...table.items].filter(([key]) => !goal.items.has(key)) : [];
    for (const [, item] of surplus) await demand(server, deleteItem(goal, item));
    // What is the same stays: it may be from before an index that it does not fit.
    for (const [key, item] of goal.items) {
      if (!isSame || !isSameItem(table.items.get(key), item)) await demand(server, putItem(goal, item));
    }
  }
}

function isSameItem(left: Item | undefined, right: Item): boolean {
  return left !== undefined && itemText(left) === itemText(right);
}

function putItem({ name }: Table, item: Item): Operation {
  return operationOf('PutItem', { TableName: name, Item: item }, () => ({}));
}

function deleteItem({ name, schema }: Table, item: Item): Operation {
  const names = keyAttributesOf(schema).map((attribute) => attribute.name);
  return operationOf('DeleteItem', { TableName: name, Key: pickAttributes(item, names) }, () => ({}));
}

async function demand(server: Server, operation: Operation): Promise<void> {
  const answer = await server.send(operation);
  if (answer.status !== 200) throw new Mismatch(`${server.name}: ${describeOperation(operation)}\n${show(answer)}`);
}
