import type { QueryCommandInput } from '@aws-sdk/client-dynamodb';
import { conditionAttributeNames } from '../../expressions/evaluate-condition.ts';
import type { Condition } from '../../expressions/ast.ts';
import { readExpressions } from '../../expressions/read-expressions.ts';
import { validationError } from '../../foundation/errors.ts';
import { isSamePartition, queriedKey, queryRange } from '../../items/query-range.ts';
import { unprojectedNames, validateSelect } from '../../items/selection.ts';
import type { IndexDefinition, TableDefinition } from '../../tables/table.ts';
import { parseItem } from '../../values/attribute-value.ts';
import { rejectLegacyParameters } from '../legacy-parameters.ts';
import type { Operation } from '../operation.ts';
import { answerPage, findIndex } from '../read-pages.ts';
import { resolveTableName } from '../table-name.ts';

/** Finds the items of one partition key, in sort key order. Source: API reference, Query. */
export const Query: Operation<QueryCommandInput> = {
  name: 'Query',

  async run(context, input) {
    rejectLegacyParameters(input, ['AttributesToGet', 'ConditionalOperator', 'KeyConditions', 'QueryFilter']);
    const { keyCondition, filter, projection } = readExpressions(input, ['FilterExpression', 'KeyConditionExpression']);
    validateSelect(input.Select, projection, input.IndexName, 'Querying');
    const startKey = input.ExclusiveStartKey && parseItem(input.ExclusiveStartKey);
    if (keyCondition === undefined) {
      throw validationError(
        'Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.',
      );
    }
    const tableName = resolveTableName(context, input.TableName);

    return await context.catalog.read(tableName, (table, version) => {
      const index = findIndex(table, input.IndexName, input.ConsistentRead === true);
      const range = queryRange(table, index, keyCondition);
      if (filter !== undefined) validateFilter(table, index, filter);
      return answerPage(context, input, {
        table,
        version,
        index,
        range,
        reverse: input.ScanIndexForward === false,
        startKey,
        misfitText: 'The provided starting key is invalid',
        outOfRangeText: (position) =>
          range.from !== undefined && isSamePartition(position, range.from)
            ? 'The provided starting key does not match the range key predicate'
            : 'The provided starting key is outside query boundaries based on provided conditions',
        filter,
        projection,
      });
    });
  },
};

function validateFilter(table: TableDefinition, index: IndexDefinition | undefined, filter: Condition): void {
  const { partitionKey, sortKey } = queriedKey(table, index);
  const names = conditionAttributeNames(filter);
  const keyName = names.find((each) => each === partitionKey.name || each === sortKey?.name);
  if (keyName !== undefined) {
    throw validationError(
      `Filter Expression can only contain non-primary key attributes: Primary key attribute: ${keyName}`,
    );
  }
  if (index?.kind !== 'global') return;
  const missing = unprojectedNames(table, index, names);
  if (missing.length === 0) return;
  throw validationError(
    `One or more parameter values were invalid: Secondary index ${index.name} ` +
      `does not project one or more filter attributes: [${missing.join(', ')}]`,
  );
}
