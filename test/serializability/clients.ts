/** A client of a history: it asks for one thing after the other, and writes down when and what it was told. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Operation, Outcome, Recorder, Request } from './history.ts';
import type { ItemState } from './items.ts';
import type { RequestSource } from './requests.ts';
import { send } from './send.ts';

/** How often a transaction without an answer is sent again, by its token. */
const SENT_AGAIN_MAX = 3;

export interface ClientOptions {
  readonly number: number;
  readonly source: RequestSource;
  readonly recorder: Recorder;
  /** A client of some node, another one each time. Resolves when one is up. */
  readonly connect: () => Promise<DynamoDBDocumentClient>;
}

/** Takes `steps` steps. Rejects with what no client should ever meet. */
export async function runClient(options: ClientOptions, steps: number): Promise<void> {
  const { source, recorder } = options;
  const seen = new Map<string, ItemState>();
  for (let step = 0; step < steps; step++) {
    const request = source.next(seen);
    for (const operation of await perform(options, request)) {
      recorder.record(operation);
      remember(seen, operation);
    }
  }
}

/** A transaction may be more than one operation: an attempt that was cancelled is one, whatever became of others. */
async function perform(options: ClientOptions, request: Request): Promise<readonly Operation[]> {
  const first = attempt(options, request);
  if (request.kind !== 'TransactWriteItems') return [await first];
  const attempts = await Promise.all(request.isTwin ? [first, attempt(options, request)] : [first]);
  for (let again = 0; again < SENT_AGAIN_MAX && isOpen(attempts); again++) {
    attempts.push(await attempt(options, request));
  }
  return mergeAttempts(attempts);
}

function isOpen(attempts: readonly Operation[]): boolean {
  const has = (kind: Outcome['kind']): boolean => attempts.some(({ outcome }) => outcome.kind === kind);
  return has('unknown') && !has('written');
}

/**
 * All attempts had one token, so the transaction was done once at most: if any was told that it was done, then some
 * time after the first one was sent, and before the first was told so. What cancelled an attempt is true of itself.
 */
function mergeAttempts(attempts: readonly Operation[]): Operation[] {
  const merged = attempts.filter(({ outcome }) => outcome.kind === 'failed');
  const written = attempts.filter(({ outcome }) => outcome.kind === 'written');
  const [earliest] = written.toSorted((a, b) => a.returnedMs - b.returnedMs);
  const [open] = attempts.filter(({ outcome }) => outcome.kind === 'unknown');
  const one = earliest ?? open;
  const invokedMs = Math.min(...attempts.map((each) => each.invokedMs));
  if (one !== undefined) merged.push({ ...one, invokedMs });
  return merged.length === 0 ? attempts.slice(0, 1) : merged;
}

async function attempt({ number, recorder, connect }: ClientOptions, request: Request): Promise<Operation> {
  const client = await connect();
  const invokedMs = recorder.nowMs();
  const outcome = await send(client, request);
  return { client: number, request, invokedMs, returnedMs: recorder.nowMs(), outcome };
}

/** Keeps in `seen` what an operation has told its client of items. */
export function remember(seen: Map<string, ItemState>, { request, outcome }: Operation): void {
  if ('names' in request && outcome.kind === 'read')
    request.names.forEach((name, i) => seen.set(name, outcome.items[i]));
  if (request.kind === 'GetItem' && outcome.kind === 'read') seen.set(request.name, outcome.items[0]);
  if (request.kind === 'Write' && outcome.kind === 'written') {
    const item = outcome.after ?? outcome.before;
    if (item !== undefined) seen.set(request.action.name, item.item);
  }
}
