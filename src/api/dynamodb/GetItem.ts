import type { GetItemCommandInput } from '@aws-sdk/client-dynamodb';
import { readExpressions } from '../../expressions/read-expressions.ts';
import { getItem } from '../../items/get-items.ts';
import { parseItem } from '../../values/attribute-value.ts';
import { jsonTextOrAbsent } from '../answer.ts';
import { describeConsumption } from '../describe-consumption.ts';
import { rejectLegacyParameters } from '../legacy-parameters.ts';
import type { Operation } from '../operation.ts';
import { resolveTableName } from '../table-name.ts';

/** Returns the item with the given key, or nothing. Source: API reference, GetItem. */
export const GetItem: Operation<GetItemCommandInput> = {
  name: 'GetItem',

  async run(context, input) {
    rejectLegacyParameters(input, ['AttributesToGet']);
    const key = parseItem(input.Key);
    const { projection } = readExpressions(input);
    const tableName = resolveTableName(context, input.TableName);
    const consistent = input.ConsistentRead === true;

    const { itemJson, consumption } = await getItem(context, { tableName, key, projection, consistent });

    return {
      Item: jsonTextOrAbsent(itemJson),
      ConsumedCapacity: describeConsumption(consumption, input.ReturnConsumedCapacity, input.TableName),
    };
  },
};
