import type { GetItemCommandInput } from '@aws-sdk/client-dynamodb';
import { noConsumption, readUnits } from '../../capacity/consumed-capacity.ts';
import { projectItem } from '../../expressions/project.ts';
import { readExpressions } from '../../expressions/read-expressions.ts';
import { keyOfKey } from '../../items/item-key.ts';
import { parseItem } from '../../values/attribute-value.ts';
import { storedAttributes, storedJson, storedSizeBytes } from '../../values/stored-item.ts';
import { JsonText } from '../answer.ts';
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

    const stored = await context.catalog.read(tableName, (table, version) =>
      context.engine.get(table.space, keyOfKey(table, key), version),
    );

    const consumption = noConsumption(tableName);
    consumption.table = readUnits(stored === undefined ? 0 : storedSizeBytes(stored), input.ConsistentRead === true);
    return {
      Item:
        stored && (projection ? projectItem(projection, storedAttributes(stored)) : new JsonText(storedJson(stored))),
      ConsumedCapacity: describeConsumption(consumption, input.ReturnConsumedCapacity, input.TableName),
    };
  },
};
