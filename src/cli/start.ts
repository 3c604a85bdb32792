import { resolve } from 'node:path';
import { type Stator, startStator } from '../context.ts';
import type { LogLevel } from '../foundation/log-level.ts';
import { type Logger, createLogger } from '../foundation/logging.ts';
import { readVersion } from '../foundation/version.ts';
import {
  DEFAULT_OPTIONS,
  type PartialOptions,
  SHARED_STORAGE_DEFAULTS,
  type StatorOptions,
  completeOptions,
} from '../options.ts';
import {
  type CommandOptions,
  type GivenOptions,
  listUnknownVariables,
  readOptions,
  readSwitch,
  readText,
  readWholeNumber,
} from './command-line.ts';
import type { StopSignals } from './stop-signals.ts';

const OPTIONS: CommandOptions = {
  port: { type: 'string', value: 'N', help: `port to listen on, 0 for any (${DEFAULT_OPTIONS.port})` },
  host: { type: 'string', value: 'ADDRESS', help: `address to listen on (${DEFAULT_OPTIONS.host})` },
  'data-dir': { type: 'string', value: 'FOLDER', help: `where the data lies (${DEFAULT_OPTIONS.dataDir})` },
  storage: { type: 'string', value: 'URL', help: 'postgres://user:password@host:port/database, shared by many nodes' },
  'in-memory': { type: 'boolean', help: 'keep nothing beyond the run; goes with no data folder' },
  region: { type: 'string', value: 'NAME', help: `region in ARNs (${DEFAULT_OPTIONS.region})` },
  'account-id': { type: 'string', value: 'ID', help: `account in ARNs (${DEFAULT_OPTIONS.accountId})` },
  threads: { type: 'string', value: 'N', help: `threads that serve requests (${DEFAULT_OPTIONS.threads} here)` },
  credentials: { type: 'string', value: 'FILE', help: 'JSON file of access keys; signatures are verified' },
  'allow-anonymous': { type: 'boolean', help: 'listen beyond loopback although no signature is verified' },
  'drain-seconds': {
    type: 'string',
    value: 'N',
    help:
      'how long to go on answering, not ready, once told to stop ' +
      `(${DEFAULT_OPTIONS.drainSeconds}; with storage ${SHARED_STORAGE_DEFAULTS.drainSeconds})`,
  },
  'table-delay': { type: 'string', value: 'SECONDS', help: 'how long tables are CREATING, UPDATING and DELETING (0)' },
  'index-build-delay': { type: 'string', value: 'SECONDS', help: 'how much longer indexes are CREATING (0)' },
  'ttl-interval': {
    type: 'string',
    value: 'SECONDS',
    help: `how often to look for expired items (${DEFAULT_OPTIONS.ttlIntervalSeconds})`,
  },
  'lambda-endpoint': { type: 'string', value: 'URL', help: 'server with the functions that triggers run by name' },
  functions: { type: 'string', value: 'FOLDER', help: 'the folder whose files triggers may run (none)' },
  'log-level': { type: 'string', value: 'LEVEL', help: `silent, fatal, error, warn, info, debug or trace (info)` },
};

/**
 * Runs a server until a signal to stop, then drains it, finishes what is in flight and resolves with exit code 0; or
 * with 1 if the server can go on no more, so that whoever keeps services running starts it again. Another signal cuts
 * the draining short, and gives what is in flight ten seconds. What goes on behind the end is killed.
 */
export async function runStart(args: readonly string[], signals: StopSignals): Promise<number> {
  const given = readOptions('Usage: stator start [options]', OPTIONS, args);
  if (given === undefined) return 0;
  const partial = readStatorOptions(given);
  const options = completeOptions(partial);
  const logger = createLogger(options.logLevel, { thread: 'main' });
  endOnFault(logger);
  warnOfUnknownVariables(logger);
  const stator = await startStator(partial);
  // Whom nobody was sent to has nobody to send away.
  const early = await Promise.race([signals.first, undefined]);
  if (early === undefined) announce(stator, options, logger);
  const signal = await Promise.race([signals.first, stator.failed.then(() => undefined)]);
  if (signal !== undefined) logger.info({ signal }, 'stopping');
  signals.impatience.addEventListener('abort', () => endBy(IMPATIENCE_MS, logger));
  const canDrain = signal !== undefined && early === undefined;
  await stator.close(canDrain ? signals.impatience : AbortSignal.abort());
  logger.info('stopped');
  endBy(LEFTOVER_MS, logger);
  return signal === undefined ? 1 : 0;
}

/** How long what is in flight has from a second signal on. */
const IMPATIENCE_MS = 10_000;

/** How long the process may go on when all has been closed. */
const LEFTOVER_MS = 1_000;

/** Kills the process if it goes on for so long: a thread in a system call would keep it from any other end. */
function endBy(ms: number, logger: Logger): void {
  setTimeout(() => {
    logger.fatal('something does not end, and is killed');
    process.kill(process.pid, 'SIGKILL');
  }, ms).unref();
}

/** A misspelt variable would otherwise be a default that nobody asked for. */
function warnOfUnknownVariables(logger: Logger): void {
  const variables = listUnknownVariables(OPTIONS);
  if (variables.length > 0) logger.warn({ variables }, 'variables that are no option are ignored');
}

/** A fault that nobody expected leaves the program in a state that nobody knows: it says so and ends. */
function endOnFault(logger: Logger): void {
  process.on('uncaughtException', (error, origin) => {
    logger.fatal({ err: error, origin }, 'the program has a fault and ends');
    process.exit(1);
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
    drainSeconds: readWholeNumber(given, 'drain-seconds'),
    tableDelaySeconds: readWholeNumber(given, 'table-delay'),
    indexBuildDelaySeconds: readWholeNumber(given, 'index-build-delay'),
    ttlIntervalSeconds: readWholeNumber(given, 'ttl-interval'),
    lambdaEndpoint: readText(given, 'lambda-endpoint'),
    functions: readText(given, 'functions'),
    // The options are validated as a whole, whoever gives them.
    logLevel: readText(given, 'log-level') as LogLevel | undefined,
  };
}
