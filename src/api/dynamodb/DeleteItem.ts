import type { DeleteItemCommandInput } from '@aws-sdk/client-dynamodb';
import { readExpressions } from '../../expressions/read-expressions.ts';
import { planDelete } from '../../items/plan-write.ts';
import { parseItem } from '../../values/attribute-value.ts';
import { answerWrite } from '../answer-write.ts';
import { rejectLegacyParameters } from '../legacy-parameters.ts';
import type { Operation } from '../operation.ts';
import { validateReturnsOldOnly } from '../return-values.ts';

/** Deletes the item with the given key, if there is one and its condition holds. Source: API reference, DeleteItem. */
export const DeleteItem: Operation<DeleteItemCommandInput> = {
  name: 'DeleteItem',

  async run(context, input) {
    rejectLegacyParameters(input, ['Expected', 'ConditionalOperator']);
    validateReturnsOldOnly(input.ReturnValues);
    const deletion = planDelete(parseItem(input.Key));
    const { condition } = readExpressions(input, ['ConditionExpression']);
    return await answerWrite(context, input, deletion, condition);
  },
};
