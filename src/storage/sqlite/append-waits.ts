/** Waiting for entries of logs, on memory that the writer thread touches: nothing is read while nothing is appended. */
import { StorageClosedError } from '../engine.ts';
import type { ResidentVersions } from './resident-version.ts';

export interface AppendWaits {
  /** Resolves when `isThere` says so, asked now and after each commit that appended, or when `signal` is aborted. */
  wait(isThere: () => boolean, signal: AbortSignal): Promise<void>;
  /** Rejects what waits with StorageClosedError. */
  end(): void;
}

/** One for each handle, which has one wait on the memory under way for all who wait. */
export function createAppendWaits(versions: ResidentVersions): AppendWaits {
  const waiting = new Set<PromiseWithResolvers<void>>();
  let next: Promise<void> | undefined;
  const nextAppend = (seen: number): Promise<void> => {
    if (versions.appends() !== seen) return Promise.resolve();
    next ??= versions.nextAppend(seen).finally(() => (next = undefined));
    return next;
  };
  return {
    wait: async (isThere, signal) => {
      const stopped = Promise.withResolvers<void>();
      const abort = () => stopped.resolve();
      signal.addEventListener('abort', abort, { once: true });
      waiting.add(stopped);
      try {
        while (!signal.aborted) {
          const seen = versions.appends();
          if (isThere()) return;
          if (versions.isStopped()) throw new StorageClosedError('the store is closed or its writer has stopped');
          await Promise.race([nextAppend(seen), stopped.promise]);
        }
      } finally {
        waiting.delete(stopped);
        signal.removeEventListener('abort', abort);
      }
    },
    end: () => {
      for (const { reject } of waiting) reject(new StorageClosedError('this handle on the store is closed'));
    },
  };
}
