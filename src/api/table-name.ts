/** TableName as requests give it: a name, or the ARN of a table. */
import { assert } from '../foundation/assert.ts';
import { validationError } from '../foundation/errors.ts';
import { type ArnScope, formatTableArn } from '../tables/arn.ts';
import { TABLE_MESSAGES } from '../tables/messages.ts';

const TABLE_NAME = /^[a-zA-Z0-9_.-]{3,255}$/;

/**
 * The name of the table that `nameOrArn` means, whether or not there is one. ValidationException for what is neither
 * a name nor the ARN of a table of this region and account.
 */
export function resolveTableName(scope: ArnScope, nameOrArn: string | undefined): string {
  assert(nameOrArn !== undefined, 'TableName is a required member');
  const isArn = nameOrArn.startsWith('arn:');
  const name = isArn ? nameOrArn.slice(nameOrArn.indexOf('/') + 1) : nameOrArn;
  if (isArn && nameOrArn !== formatTableArn(scope, name)) throw validationError(TABLE_MESSAGES.invalidArn(nameOrArn));
  if (!TABLE_NAME.test(name)) {
    throw validationError(isArn ? TABLE_MESSAGES.invalidArn(nameOrArn) : TABLE_MESSAGES.invalidName);
  }
  return name;
}
