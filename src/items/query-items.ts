/** Reads of the items of one partition key, by the page. */
import type { Condition, KeyCondition } from '../expressions/ast.ts';
import { conditionAttributeNames } from '../expressions/evaluate-condition.ts';
import { LEGACY } from '../expressions/legacy/messages.ts';
import { validationError } from '../foundation/errors.ts';
import type { IndexDefinition, TableDefinition } from '../tables/table.ts';
import type { DataContext } from './data-context.ts';
import { findIndex } from './find-index.ts';
import { READ_MESSAGES } from './messages.ts';
import { queriedKey, queryRange } from './query-range.ts';
import { type Page, type PageParameters, readPage } from './read-page.ts';
import { unprojectedNames } from './selection.ts';
import { type StartTexts, rangeBehindStart } from './starting-key.ts';

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
    const texts = startTexts(table, index, request.keyCondition);
    const range = rangeBehindStart({ table, index, range: whole, reverse, startKey }, texts);
    return await readPage(context.engine, { ...request, table, index, version, range });
  });
}

/**
 * What is wrong with a starting key outside of what the key condition selects. Sources: another partition key is
 * outside of the boundaries, https://github.com/floci-io/floci/issues/3322; where there is a condition on the sort key,
 * that is what counts: for sort keys said by the service (https://github.com/aws/aws-sdk-ruby/issues/2456), for
 * partition keys by AWS's own DynamoDB local. When a Query can't be restarted is our reading of the text; a key that an
 * answer gave is always taken.
 */
function startTexts(table: TableDefinition, index: IndexDefinition | undefined, { terms }: KeyCondition): StartTexts {
  const { partitionKeys, sortKeys } = queriedKey(table, index);
  const isOfWholeKey = terms.length === partitionKeys.length + sortKeys.length;
  const misfit = READ_MESSAGES.startKeyMisfit;
  // Of an index several items may have one key.
  if (index === undefined && isOfWholeKey && terms.every(({ operator }) => operator === '=')) {
    return { misfit, outOfRange: READ_MESSAGES.startKeyOfOneItem };
  }
  const isOnSortKey = terms.length > partitionKeys.length;
  return {
    misfit,
    outOfRange: isOnSortKey ? READ_MESSAGES.startKeyOutOfSortRange : READ_MESSAGES.startKeyOutOfRange,
  };
}

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
