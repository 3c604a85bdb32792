import type { PutItemCommandInput } from '@aws-sdk/client-dynamodb';
import { readParameters, validateForms } from '../../expressions/read-parameters.ts';
import { planPut } from '../../items/plan-write.ts';
import { parseItem } from '../../values/attribute-value.ts';
import { answerWrite } from '../answer-write.ts';
import type { Operation } from '../operation.ts';
import { validateReturnsOldOnly } from '../return-values.ts';

/** Creates an item or replaces one, if its condition holds. Source: API reference, PutItem. */
export const PutItem: Operation<PutItemCommandInput> = {
  name: 'PutItem',

  async run(context, input) {
    validateForms(input, 'PutItem');
    const item = parseItem(input.Item);
    validateReturnsOldOnly(input.ReturnValues);
    const put = planPut(item);
    const { condition } = readParameters(input, 'PutItem');
    return await answerWrite(context, input, put, condition);
  },
};
