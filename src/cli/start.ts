import { resolve } from 'node:path';
import { type Stator, startStator } from '../context.ts';
import type { LogLevel } from '../foundation/log-level.ts';
import { type Logger, createLogger } from '../foundation/logging.ts';
import { DEFAULT_OPTIONS, type PartialOptions, type StatorOptions, completeOptions } from '../options.ts';
import {
  type CommandOptions,
  type GivenOptions,
  readOptions,
  readSwitch,
  readText,
  readVersion,
  readWholeNumber,
} from './command-line.ts';

const OPTIONS: CommandOptions = {
  port: { type: 'string', value: 'N', help: `port to listen on, 0 for any (${DEFAULT_OPTIONS.port})` },
  host: { type: 'string', value: 'ADDRESS', help: `address to listen on (${DEFAULT_OPTIONS.host})` },
  'data-dir': { type: 'string', value: 'FOLDER', help: `where the data lies (${DEFAULT_OPTIONS.dataDir})` },
  storage: { type: 'string', value: 'URL', help: 'postgres://user:password@host:port/database, shared by many nodes' },
  'in-memory': { type: 'boolean', help: 'keep nothing beyond the run; no data folder is used' },
  region: { type: 'string', value: 'NAME', help: `region in ARNs (${DEFAULT_OPTIONS.region})` },
  'account-id': { type: 'string', value: 'ID', help: `account in ARNs (${DEFAULT_OPTIONS.accountId})` },
  threads: { type: 'string', value: 'N', help: `threads that serve requests (${DEFAULT_OPTIONS.threads} here)` },
  credentials: { type: 'string', value: 'FILE', help: 'JSON file of access keys; signatures are verified' },
  'allow-anonymous': { type: 'boolean', help: 'listen beyond loopback although no signature is verified' },
  'log-level': { type: 'string', value: 'LEVEL', help: `silent, fatal, error, warn, info, debug or trace (info)` },
};

/** Why a server stops. */
type Reason = { readonly signal: NodeJS.Signals } | { readonly failure: Error };

/**
 * Runs a server until SIGTERM or SIGINT, then finishes what is in flight and resolves with exit code 0; or with 1 if
 * the server can go on no more, so that whoever keeps services running starts it again.
 */
export async function runStart(args: readonly string[]): Promise<number> {
  const given = readOptions('Usage: stator start [options]', OPTIONS, args);
  if (given === undefined) return 0;
  const options = completeOptions(readStatorOptions(given));
  const logger = createLogger(options.logLevel, { thread: 'main' });
  endOnFault(logger);
  const stopping = nextSignal();
  const stator = await startStator(options);
  announce(stator, options, logger);
  const reason = await Promise.race<Reason>([stopping, stator.failed.then((failure) => ({ failure }))]);
  if ('signal' in reason) logger.info(reason, 'stopping');
  await stator.close();
  logger.info('stopped');
  return 'signal' in reason ? 0 : 1;
}

/** A fault that nobody expected leaves the program in a state that nobody knows: it says so and ends. */
function endOnFault(logger: Logger): void {
  process.on('uncaughtException', (error, origin) => {
    logger.fatal({ err: error, origin }, 'the program has a fault and ends');
    process.exit(1);
  });
}

/**
 * Listens from the beginning, so that a signal during start-up ends the program in good order too, and to the end:
 * a second signal, such as the one npm passes on beside the terminal's own, must not cut the first one's work short.
 */
function nextSignal(): Promise<{ readonly signal: NodeJS.Signals }> {
  return new Promise((stop) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, (signal) => stop({ signal }));
  });
}

function announce({ endpoint }: Stator, options: StatorOptions, logger: Logger): void {
  const { threads } = options;
  const version = readVersion();
  logger.info({ version, endpoint, ...describePlace(options), threads }, 'started');
  process.stdout.write(
    `StatorDB ${version} listens on ${endpoint}\nTry: aws dynamodb list-tables --endpoint-url ${endpoint}\n`,
  );
}

/** Where the data lies, without the password. */
function describePlace({ storage, inMemory, dataDir }: StatorOptions): object {
  if (storage === undefined) return inMemory ? { inMemory } : { dataDir: resolve(dataDir) };
  const { protocol, host, pathname } = new URL(storage);
  return { storage: `${protocol}//${host}${pathname}` };
}

function readStatorOptions(given: GivenOptions): PartialOptions {
  return {
    port: readWholeNumber(given, 'port'),
    host: readText(given, 'host'),
    dataDir: readText(given, 'data-dir'),
    storage: readText(given, 'storage'),
    inMemory: readSwitch(given, 'in-memory'),
    region: readText(given, 'region'),
    accountId: readText(given, 'account-id'),
    threads: readWholeNumber(given, 'threads'),
    credentials: readText(given, 'credentials'),
    allowAnonymous: readSwitch(given, 'allow-anonymous'),
    // The options are validated as a whole, whoever gives them.
    logLevel: readText(given, 'log-level') as LogLevel | undefined,
  };
}
