import type { QueryCommandInput } from '@aws-sdk/client-dynamodb';
import { readParameters, validateForms } from '../../expressions/read-parameters.ts';
import { validationError } from '../../foundation/errors.ts';
import { queryItems } from '../../items/query-items.ts';
import { validateSelect } from '../../items/selection.ts';
import { describePage } from '../describe-page.ts';
import { API_MESSAGES } from '../messages.ts';
import type { Operation } from '../operation.ts';
import { readStartKey } from '../read-start-key.ts';
import { resolveTableName } from '../table-name.ts';

/** Finds the items of one partition key, in sort key order. Source: API reference, Query. */
export const Query: Operation<QueryCommandInput> = {
  name: 'Query',

  async run(context, input) {
    validateForms(input, 'Query');
    const startKey = readStartKey(input.ExclusiveStartKey);
    validateSelect(input, 'Querying');
    const { keyCondition, filter, projection } = readParameters(input, 'Query');
    if (keyCondition === undefined) throw validationError(API_MESSAGES.keyConditionRequired);

    const page = await queryItems(context, {
      tableName: resolveTableName(context, input.TableName),
      indexName: input.IndexName,
      consistent: input.ConsistentRead === true,
      keyCondition,
      reverse: input.ScanIndexForward === false,
      startKey,
      limit: input.Limit,
      filter,
      filterName: input.QueryFilter === undefined ? 'FilterExpression' : 'QueryFilter',
      select: input.Select,
      projection,
    });

    return describePage(page, input);
  },
};
