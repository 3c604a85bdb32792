import type { UpdateItemCommandInput } from '@aws-sdk/client-dynamodb';
import { readParameters, validateForms } from '../../expressions/read-parameters.ts';
import { planUpdate } from '../../items/plan-write.ts';
import { parseItem } from '../../values/attribute-value.ts';
import { answerWrite } from '../answer-write.ts';
import type { Operation } from '../operation.ts';

/** Changes attributes of an item, or creates it, if its condition holds. Source: API reference, UpdateItem. */
export const UpdateItem: Operation<UpdateItemCommandInput> = {
  name: 'UpdateItem',

  async run(context, input) {
    validateForms(input, 'UpdateItem');
    const key = parseItem(input.Key);
    const { condition, update } = readParameters(input, 'UpdateItem');
    const planned = planUpdate(key, update);
    return await answerWrite(context, input, planned, condition);
  },
};
