/**
 * TypeDORM does here what its documentation shows: organisations and their users in one table.
 *
 * Its newest version is of 2022. It still lists the second AWS SDK among its peers, which it doesn't need beside the
 * third: `overrides` in package.json puts a small package in that one's place. Its ES modules import each other without
 * file extensions, which Node.js doesn't take, so it is loaded by `require`.
 */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { beforeEach, describe, test } from 'node:test';
import type * as Common from '@typedorm/common' with { 'resolution-mode': 'require' };
import type * as Core from '@typedorm/core' with { 'resolution-mode': 'require' };
import type * as DocumentClient from '@typedorm/document-client' with { 'resolution-mode': 'require' };
import { CONDITION_FAILED } from '../e2e/errors.ts';
import { useServer } from '../e2e/server.ts';
import { singleTable } from './single-table.ts';

const require = createRequire(import.meta.url);
const { Attribute, AutoGenerateAttribute, AUTO_GENERATE_ATTRIBUTE_STRATEGY, Entity, INDEX_TYPE, QUERY_ORDER, Table } =
  require('@typedorm/common') as typeof Common;
const { createConnection, ReadBatch, ReadTransaction, WriteBatch, WriteTransaction } =
  require('@typedorm/core') as typeof Core;
const { DocumentClientV3 } = require('@typedorm/document-client') as typeof DocumentClient;

class Organisation {
  declare id: string;
  declare name: string;
  declare teamCount: number;
}

class User {
  declare id: string;
  declare organisation: string;
  declare name: string;
  declare email: string;
  declare status: string;
  declare age: number;
  declare addresses: string[];
  declare updatedAt: number;
}

/** Decorates a class as TypeScript does for `experimentalDecorators` and `emitDecoratorMetadata`. */
function decorate<E>(
  target: new () => E,
  entity: Parameters<typeof Entity<E>>[0],
  attributes: { readonly [name in keyof E & string]: readonly [type: unknown, decorator: PropertyDecorator] },
): void {
  for (const [name, [type, decorator]] of Object.entries<readonly [unknown, PropertyDecorator]>(attributes)) {
    Reflect.defineMetadata('design:type', type, target.prototype as object, name);
    decorator(target.prototype as object, name);
  }
  Entity<E>(entity)(target as unknown as new () => object);
}

decorate(
  Organisation,
  { name: 'organisation', primaryKey: { partitionKey: 'ORG#{{id}}', sortKey: 'ORG#{{id}}' } },
  { id: [String, Attribute()], name: [String, Attribute()], teamCount: [Number, Attribute({ default: 1 })] },
);
decorate(
  User,
  {
    name: 'user',
    primaryKey: { partitionKey: 'ORG#{{organisation}}', sortKey: 'USER#{{id}}' },
    indexes: {
      GSI1: { partitionKey: 'STATUS#{{status}}', sortKey: 'USER#{{name}}', type: INDEX_TYPE.GSI },
      LSI1: { sortKey: 'USER#{{updatedAt}}', type: INDEX_TYPE.LSI },
    },
  },
  {
    id: [String, Attribute()],
    organisation: [String, Attribute()],
    name: [String, Attribute()],
    email: [String, Attribute({ unique: true })],
    status: [String, Attribute({ default: 'active' })],
    age: [Number, Attribute()],
    addresses: [Array, Attribute()],
    updatedAt: [
      Number,
      AutoGenerateAttribute({ strategy: AUTO_GENERATE_ATTRIBUTE_STRATEGY.EPOCH_DATE, autoUpdate: true }),
    ],
  },
);

const server = useServer();
let connection: Core.Connection;
let made = 0;

beforeEach(async () => {
  const keys = singleTable(['PK', 'SK'], { GSI1: ['GSI1PK', 'GSI1SK'] }, { LSI1: 'LSI1SK' });
  const table = new Table({
    name: await server.createTable(keys),
    partitionKey: 'PK',
    sortKey: 'SK',
    indexes: {
      GSI1: { type: INDEX_TYPE.GSI, partitionKey: 'GSI1PK', sortKey: 'GSI1SK' },
      LSI1: { type: INDEX_TYPE.LSI, sortKey: 'LSI1SK' },
    },
  });
  connection = createConnection({
    name: `connection-${++made}`,
    table,
    entities: [Organisation, User],
    documentClient: new DocumentClientV3(server.client),
  });
});

function user(id: string, more: Partial<User> = {}): User {
  const name = `User ${id}`;
  const email = `${id}@example.com`;
  return Object.assign(new User(), { id, organisation: 'org', name, email, age: Number(id), ...more });
}

/** Users `00` to `29`, in the order of their keys. */
async function createUsers(): Promise<string[]> {
  const ids = Array.from({ length: 30 }, (_, i) => String(i).padStart(2, '0'));
  const batch = new WriteBatch();
  for (const id of ids) batch.addCreateItem(user(id));
  const { unprocessedItems, failedItems } = await connection.batchManager.write(batch);
  assert.deepEqual([unprocessedItems, failedItems], [[], []]);
  return ids;
}

/** What TypeDORM makes of TransactionCanceledException. */
const CANCELLED = { name: 'TransactionCancelledException' };

const KEY = { organisation: 'org', id: '1' };

describe("TypeDORM's entity manager", () => {
  test('creates, finds one, and deletes', async () => {
    const { entityManager } = connection;
    const organisation = Object.assign(new Organisation(), { id: '1', name: 'My awesome org' });
    const created = await entityManager.create<Organisation>(organisation);
    assert.deepEqual({ ...created }, { id: '1', name: 'My awesome org', teamCount: 1 });
    await assert.rejects(entityManager.create(organisation), CONDITION_FAILED);
    const found = await entityManager.findOne(Organisation, { id: '1' }, { consistentRead: true });
    assert.ok(found instanceof Organisation);
    assert.deepEqual({ ...found }, { ...created });
    const some = await entityManager.findOne(Organisation, { id: '1' }, { select: ['name'] });
    assert.deepEqual({ ...some }, { name: 'My awesome org' });
    await assert.rejects(
      entityManager.delete(Organisation, { id: '1' }, { where: { name: { NE: 'My awesome org' } } }),
      CONDITION_FAILED,
    );
    await entityManager.delete(Organisation, { id: '1' });
    assert.equal(await entityManager.exists(Organisation, { id: '1' }), false);
  });

  test('keeps unique attributes unique, in transactions of its own', async () => {
    const { entityManager } = connection;
    await entityManager.create(user('1'));
    await assert.rejects(entityManager.create(user('2', { email: '1@example.com' })), CANCELLED);
    await entityManager.create(user('2'));
    await assert.rejects(entityManager.update(User, KEY, { email: '2@example.com' }), CANCELLED);
    const updated = await entityManager.update(User, KEY, { email: 'new@example.com' });
    assert.equal(updated?.email, 'new@example.com');
    assert.equal(await entityManager.exists(User, { email: '1@example.com' }), false);
    assert.equal(await entityManager.exists(User, { email: 'new@example.com' }), true);
    await entityManager.delete(User, KEY);
    assert.equal(await entityManager.exists(User, { email: 'new@example.com' }), false);
  });

  test('updates: SET, INCREMENT_BY, LIST_APPEND, IF_NOT_EXISTS, ADD, REMOVE, and a condition', async () => {
    const { entityManager } = connection;
    await entityManager.create(user('1', { addresses: ['one'] }));
    const updated = await entityManager.update(
      User,
      KEY,
      { age: { ADD: 2 }, addresses: { LIST_APPEND: ['two', 'three'] } },
      { where: { AND: { age: { BETWEEN: [1, 5] }, name: { BEGINS_WITH: 'User' }, status: { IN: ['active'] } } } },
    );
    assert.deepEqual([updated?.age, updated?.addresses], [3, ['one', 'two', 'three']]);
    const next = await entityManager.update(User, KEY, {
      age: { INCREMENT_BY: 4 },
      addresses: { REMOVE: { $AT_INDEX: [1] } },
    });
    assert.deepEqual([next?.age, next?.addresses], [7, ['one', 'three']]);
    await assert.rejects(
      entityManager.update(
        User,
        KEY,
        { age: 1 },
        { where: { OR: { age: { LT: 7 }, addresses: 'ATTRIBUTE_NOT_EXISTS' } } },
      ),
      CONDITION_FAILED,
    );
    const removed = await entityManager.update(User, KEY, { age: { REMOVE: true }, name: { IF_NOT_EXISTS: 'none' } });
    assert.deepEqual([removed?.age, removed?.name], [undefined, 'User 1']);
  });

  test('finds and counts by key condition, on the table and its indexes', async () => {
    const ids = await createUsers();
    const { entityManager } = connection;
    const org = { organisation: 'org' };
    const idsOf = async (...query: Parameters<typeof entityManager.find<User>>) =>
      (await entityManager.find<User>(...query)).items.map(({ id }) => id);
    assert.deepEqual(await idsOf(User, org, { keyCondition: { BEGINS_WITH: 'USER#' } }), ids);
    const range = { keyCondition: { BETWEEN: ['USER#05', 'USER#09'] as [string, string] }, orderBy: QUERY_ORDER.DESC };
    assert.deepEqual(await idsOf(User, org, { ...range, where: { age: { GE: 7 } } }), ['09', '08', '07']);
    assert.deepEqual(
      await idsOf(User, { status: 'active' }, { queryIndex: 'GSI1', keyCondition: { BEGINS_WITH: 'USER#User 1' } }),
      ids.slice(10, 20),
    );
    assert.equal((await idsOf(User, org, { queryIndex: 'LSI1', keyCondition: { BEGINS_WITH: 'USER#' } })).length, 30);
    assert.equal(await entityManager.count(User, org, { where: { age: { LT: 10 } } }), 10);
  });

  test('finds page by page', async () => {
    const ids = await createUsers();
    const seen: string[] = [];
    let cursor: Awaited<ReturnType<typeof connection.entityManager.find>>['cursor'];
    do {
      const page: { items: User[]; cursor?: typeof cursor } = await connection.entityManager.find(
        User,
        { organisation: 'org' },
        { limit: 8, ...(cursor && { cursor }) },
      );
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.cursor;
    } while (cursor !== undefined);
    assert.deepEqual(seen, ids);
  });
});

describe("TypeDORM's other managers", () => {
  test('read and write batches', async () => {
    await createUsers();
    const batch = new ReadBatch();
    for (const id of ['03', '01', 'none']) batch.addGet(User, { organisation: 'org', id });
    const { items } = await connection.batchManager.read(batch);
    assert.deepEqual((items as User[]).map(({ id }) => id).toSorted(), ['01', '03']);
    await connection.batchManager.write(new WriteBatch().addDeleteItem(User, { organisation: 'org', id: '03' }));
    assert.equal(await connection.entityManager.exists(User, { organisation: 'org', id: '03' }), false);
  });

  test('write all or nothing, and read', async () => {
    const { transactionManger } = connection;
    const organisation = Object.assign(new Organisation(), { id: 'org', name: 'org' });
    await transactionManger.write(new WriteTransaction().addCreateItem(organisation).addCreateItem(user('1')));
    const join = (teamCount: number) =>
      transactionManger.write(
        new WriteTransaction()
          .addUpdateItem(
            Organisation,
            { id: 'org' },
            { teamCount: { INCREMENT_BY: 1 } },
            { where: { teamCount: { EQ: teamCount } } },
          )
          .addCreateItem(user(`1${teamCount}`)),
      );
    await join(1);
    await assert.rejects(join(5), CANCELLED);
    const read = new ReadTransaction()
      .addGetItem(Organisation, { id: 'org' })
      .addGetItem(User, { organisation: 'org', id: '11' }, { select: ['name'] });
    const items = (await transactionManger.read(read)) as object[];
    assert.deepEqual(
      items.map((item) => ({ ...item })),
      [{ id: 'org', name: 'org', teamCount: 2 }, { name: 'User 11' }],
    );
    assert.equal(await connection.entityManager.exists(User, { organisation: 'org', id: '15' }), false);
  });

  test('scan, count, and scan in parallel', async () => {
    await createUsers();
    const { scanManager } = connection;
    const { items } = await scanManager.find(User, { where: { age: { LT: 5 } } });
    assert.equal(items?.length, 5);
    assert.equal(await scanManager.count(User, {}), 30);
    const parallel = await scanManager.parallelScan<User>({ totalSegments: 3, entity: User });
    assert.equal(parallel.items?.length, 30);
  });
});
