/** What became of the requests of a cluster's clients, and how long they took. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { outageOf } from './outage.ts';

export interface RequestCounts {
  readonly answered: number;
  readonly unavailable: number;
  readonly brokenOff: number;
  readonly slowestMs: number;
}

export interface RequestLog {
  /** Counts every request that `client` sends from now on. */
  watch(client: DynamoDBClient): void;
  /** Resolves when no request is under way; those that nobody waits for any more count too. */
  settled(): Promise<void>;
  /** What was counted since the last call. */
  take(): RequestCounts;
}

export function createRequestLog(): RequestLog {
  let counts = { ...NONE };
  const underWay = new Set<Promise<unknown>>();

  function count(startedMs: number, error?: unknown): void {
    const outage = outageOf(error);
    if (outage === 'unavailable') counts.unavailable++;
    else if (outage === 'broken off') counts.brokenOff++;
    else counts.answered++;
    counts.slowestMs = Math.max(counts.slowestMs, performance.now() - startedMs);
  }

  return {
    watch(client) {
      client.middlewareStack.add(
        (next) => async (args) => {
          const startedMs = performance.now();
          const sent = next(args);
          underWay.add(sent);
          try {
            const result = await sent;
            count(startedMs);
            return result;
          } catch (error) {
            count(startedMs, error);
            throw error;
          } finally {
            underWay.delete(sent);
          }
        },
        { step: 'initialize', name: 'countRequest' },
      );
    },
    settled: async () => void (await Promise.allSettled(underWay)),
    take() {
      const taken = counts;
      counts = { ...NONE };
      return taken;
    },
  };
}

const NONE = { answered: 0, unavailable: 0, brokenOff: 0, slowestMs: 0 };
