import { once } from 'node:events';
import { startStator } from '../context.ts';
import type { LogLevel } from '../foundation/logging.ts';
import { DEFAULT_OPTIONS, type StatorOptions } from '../options.ts';
import { type CommandOptions, type GivenOptions, parseWholeNumber, readOptions, readVersion } from './command-line.ts';

const OPTIONS: CommandOptions = {
  port: { type: 'string', value: 'N', help: `port to listen on, 0 for any (${DEFAULT_OPTIONS.port})` },
  host: { type: 'string', value: 'ADDRESS', help: `address to listen on (${DEFAULT_OPTIONS.host})` },
  'data-dir': { type: 'string', value: 'FOLDER', help: `where the data lies (${DEFAULT_OPTIONS.dataDir})` },
  'in-memory': { type: 'boolean', help: 'keep nothing beyond the run' },
  region: { type: 'string', value: 'NAME', help: `region in ARNs (${DEFAULT_OPTIONS.region})` },
  'account-id': { type: 'string', value: 'ID', help: `account in ARNs (${DEFAULT_OPTIONS.accountId})` },
  threads: { type: 'string', value: 'N', help: `threads that serve requests (${DEFAULT_OPTIONS.threads} here)` },
  credentials: { type: 'string', value: 'FILE', help: 'JSON file of access keys; signatures are verified' },
  'allow-anonymous': { type: 'boolean', help: 'listen beyond loopback although no signature is verified' },
  'log-level': { type: 'string', value: 'LEVEL', help: `silent, fatal, error, warn, info, debug or trace (info)` },
};

/** Runs a server until SIGTERM or SIGINT, then finishes what is in flight and resolves with the exit code. */
export async function runStart(args: readonly string[]): Promise<number> {
  const given = readOptions('Usage: stator start [options]', OPTIONS, args);
  if (given === undefined) return 0;
  const stop = new AbortController();
  const signalled = nextSignal(stop.signal);
  try {
    const stator = await startStator(readStatorOptions(given));
    process.stdout.write(
      `StatorDB ${readVersion()} listens on ${stator.endpoint}\n` +
        `Try: aws dynamodb list-tables --endpoint-url ${stator.endpoint}\n`,
    );
    await signalled;
    await stator.close();
    return 0;
  } finally {
    stop.abort();
  }
}

/** Listens from the beginning, so that a signal during start-up ends the program in good order too. */
async function nextSignal(stop: AbortSignal): Promise<void> {
  const signals = ['SIGTERM', 'SIGINT'].map((name) => once(process, name, { signal: stop }));
  await Promise.race(signals).catch(() => undefined);
}

function readStatorOptions(given: GivenOptions): Partial<StatorOptions> {
  const text = (flag: string): string | undefined => given[flag] as string | undefined;
  const number = (flag: string): number | undefined => {
    const value = text(flag);
    return value === undefined ? undefined : parseWholeNumber(flag, value);
  };
  const options = {
    port: number('port'),
    host: text('host'),
    dataDir: text('data-dir'),
    inMemory: given['in-memory'] as boolean | undefined,
    region: text('region'),
    accountId: text('account-id'),
    threads: number('threads'),
    credentials: text('credentials'),
    allowAnonymous: given['allow-anonymous'] as boolean | undefined,
    logLevel: text('log-level') as LogLevel | undefined,
  };
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
