/**
 * The resident version, in memory that all threads share.
 *
 * Two counters tell a reader whether a change of a resident space can have happened around its read: `announced`
 * moves before the writer commits such a change, `published` after. As long as `announced` still is the version that
 * the reader expects, nothing newer can have been in its snapshot. While the two differ a commit is under
 * way and only the version stored in the database itself tells which side of it a snapshot is on.
 */
import type { ResidentVersion } from '../engine.ts';

const PUBLISHED = 0;
const ANNOUNCED = 1;
const STOPPED = 2;
const COMMITS = 3;
const APPENDS = 4;
const LOGS = 5;
/** Each counts the appends to the logs whose numbers leave the same rest. */
const LOG_CELLS = 1_024;
const CELLS = LOGS + LOG_CELLS;

/** Memory for `createResidentVersions` calls in several threads. */
export function allocateResidentVersions(): SharedArrayBuffer {
  return new SharedArrayBuffer(CELLS * Int32Array.BYTES_PER_ELEMENT);
}

export interface ResidentVersions {
  /** The newest version that is committed for sure. */
  published(): ResidentVersion;
  /** The newest version that may be committed. */
  announced(): ResidentVersion;
  /** The writer only, before it commits version `version` or after it gave up doing so. */
  announce(version: ResidentVersion): void;
  /** The writer only, after its commit and before it answers anyone. */
  publish(version: ResidentVersion): void;
  /** How many commits there were, wrapping around; for the comparison with an earlier count only. */
  commits(): number;
  /** The writer only, after each commit and before it publishes a version or answers anyone. */
  countCommit(): void;
  /** How many commits appended to a log, as `commits`. */
  appends(): number;
  /**
   * Moves whenever a commit appends to one of `logs`, and sometimes when it appends to others; for the comparison with
   * an earlier count of the same logs only.
   */
  appendsTo(logs: readonly number[]): number;
  /**
   * The writer only, after `countCommit`, if the commit appended to `logs`, or may have to any (undefined): wakes who
   * waits for `nextAppend`.
   */
  countAppend(logs?: Iterable<number>): void;
  /** Resolves when `appends` is no longer `seen`, or the writer thread is gone. */
  nextAppend(seen: number): Promise<void>;
  /** The writer thread is gone, so that no answer can come any more. */
  isStopped(): boolean;
  stop(): void;
}

/** A log of each cell. */
const ALL_LOGS: readonly number[] = Array.from({ length: LOG_CELLS }, (_, log) => log);

/** A view of `memory`, for any thread. */
export function openResidentVersions(memory: SharedArrayBuffer): ResidentVersions {
  const cells = new Int32Array(memory);
  const cellOf = (log: number) => LOGS + (log % LOG_CELLS);
  const countAppend = (logs: Iterable<number> = ALL_LOGS) => {
    // Before the count that wakes: who is awake finds what it was woken for.
    for (const cell of new Set(Array.from(logs, cellOf))) Atomics.add(cells, cell, 1);
    Atomics.add(cells, APPENDS, 1);
    Atomics.notify(cells, APPENDS);
  };
  return {
    published: () => Atomics.load(cells, PUBLISHED),
    announced: () => Atomics.load(cells, ANNOUNCED),
    announce: (version) => void Atomics.store(cells, ANNOUNCED, version),
    publish: (version) => void Atomics.store(cells, PUBLISHED, version),
    commits: () => Atomics.load(cells, COMMITS),
    countCommit: () => void Atomics.add(cells, COMMITS, 1),
    appends: () => Atomics.load(cells, APPENDS),
    appendsTo: (logs) => {
      let sum = 0;
      for (const log of logs) sum = (sum + Atomics.load(cells, cellOf(log))) | 0;
      return sum;
    },
    countAppend,
    nextAppend: async (seen) => {
      if (Atomics.load(cells, STOPPED) === 0) await Atomics.waitAsync(cells, APPENDS, seen).value;
    },
    isStopped: () => Atomics.load(cells, STOPPED) !== 0,
    stop: () => {
      Atomics.store(cells, STOPPED, 1);
      countAppend();
    },
  };
}

/** The version after `version`: wraps around within 32 bits, which is why versions compare for equality only. */
export function nextResidentVersion(version: ResidentVersion): ResidentVersion {
  return (version + 1) | 0;
}
