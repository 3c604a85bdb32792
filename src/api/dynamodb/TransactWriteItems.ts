import type { TransactWriteItemsCommandInput } from '@aws-sdk/client-dynamodb';
import { validationError } from '../../foundation/errors.ts';
import { LIMITS } from '../../foundation/limits.ts';
import { canceledError } from '../../items/cancellation.ts';
import { TRANSACTION_MESSAGES } from '../../items/messages.ts';
import type { RequestToken } from '../../items/request-tokens.ts';
import { runTransaction } from '../../items/run-transaction.ts';
import { hashRequest } from '../../values/canonical-hash.ts';
import { describeCollections } from '../describe-collections.ts';
import { describeReplayConsumption, describeTransactionConsumption } from '../describe-consumption.ts';
import type { Operation } from '../operation.ts';
import { type TransactedAction, readTransactedAction } from '../read-transacted-action.ts';

/**
 * Carries out up to 100 puts, updates, deletions and checks of different items, all of them or none.
 * Source: API reference, TransactWriteItems.
 */
export const TransactWriteItems: Operation<TransactWriteItemsCommandInput> = {
  name: 'TransactWriteItems',

  async run(context, input) {
    const actions = (input.TransactItems ?? []).map((item) => readTransactedAction(context, item));
    validateSize(actions);
    const writes = actions.map(({ write }) => write);

    const outcome = await runTransaction(context, writes, readToken(input.ClientRequestToken, actions));

    if (outcome.kind === 'canceled') throw canceledError(outcome.reasons);
    const namesOrArns = actions.map(({ nameOrArn }) => nameOrArn);
    const asked = input.ReturnConsumedCapacity;
    if (outcome.kind === 'replayed') {
      return { ConsumedCapacity: describeReplayConsumption(namesOrArns, outcome.chargedSizesBytes, asked) };
    }
    const consumptions = outcome.results.map(({ consumption }) => consumption);
    const written = outcome.results.map(({ collection }, i) => ({ itemOrKey: actions[i]?.itemOrKey, collection }));
    return {
      ConsumedCapacity: describeTransactionConsumption('write', namesOrArns, consumptions, asked),
      ItemCollectionMetrics: describeCollections(namesOrArns, written, input.ReturnItemCollectionMetrics),
    };
  },
};

function validateSize(actions: readonly TransactedAction[]): void {
  const sizeBytes = actions.reduce((sum, action) => sum + action.sizeBytes, 0);
  if (sizeBytes > LIMITS.transactionSizeBytes) throw validationError(TRANSACTION_MESSAGES.tooLarge);
}

/** How the answer is to look is no part of what is asked for: a replay is answered as it asks itself. */
function readToken(token: string | undefined, actions: readonly TransactedAction[]): RequestToken | undefined {
  if (token === undefined) return undefined;
  const requestHash = hashRequest(actions.map(({ asked }) => asked));
  return { operation: 'TransactWriteItems', token, requestHash };
}
