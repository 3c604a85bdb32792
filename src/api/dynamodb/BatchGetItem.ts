import type { BatchGetItemCommandInput, KeysAndAttributes } from '@aws-sdk/client-dynamodb';
import { readParameters, validateForms } from '../../expressions/read-parameters.ts';
import { validationError } from '../../foundation/errors.ts';
import { LIMITS } from '../../foundation/limits.ts';
import { validateDistinctGivenKeys } from '../../items/distinct-keys.ts';
import { type ItemRequest, type ItemResult, getItems } from '../../items/get-items.ts';
import { parseItem } from '../../values/attribute-value.ts';
import { JsonText, encodeAnswer } from '../answer.ts';
import { describeBatchConsumption } from '../describe-consumption.ts';
import { API_MESSAGES } from '../messages.ts';
import type { OperationContext } from '../operation-context.ts';
import type { Operation } from '../operation.ts';
import { resolveTableName } from '../table-name.ts';

/**
 * Returns up to 100 items by their keys, 16 MB in all; the rest comes back unprocessed.
 * Source: API reference, BatchGetItem.
 */
export const BatchGetItem: Operation<BatchGetItemCommandInput> = {
  name: 'BatchGetItem',

  async run(context, input) {
    const requestItems = Object.entries(input.RequestItems ?? {});
    validateFormsTogether(requestItems.map(([, asked]) => asked));
    const requests = requestItems.flatMap(([nameOrArn, asked]) => readRequests(context, nameOrArn, asked));
    if (requests.length > LIMITS.batchGetItems) throw validationError(API_MESSAGES.batchTooLong('BatchGetItem'));

    const results = await getItems(context, requests, LIMITS.batchGetSizeBytes);

    return {
      Responses: describeResponses(requests, results),
      UnprocessedKeys: describeUnprocessed(requestItems, requests.slice(results.length)),
      ConsumedCapacity: describeBatchConsumption(
        requests.map(({ nameOrArn }) => nameOrArn),
        results.map(({ consumption }) => consumption),
        input.ReturnConsumedCapacity,
      ),
    };
  },
};

/**
 * Throws the ValidationException for a request that has both forms, on whatever tables. Source: what the service
 * answered in https://github.com/ExtendDB/extenddb/pull/178.
 */
function validateFormsTogether(asked: readonly KeysAndAttributes[]): void {
  const first = <Name extends 'ProjectionExpression' | 'AttributesToGet'>(name: Name): KeysAndAttributes[Name] =>
    asked.find((each) => each[name] !== undefined)?.[name];
  validateForms(
    { ProjectionExpression: first('ProjectionExpression'), AttributesToGet: first('AttributesToGet') },
    'BatchGetItem',
  );
}

/** A read with its table as the request names it, and so the answer. */
interface NamedRequest extends ItemRequest {
  readonly nameOrArn: string;
}

function readRequests(context: OperationContext, nameOrArn: string, asked: KeysAndAttributes): NamedRequest[] {
  const keys = (asked.Keys ?? []).map(parseItem);
  validateDistinctGivenKeys(keys);
  const { projection } = readParameters(asked, 'BatchGetItem');
  const tableName = resolveTableName(context, nameOrArn);
  const consistent = asked.ConsistentRead === true;
  return keys.map((key) => ({ nameOrArn, tableName, key, projection, consistent }));
}

/** The items that were found, by their tables; a table without any has none. */
function describeResponses(requests: readonly NamedRequest[], results: readonly ItemResult[]): JsonText {
  const itemsByTable = new Map<string, JsonText[]>(requests.map(({ nameOrArn }) => [nameOrArn, []]));
  for (const [i, { itemJson }] of results.entries()) {
    if (itemJson !== undefined) itemsByTable.get((requests[i] as NamedRequest).nameOrArn)?.push(new JsonText(itemJson));
  }
  return new JsonText(encodeAnswer(Object.fromEntries(itemsByTable)));
}

/** What is left to ask, as it was asked. */
function describeUnprocessed(
  requestItems: readonly (readonly [nameOrArn: string, asked: KeysAndAttributes])[],
  unprocessed: readonly NamedRequest[],
): object {
  const keysOf = (table: string) => unprocessed.flatMap(({ nameOrArn, key }) => (nameOrArn === table ? [key] : []));
  const left = requestItems.map(([nameOrArn, asked]) => [nameOrArn, { ...asked, Keys: keysOf(nameOrArn) }] as const);
  return Object.fromEntries(left.filter(([, { Keys }]) => Keys.length > 0));
}
