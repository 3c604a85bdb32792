/** What PutItem, UpdateItem and DeleteItem share: from parameters to a write and from its result to an answer. */
import type { DeleteItemCommandInput, PutItemCommandInput, UpdateItemCommandInput } from '@aws-sdk/client-dynamodb';
import type { Condition } from '../expressions/ast.ts';
import type { PlanWrite } from '../items/plan-write.ts';
import { runWrite } from '../items/run-writes.ts';
import { type Answer, jsonTextOrAbsent } from './answer.ts';
import { describeCollection } from './describe-collections.ts';
import { describeConsumption } from './describe-consumption.ts';
import type { OperationContext } from './operation-context.ts';
import { resolveTableName } from './table-name.ts';

/** Runs the write that `plan` makes of the item, if `condition` holds, and answers it. */
export async function answerWrite(
  context: OperationContext,
  input: PutItemCommandInput | UpdateItemCommandInput | DeleteItemCommandInput,
  plan: PlanWrite,
  condition: Condition | undefined,
): Promise<Answer> {
  const { attributesJson, consumption, collection } = await runWrite(context, {
    tableName: resolveTableName(context, input.TableName),
    plan,
    condition,
    returnValues: input.ReturnValues,
    returnItemOnFailure: input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD',
  });
  return {
    Attributes: jsonTextOrAbsent(attributesJson),
    ConsumedCapacity: describeConsumption(consumption, input.ReturnConsumedCapacity, input.TableName),
    ItemCollectionMetrics: describeCollection(
      { itemOrKey: 'Item' in input ? input.Item : (input as DeleteItemCommandInput).Key, collection },
      input.ReturnItemCollectionMetrics,
    ),
  };
}
