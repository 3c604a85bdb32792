import type { ScanCommandInput } from '@aws-sdk/client-dynamodb';
import { readExpressions } from '../../expressions/read-expressions.ts';
import { validationError } from '../../foundation/errors.ts';
import { segmentRange } from '../../items/query-range.ts';
import { validateSelect } from '../../items/selection.ts';
import type { KeyRange } from '../../storage/engine.ts';
import { parseItem } from '../../values/attribute-value.ts';
import { rejectLegacyParameters } from '../legacy-parameters.ts';
import type { Operation } from '../operation.ts';
import { answerPage, findIndex } from '../read-pages.ts';
import { resolveTableName } from '../table-name.ts';

/** Reads all items of a table or index, or of one of its segments. Source: API reference, Scan. */
export const Scan: Operation<ScanCommandInput> = {
  name: 'Scan',

  async run(context, input) {
    rejectLegacyParameters(input, ['AttributesToGet', 'ConditionalOperator', 'ScanFilter']);
    const { filter, projection } = readExpressions(input, ['FilterExpression']);
    validateSelect(input.Select, projection, input.IndexName, 'Scanning');
    const range = scannedRange(input.Segment, input.TotalSegments);
    const startKey = input.ExclusiveStartKey && parseItem(input.ExclusiveStartKey);
    const tableName = resolveTableName(context, input.TableName);

    return await context.catalog.read(tableName, (table, version) =>
      answerPage(context, input, {
        table,
        version,
        index: findIndex(table, input.IndexName, input.ConsistentRead === true),
        range,
        reverse: false,
        startKey,
        misfitText:
          input.IndexName === undefined
            ? 'The provided starting key is invalid: The provided key element does not match the schema'
            : 'The provided starting key is invalid',
        outOfRangeText: () =>
          'The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct ' +
          `Segment. TotalSegments: ${input.TotalSegments} Segment: ${input.Segment}`,
        filter,
        projection,
      }),
    );
  },
};

function scannedRange(segment: number | undefined, totalSegments: number | undefined): KeyRange {
  if (segment === undefined && totalSegments === undefined) return {};
  if (totalSegments === undefined) {
    throw validationError(
      'The TotalSegments parameter is required but was not present in the request when Segment parameter is present',
    );
  }
  if (segment === undefined) {
    throw validationError(
      'The Segment parameter is required but was not present in the request when parameter TotalSegments is present',
    );
  }
  if (segment >= totalSegments) {
    throw validationError(
      'The Segment parameter is zero-based and must be less than parameter TotalSegments: ' +
        `Segment: ${segment} is not less than TotalSegments: ${totalSegments}`,
    );
  }
  return segmentRange(segment, totalSegments);
}
