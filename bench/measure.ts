/** The course of a measurement: all servers side by side, in turns, so that what disturbs the machine disturbs all. */
import { measureCost } from './cost.ts';
import type { Database, RequestCost } from './cost.ts';
import { createSeededRandom } from '../test/seeded-random.ts';
import type { ServerProcess } from '../test/server-process.ts';
import { encodeRequest } from './http-request.ts';
import { runLoadInThread } from './load.ts';
import type { LoadResult } from './load.ts';
import { runPgLoadInThread } from './pg-load.ts';
import { createPgTable, readPgServer } from './pg-table.ts';
import type { PgServer } from './pg-table.ts';
import {
  createTable,
  preload,
  readMemoryBytes,
  startBareServer,
  startDynaliteServer,
  startStatorServer,
} from './servers.ts';
import { measureIdleMemoryBytes, measureStartMs } from './start-up.ts';
import type { Stores } from './stores.ts';
import { chooseCalls, CREATE_FOLLOWED_TABLE, WORKLOADS } from './workloads.ts';
import type { Workload } from './workloads.ts';

export const SERVER_NAMES = ['bare', 'stator', 'dynalite'] as const;
export type ServerName = (typeof SERVER_NAMES)[number];
type Servers = Record<ServerName, ServerProcess>;

/** The bare loop over `pg` in its two forms: one statement at a time on each connection, or several under way. */
export const PG_LOOP_NAMES = ['pool', 'pipelined'] as const;
export type PgLoopName = (typeof PG_LOOP_NAMES)[number];

/** The table of the bare loops and the server that has it. */
interface PgTable {
  readonly url: string;
  readonly server: PgServer;
}

export interface MeasureOptions {
  readonly connections: number;
  /** In the table before the measurement. */
  readonly items: number;
  /** Each figure is the median of so many. */
  readonly rounds: number;
  readonly warmupMs: number;
  readonly measureMs: number;
}

/** What StatorDB did, and what that took. */
export interface StatorResult extends LoadResult {
  readonly cost: RequestCost;
}

/** What was measured of one workload. */
export interface WorkloadResults {
  readonly name: string;
  readonly results: {
    readonly bare: LoadResult;
    readonly stator: StatorResult;
    /** Absent where dynalite lacks an operation. */
    readonly dynalite?: LoadResult;
  };
  /** Where StatorDB stores in PostgreSQL and one statement does as much. */
  readonly pg?: Record<PgLoopName, LoadResult>;
}

export interface Measurement {
  readonly workloads: readonly WorkloadResults[];
  /** The PostgreSQL, where StatorDB stores in one; the bare loops over `pg` have as many connections as StatorDB. */
  readonly pg?: PgServer;
  /** StatorDB at a steady rate of half of what it could do. */
  readonly halfLoad: readonly ({ readonly name: string; readonly ratePerSecond: number } & StatorResult)[];
  readonly startMs: number;
  readonly idleMemoryBytes: number | undefined;
  readonly loadedMemoryBytes: number | undefined;
}

const START_ROUNDS = 5;
const REQUESTS_PER_RUN = 20_000;

/** What the parts of a measurement share. */
interface Course {
  readonly options: MeasureOptions;
  readonly servers: Servers;
  /** What StatorDB stores in. */
  readonly database: Database | undefined;
  readonly pgTable: PgTable | undefined;
  readonly report: (line: string) => void;
}

/** Measures everything; `folder` is empty and removed by the caller. `report` is told what happens. */
export async function measure(
  folder: string,
  stores: Stores,
  options: MeasureOptions,
  report: (line: string) => void,
): Promise<Measurement> {
  report('start-up');
  const starts = [];
  // The first one fills the compile cache.
  for (let round = 0; round <= START_ROUNDS; round++) starts.push(await measureStartMs(stores));
  const startMs = medianBy(starts.slice(1), (value) => value);
  const idleMemoryBytes = await measureIdleMemoryBytes(stores);

  const servers = await startServers(folder, stores, options.items, report);
  try {
    const pgTable = await makePgTable(stores, servers, options, report);
    const course = { options, servers, database: stores.database, pgTable, report };
    const workloads = await measureThroughput(course);
    const loadedMemoryBytes = readMemoryBytes(servers.stator);
    const halfLoad = await measureHalfLoad(course, workloads);
    return { workloads, ...(pgTable && { pg: pgTable.server }), halfLoad, startMs, idleMemoryBytes, loadedMemoryBytes };
  } finally {
    await Promise.all(Object.values(servers).map((server) => server.stop('SIGKILL')));
  }
}

async function startServers(
  folder: string,
  stores: Stores,
  items: number,
  report: (line: string) => void,
): Promise<Servers> {
  const stator = await startStatorServer(await stores.make());
  const dynalite = await startDynaliteServer(folder);
  report(`loading ${items} items into StatorDB`);
  await preload(stator.endpoint, items);
  await createTable(stator.endpoint, CREATE_FOLLOWED_TABLE);
  report(`loading ${items} items into dynalite`);
  await preload(dynalite.endpoint, items);
  return { stator, dynalite, bare: await startBareServer(stator.endpoint) };
}

async function makePgTable(
  stores: Stores,
  servers: Servers,
  options: MeasureOptions,
  report: (line: string) => void,
): Promise<PgTable | undefined> {
  if (stores.createDatabase === undefined) return undefined;
  report(`loading ${options.items} rows into a table`);
  const url = await stores.createDatabase();
  await createPgTable(url, options.items);
  // StatorDB opens its connections when it has use for them.
  for (const workload of WORKLOADS) await runWorkload(servers.stator, workload, options, 0);
  return { url, server: await readPgServer(url) };
}

async function measureThroughput(course: Course): Promise<WorkloadResults[]> {
  const { options, servers, pgTable, report } = course;
  const results = WORKLOADS.map(({ name }) => ({
    name,
    results: { bare: [] as LoadResult[], stator: [] as StatorResult[], dynalite: [] as LoadResult[] },
    pg: { pool: [] as LoadResult[], pipelined: [] as LoadResult[] },
  }));
  for (let round = 0; round < options.rounds; round++) {
    for (const [index, workload] of WORKLOADS.entries()) {
      report(`round ${round + 1} of ${options.rounds}: ${workload.name}`);
      const { bare, stator, dynalite } = results[index]?.results ?? {};
      bare?.push(await runWorkload(servers.bare, workload, options, round));
      stator?.push(await runOnStator(course, workload, round));
      if (!workload.notInDynalite) dynalite?.push(await runWorkload(servers.dynalite, workload, options, round));
      if (pgTable === undefined) continue;
      for (const loop of PG_LOOP_NAMES) {
        const result = await runStatement(pgTable, loop, workload, options, round);
        if (result !== undefined) results[index]?.pg[loop].push(result);
      }
    }
  }
  return results.map(({ name, results: { bare, stator, dynalite }, pg: { pool, pipelined } }) => ({
    name,
    results: {
      bare: medianResult(bare),
      stator: medianResult(stator),
      ...(dynalite.length > 0 && { dynalite: medianResult(dynalite) }),
    },
    ...(pool.length > 0 && { pg: { pool: medianResult(pool), pipelined: medianResult(pipelined) } }),
  }));
}

async function measureHalfLoad(
  course: Course,
  workloads: readonly WorkloadResults[],
): Promise<Measurement['halfLoad']> {
  const { options, report } = course;
  const halfLoad = [];
  for (const workload of WORKLOADS) {
    report(`${workload.name} at half load`);
    const peak = workloads.find(({ name }) => name === workload.name)?.results.stator.operationsPerSecond ?? 0;
    const ratePerSecond = Math.round(peak / 2);
    const results = [];
    for (let round = 0; round < options.rounds; round++) {
      results.push(await runOnStator(course, workload, round, ratePerSecond));
    }
    halfLoad.push({ name: workload.name, ratePerSecond, ...medianBy(results, ({ p99Us }) => p99Us) });
  }
  return halfLoad;
}

async function runOnStator(
  { options, servers, database }: Course,
  workload: Workload,
  round: number,
  ratePerSecond?: number,
): Promise<StatorResult> {
  return await measureCost(servers.stator.pid, database, () =>
    runWorkload(servers.stator, workload, options, round, ratePerSecond),
  );
}

async function runWorkload(
  { endpoint }: ServerProcess,
  workload: Workload,
  { connections, items, warmupMs, measureMs }: MeasureOptions,
  round: number,
  ratePerSecond?: number,
): Promise<LoadResult> {
  // The same requests for every server, others in every round.
  const calls = chooseCalls(workload, REQUESTS_PER_RUN, items, createSeededRandom(round));
  const requests = calls.map((call) => encodeRequest(endpoint, call));
  const result = await runLoadInThread({ endpoint, requests, connections, warmupMs, measureMs, ratePerSecond });
  if (result.errors > 0)
    throw new Error(`${endpoint} answered ${result.errors} requests of ${workload.name} by errors`);
  return result;
}

/** The bare loop that does in SQL what `workload` asks for; undefined if that takes more than a statement. */
async function runStatement(
  { url, server: { connections } }: PgTable,
  loop: PgLoopName,
  { statement }: Workload,
  { connections: loops, items: rows, warmupMs, measureMs }: MeasureOptions,
  seed: number,
): Promise<LoadResult | undefined> {
  if (statement === undefined) return undefined;
  const pipelined = loop === 'pipelined';
  return await runPgLoadInThread({ url, statement, rows, seed, loops, connections, pipelined, warmupMs, measureMs });
}

function medianResult<Result extends LoadResult>(results: readonly Result[]): Result {
  return medianBy(results, ({ operationsPerSecond }) => operationsPerSecond);
}

/** The one in the middle by `order`; of an even number the lower one. */
function medianBy<T>(values: readonly T[], order: (value: T) => number): T {
  const sorted = values.toSorted((a, b) => order(a) - order(b));
  const median = sorted[(sorted.length - 1) >> 1];
  if (median === undefined) throw new Error('the median of nothing');
  return median;
}
