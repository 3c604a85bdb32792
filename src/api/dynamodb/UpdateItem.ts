import type { UpdateItemCommandInput } from '@aws-sdk/client-dynamodb';
import { readExpressions } from '../../expressions/read-expressions.ts';
import { planUpdate } from '../../items/plan-write.ts';
import { parseItem } from '../../values/attribute-value.ts';
import { answerWrite } from '../answer-write.ts';
import { rejectLegacyParameters } from '../legacy-parameters.ts';
import type { Operation } from '../operation.ts';

/** Changes attributes of an item, or creates it, if its condition holds. Source: API reference, UpdateItem. */
export const UpdateItem: Operation<UpdateItemCommandInput> = {
  name: 'UpdateItem',

  async run(context, input) {
    rejectLegacyParameters(input, ['AttributeUpdates', 'Expected', 'ConditionalOperator']);
    const { condition, update } = readExpressions(input, ['UpdateExpression', 'ConditionExpression']);
    const planned = planUpdate(parseItem(input.Key), update);
    return await answerWrite(context, input, planned, condition);
  },
};
