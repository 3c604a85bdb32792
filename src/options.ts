/** What a server can be told when it starts, with the defaults. */
import { statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { LOG_LEVELS, type LogLevel } from './foundation/log-level.ts';

export interface StatorOptions {
  /** 0 lets the system choose. */
  readonly port: number;
  readonly host: string;
  /** Where the data lies; made if it is not there. */
  readonly dataDir: string;
  /** The URL of a database that speaks PostgreSQL's protocol, where the data lies instead; nodes share it. */
  readonly storage: string | undefined;
  /** Keep nothing: the data lies in a temporary folder that goes with the server. */
  readonly inMemory: boolean;
  /** The region and account that stand in ARNs. */
  readonly region: string;
  readonly accountId: string;
  /** HTTP threads, at least 1. */
  readonly threads: number;
  /** The file of access keys to verify signatures with; without one any credentials are accepted. */
  readonly credentials: string | undefined;
  /** Listen on more than loopback although any credentials are accepted. */
  readonly allowAnonymous: boolean;
  /**
   * For so many seconds after it is told to close, a server goes on answering while `/health/ready` says 503, so that
   * whoever spreads requests over several sends them elsewhere. 0 by default, 5 with `storage`.
   */
  readonly drainSeconds: number;
  /**
   * For tests of programs that wait for tables: for how many seconds a table is CREATING, UPDATING or DELETING, and
   * how many more an index that is added to a table is CREATING.
   */
  readonly tableDelaySeconds: number;
  readonly indexBuildDelaySeconds: number;
  /** How long after it last looked for expired items (Time to Live) the server looks again. */
  readonly ttlIntervalSeconds: number;
  /** The URL of a server that speaks Lambda's Invoke API: where functions are that triggers name by name or ARN. */
  readonly lambdaEndpoint: string | undefined;
  /** The folder whose files triggers may run (`file:` targets); without one they may run none. */
  readonly functions: string | undefined;
  readonly logLevel: LogLevel;
}

/** What a caller gives of the options; `undefined` counts as not given. */
export type PartialOptions = { readonly [name in keyof StatorOptions]?: StatorOptions[name] | undefined };

/** The server can't start as it was told to, for a reason the person who told it can mend: one line of text. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/** Whether several threads can listen on one port here. */
const CAN_SHARE_PORT = ['linux', 'freebsd', 'sunos', 'aix'].includes(process.platform);

/** More HTTP threads than this have to be asked for. */
const DEFAULT_THREADS_MAX = 8;

/**
 * One core is left to the thread that writes, but two cores serve best with two: measured with signed requests from
 * 64 connections, 2.3 times the GetItems and 1.4 times the durable PutItems of one thread.
 */
function defaultThreads(cores: number): number {
  return Math.min(DEFAULT_THREADS_MAX, Math.max(cores - 1, Math.min(cores, 2)));
}

export const DEFAULT_OPTIONS: StatorOptions = {
  port: 8000,
  host: '127.0.0.1',
  dataDir: './stator-data',
  storage: undefined,
  inMemory: false,
  region: 'us-east-1',
  accountId: '000000000000',
  threads: CAN_SHARE_PORT ? defaultThreads(availableParallelism()) : 1,
  credentials: undefined,
  allowAnonymous: false,
  drainSeconds: 0,
  tableDelaySeconds: 0,
  indexBuildDelaySeconds: 0,
  ttlIntervalSeconds: 60,
  lambdaEndpoint: undefined,
  functions: undefined,
  logLevel: 'info',
};

/** Where other nodes can answer instead: the time of two or three health checks of a load balancer. */
export const SHARED_STORAGE_DEFAULTS = { drainSeconds: 5 } as const;

/** What was given, and defaults for the rest. Throws StartError for options that make no sense, together or alone. */
export function completeOptions(given: PartialOptions): StatorOptions {
  const defined = Object.entries(given).filter(([, value]) => value !== undefined);
  const defaults = { ...DEFAULT_OPTIONS, ...(given.storage !== undefined && SHARED_STORAGE_DEFAULTS) };
  const options: StatorOptions = { ...defaults, ...(Object.fromEntries(defined) as Partial<StatorOptions>) };
  validateOptions(options);
  if (options.inMemory && given.dataDir !== undefined)
    throw new StartError('in-memory and data-dir exclude each other');
  return options;
}

const MAX_DRAIN_SECONDS = 3_600;
const MAX_DELAY_SECONDS = 86_400;
const MIN_TTL_INTERVAL_SECONDS = 0.05;
const MAX_TTL_INTERVAL_SECONDS = 86_400;

function validateOptions(options: StatorOptions): void {
  const { port, host, dataDir, region, accountId, threads, drainSeconds, logLevel } = options;
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new StartError(`port must be 0 to 65535, not ${port}`);
  // The system would take an empty address for all of its own.
  if (host === '') throw new StartError('host must not be empty');
  if (options.storage !== undefined) {
    validateStorage(options.storage);
    if (options.inMemory) throw new StartError('in-memory and storage exclude each other');
  }
  if (dataDir === '') throw new StartError('data-dir must not be empty');
  if (!Number.isInteger(threads) || threads < 1 || threads > 256) {
    throw new StartError(`threads must be 1 to 256, not ${threads}`);
  }
  if (threads > 1 && !CAN_SHARE_PORT) throw new StartError(`threads must be 1 on ${process.platform}`);
  if (!/^[a-z0-9-]{1,64}$/.test(region)) throw new StartError(`region must be a name like us-east-1, not ${region}`);
  if (!/^\d{12}$/.test(accountId)) throw new StartError(`account-id must be 12 digits, not ${accountId}`);
  if (!(drainSeconds >= 0 && drainSeconds <= MAX_DRAIN_SECONDS)) {
    throw new StartError(`drain-seconds must be 0 to ${MAX_DRAIN_SECONDS}, not ${drainSeconds}`);
  }
  validateDelay('table-delay', options.tableDelaySeconds);
  validateDelay('index-build-delay', options.indexBuildDelaySeconds);
  validateTtlInterval(options.ttlIntervalSeconds);
  validateFunctions(options);
  if (!LOG_LEVELS.includes(logLevel)) {
    throw new StartError(`log-level must be one of ${LOG_LEVELS.join(', ')}, not ${logLevel}`);
  }
  if (options.credentials === undefined && !options.allowAnonymous && !isLoopback(host)) {
    throw new StartError(
      `without credentials anyone who can reach ${host} can read and write everything: ` +
        'give --credentials FILE, or --allow-anonymous if that is meant',
    );
  }
}

function validateFunctions({ lambdaEndpoint, functions }: StatorOptions): void {
  if (lambdaEndpoint !== undefined) {
    const url = URL.canParse(lambdaEndpoint) ? new URL(lambdaEndpoint) : undefined;
    if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
      throw new StartError('lambda-endpoint must be a URL like http://127.0.0.1:9001, without user and password');
    }
  }
  if (functions !== undefined && statSync(functions, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new StartError(`functions must be a folder, which ${functions} is not`);
  }
}

function validateDelay(flag: string, seconds: number): void {
  if (seconds >= 0 && seconds <= MAX_DELAY_SECONDS) return;
  throw new StartError(`${flag} must be 0 to ${MAX_DELAY_SECONDS}, not ${seconds}`);
}

function validateTtlInterval(seconds: number): void {
  if (seconds >= MIN_TTL_INTERVAL_SECONDS && seconds <= MAX_TTL_INTERVAL_SECONDS) return;
  const range = `${MIN_TTL_INTERVAL_SECONDS} to ${MAX_TTL_INTERVAL_SECONDS}`;
  throw new StartError(`ttl-interval must be ${range}, not ${seconds}`);
}

/** Throws StartError unless `storage` is the URL of a database. */
export function validateStorage(storage: string): void {
  if (!URL.canParse(storage) || !/^postgres(ql)?:$/.test(new URL(storage).protocol)) {
    // The URL is not repeated: it may hold a password.
    throw new StartError('storage must be a URL like postgres://user:password@host:5432/database');
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
