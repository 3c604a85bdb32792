import type { DeleteItemCommandInput } from '@aws-sdk/client-dynamodb';
import { describeConsumption } from '../describe-consumption.ts';
import { readExpressions } from '../../expressions/read-expressions.ts';
import { planDelete } from '../../items/plan-write.ts';
import { runWrite } from '../../items/run-writes.ts';
import { jsonTextOrAbsent } from '../answer.ts';
import { rejectLegacyParameters } from '../legacy-parameters.ts';
import type { Operation } from '../operation.ts';
import { validateReturnsOldOnly } from '../return-values.ts';
import { resolveTableName } from '../table-name.ts';

/** Deletes the item with the given key, if there is one and its condition holds. Source: API reference, DeleteItem. */
export const DeleteItem: Operation<DeleteItemCommandInput> = {
  name: 'DeleteItem',

  async run(context, input) {
    rejectLegacyParameters(input, ['Expected', 'ConditionalOperator']);
    validateReturnsOldOnly(input.ReturnValues);
    const deletion = planDelete(input.Key);
    const { condition } = readExpressions(input, ['ConditionExpression']);
    const tableName = resolveTableName(context, input.TableName);

    const { attributesJson, consumption } = await runWrite(context, {
      tableName,
      plan: (table) => ({
        ...deletion(table),
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
