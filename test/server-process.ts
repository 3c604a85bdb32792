/** Servers in processes of their own, for tests and measurements that need one to be killed, weighed or installed. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';

/** The program's entry, to be run with `process.execPath`. */
export const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

const READY_TIMEOUT_MS = 60_000;
const OUTPUT_KEPT_LENGTH = 20_000;

export interface ServerProcess {
  /** What the server printed, such as `http://127.0.0.1:8000`, without a slash at its end. */
  readonly endpoint: string;
  /** Of the command's process; with `group`, of its group too. */
  readonly pid: number;
  /** The last of what it wrote, to either stream. */
  readOutput(): string;
  /** Sends `signal` and resolves with the exit code once the process is gone; null if the signal ended it. */
  stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null>;
}

export interface ServerProcessOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Signals go to the command and all that it started, such as the server that npm runs. */
  readonly group?: boolean;
}

/**
 * Runs `command` and resolves when it has printed the URL it listens on.
 *
 * Rejects with what it wrote if it ends before that, or takes longer than a minute.
 */
export async function startServerProcess(
  command: string,
  args: readonly string[],
  options: ServerProcessOptions = {},
): Promise<ServerProcess> {
  const { group = false, ...spawnOptions } = options;
  const child = spawn(command, args, { ...spawnOptions, detached: group, stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = once(child, 'exit');
  exited.catch(() => {});
  const readOutput = keepOutput(child);
  const endpoint = await readEndpoint(child, readOutput);
  const { pid } = child;
  if (pid === undefined) throw new Error('a process that printed has no id');
  return {
    endpoint,
    pid,
    readOutput,
    async stop(signal) {
      if (child.exitCode === null && child.signalCode === null) process.kill(group ? -pid : pid, signal);
      await exited;
      return child.exitCode;
    },
  };
}

/** A port that nobody listened on a moment ago, for a server that can't choose one itself. */
export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Both streams are read to the end, or the child would stand still once a pipe is full. */
function keepOutput(child: ChildProcess): () => string {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => (output = (output + chunk).slice(-OUTPUT_KEPT_LENGTH)));
  }
  return () => output;
}

function readEndpoint(child: ChildProcess, readOutput: () => string): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (reason: string): void => {
      clearTimeout(timer);
      reject(new Error(`${child.spawnargs.join(' ')}: ${reason}\n${readOutput()}`));
    };
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      fail('not ready in time');
    }, READY_TIMEOUT_MS);
    child.once('error', (error) => fail(error.message));
    child.once('exit', (code, signal) => fail(`ended with ${code ?? signal}`));
    child.stdout?.on('data', () => {
      const endpoint = /https?:\/\/[\w.[\]:-]+:\d+(?=[\s/])/.exec(readOutput())?.[0];
      if (endpoint === undefined) return;
      clearTimeout(timer);
      resolve(endpoint);
    });
  });
}
