import type { QueryCommandInput, ScanCommandInput } from '@aws-sdk/client-dynamodb';
import type { Page } from '../items/read-page.ts';
import { type Answer, JsonText } from './answer.ts';
import { describeConsumption } from './describe-consumption.ts';

/** A page as Query and Scan answer it. */
export function describePage(page: Page, input: QueryCommandInput | ScanCommandInput): Answer {
  return {
    Items: page.itemsJson?.map((json) => new JsonText(json)),
    Count: page.count,
    ScannedCount: page.scannedCount,
    LastEvaluatedKey: page.lastEvaluatedKey,
    ConsumedCapacity: describeConsumption(page.consumption, input.ReturnConsumedCapacity, input.TableName),
  };
}
