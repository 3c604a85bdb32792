/** From an entry of TransactWriteItems to the write that it asks for. */
import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { type ExpressionParameters, readExpressions } from '../expressions/read-expressions.ts';
import { assert } from '../foundation/assert.ts';
import { validationError } from '../foundation/errors.ts';
import { type PlanWrite, planCheck, planDelete, planPut, planUpdate } from '../items/plan-write.ts';
import type { PlannedWrite } from '../items/prepare-writes.ts';
import { type Item, parseItem } from '../values/attribute-value.ts';
import { itemSizeBytes } from '../values/size.ts';
import { API_MESSAGES } from './messages.ts';
import type { OperationContext } from './operation-context.ts';
import { resolveTableName } from './table-name.ts';

export interface TransactedAction {
  readonly write: PlannedWrite;
  /** The table as the request names it. */
  readonly nameOrArn: string;
  readonly itemOrKey: Item;
  /** What the request holds for this action: the item or key, and the values of expressions. */
  readonly sizeBytes: number;
  /** All that the action says, its values in canonical form, for comparing requests. */
  readonly asked: object;
}

type ActionKind = 'ConditionCheck' | 'Put' | 'Delete' | 'Update';
const KINDS: readonly ActionKind[] = ['ConditionCheck', 'Put', 'Delete', 'Update'];

/** The members that the kinds of actions have. */
interface ActionMembers extends ExpressionParameters {
  readonly TableName: string | undefined;
  readonly Item?: unknown;
  readonly Key?: unknown;
  readonly ReturnValuesOnConditionCheckFailure?: 'ALL_OLD' | 'NONE' | undefined;
}

/** Reads an entry that has been checked against its shape. Throws the ValidationException for what needs no table. */
export function readTransactedAction(context: OperationContext, entry: TransactWriteItem): TransactedAction {
  const kinds = KINDS.filter((kind) => entry[kind] !== undefined);
  const [kind] = kinds;
  if (kind === undefined) throw validationError(API_MESSAGES.transactionItemEmpty);
  if (kinds.length > 1) throw validationError(API_MESSAGES.transactionItemAmbiguous);
  return readAction(context, kind, entry[kind] as ActionMembers);
}

function readAction(context: OperationContext, kind: ActionKind, members: ActionMembers): TransactedAction {
  const { TableName: nameOrArn, ReturnValuesOnConditionCheckFailure: returns } = members;
  assert(nameOrArn !== undefined, 'TableName is a required member');
  const itemOrKey = parseItem(kind === 'Put' ? members.Item : members.Key);
  const put = kind === 'Put' ? planPut(itemOrKey) : undefined;
  const { condition, update } = readExpressions(
    members,
    kind === 'Update' ? ['UpdateExpression', 'ConditionExpression'] : ['ConditionExpression'],
  );
  const tableName = resolveTableName(context, nameOrArn);
  const plan = put ?? planKeyed(kind, itemOrKey, update);
  const values = members.ExpressionAttributeValues && parseItem(members.ExpressionAttributeValues);
  return {
    write: { tableName, plan, condition, returnItemOnFailure: returns === 'ALL_OLD' },
    nameOrArn,
    itemOrKey,
    sizeBytes: itemSizeBytes(itemOrKey) + (values === undefined ? 0 : itemSizeBytes(values)),
    asked: {
      kind,
      tableName,
      itemOrKey,
      values,
      returns,
      names: members.ExpressionAttributeNames,
      conditionExpression: members.ConditionExpression,
      updateExpression: members.UpdateExpression,
    },
  };
}

function planKeyed(kind: ActionKind, key: Item, update: Parameters<typeof planUpdate>[1]): PlanWrite {
  if (kind === 'Update') return planUpdate(key, update);
  return kind === 'Delete' ? planDelete(key) : planCheck(key);
}
