import type { ScanCommandInput } from '@aws-sdk/client-dynamodb';
import { readParameters, validateForms } from '../../expressions/read-parameters.ts';
import { validationError } from '../../foundation/errors.ts';
import { type Segment, scanItems } from '../../items/scan-items.ts';
import { validateSelect } from '../../items/selection.ts';
import { describePage } from '../describe-page.ts';
import { API_MESSAGES } from '../messages.ts';
import type { Operation } from '../operation.ts';
import { readStartKey } from '../read-start-key.ts';
import { resolveTableName } from '../table-name.ts';

/** Reads all items of a table or index, or of one of its segments. Source: API reference, Scan. */
export const Scan: Operation<ScanCommandInput> = {
  name: 'Scan',

  async run(context, input) {
    validateForms(input, 'Scan');
    const startKey = readStartKey(input.ExclusiveStartKey);
    const segment = readSegment(input.Segment, input.TotalSegments);
    validateSelect(input, 'Scanning');
    const { filter, projection } = readParameters(input, 'Scan');

    const page = await scanItems(context, {
      tableName: resolveTableName(context, input.TableName),
      indexName: input.IndexName,
      consistent: input.ConsistentRead === true,
      segment,
      startKey,
      limit: input.Limit,
      filter,
      select: input.Select,
      projection,
    });

    return describePage(page, input);
  },
};

/** Without both parameters the whole is one segment. */
function readSegment(number: number | undefined, total: number | undefined): Segment {
  if (number === undefined && total === undefined) return { number: 0, total: 1 };
  if (total === undefined) throw validationError(API_MESSAGES.totalSegmentsMissing);
  if (number === undefined) throw validationError(API_MESSAGES.segmentMissing);
  if (number >= total) throw validationError(API_MESSAGES.segmentOutOfRange(number, total));
  return { number, total };
}
