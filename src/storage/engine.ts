/**
 * The storage contract: what every engine gives, and all that the rest of the program may use of one.
 *
 * An engine is a set of ordered maps from bytes to bytes, called spaces, and of ordered logs, with one way to
 * write: `transact`. It knows nothing of items, tables or JSON. `conformance.ts` is the suite that proves an engine.
 *
 * Ownership: byte arrays passed in are not kept or changed by the engine after the call's promise settles and
 * must not be changed by the caller before; byte arrays handed out belong to the caller, who must not change
 * those of resident spaces (see `Storage`).
 */

/** Names one ordered map: an integer in [1, 2^31). A space exists as soon as it is written to. */
export type Space = number;

/** One key of one space: 1 to 2,600 bytes (so that it fits every engine's index), compared as unsigned bytes. */
export interface EntryKey {
  readonly space: Space;
  readonly key: Uint8Array;
}

/** One entry of a space. */
export interface Entry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** One entry of a scan's answer. */
export interface ScannedEntry extends Entry {
  /** The value of the key that `ScanOptions.follow` gave for this entry; absent without `follow`, or if there is none. */
  readonly followed?: Uint8Array | undefined;
}

/** A half-open interval of keys, `from <= key < before`; an absent bound is open. */
export interface KeyRange {
  readonly from?: Uint8Array | undefined;
  readonly before?: Uint8Array | undefined;
}

export interface ScanOptions {
  /** The most entries to return; at least 1. */
  readonly limit: number;
  /** Descending order of keys; the range's bounds keep their meaning. */
  readonly reverse?: boolean;
  /**
   * Names another entry to read with each one returned, in the scan's own snapshot: what an index entry points to.
   * Called once with each entry, in order, and maybe with some after the last one that is returned, which an engine has
   * read ahead; the value comes back as `followed`.
   */
  readonly follow?: (entry: Entry) => EntryKey;
  /** Called once with each entry, in order, with its `followed` value; `true` makes that entry the last one returned. */
  readonly until?: (entry: ScannedEntry) => boolean;
}

export interface GetManyOptions {
  /** Called once with each value, in order; `true` makes that value the last one returned. */
  readonly until?: (value: Uint8Array | undefined) => boolean;
}

/** Names one shard of one log, both by safe integers from 0. A shard exists as soon as it is appended to. */
export interface LogShard {
  readonly log: number;
  readonly shard: number;
}

/** One entry of a log's shard. */
export interface LogEntry {
  /** Counts the entries of a shard, from 1; those of writes of what was read have their order. */
  readonly sequence: bigint;
  readonly value: Uint8Array;
}

/** What a shard holds: the entries with sequences above `after`, up to `last`. Both 0 for one that there isn't. */
export interface LogBounds {
  readonly after: bigint;
  readonly last: bigint;
}

/** Where a reader of a shard is: it has read the entries up to the sequence `after`. */
export interface LogPosition extends LogShard {
  readonly after: bigint;
}

/** What a store holds, by name. */
export interface StoreContents {
  /** The spaces that hold entries, rising. */
  readonly spaces: readonly Space[];
  /** The counters that are not 0. */
  readonly counters: ReadonlyMap<string, number>;
  /** The shards of logs that were ever appended to, in order. */
  readonly shards: readonly LogShard[];
}

/** One change that a procedure decides on. */
export type Write =
  | { readonly kind: 'put'; readonly space: Space; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly kind: 'delete'; readonly space: Space; readonly key: Uint8Array }
  /**
   * Adds `by` (a safe integer) to a counter that starts at 0. Increments commute and are never read by a procedure, so an
   * engine may gather them apart; `counters` may lag behind on engines with many writers, never on one with a single writer.
   */
  | { readonly kind: 'increment'; readonly counter: string; readonly by: number }
  /**
   * Appends `value` to a shard of a log. Entries of one transaction keep their order; a reader that has seen
   * sequence n never finds a new entry before n, and sequences leave none out.
   */
  | { readonly kind: 'append'; readonly log: number; readonly shard: number; readonly value: Uint8Array }
  /**
   * Removes the entries of a shard up to the sequence `through`, one by one: few at a time. Those that are appended later
   * have sequences above it, also where there were not so many.
   */
  | { readonly kind: 'trim'; readonly log: number; readonly shard: number; readonly through: bigint }
  /** Removes a shard with all that it holds, which should be little. Nobody may append to it any more. */
  | { readonly kind: 'drop'; readonly log: number; readonly shard: number };

/** What a procedure decided: the writes, applied all or none, and the answer to the caller. */
export interface Decision<Output> {
  readonly writes: readonly Write[];
  readonly output: Output;
}

/**
 * A named pair of pure functions: the only way to write.
 *
 * Both run wherever the engine likes (another thread, more than once after a conflict), so they take time and random
 * bytes from the input and touch nothing outside. `Input` and `Output` are structured-cloneable; byte arrays in them
 * must span their whole ArrayBuffer (a pooled Buffer would drag its pool along). Outcomes that are the
 * caller's business (a failed condition) are outputs; an exception from either function is a fault and writes nothing.
 */
export interface Procedure<Input, Output> {
  readonly name: string;
  /** The keys the decision depends on. */
  reads(input: Input): readonly EntryKey[];
  /** `values[i]` is the value of `reads(input)[i]`, or undefined; puts of absent keys and deletes of absent keys are fine. */
  decide(input: Input, values: readonly (Uint8Array | undefined)[]): Decision<Output>;
}

/** The shape of the module that holds all procedures: `export const procedures`, found by their names. */
export type ProcedureModule = { readonly procedures: readonly Procedure<never, unknown>[] };

/**
 * A number that changes whenever anything in a resident space changes, and never comes again, for readers that keep
 * decoded copies.
 * Compare for equality only.
 */
export type ResidentVersion = number;

/**
 * A handle on the store for one thread. Reads see the latest committed state: what was acknowledged to anyone is
 * visible to every later read, from any thread or node.
 *
 * Reads take `expected`: where given and no longer the resident version at the moment of the read, the read rejects
 * with ResidentVersionError and the caller loads its copies anew. It costs no extra trip. After `close()`
 * everything rejects with StorageClosedError. Where the store is out of reach, everything rejects with
 * StorageUnavailableError within a bounded time, and works again when the store is back.
 */
export interface StorageEngine {
  get(space: Space, key: Uint8Array, expected?: ResidentVersion): Promise<Uint8Array | undefined>;

  /**
   * The values of `keys`, in their order, all of one snapshot. Where `until` ends it the answer is shorter than `keys`,
   * and no more is read than an engine reads ahead.
   */
  getMany(
    keys: readonly EntryKey[],
    expected?: ResidentVersion,
    options?: GetManyOptions,
  ): Promise<(Uint8Array | undefined)[]>;

  /**
   * The entries of `space` whose keys fall in `range`, in unsigned byte order, up to `options.limit`.
   * The whole answer, with what its entries were followed to, is of one snapshot, whatever is written meanwhile.
   * An exception from `follow` or `until` rejects the scan.
   */
  scan(space: Space, range: KeyRange, options: ScanOptions, expected?: ResidentVersion): Promise<ScannedEntry[]>;

  /** Up to `limit` entries of a shard with sequence greater than `after`, in order. */
  readLog(log: number, shard: number, after: bigint, limit: number): Promise<LogEntry[]>;

  /** What each of `shards` holds, in their order: at least all that was committed before the call. */
  logBounds(shards: readonly LogShard[]): Promise<LogBounds[]>;

  /**
   * Resolves when there is an entry behind one of `positions`, a few milliseconds after its commit at most on an engine of
   * one process, and some 50 on others; or when `signal` is aborted. It costs next to nothing while nothing is appended.
   */
  waitForAppends(positions: readonly LogPosition[], signal: AbortSignal): Promise<void>;

  /** The values of `names`, in their order, of one snapshot; 0 for one never incremented. */
  counters(names: readonly string[]): Promise<number[]>;

  /** What there is, of one snapshot, for whoever goes through all of it; takes time for each space and counter. */
  contents(): Promise<StoreContents>;

  /**
   * Runs `procedure` atomically and serializably with all others and resolves with its output once its writes are
   * durable. Rejects, having written nothing, if the procedure throws or the store fails; with
   * StorageConflictError if other writes kept coming in between for longer than the engine tries.
   */
  transact<Input, Output>(procedure: Procedure<Input, Output>, input: Input): Promise<Output>;

  /**
   * Does a small part of what an engine leaves for later, such as adding up increments that it gathers apart; whether
   * there is more to do. To be called now and then, by any number of nodes; absent where nothing is left for later.
   */
  maintain?(): Promise<'more' | 'done'>;

  /**
   * The newest resident version this handle knows without a trip; others may have made newer ones. After a rejection
   * with ResidentVersionError it is another than the expected one, and after a `transact` it is the version that
   * the procedure's reads were of, or a newer one: so who tries again with it doesn't meet the same state again.
   */
  residentVersion(): ResidentVersion;

  /**
   * Resolves if the store can be reached now and takes writes; rejects with StorageUnavailableError within a few
   * seconds if not.
   */
  ping(): Promise<void>;

  /** Releases this handle; what it has under way settles first. */
  close(): Promise<void>;
}

/**
 * A store that is open: made once for a process by the composition root.
 *
 * Resident spaces are small spaces named at opening (the catalog); an engine that is the only writer keeps their
 * values in memory, and hands out the same byte array until the value changes.
 */
export interface Storage {
  /** A token for another thread (post it with `transfer`), from which that thread opens its handle. */
  attach(): { readonly attachment: unknown; readonly transfer: readonly import('node:worker_threads').Transferable[] };

  /**
   * Resolves with the reason when the store can go on no more although nobody closed it; never settles otherwise.
   * Whatever waits rejects with StorageClosedError then, and what was acknowledged is there when it is opened anew.
   */
  readonly failed: Promise<Error>;

  /** Settles what is under way, makes everything durable and releases the store. All handles must be closed first. */
  close(): Promise<void>;
}

/** The handle or store was closed before or while the call ran; a write may or may not have happened. */
export class StorageClosedError extends Error {
  override readonly name = 'StorageClosedError';
}

/** The store is out of reach or too slow; a write may or may not have happened. Trying again is for the caller. */
export class StorageUnavailableError extends Error {
  override readonly name = 'StorageUnavailableError';
}

/** A write met others for too long and did not happen. */
export class StorageConflictError extends Error {
  override readonly name = 'StorageConflictError';
}

/** A resident space changed since the caller's copies were loaded. */
export class ResidentVersionError extends Error {
  override readonly name = 'ResidentVersionError';
}

/** The store can't be opened, for a reason the person who started the program can mend: one line of text. */
export class StorageOpenError extends Error {
  override readonly name = 'StorageOpenError';
}

/** The bounds that `EntryKey` tells of. */
const MAX_KEY_BYTES = 2600;
const MAX_SPACE = 2 ** 31 - 1;

/** Throws TypeError if a procedure decided on something that the contract doesn't allow. */
export function validateWrites(writes: readonly Write[]): void {
  for (const write of writes) {
    switch (write.kind) {
      case 'put':
        validateEntryKey(write.space, write.key);
        validateBytes(write.value);
        break;
      case 'delete':
        validateEntryKey(write.space, write.key);
        break;
      case 'increment':
        if (typeof write.counter !== 'string') throw new TypeError('a counter is named by a string');
        if (!Number.isSafeInteger(write.by)) throw new TypeError('a counter moves by a safe integer');
        break;
      case 'append':
        validateShard(write);
        validateBytes(write.value);
        break;
      case 'trim':
        validateShard(write);
        validateSequence(write.through);
        break;
      case 'drop':
        validateShard(write);
        break;
      default:
        throw new TypeError(`unknown kind of write: ${JSON.stringify(write)}`);
    }
  }
}

/** Throws TypeError unless `space` and `key` can name an entry. */
export function validateEntryKey(space: Space, key: Uint8Array): void {
  if (!Number.isInteger(space) || space < 1 || space > MAX_SPACE)
    throw new TypeError('a space is an integer in [1, 2^31)');
  validateBytes(key);
  if (key.byteLength < 1 || key.byteLength > MAX_KEY_BYTES) throw new TypeError('a key is 1 to 2,600 bytes');
}

function validateShard({ log, shard }: LogShard): void {
  for (const number of [log, shard]) {
    if (!Number.isSafeInteger(number) || number < 0)
      throw new TypeError('logs and shards are numbered by safe integers from 0');
  }
}

/** Far more than are ever given: whoever trims is to leave some. */
const MAX_TRIMMED = 2n ** 62n;

function validateSequence(sequence: bigint): void {
  if (typeof sequence !== 'bigint' || sequence < 0n || sequence > MAX_TRIMMED)
    throw new TypeError('a shard is trimmed through a sequence in [0, 2^62]');
}

function validateBytes(bytes: Uint8Array): void {
  if (!(bytes instanceof Uint8Array)) throw new TypeError('keys and values are Uint8Arrays');
}
