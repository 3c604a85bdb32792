/**
 * A handle on the SQLite store, for any thread.
 *
 * Reads run here, at once, on a connection of the handle's own; writes go to the writer thread through the handle's port.
 */
import { type ResidentVersion, ResidentVersionError, StorageClosedError, type StorageEngine } from '../engine.ts';
import { openCalls } from './calls.ts';
import type { SqliteAttachment } from './messages.ts';
import { openReader, prepareReads, type Reads } from './reads.ts';
import { openResidentVersions, type ResidentVersions } from './resident-version.ts';

export type { SqliteAttachment } from './messages.ts';

/** Opens a handle from what `Storage.attach` gave, which can be used once. */
export function openSqliteEngine(attachment: SqliteAttachment): StorageEngine {
  const versions = openResidentVersions(attachment.residentVersions);
  const db = openReader(attachment.databaseFile);
  const reads = prepareReads(db);
  const calls = openCalls(attachment.port, versions.isStopped);
  let closing: Promise<void> | undefined;
  const requireOpen = () => {
    if (closing !== undefined) throw new StorageClosedError('this handle on the store is closed');
  };
  const readAt = <Result>(expected: ResidentVersion | undefined, read: () => Result): Result => {
    requireOpen();
    return expected === undefined ? read() : readExpecting(reads, versions, expected, read);
  };
  return {
    get: async (space, key, expected) => readAt(expected, () => reads.get(space, key)),
    getMany: async (keys, expected) => readAt(expected, () => reads.getMany(keys)),
    scan: async (space, range, options, expected) => readAt(expected, () => reads.scan(space, range, options)),
    readLog: async (log, shard, after, limit) => readAt(undefined, () => reads.readLog(log, shard, after, limit)),
    counters: async (names) => readAt(undefined, () => reads.counters(names)),
    transact: async <Input, Output>({ name }: { name: string }, input: Input) => {
      requireOpen();
      return (await calls.send(name, input)) as Output;
    },
    residentVersion: () => versions.published(),
    close: () => (closing ??= calls.close().then(() => void db.close())),
  };
}

/**
 * Reads what must be of the resident version `expected`: see resident-version.ts for why comparing the announced one
 * afterwards is enough. `read` runs once, for a scan's `until` may not be called again.
 */
function readExpecting<Result>(
  reads: Reads,
  versions: ResidentVersions,
  expected: ResidentVersion,
  read: () => Result,
): Result {
  if (versions.announced() === expected) {
    const result = read();
    if (versions.announced() === expected) return result;
    throw newerVersion();
  }
  return reads.inSnapshot(() => {
    if (reads.residentVersion() !== expected) throw newerVersion();
    return read();
  });
}

function newerVersion(): ResidentVersionError {
  return new ResidentVersionError('a resident space has changed');
}
