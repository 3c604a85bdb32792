/**
 * What the writes of items leave in a stream: every kind of write, every view type. Sources: "Change data capture for
 * DynamoDB Streams" and "Working with streams" in the developer guide, StreamRecord in the API reference.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type AttributeValue,
  BatchExecuteStatementCommand,
  BatchWriteItemCommand,
  DeleteItemCommand,
  ExecuteStatementCommand,
  ExecuteTransactionCommand,
  PutItemCommand,
  type StreamViewType,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import type { _Record as StreamRecord } from '@aws-sdk/client-dynamodb-streams';
import { CONDITION_FAILED } from './errors.ts';
import { useServer } from './server.ts';
import { useStreams } from './streams.ts';
import { waitUntil } from './wait-until.ts';

const server = useServer();
const streams = useStreams(server);

type Item = Record<string, AttributeValue>;

const KEY: Item = { pk: { S: 'a' }, sk: { N: '1' } };
const OLD: Item = { ...KEY, v: { S: 'old' } };
const NEW: Item = { ...KEY, v: { S: 'newer' } };
/** Sizes by the rules of items: pk + a, sk + 1; v and its text. */
const KEY_BYTES = 7;
const SIZES = new Map([
  [OLD, KEY_BYTES + 4],
  [NEW, KEY_BYTES + 6],
]);

/** The ways to put NEW, to change OLD to NEW, and to delete NEW. */
interface Writer {
  readonly put: (table: string, item: Item) => Promise<unknown>;
  readonly modify: (table: string) => Promise<unknown>;
  readonly remove: (table: string) => Promise<unknown>;
}

const SET_V = {
  Key: KEY,
  UpdateExpression: 'SET v = :v',
  ExpressionAttributeValues: { ':v': NEW['v'] as AttributeValue },
};

function putItem(TableName: string, Item: Item) {
  return server.client.send(new PutItemCommand({ TableName, Item }));
}

function update(TableName: string, UpdateExpression: string, values?: Item) {
  const ExpressionAttributeValues = values;
  return server.client.send(
    new UpdateItemCommand({ TableName, Key: KEY, UpdateExpression, ExpressionAttributeValues }),
  );
}

function deleteItem(TableName: string) {
  return server.client.send(new DeleteItemCommand({ TableName, Key: KEY }));
}

function insertStatement(table: string, { v }: Item) {
  return { Statement: `INSERT INTO "${table}" VALUE {'pk': 'a', 'sk': 1, 'v': ?}`, Parameters: [v as AttributeValue] };
}

function updateStatement(table: string) {
  return { Statement: `UPDATE "${table}" SET v = 'newer' WHERE pk = 'a' AND sk = 1` };
}

function deleteStatement(table: string) {
  return { Statement: `DELETE FROM "${table}" WHERE pk = 'a' AND sk = 1` };
}

const single = (statement: { readonly Statement: string; readonly Parameters?: AttributeValue[] }) =>
  server.client.send(new ExecuteStatementCommand(statement));
const batched = async (Statements: { readonly Statement: string; readonly Parameters?: AttributeValue[] }) => {
  const { Responses = [] } = await server.client.send(new BatchExecuteStatementCommand({ Statements: [Statements] }));
  assert.deepEqual(
    Responses.filter((response) => response.Error),
    [],
  );
};
const transacted = (statement: { readonly Statement: string; readonly Parameters?: AttributeValue[] }) =>
  server.client.send(new ExecuteTransactionCommand({ TransactStatements: [statement] }));

const WRITERS: Readonly<Record<string, Writer>> = {
  PutItem: { put: putItem, modify: (table) => putItem(table, NEW), remove: deleteItem },
  UpdateItem: {
    put: (table, item) => update(table, 'SET v = :v', { ':v': item['v'] as AttributeValue }),
    modify: (table) => update(table, 'SET v = :v', SET_V.ExpressionAttributeValues),
    remove: deleteItem,
  },
  BatchWriteItem: {
    put: (table, Item) =>
      server.client.send(new BatchWriteItemCommand({ RequestItems: { [table]: [{ PutRequest: { Item } }] } })),
    modify: (table) =>
      server.client.send(new BatchWriteItemCommand({ RequestItems: { [table]: [{ PutRequest: { Item: NEW } }] } })),
    remove: (table) =>
      server.client.send(new BatchWriteItemCommand({ RequestItems: { [table]: [{ DeleteRequest: { Key: KEY } }] } })),
  },
  TransactWriteItems: {
    put: (TableName, Item) =>
      server.client.send(new TransactWriteItemsCommand({ TransactItems: [{ Put: { TableName, Item } }] })),
    modify: (TableName) =>
      server.client.send(new TransactWriteItemsCommand({ TransactItems: [{ Update: { TableName, ...SET_V } }] })),
    remove: (TableName) =>
      server.client.send(new TransactWriteItemsCommand({ TransactItems: [{ Delete: { TableName, Key: KEY } }] })),
  },
  ExecuteStatement: {
    put: (table, item) => single(insertStatement(table, item)),
    modify: (table) => single(updateStatement(table)),
    remove: (table) => single(deleteStatement(table)),
  },
  BatchExecuteStatement: {
    put: (table, item) => batched(insertStatement(table, item)),
    modify: (table) => batched(updateStatement(table)),
    remove: (table) => batched(deleteStatement(table)),
  },
  ExecuteTransaction: {
    put: (table, item) => transacted(insertStatement(table, item)),
    modify: (table) => transacted(updateStatement(table)),
    remove: (table) => transacted(deleteStatement(table)),
  },
};

/** The record of a change, but for its name, time and number. */
function expectedRecord(viewType: StreamViewType, before: Item | undefined, after: Item | undefined) {
  const showsNew = viewType === 'NEW_IMAGE' || viewType === 'NEW_AND_OLD_IMAGES';
  const showsOld = viewType === 'OLD_IMAGE' || viewType === 'NEW_AND_OLD_IMAGES';
  const newImage = showsNew ? after : undefined;
  const oldImage = showsOld ? before : undefined;
  const sizeOf = (item: Item | undefined) => (item === undefined ? 0 : (SIZES.get(item) ?? Number.NaN));
  return {
    eventName: before === undefined ? 'INSERT' : after === undefined ? 'REMOVE' : 'MODIFY',
    Keys: KEY,
    ...(newImage !== undefined && { NewImage: newImage }),
    ...(oldImage !== undefined && { OldImage: oldImage }),
    SizeBytes: KEY_BYTES + sizeOf(newImage) + sizeOf(oldImage),
    StreamViewType: viewType,
  };
}

function essenceOf({ eventName, userIdentity, dynamodb = {} }: StreamRecord) {
  const { ApproximateCreationDateTime: _, SequenceNumber: __, ...rest } = dynamodb;
  assert.equal(userIdentity, undefined, 'a caller did it');
  return { eventName, ...rest };
}

async function recordsOf(arn: string) {
  return (await streams.records(arn)).map(essenceOf);
}

describe('a stream', () => {
  for (const viewType of ['KEYS_ONLY', 'NEW_IMAGE', 'OLD_IMAGE', 'NEW_AND_OLD_IMAGES'] as const) {
    for (const [name, { put, modify, remove }] of Object.entries(WRITERS)) {
      test(`of ${viewType} shows what ${name} inserts, modifies and removes`, async () => {
        const { name: table, arn } = await streams.createTable(viewType);
        await put(table, OLD);
        await modify(table);
        await remove(table);
        assert.deepEqual(await recordsOf(arn), [
          expectedRecord(viewType, undefined, OLD),
          expectedRecord(viewType, OLD, NEW),
          expectedRecord(viewType, NEW, undefined),
        ]);
      });
    }
  }

  test('shows attributes of every type as GetItem gives them', async () => {
    const { name, arn } = await streams.createTable();
    const item: Item = {
      ...KEY,
      n: { N: '1.50' },
      b: { B: Uint8Array.from([0, 255]) },
      set: { NS: ['2', '1'] },
      bytes: { BS: [Uint8Array.from([1])] },
      list: { L: [{ NULL: true }, { M: { 'ключ "x"': { BOOL: false } } }] },
      empty: { S: '' },
    };
    await putItem(name, item);
    const [record] = await streams.records(arn);
    assert.deepEqual(record?.dynamodb?.NewImage, { ...item, n: { N: '1.5' } });
  });

  test('shows the keys of a table without sort key', async () => {
    const { name, arn } = await streams.createTable('KEYS_ONLY', {
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'B' }],
    });
    const id = { B: Uint8Array.from([1, 2]) };
    await putItem(name, { id, v: { S: 'x' } });
    assert.deepEqual((await streams.records(arn))[0]?.dynamodb?.Keys, { id });
  });
});

describe('a deletion by Time to Live', () => {
  const quick = useServer({ ttlIntervalSeconds: 0.05 });
  const quickStreams = useStreams(quick);

  // Source: "DynamoDB Streams and Time to Live" in the developer guide.
  test('is a REMOVE that says that the service did it', async () => {
    const { name: TableName, arn } = await quickStreams.createTable();
    const TimeToLiveSpecification = { Enabled: true, AttributeName: 'expires' };
    await quick.client.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
    const Item = { ...KEY, expires: { N: String(Math.floor(Date.now() / 1_000) - 10) } };
    await quick.client.send(new PutItemCommand({ TableName, Item }));
    await waitUntil(async () => (await quickStreams.records(arn)).length === 2);
    const [insert, remove] = await quickStreams.records(arn);
    assert.equal(insert?.userIdentity, undefined);
    assert.deepEqual([remove?.eventName, remove?.dynamodb?.OldImage], ['REMOVE', Item]);
    assert.deepEqual(remove?.userIdentity, { PrincipalId: 'dynamodb.amazonaws.com', Type: 'Service' });
  });
});

describe('nothing is left', () => {
  const SETS: Item = { ...KEY, s: { SS: ['a', 'b'] }, m: { M: { x: { N: '1' }, y: { N: '2' } } } };

  test('by a write that changes nothing, though it puts sets, maps and attributes in another order', async () => {
    const { name, arn } = await streams.createTable();
    await putItem(name, SETS);
    await putItem(name, SETS);
    await putItem(name, {
      m: { M: { y: { N: '2.0' }, x: { N: '1' } } },
      s: { SS: ['b', 'a'] },
      sk: { N: '01' },
      pk: { S: 'a' },
    });
    await update(name, 'SET s = :s', { ':s': { SS: ['b', 'a'] } });
    await update(name, 'REMOVE absent');
    await update(name, 'ADD s :s', { ':s': { SS: ['a'] } });
    await update(name, 'ADD m.x :zero', { ':zero': { N: '0' } });
    await single({ Statement: `UPDATE "${name}" SET m.x = 1 WHERE pk = 'a' AND sk = 1` });
    await server.client.send(
      new TransactWriteItemsCommand({ TransactItems: [{ Put: { TableName: name, Item: SETS } }] }),
    );
    assert.equal((await recordsOf(arn)).length, 1);
    await update(name, 'SET m.x = :x', { ':x': { N: '3' } });
    assert.equal((await recordsOf(arn)).length, 2);
  });

  test('by the deletion of an item that is not there', async () => {
    const { name, arn } = await streams.createTable();
    await deleteItem(name);
    await server.client.send(
      new BatchWriteItemCommand({ RequestItems: { [name]: [{ DeleteRequest: { Key: KEY } }] } }),
    );
    assert.deepEqual(await recordsOf(arn), []);
  });

  test('by a write whose condition fails', async () => {
    const { name: TableName, arn } = await streams.createTable();
    const ConditionExpression = 'attribute_exists(pk)';
    await assert.rejects(
      server.client.send(new PutItemCommand({ TableName, Item: OLD, ConditionExpression })),
      CONDITION_FAILED,
    );
    await assert.rejects(
      server.client.send(new UpdateItemCommand({ TableName, ...SET_V, ConditionExpression })),
      CONDITION_FAILED,
    );
    await assert.rejects(
      server.client.send(new DeleteItemCommand({ TableName, Key: KEY, ConditionExpression })),
      CONDITION_FAILED,
    );
    await assert.rejects(single(updateStatement(TableName)), CONDITION_FAILED);
    assert.deepEqual(await recordsOf(arn), []);
  });

  test('by a transaction that is cancelled', async () => {
    const { name: TableName, arn } = await streams.createTable();
    const second = { pk: { S: 'b' }, sk: { N: '1' } };
    await assert.rejects(
      server.client.send(
        new TransactWriteItemsCommand({
          TransactItems: [
            { Put: { TableName, Item: OLD } },
            { ConditionCheck: { TableName, Key: second, ConditionExpression: 'attribute_exists(pk)' } },
          ],
        }),
      ),
      { name: 'TransactionCanceledException' },
    );
    assert.deepEqual(await recordsOf(arn), []);
  });

  test('by a transaction that is asked for a second time under its token', async () => {
    const { name: TableName, arn } = await streams.createTable();
    const request = { ClientRequestToken: 'once', TransactItems: [{ Put: { TableName, Item: OLD } }] };
    await server.client.send(new TransactWriteItemsCommand(request));
    await deleteItem(TableName);
    await server.client.send(new TransactWriteItemsCommand(request));
    assert.deepEqual(
      (await recordsOf(arn)).map(({ eventName }) => eventName),
      ['INSERT', 'REMOVE'],
    );
  });

  test('of a condition check', async () => {
    const { name: TableName, arn } = await streams.createTable();
    await putItem(TableName, OLD);
    const ConditionExpression = 'attribute_exists(pk)';
    const other = { pk: { S: 'b' }, sk: { N: '1' } };
    await server.client.send(
      new TransactWriteItemsCommand({
        TransactItems: [
          { ConditionCheck: { TableName, Key: KEY, ConditionExpression } },
          { Put: { TableName, Item: other } },
        ],
      }),
    );
    assert.deepEqual(
      (await recordsOf(arn)).map(({ Keys }) => Keys),
      [KEY, other],
    );
  });
});

describe('a request with several writes', () => {
  const keyed = (pk: string): Item => ({ pk: { S: pk }, sk: { N: '1' } });
  const eventsOf = async (arn: string) =>
    (await recordsOf(arn)).map(({ eventName, Keys }) => `${eventName} ${Keys?.['pk']?.S}`);

  test('leaves a record for each, in a transaction as in a batch', async () => {
    const { name: TableName, arn } = await streams.createTable();
    await putItem(TableName, keyed('a'));
    await putItem(TableName, keyed('b'));
    await server.client.send(
      new TransactWriteItemsCommand({
        TransactItems: [
          { Put: { TableName, Item: { ...keyed('a'), v: { S: 'x' } } } },
          { Delete: { TableName, Key: keyed('b') } },
          { Put: { TableName, Item: keyed('c') } },
        ],
      }),
    );
    const RequestItems = {
      [TableName]: [{ DeleteRequest: { Key: keyed('a') } }, { PutRequest: { Item: keyed('d') } }],
    };
    await server.client.send(new BatchWriteItemCommand({ RequestItems }));
    const events = await eventsOf(arn);
    assert.deepEqual(events.slice(0, 2), ['INSERT a', 'INSERT b']);
    assert.deepEqual(events.slice(2, 5).toSorted(), ['INSERT c', 'MODIFY a', 'REMOVE b']);
    assert.deepEqual(events.slice(5).toSorted(), ['INSERT d', 'REMOVE a']);
  });

  test('leaves them in the streams of the tables that they are of', async () => {
    const [one, two] = [await streams.createTable(), await streams.createTable('KEYS_ONLY')];
    const plain = await server.createTable();
    const TransactItems = [one.name, two.name, plain].map((TableName) => ({ Put: { TableName, Item: OLD } }));
    await server.client.send(new TransactWriteItemsCommand({ TransactItems }));
    assert.deepEqual(await recordsOf(one.arn), [expectedRecord('NEW_AND_OLD_IMAGES', undefined, OLD)]);
    assert.deepEqual(await recordsOf(two.arn), [expectedRecord('KEYS_ONLY', undefined, OLD)]);
  });
});

test('the changes of an item are in the order of its writes, from whichever client they come', async () => {
  const { name, arn } = await streams.createTable();
  await Promise.all(Array.from({ length: 60 }, () => update(name, 'ADD n :one', { ':one': { N: '1' } })));
  const records = await streams.records(arn);
  assert.deepEqual(
    records.map(({ dynamodb }) => Number(dynamodb?.NewImage?.['n']?.N)),
    Array.from({ length: 60 }, (_, i) => i + 1),
  );
  assert.equal(new Set(records.map(({ eventID }) => eventID)).size, 60);
});
