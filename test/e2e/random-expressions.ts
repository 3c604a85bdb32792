/** Expressions drawn by chance, each as text for a server and as what it means to the model. */
import type { ModelItem } from './table-model.ts';

/** Draws by chance: a number below `count`, one of several, or true once in `times`. */
export interface Draw {
  below(count: number): number;
  oneOf<T>(choices: readonly T[]): T;
  once(times: number): boolean;
}

export function createDraw(random: () => number): Draw {
  const below = (count: number): number => Math.floor(random() * count);
  return { below, oneOf: (choices) => choices[below(choices.length)] as never, once: (times) => below(times) === 0 };
}

/** ExpressionAttributeValues that grow with the expressions that use them. */
export type Values = Record<string, unknown>;

function bind(values: Values, value: unknown): string {
  const placeholder = `:v${Object.keys(values).length}`;
  values[placeholder] = value;
  return placeholder;
}

export const LABELS = ['x', 'y', 'é', '\u{1f600}'];
export const GRADES = [-10, -1.5, 0, 0.25, 2, 10];
export const WORDS = ['one', 'two', 'three', ''];

export interface DrawnCondition {
  readonly text: string;
  /** Undefined stands for no such item. */
  holds(item: ModelItem | undefined): boolean;
}

/** A condition on attributes that are in no key. */
export function drawCondition(draw: Draw, values: Values, depth = 2): DrawnCondition {
  if (depth > 0 && draw.once(3)) {
    const left = drawCondition(draw, values, depth - 1);
    if (draw.once(3)) return { text: `NOT (${left.text})`, holds: (item) => !left.holds(item) };
    const right = drawCondition(draw, values, depth - 1);
    return draw.once(2)
      ? { text: `(${left.text}) AND (${right.text})`, holds: (item) => left.holds(item) && right.holds(item) }
      : { text: `(${left.text}) OR (${right.text})`, holds: (item) => left.holds(item) || right.holds(item) };
  }
  return draw.oneOf(SIMPLE_CONDITIONS)(draw, values);
}

const SIMPLE_CONDITIONS: readonly ((draw: Draw, values: Values) => DrawnCondition)[] = [
  () => ({ text: 'attribute_exists(remark)', holds: (item) => item?.remark !== undefined }),
  () => ({ text: 'attribute_not_exists(words)', holds: (item) => item?.words === undefined }),
  (draw, values) => {
    const bound = draw.below(10) - 5;
    return { text: `amt > ${bind(values, bound)}`, holds: (item) => isNumber(item?.amt) && item.amt > bound };
  },
  (draw, values) => {
    const low = draw.below(10) - 5;
    return {
      text: `visits BETWEEN ${bind(values, low)} AND ${bind(values, low + 3)}`,
      holds: (item) => isNumber(item?.visits) && item.visits >= low && item.visits <= low + 3,
    };
  },
  (draw, values) => {
    const other = draw.oneOf(WORDS);
    return { text: `remark <> ${bind(values, other)}`, holds: (item) => item?.remark !== other };
  },
  (draw, values) => {
    const [first, second] = [draw.oneOf(WORDS), draw.oneOf(WORDS)];
    return {
      text: `remark IN (${bind(values, first)}, ${bind(values, second)})`,
      holds: (item) => item?.remark === first || item?.remark === second,
    };
  },
  (draw, values) => {
    const word = draw.oneOf(WORDS);
    return {
      text: `contains(words, ${bind(values, word)})`,
      holds: (item) => item?.words instanceof Set && item.words.has(word),
    };
  },
  (draw, values) => {
    const length = draw.below(4);
    return {
      text: `size(steps) >= ${bind(values, length)}`,
      holds: (item) => Array.isArray(item?.steps) && item.steps.length >= length,
    };
  },
];

function isNumber(value: unknown): value is number {
  return typeof value === 'number';
}

export interface DrawnUpdate {
  readonly text: string;
  /** The attributes at the top of the item that it writes. */
  readonly touched: readonly string[];
  /** The item after it; undefined where the update does not fit the item. */
  apply(item: ModelItem): ModelItem | undefined;
}

interface Action {
  readonly section: 'SET' | 'REMOVE' | 'ADD' | 'DELETE';
  readonly text: string;
  readonly attribute: string;
  /** The attribute's new value, undefined for none; or that the action does not fit. */
  change(value: unknown): unknown;
}

const MISFIT = Symbol('misfit');

/** An update of one to four attributes, which never takes away alone. */
export function drawUpdate(draw: Draw, values: Values): DrawnUpdate {
  const first = draw.oneOf([drawAmount, drawVisits])(draw, values);
  const more = [drawRemark, drawGrade, drawLabel, drawWords, drawSteps].filter(() => draw.once(3));
  const actions = [first, ...more.map((drawAction) => drawAction(draw, values))];
  const sections = Map.groupBy(actions, ({ section }) => section);
  return {
    text: [...sections].map(([section, each]) => `${section} ${each.map(({ text }) => text).join(', ')}`).join(' '),
    touched: actions.map(({ attribute }) => attribute),
    apply(item) {
      const changed: Record<string, unknown> = { ...item };
      for (const { attribute, change } of actions) {
        const value = change(item[attribute]);
        if (value === MISFIT) return undefined;
        if (value === undefined) delete changed[attribute];
        else changed[attribute] = value;
      }
      return changed;
    },
  };
}

function drawAmount(draw: Draw, values: Values): Action {
  const [start, by] = [draw.below(5), draw.below(5) - 2];
  const text = `amt = if_not_exists(amt, ${bind(values, start)}) + ${bind(values, by)}`;
  return { section: 'SET', text, attribute: 'amt', change: (value) => (isNumber(value) ? value : start) + by };
}

function drawVisits(draw: Draw, values: Values): Action {
  const by = draw.below(7) - 3;
  const change = (value: unknown): number => (isNumber(value) ? value : 0) + by;
  return { section: 'ADD', text: `visits ${bind(values, by)}`, attribute: 'visits', change };
}

function drawRemark(draw: Draw, values: Values): Action {
  return drawScalar(draw, values, 'remark', WORDS);
}

function drawGrade(draw: Draw, values: Values): Action {
  return drawScalar(draw, values, 'grade', GRADES);
}

function drawLabel(draw: Draw, values: Values): Action {
  return drawScalar(draw, values, 'label', LABELS);
}

function drawScalar(draw: Draw, values: Values, attribute: string, choices: readonly unknown[]): Action {
  if (draw.once(3)) return { section: 'REMOVE', text: attribute, attribute, change: () => undefined };
  const value = draw.oneOf(choices);
  return { section: 'SET', text: `${attribute} = ${bind(values, value)}`, attribute, change: () => value };
}

function drawWords(draw: Draw, values: Values): Action {
  const words = new Set([draw.oneOf(WORDS), draw.oneOf(WORDS)]);
  const text = `words ${bind(values, words)}`;
  const old = (value: unknown): Set<unknown> => (value instanceof Set ? value : new Set());
  if (draw.once(2))
    return { section: 'ADD', text, attribute: 'words', change: (value) => new Set([...old(value), ...words]) };
  const change = (value: unknown): unknown => {
    const rest = new Set([...old(value)].filter((word) => !words.has(`${word}`)));
    return rest.size === 0 ? undefined : rest;
  };
  return { section: 'DELETE', text, attribute: 'words', change };
}

function drawSteps(draw: Draw, values: Values): Action {
  if (draw.once(3)) {
    const index = draw.below(3);
    const change = (value: unknown): unknown => (Array.isArray(value) ? value.toSpliced(index, 1) : MISFIT);
    return { section: 'REMOVE', text: `steps[${index}]`, attribute: 'steps', change };
  }
  const step = { at: draw.below(10), by: draw.oneOf(WORDS) };
  return {
    section: 'SET',
    text: `steps = list_append(if_not_exists(steps, ${bind(values, [])}), ${bind(values, [step])})`,
    attribute: 'steps',
    change: (value) => [...(Array.isArray(value) ? value : []), step],
  };
}

export interface DrawnKeyCondition {
  readonly text: string;
  holds(item: ModelItem): boolean;
}

const COMPARISONS: Readonly<Record<string, (left: number, right: number) => boolean>> = {
  '=': (left, right) => left === right,
  '<': (left, right) => left < right,
  '<=': (left, right) => left <= right,
  '>': (left, right) => left > right,
  '>=': (left, right) => left >= right,
};

/** A key condition on a partition key and, perhaps, a sort key that holds a number. */
export function drawKeyCondition(
  draw: Draw,
  values: Values,
  partition: { readonly name: string; readonly value: string },
  sort: { readonly name: string; readonly choices: readonly number[] } | undefined,
): DrawnKeyCondition {
  const text = `${partition.name} = ${bind(values, partition.value)}`;
  const inPartition = (item: ModelItem): boolean => item[partition.name] === partition.value;
  if (sort === undefined || draw.once(3)) return { text, holds: inPartition };
  const value = (item: ModelItem): number => item[sort.name] as number;
  const bound = draw.oneOf(sort.choices);
  if (draw.once(3)) {
    const high = draw.oneOf(sort.choices.filter((choice) => choice >= bound));
    return {
      text: `${text} AND ${sort.name} BETWEEN ${bind(values, bound)} AND ${bind(values, high)}`,
      holds: (item) => inPartition(item) && value(item) >= bound && value(item) <= high,
    };
  }
  const [operator, compares] = draw.oneOf(Object.entries(COMPARISONS));
  return {
    text: `${text} AND ${sort.name} ${operator} ${bind(values, bound)}`,
    holds: (item) => inPartition(item) && compares(value(item), bound),
  };
}
