/** Histories of clients of a store in memory, which is serial by construction, but for the fault that it is given. */
import { createSeededRandom } from '../seeded-random.ts';
import { remember } from './clients.ts';
import type { History, Operation, Outcome, Request } from './history.ts';
import { type Action, type ItemState, applyAction, isConditionTrue } from './items.ts';
import { createRequestSource } from './requests.ts';
import { ITEM_NAMES } from './tables.ts';

/** What a store may do wrong, now and then. */
export const STORE_FAULTS = [
  'a write is answered and not done',
  'a write is done twice',
  'the last action of a transaction is not done',
  'conditions are not looked at',
  'a failed write leaves its first action',
  'a read sees what was overwritten',
] as const;
export type StoreFault = (typeof STORE_FAULTS)[number];

export interface SimulationOptions {
  readonly seed: number;
  readonly clients: number;
  readonly requests: number;
  readonly fault?: StoreFault | undefined;
}

const FAULT_SHARE = 0.02;
/** Of the answers. */
const LOST_SHARE = 0.005;
const STEP_MS_MAX = 5;

interface Event {
  readonly atMs: number;
  readonly happen: () => void;
}

/** Every client asks for one thing after the other; each is done at one moment between invocation and return. */
export function simulateHistory({ seed, clients, requests, fault }: SimulationOptions): History {
  const random = createSeededRandom(seed);
  const store = createStore(fault, random);
  const operations: Operation[] = [];
  const events: Event[] = [];

  function ask(client: number, left: number, startMs: number, next: Requests): void {
    const request = next.take();
    const invokedMs = startMs + random();
    const doneMs = invokedMs + random() * STEP_MS_MAX;
    const returnedMs = doneMs + random() * STEP_MS_MAX;
    let outcome: Outcome = { kind: 'refused' };
    events.push({ atMs: doneMs, happen: () => void (outcome = store.run(request)) });
    const finish = (): void => {
      const isLost = isWrite(request) && random() < LOST_SHARE;
      const told: Outcome = isLost ? { kind: 'unknown' } : outcome;
      const operation = { client, request, invokedMs, returnedMs, outcome: told };
      operations.push(operation);
      next.learn(operation);
      if (left > 1) ask(client, left - 1, returnedMs, next);
    };
    events.push({ atMs: returnedMs, happen: finish });
  }

  for (let client = 0; client < clients; client++) {
    ask(client, requests, 0, createRequests(`${client}`, createSeededRandom(random() * 2 ** 32)));
  }
  for (let event = takeFirst(events); event !== undefined; event = takeFirst(events)) event.happen();
  return { initial: new Map(ITEM_NAMES.map((name) => [name, undefined])), operations };
}

interface Requests {
  take(): Request;
  learn(operation: Operation): void;
}

function createRequests(scope: string, random: () => number): Requests {
  const seen = new Map<string, ItemState>();
  const source = createRequestSource(scope, random);
  return { take: () => source.next(seen), learn: (operation: Operation) => remember(seen, operation) };
}

function takeFirst(events: Event[]): Event | undefined {
  const [first] = events.toSorted((a, b) => a.atMs - b.atMs);
  if (first !== undefined) events.splice(events.indexOf(first), 1);
  return first;
}

function isWrite({ kind }: Request): boolean {
  return kind === 'Write' || kind === 'TransactWriteItems';
}

function createStore(fault: StoreFault | undefined, random: () => number) {
  const items = new Map<string, ItemState>();
  const overwritten = new Map<string, ItemState>();

  function apply(action: Action): void {
    overwritten.set(action.name, items.get(action.name));
    items.set(action.name, applyAction(action, items.get(action.name)));
  }
  function read(names: readonly string[]): Outcome {
    const isFaulty = fault === 'a read sees what was overwritten' && random() < FAULT_SHARE;
    return { kind: 'read', items: names.map((name) => (isFaulty ? overwritten : items).get(name)) };
  }
  function write(actions: readonly Action[], isShown: boolean): Outcome {
    const isFaulty = random() < FAULT_SHARE;
    const isFailed = ({ name, condition }: Action): boolean => !isConditionTrue(condition, items.get(name));
    if (actions.some(isFailed) && !(isFaulty && fault === 'conditions are not looked at')) {
      const reasons = actions.map((action) => {
        const shown = isShown && { shown: { item: items.get(action.name) } };
        return isFailed(action) ? { isFailed: true, ...shown } : { isFailed: false };
      });
      if (isFaulty && fault === 'a failed write leaves its first action') actions.slice(0, 1).forEach(apply);
      return { kind: 'failed', reasons };
    }
    const done = isFaulty ? faultyActions(actions, fault) : actions;
    done.forEach(apply);
    return { kind: 'written' };
  }

  return {
    run(request: Request): Outcome {
      if (request.kind === 'GetItem') return read([request.name]);
      if (request.kind === 'Write') return write([request.action], request.returnsItemOnFailure);
      if (request.kind === 'TransactWriteItems') return write(request.actions, request.returnsItemsOnFailure);
      return read(request.names);
    },
  };
}

function faultyActions(actions: readonly Action[], fault: StoreFault | undefined): readonly Action[] {
  if (fault === 'a write is answered and not done') return [];
  if (fault === 'a write is done twice') return [...actions, ...actions];
  const isTransaction = actions.length > 1;
  return fault === 'the last action of a transaction is not done' && isTransaction ? actions.slice(0, -1) : actions;
}
