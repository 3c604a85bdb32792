/** Draws what the clients of a history ask for. Chance decides; what a client has seen is the other input. */
import type { Request } from './history.ts';
import type { Action, Condition, ItemState } from './items.ts';
import { COLLECTION_NAMES, ITEM_NAMES, TEAMS } from './tables.ts';

export interface RequestSource {
  /** `seen` is what the client has read or been shown last, by name. */
  next(seen: ReadonlyMap<string, ItemState>): Request;
}

type Weighted<T> = readonly (readonly [weight: number, value: T])[];

const KINDS: Weighted<Request['kind']> = [
  [14, 'GetItem'],
  [8, 'Query'],
  [6, 'BatchGetItem'],
  [16, 'TransactGetItems'],
  [24, 'Write'],
  [32, 'TransactWriteItems'],
];
const CHANGES: Weighted<'put' | 'update' | 'delete'> = [
  [3, 'put'],
  [6, 'update'],
  [3, 'delete'],
];
const CONDITIONS: Weighted<Condition['kind'] | 'none'> = [
  [6, 'none'],
  [2, 'exists'],
  [1, 'missing'],
  [4, 'tagIs'],
  [2, 'below'],
  [2, 'notBelow'],
];
const N_MAX = 5;
const ACTIONS = { least: 2, most: 4 };
const CHECK_SHARE = 0.4;
/** Of the actions of a transaction: if each had a condition, few transactions would be carried out. */
const CONDITION_SHARE = 0.5;
const TWIN_SHARE = 0.05;
/**
 * Of the read transactions: those that read a pair and are followed by a transaction that writes one of it if the other
 * is as it was. Two such that cross are a write skew, unless one of them is cancelled.
 */
const GUARDED_SHARE = 0.5;

/** `scope` begins every tag, which must be unlike those of any other source. */
export function createRequestSource(scope: string, random: () => number): RequestSource {
  let number = 0;
  /** What the next transaction is about, if the last request has read it for that. */
  let guarded: readonly string[] | undefined;
  const isLucky = (share: number): boolean => random() < share;
  const whole = (least: number, most: number): number => least + Math.floor(random() * (most - least + 1));
  const choose = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
  const draw = <T>(values: Weighted<T>): T => {
    let left = random() * values.reduce((sum, [weight]) => sum + weight, 0);
    return (values.find(([weight]) => (left -= weight) < 0) ?? (values[0] as Weighted<T>[number]))[1];
  };
  const someOf = (names: readonly string[], count: number): string[] => {
    const left = [...names];
    return Array.from({ length: count }, () => left.splice(Math.floor(random() * left.length), 1)[0] as string);
  };

  function conditionOn(item: ItemState): Condition | undefined {
    const kind = draw(CONDITIONS);
    if (kind === 'none') return undefined;
    if (kind === 'exists' || kind === 'missing') return { kind };
    if (kind !== 'tagIs') return { kind, n: whole(1, N_MAX) };
    return item === undefined ? { kind: 'missing' } : { kind, tag: item.tag };
  }
  function changeOf(name: string, tag: string, condition: Condition | undefined): Action {
    const kind = draw(CHANGES);
    if (kind === 'delete') return { kind, name, condition };
    const team = isLucky(0.8) ? choose(TEAMS) : undefined;
    return { kind, name, tag, team, condition };
  }
  /** Neighbours in the list, so that clients meet on the same ones. */
  function choosePair(): readonly string[] {
    const first = whole(0, ITEM_NAMES.length - 1);
    const pair = [ITEM_NAMES[first], ITEM_NAMES[(first + 1) % ITEM_NAMES.length]] as string[];
    return isLucky(0.5) ? pair : pair.toReversed();
  }
  function readTransaction(): Request {
    const kind = 'TransactGetItems';
    if (!isLucky(GUARDED_SHARE)) return { kind, names: someOf(ITEM_NAMES, whole(2, ITEM_NAMES.length)) };
    guarded = choosePair();
    return { kind, names: guarded };
  }
  function guardedTransaction(
    [guard = '', name = '']: readonly string[],
    tag: string,
    seen: ReadonlyMap<string, ItemState>,
  ): Request {
    const item = seen.get(guard);
    const condition: Condition = item === undefined ? { kind: 'missing' } : { kind: 'tagIs', tag: item.tag };
    const actions = [{ kind: 'check', name: guard, condition } as const, changeOf(name, tag, undefined)];
    return { kind: 'TransactWriteItems', actions, token: tag, returnsItemsOnFailure: isLucky(0.5), isTwin: false };
  }
  function write(tag: string, seen: ReadonlyMap<string, ItemState>): Request {
    const name = choose(ITEM_NAMES);
    const action = changeOf(name, tag, conditionOn(seen.get(name)));
    const kinds = action.kind === 'update' ? (['ALL_OLD', 'ALL_NEW'] as const) : (['ALL_OLD'] as const);
    const returnValues = isLucky(0.4) ? choose(kinds) : undefined;
    return { kind: 'Write', action, returnValues, returnsItemOnFailure: isLucky(0.5) };
  }
  function transaction(tag: string, seen: ReadonlyMap<string, ItemState>): Request {
    const names = someOf(ITEM_NAMES, whole(ACTIONS.least, ACTIONS.most));
    const actions = names.map((name): Action => {
      const condition = isLucky(CONDITION_SHARE) ? conditionOn(seen.get(name)) : undefined;
      const isCheck = condition !== undefined && isLucky(CHECK_SHARE);
      return isCheck ? { kind: 'check', name, condition } : changeOf(name, tag, condition);
    });
    const returnsItemsOnFailure = isLucky(0.5);
    return { kind: 'TransactWriteItems', actions, token: tag, returnsItemsOnFailure, isTwin: isLucky(TWIN_SHARE) };
  }

  return {
    next(seen) {
      const tag = `${scope}.${++number}`;
      const pair = guarded;
      guarded = undefined;
      if (pair !== undefined) return guardedTransaction(pair, tag, seen);
      const kind = draw(KINDS);
      switch (kind) {
        case 'GetItem':
          return { kind, name: choose(ITEM_NAMES) };
        case 'Query':
          return { kind, names: COLLECTION_NAMES };
        case 'TransactGetItems':
          return readTransaction();
        case 'BatchGetItem':
          return { kind, names: someOf(ITEM_NAMES, whole(2, ITEM_NAMES.length)) };
        case 'Write':
          return write(tag, seen);
        case 'TransactWriteItems':
          return transaction(tag, seen);
      }
    },
  };
}
