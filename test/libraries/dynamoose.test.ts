/** Dynamoose does here what its documentation shows: it makes, changes and describes its tables by itself. */
import assert from 'node:assert/strict';
import { after, beforeEach, describe, test } from 'node:test';
import {
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  GetItemCommand,
  ListTagsOfResourceCommand,
} from '@aws-sdk/client-dynamodb';
import dynamoose from 'dynamoose';
import { TableClass } from 'dynamoose/dist/Table/types.js';
import { CONDITION_FAILED } from '../e2e/errors.ts';
import { useServer } from '../e2e/server.ts';

const server = useServer();
const slowServer = useServer({ tableDelaySeconds: 1 });

const clients = new Map<string, InstanceType<typeof dynamoose.aws.ddb.DynamoDB>>();

function clientOf(endpoint: string) {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client =
    clients.get(endpoint) ?? new dynamoose.aws.ddb.DynamoDB({ endpoint, region: 'us-east-1', credentials });
  clients.set(endpoint, client);
  return client;
}

beforeEach(() => dynamoose.aws.ddb.set(clientOf(server.endpoint)));
after(() => clients.forEach((client) => client.destroy()));

let made = 0;

/** The books of the README, with the index of the guide; each test has its own table. */
function openBooks() {
  const schema = new dynamoose.Schema(
    {
      shelf: { type: String, hashKey: true },
      id: { type: Number, rangeKey: true },
      title: { type: String, required: true },
      author: { type: String, index: { name: 'byAuthor', type: 'global', rangeKey: 'id' } },
      publishedDate: Date,
      genre: { type: String, enum: ['fantasy', 'sci-fi', 'mystery'], default: 'fantasy' },
      pageCount: Number,
      tags: { type: Set, schema: [String] },
      editions: { type: Array, schema: [{ type: Object, schema: { year: Number } }] },
      cover: Buffer,
    },
    { timestamps: true },
  );
  const Book = dynamoose.model(`Book${++made}`, schema);
  // A model without a table of its own makes one when it is first used.
  const Table = new dynamoose.Table(`books-${made}`, [Book], { throughput: 'ON_DEMAND' });
  return { Book, Table };
}

const KEY = { shelf: 'A', id: 1 };
const STONE = {
  ...KEY,
  title: "Harry Potter and the Philosopher's Stone",
  author: 'J.K. Rowling',
  publishedDate: new Date('1997-06-26'),
  pageCount: 223,
};

/** Books 1 to 30 of shelf A and one of shelf B. */
async function openLibrary() {
  const { Book } = openBooks();
  const ids = Array.from({ length: 30 }, (_, i) => i + 1);
  const book = (shelf: string, id: number) => ({ shelf, id, title: `Title ${id}`, author: 'many', pageCount: id * 10 });
  await Book.batchPut(ids.slice(0, 25).map((id) => book('A', id)));
  const { unprocessedItems } = await Book.batchPut([...ids.slice(25).map((id) => book('A', id)), book('B', 99)]);
  assert.deepEqual(unprocessedItems, []);
  return { Book, ids };
}

const idsOf = (books: Iterable<unknown>) => [...(books as Iterable<{ id: number }>)].map(({ id }) => id);

describe('a Dynamoose model', () => {
  test('saves, creates, gets and deletes items', async () => {
    const { Book } = openBooks();
    const book = new Book({ ...STONE, tags: new Set(['owl', 'train']), cover: Buffer.from('cover') });
    await book.save();
    const stored = await Book.get(KEY, { consistent: true });
    assert.deepEqual(
      [stored['title'], stored['publishedDate'], stored['genre'], stored['tags'], Buffer.from(stored['cover'])],
      [STONE.title, STONE.publishedDate, 'fantasy', new Set(['owl', 'train']), Buffer.from('cover')],
    );
    assert.ok(stored['createdAt'] instanceof Date);
    const { Item } = await server.client.send(
      new GetItemCommand({ TableName: Book.table().name, Key: { shelf: { S: 'A' }, id: { N: '1' } } }),
    );
    assert.deepEqual([Item?.['pageCount'], Item?.['publishedDate']], [{ N: '223' }, { N: '867283200000' }]);

    await assert.rejects(Book.create(STONE), CONDITION_FAILED);
    await Book.create({ ...STONE, title: 'other' }, { overwrite: true });
    assert.equal((await Book.get(KEY, { attributes: ['title'] }))['title'], 'other');
    await Book.delete(KEY, { condition: new dynamoose.Condition().where('title').eq('other') });
    assert.equal(await Book.get(KEY), undefined);
  });

  test('updates attributes: $SET, $ADD, $REMOVE, $DELETE, and lists that grow', async () => {
    const { Book } = openBooks();
    await Book.create({ ...STONE, tags: new Set(['owl']), editions: [{ year: 1997 }] });
    const updated = await Book.update(KEY, {
      title: 'new title',
      $SET: { genre: 'sci-fi' },
      $ADD: { pageCount: 10, editions: [{ year: 2000 }], tags: new Set(['train']) },
      $REMOVE: ['publishedDate'],
    });
    assert.deepEqual(
      [updated['title'], updated['genre'], updated['pageCount'], updated['editions'], updated['tags']],
      ['new title', 'sci-fi', 233, [{ year: 1997 }, { year: 2000 }], new Set(['owl', 'train'])],
    );
    assert.equal(updated['publishedDate'], undefined);
    const fewer = await Book.update(KEY, { $DELETE: { tags: new Set(['owl']) } });
    assert.deepEqual(fewer['tags'], new Set(['train']));
    const condition = new dynamoose.Condition()
      .where('pageCount')
      .between(1, 100)
      .or()
      .parenthesis(
        new dynamoose.Condition().where('title').beginsWith('old').where('genre').in(['fantasy', 'mystery']),
      );
    await assert.rejects(Book.update(KEY, { title: 'none' }, { condition }), CONDITION_FAILED);
  });

  test('gets and deletes batches', async () => {
    const { Book, ids } = await openLibrary();
    const keys = ids.slice(0, 20).map((id) => ({ shelf: 'A', id }));
    const found = await Book.batchGet([...keys, { shelf: 'none', id: 1 }]);
    assert.deepEqual(
      idsOf(found).toSorted((one, other) => one - other),
      ids.slice(0, 20),
    );
    assert.deepEqual(found.unprocessedKeys, []);
    await Book.batchDelete(keys);
    assert.equal((await Book.scan().count().exec()).count, 11);
  });
});

describe('Dynamoose queries and scans', () => {
  test('query by key and index, filtered, sorted and counted', async () => {
    const { Book, ids } = await openLibrary();
    assert.deepEqual(idsOf(await Book.query('shelf').eq('A').exec()), ids);
    const range = Book.query('shelf').eq('A').where('id').between(5, 9).filter('pageCount').ge(70);
    assert.deepEqual(idsOf(await range.sort('descending').exec()), [9, 8, 7]);
    assert.deepEqual(idsOf(await Book.query('author').eq('many').using('byAuthor').limit(3).exec()), [1, 2, 3]);
    const count = await Book.query({ shelf: 'A', pageCount: { gt: 200 } })
      .count()
      .exec();
    assert.equal(count.count, 10);
  });

  test('go on from the last key, or through all pages', async () => {
    const { Book, ids } = await openLibrary();
    const first = await Book.query('author').eq('many').limit(10).exec();
    assert.deepEqual(idsOf(first), ids.slice(0, 10));
    const second = await Book.query('author').eq('many').limit(25).startAt(first.lastKey).exec();
    assert.deepEqual(idsOf(second), [...ids.slice(10), 99]);
    assert.equal(second.lastKey, undefined);
    const all = await Book.query('shelf').eq('A').limit(7).all().exec();
    assert.deepEqual([idsOf(all), all.timesQueried], [ids, 5]);
  });

  test('scan with conditions, and in parallel', async () => {
    const { Book } = await openLibrary();
    const some = await Book.scan('pageCount').lt(30).or().where('shelf').eq('B').attributes(['id']).exec();
    assert.deepEqual(
      idsOf(some).toSorted((one, other) => one - other),
      [1, 2, 99],
    );
    assert.equal((await Book.scan('title').contains('3').where('author').not().exists().exec()).length, 0);
    assert.equal((await Book.scan().parallel(4).exec()).length, 31);
  });
});

describe('Dynamoose transactions', () => {
  test('write all or nothing over two tables, and read', async () => {
    const { Book } = openBooks();
    const User = dynamoose.model(`User${made}`, { id: String, balance: Number });
    const Users = new dynamoose.Table(`users-${made}`, [User], { throughput: 'ON_DEMAND', initialize: false });
    await Users.initialize();
    await User.create({ id: 'user1', balance: 100 });
    await Book.create({ ...STONE, id: 2 });
    const buy = async (price: number) =>
      await dynamoose.transaction([
        User.transaction.update({ id: 'user1' }, { $ADD: { balance: -price } }),
        User.transaction.condition('user2', new dynamoose.Condition('id').not().exists()),
        Book.transaction.create(STONE),
        Book.transaction.delete({ shelf: 'A', id: 2 }),
      ]);
    const read = async () => {
      const found = await dynamoose.transaction([User.transaction.get('user1'), Book.transaction.get(KEY)]);
      return (found as { balance?: number; title?: string }[]).map(({ balance, title }) => balance ?? title);
    };
    await buy(40);
    assert.deepEqual(await read(), [60, STONE.title]);
    await assert.rejects(buy(40), {
      name: 'TransactionCanceledException',
      message:
        'Transaction cancelled, please refer cancellation reasons for specific reasons ' +
        '[None, None, ConditionalCheckFailed, None]',
    });
    assert.deepEqual(await read(), [60, STONE.title]);
    assert.deepEqual(idsOf(await Book.scan().exec()), [1]);
  });
});

describe('a Dynamoose table', () => {
  const describeTable = async (TableName: string) => {
    const { Table } = await server.client.send(new DescribeTableCommand({ TableName }));
    return Table;
  };

  test('is made with throughput, tags, class, an index and a time to live', async () => {
    const Session = dynamoose.model(`Session${++made}`, {
      id: { type: String, hashKey: true },
      started: { type: Number, rangeKey: true },
      owner: { type: String, index: { type: 'local', name: 'byOwner' } },
    });
    const Table = new dynamoose.Table(`sessions-${made}`, [Session], {
      initialize: false,
      throughput: { read: 5, write: 7 },
      tags: { hello: 'world' },
      tableClass: TableClass.infrequentAccess,
      expires: { ttl: 60_000, attribute: 'expiresAt' },
    });
    await Table.initialize();
    await Session.create({ id: '1', started: 5, owner: 'me' });
    const session = await Session.get({ id: '1', started: 5 });
    assert.ok(session['expiresAt'] instanceof Date);

    const description = await describeTable(Table.name);
    assert.equal(description?.TableClassSummary?.TableClass, 'STANDARD_INFREQUENT_ACCESS');
    assert.equal(description?.ProvisionedThroughput?.WriteCapacityUnits, 7);
    const ResourceArn = description?.TableArn;
    const { Tags } = await server.client.send(new ListTagsOfResourceCommand({ ResourceArn }));
    assert.deepEqual(Tags, [{ Key: 'hello', Value: 'world' }]);
    const { TimeToLiveDescription } = await server.client.send(
      new DescribeTimeToLiveCommand({ TableName: Table.name }),
    );
    assert.equal(TimeToLiveDescription?.AttributeName, 'expiresAt');
  });

  test('is waited for, before items are written to it', async () => {
    const instance = new dynamoose.Instance();
    instance.aws.ddb.set(clientOf(slowServer.endpoint));
    const Cat = dynamoose.model(`Cat${++made}`, { id: String });
    const waitForActive = { enabled: true, check: { timeout: 60_000, frequency: 50 } };
    const Table = new instance.Table(`cats-${made}`, [Cat], { waitForActive });
    await Cat.create({ id: 'Garfield' });
    const { Table: description } = await slowServer.client.send(new DescribeTableCommand({ TableName: Table.name }));
    assert.equal(description?.TableStatus, 'ACTIVE');
    assert.equal((await Cat.get('Garfield'))['id'], 'Garfield');
  });

  test('is updated to what the model has become', async () => {
    const name = `changing-${++made}`;
    const waitForActive = { enabled: true, check: { timeout: 30_000, frequency: 20 } };
    const Before = dynamoose.model(`Before${made}`, { id: String, name: { type: String, index: { name: 'byName' } } });
    const before = new dynamoose.Table(name, [Before], {
      initialize: false,
      throughput: 1,
      tags: { stage: 'one' },
      waitForActive,
    });
    await before.initialize();
    await Before.create({ id: '1', name: 'one' });

    const After = dynamoose.model(`After${made}`, {
      id: String,
      name: String,
      age: { type: Number, index: { name: 'byAge', type: 'global' } },
    });
    const changed = new dynamoose.Table(name, [After], {
      initialize: false,
      update: true,
      throughput: 'ON_DEMAND',
      tags: { stage: 'two' },
      tableClass: TableClass.infrequentAccess,
      streamOptions: { enabled: true, type: 'NEW_IMAGE' },
      waitForActive,
    });
    await changed.initialize();
    await After.create({ id: '2', name: 'two', age: 2 });
    assert.equal((await After.query('age').eq(2).using('byAge').exec()).count, 1);

    const description = await describeTable(name);
    assert.deepEqual(
      description?.GlobalSecondaryIndexes?.map(({ IndexName }) => IndexName),
      ['byAge'],
    );
    assert.equal(description?.BillingModeSummary?.BillingMode, 'PAY_PER_REQUEST');
    assert.equal(description?.TableClassSummary?.TableClass, 'STANDARD_INFREQUENT_ACCESS');
    assert.deepEqual(description?.StreamSpecification, { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' });
    const ResourceArn = description?.TableArn;
    const { Tags } = await server.client.send(new ListTagsOfResourceCommand({ ResourceArn }));
    assert.deepEqual(Tags, [{ Key: 'stage', Value: 'two' }]);
  });
});
