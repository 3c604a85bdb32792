/**
 * Waiting for entries of logs: one statement for all who wait on a handle, again and again while somebody does. It
 * looks where each shard's last sequence is, and for what nobody has read yet: in the database's memory, or not there.
 */
import { StorageClosedError, type LogPosition } from '../engine.ts';
import { call } from './batch.ts';
import type { Connections } from './connections.ts';
import { int8Array } from './parameters.ts';
import { findAppended } from './statements.ts';

const POLL_MS = 50;

export interface AppendPolls {
  /** See `StorageEngine.waitForAppends`. */
  wait(positions: readonly LogPosition[], signal: AbortSignal): Promise<void>;
  /** Rejects what waits with StorageClosedError. */
  end(): void;
}

interface Waiting extends PromiseWithResolvers<void> {
  readonly positions: readonly LogPosition[];
}

/** One for each handle. A wait rejects as a read does where the database is away. */
export function createAppendPolls(connections: Connections): AppendPolls {
  const waiting = new Set<Waiting>();
  let timer: NodeJS.Timeout | undefined;
  let isPolling = false;

  async function poll(): Promise<void> {
    timer = undefined;
    isPolling = true;
    const asked = [...waiting];
    try {
      const found = await findAny(connections, asked);
      asked.forEach((each, i) => found.has(i) && each.resolve());
    } catch (error) {
      for (const { reject } of asked) reject(error);
    } finally {
      isPolling = false;
      schedule(POLL_MS);
    }
  }

  function schedule(delayMs: number): void {
    if (!isPolling && waiting.size > 0) timer ??= setTimeout(() => void poll(), delayMs);
  }

  return {
    wait: async (positions, signal) => {
      if (signal.aborted) return;
      const wait: Waiting = { positions, ...Promise.withResolvers<void>() };
      const abort = () => wait.resolve();
      signal.addEventListener('abort', abort, { once: true });
      waiting.add(wait);
      schedule(0);
      try {
        await wait.promise;
      } finally {
        waiting.delete(wait);
        signal.removeEventListener('abort', abort);
      }
    },
    end: () => {
      clearTimeout(timer);
      for (const { reject } of waiting) reject(new StorageClosedError('this handle on the store is closed'));
    },
  };
}

/** Which of `waiting` have something behind one of their positions. */
async function findAny(connections: Connections, waiting: readonly Waiting[]): Promise<ReadonlySet<number>> {
  const asked = waiting.flatMap(({ positions }, i) => positions.map((position) => ({ ...position, i })));
  if (asked.length === 0) return new Set();
  const rows = await connections.read(async (connection) => {
    const [found] = await connection.run(
      call(
        findAppended,
        int8Array(asked.map(({ i }) => i)),
        int8Array(asked.map(({ log }) => log)),
        int8Array(asked.map(({ shard }) => shard)),
        int8Array(asked.map(({ after }) => String(after))),
      ),
    );
    return found;
  });
  return new Set(rows.map(([i]) => i));
}
