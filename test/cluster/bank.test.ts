import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { DynamoDBDocumentClient as Documents, paginateScan } from '@aws-sdk/lib-dynamodb';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { useServer } from '../e2e/server.ts';
import { createSeededRandom } from '../seeded-random.ts';
import { type Account, BANK_TABLE, chooseTransfer, createBank, openTransfer, settleTransfer } from './bank.ts';
import type { Persist, Transfer } from './bank.ts';

const server = useServer();

async function readBank(client: DynamoDBDocumentClient): Promise<(Account | Transfer)[]> {
  const items: (Account | Transfer)[] = [];
  for await (const { Items = [] } of paginateScan({ client }, { TableName: BANK_TABLE })) {
    items.push(...(Items as (Account | Transfer)[]));
  }
  return items.toSorted((a, b) => (a.pk < b.pk ? -1 : 1));
}

test("copies of a transfer's requests that arrive late, or twice, change nothing", async () => {
  const client = Documents.from(server.client);
  await createBank(client);
  const before = await readBank(client);
  const random = createSeededRandom(7);
  const sent: (() => Promise<unknown>)[] = [];
  const persist: Persist = async (send) => {
    sent.push(() => send(client));
    await send(client);
    return await send(client);
  };
  for (let number = 1; number <= 60; number++) {
    for (const teller of ['a', 'b']) {
      const transfer = chooseTransfer(teller, number, random);
      await openTransfer(persist, transfer);
      await Promise.all([settleTransfer(persist, transfer), settleTransfer(persist, transfer)]);
    }
  }
  const settled = await readBank(client);
  const copies = sent.map((send) => ({ send, at: random() })).toSorted((a, b) => a.at - b.at);
  for (const { send } of copies) await send();
  assert.deepEqual(await readBank(client), settled);
  assert.notDeepEqual(
    settled.filter((item) => 'balance' in item),
    before,
  );
  assert.equal(
    settled.reduce((sum, item) => sum + ('balance' in item ? item.balance : 0), 0),
    800,
  );
  assert(settled.every((item) => !('pending' in item)));
});
