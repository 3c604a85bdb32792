/** Transactions that meet: each is carried out as a whole, as if there were no others. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import {
  type AttributeValue,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactGetItemsCommand,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  TransactionCanceledException,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { createSeededRandom } from '../seeded-random.ts';
import { useServer } from './server.ts';

const ACCOUNTS = 6;
const OPENING_BALANCE = 100;
const TELLERS = 8;
const TRANSFERS_PER_TELLER = 40;
const READERS = 3;

const server = useServer({ threads: 2 });
const names = Array.from({ length: ACCOUNTS }, (_, i) => `account-${i}`);
/** Every second account is in another table. */
let tables: readonly [string, string] = ['', ''];
const tableOf = (name: string) => tables[names.indexOf(name) % 2] as string;

async function openAccounts(): Promise<void> {
  const schema = {
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    AttributeDefinitions: [
      { AttributeName: 'pk', AttributeType: 'S' },
      { AttributeName: 'bank', AttributeType: 'S' },
      { AttributeName: 'balance', AttributeType: 'N' },
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: 'by-balance',
        KeySchema: [
          { AttributeName: 'bank', KeyType: 'HASH' },
          { AttributeName: 'balance', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'ALL' },
      },
    ],
  } as const;
  const input = () => structuredClone(schema) as unknown as Parameters<typeof server.createTable>[0];
  tables = [await server.createTable(input()), await server.createTable(input())];
  for (const name of names) {
    const Item = { pk: { S: name }, bank: { S: 'b' }, balance: { N: `${OPENING_BALANCE}` }, moves: { N: '0' } };
    await server.client.send(new PutItemCommand({ TableName: tableOf(name), Item }));
  }
}

const movementOf = (name: string, by: number): TransactWriteItem => ({
  Update: {
    TableName: tableOf(name),
    Key: { pk: { S: name } },
    UpdateExpression: 'SET balance = balance + :by, moves = moves + :one',
    ConditionExpression: 'balance >= :least',
    ExpressionAttributeValues: { ':by': { N: `${by}` }, ':one': { N: '1' }, ':least': { N: `${Math.max(0, -by)}` } },
  },
});

/** Moves money between three accounts; whether it was there to be moved. Others that are in the way are waited for. */
async function transfer([payer = '', one = '', other = '']: readonly string[], amount: number): Promise<boolean> {
  const movements = [movementOf(payer, -2 * amount), movementOf(one, amount), movementOf(other, amount)];
  for (;;) {
    try {
      await server.client.send(new TransactWriteItemsCommand({ TransactItems: movements }));
      return true;
    } catch (error) {
      if (!(error instanceof TransactionCanceledException)) throw error;
      const codes = (error.CancellationReasons ?? []).map(({ Code }) => Code);
      if (codes[0] === 'ConditionalCheckFailed') return false;
      assert.deepEqual(codes, ['TransactionConflict', 'TransactionConflict', 'TransactionConflict']);
    }
  }
}

const numberOf = (item: Record<string, AttributeValue> | undefined, name: string) => Number(item?.[name]?.N);

/** The balances of all accounts at one moment. */
async function readBalances(): Promise<readonly number[]> {
  const TransactItems = names.map((name) => ({ Get: { TableName: tableOf(name), Key: { pk: { S: name } } } }));
  const { Responses = [] } = await server.client.send(new TransactGetItemsCommand({ TransactItems }));
  return Responses.map(({ Item }) => numberOf(Item, 'balance'));
}

function assertWhole(balances: readonly number[]): void {
  assert.equal(
    balances.reduce((sum, balance) => sum + balance, 0),
    ACCOUNTS * OPENING_BALANCE,
  );
  assert.ok(
    balances.every((balance) => balance >= 0),
    'nobody owes anything',
  );
}

describe('transactions at the same time', () => {
  before(openAccounts);

  test('keep the sum of all accounts, for readers at any moment too', async (t) => {
    const seed = Math.floor(Math.random() * 2 ** 32);
    t.diagnostic(`seed ${seed}`);
    let working = TELLERS;
    let made = 0;
    const teller = async (index: number): Promise<void> => {
      const random = createSeededRandom(seed + index);
      for (let i = 0; i < TRANSFERS_PER_TELLER; i++) {
        const chosen = names.toSorted(() => random() - 0.5).slice(0, 3);
        if (await transfer(chosen, 1 + Math.floor(random() * 20))) made++;
      }
      working--;
    };
    const reader = async (): Promise<void> => {
      while (working > 0) assertWhole(await readBalances());
    };
    await Promise.all([
      ...Array.from({ length: TELLERS }, (_, i) => teller(i)),
      ...Array.from({ length: READERS }, reader),
    ]);

    assertWhole(await readBalances());
    assert.ok(made > 0);
    let moves = 0;
    for (const TableName of tables) {
      const { Items = [] } = await server.client.send(
        new QueryCommand({
          TableName,
          IndexName: 'by-balance',
          KeyConditionExpression: 'bank = :b',
          ExpressionAttributeValues: { ':b': { S: 'b' } },
        }),
      );
      assert.equal(Items.length, ACCOUNTS / 2);
      moves += Items.reduce((sum, item) => sum + numberOf(item, 'moves'), 0);
    }
    assert.equal(moves, 3 * made, 'the indexes have what was moved, once');
  });

  test('and single writes lose nothing to each other', async () => {
    const TableName = await server.createTable();
    const key = (sk: number) => ({ pk: { S: 'a' }, sk: { N: `${sk}` } });
    const addition = { UpdateExpression: 'ADD n :one', ExpressionAttributeValues: { ':one': { N: '1' } } };
    const update = (sk: number) => ({ TableName, Key: key(sk), ...addition });
    const together = () =>
      server.client.send(
        new TransactWriteItemsCommand({ TransactItems: [{ Update: update(1) }, { Update: update(2) }] }),
      );
    const alone = (sk: number) => server.client.send(new UpdateItemCommand(update(sk)));
    await Promise.all(
      Array.from({ length: 60 }, (_, i) => (i % 2 === 0 ? together() : alone(1 + (i % 4 === 1 ? 0 : 1)))),
    );
    for (const sk of [1, 2]) {
      const { Item } = await server.client.send(new GetItemCommand({ TableName, Key: key(sk), ConsistentRead: true }));
      assert.equal(numberOf(Item, 'n'), 45);
    }
  });

  test('that check what another one writes are in one order or the other, never both', async () => {
    const TableName = await server.createTable();
    for (let round = 0; round < 15; round++) {
      const key = (sk: number) => ({ pk: { S: `round-${round}` }, sk: { N: `${sk}` } });
      // Each puts its own item if that of the other is missing: both would be a write skew.
      const claim = async (mine: number, others: number): Promise<boolean> => {
        const ConditionExpression = 'attribute_not_exists(pk)';
        const TransactItems = [
          { ConditionCheck: { TableName, Key: key(others), ConditionExpression } },
          { Put: { TableName, Item: key(mine) } },
        ];
        try {
          await server.client.send(new TransactWriteItemsCommand({ TransactItems }));
          return true;
        } catch (error) {
          assert.ok(error instanceof TransactionCanceledException);
          return false;
        }
      };
      const claims = await Promise.all([claim(1, 2), claim(2, 1)]);
      assert.deepEqual(claims.toSorted(), [false, true], `round ${round}`);
    }
  });
});
