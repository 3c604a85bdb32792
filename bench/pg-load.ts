/** The bare loop over `pg`: one statement again and again, with nothing of StatorDB between the client and PostgreSQL. */
import { Client, Pool } from 'pg';
import type { QueryResult } from 'pg';
import { createSeededRandom } from '../test/seeded-random.ts';
import { createHistogram, percentileUs, recordDuration } from './histogram.ts';
import { runInThread } from './load.ts';
import type { LoadResult } from './load.ts';
import { encodeRowKey, makeRowValue, STATEMENTS } from './pg-table.ts';
import type { StatementName } from './workloads.ts';

export interface PgLoadOptions {
  /** The database that has the table. */
  readonly url: string;
  readonly statement: StatementName;
  /** In the table; the keys are random ones of them. */
  readonly rows: number;
  readonly seed: number;
  /** Each sends its next statement when it has the answer to the last. */
  readonly loops: number;
  readonly connections: number;
  /**
   * Whether a connection takes statements of several loops before it has answered the first, each a transaction of its
   * own all the same; without it, connections are lent for one statement at a time by a pool.
   */
  readonly pipelined: boolean;
  /** Before the measurement. */
  readonly warmupMs: number;
  readonly measureMs: number;
}

interface Connections {
  query(loop: number, values: unknown[]): Promise<QueryResult>;
  close(): Promise<void>;
}

/** Runs the loops in a thread of their own. Rejects as `runPgLoad` does. */
export function runPgLoadInThread(options: PgLoadOptions): Promise<LoadResult> {
  return runInThread(new URL('./pg-load-worker.ts', import.meta.url), options);
}

/** Runs the loops in this thread, until the last answer. Rejects if a statement fails or finds no row. */
export async function runPgLoad(options: PgLoadOptions): Promise<LoadResult> {
  const { rows, loops, statement, warmupMs, measureMs } = options;
  const keys = Array.from({ length: rows }, (_, index) => encodeRowKey(index));
  const random = createSeededRandom(options.seed);
  const histogram = createHistogram();
  const connections = await openConnections(options);
  let sent = 0;
  let measured = 0;

  /** One statement after the other; the values that it writes are all different. */
  async function runLoop(loop: number): Promise<void> {
    const value = makeRowValue();
    for (;;) {
      const sentMs = performance.now();
      if (sentMs >= endMs) return;
      const key = keys[Math.floor(random() * rows)];
      value.writeUInt32BE(sent++);
      const { rowCount } = await connections.query(loop, statement === 'select' ? [key] : [key, value]);
      if (rowCount !== 1) throw new Error(`${statement} of ${rowCount} rows`);
      if (sentMs < measureFromMs) continue;
      measured++;
      recordDuration(histogram, (performance.now() - sentMs) * 1000);
    }
  }

  const measureFromMs = performance.now() + warmupMs;
  const endMs = measureFromMs + measureMs;
  const utilization = performance.eventLoopUtilization();
  try {
    await Promise.all(Array.from({ length: loops }, (_, loop) => runLoop(loop)));
  } finally {
    await connections.close();
  }
  return {
    operationsPerSecond: measured / (measureMs / 1000),
    p50Us: percentileUs(histogram, 0.5),
    p99Us: percentileUs(histogram, 0.99),
    requests: sent,
    errors: 0,
    generatorBusy: performance.eventLoopUtilization(utilization).utilization,
  };
}

async function openConnections({ url, statement, connections, pipelined }: PgLoadOptions): Promise<Connections> {
  const prepared = { name: statement, text: STATEMENTS[statement] };
  if (!pipelined) {
    const pool = new Pool({ connectionString: url, max: connections });
    return { query: (_loop, values) => pool.query({ ...prepared, values }), close: () => pool.end() };
  }
  const clients = Array.from({ length: connections }, () => new Client({ connectionString: url, pipeline: true }));
  await Promise.all(clients.map((client) => client.connect()));
  return {
    query: (loop, values) => (clients[loop % connections] as Client).query({ ...prepared, values }),
    close: async () => void (await Promise.all(clients.map((client) => client.end()))),
  };
}
