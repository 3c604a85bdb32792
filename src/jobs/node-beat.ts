/** A node's own part in the list of nodes: it puts its record about every second, and removes it when it ends. */
import type { Timer } from '../foundation/clock.ts';
import type { StorageEngine } from '../storage/engine.ts';
import { NODE_BEAT_MS, type NodeIdentity, putNode, removeNode } from './node-record.ts';
import { holdBackRepetitions } from './repetitions.ts';

export interface NodeBeatOptions {
  readonly engine: StorageEngine;
  readonly node: NodeIdentity;
  /** How many calls the node has admitted since its start. */
  readonly countCalls: () => number;
  readonly timer: Timer;
  /** Told of a beat that failed; the next one comes at its time. Repetitions are held back. */
  readonly onError: (error: unknown) => void;
}

export interface NodeBeat {
  /** Ends the beat and removes the record; never rejects. */
  close(): Promise<void>;
}

/** Begins at once. */
export function startNodeBeat(options: NodeBeatOptions): NodeBeat {
  const { engine, node, countCalls, timer } = options;
  const report = holdBackRepetitions(timer, (error) => options.onError(error));
  const ending = new AbortController();
  const startedMs = timer.elapsedMs();
  const measureRate = createRateMeter(timer);

  async function beatOn(): Promise<void> {
    for (let beat = 1; !ending.signal.aborted; beat++) {
      const uptimeMs = Math.round(timer.elapsedMs() - startedMs);
      const requestsPerSecond = measureRate(countCalls());
      try {
        await engine.transact(putNode, { ...node, beat, uptimeMs, requestsPerSecond });
      } catch (error) {
        if (!ending.signal.aborted) report(error);
      }
      await timer.sleep(NODE_BEAT_MS, ending.signal);
    }
  }

  const beating = beatOn();
  return {
    close: async () => {
      ending.abort();
      await beating;
      // Where the store can't be reached the record is found dead a few seconds later.
      await engine.transact(removeNode, { id: node.id }).catch(() => undefined);
    },
  };
}

/** A rate is measured over so many beats. */
const RATE_BEATS = 5;

/** Makes a function that is given a count that only rises, and returns by how much it rose per second of late. */
function createRateMeter(timer: Timer): (count: number) => number {
  let samples = [{ count: 0, atMs: timer.elapsedMs() }];
  return (count) => {
    const now = { count, atMs: timer.elapsedMs() };
    const [first = now] = samples;
    samples = [...samples, now].slice(-RATE_BEATS);
    return now.atMs > first.atMs ? Math.round(((count - first.count) * 1_000) / (now.atMs - first.atMs)) : 0;
  };
}
