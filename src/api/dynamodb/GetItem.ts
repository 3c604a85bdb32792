import type { GetItemCommandInput } from '@aws-sdk/client-dynamodb';
import { readParameters, validateForms } from '../../expressions/read-parameters.ts';
import { getItem } from '../../items/get-items.ts';
import { parseItem } from '../../values/attribute-value.ts';
import { jsonTextOrAbsent } from '../answer.ts';
import { describeConsumption } from '../describe-consumption.ts';
import type { Operation } from '../operation.ts';
import { resolveTableName } from '../table-name.ts';

/** Returns the item with the given key, or nothing. Source: API reference, GetItem. */
export const GetItem: Operation<GetItemCommandInput> = {
  name: 'GetItem',

  async run(context, input) {
    validateForms(input, 'GetItem');
    const key = parseItem(input.Key);
    const { projection } = readParameters(input, 'GetItem');
    const tableName = resolveTableName(context, input.TableName);
    const consistent = input.ConsistentRead === true;

    const { itemJson, consumption } = await getItem(context, { tableName, key, projection, consistent });

    return {
      Item: jsonTextOrAbsent(itemJson),
      ConsumedCapacity: describeConsumption(consumption, input.ReturnConsumedCapacity, input.TableName),
    };
  },
};
