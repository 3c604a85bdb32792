/** From key conditions and the place where a page ended to what is left to read. */
import type { KeyCondition } from '../expressions/ast.ts';
import { queryRange } from '../items/query-range.ts';
import type { PageRequest } from '../items/read-page.ts';
import { rangeBehindStart } from '../items/starting-key.ts';
import type { Item } from '../values/attribute-value.ts';
import { compareBytes } from '../values/key-encoding.ts';
import { STATEMENT } from './messages.ts';
import type { Position } from './next-token.ts';

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
