/** Keys are scalars, so no expression may look into one. */
import { type LookingExpressions, nestedAttributeNames } from '../expressions/nested-names.ts';
import { ApiError } from '../foundation/errors.ts';
import { type TableDefinition, indexKeyAttributes, tableKeyAttributes } from '../tables/table.ts';
import { ITEM_MESSAGES } from './messages.ts';

/**
 * Throws the ValidationException for a path into a key attribute of `table`, or of any of its indexes, in one of the
 * expressions. Source: what AWS's own DynamoDB local checks of every operation's expressions
 * (NESTED_ATTRIBUTE_ACCESS_TO_KEY_ATTRIBUTE_IN_EXPRESSION among its error codes).
 */
export function validateScalarKeys(table: TableDefinition, expressions: LookingExpressions): void {
  const { condition, update, projection } = expressions;
  if (condition === undefined && update === undefined && projection === undefined) return;
  const names = nestedAttributeNames(expressions);
  if (names.size === 0) return;
  for (const { name } of tableKeyAttributes(table)) {
    if (names.has(name)) throw notScalarError('Key', name);
  }
  for (const { name } of table.indexes.flatMap(indexKeyAttributes)) {
    if (names.has(name)) throw notScalarError('IndexKey', name);
  }
}

/** Like all that is wrong with an expression by itself, it refuses a transaction instead of cancelling it. */
function notScalarError(kind: 'Key' | 'IndexKey', name: string): ApiError {
  const message = ITEM_MESSAGES.keyNotScalar(kind, name);
  return new ApiError({ name: 'ValidationException', message, refusesTransaction: true });
}
