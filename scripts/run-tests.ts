/**
 * `npm test`: all tests, and the end-to-end tests once more on PostgreSQL. Arguments are passed on to `node --test`.
 *
 * One PostgreSQL serves the whole run, unless the variable STATOR_TEST_POSTGRES names another to test on, by the URL of
 * a user who may create databases.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { RUN_ONCE_FILES, TEST_STORAGE } from '../test/e2e/store.ts';
import { TEST_POSTGRES, startPostgres } from '../test/postgres.ts';

interface Pass {
  readonly title: string;
  readonly files: readonly string[];
  /** The engine under the end-to-end tests. */
  readonly storage: string;
}

const root = fileURLToPath(new URL('../', import.meta.url));

const PASSES: readonly Pass[] = [
  { title: 'all tests', storage: 'sqlite', files: ['{src,test,scripts,bench,examples}/**/*.test.ts'] },
  { title: 'end-to-end tests on PostgreSQL', storage: 'postgres', files: findEngineTests() },
];

/** The end-to-end tests that run on both engines, and those of libraries. */
function findEngineTests(): string[] {
  const folder = 'test/e2e/';
  const names = readdirSync(root + folder).filter((name) => name.endsWith('.test.ts') && !(name in RUN_ONCE_FILES));
  return [...names.map((name) => folder + name), '{test/libraries,examples}/**/*.test.ts'];
}

/** Runs one pass and resolves with the exit code; null if a signal ended it. */
async function runPass({ title, files, storage }: Pass, signal: AbortSignal): Promise<number | null> {
  if (signal.aborted) return null;
  console.log(`\n--- ${title}`);
  const args = ['--test', '--test-concurrency=2', ...process.argv.slice(2), ...files];
  const env = { ...process.env, [TEST_STORAGE]: storage };
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: 'inherit' });
  signal.addEventListener('abort', () => child.kill('SIGTERM'));
  await once(child, 'exit');
  return child.exitCode;
}

/** Aborted by the first signal that asks this process to end, which then does when all is cleaned up. */
function untilSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => controller.abort());
  return controller.signal;
}

const signal = untilSignal();
const server = process.env[TEST_POSTGRES] === undefined ? await startPostgres() : undefined;
if (server !== undefined) process.env[TEST_POSTGRES] = server.url;
const results = [];
for (const pass of PASSES) results.push({ title: pass.title, exitCode: await runPass(pass, signal) });
await server?.remove();
console.log();
for (const { title, exitCode } of results) console.log(`${exitCode === 0 ? 'passed' : 'FAILED'}: ${title}`);
process.exitCode = results.every(({ exitCode }) => exitCode === 0) ? 0 : 1;
