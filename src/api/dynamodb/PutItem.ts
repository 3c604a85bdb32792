import type { PutItemCommandInput } from '@aws-sdk/client-dynamodb';
import { describeConsumption } from '../describe-consumption.ts';
import { readExpressions } from '../../expressions/read-expressions.ts';
import { planPut } from '../../items/plan-write.ts';
import { runWrite } from '../../items/run-writes.ts';
import { jsonTextOrAbsent } from '../answer.ts';
import { rejectLegacyParameters } from '../legacy-parameters.ts';
import type { Operation } from '../operation.ts';
import { validateReturnsOldOnly } from '../return-values.ts';
import { resolveTableName } from '../table-name.ts';

/** Creates an item or replaces one, if its condition holds. Source: API reference, PutItem. */
export const PutItem: Operation<PutItemCommandInput> = {
  name: 'PutItem',

  async run(context, input) {
    rejectLegacyParameters(input, ['Expected', 'ConditionalOperator']);
    validateReturnsOldOnly(input.ReturnValues);
    const put = planPut(input.Item);
    const { condition } = readExpressions(input, ['ConditionExpression']);
    const tableName = resolveTableName(context, input.TableName);

    const { attributesJson, consumption } = await runWrite(context, {
      tableName,
      plan: (table) => ({
        ...put(table),
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
