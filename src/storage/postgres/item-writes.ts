/**
 * The commonest writes, gathered: those of one entry that was read beside values of resident spaces, which is how an
 * item of a table without indexes is put, updated or deleted. Those that come together share a statement, and so a
 * commit; each is done or not by itself.
 */
import type { EntryKey, ResidentVersion } from '../engine.ts';
import { call } from './batch.ts';
import type { Connections } from './connections.ts';
import { isConflict } from './errors.ts';
import { createGatherer, type Gathered } from './gatherer.ts';
import { byteaArray, int8Array, type Parameter, textArray } from './parameters.ts';
import { createItems, deleteItems, type ItemWrites as Statements, replaceItems } from './statements.ts';
import { type Append, compareKeys, keyParameters, newId, type Plan } from './writes.ts';

/** The writes of one item. */
export interface ItemWrite extends EntryKey {
  readonly kind: 'replace' | 'create' | 'delete';
  readonly residentVersion: ResidentVersion;
  /** As it was read; empty of an entry that is created. */
  readonly version: string;
  /** Empty of an entry that is deleted. */
  readonly value: Uint8Array;
  readonly steps: ReadonlyMap<string, number>;
  readonly appends: readonly Append[];
}

/** What a plan writes, if it is one item. */
export function itemWriteOf({
  state,
  changes,
  changesResident,
  steps,
  appends,
  removals,
}: Plan): ItemWrite | undefined {
  const { reads, readsResident, residentVersion } = state;
  if (reads.size !== 1 || changes.size !== 1 || changesResident || !readsResident) return undefined;
  if (removals.length > 0) return undefined;
  if (residentVersion === undefined) return undefined;
  for (const [name, { space, key, value }] of changes) {
    const read = reads.get(name);
    if (read === undefined) return undefined;
    const kind = value === undefined ? 'delete' : read.version === undefined ? 'create' : 'replace';
    const { version = '' } = read;
    return { kind, residentVersion, space, key, version, value: value ?? NOTHING, steps, appends };
  }
  return undefined;
}

const NOTHING = new Uint8Array(0);

/** Measured: see docs/design/2026-11-22-postgresql-engine.md. */
const MAX_STATEMENTS = 2;
const MAX_ITEMS = 64;
const MAX_BYTES = 1_048_576;

/** A function that resolves with whether the writes of an item are done; false if what they depend on has changed. */
export function createItemWrites(connections: Connections): (write: ItemWrite) => Promise<boolean> {
  const gather = (kind: ItemWrite['kind'], statements: Statements) =>
    createGatherer<ItemWrite, boolean>({
      maxRunning: MAX_STATEMENTS,
      count: countWrites,
      serve: (writes) => writeAll(connections, kind, statements, writes),
    });
  const gatherers = {
    replace: gather('replace', replaceItems),
    create: gather('create', createItems),
    delete: gather('delete', deleteItems),
  };
  return (write) => gatherers[write.kind](write);
}

/** Those of one statement depend on one resident version. */
function countWrites(writes: readonly Gathered<ItemWrite, boolean>[]): number {
  let bytes = 0;
  for (const [i, { request }] of writes.entries()) {
    bytes += request.value.length;
    for (const { value } of request.appends) bytes += value.length;
    const isOther = request.residentVersion !== writes[0]?.request.residentVersion;
    if (i > 0 && (isOther || i === MAX_ITEMS || bytes > MAX_BYTES)) return i;
  }
  return writes.length;
}

async function writeAll(
  connections: Connections,
  kind: ItemWrite['kind'],
  statements: Statements,
  writes: readonly ItemWrite[],
): Promise<boolean[]> {
  // Everyone takes locks in one order.
  const ordered = writes.toSorted(compareKeys);
  try {
    const done = await connections.hold(async (connection) => {
      const [rows] = await connection.run(statementCall(kind, statements, ordered, connection.stripe));
      return new Set(rows.map(([position]) => ordered[position - 1]));
    });
    return writes.map((write) => done.has(write));
  } catch (error) {
    if (isConflict(error)) return writes.map(() => false);
    throw error;
  }
}

function statementCall(
  kind: ItemWrite['kind'],
  { plain, counting, appending, countingAndAppending }: Statements,
  writes: readonly ItemWrite[],
  stripe: string,
) {
  const steps = writes.flatMap((write, i) => [...write.steps].map(([name, by]) => ({ item: i + 1, name, by })));
  const appends = writes.flatMap((write, i) => write.appends.map((append) => ({ item: i + 1, ...append })));
  const parameters: Parameter[] = [stripe, String(writes[0]?.residentVersion), ...keyParameters(writes)];
  if (kind !== 'create') parameters.push(int8Array(writes.map(({ version }) => version)));
  if (kind !== 'delete') parameters.push(byteaArray(writes.map(({ value }) => value)));
  if (steps.length > 0 || appends.length > 0) parameters.push(newId());
  if (steps.length > 0) {
    parameters.push(int8Array(steps.map(({ item }) => item)));
    parameters.push(textArray(steps.map(({ name }) => name)), int8Array(steps.map(({ by }) => by)));
  }
  if (appends.length > 0) {
    parameters.push(int8Array(appends.map(({ item }) => item)), int8Array(appends.map(({ log }) => log)));
    parameters.push(int8Array(appends.map(({ shard }) => shard)), byteaArray(appends.map(({ value }) => value)));
  }
  const counts = steps.length > 0;
  const statement = appends.length > 0 ? (counts ? countingAndAppending : appending) : counts ? counting : plain;
  return call(statement, ...parameters);
}
