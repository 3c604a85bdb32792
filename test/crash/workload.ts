/**
 * Clients that write as fast as they are answered, until the server is gone, and keep the model of what it must hold.
 *
 * Each client has items of its own, so that it knows their state; all of them add to one common counter.
 */
import { ConditionalCheckFailedException, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import {
  BatchWriteCommand,
  DeleteCommand,
  GetCommand,
  PutCommand,
  TransactGetCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import assert from 'node:assert/strict';
import { acknowledgedState, expectInDoubt, isInDoubt, keyOf, settle } from './model.ts';
import type { CrashItem, ItemState, Model } from './model.ts';
import { HITS_KEY, TABLE_NAME } from './table.ts';

const PARTITIONS_PER_CLIENT = 4;
const ITEMS_PER_PARTITION = 12;
const OWNERS = 5;
const PAYLOAD_LENGTH_MAX = 3_000;
const BATCH_SIZE_MAX = 12;
const DRAWS_MAX = 1_000;

export interface StepOptions {
  /** Read anew for each request. */
  readonly client: DynamoDBDocumentClient;
  readonly model: Model;
  /** Tells this client's items from those of the others. */
  readonly name: string;
  readonly random: () => number;
}

export interface ClientOptions extends StepOptions {
  /** Whether the server was killed, so that errors of the connection are no surprise. */
  readonly isKilled: () => boolean;
  /** Called after each acknowledged request. */
  readonly onAcknowledged: () => void;
}

/** Writes until a request fails because the server was killed. */
export async function runClient(options: ClientOptions): Promise<void> {
  for (;;) {
    try {
      await runStep(options);
      options.onAcknowledged();
    } catch (error) {
      const answered = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode !== undefined;
      if (answered || error instanceof assert.AssertionError || !options.isKilled()) throw error;
      return;
    }
  }
}

type Step = (options: StepOptions) => Promise<void>;

const WRITES: readonly Step[] = [put, put, putIfAbsent, update, update, remove, writeBatch, transact, transact, addHit];
const READS: readonly Step[] = [get, transactGet];
const STEPS: readonly Step[] = [...WRITES, ...READS];

/** One request, and what the model makes of its answer. After a rejection what it would have written is in doubt. */
export async function runStep(options: StepOptions): Promise<void> {
  const step = STEPS[Math.floor(options.random() * STEPS.length)] ?? put;
  await step(options);
}

async function put(options: StepOptions): Promise<void> {
  const item = chooseItem(options);
  await write(options, item, item, () => options.client.send(new PutCommand({ TableName: TABLE_NAME, Item: item })));
}

async function putIfAbsent(options: StepOptions): Promise<void> {
  const item = chooseItem(options);
  const absent = acknowledgedState(options.model, keyOf(item)) === undefined;
  const command = new PutCommand({
    TableName: TABLE_NAME,
    Item: item,
    ConditionExpression: 'attribute_not_exists(pk)',
  });
  await writeIf(absent, options, item, item, () => options.client.send(command));
}

async function update(options: StepOptions): Promise<void> {
  const { pk, sk, stamp = 0 } = chooseItem(options);
  const before = acknowledgedState(options.model, keyOf({ pk, sk }));
  // Now and then with a condition that must fail.
  const current = before !== undefined && options.random() < 0.9;
  const command = new UpdateCommand({
    TableName: TABLE_NAME,
    Key: { pk, sk },
    UpdateExpression: 'SET #counter = #counter + :one, #stamp = :stamp',
    ConditionExpression: '#counter = :counter',
    ExpressionAttributeNames: { '#counter': 'counter', '#stamp': 'stamp' },
    ExpressionAttributeValues: { ':one': 1, ':stamp': stamp, ':counter': current ? before.counter : -1 },
  });
  const after = before && { ...before, counter: before.counter + 1, stamp };
  await writeIf(current, options, { pk, sk }, after, () => options.client.send(command));
}

async function remove(options: StepOptions): Promise<void> {
  const { pk, sk } = chooseItem(options);
  const command = new DeleteCommand({ TableName: TABLE_NAME, Key: { pk, sk } });
  await write(options, { pk, sk }, undefined, () => options.client.send(command));
}

async function writeBatch(options: StepOptions): Promise<void> {
  const { client, model, random } = options;
  const chosen = chooseItems(options);
  const requests = [...chosen].map(([key, item]) => {
    const deletes = random() < 0.3;
    expectInDoubt(model, key, deletes ? undefined : item);
    return deletes ? { DeleteRequest: { Key: { pk: item.pk, sk: item.sk } } } : { PutRequest: { Item: item } };
  });
  const { UnprocessedItems } = await client.send(new BatchWriteCommand({ RequestItems: { [TABLE_NAME]: requests } }));
  const unprocessed = (UnprocessedItems?.[TABLE_NAME] ?? []).map(({ PutRequest, DeleteRequest }) =>
    keyOf((PutRequest?.Item ?? DeleteRequest?.Key) as CrashItem),
  );
  for (const key of chosen.keys()) settle(model, key, !unprocessed.includes(key));
}

/** Writes items all together or not at all; now and then with a condition that must fail. */
async function transact(options: StepOptions): Promise<void> {
  const { client, model, random } = options;
  const chosen = chooseItems(options);
  const [first] = chosen.keys();
  const fails = random() < 0.1;
  const transaction = {};
  const TransactItems = [...chosen].map(([key, item]) => {
    const deletes = random() < 0.3;
    if (!fails) expectInDoubt(model, key, deletes ? undefined : item, transaction);
    const condition = fails && key === first && { ConditionExpression: 'attribute_exists(nobody)' };
    const { pk, sk } = item;
    return deletes
      ? { Delete: { TableName: TABLE_NAME, Key: { pk, sk }, ...condition } }
      : { Put: { TableName: TABLE_NAME, Item: item, ...condition } };
  });
  const send = () => client.send(new TransactWriteCommand({ TransactItems }));
  if (fails) {
    await expectRefusal(send);
    return;
  }
  await send();
  for (const key of chosen.keys()) settle(model, key, true);
}

async function transactGet(options: StepOptions): Promise<void> {
  const keys = [...chooseItems(options).values()].map(({ pk, sk }) => ({ pk, sk }));
  const TransactItems = keys.map((Key) => ({ Get: { TableName: TABLE_NAME, Key } }));
  const { Responses = [] } = await options.client.send(new TransactGetCommand({ TransactItems }));
  assert.deepEqual(
    Responses.map(({ Item }) => Item),
    keys.map((key) => acknowledgedState(options.model, keyOf(key))),
    'a transaction reads what was acknowledged',
  );
}

async function addHit({ client, model }: StepOptions): Promise<void> {
  model.hits.inDoubt++;
  await client.send(
    new UpdateCommand({
      TableName: TABLE_NAME,
      Key: HITS_KEY,
      UpdateExpression: 'ADD #counter :one',
      ExpressionAttributeNames: { '#counter': 'counter' },
      ExpressionAttributeValues: { ':one': 1 },
    }),
  );
  model.hits.inDoubt--;
  model.hits.acknowledged++;
}

async function get(options: StepOptions): Promise<void> {
  const { pk, sk } = chooseItem(options);
  const command = new GetCommand({ TableName: TABLE_NAME, Key: { pk, sk }, ConsistentRead: true });
  const { Item } = await options.client.send(command);
  assert.deepEqual(Item, acknowledgedState(options.model, keyOf({ pk, sk })), 'a read sees what was acknowledged');
}

/** Sends a write after which the item is in `state`. */
async function write(
  { model }: StepOptions,
  key: { pk: string; sk: string },
  state: ItemState,
  send: () => Promise<unknown>,
): Promise<void> {
  expectInDoubt(model, keyOf(key), state);
  await send();
  settle(model, keyOf(key), true);
}

/** Sends a conditional write of which it is known whether its condition holds. */
async function writeIf(
  holds: boolean,
  options: StepOptions,
  key: { pk: string; sk: string },
  state: ItemState,
  send: () => Promise<unknown>,
): Promise<void> {
  if (holds) await write(options, key, state, send);
  else await expectRefusal(send);
}

async function expectRefusal(send: () => Promise<unknown>): Promise<void> {
  try {
    await send();
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return;
    if (error instanceof TransactionCanceledException) return;
    throw error;
  }
  assert.fail('a write was accepted although its condition does not hold');
}

/** New content for some of the client's items, by their keys. */
function chooseItems(options: StepOptions): Map<string, CrashItem> {
  const size = 1 + Math.floor(options.random() * BATCH_SIZE_MAX);
  return new Map(Array.from({ length: size }, () => chooseItem(options)).map((item) => [keyOf(item), item]));
}

/** New content for one of the client's items of which no write is in doubt; throws if it finds none. */
function chooseItem({ name, random, model }: StepOptions): CrashItem {
  for (let draws = 0; draws < DRAWS_MAX; draws++) {
    const item = drawItem(name, random);
    if (!isInDoubt(model, keyOf(item))) return item;
  }
  throw new Error(`too many of the items of ${name} are in doubt`);
}

/** One of the client's items with new content; now and then without a key of an index. */
function drawItem(name: string, random: () => number): CrashItem {
  const integer = (below: number): number => Math.floor(random() * below);
  return {
    pk: `${name}-${integer(PARTITIONS_PER_CLIENT)}`,
    sk: String(integer(ITEMS_PER_PARTITION)),
    counter: integer(1000),
    payload: 'x'.repeat(integer(PAYLOAD_LENGTH_MAX)),
    ...(random() < 0.8 && { owner: `owner-${integer(OWNERS)}` }),
    ...(random() < 0.8 && { stamp: integer(1_000_000) }),
  };
}
