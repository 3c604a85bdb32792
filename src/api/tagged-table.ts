/** ResourceArn as the operations on tags give it. Source: public records of what the service answered to each kind. */
import { ApiError, validationError } from '../foundation/errors.ts';
import { ARN_PARTITION, type ArnScope, parseArn } from '../tables/arn.ts';
import type { TagChange } from '../tables/change-tags.ts';
import { changeTags } from '../tables/change-tags.ts';
import type { TableDefinition } from '../tables/table.ts';
import { RESOURCE_ARN_MESSAGES } from '../tables/tag-messages.ts';
import type { OperationContext } from './operation-context.ts';

/**
 * The table that `arn` names. Throws the ValidationException for what names no table of this region,
 * AccessDeniedException for what belongs to others, and ResourceNotFoundException where there is no such table, or none
 * yet: tags of a table can't be seen before it is created.
 */
export async function findTaggedTable(context: OperationContext, arn: string): Promise<TableDefinition> {
  const name = parseTableArn(context, arn);
  const table = name === undefined ? undefined : await context.catalog.find(name);
  if (table === undefined || table.transition?.status === 'CREATING') throw notFoundError(arn);
  return table;
}

/** Changes the tags of the table that `arn` names. Errors as `findTaggedTable`, and those of `changeTags`. */
export async function changeTagsOf(
  context: OperationContext,
  arn: string,
  change: Pick<TagChange, 'put' | 'removedKeys'>,
): Promise<void> {
  for (;;) {
    const { name: tableName, id: tableId } = await findTaggedTable(context, arn);
    const outcome = await context.engine.transact(changeTags, { tableName, tableId, ...change });
    if (outcome === 'done') return;
    if (outcome !== 'stale') throw new ApiError(outcome.fault);
  }
}

/** Throws what `findTaggedTable` throws of the ARN alone, whether or not there is such a table. */
export function validateTaggedArn(scope: ArnScope, arn: string): void {
  parseTableArn(scope, arn);
}

const TABLE = /^table\/([a-zA-Z0-9_.-]+)$/;
const INDEX = /^table\/[^/]+\/index\/[^/]+$/;
const STREAM = /^table\/[^/]+\/stream\/[^/]+$/;

/** The name of the table that `arn` names; undefined for what is no table but may be asked for, as a stream may. */
function parseTableArn({ region, accountId }: ArnScope, text: string): string | undefined {
  const arn = parseArn(text);
  if (typeof arn === 'number') throw validationError(RESOURCE_ARN_MESSAGES.malformed(arn, text));
  if (arn.service !== 'dynamodb') throw deniedError();
  const [, name] = TABLE.exec(arn.resource) ?? [];
  if (name === undefined && INDEX.test(arn.resource)) throw validationError(RESOURCE_ARN_MESSAGES.index(text));
  if (name === undefined && !STREAM.test(arn.resource)) throw validationError(RESOURCE_ARN_MESSAGES.noTable(text));
  if (arn.accountId !== accountId) throw deniedError();
  if (arn.region !== region || arn.partition !== ARN_PARTITION) {
    throw validationError(RESOURCE_ARN_MESSAGES.elsewhere(text));
  }
  return name;
}

function deniedError(): ApiError {
  return new ApiError({ name: 'AccessDeniedException', message: RESOURCE_ARN_MESSAGES.denied });
}

function notFoundError(arn: string): ApiError {
  return new ApiError({ name: 'ResourceNotFoundException', message: RESOURCE_ARN_MESSAGES.notFound(arn) });
}
