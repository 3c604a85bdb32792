/**
 * Waiting for entries of logs, on memory that the writer thread touches: a wait reads nothing while nothing is appended
 * to its logs.
 */
import { setTimeout } from 'node:timers/promises';
import { type LogPosition, StorageClosedError } from '../engine.ts';
import type { ResidentVersions } from './resident-version.ts';

/**
 * After somebody asked in vain, as who waits for the next shard of a busy log does at each commit, nobody is looked at
 * for so long: what is told then comes that much later at most.
 */
const PAUSE_MS = 4;

const STOPPED = 'the store is closed or its writer has stopped';

export interface AppendWaits {
  /**
   * Resolves when `isThere` says so of `positions`, asked now and when something was appended to one of their logs, or
   * when `signal` is aborted.
   */
  wait(positions: readonly LogPosition[], isThere: () => boolean, signal: AbortSignal): Promise<void>;
  /** Rejects what waits with StorageClosedError. */
  end(): void;
}

async function pauseInVain(): Promise<void> {
  await setTimeout(PAUSE_MS);
}

interface Waiting extends PromiseWithResolvers<void> {
  readonly logs: readonly number[];
  readonly isThere: () => boolean;
  /** The count of appends to its logs when it last asked. */
  seen: number;
}

/** One for each handle, which has one wait on the memory under way for all who wait. */
export function createAppendWaits(versions: ResidentVersions, pause = pauseInVain): AppendWaits {
  const waiting = new Set<Waiting>();
  let isWatching = false;

  /** Whether somebody asked in vain. */
  function lookAtAll(): boolean {
    let isVain = false;
    for (const wait of waiting) {
      const count = versions.appendsTo(wait.logs);
      if (count === wait.seen) continue;
      // Before it asks: what comes from now on is asked for again.
      wait.seen = count;
      try {
        if (wait.isThere()) wait.resolve();
        else isVain = true;
      } catch (error) {
        wait.reject(error);
      }
    }
    return isVain;
  }

  /** Goes on until nobody waits. */
  async function watch(): Promise<void> {
    while (waiting.size > 0 && !versions.isStopped()) {
      const seen = versions.appends();
      if (lookAtAll()) await pause();
      await versions.nextAppend(seen);
    }
    isWatching = false;
    if (versions.isStopped()) rejectAll(STOPPED);
  }

  function rejectAll(message: string): void {
    for (const { reject } of waiting) reject(new StorageClosedError(message));
  }

  function add(wait: Waiting): void {
    waiting.add(wait);
    if (isWatching) return;
    isWatching = true;
    void watch();
  }

  return {
    wait: async (positions, isThere, signal) => {
      if (signal.aborted) return;
      const logs = [...new Set(positions.map(({ log }) => log))];
      const seen = versions.appendsTo(logs);
      if (isThere()) return;
      if (versions.isStopped()) throw new StorageClosedError(STOPPED);
      const wait: Waiting = { logs, isThere, seen, ...Promise.withResolvers<void>() };
      const abort = () => wait.resolve();
      signal.addEventListener('abort', abort, { once: true });
      add(wait);
      try {
        await wait.promise;
      } finally {
        waiting.delete(wait);
        signal.removeEventListener('abort', abort);
      }
    },
    end: () => rejectAll('this handle on the store is closed'),
  };
}
