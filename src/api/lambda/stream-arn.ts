import { formatStreamArn, formatTableArn, parseArn } from '../../tables/arn.ts';
import { TRIGGER_MESSAGES } from '../../streams/consumers/trigger-messages.ts';
import type { OperationContext } from '../operation-context.ts';
import { invalidParameter } from './invalid-parameter.ts';
import { LAMBDA_MESSAGES } from './messages.ts';

/**
 * The table and the label of the stream that `arn` names, whether or not there is one. Throws
 * InvalidParameterValueException for what is no stream of DynamoDB's, and for one of another region or account.
 */
export function parseStreamArn(
  scope: Pick<OperationContext, 'region' | 'accountId'>,
  arn: string,
): { readonly tableName: string; readonly streamLabel: string } {
  const parsed = parseArn(arn);
  if (typeof parsed === 'number' || parsed.service !== 'dynamodb') {
    throw invalidParameter(LAMBDA_MESSAGES.sourceUnrecognized);
  }
  const [, tableName, streamLabel] = /^table\/([^/]+)\/stream\/([^/]+)$/.exec(parsed.resource) ?? [];
  if (tableName === undefined || streamLabel === undefined) {
    throw invalidParameter(LAMBDA_MESSAGES.sourceUnrecognized);
  }
  if (formatStreamArn(formatTableArn(scope, tableName), streamLabel) !== arn) {
    throw invalidParameter(TRIGGER_MESSAGES.streamNotFound(arn));
  }
  return { tableName, streamLabel };
}
