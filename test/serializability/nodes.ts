/** What histories are made on: one server over SQLite, or three nodes over one PostgreSQL; and what disturbs them. */
import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Cluster, type ClusterNode, createCluster } from '../cluster/cluster.ts';
import { type Link, openLink } from '../cluster/link.ts';
import { createObserver, until } from '../cluster/observer.ts';
import { createRequestLog } from '../cluster/request-log.ts';
import type { PostgresServer } from '../postgres.ts';
import type { Disturbance, Nodes } from './rounds.ts';

const POSTGRES_NODES = 3;
const SQLITE_THREADS = 2;
const RETRY_PAUSE_MS = 5;
/** How many requests go to nodes that may be paused: enough to be under way there, few enough to leave others. */
const PAUSED_SHARE = 0.1;
const PAUSE_MS_MAX = 1_500;
const DOWN_MS_MAX = 300;
/** Long enough for what was asked to be committed before its answer is lost. */
const SILENCE_MS_MAX = 100;
const CUTS = 3;
const CUT_SHARE = 0.3;

export interface StartedNodes {
  readonly nodes: Nodes;
  /** Kills a node, which is started again, pauses one, or both; or cuts their connections to PostgreSQL. */
  readonly disturb: Disturbance;
  /** Ends all nodes, however they are. */
  end(): Promise<void>;
}

/** `folder` is an empty one for the data and the log. */
export function startSqlite(folder: string): Promise<StartedNodes> {
  const storageArguments = (): string[] => ['--data-dir', join(folder, 'data'), '--threads', `${SQLITE_THREADS}`];
  const requestLog = createRequestLog();
  const cluster = createCluster({ size: 1, storageArguments, logFolder: folder, requestLog });
  return start(cluster, requestLog.settled);
}

/** `folder` is an empty one for the nodes' logs; they get a new database of `postgres`. */
export async function startPostgresNodes(folder: string, postgres: PostgresServer): Promise<StartedNodes> {
  const url = await postgres.createDatabase();
  const observer = createObserver(url);
  const link = await openLink(Number(new URL(url).port));
  const names = new Set<string>();
  const requestLog = createRequestLog();
  const storageArguments = (name: string): string[] => {
    names.add(name);
    return ['--storage', link.through(observer.urlFor(name))];
  };
  const cluster = createCluster({ size: POSTGRES_NODES, storageArguments, logFolder: folder, requestLog });
  const settled = async (): Promise<void> => {
    await requestLog.settled();
    const alive = cluster.nodes.map((node) => node.processName());
    // What a killed process has asked for goes on until its sessions end.
    await observer.settled([...names].filter((name) => !alive.includes(name)));
  };
  const started = await start(cluster, settled).catch(async (error: unknown) => {
    await link.close();
    throw error;
  });
  return {
    ...started,
    disturb: (random) => (random() < CUT_SHARE ? cutLink(link, random) : started.disturb(random)),
    async end() {
      await started.end();
      await link.close();
    },
  };
}

async function start(cluster: Cluster, settled: () => Promise<void>): Promise<StartedNodes> {
  const end = async (): Promise<void> => void (await Promise.all(cluster.nodes.map((node) => node.kill())));
  try {
    await Promise.all(cluster.nodes.map((node) => node.start()));
  } catch (error) {
    await end();
    throw error;
  }
  const nodes: Nodes = {
    async connect(random) {
      const isPatient = random() < PAUSED_SHARE;
      while (!cluster.nodes.some((node) => isReachable(node, isPatient))) await sleep(RETRY_PAUSE_MS);
      return cluster.client(random, { paused: isPatient });
    },
    all: () => cluster.nodes.map((node) => node.client()),
    async settled() {
      await settled();
      for (const node of cluster.nodes) await until(() => isAnswering(node), `${node.name} answers`);
    },
  };
  return { nodes, disturb: disturbanceOf(cluster), end };
}

async function isAnswering(node: ClusterNode): Promise<boolean> {
  try {
    await node.client().send(new ListTablesCommand({}));
    return true;
  } catch {
    return false;
  }
}

function isReachable(node: ClusterNode, isPatient: boolean): boolean {
  return node.state() === 'up' || (isPatient && node.state() === 'paused');
}

function disturbanceOf({ nodes }: Cluster): Disturbance {
  return async (random) => {
    const node = nodes[Math.floor(random() * nodes.length)] as ClusterNode;
    const other = nodes[(nodes.indexOf(node) + 1) % nodes.length] as ClusterNode;
    const [isPaused, isKilled] = choosePart(random());
    const pauseMs = Math.round(random() * PAUSE_MS_MAX);
    const downMs = Math.round(random() * DOWN_MS_MAX);
    const name = node.processName();
    if (isPaused) node.pause();
    if (isKilled && isPaused && other !== node) await restart(other, downMs);
    if (isPaused) await sleep(pauseMs);
    // Alone, it is killed while it sleeps.
    if (isKilled && (other === node || !isPaused)) await restart(node, downMs);
    else if (isPaused) node.resume();
    const killed = isKilled ? ['a node killed'] : [];
    return [...(isPaused ? [`${name} paused for ${pauseMs} ms`] : []), ...killed].join(', ');
  };
}

function choosePart(chance: number): readonly [isPaused: boolean, isKilled: boolean] {
  if (chance < 0.3) return [true, false];
  return chance < 0.7 ? [false, true] : [true, true];
}

/** Answers that are lost are those of commits, too: the node can't know what became of them. */
async function cutLink(link: Link, random: () => number): Promise<string> {
  let connections = 0;
  for (let cut = 0; cut < CUTS; cut++) {
    link.silence(() => random() < 0.5);
    await sleep(random() * SILENCE_MS_MAX);
    connections += link.cut();
  }
  return `${connections} connections to PostgreSQL cut`;
}

async function restart(node: ClusterNode, downMs: number): Promise<void> {
  await node.kill();
  await sleep(downMs);
  await node.start();
}
