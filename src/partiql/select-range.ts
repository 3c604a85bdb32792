/** From key conditions and the place where a page ended to what is left to read. */
import type { KeyCondition, KeyConditionTerm, KeyOperator } from '../expressions/ast.ts';
import { validationError } from '../foundation/errors.ts';
import { queryRange } from '../items/query-range.ts';
import type { PageRequest } from '../items/read-page.ts';
import { rangeBehindStart } from '../items/starting-key.ts';
import type { AttributeValue, Item } from '../values/attribute-value.ts';
import { compareValues } from '../values/compare.ts';
import { compareBytes } from '../values/key-encoding.ts';
import { STATEMENT } from './messages.ts';
import type { Position } from './next-token.ts';
import type { QueryPlan } from './plan-read.ts';

export type Range = ReturnType<typeof queryRange>;

/** A key that a token names lies in what the statement reads, or the token is not of this table. */
const START_TEXTS = { misfit: STATEMENT.tokenInvalid, outOfRange: STATEMENT.tokenInvalid };

/** What is left of the whole. */
export function leftOfScan(page: PageRequest, start: Position | undefined): Range {
  return rangeBehindStart({ ...page, startKey: start?.key }, START_TEXTS);
}

/** What is left of a partition key behind `startKey`; undefined where no key can meet all `conditions`. */
export function leftOfPartition(
  page: PageRequest,
  conditions: readonly KeyCondition[],
  startKey: Item | undefined,
): Range | undefined {
  const range = conditions.map((each) => queryRange(page.table, page.index, each)).reduce(intersect);
  if (isEmpty(range)) return undefined;
  return rangeBehindStart({ ...page, range, startKey }, START_TEXTS);
}

function intersect(left: Range, right: Range): Range {
  const from = [left.from, right.from]
    .filter((each) => each !== undefined)
    .toSorted(compareBytes)
    .at(-1);
  const before = [left.before, right.before].filter((each) => each !== undefined).toSorted(compareBytes)[0];
  return { from, before };
}

function isEmpty({ from, before }: Range): boolean {
  return from !== undefined && before !== undefined && compareBytes(from, before) >= 0;
}

/** How several partition keys are read in the order of their sort keys. */
export interface MergedOrder {
  /** What is left of each partition key. */
  readonly ranges: readonly (Range | undefined)[];
  /** Which of the keys, one for each partition key that has more, comes first; undefined where there is none. */
  first(keys: readonly (Item | undefined)[]): number | undefined;
}

/** The order of `plan`, whose page before ended at `start`. Equal sort keys stand in the order of the partition keys. */
export function mergedOrder(page: PageRequest, plan: QueryPlan, start: Position | undefined): MergedOrder {
  const name = (page.index?.sortKeys[0] ?? page.table.sortKey)?.name as string;
  const sign = plan.reverse ? -1 : 1;
  const last = start?.key?.[name];
  if (start !== undefined && last === undefined) throw validationError(STATEMENT.tokenInvalid);
  const ranges = plan.partitions.map((conditions, i) => {
    if (start === undefined || last === undefined) return leftOfPartition(page, conditions, undefined);
    if (i === start.partition) return leftOfPartition(page, conditions, start.key);
    const bound = boundOf(conditions[0] as KeyCondition, name, last, plan.reverse, i < start.partition);
    return leftOfPartition(page, [...conditions, bound], undefined);
  });
  const isBefore = (left: Item, right: Item): boolean =>
    sign * (compareValues(left[name] as AttributeValue, right[name] as AttributeValue) ?? 0) < 0;
  return {
    ranges,
    first(keys) {
      let best: number | undefined;
      for (const [i, key] of keys.entries()) {
        if (key !== undefined && (best === undefined || isBefore(key, keys[best] as Item))) best = i;
      }
      return best;
    },
  };
}

/** What is left of another partition key, the first of `terms`, where the last item read had the sort key `last`. */
function boundOf(
  { terms }: KeyCondition,
  attributeName: string,
  last: AttributeValue,
  reverse: boolean,
  isRead: boolean,
): KeyCondition {
  const beyond: KeyOperator = reverse ? '<' : '>';
  const operator: KeyOperator = isRead ? beyond : `${beyond}=`;
  const [partition] = terms as readonly [KeyConditionTerm];
  return { kind: 'keyCondition', terms: [partition, { attributeName, operator, operands: [last] }] };
}
