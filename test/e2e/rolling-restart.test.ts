/** Nodes over one database, restarted one after the other behind a load balancer, while the SDK's clients go on. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { openTestDatabase } from '../postgres.ts';
import { type LoadBalancer, startLoadBalancer } from './load-balancer.ts';
import { type Program, startProgram } from './program.ts';

const TABLE = 'Things';
const CLIENTS = 8;

let database: Awaited<ReturnType<typeof openTestDatabase>>;
let balancer: LoadBalancer;
before(async () => {
  database = await openTestDatabase();
  balancer = await startLoadBalancer();
});
after(async () => {
  await balancer.close();
  await database.drop();
});

/** With the SDK's own settings for everything that retries. */
function connect(): DynamoDBClient {
  const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
  return new DynamoDBClient({ endpoint: balancer.endpoint, region: 'us-east-1', credentials });
}

interface Node {
  readonly endpoint: string;
  readonly program: Program;
}

async function startNode(): Promise<Node> {
  const program = startProgram(['start', '--storage', database.url, '--port', '0', '--threads', '2']);
  const endpoint = await program.ready();
  await balancer.add(endpoint);
  return { endpoint, program };
}

async function stopNode({ endpoint, program }: Node): Promise<void> {
  program.signal('SIGTERM');
  assert.equal(await program.ended, 0, program.stderr());
  balancer.remove(endpoint);
}

/** One after the other: there is always one that answers. */
async function restart(nodes: readonly Node[]): Promise<Node[]> {
  const restarted: Node[] = [];
  for (const node of nodes) {
    await stopNode(node);
    restarted.push(await startNode());
  }
  return restarted;
}

/** What one client has had acknowledged. */
interface Written {
  readonly name: string;
  puts: number;
  total: number;
}

/** Writes and reads until `isEnough`; rejects with the first error that the SDK lets through. */
async function useTable(client: DynamoDBClient, written: Written, isEnough: () => boolean): Promise<void> {
  const counter = { TableName: TABLE, Key: { pk: { S: `${written.name}-total` } } };
  while (!isEnough()) {
    const pk = { S: `${written.name}-${written.puts}` };
    await client.send(new PutItemCommand({ TableName: TABLE, Item: { pk } }));
    written.puts++;
    const add = { UpdateExpression: 'SET n = :n', ExpressionAttributeValues: { ':n': { N: `${written.total + 1}` } } };
    await client.send(new UpdateItemCommand({ ...counter, ...add }));
    written.total++;
    const { Item } = await client.send(new GetItemCommand({ TableName: TABLE, Key: { pk }, ConsistentRead: true }));
    assert.deepEqual(Item, { pk });
  }
}

async function assertWritten(client: DynamoDBClient, { name, puts, total }: Written): Promise<void> {
  for (let number = 0; number < puts; number++) {
    const pk = { S: `${name}-${number}` };
    const { Item } = await client.send(new GetItemCommand({ TableName: TABLE, Key: { pk } }));
    assert.deepEqual(Item, { pk });
  }
  const { Item } = await client.send(new GetItemCommand({ TableName: TABLE, Key: { pk: { S: `${name}-total` } } }));
  assert.deepEqual(Item?.['n'], { N: `${total}` });
}

test('a rolling restart is no error to anyone, and loses nothing', async () => {
  const nodes = [await startNode(), await startNode()];
  const setUp = connect();
  await setUp.send(
    new CreateTableCommand({
      TableName: TABLE,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    }),
  );
  let isEnough = false;
  const written = Array.from({ length: CLIENTS }, (_, client): Written => ({ name: `c${client}`, puts: 0, total: 0 }));
  const clients = written.map(connect);
  const using = Promise.all(
    clients.map((client, index) => useTable(client, written[index] as Written, () => isEnough)),
  );
  const restarting = restart(nodes);
  // An error of the clients ends the test at once.
  await Promise.race([restarting, using]);
  const restarted = await restarting;
  isEnough = true;
  await using;
  // The SDK would have tried those again: it was not needed.
  assert.equal(balancer.failures(), 0);
  await Promise.all(clients.map((client, index) => assertWritten(client, written[index] as Written)));
  for (const client of [setUp, ...clients]) client.destroy();
  await Promise.all(restarted.map(stopNode));
});
