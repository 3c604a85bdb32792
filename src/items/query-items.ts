/** Reads of the items of one partition key, by the page. */
import type { Condition, KeyCondition } from '../expressions/ast.ts';
import { conditionAttributeNames } from '../expressions/evaluate-condition.ts';
import { LEGACY } from '../expressions/legacy/messages.ts';
import { validationError } from '../foundation/errors.ts';
import type { KeyRange } from '../storage/engine.ts';
import type { IndexDefinition, TableDefinition } from '../tables/table.ts';
import type { DataContext } from './data-context.ts';
import { findIndex } from './find-index.ts';
import { READ_MESSAGES } from './messages.ts';
import { queriedKey, queryRange } from './query-range.ts';
import { type Page, type PageParameters, readPage } from './read-page.ts';
import { unprojectedNames } from './selection.ts';
import { isSamePartition, rangeBehindStart } from './starting-key.ts';

export interface QueryRequest extends PageParameters {
  readonly keyCondition: KeyCondition;
  /** The parameter that the filter stands in. */
  readonly filterName: 'FilterExpression' | 'QueryFilter';
  /** In descending order of the sort key. */
  readonly reverse: boolean;
}

/**
 * Reads one page of the items that the key condition selects, in sort key order. Throws ResourceNotFoundException, or
 * the ValidationException for what does not fit the table or index.
 */
export async function queryItems(context: DataContext, request: QueryRequest): Promise<Page> {
  return await context.catalog.read(request.tableName, async (table, version) => {
    const index = findIndex(table, request.indexName, request.consistent);
    const whole = queryRange(table, index, request.keyCondition);
    if (request.filter !== undefined) validateFilter(table, index, request.filter, request.filterName);
    const { startKey, reverse } = request;
    const range = rangeBehindStart({ table, index, range: whole, reverse, startKey }, QUERY_START_TEXTS);
    return await readPage(context.engine, { ...request, table, index, version, range });
  });
}

const QUERY_START_TEXTS = {
  misfit: READ_MESSAGES.startKeyMisfit,
  outOfRange: (position: Uint8Array, { from }: KeyRange): string =>
    from !== undefined && isSamePartition(position, from)
      ? READ_MESSAGES.startKeyOutOfSortRange
      : READ_MESSAGES.startKeyOutOfRange,
};

function validateFilter(
  table: TableDefinition,
  index: IndexDefinition | undefined,
  filter: Condition,
  filterName: QueryRequest['filterName'],
): void {
  const { partitionKeys, sortKeys } = queriedKey(table, index);
  const keyNames = new Set([...partitionKeys, ...sortKeys].map(({ name }) => name));
  const names = conditionAttributeNames(filter);
  const keyName = names.find((each) => keyNames.has(each));
  if (keyName !== undefined) {
    const textOf = filterName === 'QueryFilter' ? LEGACY.filterOnKey : READ_MESSAGES.filterOnKey;
    throw validationError(textOf(keyName));
  }
  if (index?.kind !== 'global') return;
  const missing = unprojectedNames(table, index, names);
  if (missing.length > 0) throw validationError(READ_MESSAGES.filterNotProjected(index.name, missing));
}
