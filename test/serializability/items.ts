/** The few items that all clients of a history fight for, and what writes and conditions mean for one of them. */

/** An item of the workload. Every write gives it a tag that no other write has, so a reader can tell whose it is. */
export interface HotItem {
  readonly tag: string;
  /** Counts the updates since the item was put. */
  readonly n: number;
  /** The tags of the writes since the item was put, that one first. */
  readonly log: readonly string[];
  /** The partition key of the index; absent: the item is not in it. */
  readonly team?: string | undefined;
}

/** Undefined where there is no item. */
export type ItemState = HotItem | undefined;

export type Condition =
  | { readonly kind: 'exists' }
  | { readonly kind: 'missing' }
  /** Nobody has written since the client looked: the usual optimistic lock. */
  | { readonly kind: 'tagIs'; readonly tag: string }
  | { readonly kind: 'below'; readonly n: number }
  /** True of a missing item, too. */
  | { readonly kind: 'notBelow'; readonly n: number };

/** One write of one item, or a ConditionCheck. `name` is the item's. */
export type Action = { readonly name: string; readonly condition?: Condition | undefined } & (
  | { readonly kind: 'put'; readonly tag: string; readonly team?: string | undefined }
  | { readonly kind: 'update'; readonly tag: string; readonly team?: string | undefined }
  | { readonly kind: 'delete' }
  | { readonly kind: 'check' }
);

export function isConditionTrue(condition: Condition | undefined, item: ItemState): boolean {
  switch (condition?.kind) {
    case undefined:
      return true;
    case 'exists':
      return item !== undefined;
    case 'missing':
      return item === undefined;
    case 'tagIs':
      return item?.tag === condition.tag;
    case 'below':
      return item !== undefined && item.n < condition.n;
    case 'notBelow':
      return item === undefined || item.n >= condition.n;
  }
}

/** What `action` leaves of `item`, its condition being true. */
export function applyAction(action: Action, item: ItemState): ItemState {
  switch (action.kind) {
    case 'put':
      return { tag: action.tag, n: 0, log: [action.tag], team: action.team };
    case 'update': {
      const { tag, team } = action;
      return { tag, n: (item?.n ?? 0) + 1, log: [...(item?.log ?? []), tag], team };
    }
    case 'delete':
      return undefined;
    case 'check':
      return item;
  }
}

export function isSameItem(one: ItemState, other: ItemState): boolean {
  if (one === undefined || other === undefined) return one === other;
  return (
    one.tag === other.tag &&
    one.n === other.n &&
    one.team === other.team &&
    one.log.length === other.log.length &&
    one.log.every((tag, i) => tag === other.log[i])
  );
}

/** For messages, and as the identity of a state. */
export function describeItem(item: ItemState): string {
  return item === undefined ? 'nothing' : `${item.tag} n=${item.n} ${item.team ?? '-'} [${item.log.join(' ')}]`;
}
