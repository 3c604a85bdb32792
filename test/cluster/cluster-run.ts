/** Three nodes over one PostgreSQL, under load, through faults of both; what was acknowledged holds all the way. */
import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkStore } from '../../src/items/check-store.ts';
import { openEngine, openStorage } from '../../src/open-storage.ts';
import type { StorageEngine } from '../../src/storage/engine.ts';
import { checkSpaces } from '../../src/tables/check-spaces.ts';
import { listPurgeRecords } from '../../src/tables/purge-record.ts';
import { createModel, type Model, reconcile } from '../crash/model.ts';
import { createCrashTable, readTable, verifyIndexes } from '../crash/table.ts';
import type { PostgresServer } from '../postgres.ts';
import { createSeededRandom } from '../seeded-random.ts';
import { createActors } from './actors.ts';
import { auditBank } from './bank-audit.ts';
import { createBank, settlePending } from './bank.ts';
import { type Cluster, createCluster, HANG_MS } from './cluster.ts';
import { createCounters, createTally, incrementMany, type Tally, verifyCounters } from './counters.ts';
import { type Fault, FAULTS } from './faults.ts';
import { createLeaseHistory, type LeaseHistory } from './lease-history.ts';
import { type Link, openLink } from './link.ts';
import { type Actor, startLoad } from './load.ts';
import { createObserver, type Observer, until } from './observer.ts';
import { outageOf } from './outage.ts';
import { createRequestLog, type RequestLog } from './request-log.ts';
import { persistThrough } from './tellers.ts';

const NODES = 3;
const INCREMENTS_AT_ONCE = 64;

/** What every actor does before the first fault, and after each. */
const CALM_STEPS = 10;
const RECOVERED_STEPS = 5;

/** No request takes longer, unless its node was paused: finds what hangs, not what is slow. */
const REQUEST_MS_MAX = 30_000;

export interface ClusterRunOptions {
  readonly postgres: PostgresServer;
  /** An empty folder for the nodes' logs; the caller removes it. */
  readonly logFolder: string;
  readonly seed: number;
  /** How many faults there are, all kinds in turn. */
  readonly faults: number;
  /** How many increments are sent before the first fault. */
  readonly increments: number;
  /** How long PostgreSQL stays away at most. */
  readonly outageMsMax: number;
  readonly report: (line: string) => void;
}

/** All that goes on in a run, and what is known of it. */
interface Run extends ClusterRunOptions {
  readonly cluster: Cluster;
  readonly link: Link;
  /** The test's own handle on the store. */
  readonly engine: StorageEngine;
  readonly observer: Observer;
  readonly history: LeaseHistory;
  readonly requestLog: RequestLog;
  readonly model: Model;
  readonly tally: Tally;
  readonly actors: readonly Actor[];
  readonly random: () => number;
}

/** Rejects at the first acknowledged write that is lost, sum that is wrong, lease held twice, or request that hangs. */
export async function runCluster(options: ClusterRunOptions): Promise<void> {
  const url = await options.postgres.createDatabase();
  const observer = createObserver(url);
  const requestLog = createRequestLog();
  const { logFolder } = options;
  const link = await openLink(Number(new URL(url).port));
  const storageArguments = (processName: string): string[] => ['--storage', link.through(observer.urlFor(processName))];
  const cluster = createCluster({ size: NODES, storageArguments, logFolder, requestLog });
  const opened: (() => Promise<void>)[] = [];
  try {
    // All at once, so that each finds an empty database.
    await Promise.all(cluster.nodes.map((node) => node.start()));
    await observer.observe();
    const storage = await openStorage({ kind: 'postgres', url: observer.urlFor('test') });
    opened.push(() => storage.close());
    const engine = await openEngine(storage.attach().attachment);
    opened.push(() => engine.close());

    const random = createSeededRandom(options.seed);
    const known = { model: createModel(), tally: createTally() };
    const actors = createActors({ cluster, engine, random, ...known });
    const history = createLeaseHistory();
    const parts = { cluster, link, engine, observer, history, requestLog, actors, random };
    await runAll({ ...options, ...known, ...parts });
  } finally {
    for (const close of opened.toReversed()) await close();
    await Promise.all(cluster.nodes.map((node) => node.kill()));
    await link.close();
  }
}

async function runAll(run: Run): Promise<void> {
  await createTables(run);
  await runCalmly(run);
  for (let fault = 1; fault <= run.faults; fault++) {
    const inject = FAULTS[(fault - 1) % FAULTS.length];
    assert(inject !== undefined);
    run.report(`fault ${fault} of ${run.faults}: ${await runFault(run, inject)}`);
  }
  run.report(`at the end: ${await finish(run)}`);
}

async function createTables({ cluster, random }: Run): Promise<void> {
  for (const create of [createCrashTable, createBank, createCounters]) await create(cluster.client(random));
}

/** Without faults every request is answered, and increments add up exactly. */
async function runCalmly(run: Run): Promise<void> {
  const { cluster, tally, random, increments, actors } = run;
  const startedMs = performance.now();
  const client = () => cluster.client(random);
  await incrementMany(client, tally, { total: increments, concurrency: INCREMENTS_AT_ONCE, random });
  const sum = await verifyCounters(client(), tally);
  assert.equal(sum, increments, 'the counters add up to the increments');
  run.report(`${increments} increments add up, after ${Math.round(performance.now() - startedMs)} ms`);

  const load = startLoad(actors, () => probe(run));
  await load.progress(CALM_STEPS);
  const outages = await load.stop();
  assert.equal(outages, 0, 'without a fault every request is answered');
  run.report(`without a fault: ${await verify(run, [])}`);
}

/** Resolves with a line about it. */
async function runFault(run: Run, inject: Fault): Promise<string> {
  const load = startLoad(run.actors, () => probe(run));
  await load.progress(1);
  const { done, killed } = await load.during(inject(run));
  await load.progress(RECOVERED_STEPS);
  await load.stop();
  return `${done}; ${await verify(run, killed)}`;
}

/** Asks any node that is up for anything that is in the store. */
async function probe({ cluster, random }: Run): Promise<void> {
  await cluster.client(random).send(new ListTablesCommand({}));
}

/** Holds the store against all that is known of it, once nothing is under way. Resolves with what was found. */
async function verify(run: Run, killed: readonly string[]): Promise<string> {
  const { cluster, engine, observer, history, requestLog, model, tally, random } = run;
  await requestLog.settled();
  await observer.settled(killed);
  const { answered, unavailable, brokenOff, slowestMs } = requestLog.take();
  assert(slowestMs < REQUEST_MS_MAX, `no request hangs: the slowest took ${slowestMs} ms`);
  // PostgreSQL's faults and a pause break no connection between a client and a node.
  if (killed.length === 0) assert.equal(brokenOff, 0, 'whoever is asked answers, unless killed');
  await awaitRecovery(run);

  const table = await readTable(cluster.client(random));
  reconcile(model, table.items, table.hits);
  await verifyIndexes(cluster.client(random), table);
  const sum = await verifyCounters(cluster.client(random), tally);
  const { transfers, pending, inFlight } = await auditBank(engine);
  history.follow(await observer.takeWrites());
  return (
    `${answered} requests answered, ${unavailable} unavailable, ${brokenOff} broken off, ` +
    `the slowest in ${Math.round(slowestMs)} ms; ` +
    `${table.items.size} items, ${sum} increments, ${transfers} transfers (${pending} pending, ${inFlight} in flight), ` +
    `${history.takeovers()} takeovers, ${history.purged()} purged entries as they should be`
  );
}

/** Every node that is up answers again by itself, and so does the test's own handle. */
async function awaitRecovery({ cluster, engine }: Run): Promise<void> {
  for (const node of cluster.nodes) {
    await until(() => isAnswered(() => node.client().send(new ListTablesCommand({}))), `${node.name} answers`);
  }
  await until(() => isAnswered(() => engine.ping()), 'the store answers');
}

async function isAnswered(ask: () => Promise<unknown>): Promise<boolean> {
  try {
    await ask();
    return true;
  } catch (error) {
    if (outageOf(error) === undefined) throw error;
    return false;
  }
}

/** Settles what is pending, ends the nodes in good order and looks at all that the store holds. */
async function finish(run: Run): Promise<string> {
  const { cluster, engine, observer, history, random } = run;
  await settlePending(persistThrough(() => cluster.client(random), { isStopping: () => false }));
  const { transfers, pending, inFlight } = await auditBank(engine);
  assert.deepEqual({ pending, inFlight }, { pending: 0, inFlight: 0 }, 'all transfers are settled');
  await until(async () => (await listPurgeRecords(engine, 1)).length === 0, 'what deleted tables held is purged');
  const problems = await findProblems(engine);
  await Promise.all(cluster.nodes.map((node) => node.stop()));
  history.follow(await observer.takeWrites());
  assert.deepEqual(problems, [], 'the store agrees with itself');
  assert.deepEqual(findFaults(run.logFolder), [], 'no node met a fault of its own');
  return `${transfers} transfers settled, the store agrees with itself`;
}

/** Checks items, index entries, counters and spaces; counters may lag behind for a while. */
async function findProblems(engine: StorageEngine): Promise<string[]> {
  let problems: string[] = [];
  const startedMs = performance.now();
  do {
    problems = [];
    const report = (problem: string): void => void problems.push(problem);
    await checkStore(engine, report);
    await checkSpaces(engine, (await engine.contents?.())?.spaces ?? [], report);
  } while (problems.length > 0 && problems.every(isOfCounters) && performance.now() - startedMs < HANG_MS);
  return problems;
}

/** The errors that the nodes logged: what the faults of others lead to is a warning. */
function findFaults(logFolder: string): string[] {
  const logs = readdirSync(logFolder).map((name) => readFileSync(join(logFolder, name), 'utf8'));
  return logs.flatMap((log) => log.split('\n').filter((line) => /"level":"(error|fatal)"/.test(line)));
}

function isOfCounters(problem: string): boolean {
  return problem.endsWith('were counted');
}
