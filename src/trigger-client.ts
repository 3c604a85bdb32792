/** The triggers of a server, over its API: what `stator triggers` and the member `triggers` of a server use. */
import type { SignedService } from './auth/authenticate.ts';
import type { Credential } from './auth/credentials.ts';
import { signRequest } from './auth/sign-request.ts';
import { systemClock } from './foundation/clock.ts';
import { TriggerError } from './trigger-error.ts';

/** How a function is run on the changes of a table. What is absent is as CreateEventSourceMapping has it by default. */
export interface TriggerSettings {
  /** The most records of a batch: 1 to 10,000; 100 by default. */
  readonly batchSize?: number | undefined;
  /** How long to gather records at most: 0, the default, to 300. */
  readonly batchingWindowSeconds?: number | undefined;
  /** Which changes come first: those from now on, or the oldest that there are (the default). */
  readonly startingPosition?: 'LATEST' | 'TRIM_HORIZON' | undefined;
  /** Patterns of Lambda's event filtering, each as JSON; a record that matches none is left out. */
  readonly filters?: readonly string[] | undefined;
  /** Batches of one shard that are delivered at once: 1, the default, to 10. */
  readonly parallelization?: number | undefined;
  /** -1, the default: without end. */
  readonly maxRetries?: number | undefined;
  /** Split a batch that failed, and try both halves. */
  readonly bisect?: boolean | undefined;
  /** Older records are given up: 60 to 604,800, or -1, the default, for none. */
  readonly maxAgeSeconds?: number | undefined;
  /** What is told of batches which are given up: a URL, or `lambda:NAME@URL`. */
  readonly onFailure?: string | undefined;
  /** Whether the function says which records of a batch failed (`batchItemFailures`). */
  readonly reportsItemFailures?: boolean | undefined;
  /** True by default. */
  readonly enabled?: boolean | undefined;
}

export interface NewTrigger extends TriggerSettings {
  /** The name of a table with a stream. */
  readonly table: string;
  /** `https://HOST/PATH`, `lambda:NAME@URL`, `file:PATH`, or a function as the Lambda API names it. */
  readonly target: string;
}

export interface Trigger {
  readonly uuid: string;
  readonly streamArn: string;
  readonly target: string;
  readonly state: string;
  readonly batchSize: number;
}

export interface Triggers {
  /** Has `target` run on the changes of `table`. All of these reject with TriggerError. */
  add(trigger: NewTrigger): Promise<Trigger>;
  /** All triggers. */
  list(): Promise<Trigger[]>;
  remove(uuid: string): Promise<void>;
  setEnabled(uuid: string, enabled: boolean): Promise<void>;
}

export interface TriggerClientOptions {
  /** Such as `http://127.0.0.1:8000`. */
  readonly endpoint: string;
  readonly region: string;
  readonly credential: Credential;
}

const MAPPINGS = '/2015-03-31/event-source-mappings/';
const TIMEOUT_MS = 30_000;

/** A client of the server at `endpoint`; it holds nothing open. */
export function createTriggerClient(options: TriggerClientOptions): Triggers {
  const call = (method: string, path: string, input?: object): Promise<Json> =>
    send(options, { service: 'lambda', method, path, headers: {}, input });
  return {
    async add({ table, target, ...settings }) {
      const streamArn = await findStream(options, table);
      const mapping = { EventSourceArn: streamArn, FunctionName: target, ...formatSettings(settings) };
      return readTrigger(await call('POST', MAPPINGS, mapping));
    },
    async list() {
      const triggers: Trigger[] = [];
      let marker = '';
      do {
        const page = await call('GET', marker === '' ? MAPPINGS : `${MAPPINGS}?Marker=${encodeURIComponent(marker)}`);
        triggers.push(...(page['EventSourceMappings'] as Json[]).map(readTrigger));
        marker = String(page['NextMarker'] ?? '');
      } while (marker !== '');
      return triggers;
    },
    async remove(uuid) {
      await call('DELETE', MAPPINGS + encodeURIComponent(uuid));
    },
    async setEnabled(uuid, enabled) {
      await call('PUT', MAPPINGS + encodeURIComponent(uuid), { Enabled: enabled });
    },
  };
}

type Json = Readonly<Record<string, unknown>>;

function formatSettings(settings: TriggerSettings): object {
  const { filters, onFailure, reportsItemFailures } = settings;
  return {
    BatchSize: settings.batchSize,
    MaximumBatchingWindowInSeconds: settings.batchingWindowSeconds,
    StartingPosition: settings.startingPosition ?? 'TRIM_HORIZON',
    FilterCriteria: filters && { Filters: filters.map((Pattern) => ({ Pattern })) },
    ParallelizationFactor: settings.parallelization,
    MaximumRetryAttempts: settings.maxRetries,
    BisectBatchOnFunctionError: settings.bisect,
    MaximumRecordAgeInSeconds: settings.maxAgeSeconds,
    DestinationConfig: onFailure === undefined ? undefined : { OnFailure: { Destination: onFailure } },
    FunctionResponseTypes: reportsItemFailures === true ? ['ReportBatchItemFailures'] : undefined,
    Enabled: settings.enabled,
  };
}

function readTrigger(mapping: Json): Trigger {
  return {
    uuid: String(mapping['UUID']),
    streamArn: String(mapping['EventSourceArn']),
    target: String(mapping['FunctionArn']),
    state: String(mapping['State']),
    batchSize: Number(mapping['BatchSize']),
  };
}

async function findStream(options: TriggerClientOptions, table: string): Promise<string> {
  const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'DynamoDB_20120810.DescribeTable' };
  const request: ApiRequest = { service: 'dynamodb', method: 'POST', path: '/', headers, input: { TableName: table } };
  const { StreamSpecification: stream, LatestStreamArn: arn } = (await send(options, request))['Table'] as Json;
  if (typeof arn === 'string' && (stream as Json | undefined)?.['StreamEnabled'] === true) return arn;
  throw new TriggerError(`table ${table} has no stream: enable one with UpdateTable and a StreamSpecification`);
}

interface ApiRequest {
  readonly service: SignedService;
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly input?: object | undefined;
}

async function send({ endpoint, region, credential }: TriggerClientOptions, request: ApiRequest): Promise<Json> {
  const { service, method, path, input } = request;
  const url = new URL(path, endpoint);
  const body = input === undefined ? '' : JSON.stringify(input);
  const unsigned = { method, url, headers: { 'content-type': 'application/json', ...request.headers }, body };
  const headers = signRequest(unsigned, { credential, region, service, nowMs: systemClock.nowMs() });
  const { status, answer, errorType } = await exchange(url, { method, headers, ...(body !== '' && { body }) });
  if (status < 300) return answer;
  const [code] = String(errorType ?? answer['__type'] ?? `HTTP ${status}`)
    .split('#')
    .slice(-1);
  throw new TriggerError(`${code}: ${String(answer['message'] ?? answer['Message'] ?? '')}`, code);
}

interface Received {
  readonly status: number;
  readonly answer: Json;
  readonly errorType: string | null;
}

async function exchange(url: URL, init: RequestInit): Promise<Received> {
  try {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) });
    const answer = (await response.json()) as Json;
    return { status: response.status, answer, errorType: response.headers.get('x-amzn-errortype') };
  } catch (error) {
    throw new TriggerError(`no StatorDB answers at ${url.origin}`, undefined, { cause: error });
  }
}
