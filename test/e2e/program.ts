/** The real program in a process of its own: what it prints, logs and ends with. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { MAIN } from '../server-process.ts';

export interface ProgramOptions {
  /** Added to the environment, from which all STATOR_* variables are taken first. */
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly uid?: number;
  /** A module that the process runs first, in its main thread. */
  readonly preload?: string;
}

export interface Program {
  readonly pid: number;
  /** What came so far. */
  stdout(): string;
  stderr(): string;
  /** Closes this end of a stream of the program, as a reader does that is gone. */
  hangUp(stream: 'stdout' | 'stderr'): void;
  /** Resolves with the URL that it printed; rejects if it ends before. */
  ready(): Promise<string>;
  /** Resolves when standard error matches; rejects if the program ends before. */
  logged(line: RegExp): Promise<void>;
  signal(signal: NodeJS.Signals): void;
  /** Resolves with the exit code, or the signal that ended it, when all output is there. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
}

const COMPILE_CACHE = fileURLToPath(new URL('../../node_modules/.cache/node', import.meta.url));

/** Starts `stator` with `args`; it is killed, if need be, at the end of the test that called. */
export function startProgram(args: readonly string[], options: ProgramOptions = {}): Program {
  const { env = {}, preload, ...spawnOptions } = options;
  const inherited = Object.entries(process.env).filter(([name]) => !/^(STATOR|NODE)_/.test(name));
  const first = preload === undefined ? [] : ['--import', asModule(preload)];
  const child = spawn(process.execPath, [...first, MAIN, ...args], {
    ...spawnOptions,
    env: { ...Object.fromEntries(inherited), NODE_COMPILE_CACHE: COMPILE_CACHE, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => (output.stdout += chunk));
  child.stderr.on('data', (chunk) => (output.stderr += chunk));
  const ended = once(child, 'close').then(() => child.exitCode ?? child.signalCode);
  // A test that fails leaves it running.
  after(() => void child.kill('SIGKILL'));

  let hasEnded = false;
  void ended.then(() => (hasEnded = true));

  async function seen(stream: 'stdout' | 'stderr', what: RegExp): Promise<string> {
    for (;;) {
      // Asked before the look at the output, which is whole when the program has ended.
      const isLast = hasEnded;
      const match = what.exec(output[stream]);
      if (match !== null) return match[0];
      if (isLast) throw new Error(`stator ${args.join(' ')} ended before ${what}\n${output.stdout}${output.stderr}`);
      await Promise.race([once(child[stream], 'data'), ended]);
    }
  }
  return {
    pid: child.pid ?? 0,
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    hangUp: (stream) => void child[stream].destroy(),
    ready: () => seen('stdout', /http:\/\/\S+(?=\n)/),
    logged: async (line) => void (await seen('stderr', line)),
    signal: (signal) => void child.kill(signal),
    ended,
  };
}

function asModule(code: string): string {
  const guarded = `import { isMainThread } from 'node:worker_threads'; if (isMainThread) { ${code} }`;
  return `data:text/javascript,${encodeURIComponent(guarded)}`;
}

export interface Outcome {
  readonly code: number | NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `stator` with `args` to its end. */
export async function runProgram(args: readonly string[], options: ProgramOptions = {}): Promise<Outcome> {
  const program = startProgram(args, options);
  const code = await program.ended;
  return { code, stdout: program.stdout(), stderr: program.stderr() };
}

/** As it was before a test changed it. */
const parent = tmpdir();

/** An empty folder, removed after the file's tests. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(parent, 'stator-test-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
