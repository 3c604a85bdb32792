/** The load: requests over many connections, either as fast as answers come or at a steady rate. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { openConnection } from './connection.ts';
import type { Connection } from './connection.ts';
import { createHistogram, percentileUs, recordDuration } from './histogram.ts';

export interface LoadOptions {
  readonly endpoint: string;
  /** Sent in order, over and over. */
  readonly requests: readonly Uint8Array[];
  readonly connections: number;
  /** Before the measurement. */
  readonly warmupMs: number;
  readonly measureMs: number;
  /**
   * Requests a second, however slowly answers come; their durations then begin when they should have been sent, so that
   * a server that stands still is not let off the requests it held up. Without it, every connection sends its next
   * request when it has the answer to the last.
   */
  readonly ratePerSecond?: number | undefined;
}

export interface LoadResult {
  readonly operationsPerSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
  /** In the warm-up too. */
  readonly requests: number;
  /** Answers with another status than 200, in the warm-up too. */
  readonly errors: number;
  /** The share of its time that the generator was busy: near 1, it is the generator that is measured. */
  readonly generatorBusy: number;
}

/** Runs the load in a thread of its own. Rejects if a connection fails. */
export function runLoadInThread(options: LoadOptions): Promise<LoadResult> {
  return runInThread(new URL('./load-worker.ts', import.meta.url), options);
}

/** Runs a load in a thread of its own: `module` takes `options` as its `workerData` and posts the result. */
export function runInThread(module: URL, options: unknown): Promise<LoadResult> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(module, { workerData: options });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

/** Runs the load in this thread, until the last answer. */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const { requests, warmupMs, measureMs, ratePerSecond } = options;
  const failure = Promise.withResolvers<never>();
  const histogram = createHistogram();
  const connections: Connection[] = [];
  const idle: Connection[] = [];
  let sent = 0;
  let measured = 0;
  let errors = 0;

  /** Opens a connection that is idle, and busy from each request that it sends to its answer. */
  async function addConnection(): Promise<void> {
    const connection = await openConnection(options.endpoint, {
      onFailure: failure.reject,
      onAnswer(statusCode, dueMs) {
        const nowMs = performance.now();
        if (statusCode !== 200) errors++;
        if (dueMs >= measureFromMs) {
          measured++;
          recordDuration(histogram, (nowMs - dueMs) * 1000);
        }
        idle.push(connection);
        sendDue(nowMs);
      },
    });
    connections.push(connection);
    idle.push(connection);
  }

  /** Sends what was due until now and before the end, as far as there are idle connections. */
  function sendDue(nowMs: number): void {
    for (;;) {
      const dueMs = ratePerSecond === undefined ? nowMs : startMs + (sent * 1000) / ratePerSecond;
      const connection = dueMs <= nowMs && dueMs < endMs ? idle.shift() : undefined;
      if (connection === undefined) return;
      connection.send(requests[sent % requests.length] as Uint8Array, dueMs);
      sent++;
    }
  }

  await Promise.all(Array.from({ length: options.connections }, addConnection));
  const startMs = performance.now();
  const measureFromMs = startMs + warmupMs;
  const endMs = measureFromMs + measureMs;
  const utilization = performance.eventLoopUtilization();
  const pacing = setInterval(() => sendDue(performance.now()), 1);
  let generatorBusy: number;
  try {
    sendDue(startMs);
    await Promise.race([sleep(warmupMs + measureMs), failure.promise]);
    generatorBusy = performance.eventLoopUtilization(utilization).utilization;
    while (idle.length < connections.length) await Promise.race([sleep(1), failure.promise]);
  } finally {
    clearInterval(pacing);
    for (const connection of connections) connection.close();
  }
  return {
    operationsPerSecond: measured / (measureMs / 1000),
    p50Us: percentileUs(histogram, 0.5),
    p99Us: percentileUs(histogram, 0.99),
    requests: sent,
    errors,
    generatorBusy,
  };
}
