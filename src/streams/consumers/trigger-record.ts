/**
 * A trigger: which function is run on the changes of which stream, and how. Lambda calls it an event source mapping.
 *
 * Each has a record in the system space, by its UUID, and an entry that says which one a stream and a function have in
 * common, for there is at most one. What has been delivered is not noted here, so that only who changes a trigger
 * writes its record.
 */
import { createHash } from 'node:crypto';
import type { Entry, EntryKey, StorageEngine } from '../../storage/engine.ts';
import { SYSTEM_SPACE } from '../../tables/spaces.ts';
import { keyAfter, prefixEnd } from '../../values/key-encoding.ts';
import { decodeVersionedJson, encodeVersionedJson } from '../../values/versioned-json.ts';

/** What is run. */
export type TriggerTarget =
  | {
      /** A function behind `endpoint`, the URL of a server that speaks Lambda's Invoke API, without a slash at its end. */
      readonly kind: 'lambda';
      readonly name: string;
      /** A version or an alias of it, where one was named. */
      readonly qualifier?: string;
      readonly endpoint: string;
    }
  | {
      /** The event is sent to `url`. */
      readonly kind: 'http';
      readonly url: string;
    }
  | {
      /**
       * A module, by its path from the folder that the server option `functions` names: with slashes, and without
       * `..`. It was in that folder when the trigger was made; who loads it has to look again, past symbolic links.
       */
      readonly kind: 'file';
      readonly path: string;
    };

type LambdaTarget = TriggerTarget & { readonly kind: 'lambda' };

/** What `lambda:NAME@URL` or `lambda:NAME:QUALIFIER@URL` names; the URL is as it stands there. Undefined for other texts. */
export function parseLambdaTarget(text: string): LambdaTarget | undefined {
  const [, name, qualifier, endpoint] =
    /^lambda:([a-zA-Z0-9-_]{1,64})(?::(\$LATEST(?:\.PUBLISHED)?|[a-zA-Z0-9-_]{1,128}))?@(.+)$/.exec(text) ?? [];
  if (name === undefined || endpoint === undefined) return undefined;
  return { kind: 'lambda', name, ...(qualifier !== undefined && { qualifier }), endpoint };
}

/** The text that `parseLambdaTarget` takes. */
export function formatLambdaTarget({ name, qualifier, endpoint }: LambdaTarget): string {
  return `lambda:${qualifier === undefined ? name : `${name}:${qualifier}`}@${endpoint}`;
}

export interface TriggerRecord {
  readonly uuid: string;
  readonly streamArn: string;
  readonly target: TriggerTarget;
  /** How the API names the target: the ARN of a function, or what stands in its place. One for each target. */
  readonly functionArn: string;
  readonly enabled: boolean;
  readonly batchSize: number;
  readonly batchingWindowMs: number;
  readonly startingPosition: 'TRIM_HORIZON' | 'LATEST';
  /** Patterns of Lambda's event filtering, each as JSON; a record passes that matches one of them. None: all pass. */
  readonly filters: readonly string[];
  /** Batches of one shard that are delivered at once, at most. */
  readonly parallelization: number;
  /** -1: without end. */
  readonly maxRetries: number;
  readonly bisect: boolean;
  /** -1: as long as there are records. */
  readonly maxAgeMs: number;
  /** What is told of batches which are given up: a URL, or a function as `parseLambdaTarget` takes it. */
  readonly onFailure?: string;
  readonly reportsItemFailures: boolean;
  /** As the API tells of it; changes take no time. */
  readonly state: 'Enabled' | 'Disabled';
  readonly stateReason: string;
  readonly lastModifiedMs: number;
  readonly createdAtMs: number;
}

const PREFIX = 'trigger/';
const PAIR_PREFIX = 'trigger-of/';
const FORMAT_VERSION = 1;

/** Where the trigger with this UUID lies. */
export function triggerKey(uuid: string): EntryKey {
  return { space: SYSTEM_SPACE, key: new TextEncoder().encode(PREFIX + uuid) };
}

/** The trigger in the value of `triggerKey`. */
export function decodeTrigger(bytes: Uint8Array): TriggerRecord {
  return decodeVersionedJson(FORMAT_VERSION, bytes, 'trigger') as TriggerRecord;
}

/** See `decodeTrigger`. */
export function encodeTrigger(trigger: TriggerRecord): Uint8Array {
  return encodeVersionedJson(FORMAT_VERSION, trigger);
}

/** Where it is noted which trigger the stream and the function have. */
export function triggerPairKey({ streamArn, functionArn }: Pick<TriggerRecord, 'streamArn' | 'functionArn'>): EntryKey {
  // Names of functions can be longer than keys.
  const pair = createHash('sha256').update(`${streamArn}\n${functionArn}`).digest('hex');
  return { space: SYSTEM_SPACE, key: new TextEncoder().encode(PAIR_PREFIX + pair) };
}

/** The UUID in the value of `triggerPairKey`. */
export function decodeTriggerPair(bytes: Uint8Array): string {
  return (decodeVersionedJson(FORMAT_VERSION, bytes, 'trigger of a stream and a function') as TriggerPair).uuid;
}

/** See `decodeTriggerPair`. */
export function encodeTriggerPair(uuid: string): Uint8Array {
  const pair: TriggerPair = { uuid };
  return encodeVersionedJson(FORMAT_VERSION, pair);
}

interface TriggerPair {
  readonly uuid: string;
}

/** The trigger with this UUID, or undefined. */
export async function findTrigger(
  engine: Pick<StorageEngine, 'get'>,
  uuid: string,
): Promise<TriggerRecord | undefined> {
  const { space, key } = triggerKey(uuid);
  const bytes = await engine.get(space, key);
  return bytes && decodeTrigger(bytes);
}

/** How many records are read at a step. */
const SCANNED_AT_ONCE = 500;

/** All triggers in the order of their UUIDs, from behind `after`; one that is written meanwhile may be missing. */
export async function* listTriggers(
  engine: Pick<StorageEngine, 'scan'>,
  after?: string,
): AsyncGenerator<TriggerRecord, void> {
  for await (const { value } of scanTriggerEntries(engine, after)) yield decodeTrigger(value);
}

/** As `listTriggers`, but what lies in the store. */
export function scanTriggerEntries(engine: Pick<StorageEngine, 'scan'>, after?: string): AsyncGenerator<Entry, void> {
  return scanPrefix(engine, PREFIX, after);
}

/** The entries of `triggerPairKey`, all of them. */
export function scanTriggerPairs(engine: Pick<StorageEngine, 'scan'>): AsyncGenerator<Entry, void> {
  return scanPrefix(engine, PAIR_PREFIX, undefined);
}

async function* scanPrefix(
  engine: Pick<StorageEngine, 'scan'>,
  prefix: string,
  after: string | undefined,
): AsyncGenerator<Entry, void> {
  const bytes = new TextEncoder().encode(prefix);
  const before = prefixEnd(bytes);
  let from = after === undefined ? bytes : keyAfter(new TextEncoder().encode(prefix + after));
  for (;;) {
    const entries = await engine.scan(SYSTEM_SPACE, { from, before }, { limit: SCANNED_AT_ONCE });
    yield* entries;
    const last = entries.at(-1);
    if (last === undefined || entries.length < SCANNED_AT_ONCE) return;
    from = keyAfter(last.key);
  }
}
