/** What is done to a cluster under load. Each fault is over when it resolves, but for what nodes need to notice. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { forgetNodes } from '../../src/jobs/node-record.ts';
import type { StorageEngine } from '../../src/storage/engine.ts';
import type { PostgresServer } from '../postgres.ts';
import type { Cluster, ClusterNode } from './cluster.ts';
import { PURGE_JOB } from './lease-history.ts';
import type { Link } from './link.ts';
import { type Observer, until } from './observer.ts';

export interface FaultContext {
  readonly cluster: Cluster;
  readonly postgres: PostgresServer;
  /** From all nodes to PostgreSQL. */
  readonly link: Link;
  readonly observer: Observer;
  readonly engine: StorageEngine;
  readonly random: () => number;
  /** How long PostgreSQL stays away at most. */
  readonly outageMsMax: number;
}

/** Resolves with what was done, and the names of processes that were killed. */
export type Fault = (context: FaultContext) => Promise<FaultReport>;

export interface FaultReport {
  readonly done: string;
  readonly killed: readonly string[];
}

/** Between two things that are done to a cluster. */
const STEP_MS_MAX = 500;

/** How often the link is cut in a row, and how long it is silent before, so that what was asked is committed. */
const CUTS = 5;
const SILENCE_MS_MAX = 100;

export const FAULTS: readonly Fault[] = [loseNodes, restartPostgres, cutLink, crashPostgres, losePostgresWhilePaused];

/**
 * One node is paused and another one killed and started again. One of the two had the lease of a job: the pause lasts
 * until another process has it.
 */
async function loseNodes({ cluster, observer, engine, random }: FaultContext): Promise<FaultReport> {
  const { holder, token } = await findHolder(cluster, observer);
  const other = choose(
    cluster.nodes.filter((node) => node !== holder),
    random,
  );
  const holderName = holder.processName();
  const [paused, killed] = random() < 0.5 ? [holder, other] : [other, holder];
  const killedName = killed.processName();
  const startedMs = performance.now();
  paused.pause();
  await sleep(random() * STEP_MS_MAX);
  await killed.kill();
  await sleep(random() * STEP_MS_MAX);
  await killed.start();
  await until(
    async () => (await observer.lastLease(PURGE_JOB))?.writer !== holderName,
    `another node has the lease of ${holderName}`,
  );
  // What the former holder would write when it wakes up.
  const { kind } = await engine.transact(forgetNodes, { lease: { job: PURGE_JOB, token }, input: [] });
  assert.equal(kind, 'lost', `the token ${token} of ${holderName} is good for nothing`);
  await sleep(random() * STEP_MS_MAX);
  paused.resume();
  const pausedMs = Math.round(performance.now() - startedMs);
  return {
    done: `${killedName} killed, ${paused.processName()} paused for ${pausedMs} ms, the lease was ${holderName}'s`,
    killed: [killedName],
  };
}

/** PostgreSQL is stopped in good order, which ends its sessions, and started again. */
async function restartPostgres({ postgres, random, outageMsMax }: FaultContext): Promise<FaultReport> {
  await postgres.stop('fast');
  const outageMs = Math.round(random() * outageMsMax);
  await sleep(outageMs);
  await postgres.restart();
  return { done: `PostgreSQL stopped for ${outageMs} ms`, killed: [] };
}

/** What was asked is done, but the answer is lost: whoever asks again, by a connection that lives, does it twice. */
async function cutLink({ link, random }: FaultContext): Promise<FaultReport> {
  let connections = 0;
  for (let cut = 0; cut < CUTS; cut++) {
    link.silence(() => random() < 0.5);
    await sleep(random() * SILENCE_MS_MAX);
    connections += link.cut();
    await sleep(random() * STEP_MS_MAX);
  }
  return { done: `${connections} connections to PostgreSQL cut`, killed: [] };
}

/** PostgreSQL drops what it has in memory: its first process is killed, or all end wherever they are. */
async function crashPostgres({ postgres, random, outageMsMax }: FaultContext): Promise<FaultReport> {
  const isKilled = random() < 0.5;
  await (isKilled ? postgres.kill() : postgres.stop('immediate'));
  const outageMs = Math.round(random() * outageMsMax);
  await sleep(outageMs);
  await postgres.restart();
  return { done: `PostgreSQL ${isKilled ? 'killed' : 'broken off'} for ${outageMs} ms`, killed: [] };
}

/** A node that sleeps through a crash of PostgreSQL wakes up with dead sessions. */
async function losePostgresWhilePaused(context: FaultContext): Promise<FaultReport> {
  const node = choose(context.cluster.nodes, context.random);
  node.pause();
  const { done } = await crashPostgres(context);
  await sleep(context.random() * STEP_MS_MAX);
  node.resume();
  return { done: `${done}, ${node.processName()} paused meanwhile`, killed: [] };
}

async function findHolder(
  { nodes }: Cluster,
  observer: Observer,
): Promise<{ readonly holder: ClusterNode; readonly token: number }> {
  return await until(async () => {
    const lease = await observer.lastLease(PURGE_JOB);
    const holder = nodes.find((node) => node.processName() === lease?.writer);
    return lease?.holder !== undefined && holder !== undefined && { holder, token: lease.token };
  }, `a process that runs has the lease of ${PURGE_JOB}`);
}

function choose<T>(things: readonly T[], random: () => number): T {
  const chosen = things[Math.floor(random() * things.length)];
  assert(chosen !== undefined);
  return chosen;
}
