import type { BatchWriteItemCommandInput } from '@aws-sdk/client-dynamodb';
import { noConsumption } from '../../capacity/consumed-capacity.ts';
import { validationError } from '../../foundation/errors.ts';
import { LIMITS } from '../../foundation/limits.ts';
import { keyOfBatchItem } from '../../items/item-key.ts';
import { type PlanWrite, planDelete, planPut } from '../../items/plan-write.ts';
import { runBatch } from '../../items/run-writes.ts';
import { parseItem } from '../../values/attribute-value.ts';
import type { Answer } from '../answer.ts';
import { describeCollections } from '../describe-collections.ts';
import { describeBatchConsumption } from '../describe-consumption.ts';
import { API_MESSAGES } from '../messages.ts';
import type { Operation } from '../operation.ts';
import { resolveTableName } from '../table-name.ts';

/** Puts and deletes up to 25 items, without conditions. Source: API reference, BatchWriteItem. */
export const BatchWriteItem: Operation<BatchWriteItemCommandInput> = {
  name: 'BatchWriteItem',

  async run(context, input) {
    const requestsByTable = Object.entries(input.RequestItems ?? {});
    const count = requestsByTable.reduce((sum, [, requests]) => sum + requests.length, 0);
    if (count > LIMITS.batchWriteItems) {
      throw validationError(API_MESSAGES.batchTooLong('BatchWriteItem'));
    }
    const writes = requestsByTable.flatMap(([nameOrArn, requests]) => {
      const tableName = resolveTableName(context, nameOrArn);
      return requests.map((request) => {
        const itemOrKey = request.PutRequest?.Item ?? request.DeleteRequest?.Key;
        return { nameOrArn, tableName, itemOrKey, plan: planWriteRequest(request) };
      });
    });
    const namesOrArns = writes.map(({ nameOrArn }) => nameOrArn);

    const results = await runBatch(context, writes);

    if (results === undefined) return giveBack(input, namesOrArns);
    return {
      UnprocessedItems: {},
      ItemCollectionMetrics: describeCollections(
        namesOrArns,
        results.map(({ collection }, i) => ({ itemOrKey: writes[i]?.itemOrKey, collection })),
        input.ReturnItemCollectionMetrics,
      ),
      ConsumedCapacity: describeBatchConsumption(
        namesOrArns,
        results.map(({ consumption }) => consumption),
        input.ReturnConsumedCapacity,
      ),
    };
  },
};

/** The answer where nothing was written, and nothing consumed. */
function giveBack(input: BatchWriteItemCommandInput, namesOrArns: readonly string[]): Answer {
  const { RequestItems, ReturnItemCollectionMetrics, ReturnConsumedCapacity } = input;
  return {
    UnprocessedItems: RequestItems,
    ItemCollectionMetrics: ReturnItemCollectionMetrics === 'SIZE' ? {} : undefined,
    ConsumedCapacity: describeBatchConsumption(namesOrArns, namesOrArns.map(noConsumption), ReturnConsumedCapacity),
  };
}

type WriteRequest = NonNullable<BatchWriteItemCommandInput['RequestItems']>[string][number];

function planWriteRequest({ PutRequest: put, DeleteRequest: deletion }: WriteRequest): PlanWrite {
  if (put && deletion) throw validationError(API_MESSAGES.writeRequestAmbiguous);
  if (put) return planPut(parseItem(put.Item), keyOfBatchItem);
  if (deletion) return planDelete(parseItem(deletion.Key));
  throw validationError(API_MESSAGES.writeRequestEmpty);
}
