/** From a statement that writes to a write of `items/`. */
import type { Condition } from '../expressions/ast.ts';
import { validationError } from '../foundation/errors.ts';
import { type PlanWrite, planDelete, planPut, planUpdate } from '../items/plan-write.ts';
import type { ReturnValues } from '../items/write-items.ts';
import type { TableDefinition } from '../tables/table.ts';
import type { Item } from '../values/attribute-value.ts';
import type { BoundWrite } from './bind.ts';
import { allOf, conjunctsOf } from './key-conditions.ts';
import { STATEMENT } from './messages.ts';
import { fullKeyOf } from './plan-read.ts';

export interface StatementWrite {
  readonly plan: PlanWrite;
  readonly condition: Condition | undefined;
  readonly returnValues: ReturnValues | undefined;
}

/**
 * The write of `statement` on `table`; throws the ValidationException for one that doesn't say which item it means.
 *
 * INSERT needs the item to be missing and UPDATE needs it to be there. DELETE of a missing item does nothing, whatever
 * else its WHERE asks. Source: the pages of these statements in the developer guide.
 */
export function planStatementWrite(table: TableDefinition, statement: BoundWrite): StatementWrite {
  if (statement.kind === 'insert') {
    return { plan: planPut(statement.item), condition: isMissing(table), returnValues: undefined };
  }
  const { key, filter } = requireFullKey(table, statement.where);
  const returnValues = statement.returning;
  if (statement.kind === 'delete') {
    const condition: Condition | undefined = filter && { kind: 'or', conditions: [isMissing(table), filter] };
    return { plan: planDelete(key), condition, returnValues };
  }
  const condition = allOf([isThere(table), ...conjunctsOf(filter)]);
  return { plan: planUpdate(key, statement.update), condition, returnValues };
}

/** The key that a WHERE must say, and what else it says. */
export function requireFullKey(
  table: TableDefinition,
  where: Condition | undefined,
): { readonly key: Item; readonly filter: Condition | undefined } {
  const found = fullKeyOf(table, where);
  if (found === undefined) throw validationError(STATEMENT.keyNotEqual);
  return found;
}

function isMissing(table: TableDefinition): Condition {
  return { kind: 'call', name: 'attribute_not_exists', operands: [partitionKeyOf(table)] };
}

/** That the item is there: each has its partition key. */
export function isThere(table: TableDefinition): Condition {
  return { kind: 'call', name: 'attribute_exists', operands: [partitionKeyOf(table)] };
}

function partitionKeyOf({ partitionKey }: TableDefinition): { readonly kind: 'path'; readonly path: [string] } {
  return { kind: 'path', path: [partitionKey.name] };
}
