/** Operations drawn by chance, against a server and against a model of a table: both must always answer the same. */
import { CreateTableCommand, DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  ScanCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkDataFolder } from '../../src/check-data-folder.ts';
import { startStator } from '../../src/index.ts';
import { createSeededRandom } from '../seeded-random.ts';
import type { Draw, Values } from './random-expressions.ts';
import {
  GRADES,
  LABELS,
  WORDS,
  createDraw,
  drawCondition,
  drawKeyCondition,
  drawUpdate,
} from './random-expressions.ts';
import { chooseSeed } from './seed.ts';
import { makeStore } from './store.ts';
import type { ModelItem, ModelKey, ModelSource, TableModel } from './table-model.ts';
import {
  GLOBAL_INDEX,
  HASH_INDEX,
  LOCAL_INDEX,
  TABLE,
  createTableModel,
  pickAttributes,
  sortItems,
} from './table-model.ts';

const OPERATIONS = 800;
const TableName = 'Random';
const PARTITION_KEYS = ['a', 'b', 'é\u0000', '\u{1f600}'];
const SORT_KEYS = [-12.5, -12, 0, 0.001, 3, 10, 100];
/** As many items as there can be. */
const KEYS = PARTITION_KEYS.length * SORT_KEYS.length;
/** A local index that is asked for more than it holds. */
const FETCHING_INDEX: ModelSource = { ...LOCAL_INDEX, projected: undefined };
const SOURCES = [TABLE, LOCAL_INDEX, FETCHING_INDEX, GLOBAL_INDEX, HASH_INDEX];

interface World {
  readonly client: DynamoDBDocumentClient;
  readonly model: TableModel;
  readonly draw: Draw;
}

test('random operations answer as the model does, and leave a sound store', async (t) => {
  const store = await makeStore();
  const draw = createDraw(createSeededRandom(chooseSeed(t)));
  const stator = await startStator({ ...store.options, port: 0, logLevel: 'error' });
  const base = new DynamoDBClient({
    endpoint: stator.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const world = { client: DynamoDBDocumentClient.from(base), model: createTableModel(), draw };
  try {
    await createTable(base);
    for (let step = 0; step < OPERATIONS; step++) await runOperation(world, step);
    await compareCounts(world, base);
  } finally {
    base.destroy();
    await stator.close();
  }
  if (store.dataDir === undefined) return;
  const { items } = await checkDataFolder(store.dataDir, (problem) => assert.fail(problem));
  assert.equal(items, world.model.entries(TABLE).length);
});

async function createTable(client: DynamoDBClient): Promise<void> {
  const describeIndex = ({ indexName, partitionKey, sortKey }: ModelSource) => ({
    IndexName: indexName,
    KeySchema: [
      { AttributeName: partitionKey, KeyType: 'HASH' as const },
      ...(sortKey === undefined ? [] : [{ AttributeName: sortKey, KeyType: 'RANGE' as const }]),
    ],
  });
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: describeIndex(TABLE).KeySchema,
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'N' },
        { AttributeName: 'grade', AttributeType: 'N' },
        { AttributeName: 'label', AttributeType: 'S' },
      ],
      LocalSecondaryIndexes: [
        {
          ...describeIndex(LOCAL_INDEX),
          Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['remark'] },
        },
      ],
      GlobalSecondaryIndexes: [
        { ...describeIndex(GLOBAL_INDEX), Projection: { ProjectionType: 'ALL' } },
        { ...describeIndex(HASH_INDEX), Projection: { ProjectionType: 'KEYS_ONLY' } },
      ],
    }),
  );
}

const OPERATION_KINDS = [
  runPut,
  runPut,
  runUpdate,
  runUpdate,
  runUpdate,
  runDelete,
  runBatchWrite,
  runGet,
  runBatchGet,
  runQuery,
  runQuery,
  runScan,
] as const;

async function runOperation(world: World, step: number): Promise<void> {
  const operation = world.draw.oneOf(OPERATION_KINDS);
  try {
    await operation(world);
  } catch (error) {
    throw new Error(`step ${step}, ${operation.name}`, { cause: error });
  }
}

function drawKey(draw: Draw): ModelKey {
  return { pk: draw.oneOf(PARTITION_KEYS), sk: draw.oneOf(SORT_KEYS) };
}

function drawKeys(draw: Draw, count: number): ModelKey[] {
  const keys = Array.from({ length: count }, () => drawKey(draw));
  return [...new Map(keys.map((key) => [JSON.stringify(key), key])).values()];
}

function drawItem(draw: Draw, key: ModelKey): ModelItem {
  return {
    ...key,
    ...(draw.once(2) && { grade: draw.oneOf(GRADES) }),
    ...(draw.once(2) && { label: draw.oneOf(LABELS) }),
    ...(draw.once(2) && { remark: draw.oneOf(WORDS) }),
    ...(draw.once(2) && { amt: draw.below(10) - 5 }),
    ...(draw.once(2) && { words: new Set([draw.oneOf(WORDS), draw.oneOf(WORDS)]) }),
    ...(draw.once(2) && { steps: [{ at: draw.below(10), by: draw.oneOf(WORDS) }, null, true] }),
  };
}

/** What a write answers: the attributes it returns, or the name of the error. */
type Outcome = { readonly attributes: ModelItem | undefined } | { readonly error: string };

const CONDITION_FAILED: Outcome = { error: 'ConditionalCheckFailedException' };

async function outcomeOf(answer: Promise<{ Attributes?: ModelItem | undefined }>): Promise<Outcome> {
  try {
    return { attributes: (await answer).Attributes };
  } catch (error) {
    assert.ok(error instanceof Error);
    return { error: error.name };
  }
}

/** The members of a request that hold a condition, if there is one, and what it means. */
function drawRequestCondition(draw: Draw, values: Values) {
  const condition = draw.once(2) ? drawCondition(draw, values) : undefined;
  return {
    members: { ...(condition && { ConditionExpression: condition.text }) },
    holds: (item: ModelItem | undefined) => condition === undefined || condition.holds(item),
  };
}

/** ExpressionAttributeValues must not be there when they are empty. */
function valuesMember(values: Values): { ExpressionAttributeValues?: Values } {
  return Object.keys(values).length === 0 ? {} : { ExpressionAttributeValues: values };
}

async function runPut({ client, model, draw }: World): Promise<void> {
  const Item = drawItem(draw, drawKey(draw));
  const values: Values = {};
  const condition = drawRequestCondition(draw, values);
  const ReturnValues = draw.oneOf(['NONE', 'ALL_OLD'] as const);
  const input = { TableName, Item: { ...Item }, ReturnValues, ...condition.members, ...valuesMember(values) };
  const outcome = await outcomeOf(client.send(new PutCommand(input)));

  const before = model.get(Item as unknown as ModelKey);
  if (!condition.holds(before)) return assert.deepEqual(outcome, CONDITION_FAILED);
  model.put(Item);
  assert.deepEqual(outcome, { attributes: ReturnValues === 'ALL_OLD' ? before : undefined });
}

async function runDelete({ client, model, draw }: World): Promise<void> {
  const Key = drawKey(draw);
  const values: Values = {};
  const condition = drawRequestCondition(draw, values);
  const input = { TableName, Key: { ...Key }, ...condition.members, ...valuesMember(values) };
  const outcome = await outcomeOf(client.send(new DeleteCommand({ ...input, ReturnValues: 'ALL_OLD' })));

  const before = model.get(Key);
  if (!condition.holds(before)) return assert.deepEqual(outcome, CONDITION_FAILED);
  model.delete(Key);
  assert.deepEqual(outcome, { attributes: before });
}

async function runUpdate({ client, model, draw }: World): Promise<void> {
  const Key = drawKey(draw);
  const values: Values = {};
  const update = drawUpdate(draw, values);
  const condition = drawRequestCondition(draw, values);
  // What was touched within a list is told in part, which the model does not follow.
  const whole = update.text.includes('[') ? [] : (['UPDATED_OLD', 'UPDATED_NEW'] as const);
  const ReturnValues = draw.oneOf(['NONE', 'ALL_OLD', 'ALL_NEW', ...whole] as const);
  const outcome = await outcomeOf(
    client.send(
      new UpdateCommand({
        TableName,
        Key: { ...Key },
        UpdateExpression: update.text,
        ...condition.members,
        ...valuesMember(values),
        ReturnValues,
      }),
    ),
  );

  const before = model.get(Key);
  if (!condition.holds(before)) return assert.deepEqual(outcome, CONDITION_FAILED);
  const after = update.apply(before ?? { ...Key });
  if (after === undefined) return assert.deepEqual(outcome, { error: 'ValidationException' });
  model.put(after);
  const returned = {
    NONE: undefined,
    ALL_OLD: before,
    ALL_NEW: after,
    UPDATED_OLD: before && pickAttributes(before, update.touched),
    UPDATED_NEW: pickAttributes(after, update.touched),
  }[ReturnValues];
  const isEmpty = returned === undefined || Object.keys(returned).length === 0;
  assert.deepEqual(outcome, { attributes: isEmpty ? undefined : returned });
}

async function runBatchWrite({ client, model, draw }: World): Promise<void> {
  const writes = drawKeys(draw, 12).map((key) => ({ key, item: draw.once(2) ? drawItem(draw, key) : undefined }));
  const requests = writes.map(({ key, item }) =>
    item === undefined ? { DeleteRequest: { Key: { ...key } } } : { PutRequest: { Item: { ...item } } },
  );
  const answer = await client.send(new BatchWriteCommand({ RequestItems: { [TableName]: requests } }));
  assert.deepEqual(answer.UnprocessedItems, {});
  for (const { key, item } of writes) {
    if (item === undefined) model.delete(key);
    else model.put(item);
  }
}

async function runGet({ client, model, draw }: World): Promise<void> {
  const Key = drawKey(draw);
  const { Item } = await client.send(new GetCommand({ TableName, Key: { ...Key } }));
  assert.deepEqual(Item, model.get(Key));
}

async function runBatchGet({ client, model, draw }: World): Promise<void> {
  const keys = drawKeys(draw, 1 + draw.below(10));
  const Keys = keys.map((key) => ({ ...key }));
  const { Responses, UnprocessedKeys } = await client.send(
    new BatchGetCommand({ RequestItems: { [TableName]: { Keys } } }),
  );
  assert.deepEqual(UnprocessedKeys, {});
  const expected = keys.map((key) => model.get(key)).filter((item) => item !== undefined);
  assert.deepEqual(sortItems(Responses?.[TableName] ?? [], 'sk'), sortItems(expected, 'sk'));
}

/** What all pages of a Query or Scan say together. */
interface Reading {
  readonly items: readonly ModelItem[];
  readonly scannedCount: number;
}

interface PageAnswer {
  readonly Items?: ModelItem[] | undefined;
  readonly Count?: number | undefined;
  readonly ScannedCount?: number | undefined;
  readonly LastEvaluatedKey?: Record<string, unknown> | undefined;
}

/** All pages together. Each but the last has looked at `limit` items, and says where it ended. */
async function readAll(
  limit: number | undefined,
  read: (startKey: Record<string, unknown> | undefined) => Promise<PageAnswer>,
): Promise<Reading> {
  const items: ModelItem[] = [];
  let scannedCount = 0;
  let startKey: Record<string, unknown> | undefined;
  do {
    const page: PageAnswer = await read(startKey);
    assert.equal(page.Count, page.Items?.length);
    items.push(...(page.Items ?? []));
    scannedCount += page.ScannedCount ?? 0;
    assert.ok(scannedCount <= KEYS, 'a page that starts where it should comes to an end');
    startKey = page.LastEvaluatedKey;
    if (startKey !== undefined) assert.equal(page.ScannedCount, limit);
    else if (limit !== undefined) assert.ok((page.ScannedCount ?? 0) < limit);
  } while (startKey !== undefined);
  return { items, scannedCount };
}

/** A filter that every source can answer: none on an index that lacks what filters look at. */
function drawFilter(draw: Draw, values: Values, source: ModelSource) {
  return source.projected === undefined && draw.once(2) ? drawCondition(draw, values) : undefined;
}

function selectOf(source: ModelSource): 'ALL_ATTRIBUTES' | undefined {
  return source === FETCHING_INDEX ? 'ALL_ATTRIBUTES' : undefined;
}

async function runQuery({ client, model, draw }: World): Promise<void> {
  const source = draw.oneOf(SOURCES);
  const values: Values = {};
  const { partitionKey, sortKey, indexName } = source;
  const condition = drawKeyCondition(
    draw,
    values,
    { name: partitionKey, value: draw.oneOf(partitionKey === 'pk' ? PARTITION_KEYS : LABELS) },
    sortKey === undefined ? undefined : { name: sortKey, choices: sortKey === 'sk' ? SORT_KEYS : GRADES },
  );
  const filter = drawFilter(draw, values, source);
  const forward = draw.once(2);
  const Limit = draw.oneOf([undefined, 1, 2, 5]);
  const { items, scannedCount } = await readAll(Limit, (ExclusiveStartKey) =>
    client.send(
      new QueryCommand({
        TableName,
        IndexName: indexName,
        Select: selectOf(source),
        KeyConditionExpression: condition.text,
        ...(filter && { FilterExpression: filter.text }),
        ExpressionAttributeValues: values,
        ScanIndexForward: forward,
        Limit,
        ExclusiveStartKey,
      }),
    ),
  );

  const selected = model.entries(source).filter((item) => condition.holds(item));
  const expected = selected.filter((item) => filter === undefined || filter.holds(item));
  assert.equal(scannedCount, selected.length);
  assert.deepEqual(sortItems(items, sortKey, forward), sortItems(expected, sortKey, forward));
  // Items of one sort key may come in any order, but sort keys may not.
  if (sortKey === undefined) return;
  const sortKeys = sortItems(expected, sortKey, forward).map((item) => item[sortKey]);
  assert.deepEqual(
    items.map((item) => item[sortKey]),
    sortKeys,
  );
}

async function runScan({ client, model, draw }: World): Promise<void> {
  const source = draw.oneOf(SOURCES);
  const values: Values = {};
  const filter = drawFilter(draw, values, source);
  const Limit = draw.oneOf([undefined, 3, 10]);
  const TotalSegments = draw.oneOf([1, 1, 2, 5]);
  const found: ModelItem[] = [];
  let scannedCount = 0;
  for (let Segment = 0; Segment < TotalSegments; Segment++) {
    const reading = await readAll(Limit, (ExclusiveStartKey) =>
      client.send(
        new ScanCommand({
          TableName,
          IndexName: source.indexName,
          Select: selectOf(source),
          ...(filter && { FilterExpression: filter.text }),
          ...valuesMember(values),
          Segment,
          TotalSegments,
          Limit,
          ExclusiveStartKey,
        }),
      ),
    );
    found.push(...reading.items);
    scannedCount += reading.scannedCount;
  }

  const entries = model.entries(source);
  const expected = entries.filter((item) => filter === undefined || filter.holds(item));
  assert.equal(scannedCount, entries.length);
  assert.deepEqual(sortItems(found, 'sk'), sortItems(expected, 'sk'));
}

async function compareCounts({ model }: World, client: DynamoDBClient): Promise<void> {
  const { Table } = await client.send(new DescribeTableCommand({ TableName }));
  const indexes = [...(Table?.LocalSecondaryIndexes ?? []), ...(Table?.GlobalSecondaryIndexes ?? [])];
  for (const source of SOURCES) {
    const described = indexes.find((index) => index.IndexName === source.indexName) ?? Table;
    assert.equal(described?.ItemCount, model.entries(source).length);
  }
}
