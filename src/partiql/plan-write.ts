/** From a statement that writes to a write of `items/`. */
import type { Condition } from '../expressions/ast.ts';
import { validationError } from '../foundation/errors.ts';
import type { ReturnValues } from '../items/change-item.ts';
import { type PlanWrite, planCheck, planDelete, planPut, planUpdate } from '../items/plan-write.ts';
import type { TableDefinition } from '../tables/table.ts';
import type { BoundExists, BoundWrite } from './bind.ts';
import { allOf, conjunctsOf } from './key-conditions.ts';
import { STATEMENT } from './messages.ts';
import { fullKeyOf } from './plan-read.ts';

export interface StatementWrite {
  readonly plan: PlanWrite;
  readonly condition: Condition | undefined;
  readonly returnValues: ReturnValues | undefined;
}

/**
 * The write of `statement` on `table`, or the check of an EXISTS. The plan of one that doesn't say which item it means
 * throws the ValidationException for that.
 *
 * INSERT needs the item to be missing and UPDATE needs it to be there. DELETE of a missing item does nothing, whatever
 * else its WHERE asks. Source: the pages of these statements in the developer guide.
 */
export function planStatementWrite(table: TableDefinition, statement: BoundWrite | BoundExists): StatementWrite {
  if (statement.kind === 'insert') {
    return { plan: planPut(statement.item), condition: isMissing(table), returnValues: undefined };
  }
  const found = fullKeyOf(table, statement.where);
  if (found === undefined) return { plan: refuse, condition: undefined, returnValues: undefined };
  const { key, filter } = found;
  switch (statement.kind) {
    case 'delete': {
      const condition: Condition | undefined = filter && { kind: 'or', conditions: [isMissing(table), filter] };
      return { plan: planDelete(key), condition, returnValues: statement.returning };
    }
    case 'update':
      return {
        plan: planUpdate(key, statement.update),
        condition: isThereWith(table, filter),
        returnValues: statement.returning,
      };
    case 'exists':
      return { plan: planCheck(key), condition: isThereWith(table, filter), returnValues: undefined };
  }
}

function refuse(): never {
  throw validationError(STATEMENT.keyNotEqual);
}

function isMissing(table: TableDefinition): Condition {
  return { kind: 'call', name: 'attribute_not_exists', operands: [partitionKeyOf(table)] };
}

/** That the item is there, as each item has its partition key, and meets the filter. */
function isThereWith(table: TableDefinition, filter: Condition | undefined): Condition {
  const isThere: Condition = { kind: 'call', name: 'attribute_exists', operands: [partitionKeyOf(table)] };
  return allOf([isThere, ...conjunctsOf(filter)]) ?? isThere;
}

function partitionKeyOf({ partitionKey }: TableDefinition): { readonly kind: 'path'; readonly path: [string] } {
  return { kind: 'path', path: [partitionKey.name] };
}
