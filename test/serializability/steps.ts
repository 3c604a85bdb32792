/**
 * The steps that operations consist of: what must have one moment in the serial order, and what it must have met there.
 *
 * What the service promises is the page "Amazon DynamoDB Transactions: How it works" of the developer guide, under
 * "Isolation levels for transactions":
 *
 * - TransactWriteItems and TransactGetItems are serializable with each other, with PutItem, UpdateItem, DeleteItem and
 *   with GetItem: each of them is one step.
 * - BatchGetItem and Query are read-committed as a unit, and serializable for each item: a transaction may be seen in
 *   one item and not yet in another. So they are one step for each item; a Query that finds nothing of an item has read
 *   that it isn't there. That is the one known exception. StatorDB reads a page in one snapshot, which is more than is
 *   promised; `whole` asks for that.
 * - That a consistent read sees all writes that were answered before it is the page "Read consistency".
 *
 * A transaction that was cancelled is a step, too: all of its reasons are of one state, for actions without a fault as
 * well. The service promises only that each is true of its item; in StatorDB one procedure decides all.
 */
import type { History, Operation, Outcome, Reason, Request } from './history.ts';
import {
  type Action,
  type HotItem,
  type ItemState,
  applyAction,
  describeItem,
  isConditionTrue,
  isSameItem,
} from './items.ts';
import { type Step, type Values, type Verdict, findSerialOrder } from './serial-order.ts';

export interface StepOptions {
  /** Takes each Query and BatchGetItem for one step. */
  readonly whole?: boolean | undefined;
}

/** Looks for a serial order that explains `history`; see `findSerialOrder`. */
export function checkHistory(
  { initial, operations }: History,
  options: StepOptions & { readonly configurationsMax?: number } = {},
): Verdict<ItemState> {
  const steps = operations.flatMap((operation) => stepsOf(operation, options));
  const values: Values<ItemState> = {
    initial,
    versionOf: (item) => item?.tag,
    impliedBy: (item) => item?.log ?? [],
    describe: describeItem,
  };
  return findSerialOrder(steps, values, options.configurationsMax);
}

/** None for an operation that nothing is known of and that wrote nothing. */
function stepsOf(operation: Operation, { whole = false }: StepOptions): Step<ItemState>[] {
  const { request, outcome } = operation;
  if (outcome.kind === 'refused') return [];
  switch (request.kind) {
    case 'GetItem':
      return readSteps(operation, [request.name], true);
    case 'TransactGetItems':
      return readSteps(operation, request.names, true);
    case 'BatchGetItem':
    case 'Query':
      return readSteps(operation, request.names, whole);
    case 'Write':
      return [writeStep(operation, [request.action])];
    case 'TransactWriteItems':
      return [writeStep(operation, request.actions)];
  }
}

function readSteps(operation: Operation, names: readonly string[], whole: boolean): Step<ItemState>[] {
  const { outcome } = operation;
  if (outcome.kind !== 'read') return [];
  const found = names.map((name, i) => ({ name, item: outcome.items[i] }));
  const moments = whole ? [found] : found.map((each) => [each]);
  return moments.map((seen) => ({
    ...spanOf(operation),
    label: `${labelOf(operation)} found ${seen.map(({ name, item }) => `${name}: ${describeItem(item)}`).join(', ')}`,
    isCertain: true,
    isRead: true,
    ...sightsOf(seen),
    explain: (read) => (seen.every(({ name, item }) => isSameItem(read(name), item)) ? NOTHING : undefined),
  }));
}

const NOTHING: ReadonlyMap<string, ItemState> = new Map();

function writeStep(operation: Operation, actions: readonly Action[]): Step<ItemState> {
  const { outcome } = operation;
  const makes = actions.map(tagOf).find((tag) => tag !== undefined);
  const common = { ...spanOf(operation), label: `${labelOf(operation)} ${describeOutcome(outcome)}` };
  switch (outcome.kind) {
    case 'failed':
      return {
        ...common,
        isCertain: true,
        isRead: true,
        ...sightsOf(actions.flatMap((action, i) => shownBy(action, outcome.reasons[i]))),
        explain: (read) => (areReasonsTrue(actions, outcome.reasons, read) ? NOTHING : undefined),
      };
    case 'written': {
      const isRead = actions.every(({ kind }) => kind === 'check');
      const explain: Step<ItemState>['explain'] = (read) => applyAll(actions, outcome, read);
      return { ...common, isCertain: true, isRead, makes, ...sightsOfWrite(actions, outcome), explain };
    }
    default:
      return {
        ...common,
        returnedMs: Infinity,
        isCertain: false,
        isRead: false,
        makes,
        ...sightsOfWrite(actions, { kind: 'written' }),
        explain: (read) => applyAll(actions, { kind: 'written' }, read),
      };
  }
}

function tagOf(action: Action): string | undefined {
  return 'tag' in action ? action.tag : undefined;
}

type Written = Extract<Outcome, { readonly kind: 'written' }>;

/** What a write changes, if its conditions are true and it could have returned what it did. */
function applyAll(
  actions: readonly Action[],
  { before, after }: Written,
  read: (name: string) => ItemState,
): ReadonlyMap<string, ItemState> | undefined {
  const changes = new Map<string, ItemState>();
  for (const action of actions) {
    const item = read(action.name);
    if (!isConditionTrue(action.condition, item)) return undefined;
    if (before !== undefined && !isSameItem(before.item, item)) return undefined;
    const changed = applyAction(action, item);
    if (after !== undefined && !isSameItem(after.item, changed)) return undefined;
    if (changed !== item) changes.set(action.name, changed);
  }
  return changes;
}

function areReasonsTrue(
  actions: readonly Action[],
  reasons: readonly Reason[],
  read: (name: string) => ItemState,
): boolean {
  return actions.every(({ name, condition }, i) => {
    const reason = reasons[i] as Reason;
    const item = read(name);
    if (isConditionTrue(condition, item) === reason.isFailed) return false;
    return reason.shown === undefined || isSameItem(reason.shown.item, item);
  });
}

interface Seen {
  readonly name: string;
  readonly item: ItemState;
}

function shownBy({ name, condition }: Action, reason: Reason | undefined): Seen[] {
  if (reason?.shown !== undefined) return [{ name, item: reason.shown.item }];
  // The condition was true.
  return reason?.isFailed === false ? lockOf(name, condition) : [];
}

function sightsOf(seen: readonly Seen[]): Pick<Step<ItemState>, 'sees' | 'implies'> {
  const present = seen.flatMap(({ name, item }) => (item === undefined ? [] : [{ name, item }]));
  return {
    sees: present.map(({ name, item }) => ({ key: name, version: item.tag })),
    implies: present.flatMap(({ item }) => item.log),
  };
}

/** Versions that were there when a write was carried out: what it returned, and what its conditions ask for. */
function sightsOfWrite(
  actions: readonly Action[],
  { before, after }: Written,
): Pick<Step<ItemState>, 'sees' | 'implies'> {
  const locks = actions.flatMap(({ name, condition }) => lockOf(name, condition));
  const returned = actions.flatMap(({ name }) => (before === undefined ? [] : [{ name, item: before.item }]));
  const { sees, implies } = sightsOf([...returned, ...locks]);
  const first = actions[0] as Action;
  const replaced = first.kind === 'update' ? after?.item?.log.at(-2) : undefined;
  return {
    sees: distinctSights([...sees, ...(replaced === undefined ? [] : [{ key: first.name, version: replaced }])]),
    implies: [...implies, ...(after?.item?.log ?? [])],
  };
}

/** The item that a condition on its tag asks for, of which only the tag is known. */
function lockOf(name: string, condition: Action['condition']): Seen[] {
  if (condition?.kind !== 'tagIs') return [];
  const item: HotItem = { tag: condition.tag, n: 0, log: [condition.tag] };
  return [{ name, item }];
}

/** A write counts once for each version, however it is known that it saw it. */
function distinctSights(sights: Step<ItemState>['sees']): Step<ItemState>['sees'] {
  return [...new Map(sights.map((sight) => [`${sight.key} ${sight.version}`, sight])).values()];
}

function spanOf({ invokedMs, returnedMs }: Operation): { readonly invokedMs: number; readonly returnedMs: number } {
  return { invokedMs, returnedMs };
}

function labelOf({ client, request }: Operation): string {
  return `client ${client}: ${describeRequest(request)}`;
}

function describeRequest(request: Request): string {
  switch (request.kind) {
    case 'Write':
      return describeAction(request.action);
    case 'TransactWriteItems':
      return `TransactWriteItems(${request.actions.map(describeAction).join(', ')})`;
    default:
      return request.kind;
  }
}

function describeAction(action: Action): string {
  const { kind, name, condition } = action;
  const tag = tagOf(action);
  const given = condition && Object.values(condition).join(' ');
  return `${kind} ${name}${tag === undefined ? '' : ` ${tag}`}${given === undefined ? '' : ` if ${given}`}`;
}

function describeOutcome(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'written': {
      const { before, after } = outcome;
      if (before !== undefined) return `was done to ${describeItem(before.item)}`;
      return after === undefined ? 'was done' : `was done and gave ${describeItem(after.item)}`;
    }
    case 'failed':
      return `failed: ${outcome.reasons.map(describeReason).join(', ')}`;
    default:
      return 'has no answer';
  }
}

function describeReason({ isFailed, shown }: Reason): string {
  return `${isFailed ? 'condition' : 'none'}${shown === undefined ? '' : ` (${describeItem(shown.item)})`}`;
}
