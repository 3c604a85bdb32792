/** What a store that was killed must still hold: every acknowledged write, and of the others all or nothing. */
import { isDeepStrictEqual } from 'node:util';

/** Items without `owner` or `stamp` are absent from the indexes whose keys these are. */
export interface CrashItem {
  readonly pk: string;
  readonly sk: string;
  readonly counter: number;
  readonly payload: string;
  readonly owner?: string;
  readonly stamp?: number;
}

/** A possible state of one key; undefined: no item. */
export type ItemState = CrashItem | undefined;

/** Exactly one client writes an item, and none whose last write is in doubt, so at most one write of it ever is. */
interface Expectation {
  acknowledged: ItemState;
  inDoubt?: { readonly state: ItemState; readonly transaction: Transaction | undefined };
}

/** Names the writes that are applied together or not at all; compared by identity. */
export type Transaction = object;

export interface Model {
  readonly items: Map<string, Expectation>;
  /** Of one counter that all clients add to. */
  readonly hits: { acknowledged: number; inDoubt: number };
}

export function createModel(): Model {
  return { items: new Map(), hits: { acknowledged: 0, inDoubt: 0 } };
}

export function keyOf(item: { readonly pk: string; readonly sk: string }): string {
  return `${item.pk}/${item.sk}`;
}

/** The state of `key` that was acknowledged last. */
export function acknowledgedState(model: Model, key: string): ItemState {
  return model.items.get(key)?.acknowledged;
}

/** Whether a write of `key` was sent and is not settled. */
export function isInDoubt(model: Model, key: string): boolean {
  return model.items.get(key)?.inDoubt !== undefined;
}

/** Notes that a write of `state` was sent; until it is settled, the store may hold either state. */
export function expectInDoubt(model: Model, key: string, state: ItemState, transaction?: Transaction): void {
  model.items.set(key, { acknowledged: acknowledgedState(model, key), inDoubt: { state, transaction } });
}

/** Notes that the write in doubt was acknowledged (`applied`), or refused. */
export function settle(model: Model, key: string, applied: boolean): void {
  const expectation = model.items.get(key);
  if (expectation?.inDoubt === undefined) throw new Error(`nothing is in doubt for ${key}`);
  model.items.set(key, { acknowledged: applied ? expectation.inDoubt.state : expectation.acknowledged });
}

/**
 * Compares what the store holds with the model, and takes it over as the acknowledged state.
 *
 * Throws an error that lists each item that is neither as acknowledged nor as the write in doubt would have left it,
 * and each transaction in doubt of which some items are as before and some as after it.
 */
export function reconcile(model: Model, found: ReadonlyMap<string, CrashItem>, hits: number): void {
  const problems = findTornTransactions(model, found);
  for (const key of found.keys()) if (!model.items.has(key)) problems.push(`${key} was never written`);
  for (const [key, { acknowledged, inDoubt }] of model.items) {
    const state = found.get(key);
    const allowed = inDoubt === undefined ? [acknowledged] : [acknowledged, inDoubt.state];
    if (!allowed.some((one) => isDeepStrictEqual(one, state))) {
      problems.push(`${key} is ${describe(state)}, not ${allowed.map(describe).join(' or ')}`);
    }
    model.items.set(key, { acknowledged: state });
  }
  const { acknowledged, inDoubt } = model.hits;
  if (hits < acknowledged || hits > acknowledged + inDoubt) {
    problems.push(`the counter is ${hits}, not ${acknowledged} and up to ${inDoubt} more`);
  }
  model.hits.acknowledged = hits;
  model.hits.inDoubt = 0;
  if (problems.length > 0) throw new Error(problems.join('\n'));
}

/** A line for each transaction in doubt that is neither there as a whole nor absent as a whole. */
function findTornTransactions(model: Model, found: ReadonlyMap<string, CrashItem>): string[] {
  const keysOf = new Map<Transaction, string[]>();
  for (const [key, { inDoubt }] of model.items) {
    if (inDoubt?.transaction === undefined) continue;
    keysOf.set(inDoubt.transaction, [...(keysOf.get(inDoubt.transaction) ?? []), key]);
  }
  const isApplied = (key: string) => isDeepStrictEqual(model.items.get(key)?.inDoubt?.state, found.get(key));
  const isAbsent = (key: string) => isDeepStrictEqual(acknowledgedState(model, key), found.get(key));
  const torn = [...keysOf.values()].filter((keys) => !keys.every(isApplied) && !keys.every(isAbsent));
  return torn.map((keys) => `a transaction is there in part: ${keys.join(', ')}`);
}

function describe(state: ItemState): string {
  return state === undefined ? 'absent' : JSON.stringify({ ...state, payload: `${state.payload.length} characters` });
}
