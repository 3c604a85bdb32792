/**
 * A handle on the store in PostgreSQL, for any thread.
 *
 * It has a pool of connections of its own and shares nothing with other handles but the database.
 */
import {
  type ResidentVersion,
  ResidentVersionError,
  StorageClosedError,
  type StorageEngine,
  StorageUnavailableError,
} from '../engine.ts';
import { createAppendPolls } from './append-polls.ts';
import { call } from './batch.ts';
import { type Connections, openConnections } from './connections.ts';
import { readContents } from './contents.ts';
import { foldCounters, readCounters } from './counters.ts';
import { createEntryReads, requireVersion } from './entry-reads.ts';
import { createEntrySizes } from './entry-sizes.ts';
import { createItemWrites } from './item-writes.ts';
import { readBounds, readLog } from './logs.ts';
import { createResidentValues } from './resident-values.ts';
import { createScans, nextChunkEntries } from './scan.ts';
import { findTables, lockFormat, readFence } from './statements.ts';
import type { PostgresAttachment } from './storage.ts';
import { createTransactions, type KnownVersion } from './transactions.ts';

/** For the answer to a ping, connecting included. */
const PING_TIMEOUT_MS = 2_000;

/** Opens a handle from what `Storage.attach` gave. */
export function openPostgresEngine({ url, residentSpaces }: PostgresAttachment): StorageEngine {
  const connections = openConnections(url);
  // Of its own, so that it is there when all others are in use.
  const pingConnections = openConnections(url, { poolSize: 1 });
  const sizes = createEntrySizes();
  const reads = createEntryReads(connections, sizes);
  const scans = createScans(connections, sizes);
  const version = createKnownVersion();
  const resident = createResidentValues(residentSpaces);
  const { transact } = createTransactions({
    connections,
    reads,
    writeItem: createItemWrites(connections),
    resident,
    version,
  });
  const polls = createAppendPolls(connections);
  const calls = createOpenCalls();
  const checkVersion = (expected: ResidentVersion | undefined) => (actual: ResidentVersion) => {
    version.learn(actual, expected);
    if (expected === undefined || actual === expected) return;
    throw new ResidentVersionError('a resident space has changed');
  };
  return {
    get: (space, key, expected) =>
      calls.run(async () => {
        const { residentVersion, entries } = await reads.read([{ space, key }]);
        checkVersion(expected)(residentVersion);
        return entries[0]?.value;
      }),
    getMany: (keys, expected, { until } = {}) =>
      calls.run(async () => {
        const [first] = keys;
        if (first === undefined) return [];
        if (until !== undefined && keys.length > nextChunkEntries(sizes, first.space, 0)) {
          return await scans.getMany(keys, until, checkVersion(expected));
        }
        const { residentVersion, entries } = await reads.read(keys);
        checkVersion(expected)(residentVersion);
        const values = entries.map((entry) => entry?.value);
        const last = until === undefined ? -1 : values.findIndex(until);
        return last < 0 ? values : values.slice(0, last + 1);
      }),
    scan: (space, range, options, expected) =>
      calls.run(() => scans.scan(space, range, options, checkVersion(expected))),
    readLog: (log, shard, after, limit) => calls.run(() => readLog(connections, log, shard, after, limit)),
    logBounds: (shards) => calls.run(() => readBounds(connections, shards)),
    waitForAppends: (positions, signal) => calls.run(() => polls.wait(positions, signal)),
    counters: (names) => calls.run(() => readCounters(connections, names)),
    contents: () => calls.run(() => readContents(connections)),
    transact: (procedure, input) => calls.run(() => transact(procedure, input)),
    maintain: () => calls.run(() => foldCounters(connections)),
    residentVersion: version.get,
    ping: () => calls.run(() => withTimeout(ping(pingConnections), PING_TIMEOUT_MS)),
    close: () => {
      polls.end();
      return calls.close(async () => {
        await Promise.all([connections.close(), pingConnections.close()]);
      });
    },
  };
}

/** Rejects unless the store is there and takes writes. */
async function ping(connections: Connections): Promise<void> {
  const [, [fence]] = await connections.read((connection) =>
    connection.run(call(lockFormat), call(readFence, connection.stripe), call(findTables)),
  );
  requireVersion(fence?.[0]);
}

function createKnownVersion(): KnownVersion {
  // No database has this one.
  let known = 0;
  return {
    get: () => known,
    learn: (version, before) => void (known = known === before ? version : Math.max(known, version)),
  };
}

/** The calls under way: `close` waits for them, and after it there are no more. */
function createOpenCalls() {
  let count = 0;
  let closing: Promise<void> | undefined;
  let onIdle: (() => void) | undefined;
  return {
    run: async <Result>(use: () => Promise<Result>): Promise<Result> => {
      if (closing !== undefined) throw new StorageClosedError('this handle on the store is closed');
      count += 1;
      try {
        return await use();
      } finally {
        count -= 1;
        if (count === 0) onIdle?.();
      }
    },
    close: (release: () => Promise<void>): Promise<void> => {
      closing ??= new Promise<void>((resolve) => {
        onIdle = resolve;
        if (count === 0) resolve();
      }).then(release);
      return closing;
    },
  };
}

async function withTimeout(use: Promise<unknown>, timeoutMs: number): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new StorageUnavailableError('the database does not answer')), timeoutMs);
  try {
    await Promise.race([use, promise]);
  } finally {
    clearTimeout(timer);
  }
}
