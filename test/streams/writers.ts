/**
 * Clients that write random items as fast as they are answered, by every operation that writes. Each has items of its
 * own, and leaves no item in a state in which it was before.
 */
import {
  BatchWriteItemCommand,
  DeleteItemCommand,
  PutItemCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { createSeededRandom } from '../seeded-random.ts';
import { type FollowedItem, type Sender, TABLE_NAME } from './items.ts';

const PARTITIONS = 6;
const SORT_KEYS = 20;
const AT_ONCE_MAX = 10;
const PAYLOAD_LENGTH_MAX = 200;

export interface WritersOptions {
  readonly count: number;
  /** Whether so many writes of items, of all writers together, are enough. */
  readonly isEnough: (sent: number) => boolean;
  readonly random: () => number;
  /** Who is sent the next request; resolves once there is somebody. */
  readonly client: (random: () => number) => Promise<Sender>;
  /** Whether a request that failed like this was cut short, so that nobody knows what became of it. */
  readonly isCut: (error: unknown) => boolean;
}

export interface Writers {
  /** Resolves when all is written; rejects at the first error that is no cut. */
  readonly done: Promise<void>;
  /** How many writes of items were sent. */
  sent(): number;
}

/** Starts all writers. */
export function startWriters({ count, isEnough, random, client, isCut }: WritersOptions): Writers {
  let sent = 0;
  let version = 0;

  async function write(name: string, ownRandom: () => number): Promise<void> {
    while (!isEnough(sent)) {
      const draw = drawerOf(name, ownRandom, () => ++version);
      const target = await client(ownRandom);
      try {
        const written = await send(target, draw);
        sent += written;
      } catch (error) {
        if (!isCut(error)) throw error;
      }
    }
  }

  // Chance of its own for each: which of them is answered first must not change what the others do.
  const names = Array.from({ length: count }, (_, i) => `writer-${i}`);
  const done = Promise.all(names.map((name) => write(name, createSeededRandom(random() * 2 ** 32))));
  return { done: done.then(() => undefined), sent: () => sent };
}

/** Draws what one request is about. */
interface Drawer {
  /** Up to 1. */
  chance(): number;
  /** Different keys of the writer's, at least one. */
  keys(): FollowedItem[];
  key(): FollowedItem;
  /** Attributes that no item had before. */
  attributes(): FollowedItem;
}

function drawerOf(name: string, random: () => number, nextVersion: () => number): Drawer {
  const below = (bound: number): number => Math.floor(random() * bound);
  const key = (): FollowedItem => ({ pk: { S: `${name}-${below(PARTITIONS)}` }, sk: { N: `${below(SORT_KEYS)}` } });
  return {
    chance: random,
    key,
    keys() {
      const drawn = Array.from({ length: 1 + below(AT_ONCE_MAX) }, key);
      return [...new Map(drawn.map((one) => [JSON.stringify(one), one])).values()];
    },
    attributes: () => ({ version: { N: `${nextVersion()}` }, payload: { S: 'x'.repeat(below(PAYLOAD_LENGTH_MAX)) } }),
  };
}

/** Sends one request; resolves with how many items it wrote. */
async function send(client: Sender, draw: Drawer): Promise<number> {
  const chance = draw.chance();
  if (chance < 0.3) await put(client, draw);
  else if (chance < 0.5) await update(client, draw);
  else if (chance < 0.6) await client.send(new DeleteItemCommand({ TableName: TABLE_NAME, Key: draw.key() }));
  else if (chance < 0.85) return await writeBatch(client, draw);
  else return await transact(client, draw);
  return 1;
}

async function put(client: Sender, draw: Drawer): Promise<void> {
  const Item = { ...draw.key(), ...draw.attributes() };
  await client.send(new PutItemCommand({ TableName: TABLE_NAME, Item }));
}

async function update(client: Sender, draw: Drawer): Promise<void> {
  await client.send(
    new UpdateItemCommand({
      TableName: TABLE_NAME,
      Key: draw.key(),
      UpdateExpression: 'SET version = :version',
      ExpressionAttributeValues: { ':version': draw.attributes()['version'] ?? { N: '0' } },
    }),
  );
}

async function writeBatch(client: Sender, draw: Drawer): Promise<number> {
  const requests = draw
    .keys()
    .map((Key) =>
      draw.chance() < 0.8 ? { PutRequest: { Item: { ...Key, ...draw.attributes() } } } : { DeleteRequest: { Key } },
    );
  await client.send(new BatchWriteItemCommand({ RequestItems: { [TABLE_NAME]: requests } }));
  return requests.length;
}

async function transact(client: Sender, draw: Drawer): Promise<number> {
  const TransactItems = draw
    .keys()
    .map((Key) =>
      draw.chance() < 0.8
        ? { Put: { TableName: TABLE_NAME, Item: { ...Key, ...draw.attributes() } } }
        : { Delete: { TableName: TABLE_NAME, Key } },
    );
  await client.send(new TransactWriteItemsCommand({ TransactItems }));
  return TransactItems.length;
}
