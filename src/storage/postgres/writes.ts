/** Turns what a procedure decided into statements that apply it if nothing that it has read has changed. */
import type { EntryKey, ResidentVersion, Space, Write } from '../engine.ts';
import { systemRandom } from '../../foundation/random.ts';
import { type Call, call } from './batch.ts';
import { byteaArray, byteaParameter, int4Array, int8Array, type Parameter, textArray } from './parameters.ts';
import { nameOf } from './resident-values.ts';
import {
  append,
  checkEntries,
  checkFence,
  closeFence,
  createEntries,
  deleteEntries,
  DROP_SHARD,
  increment,
  limitWait,
  lockWholeFence,
  moveFence,
  passSequence,
  putEntries,
  trimShard,
  unlimitWait,
} from './statements.ts';

/** What a procedure has read. */
export interface ReadState {
  /** Undefined where nothing was read. */
  readonly residentVersion: ResidentVersion | undefined;
  /** Whether entries of resident spaces were read, so that the version must hold until the writes are there. */
  readonly readsResident: boolean;
  /** The entries of other spaces, each once. */
  readonly reads: ReadonlyMap<string, ReadEntry>;
}

/** One entry as it was read; the version of an absent one is undefined. */
export interface ReadEntry extends EntryKey {
  readonly version: string | undefined;
}

interface Change extends EntryKey {
  /** Undefined where the entry is deleted. */
  readonly value: Uint8Array | undefined;
}

/** One entry to append to a log. */
export interface Append {
  readonly log: number;
  readonly shard: number;
  readonly value: Uint8Array;
}

/** What takes entries of a log away. */
export type LogRemoval = Extract<Write, { readonly kind: 'trim' | 'drop' }>;

/** A procedure's writes, in the form in which they are applied. */
export interface Plan {
  readonly state: ReadState;
  /** The last write to each entry, by name. */
  readonly changes: ReadonlyMap<string, Change>;
  readonly changesResident: boolean;
  /** By counter; none is 0. */
  readonly steps: ReadonlyMap<string, number>;
  readonly appends: readonly Append[];
  readonly removals: readonly LogRemoval[];
}

/** Plans `writes`, which are valid; undefined if they change nothing. */
export function planWrites(
  state: ReadState,
  writes: readonly Write[],
  isResident: (space: Space) => boolean,
): Plan | undefined {
  const changes = new Map<string, Change>();
  const steps = new Map<string, number>();
  const appends: Append[] = [];
  const removals: LogRemoval[] = [];
  let changesResident = false;
  for (const write of writes) {
    switch (write.kind) {
      case 'put':
      case 'delete':
        changes.set(nameOf(write), { ...write, value: write.kind === 'put' ? write.value : undefined });
        changesResident ||= isResident(write.space);
        break;
      case 'increment':
        steps.set(write.counter, (steps.get(write.counter) ?? 0) + write.by);
        break;
      case 'append':
        appends.push(write);
        break;
      case 'trim':
      case 'drop':
        removals.push(write);
        break;
    }
  }
  for (const [name, { value }] of changes)
    if (value === undefined && isAbsent(state.reads.get(name))) changes.delete(name);
  for (const [counter, by] of steps) if (by === 0) steps.delete(counter);
  if (changes.size + steps.size + appends.length + removals.length === 0) return undefined;
  return { state, changes, changesResident, steps, appends, removals };
}

/** A plan that only checks what was read. */
export function planNothing(state: ReadState): Plan {
  return { state, changes: new Map(), changesResident: false, steps: new Map(), appends: [], removals: [] };
}

function isAbsent(read: ReadEntry | undefined): boolean {
  return read !== undefined && read.version === undefined;
}

/**
 * The statements that do it, in a transaction that the caller begins and commits. One of them fails if what was read
 * has changed. Locks are taken in the order of keys, those of the fence first.
 */
export function transactionCalls(plan: Plan, stripe: string): Call[] {
  const { state, changesResident, steps, appends, removals } = plan;
  const { residentVersion, readsResident } = state;
  const held = [...state.reads.values()].filter(({ version }) => version !== undefined).toSorted(compareKeys);
  const past = highestVersion(held);
  const { created, put, deleted } = sortChanges(plan);
  const calls: Call[] = [];
  if (changesResident) {
    calls.push(call(limitWait), readsResident ? call(closeFence, String(residentVersion)) : call(lockWholeFence));
    calls.push(call(unlimitWait));
  } else if (readsResident) calls.push(call(checkFence, stripe, String(residentVersion)));
  if (held.length > 0) calls.push(checkCall(held));
  if (created.length > 0) calls.push(call(createEntries, ...entryParameters(created), past));
  // When nobody else can write any more what was read, so that it comes after all that was appended with that before.
  if (appends.length > 0) calls.push(call(append, ...appendParameters(appends), newId(), past));
  if (put.length > 0) calls.push(call(putEntries, ...entryParameters(put), past));
  if (deleted.length > 0) calls.push(call(deleteEntries, ...keyParameters(deleted)));
  if (steps.size > 0) {
    calls.push(call(increment, textArray([...steps.keys()]), newId(), int8Array([...steps.values()])));
  }
  calls.push(...removals.flatMap(removalCalls));
  if (changesResident) calls.push(call(moveFence));
  return calls;
}

function removalCalls(removal: LogRemoval): Call[] {
  const shardKey = [String(removal.log), String(removal.shard)] as const;
  if (removal.kind === 'drop') return DROP_SHARD.map((statement) => call(statement, ...shardKey));
  const through = String(removal.through);
  return [call(passSequence, ...shardKey, through), call(trimShard, ...shardKey, through)];
}

const NOTHING = new Uint8Array(0);

/**
 * What is created must not be there, what is put may be. An entry that was read as absent and isn't written is created
 * and deleted again, so that nobody else can create it before the commit.
 */
function sortChanges({ state: { reads }, changes }: Plan) {
  const created: Required<Change>[] = [];
  const put: Change[] = [];
  const deleted: EntryKey[] = [];
  for (const [name, change] of changes) {
    if (change.value === undefined) deleted.push(change);
    else if (isAbsent(reads.get(name))) created.push(change);
    else put.push(change);
  }
  for (const [name, read] of reads) {
    if (read.version !== undefined || changes.has(name)) continue;
    created.push({ ...read, value: NOTHING });
    deleted.push(read);
  }
  return {
    created: created.toSorted(compareKeys),
    put: put.toSorted(compareKeys),
    deleted: deleted.toSorted(compareKeys),
  };
}

function checkCall(held: readonly ReadEntry[]): Call {
  const versions = int8Array(held.map(({ version }) => version ?? ''));
  return call(checkEntries, ...keyParameters(held), versions, String(held.length));
}

/** Arrays of the spaces and the keys. */
export function keyParameters(keys: readonly EntryKey[]): [Parameter, Parameter] {
  return [int4Array(keys.map(({ space }) => space)), byteaArray(keys.map(({ key }) => key))];
}

function entryParameters(changes: readonly Change[]): [Parameter, Parameter, Parameter] {
  return [...keyParameters(changes), byteaArray(changes.map(({ value }) => value ?? NOTHING))];
}

function appendParameters(appends: readonly Append[]): [Parameter, Parameter, Parameter] {
  return [
    int8Array(appends.map(({ log }) => log)),
    int8Array(appends.map(({ shard }) => shard)),
    byteaArray(appends.map(({ value }) => value)),
  ];
}

/** The order in which everyone takes locks. */
export function compareKeys(left: EntryKey, right: EntryKey): number {
  return left.space - right.space || Buffer.compare(left.key, right.key);
}

function highestVersion(held: readonly ReadEntry[]): string | null {
  let highest: bigint | undefined;
  for (const { version } of held) {
    const number = BigInt(version ?? 0);
    if (highest === undefined || number > highest) highest = number;
  }
  return highest === undefined ? null : String(highest);
}

const ID_BYTES = 16;

/** An id that no other transaction has. */
export function newId(): Buffer {
  return byteaParameter(systemRandom.bytes(ID_BYTES));
}
