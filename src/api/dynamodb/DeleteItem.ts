import type { DeleteItemCommandInput } from '@aws-sdk/client-dynamodb';
import { readParameters, validateForms } from '../../expressions/read-parameters.ts';
import { planDelete } from '../../items/plan-write.ts';
import { parseItem } from '../../values/attribute-value.ts';
import { answerWrite } from '../answer-write.ts';
import type { Operation } from '../operation.ts';
import { validateReturnsOldOnly } from '../return-values.ts';

/** Deletes the item with the given key, if there is one and its condition holds. Source: API reference, DeleteItem. */
export const DeleteItem: Operation<DeleteItemCommandInput> = {
  name: 'DeleteItem',

  async run(context, input) {
    validateForms(input, 'DeleteItem');
    const deletion = planDelete(parseItem(input.Key));
    validateReturnsOldOnly(input.ReturnValues);
    const { condition } = readParameters(input, 'DeleteItem');
    return await answerWrite(context, input, deletion, condition);
  },
};
