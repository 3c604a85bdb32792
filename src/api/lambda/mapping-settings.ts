/** The parameters that CreateEventSourceMapping and UpdateEventSourceMapping share, as a trigger holds them. */
import type { CreateEventSourceMappingRequest, UpdateEventSourceMappingRequest } from '@aws-sdk/client-lambda';
import type { TriggerChanges } from '../../streams/consumers/change-triggers.ts';
import { normalizeDestination } from './function-name.ts';
import { isFilterPattern } from './filter-pattern.ts';
import { invalidParameter } from './invalid-parameter.ts';
import { LAMBDA_MESSAGES } from './messages.ts';

type MappingParameters = CreateEventSourceMappingRequest | UpdateEventSourceMappingRequest;

/** Of other kinds of event sources: refused for a stream of a table. */
const OTHER_SOURCES = [
  'Topics',
  'Queues',
  'SourceAccessConfigurations',
  'SelfManagedEventSource',
  'AmazonManagedKafkaEventSourceConfig',
  'SelfManagedKafkaEventSourceConfig',
  'ScalingConfig',
  'DocumentDBEventSourceConfig',
  'LoggingConfig',
  'ProvisionedPollerConfig',
  'StartingPositionTimestamp',
] as const;

/** Of what this server does not have: keys of KMS, metrics of CloudWatch. */
const NOT_THERE = ['KMSKeyArn', 'MetricsConfig'] as const;

/** Filters of a mapping, by the default quota. Source: "Lambda event filtering" in the Lambda developer guide. */
const MAX_FILTERS = 5;
const MIN_AGE_SECONDS = 60;

/**
 * What `input`, of an operation's shape, says of a trigger's settings; members that it doesn't name are undefined.
 * Throws InvalidParameterValueException.
 */
export function readMappingSettings(input: MappingParameters): TriggerChanges {
  validateParameters(input);
  const { MaximumBatchingWindowInSeconds: windowSeconds, MaximumRecordAgeInSeconds: ageSeconds } = input;
  return {
    enabled: input.Enabled,
    batchSize: input.BatchSize,
    batchingWindowMs: windowSeconds && windowSeconds * 1_000,
    filters: readFilters(input),
    parallelization: input.ParallelizationFactor,
    maxRetries: input.MaximumRetryAttempts,
    bisect: input.BisectBatchOnFunctionError,
    maxAgeMs: readAgeMs(ageSeconds),
    onFailure: readDestination(input),
    reportsItemFailures: input.FunctionResponseTypes && input.FunctionResponseTypes.length > 0,
  };
}

function validateParameters(input: MappingParameters): void {
  const given: ReadonlyMap<string, unknown> = new Map(Object.entries(input));
  for (const name of [...OTHER_SOURCES, ...NOT_THERE]) {
    if (asksForSomething(given.get(name))) throw invalidParameter(LAMBDA_MESSAGES.unsupported(name));
  }
  if (asksForSomething(given.get('Tags'))) throw invalidParameter(LAMBDA_MESSAGES.tags);
  if ((input.TumblingWindowInSeconds ?? 0) !== 0) throw invalidParameter(LAMBDA_MESSAGES.tumblingWindow);
}

function asksForSomething(value: unknown): boolean {
  if (value === undefined || value === '') return false;
  return typeof value !== 'object' || value === null || Object.values(value).some(asksForSomething);
}

function readFilters({ FilterCriteria: criteria }: MappingParameters): readonly string[] | undefined {
  if (criteria === undefined) return undefined;
  const filters = criteria.Filters ?? [];
  if (filters.length > MAX_FILTERS) throw invalidParameter(LAMBDA_MESSAGES.tooManyFilters(MAX_FILTERS));
  return filters.map((filter) => {
    const pattern = filter.Pattern ?? '';
    if (!isFilterPattern(pattern)) throw invalidParameter(LAMBDA_MESSAGES.filterPattern);
    return pattern;
  });
}

function readAgeMs(seconds: number | undefined): number | undefined {
  if (seconds === undefined || seconds === -1) return seconds;
  if (seconds < MIN_AGE_SECONDS) throw invalidParameter(LAMBDA_MESSAGES.recordAge);
  return seconds * 1_000;
}

/** Empty where it is to be taken away. */
function readDestination({ DestinationConfig: config }: MappingParameters): string | undefined {
  if (config === undefined) return undefined;
  if (asksForSomething(config.OnSuccess)) throw invalidParameter(LAMBDA_MESSAGES.unsupported('DestinationConfig'));
  const destination = config.OnFailure?.Destination ?? '';
  if (destination === '') return '';
  const normalized = normalizeDestination(destination);
  if (normalized === undefined) throw invalidParameter(LAMBDA_MESSAGES.destination(destination));
  return normalized;
}
