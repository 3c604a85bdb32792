/**
 * `transact`: reads what a procedure depends on, lets it decide in this thread, and applies its writes if nothing of
 * what it has read has changed meanwhile; otherwise all of it runs again.
 *
 * The first try takes no locks until it writes. The later ones lock what they read, so that whoever met another one
 * gets his turn. docs/design/2026-11-22-postgresql-engine.md says why the results are serializable.
 */
import {
  type EntryKey,
  type Procedure,
  type ResidentVersion,
  StorageConflictError,
  StorageUnavailableError,
  validateEntryKey,
  validateWrites,
} from '../engine.ts';
import { type Call, call } from './batch.ts';
import type { Connection, Connections } from './connections.ts';
import { type EntryReads, readSnapshot, requireVersion, type Snapshot, type StoredEntry } from './entry-reads.ts';
import { isConflict, isTooSlow } from './errors.ts';
import { type ItemWrite, itemWriteOf } from './item-writes.ts';
import { createKeyQueues } from './key-queues.ts';
import { type KnownValue, nameOf, type ResidentValues } from './resident-values.ts';
import { backOff } from './retries.ts';
import {
  begin,
  closeGate,
  commit,
  lockEntries,
  lockFence,
  lockWholeFence,
  moveFence,
  openGate,
  readFence,
  rollback,
} from './statements.ts';
import {
  compareKeys,
  keyParameters,
  newId,
  type Plan,
  planNothing,
  planWrites,
  type ReadEntry,
  type ReadState,
  transactionCalls,
} from './writes.ts';

const MAX_ATTEMPTS = 10;
const MAX_MS = 5_000;

/** The resident version as the handle knows it. */
export interface KnownVersion {
  get(): ResidentVersion;
  /**
   * Follows `version`, which was met in the database. Where `before` was known when the read began, an older one is
   * followed too: the database was taken back to an earlier state.
   */
  learn(version: ResidentVersion, before?: ResidentVersion): void;
}

export interface Transactions {
  /** See `StorageEngine.transact`. */
  transact<Input, Output>(procedure: Procedure<Input, Output>, input: Input): Promise<Output>;
}

/** What the parts of one handle's transactions share. */
export interface TransactionContext {
  readonly connections: Connections;
  readonly reads: EntryReads;
  readonly writeItem: (write: ItemWrite) => Promise<boolean>;
  readonly resident: ResidentValues;
  readonly version: KnownVersion;
}

/** A key that a procedure reads. */
interface NamedKey {
  readonly entry: EntryKey;
  readonly name: string;
  readonly isResident: boolean;
}

/** What was read for a procedure: its values, in order, and what must not have changed when it writes. */
interface Reading {
  readonly values: readonly (Uint8Array | undefined)[];
  readonly state: ReadState;
}

/** What came of one try. */
type Attempt<Output> =
  | { readonly kind: 'done'; readonly output: Output }
  /** Nothing was written, for something has changed. */
  | { readonly kind: 'conflict'; readonly changesResident: boolean }
  /** Nothing was written, for somebody who changes a resident space keeps writers out. */
  | { readonly kind: 'closed' };

export function createTransactions(context: TransactionContext): Transactions {
  const queues = createKeyQueues();
  return {
    async transact(procedure, input) {
      const keys = nameKeys(context, procedure.reads(input));
      const names = keys.filter(({ isResident }) => !isResident).map(({ name }) => name);
      const endMs = performance.now() + MAX_MS;
      return await queues.run(names, () => attemptAll(context, procedure, input, keys, endMs));
    },
  };
}

function nameKeys({ resident }: TransactionContext, entries: readonly EntryKey[]): NamedKey[] {
  return entries.map((entry) => {
    validateEntryKey(entry.space, entry.key);
    return { entry, name: nameOf(entry), isResident: resident.holds(entry.space) };
  });
}

async function attemptAll<Input, Output>(
  context: TransactionContext,
  procedure: Procedure<Input, Output>,
  input: Input,
  keys: readonly NamedKey[],
  endMs: number,
): Promise<Output> {
  if (performance.now() > endMs) throw new StorageConflictError('too many writes wait for the same entry');
  let attempt = await attemptUnlocked(context, procedure, input, keys);
  for (let conflicts = 1; attempt.kind !== 'done';) {
    const isOver = performance.now() > endMs;
    // It has met no rival that it could be told of.
    if (isOver && attempt.kind === 'closed') throw new StorageUnavailableError('changes of tables kept this one out');
    if (isOver || conflicts === MAX_ATTEMPTS) {
      throw new StorageConflictError('other writes kept changing what this one has read');
    }
    await backOff(conflicts);
    if (attempt.kind === 'closed') attempt = await attemptUnlocked(context, procedure, input, keys);
    else {
      attempt = await attemptLocked(context, procedure, input, keys, attempt.changesResident);
      if (attempt.kind === 'conflict') conflicts += 1;
    }
  }
  return attempt.output;
}

async function attemptUnlocked<Input, Output>(
  context: TransactionContext,
  procedure: Procedure<Input, Output>,
  input: Input,
  keys: readonly NamedKey[],
): Promise<Attempt<Output>> {
  const { values, state } = await readUnlocked(context, keys);
  const { output, plan } = decide(context, procedure, input, values, state);
  if (plan === undefined) return { kind: 'done', output };
  const { changesResident } = plan;
  const isApplied = await apply(context, plan);
  return isApplied ? { kind: 'done', output } : { kind: 'conflict', changesResident };
}

function decide<Input, Output>(
  { resident }: TransactionContext,
  procedure: Procedure<Input, Output>,
  input: Input,
  values: Reading['values'],
  state: ReadState,
): { readonly output: Output; readonly plan: Plan | undefined } {
  const { output, writes } = procedure.decide(input, values);
  validateWrites(writes);
  return { output, plan: planWrites(state, writes, resident.holds) };
}

/** Reads in one statement, leaving out what is known for the version that this statement finds in force. */
async function readUnlocked(context: TransactionContext, keys: readonly NamedKey[]): Promise<Reading> {
  const { reads, resident, version } = context;
  if (keys.length === 0) return { values: [], state: NOTHING_READ };
  const expected = version.get();
  const known = findKnown(resident, keys, expected);
  const unknown = keys.filter(({ name }) => !known.has(name));
  if (unknown.length > 0 && unknown.length < keys.length) {
    const snapshot = await reads.read(unknown.map(({ entry }) => entry));
    version.learn(snapshot.residentVersion, expected);
    if (snapshot.residentVersion === expected) return readingOf(context, keys, unknown, snapshot, known);
  }
  const snapshot = await reads.read(keys.map(({ entry }) => entry));
  version.learn(snapshot.residentVersion, expected);
  return readingOf(context, keys, keys, snapshot, new Map());
}

/** What is known of `keys` for `version`; to be found before a read, during which others may replace what is kept. */
function findKnown(resident: ResidentValues, keys: readonly NamedKey[], version: ResidentVersion): KnownValues {
  const known = new Map<string, KnownValue>();
  for (const { name, isResident } of keys) {
    const value = isResident ? resident.find(name, version) : undefined;
    if (value !== undefined) known.set(name, value);
  }
  return known;
}

type KnownValues = ReadonlyMap<string, KnownValue>;

const NOTHING_READ: ReadState = { residentVersion: undefined, readsResident: false, reads: new Map() };

/** Puts together what `snapshot` has of `read` and, in `known`, what was known of the rest of `keys`. */
function readingOf(
  { resident }: TransactionContext,
  keys: readonly NamedKey[],
  read: readonly NamedKey[],
  { residentVersion, entries }: Snapshot,
  known: KnownValues,
): Reading {
  const ordinary = new Map<string, ReadEntry>();
  const found = new Map<string, StoredEntry | KnownValue | undefined>(known);
  for (const [i, { name, entry, isResident }] of read.entries()) {
    const stored = entries[i];
    if (isResident) found.set(name, resident.keep(name, residentVersion, stored));
    else {
      found.set(name, stored);
      ordinary.set(name, { ...entry, version: stored?.version });
    }
  }
  const readsResident = keys.some(({ isResident }) => isResident);
  return {
    values: keys.map(({ name }) => found.get(name)?.value),
    state: { residentVersion, readsResident, reads: ordinary },
  };
}

/** Applies `plan`; false, with nothing done, if what it depends on has changed. */
async function apply({ connections, writeItem, version }: TransactionContext, plan: Plan): Promise<boolean> {
  const item = itemWriteOf(plan);
  if (item !== undefined) return await writeItem(item);
  try {
    return await connections.hold(async (connection) => {
      const calls = [call(begin), ...transactionCalls(plan, connection.stripe), call(commit)];
      learnMoved(version, calls, await connection.run(...calls));
      return true;
    });
  } catch (error) {
    if (isConflict(error) || (plan.changesResident && isTooSlow(error))) return false;
    throw error;
  }
}

/** The version that a committed change of a resident space has made. */
function learnMoved(version: KnownVersion, calls: readonly Call[], results: readonly (readonly unknown[])[][]): void {
  const moved = calls.findIndex(({ statement }) => statement === moveFence);
  const row = results[moved]?.[0];
  if (row !== undefined) version.learn(row[0] as ResidentVersion);
}

/** As `attemptUnlocked`, within one transaction that locks what it reads. */
async function attemptLocked<Input, Output>(
  context: TransactionContext,
  procedure: Procedure<Input, Output>,
  input: Input,
  keys: readonly NamedKey[],
  changesResident: boolean,
): Promise<Attempt<Output>> {
  let changes = changesResident;
  const gate = changesResident ? await tryCloseGate(context.connections) : undefined;
  try {
    return await context.connections.hold(async (connection) => {
      const reading = await readLocked(context, connection, keys, changesResident);
      if (reading === undefined) return { kind: 'closed' };
      const { values, state } = reading;
      const { output, plan = planNothing(state) } = decide(context, procedure, input, values, state);
      changes = plan.changesResident;
      // Without writes too: what is absent could not be locked, so it may have come with a change of what was.
      const calls = [...transactionCalls(plan, connection.stripe), call(commit)];
      learnMoved(context.version, calls, await connection.run(...calls));
      return { kind: 'done', output };
    });
  } catch (error) {
    if (isConflict(error)) return { kind: 'conflict', changesResident: changes };
    throw error;
  } finally {
    // Nobody waits for it; if it fails, the gate opens by itself.
    if (gate !== undefined) context.connections.run(openGate, gate).catch(() => undefined);
  }
}

/** Keeps new writers out of the fence; resolves with the gate's id, or undefined if somebody else keeps them out. */
async function tryCloseGate(connections: Connections): Promise<Buffer | undefined> {
  const gate = newId();
  const [closed] = await connections.hold((connection) => connection.run(call(closeGate, gate)));
  return closed.length > 0 ? gate : undefined;
}

/**
 * Begins the transaction and reads; values of resident spaces, which the fence protects, are not locked themselves.
 * Undefined, with the transaction ended, if a closed gate keeps this one out.
 */
async function readLocked(
  context: TransactionContext,
  connection: Connection,
  keys: readonly NamedKey[],
  changesResident: boolean,
): Promise<Reading | undefined> {
  const { resident, version } = context;
  const expected = version.get();
  const ordinary = keys.filter(({ isResident }) => !isResident).toSorted((a, b) => compareKeys(a.entry, b.entry));
  const lock = changesResident ? call(lockWholeFence) : call(lockFence, connection.stripe);
  const entries = call(lockEntries, ...keyParameters(ordinary.map(({ entry }) => entry)));
  const [, [held], rows] = await connection.run(call(begin), lock, entries);
  if (held === undefined && !changesResident) {
    const [, [fence]] = await connection.run(call(rollback), call(readFence, connection.stripe));
    requireVersion(fence?.[0]);
    return undefined;
  }
  const residentVersion = requireVersion(held?.[0]);
  version.learn(residentVersion, expected);
  const stored: (StoredEntry | undefined)[] = Array.from({ length: ordinary.length });
  for (const [position, value, entryVersion] of rows) stored[position - 1] = { value, version: entryVersion };
  const known = findKnown(resident, keys, residentVersion);
  const unknown = keys.filter(({ isResident, name }) => isResident && !known.has(name));
  const found =
    unknown.length > 0
      ? await readSnapshot(
          connection,
          unknown.map(({ entry }) => entry),
        )
      : undefined;
  const snapshot = { residentVersion, entries: [...stored, ...(found?.entries ?? [])] };
  return readingOf(context, keys, [...ordinary, ...unknown], snapshot, known);
}
