/** Several nodes over one store, each a process that can be killed, paused and started again, and clients of them. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { MAIN, startServerProcess } from '../server-process.ts';
import type { ServerProcess } from '../server-process.ts';
import type { RequestLog } from './request-log.ts';

/** Longer than any request may take: whatever waits this long hangs. */
export const HANG_MS = 60_000;

/** Appends the standard error of a command to the file `$0`; the process stays the same. */
const LOGGED = 'exec "$@" 2>>"$0"';

/** When a node is stopped nobody asks it any more. */
const START_ARGUMENTS = ['--port', '0', '--drain-seconds', '0'];

export type NodeState = 'down' | 'up' | 'paused';

export interface ClusterNode {
  readonly name: string;
  /** Names the process that ran last: another name for each start. */
  processName(): string;
  state(): NodeState;
  /** Of the process that ran last. Every request is sent once. */
  client(): DynamoDBDocumentClient;
  /** Resolves when the node serves. */
  start(): Promise<void>;
  /** SIGKILL, from whatever state. */
  kill(): Promise<void>;
  /** SIGSTOP: connections stay, answers don't come, timers don't run. */
  pause(): void;
  /** SIGCONT. */
  resume(): void;
  /** SIGTERM; rejects if the node doesn't end in good order. */
  stop(): Promise<void>;
}

export interface Cluster {
  readonly nodes: readonly ClusterNode[];
  /** A client of a node that is up, chosen by `random`; with `paused`, of one that may be paused too. */
  client(random: () => number, options?: { readonly paused?: boolean }): DynamoDBDocumentClient;
}

export interface ClusterOptions {
  readonly size: number;
  /** The arguments that tell a process, by its name, where the data lies. */
  readonly storageArguments: (processName: string) => readonly string[];
  /** Each node's log goes to a file here. */
  readonly logFolder: string;
  readonly requestLog: RequestLog;
}

/** Nodes that are all down at first. */
export function createCluster({ size, ...options }: ClusterOptions): Cluster {
  const nodes = Array.from({ length: size }, (_, index) => createNode(`node-${index + 1}`, options));
  return {
    nodes,
    client(random, { paused = false } = {}) {
      const states: NodeState[] = paused ? ['up', 'paused'] : ['up'];
      const reachable = nodes.filter((node) => states.includes(node.state()));
      const node = reachable[Math.floor(random() * reachable.length)];
      assert(node !== undefined, 'a node is up at any time');
      return node.client();
    },
  };
}

function createNode(
  name: string,
  { storageArguments, logFolder, requestLog }: Omit<ClusterOptions, 'size'>,
): ClusterNode {
  let state: NodeState = 'down';
  let starts = 0;
  const processName = (): string => `${name}.${starts}`;
  let server: ServerProcess | undefined;
  let client: DynamoDBClient | undefined;
  let documents: DynamoDBDocumentClient | undefined;

  async function end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
    state = 'down';
    const exitCode = (await server?.stop(signal)) ?? null;
    client?.destroy();
    return exitCode;
  }

  return {
    name,
    processName,
    state: () => state,
    client() {
      assert(documents !== undefined, `${name} was started`);
      return documents;
    },
    async start() {
      starts++;
      const log = join(logFolder, `${name}.log`);
      const command = [process.execPath, MAIN, 'start', ...START_ARGUMENTS, ...storageArguments(processName())];
      server = await startServerProcess('sh', ['-c', LOGGED, log, ...command]);
      client = createClient(server.endpoint, requestLog);
      documents = DynamoDBDocumentClient.from(client);
      state = 'up';
    },
    kill: async () => void (await end('SIGKILL')),
    pause() {
      assert(server !== undefined && state === 'up', `${name} is up`);
      state = 'paused';
      process.kill(server.pid, 'SIGSTOP');
    },
    resume() {
      assert(server !== undefined && state === 'paused', `${name} is paused`);
      process.kill(server.pid, 'SIGCONT');
      state = 'up';
    },
    async stop() {
      assert.equal(await end('SIGTERM'), 0, `${name} ends in good order`);
    },
  };
}

function createClient(endpoint: string, requestLog: RequestLog): DynamoDBClient {
  const client = new DynamoDBClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'cluster', secretAccessKey: 'cluster' },
    // A request that was sent twice would hide what became of the first.
    maxAttempts: 1,
    requestHandler: { requestTimeout: HANG_MS, throwOnRequestTimeout: true },
  });
  requestLog.watch(client);
  return client;
}
