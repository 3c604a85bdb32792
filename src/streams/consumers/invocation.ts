/** One call of a function, and what its answer means. */

/** What a function may answer with. Source: Lambda quotas, the payload of a synchronous answer. */
export const ANSWER_BYTES = 6 * 1_048_576;

/** Calls a function with an event; `signal` gives it up. Never rejects. */
export interface FunctionTarget {
  /** How long a call takes at most. */
  readonly timeoutMs: number;
  invoke(event: string, signal: AbortSignal): Promise<Invocation>;
  /** Releases what it holds. */
  close(): Promise<void>;
}

export type Invocation =
  /** The function ran, and `payload` is the JSON that it answered; empty if it answered none. */
  | (InvocationAnswer & { readonly kind: 'returned'; readonly payload: string })
  /** The function ran, and failed. */
  | (InvocationAnswer & { readonly kind: 'failed'; readonly functionError: string; readonly reason: string })
  /** The function could not be run. */
  | { readonly kind: 'unreachable'; readonly reason: string };

/** What is told of a call whoever reads what became of a batch. */
export interface InvocationAnswer {
  readonly requestId?: string;
  readonly statusCode: number;
  readonly executedVersion: string;
}

/** What an answer says of a batch: from which of its records on it has to be delivered again. */
export type BatchAnswer =
  | { readonly kind: 'all' }
  /** The records before the one with this number were processed. */
  | { readonly kind: 'until'; readonly index: number }
  | { readonly kind: 'none' };

/**
 * Reads the answer of a function that reports the failures of items. `sequenceNumbers` are those of the batch.
 *
 * Source: "Configuring partial batch response with DynamoDB and Lambda" in the developer guide: an empty or missing
 * list, and no answer, are success; an identifier that is empty, null, missing or unknown is a failure of the batch;
 * of several failures the one with the lowest sequence number counts.
 */
export function readBatchAnswer(payload: string, sequenceNumbers: readonly string[]): BatchAnswer {
  const failures = readFailures(payload);
  if (failures === undefined) return { kind: 'none' };
  if (failures.length === 0) return { kind: 'all' };
  const indexes = new Map(sequenceNumbers.map((number, index) => [number, index]));
  let lowest = sequenceNumbers.length;
  for (const identifier of failures) {
    const index = indexes.get(identifier);
    if (index === undefined) return { kind: 'none' };
    lowest = Math.min(lowest, index);
  }
  return { kind: 'until', index: lowest };
}

/** The identifiers of what failed; undefined if there is one that can't be read. */
function readFailures(payload: string): string[] | undefined {
  const answer = parseJson(payload);
  const failures = (answer as { readonly batchItemFailures?: unknown } | null | undefined)?.batchItemFailures;
  if (failures === undefined || failures === null) return [];
  if (!Array.isArray(failures)) return undefined;
  const identifiers = failures.map((failure: unknown) => {
    const identifier = (failure as { readonly itemIdentifier?: unknown } | null)?.itemIdentifier;
    return typeof identifier === 'string' ? identifier : '';
  });
  return identifiers.includes('') ? undefined : identifiers;
}

/** Undefined for what is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
