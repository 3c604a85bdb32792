import type { TransactGetItem, TransactGetItemsCommandInput } from '@aws-sdk/client-dynamodb';
import { readExpressions } from '../../expressions/read-expressions.ts';
import type { ItemRequest } from '../../items/get-items.ts';
import { transactGetItems } from '../../items/transact-get-items.ts';
import { parseItem } from '../../values/attribute-value.ts';
import { JsonText } from '../answer.ts';
import { describeTransactionConsumption } from '../describe-consumption.ts';
import type { OperationContext } from '../operation-context.ts';
import type { Operation } from '../operation.ts';
import { resolveTableName } from '../table-name.ts';

/** Returns up to 100 items by their keys, as they were at one moment. Source: API reference, TransactGetItems. */
export const TransactGetItems: Operation<TransactGetItemsCommandInput> = {
  name: 'TransactGetItems',

  async run(context, input) {
    const items = input.TransactItems ?? [];
    const requests = items.map((item) => readGet(context, item));

    const results = await transactGetItems(context, requests);

    return {
      Responses: results.map(({ itemJson }) => new JsonText(describeItem(itemJson))),
      ConsumedCapacity: describeTransactionConsumption(
        'read',
        items.map(({ Get }) => Get?.TableName ?? ''),
        results.map(({ consumption }) => consumption),
        input.ReturnConsumedCapacity,
      ),
    };
  },
};

function readGet(context: OperationContext, { Get: get }: TransactGetItem): ItemRequest {
  const key = parseItem(get?.Key);
  const { projection } = readExpressions(get ?? {});
  return { tableName: resolveTableName(context, get?.TableName), key, projection, consistent: true };
}

/** An item of which the projection leaves nothing is answered like one that is missing (API reference, Responses). */
function describeItem(itemJson: string | undefined): string {
  return itemJson === undefined || itemJson === '{}' ? '{}' : `{"Item":${itemJson}}`;
}
