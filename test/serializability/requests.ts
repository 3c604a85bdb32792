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
  [2, 'delete'],
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

/** `scope` begins every tag, which must be unlike those of any other source. */
export function createRequestSource(scope: string, random: () => number): RequestSource {
  let number = 0;
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
      const kind = draw(KINDS);
      const tag = `${scope}.${++number}`;
      switch (kind) {
        case 'GetItem':
          return { kind, name: choose(ITEM_NAMES) };
        case 'Query':
          return { kind, names: COLLECTION_NAMES };
        case 'BatchGetItem':
        case 'TransactGetItems':
          return { kind, names: someOf(ITEM_NAMES, whole(2, ITEM_NAMES.length)) };
        case 'Write':
          return write(tag, seen);
        case 'TransactWriteItems':
          return transaction(tag, seen);
      }
    },
  };
}
