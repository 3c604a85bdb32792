import type { ScanCommandInput } from '@aws-sdk/client-dynamodb';
import { readParameters, validateForms } from '../../expressions/read-parameters.ts';
import { validationError } from '../../foundation/errors.ts';
import { type Segment, scanItems } from '../../items/scan-items.ts';
import { validateSelect } from '../../items/selection.ts';
import { parseItem } from '../../values/attribute-value.ts';
import { describePage } from '../describe-page.ts';
import { API_MESSAGES } from '../messages.ts';
import type { Operation } from '../operation.ts';
import { resolveTableName } from '../table-name.ts';

/** Reads all items of a table or index, or of one of its segments. Source: API reference, Scan. */
export const Scan: Operation<ScanCommandInput> = {
  name: 'Scan',

  async run(context, input) {
    validateForms(input, 'Scan');
    const { filter, projection } = readParameters(input, 'Scan');
    validateSelect(input, 'Scanning');
    const segment = readSegment(input.Segment, input.TotalSegments);
    const startKey = input.ExclusiveStartKey && parseItem(input.ExclusiveStartKey);

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
