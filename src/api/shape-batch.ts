/** Limits of batches that the service model states, but that DynamoDB answers in words of its own. */
import { validationError } from '../foundation/errors.ts';
import type { JsonObject } from './shape-attribute-value.ts';

const MAX_KEYS_PER_TABLE = 100;

/** Checks the input of BatchGetItem or BatchWriteItem, of its shape otherwise. Throws a ValidationException. */
export function checkBatch(operationName: string, body: unknown): void {
  const requestItems = Object.entries((body as { RequestItems: JsonObject }).RequestItems);
  if (requestItems.length === 0) throw validationError(`The requestItems parameter is required for ${operationName}`);
  if (operationName !== 'BatchGetItem') return;
  for (const [tableName, { Keys }] of requestItems as [string, { Keys: readonly unknown[] }][]) {
    if (Keys.length > MAX_KEYS_PER_TABLE) throw validationError(describeTooManyKeys(tableName));
  }
}

function describeTooManyKeys(tableName: string): string {
  const constraint = `Member must have length less than or equal to ${MAX_KEYS_PER_TABLE}`;
  const path = `RequestItems.${tableName}.member.Keys`;
  return `1 validation error detected: Value at '${path}' failed to satisfy constraint: ${constraint}`;
}
