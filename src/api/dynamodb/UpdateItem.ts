import type { UpdateItemCommandInput } from '@aws-sdk/client-dynamodb';
import { describeConsumption } from '../describe-consumption.ts';
import { readExpressions } from '../../expressions/read-expressions.ts';
import { planUpdate } from '../../items/plan-write.ts';
import { runWrite } from '../../items/run-writes.ts';
import { jsonTextOrAbsent } from '../answer.ts';
import { rejectLegacyParameters } from '../legacy-parameters.ts';
import type { Operation } from '../operation.ts';
import { resolveTableName } from '../table-name.ts';

/** Changes attributes of an item, or creates it, if its condition holds. Source: API reference, UpdateItem. */
export const UpdateItem: Operation<UpdateItemCommandInput> = {
  name: 'UpdateItem',

  async run(context, input) {
    rejectLegacyParameters(input, ['AttributeUpdates', 'Expected', 'ConditionalOperator']);
    const { condition, update } = readExpressions(input, ['UpdateExpression', 'ConditionExpression']);
    const planned = planUpdate(input.Key, update);
    const tableName = resolveTableName(context, input.TableName);

    const { attributesJson, consumption } = await runWrite(context, {
      tableName,
      plan: (table) => ({
        ...planned(table),
        condition,
        returnValues: input.ReturnValues,
        returnItemOnFailure: input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD',
      }),
    });

    return {
      Attributes: jsonTextOrAbsent(attributesJson),
      ConsumedCapacity: describeConsumption(consumption, input.ReturnConsumedCapacity, input.TableName),
    };
  },
};
