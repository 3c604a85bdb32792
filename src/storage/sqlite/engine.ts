/**
 * A handle on the SQLite store, for any thread.
 *
 * Reads run here, at once, on a connection of the handle's own; writes go to the writer thread through the handle's port.
 */
import { type ResidentVersion, ResidentVersionError, StorageClosedError, type StorageEngine } from '../engine.ts';
import { openCalls } from './calls.ts';
import { createAppendWaits } from './append-waits.ts';
import { holdSnapshots } from './held-snapshot.ts';
import type { SqliteAttachment } from './messages.ts';
import { openReader, prepareReads, type Reads } from './reads.ts';
import { openResidentVersions, type ResidentVersions } from './resident-version.ts';

export type { SqliteAttachment } from './messages.ts';

/** Opens a handle from what `Storage.attach` gave, which can be used once. */
export function openSqliteEngine(attachment: SqliteAttachment): StorageEngine {
  const versions = openResidentVersions(attachment.residentVersions);
  const db = openReader(attachment.databaseFile);
  const reads = prepareReads(db);
  const snapshot = holdSnapshots(db, versions.commits);
  const waits = createAppendWaits(versions);
  const calls = openCalls(attachment.port, versions.isStopped);
  let closing: Promise<void> | undefined;
  const requireOpen = () => {
    if (closing !== undefined) throw new StorageClosedError('this handle on the store is closed');
  };
  let rejected: { readonly expected: ResidentVersion; readonly actual: ResidentVersion } | undefined;
  const readAt = <Result>(expected: ResidentVersion | undefined, read: () => Result): Result => {
    requireOpen();
    snapshot.renew();
    if (expected === undefined) return read();
    return readExpecting(reads, versions, expected, read, (actual) => {
      rejected = { expected, actual };
      throw new ResidentVersionError('a resident space has changed');
    });
  };
  /** A read may see a commit before it is published, and must not be told the version again that it refuted. */
  const residentVersion = () => {
    const published = versions.published();
    return published === rejected?.expected ? rejected.actual : published;
  };
  return {
    get: async (space, key, expected) => readAt(expected, () => reads.get(space, key)),
    getMany: async (keys, expected, options) => readAt(expected, () => reads.getMany(keys, options)),
    scan: async (space, range, options, expected) => readAt(expected, () => reads.scan(space, range, options)),
    readLog: async (log, shard, after, limit) => readAt(undefined, () => reads.readLog(log, shard, after, limit)),
    logBounds: async (shards) => readAt(undefined, () => reads.logBounds(shards)),
    waitForAppends: (positions, signal) =>
      waits.wait(positions, () => readAt(undefined, () => reads.hasEntryBehind(positions)), signal),
    counters: async (names) => readAt(undefined, () => reads.counters(names)),
    contents: async () => readAt(undefined, () => reads.contents()),
    transact: async <Input, Output>({ name }: { name: string }, input: Input) => {
      requireOpen();
      return (await calls.send(name, input)) as Output;
    },
    residentVersion,
    // The store is a file of this process: what can fail fails with the read or write itself.
    ping: async () => requireOpen(),
    close: () => {
      waits.end();
      return (closing ??= calls.close().then(() => void db.close()));
    },
  };
}

/**
 * Reads what must be of the resident version `expected`: see resident-version.ts for why comparing the announced one
 * afterwards is enough. `read` runs once, for a scan's `until` may not be called again. Calls `reject` with the
 * version that is in force instead.
 */
function readExpecting<Result>(
  reads: Reads,
  versions: ResidentVersions,
  expected: ResidentVersion,
  read: () => Result,
  reject: (actual: ResidentVersion) => never,
): Result {
  if (versions.announced() === expected) {
    const result = read();
    if (versions.announced() === expected) return result;
    // Stored versions never come back: one that holds still held during the read.
    const stored = reads.residentVersion();
    return stored === expected ? result : reject(stored);
  }
  return reads.inSnapshot(() => {
    const stored = reads.residentVersion();
    return stored === expected ? read() : reject(stored);
  });
}
