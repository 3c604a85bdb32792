import type { BatchWriteItemCommandInput } from '@aws-sdk/client-dynamodb';
import { validationError } from '../../foundation/errors.ts';
import { LIMITS } from '../../foundation/limits.ts';
import { planDelete, planPut } from '../../items/plan-write.ts';
import { type PlannedWrite, runBatch } from '../../items/run-writes.ts';
import { parseItem } from '../../values/attribute-value.ts';
import { describeBatchConsumption } from '../describe-consumption.ts';
import type { Operation } from '../operation.ts';
import { resolveTableName } from '../table-name.ts';

/** Puts and deletes up to 25 items, without conditions. Source: API reference, BatchWriteItem. */
export const BatchWriteItem: Operation<BatchWriteItemCommandInput> = {
  name: 'BatchWriteItem',

  async run(context, input) {
    const requests = Object.entries(input.RequestItems ?? {});
    const count = requests.reduce((sum, [, writes]) => sum + writes.length, 0);
    if (count > LIMITS.batchWriteItems) {
      throw validationError('Too many items requested for the BatchWriteItem call');
    }
    const planned = requests.flatMap(([nameOrArn, writes]) => {
      const tableName = resolveTableName(context, nameOrArn);
      return writes.map((write): NamedWrite => ({ nameOrArn, tableName, plan: planWriteRequest(write) }));
    });

    const results = await runBatch(context, planned);

    return {
      UnprocessedItems: {},
      ConsumedCapacity: describeBatchConsumption(
        planned.map(({ nameOrArn }) => nameOrArn),
        results.map(({ consumption }) => consumption),
        input.ReturnConsumedCapacity,
      ),
    };
  },
};

/** A write with its table as the request names it, and so the answer. */
interface NamedWrite extends PlannedWrite {
  readonly nameOrArn: string;
}

type WriteRequest = NonNullable<BatchWriteItemCommandInput['RequestItems']>[string][number];

function planWriteRequest({ PutRequest: put, DeleteRequest: deletion }: WriteRequest): PlannedWrite['plan'] {
  if (put && deletion) {
    throw validationError(
      'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes',
    );
  }
  if (put) return planPut(parseItem(put.Item));
  if (deletion) return planDelete(parseItem(deletion.Key));
  throw validationError('Supplied AttributeValue is empty, must contain exactly one of the supported datatypes');
}
