/** What clients asked for, when, and what they were told: the history that a serial order has to explain. */
import type { Action, ItemState } from './items.ts';

export type Request =
  | { readonly kind: 'GetItem'; readonly name: string }
  /** Of all items of the collection, with ConsistentRead. */
  | { readonly kind: 'Query'; readonly names: readonly string[] }
  | { readonly kind: 'BatchGetItem'; readonly names: readonly string[] }
  | { readonly kind: 'TransactGetItems'; readonly names: readonly string[] }
  | {
      /** PutItem, UpdateItem or DeleteItem, as the action says. */
      readonly kind: 'Write';
      readonly action: Action;
      readonly returnValues?: 'ALL_OLD' | 'ALL_NEW' | undefined;
      readonly returnsItemOnFailure: boolean;
    }
  | {
      readonly kind: 'TransactWriteItems';
      readonly actions: readonly Action[];
      readonly token: string;
      readonly returnsItemsOnFailure: boolean;
      /** It is sent twice at once, with one token. */
      readonly isTwin: boolean;
    };

export interface Reason {
  /** Whether the action's condition was what failed; otherwise it had no fault. */
  readonly isFailed: boolean;
  /** The item that the reason shows, if it was asked to. */
  readonly shown?: { readonly item: ItemState } | undefined;
}

export type Outcome =
  /** What was read, in the order of the request's names. */
  | { readonly kind: 'read'; readonly items: readonly ItemState[] }
  | {
      readonly kind: 'written';
      /** The item that the write returned, before or after it as ReturnValues says. */
      readonly before?: { readonly item: ItemState } | undefined;
      readonly after?: { readonly item: ItemState } | undefined;
    }
  /** Surely not done, because of conditions; one reason for each action. */
  | { readonly kind: 'failed'; readonly reasons: readonly Reason[] }
  /** Surely not done, and nothing is said of any item: others were in the way, or nobody was there to be asked. */
  | { readonly kind: 'refused' }
  /** Done or not, or still to be done before the history ends. */
  | { readonly kind: 'unknown' };

export interface Operation {
  readonly client: number;
  readonly request: Request;
  /** By one monotonic clock for all clients. */
  readonly invokedMs: number;
  readonly returnedMs: number;
  readonly outcome: Outcome;
}

/** Operations of a time that nothing reaches into from before, and out of which nothing reaches. */
export interface History {
  /** The items at its start, by name. */
  readonly initial: ReadonlyMap<string, ItemState>;
  readonly operations: readonly Operation[];
}

export interface Recorder {
  nowMs(): number;
  record(operation: Operation): void;
  operations(): readonly Operation[];
}

export function createRecorder(): Recorder {
  const operations: Operation[] = [];
  return {
    nowMs: () => performance.now(),
    record: (operation) => void operations.push(operation),
    operations: () => operations,
  };
}
