import type { PutItemCommandInput } from '@aws-sdk/client-dynamodb';
import { readExpressions } from '../../expressions/read-expressions.ts';
import { planPut } from '../../items/plan-write.ts';
import { parseItem } from '../../values/attribute-value.ts';
import { answerWrite } from '../answer-write.ts';
import { rejectLegacyParameters } from '../legacy-parameters.ts';
import type { Operation } from '../operation.ts';
import { validateReturnsOldOnly } from '../return-values.ts';

/** Creates an item or replaces one, if its condition holds. Source: API reference, PutItem. */
export const PutItem: Operation<PutItemCommandInput> = {
  name: 'PutItem',

  async run(context, input) {
    rejectLegacyParameters(input, ['Expected', 'ConditionalOperator']);
    validateReturnsOldOnly(input.ReturnValues);
    const put = planPut(parseItem(input.Item));
    const { condition } = readExpressions(input, ['ConditionExpression']);
    return await answerWrite(context, input, put, condition);
  },
};
