/** Actors that make transfers through whichever node they reach, and don't wait long for any of them. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { setTimeout as sleep } from 'node:timers/promises';
import { chooseTransfer, openTransfer, type Persist, settlePending, settleTransfer } from './bank.ts';
import type { Actor, LoadState } from './load.ts';
import { outageOf } from './outage.ts';

/** A teller goes to another node then; what it sent to the first may still be carried out. */
const PATIENCE_MS = 1_500;

const RETRY_PAUSE_MS = 50;

/** The load stops: whatever the teller had under way stays as it is. */
class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

export interface TellerOptions {
  readonly name: string;
  readonly client: () => DynamoDBDocumentClient;
  readonly random: () => number;
}

/** A teller for all loads of a run, one after another. In each it first settles what anybody left pending. */
export function createTeller({ name, client, random }: TellerOptions): Actor {
  let number = 0;
  let settledIn: LoadState | undefined;

  async function work(load: LoadState): Promise<void> {
    const persist = persistThrough(client, load);
    if (settledIn === load) {
      const transfer = chooseTransfer(name, ++number, random);
      await openTransfer(persist, transfer);
      await settleTransfer(persist, transfer);
    } else {
      await settlePending(persist);
      settledIn = load;
    }
  }

  return {
    name,
    step: (load) =>
      work(load).catch((error: unknown) => {
        if (!(error instanceof Interrupted)) throw error;
      }),
  };
}

/** Repeats what an outage cut short, until `load` stops. */
export function persistThrough(client: () => DynamoDBDocumentClient, load: LoadState): Persist {
  return async (send) => {
    for (;;) {
      if (load.isStopping()) throw new Interrupted('the load stops');
      try {
        return await withPatience(send(client()));
      } catch (error) {
        if (outageOf(error) === undefined) throw error;
        await sleep(RETRY_PAUSE_MS);
      }
    }
  };
}

/** Rejects when there is no answer in time; the request goes on meanwhile. */
async function withPatience<T>(sent: Promise<T>): Promise<T> {
  const answered = new AbortController();
  const impatience = sleep(PATIENCE_MS, undefined, { signal: answered.signal }).then(
    () => Promise.reject(new DOMException('no answer in time', 'TimeoutError')),
    () => new Promise<never>(() => {}),
  );
  try {
    return await Promise.race([sent, impatience]);
  } finally {
    answered.abort();
  }
}
