/** Makes the tables that inputs are about, as they are at the start of each round, and takes tokens from answers. */
import {
  type AttributeValue,
  CreateTableCommand,
  DeleteTableCommand,
  type DynamoDBClient,
  ExecuteStatementCommand,
  ListTablesCommand,
  PutItemCommand,
  ResourceInUseException,
  ScanCommand,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import type { DynamoDBStreams } from '@aws-sdk/client-dynamodb-streams';
import { setTimeout as sleep } from 'node:timers/promises';
import { createDraw } from '../metamorphic/draw.ts';
import { createSeededRandom } from '../seeded-random.ts';
import { ANCHOR_TABLE, type FuzzTable, TABLES, drawKey } from './fuzz-tables.ts';
import type { NextToken, StartKey, StreamTokens, Tokens } from './valid-requests.ts';

const ITEMS_PER_TABLE = 40;

/** Removes every table but the anchor, makes those of `TABLES` with items, and resolves with tokens for their pages. */
export async function resetTables(client: DynamoDBClient, streamsClient: DynamoDBStreams): Promise<Tokens> {
  for (const name of await listTables(client)) if (name !== ANCHOR_TABLE) await removeTable(client, name);
  const startKeys: StartKey[] = [];
  const nextTokens: NextToken[] = [];
  const streams: StreamTokens[] = [];
  for (const table of TABLES) {
    await makeTable(client, table);
    for (const index of [undefined, ...Object.keys(table.indexes)]) {
      startKeys.push(...(await readStartKeys(client, table.name, index)));
      nextTokens.push(...(await readNextTokens(client, table.name, index)));
    }
    streams.push(...(await readStreamTokens(streamsClient, table.name)));
  }
  return { startKeys, nextTokens, streams };
}

async function listTables(client: DynamoDBClient): Promise<string[]> {
  const names: string[] = [];
  let last: string | undefined;
  do {
    const page = await client.send(new ListTablesCommand({ ExclusiveStartTableName: last }));
    names.push(...(page.TableNames ?? []));
    last = page.LastEvaluatedTableName;
  } while (last !== undefined);
  return names;
}

const REMOVAL_ATTEMPTS = 600;
const ATTEMPT_PAUSE_MS = 100;

/** Inputs may have protected the table from deletion, and its indexes may still be in the making. */
async function removeTable(client: DynamoDBClient, TableName: string): Promise<void> {
  for (let attempt = 0; attempt < REMOVAL_ATTEMPTS; attempt++) {
    try {
      await client.send(new DeleteTableCommand({ TableName }));
      return;
    } catch (error) {
      if (isProtected(error)) await unprotect(client, TableName);
      else if (error instanceof ResourceInUseException) await sleep(ATTEMPT_PAUSE_MS);
      else throw error;
    }
  }
  throw new Error(`${TableName} can't be deleted`);
}

function isProtected(error: unknown): boolean {
  return error instanceof Error && (error.name === 'ValidationException' || error.message.includes('protect'));
}

async function unprotect(client: DynamoDBClient, TableName: string): Promise<void> {
  try {
    await client.send(new UpdateTableCommand({ TableName, DeletionProtectionEnabled: false }));
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
    await sleep(ATTEMPT_PAUSE_MS);
  }
}

async function makeTable(client: DynamoDBClient, { name, key, definition, indexes }: FuzzTable): Promise<void> {
  const input = { TableName: name, BillingMode: 'PAY_PER_REQUEST', ...definition } as const;
  for (let attempt = 0; attempt < REMOVAL_ATTEMPTS; attempt++) {
    try {
      await client.send(new CreateTableCommand(input as never));
      break;
    } catch (error) {
      // What was called so is being deleted still.
      if (!(error instanceof ResourceInUseException)) throw error;
      await sleep(ATTEMPT_PAUSE_MS);
    }
  }
  const draw = createDraw(createSeededRandom(0));
  for (let i = 0; i < ITEMS_PER_TABLE; i++) {
    const keys = { ...drawKey(draw, Object.values(indexes).flat()), ...drawKey(draw, key) };
    const Item = { ...keys, list: { L: [{ N: '1' }] }, map: { M: { a: { S: 'x' } } } } as Record<
      string,
      AttributeValue
    >;
    await client.send(new PutItemCommand({ TableName: name, Item }));
  }
}

const PAGES = 3;

async function readStartKeys(client: DynamoDBClient, table: string, index?: string): Promise<StartKey[]> {
  const keys: StartKey[] = [];
  let ExclusiveStartKey: Record<string, AttributeValue> | undefined;
  for (let page = 0; page < PAGES; page++) {
    const scan = { TableName: table, IndexName: index, Limit: 1, ExclusiveStartKey };
    ({ LastEvaluatedKey: ExclusiveStartKey } = await client.send(new ScanCommand(scan)));
    if (ExclusiveStartKey === undefined) break;
    keys.push({ table, index, key: inWireForm(ExclusiveStartKey) });
  }
  return keys;
}

/** The SDK's bytes as base64. */
function inWireForm(key: Record<string, AttributeValue>): unknown {
  const entries = Object.entries(key).map(([name, value]) => {
    const { B: bytes } = value;
    return [name, bytes === undefined ? value : { B: Buffer.from(bytes).toString('base64') }];
  });
  return Object.fromEntries(entries);
}

async function readNextTokens(client: DynamoDBClient, table: string, index?: string): Promise<NextToken[]> {
  const statement = `SELECT * FROM "${table}"${index === undefined ? '' : `."${index}"`}`;
  const tokens: NextToken[] = [];
  let token: string | undefined;
  for (let page = 0; page < PAGES; page++) {
    const command = new ExecuteStatementCommand({ Statement: statement, Limit: 1, NextToken: token });
    ({ NextToken: token } = await client.send(command));
    if (token === undefined) break;
    tokens.push({ statement, token });
  }
  return tokens;
}

/** Of the stream that a table has, if it has one: there are those of deleted tables of its name too. */
async function readStreamTokens(client: DynamoDBStreams, TableName: string): Promise<StreamTokens[]> {
  const { Streams = [] } = await client.listStreams({ TableName });
  const StreamArn = Streams.at(-1)?.StreamArn;
  if (StreamArn === undefined) return [];
  const { StreamDescription } = await client.describeStream({ StreamArn });
  const tokens: StreamTokens[] = [];
  for (const { ShardId = '', SequenceNumberRange: range } of StreamDescription?.Shards ?? []) {
    const start = { StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' } as const;
    const { ShardIterator = '' } = await client.getShardIterator(start);
    const sequenceNumber = range?.StartingSequenceNumber ?? '';
    tokens.push({ streamArn: StreamArn, shardId: ShardId, iterator: ShardIterator, sequenceNumber });
  }
  return tokens;
}
