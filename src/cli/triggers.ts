import { type Triggers, createTriggerClient } from '../trigger-client.ts';
import { TriggerError } from '../trigger-error.ts';
import { alignColumns } from './columns.ts';
import {
  CommandLineError,
  type CommandOptions,
  type GivenOptions,
  readOptions,
  readSwitch,
  readText,
  readWholeNumber,
} from './command-line.ts';

const SERVER_OPTIONS: CommandOptions = {
  endpoint: { type: 'string', value: 'URL', help: 'the server (http://127.0.0.1:8000)' },
  region: { type: 'string', value: 'NAME', help: "the server's region (AWS_REGION, or us-east-1)" },
};

const ADD_OPTIONS: CommandOptions = {
  table: { type: 'string', value: 'NAME', help: 'the table, which must have a stream' },
  target: { type: 'string', value: 'TARGET', help: 'https://HOST/PATH, lambda:NAME@URL, file:PATH or a function name' },
  'batch-size': { type: 'string', value: 'N', help: 'the most records of a batch (100)' },
  'batching-window': { type: 'string', value: 'SECONDS', help: 'how long to gather records at most (0)' },
  'starting-position': { type: 'string', value: 'WHERE', help: 'LATEST or TRIM_HORIZON (TRIM_HORIZON)' },
  filter: { type: 'string', value: 'JSON', help: 'a pattern that records must match, or an array of them' },
  parallelization: { type: 'string', value: 'N', help: 'batches of a shard at once (1)' },
  retries: { type: 'string', value: 'N', help: 'how often a batch is tried again (without end)' },
  bisect: { type: 'boolean', help: 'split a batch that failed' },
  'max-age': { type: 'string', value: 'SECONDS', help: 'give up records that are older (none)' },
  'on-failure': {
    type: 'string',
    value: 'TARGET',
    help: 'what is told of batches that are given up: a URL or lambda:NAME@URL',
  },
  'report-item-failures': { type: 'boolean', help: 'the function says which records failed' },
  disabled: { type: 'boolean', help: 'deliver nothing until it is enabled' },
  ...SERVER_OPTIONS,
};

const LIST_OPTIONS: CommandOptions = { json: { type: 'boolean', help: 'print a JSON array' }, ...SERVER_OPTIONS };

const USAGE = `Usage: stator triggers <what> [options]

  stator triggers add      have a function run on the changes of a table
  stator triggers list     list triggers
  stator triggers remove UUID
  stator triggers enable UUID
  stator triggers disable UUID

Keys come from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN. --help lists the options of each.
`;

/** Changes or lists the triggers of a running server and resolves with exit code 0. */
export async function runTriggers(args: readonly string[]): Promise<number> {
  const [what, ...rest] = args;
  try {
    switch (what) {
      case 'add':
        return await runAdd(rest);
      case 'list':
        return await runList(rest);
      case 'remove':
      case 'enable':
      case 'disable':
        return await runChange(what, rest);
      case '--help':
      case '-h':
        process.stdout.write(USAGE);
        return 0;
      default:
        throw new CommandLineError('triggers are to be added, listed, removed, enabled or disabled; see --help');
    }
  } catch (error) {
    throw error instanceof TriggerError ? new CommandLineError(error.message, { cause: error }) : error;
  }
}

async function runAdd(args: readonly string[]): Promise<number> {
  const given = readOptions('Usage: stator triggers add --table NAME --target TARGET [options]', ADD_OPTIONS, args);
  if (given === undefined) return 0;
  const { uuid } = await connect(given).add({
    table: requireText(given, 'table'),
    target: requireText(given, 'target'),
    batchSize: readWholeNumber(given, 'batch-size'),
    batchingWindowSeconds: readWholeNumber(given, 'batching-window'),
    startingPosition: readStartingPosition(given),
    filters: readFilters(given),
    parallelization: readWholeNumber(given, 'parallelization'),
    maxRetries: readWholeNumber(given, 'retries'),
    bisect: readSwitch(given, 'bisect'),
    maxAgeSeconds: readWholeNumber(given, 'max-age'),
    onFailure: readText(given, 'on-failure'),
    reportsItemFailures: readSwitch(given, 'report-item-failures'),
    enabled: readSwitch(given, 'disabled') !== true,
  });
  process.stdout.write(`${uuid}\n`);
  return 0;
}

const HEAD = ['UUID', 'STATE', 'BATCH', 'TABLE', 'TARGET'];

async function runList(args: readonly string[]): Promise<number> {
  const given = readOptions('Usage: stator triggers list [options]', LIST_OPTIONS, args);
  if (given === undefined) return 0;
  const triggers = await connect(given).list();
  if (readSwitch(given, 'json') === true) process.stdout.write(`${JSON.stringify(triggers, null, 2)}\n`);
  else if (triggers.length === 0) process.stdout.write('no triggers\n');
  else {
    const rows = triggers.map(({ uuid, state, batchSize, streamArn, target }) => {
      return [uuid, state, `${batchSize}`, streamArn.split('/')[1] ?? streamArn, target];
    });
    process.stdout.write(alignColumns([HEAD, ...rows]));
  }
  return 0;
}

async function runChange(what: 'remove' | 'enable' | 'disable', args: readonly string[]): Promise<number> {
  const isFirst = args[0]?.startsWith('-') === false;
  const uuid = isFirst ? args[0] : undefined;
  const given = readOptions(
    `Usage: stator triggers ${what} UUID [options]`,
    SERVER_OPTIONS,
    args.slice(isFirst ? 1 : 0),
  );
  if (given === undefined) return 0;
  if (uuid === undefined) throw new CommandLineError(`triggers ${what} needs a UUID, which stator triggers list tells`);
  const triggers = connect(given);
  await (what === 'remove' ? triggers.remove(uuid) : triggers.setEnabled(uuid, what === 'enable'));
  return 0;
}

/** A server without credentials takes any. */
const ANY_KEY = { accessKeyId: 'stator', secretAccessKey: 'stator' };

function connect(given: GivenOptions): Triggers {
  const endpoint = readText(given, 'endpoint') ?? 'http://127.0.0.1:8000';
  if (!URL.canParse(endpoint) || !/^https?:$/.test(new URL(endpoint).protocol)) {
    throw new CommandLineError(`endpoint must be a URL like http://127.0.0.1:8000, not ${endpoint}`);
  }
  const { env } = process;
  const region = readText(given, 'region') ?? (env['AWS_REGION'] || env['AWS_DEFAULT_REGION'] || 'us-east-1');
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: token } = env;
  if (!accessKeyId || !secretAccessKey) return createTriggerClient({ endpoint, region, credential: ANY_KEY });
  const credential = { accessKeyId, secretAccessKey, ...(token && { sessionToken: token }) };
  return createTriggerClient({ endpoint, region, credential });
}

function requireText(given: GivenOptions, flag: string): string {
  const text = readText(given, flag);
  if (text === undefined || text === '') throw new CommandLineError(`--${flag} is missing; --help lists the options`);
  return text;
}

function readStartingPosition(given: GivenOptions): 'LATEST' | 'TRIM_HORIZON' | undefined {
  const text = readText(given, 'starting-position');
  if (text === undefined || text === 'LATEST' || text === 'TRIM_HORIZON') return text;
  throw new CommandLineError(`starting-position must be LATEST or TRIM_HORIZON, not ${text}`);
}

/** The server judges the patterns themselves. */
function readFilters(given: GivenOptions): string[] | undefined {
  const text = readText(given, 'filter');
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value.map((pattern) => JSON.stringify(pattern)) : [text];
  } catch {
    throw new CommandLineError('filter must be JSON');
  }
}
