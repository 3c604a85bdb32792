/**
 * Transfers between accounts by conditional writes alone: money is neither made nor lost, whoever dies on the way.
 *
 * A teller has one transfer under way at a time and numbers them. A transfer is an item of its own, pending until it
 * is settled. The account that pays keeps for each teller the number of the last transfer that was decided there, and
 * what was taken for it (0: refused); the account that is paid keeps the number of the last one that was credited. Each
 * write is on the condition that these numbers are lower than the transfer's own. So every step can be sent again, by
 * anybody and at any time, and a copy that arrives late, from a client that has long given up on it, changes nothing.
 */
import { ConditionalCheckFailedException, CreateTableCommand } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { GetCommand, paginateQuery, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import assert from 'node:assert/strict';

export const BANK_TABLE = 'Bank';
export const OPENING_BALANCE = 100;
const ACCOUNTS = 8;
const AMOUNT_MAX = 60;

/** An item of the bank's table. */
export interface Transfer {
  readonly pk: string;
  readonly teller: string;
  /** Counts the teller's transfers, from 1. */
  readonly number: number;
  readonly payer: string;
  readonly payee: string;
  readonly amount: number;
  /** Absent once the transfer is settled, so that the index holds what is pending. */
  readonly pending?: 'pending';
}

/** An item of the bank's table. */
export interface Account {
  readonly pk: string;
  readonly balance: number;
  /** By `decidedName`. */
  readonly [decided: `decided-${string}`]: { readonly number: number; readonly taken: number };
  /** By `creditedName`. */
  readonly [credited: `credited-${string}`]: number;
}

export function decidedName(teller: string): `decided-${string}` {
  return `decided-${teller}`;
}

export function creditedName(teller: string): `credited-${string}` {
  return `credited-${teller}`;
}

/**
 * Sends requests, each as often as it takes to know what became of it: a step of a transfer may be sent twice.
 * Rejects with anything else than an outage.
 */
export type Persist = <T>(send: (client: DynamoDBDocumentClient) => Promise<T>) => Promise<T>;

export async function createBank(client: DynamoDBDocumentClient): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName: BANK_TABLE,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'pending', AttributeType: 'S' },
      ],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'Pending',
          KeySchema: [
            { AttributeName: 'pending', KeyType: 'HASH' },
            { AttributeName: 'pk', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
    }),
  );
  for (let account = 0; account < ACCOUNTS; account++) {
    const Item = { pk: accountName(account), balance: OPENING_BALANCE };
    await client.send(new PutCommand({ TableName: BANK_TABLE, Item }));
  }
}

/** A transfer between two accounts by chance, now and then of more than there is. */
export function chooseTransfer(teller: string, number: number, random: () => number): Transfer {
  const payer = Math.floor(random() * ACCOUNTS);
  const payee = (payer + 1 + Math.floor(random() * (ACCOUNTS - 1))) % ACCOUNTS;
  return {
    pk: `transfer-${teller}-${number}`,
    teller,
    number,
    payer: accountName(payer),
    payee: accountName(payee),
    amount: 1 + Math.floor(random() * AMOUNT_MAX),
    pending: 'pending',
  };
}

/** Notes a transfer that is to be settled. The teller's earlier ones must be settled. */
export async function openTransfer(persist: Persist, transfer: Transfer): Promise<void> {
  const ConditionExpression = 'attribute_not_exists(pk)';
  const command = new PutCommand({ TableName: BANK_TABLE, Item: transfer, ConditionExpression });
  await persist((client) => unlessDone(client.send(command)));
}

/** Carries a transfer out, or finds that it was refused, from wherever it stands. Others may do the same meanwhile. */
export async function settleTransfer(persist: Persist, transfer: Transfer): Promise<void> {
  if (await debit(persist, transfer)) await credit(persist, transfer);
  const command = new UpdateCommand({
    TableName: BANK_TABLE,
    Key: { pk: transfer.pk },
    UpdateExpression: 'REMOVE pending',
    ConditionExpression: 'attribute_exists(pending)',
  });
  await persist((client) => unlessDone(client.send(command)));
}

/** Settles whatever is pending. */
export async function settlePending(persist: Persist): Promise<void> {
  for (const transfer of await persist(listPending)) await settleTransfer(persist, transfer);
}

async function listPending(client: DynamoDBDocumentClient): Promise<Transfer[]> {
  const found: Transfer[] = [];
  const query = {
    TableName: BANK_TABLE,
    IndexName: 'Pending',
    KeyConditionExpression: 'pending = :pending',
    ExpressionAttributeValues: { ':pending': 'pending' },
  };
  for await (const { Items = [] } of paginateQuery({ client }, query)) found.push(...(Items as Transfer[]));
  return found;
}

/** Takes the amount from the payer, or notes that there is too little. Resolves with whether it was taken. */
async function debit(persist: Persist, { teller, number, payer, amount }: Transfer): Promise<boolean> {
  const decide = (taken: number): UpdateCommand =>
    new UpdateCommand({
      TableName: BANK_TABLE,
      Key: { pk: payer },
      UpdateExpression: 'SET #decided = :decided, balance = balance - :taken',
      ConditionExpression: 'balance >= :taken AND (attribute_not_exists(#decided) OR #decided.#number < :number)',
      ExpressionAttributeNames: { '#decided': decidedName(teller), '#number': 'number' },
      ExpressionAttributeValues: { ':decided': { number, taken }, ':taken': taken, ':number': number },
    });
  // The refusal is written too: another copy of the first request may still be on its way.
  for (const taken of [amount, 0]) {
    await persist((client) => unlessDone(client.send(decide(taken))));
    const decided = await persist((client) => readDecided(client, payer, teller));
    if (decided === undefined || decided.number < number) continue;
    // Once the teller went on to its next transfer there is nothing left to do for this one.
    return decided.number === number && decided.taken > 0;
  }
  return assert.fail(`the transfer ${number} of ${teller} is neither taken nor refused`);
}

async function readDecided(
  client: DynamoDBDocumentClient,
  pk: string,
  teller: string,
): Promise<Account[`decided-${string}`] | undefined> {
  const { Item } = await client.send(new GetCommand({ TableName: BANK_TABLE, Key: { pk }, ConsistentRead: true }));
  return (Item as Account)[decidedName(teller)];
}

async function credit(persist: Persist, { teller, number, payee, amount }: Transfer): Promise<void> {
  const command = new UpdateCommand({
    TableName: BANK_TABLE,
    Key: { pk: payee },
    UpdateExpression: 'SET #credited = :number, balance = balance + :amount',
    ConditionExpression: 'attribute_not_exists(#credited) OR #credited < :number',
    ExpressionAttributeNames: { '#credited': creditedName(teller) },
    ExpressionAttributeValues: { ':number': number, ':amount': amount },
  });
  await persist((client) => unlessDone(client.send(command)));
}

/** That the condition doesn't hold means that the step was done before, or that the next one will find out. */
async function unlessDone(sent: Promise<unknown>): Promise<void> {
  try {
    await sent;
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
}

function accountName(account: number): string {
  return `account-${account}`;
}
