/** An actor that makes tables, fills them and deletes them, so that the nodes have to tell each other, and to purge. */
import {
  CreateTableCommand,
  DeleteTableCommand,
  ResourceInUseException,
  ResourceNotFoundException,
} from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { BatchWriteCommand, GetCommand, paginateQuery, PutCommand } from '@aws-sdk/lib-dynamodb';
import assert from 'node:assert/strict';
import type { Cluster } from './cluster.ts';
import type { Actor } from './load.ts';

const BATCHES = 12;
const BATCH_SIZE = 25;
const WRITES_AT_DELETION = 3;
const GROUP = 'all';
const PAYLOAD = 'x'.repeat(500);

/** Each step goes to any node, which must know at once what another one did in the step before. */
export function createTableCycle(name: string, cluster: Cluster, random: () => number): Actor {
  const steps = cycleSteps(cluster, () => cluster.client(random));
  let next: (() => Promise<void>) | undefined;
  return {
    name,
    async step() {
      // What an outage cut short is done again; all steps may be done twice.
      next ??= steps.next().value;
      await next();
      next = undefined;
    },
  };
}

function* cycleSteps(cluster: Cluster, client: () => DynamoDBDocumentClient): Generator<() => Promise<void>, never> {
  for (let table = 1; ; table++) {
    const name = `Passing-${table}`;
    yield () => createTable(client(), name);
    for (let batch = 0; batch < BATCHES; batch++) yield () => writeBatch(client(), name, batch);
    yield () => verifyFilled(client(), name);
    yield () => deleteWhileWriting(client, name);
    yield () => verifyGone(cluster, name);
  }
}

async function createTable(client: DynamoDBDocumentClient, TableName: string): Promise<void> {
  const command = new CreateTableCommand({
    TableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [
      { AttributeName: 'pk', AttributeType: 'N' },
      { AttributeName: 'group', AttributeType: 'S' },
    ],
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    GlobalSecondaryIndexes: [
      {
        IndexName: 'ByGroup',
        KeySchema: [{ AttributeName: 'group', KeyType: 'HASH' }],
        Projection: { ProjectionType: 'ALL' },
      },
    ],
  });
  await unless(ResourceInUseException, client.send(command));
}

async function writeBatch(client: DynamoDBDocumentClient, table: string, batch: number): Promise<void> {
  let requests = Array.from({ length: BATCH_SIZE }, (_, i) => ({
    PutRequest: { Item: { pk: batch * BATCH_SIZE + i, group: GROUP, payload: PAYLOAD } },
  }));
  while (requests.length > 0) {
    const { UnprocessedItems } = await client.send(new BatchWriteCommand({ RequestItems: { [table]: requests } }));
    requests = (UnprocessedItems?.[table] ?? []) as typeof requests;
  }
}

async function verifyFilled(client: DynamoDBDocumentClient, TableName: string): Promise<void> {
  const query = {
    TableName,
    IndexName: 'ByGroup',
    KeyConditionExpression: '#group = :group',
    ExpressionAttributeNames: { '#group': 'group' },
    ExpressionAttributeValues: { ':group': GROUP },
  };
  let count = 0;
  for await (const { Count = 0 } of paginateQuery({ client }, query)) count += Count;
  assert.equal(count, BATCHES * BATCH_SIZE, `${TableName} has in its index what was put`);
}

/** What is written meanwhile comes too late, or is purged with the rest. */
async function deleteWhileWriting(client: () => DynamoDBDocumentClient, TableName: string): Promise<void> {
  const writes = Array.from({ length: WRITES_AT_DELETION }, (_, batch) => writeBatch(client(), TableName, batch));
  const deletion = client().send(new DeleteTableCommand({ TableName }));
  const ended = await Promise.allSettled([deletion, ...writes].map((sent) => unless(ResourceNotFoundException, sent)));
  for (const end of ended) if (end.status === 'rejected') throw end.reason;
}

/** No node reads the table or writes to it any more. */
async function verifyGone({ nodes }: Cluster, TableName: string): Promise<void> {
  for (const node of nodes.filter((one) => one.state() === 'up')) {
    const client = node.client();
    const put = client.send(new PutCommand({ TableName, Item: { pk: 0 } }));
    assert(!(await unless(ResourceNotFoundException, put)), `${TableName} takes no item on ${node.name}`);
    const get = client.send(new GetCommand({ TableName, Key: { pk: 0 } }));
    assert(!(await unless(ResourceNotFoundException, get)), `${TableName} is gone on ${node.name}`);
  }
}

/** Whether it was done; false after an error of class `Refusal`. */
async function unless(Refusal: new (...given: never[]) => Error, sent: Promise<unknown>): Promise<boolean> {
  try {
    await sent;
    return true;
  } catch (error) {
    if (error instanceof Refusal) return false;
    throw error;
  }
}
