/**
 * Looks for a serial order of steps that explains all they saw and keeps to real time: if one step returned before
 * another was invoked, it comes first. Where a step is a whole transaction this is strict serializability, where it is
 * one operation on one item it is linearizability (Herlihy and Wing, "Linearizability: a correctness condition for
 * concurrent objects", TOPLAS 1990); one order for all steps is both at once.
 *
 * It is the search of Wing and Gong ("Testing and verifying concurrent objects", JPDC 1993) with Lowe's memory of
 * configurations that lead nowhere ("Testing for linearizability", CCPE 2017). A dependency graph of transactions, as
 * in Elle (Kingsbury and Alvaro, VLDB 2020), would need every version order read back, which blind puts and deletes
 * don't give away; and it knows nothing of conditions that failed, which here are half of what is to be proved. The
 * search knows the meaning of each step. It is exponential at worst; four rules keep it near linear in practice, each
 * of which loses no order:
 *
 * - What only reads is placed as soon as it can be: that takes nothing from any other step.
 * - Every write makes a version that is unlike all others. A step that saw it comes later, so the write was done before
 *   that step returned: it must be placed by then, even if its client never heard of it.
 * - A version that some step has yet to see is not overwritten, as it never comes back.
 * - Histories are cut where nothing is under way and all items are read (see `rounds.ts`), so that the price of writes
 *   that may have happened or not, which stay open to the end, doesn't add up.
 *
 * All hot items are connected by transactions, so taking keys apart, as is usual for single registers, gives nothing.
 */

/** Keys and their values in a state of the store; V is the value of one key. */
export interface Step<V> {
  /** For messages. */
  readonly label: string;
  readonly invokedMs: number;
  /** Infinity for a step that was never answered. */
  readonly returnedMs: number;
  /** False: it may have happened or not. */
  readonly isCertain: boolean;
  /** Whether it changes nothing, whatever the state. */
  readonly isRead: boolean;
  /** The version that it writes, to however many keys. */
  readonly makes?: string | undefined;
  /** The versions that it found, as the latest ones of their keys. */
  readonly sees: readonly Sight[];
  /** All versions that were there before it returned; also older ones than those it sees. */
  readonly implies: readonly string[];
  /** What it changes in a state in which it could have happened as it did; undefined if it couldn't. */
  explain(read: (key: string) => V): ReadonlyMap<string, V> | undefined;
}

export interface Sight {
  readonly key: string;
  readonly version: string;
}

export interface Values<V> {
  /** All keys with their values before the first step. */
  readonly initial: ReadonlyMap<string, V>;
  /** The version of a value, if it is one that a step or `initial` made. */
  versionOf(value: V): string | undefined;
  /** Whatever was seen once of a version, such as older versions that it names. */
  impliedBy(value: V): readonly string[];
  describe(value: V): string;
}

export type Verdict<V> =
  | { readonly kind: 'explained'; readonly order: readonly Step<V>[]; readonly configurations: number }
  /** No order explains the history, or none was found before the search gave up. */
  | { readonly kind: 'unexplained' | 'undecided'; readonly report: string; readonly configurations: number };

/** How many configurations a search looks at before it gives up. */
const CONFIGURATIONS_MAX = 1_000_000;
const NO_CHANGES = new Map<string, never>();

export function findSerialOrder<V>(
  steps: readonly Step<V>[],
  values: Values<V>,
  configurationsMax = CONFIGURATIONS_MAX,
): Verdict<V> {
  const unmade = findUnmade(steps, values);
  if (unmade !== undefined) return { kind: 'unexplained', report: unmade, configurations: 0 };
  return search(createConfiguration(boundSteps(steps), values), configurationsMax);
}

/** A version that was seen and that nobody made, such as one of a write that was refused. */
function findUnmade<V>(steps: readonly Step<V>[], { initial, impliedBy }: Values<V>): string | undefined {
  const made = new Set([...initial.values()].flatMap((value) => [...impliedBy(value)]));
  for (const { makes } of steps) if (makes !== undefined) made.add(makes);
  for (const { label, implies, isCertain } of steps) {
    if (!isCertain) continue;
    const unmade = implies.find((version) => !made.has(version));
    if (unmade !== undefined) return `nobody wrote ${unmade}, which was seen by: ${label}`;
  }
  return undefined;
}

/** A step with the latest time by which it must have happened. */
interface BoundStep<V> {
  readonly step: Step<V>;
  dueMs: number;
  isCertain: boolean;
  readonly hash: readonly [number, number];
  /** Neighbours in the order of invocation, among those that are not placed. */
  previous: BoundStep<V> | undefined;
  next: BoundStep<V> | undefined;
}

function boundSteps<V>(steps: readonly Step<V>[]): BoundStep<V>[] {
  const bound = steps
    .toSorted((a, b) => a.invokedMs - b.invokedMs)
    .map((step, i): BoundStep<V> => {
      const { returnedMs, isCertain } = step;
      return { step, dueMs: returnedMs, isCertain, hash: hashOf(i), previous: undefined, next: undefined };
    });
  const makers = new Map(bound.flatMap((each) => (each.step.makes === undefined ? [] : [[each.step.makes, each]])));
  let isChanged = true;
  while (isChanged) {
    isChanged = false;
    for (const seer of bound.filter(({ isCertain }) => isCertain)) {
      for (const version of seer.step.implies) {
        const maker = makers.get(version);
        if (maker === undefined || maker === seer || (maker.isCertain && maker.dueMs <= seer.dueMs)) continue;
        // Not before it was invoked, or the order of the list would mean nothing; such a history has no order anyway.
        const dueMs = Math.max(maker.step.invokedMs, Math.min(maker.dueMs, seer.dueMs));
        isChanged ||= dueMs < maker.dueMs || !maker.isCertain;
        Object.assign(maker, { dueMs, isCertain: true });
      }
    }
  }
  return bound;
}

/** Two numbers of 32 bits that stand for a step in the exclusive-or of all that are placed. */
function hashOf(index: number): readonly [number, number] {
  const mix = (seed: number): number => {
    let mixed = Math.imul(index + 1, seed);
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return mixed ^ (mixed >>> 16);
  };
  return [mix(0x9e3779b1), mix(0x27d4eb2f)];
}

/** What is to be taken back of a step that was placed. */
interface Placement<V> {
  readonly bound: BoundStep<V>;
  readonly before: readonly (readonly [key: string, value: V])[];
}

/** The steps that are placed so far, and the state after them. */
interface Configuration<V> {
  readonly placed: Placement<V>[];
  /** How many steps that must be placed are not. */
  missing(): number;
  /** The steps that may come next: those that no other one had to return before. */
  window(): BoundStep<V>[];
  /** What a step would change; undefined if it can't come next, or would hide what another one has yet to see. */
  changesOf(bound: BoundStep<V>): ReadonlyMap<string, V> | undefined;
  place(bound: BoundStep<V>, changes: ReadonlyMap<string, V>): void;
  takeBack(): void;
  /** The same for the same steps in whatever order, if they lead to the same state. */
  identity(): string;
  describe(): string;
}

function createConfiguration<V>(steps: readonly BoundStep<V>[], values: Values<V>): Configuration<V> {
  const state = new Map(values.initial);
  const placed: Placement<V>[] = [];
  const unseen = countSights(steps);
  const first = linkSteps(steps);
  const hash: [number, number] = [0, 0];
  const numberOf = createNumbering(values.describe);
  let missing = steps.filter(({ isCertain }) => isCertain).length;

  const read = (key: string): V => state.get(key) as V;

  function toggle({ isCertain, step, hash: own }: BoundStep<V>, by: 1 | -1): void {
    hash[0] ^= own[0];
    hash[1] ^= own[1];
    if (!isCertain) return;
    missing -= by;
    for (const sight of step.sees) unseen.set(nameSight(sight), (unseen.get(nameSight(sight)) ?? 0) - by);
  }

  function hidesSight({ step, isCertain }: BoundStep<V>, changes: ReadonlyMap<string, V>): boolean {
    for (const key of changes.keys()) {
      const version = values.versionOf(read(key));
      if (version === undefined) continue;
      const seesItself = isCertain && step.sees.some((sight) => sight.key === key && sight.version === version);
      if ((unseen.get(nameSight({ key, version })) ?? 0) > (seesItself ? 1 : 0)) return true;
    }
    return false;
  }

  return {
    placed,
    missing: () => missing,
    window() {
      const found: BoundStep<V>[] = [];
      let dueMs = Infinity;
      for (let bound = first.next; bound !== undefined && bound.step.invokedMs <= dueMs; bound = bound.next) {
        if (bound.isCertain) dueMs = Math.min(dueMs, bound.dueMs);
        found.push(bound);
      }
      return found.filter(({ step }) => step.invokedMs <= dueMs);
    },
    changesOf(bound) {
      const changes = bound.step.explain(read);
      return changes === undefined || hidesSight(bound, changes) ? undefined : changes;
    },
    place(bound, changes) {
      placed.push({ bound, before: [...changes.keys()].map((key) => [key, read(key)] as const) });
      for (const [key, value] of changes) state.set(key, value);
      toggle(bound, 1);
      unlink(bound);
    },
    takeBack() {
      const { bound, before } = placed.pop() as Placement<V>;
      for (const [key, value] of before) state.set(key, value);
      toggle(bound, -1);
      relink(bound);
    },
    identity: () => `${hash.join()} ${Array.from(state.values(), numberOf).join()}`,
    describe: () => Array.from(state, ([key, value]) => `  ${key}: ${values.describe(value)}`).join('\n'),
  };
}

/** Numbers values so that equal ones, by their descriptions, have equal numbers. */
function createNumbering<V>(describe: (value: V) => string): (value: V) => number {
  const byValue = new Map<V, number>();
  const byDescription = new Map<string, number>();
  return (value) => {
    const known = byValue.get(value);
    if (known !== undefined) return known;
    const description = describe(value);
    const number = byDescription.get(description) ?? byDescription.size;
    byDescription.set(description, number);
    byValue.set(value, number);
    return number;
  };
}

function countSights<V>(steps: readonly BoundStep<V>[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { isCertain, step } of steps) {
    if (!isCertain) continue;
    for (const sight of step.sees) counts.set(nameSight(sight), (counts.get(nameSight(sight)) ?? 0) + 1);
  }
  return counts;
}

function nameSight({ key, version }: Sight): string {
  return `${key} ${version}`;
}

/** Returns what stands before the first. */
function linkSteps<V>(steps: readonly BoundStep<V>[]): { next: BoundStep<V> | undefined } {
  const head = { next: undefined } as unknown as BoundStep<V>;
  let last = head;
  for (const bound of steps) {
    bound.previous = last;
    last.next = bound;
    last = bound;
  }
  return head;
}

function unlink<V>({ previous, next }: BoundStep<V>): void {
  (previous as BoundStep<V>).next = next;
  if (next !== undefined) next.previous = previous;
}

/** Undoes the latest `unlink` that was not undone yet: its neighbours are the same then. */
function relink<V>(bound: BoundStep<V>): void {
  (bound.previous as BoundStep<V>).next = bound;
  if (bound.next !== undefined) bound.next.previous = bound;
}

/** A place in the search: `length` steps are placed, and these may come next. */
interface Branch<V> {
  readonly length: number;
  readonly choices: Iterator<BoundStep<V>>;
}

function search<V>(configuration: Configuration<V>, configurationsMax: number): Verdict<V> {
  const { placed } = configuration;
  const seen = new Set<string>();
  const branches: Branch<V>[] = [];
  let furthest = { length: -1, report: '' };

  function takeBackTo(length: number): void {
    while (placed.length > length) configuration.takeBack();
  }
  function enter(length: number): void {
    placeReads(configuration);
    const identity = configuration.identity();
    if (seen.has(identity)) return takeBackTo(length);
    seen.add(identity);
    if (placed.length > furthest.length) furthest = { length: placed.length, report: reportStandstill(configuration) };
    branches.push({ length, choices: choicesOf(configuration)[Symbol.iterator]() });
  }

  enter(0);
  while (configuration.missing() > 0) {
    const branch = branches.at(-1);
    const configurations = seen.size;
    if (branch === undefined) return { kind: 'unexplained', report: furthest.report, configurations };
    if (configurations > configurationsMax) return { kind: 'undecided', report: furthest.report, configurations };
    const { done, value: choice } = branch.choices.next();
    if (done) {
      branches.pop();
      takeBackTo(branch.length);
      continue;
    }
    const { length } = placed;
    const changes = configuration.changesOf(choice);
    // A step that may not have happened, and would change nothing, needs no place.
    if (changes === undefined || (!choice.isCertain && changes.size === 0)) continue;
    configuration.place(choice, changes);
    enter(length);
  }
  return { kind: 'explained', order: placed.map(({ bound }) => bound.step), configurations: seen.size };
}

function placeReads<V>(configuration: Configuration<V>): void {
  let isPlaced = true;
  while (isPlaced) {
    isPlaced = false;
    for (const bound of configuration.window()) {
      if (!bound.step.isRead || configuration.changesOf(bound) === undefined) continue;
      configuration.place(bound, NO_CHANGES);
      isPlaced = true;
    }
  }
}

/** The writes that may come next: first those that are due soonest, last those that may not have happened. */
function choicesOf<V>(configuration: Configuration<V>): BoundStep<V>[] {
  const writes = configuration.window().filter(({ step }) => !step.isRead);
  return writes.toSorted((a, b) => Number(b.isCertain) - Number(a.isCertain) || a.dueMs - b.dueMs);
}

const LABELS_SHOWN = 8;

/** What is there and what can't be explained by it, where the search has come furthest. */
function reportStandstill<V>(configuration: Configuration<V>): string {
  const label = (bound: BoundStep<V>): string => {
    const { step, isCertain } = bound;
    const time = `${step.invokedMs.toFixed(2)}..${step.returnedMs.toFixed(2)}`;
    return `  ${isCertain ? '' : 'perhaps '}${step.label} (${time} ms)`;
  };
  const next = configuration.window().toSorted((a, b) => a.dueMs - b.dueMs);
  return [
    `no order was found beyond ${configuration.placed.length} steps, the last of which are:`,
    ...configuration.placed.slice(-LABELS_SHOWN).map(({ bound }) => label(bound)),
    'after them there is:',
    configuration.describe(),
    'and next, soonest due first, would come:',
    ...next.map(label),
  ].join('\n');
}
