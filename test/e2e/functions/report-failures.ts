/** A function that answers by its callback, and reports the items that it can't process. */
import type { Callback, Context, DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';

export function handler(
  event: DynamoDBStreamEvent,
  _context: Context,
  callback: Callback<DynamoDBBatchResponse>,
): void {
  const failed = event.Records.filter(({ dynamodb }) => dynamodb?.NewImage?.['bad']?.BOOL);
  const batchItemFailures = failed.map(({ dynamodb }) => ({ itemIdentifier: String(dynamodb?.SequenceNumber) }));
  setImmediate(() => callback(null, { batchItemFailures }));
}
