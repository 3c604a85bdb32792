/** TableName as requests give it: a name, or the ARN of a table. */
import { assert } from '../foundation/assert.ts';
import { ApiError, validationError } from '../foundation/errors.ts';
import { ARN_PARTITION, type ArnScope, parseArn } from '../tables/arn.ts';
import { TABLE_MESSAGES } from '../tables/messages.ts';
import { ARN_NAME_MESSAGES } from './messages.ts';

const TABLE_NAME = /^[a-zA-Z0-9_.-]{3,255}$/;

/**
 * The name of the table that `nameOrArn` means, whether or not there is one. Throws the ValidationException for what is
 * neither a name nor the ARN of a table of this region, and AccessDeniedException for one of another account, which
 * there is no resource-based policy here to allow.
 */
export function resolveTableName(scope: ArnScope, nameOrArn: string | undefined): string {
  assert(nameOrArn !== undefined, 'TableName is a required member');
  if (nameOrArn.startsWith('arn:')) return resolveArn(scope, nameOrArn);
  if (!TABLE_NAME.test(nameOrArn)) throw validationError(TABLE_MESSAGES.invalidName);
  return nameOrArn;
}

/** Source of the texts: public records of what the service answered. */
function resolveArn({ region, accountId }: ArnScope, text: string): string {
  const arn = parseArn(text);
  if (typeof arn === 'number' || arn.service !== 'dynamodb') throw validationError(ARN_NAME_MESSAGES.malformed);
  if (arn.partition !== ARN_PARTITION) throw validationError(ARN_NAME_MESSAGES.partition(text));
  if (arn.region !== region) throw validationError(ARN_NAME_MESSAGES.region(text));
  const slash = arn.resource.indexOf('/');
  if (slash !== -1 && arn.resource.slice(0, slash) !== 'table') throw validationError(ARN_NAME_MESSAGES.type(text));
  const name = arn.resource.slice(slash + 1);
  if (slash === -1 || !TABLE_NAME.test(name)) throw validationError(ARN_NAME_MESSAGES.malformed);
  if (arn.accountId !== accountId) {
    throw new ApiError({ name: 'AccessDeniedException', message: ARN_NAME_MESSAGES.denied });
  }
  return name;
}
