/** OneTable does here what its documentation shows: accounts, users and invoices in a table that it makes itself. */
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { DescribeTimeToLiveCommand, GetItemCommand, UpdateTimeToLiveCommand } from '@aws-sdk/client-dynamodb';
import { Table } from 'dynamodb-onetable';
import { useServer } from '../e2e/server.ts';

const server = useServer();

/** The schema of the README. */
const SCHEMA = {
  format: 'onetable:1.1.0',
  version: '0.0.1',
  indexes: {
    primary: { hash: 'pk', sort: 'sk' },
    gs1: { hash: 'gs1pk', sort: 'gs1sk', project: 'all', follow: true },
    ls1: { sort: 'id', type: 'local', project: ['gs1pk'] },
  },
  models: {
    Account: {
      pk: { type: String, value: 'account:${name}' },
      sk: { type: String, value: 'account:' },
      id: { type: String, generate: 'ulid', validate: /^[0123456789ABCDEFGHJKMNPQRSTVWXYZ]{26}$/i },
      name: { type: String, required: true },
      status: { type: String, default: 'active' },
      users: { type: Number, default: 0 },
      expires: { type: Date, ttl: true },
    },
    User: {
      pk: { type: String, value: 'account:${accountName}' },
      sk: { type: String, value: 'user:${email}' },
      id: { type: String, generate: 'ulid' },
      accountName: { type: String, required: true },
      email: { type: String, required: true, unique: true },
      role: { type: String, enum: ['user', 'admin'], required: true, default: 'user' },
      balance: { type: Number, default: 0 },
      tags: { type: Set },
      address: { type: Object, schema: { street: { type: String }, zip: { type: String } } },
      registered: { type: Date },
      gs1pk: { type: String, value: 'user-email:${email}' },
      gs1sk: { type: String, value: 'user:' },
    },
    Invoice: {
      pk: { type: String, value: 'account:${accountName}' },
      sk: { type: String, value: 'invoice:${number}' },
      accountName: { type: String, required: true },
      number: { type: String, required: true },
      total: { type: Number, required: true },
    },
  },
  queries: {},
  params: { isoDates: true, timestamps: true },
} as const;

let made = 0;

/** A table of its own, made by OneTable, and its models. */
async function openTable() {
  const name = `one-table-${++made}`;
  const table = new Table({ client: server.client, name, schema: SCHEMA, partial: true });
  assert.equal(await table.exists(), false);
  await table.createTable();
  assert.equal(await table.exists(), true);
  return {
    table,
    Account: table.getModel('Account'),
    User: table.getModel('User'),
    Invoice: table.getModel('Invoice'),
  };
}

let models: Awaited<ReturnType<typeof openTable>>;

beforeEach(async () => {
  models = await openTable();
});

const ACME = { accountName: 'Acme Airplanes' };
const COYOTE = { ...ACME, email: 'coyote@acme.com' };

/** Invoices `00` to `29` of Acme, in the order of their keys; invoice `00` is for 0. */
async function writeInvoices(): Promise<string[]> {
  const numbers = Array.from({ length: 30 }, (_, i) => String(i).padStart(2, '0'));
  for (const some of [numbers.slice(0, 25), numbers.slice(25)]) {
    const batch = {};
    for (const number of some) await models.Invoice.create({ ...ACME, number, total: Number(number) }, { batch });
    await models.table.batchWrite(batch);
  }
  return numbers;
}

describe('a OneTable model', () => {
  test('creates, gets, updates and removes', async () => {
    const { Account } = models;
    const account = await Account.create({ name: ACME.accountName, expires: new Date('2100-01-01') });
    assert.equal(account.status, 'active');
    await assert.rejects(Account.create({ name: ACME.accountName }), /Conditional create failed for "Account"/);
    const stored = await Account.get({ name: ACME.accountName }, { consistent: true });
    assert.deepEqual([stored?.id, stored?.expires], [account.id, new Date('2100-01-01')]);
    const Key = { pk: { S: 'account:Acme Airplanes' }, sk: { S: 'account:' } };
    const { Item } = await server.client.send(new GetItemCommand({ TableName: models.table.name, Key }));
    assert.deepEqual([Item?.['expires'], Item?.['_type']], [{ N: '4102444800' }, { S: 'Account' }]);

    await Account.update({ name: ACME.accountName, status: 'suspended' });
    await Account.update({ name: ACME.accountName }, { add: { users: 3 } });
    const set = await Account.update(
      { name: ACME.accountName },
      { set: { status: '{closed}', users: '${users} + {1}' } },
    );
    assert.deepEqual([set.status, set.users], ['closed', 4]);
    await assert.rejects(
      Account.update({ name: ACME.accountName, status: 'active' }, { where: '${users} > {10}' }),
      /The conditional request failed/,
    );
    await assert.rejects(Account.update({ name: 'none', status: 'active' }), /The conditional request failed/);
    await Account.remove({ name: ACME.accountName });
    assert.equal(await Account.get({ name: ACME.accountName }), undefined);
  });

  test('keeps unique attributes unique, in transactions of its own', async () => {
    const { User } = models;
    await User.create({ ...COYOTE, tags: new Set(['fast']), registered: new Date('2026-01-02') });
    await assert.rejects(
      User.create({ accountName: 'other', email: COYOTE.email }),
      /Cannot create unique attributes "email" for "User"/,
    );
    assert.equal((await User.scan()).length, 1);
    const user = await User.get({ email: COYOTE.email }, { index: 'gs1', follow: true });
    assert.deepEqual(
      [user?.accountName, user?.role, user?.tags, user?.registered],
      [COYOTE.accountName, 'user', new Set(['fast']), new Date('2026-01-02')],
    );
    await User.remove(COYOTE);
    await User.create({ accountName: 'other', email: COYOTE.email });
    assert.equal((await User.scan()).length, 1);
  });

  test('updates nested attributes and sets, and upserts', async () => {
    const { User } = models;
    await User.create({
      ...COYOTE,
      address: { street: 'Desert 1', zip: '98034' },
      tags: new Set(['a', 'b']),
      registered: new Date(0),
    });
    await User.update({ ...COYOTE, address: { street: 'Desert 2' } });
    await User.update(COYOTE, { delete: { tags: new Set(['a']) } });
    await User.update(COYOTE, { remove: ['registered'], set: { 'address.street': '{Desert 3}' } });
    const updated = await User.get(COYOTE);
    assert.deepEqual(updated?.address, { street: 'Desert 3', zip: '98034' });
    assert.deepEqual([updated?.tags, updated?.registered], [new Set(['b']), undefined]);
    const upserted = await models.Invoice.upsert({ ...ACME, number: 'new', total: 5 });
    assert.equal(upserted.total, 5);
    assert.equal((await models.Invoice.upsert({ ...ACME, number: 'new', total: 6 })).total, 6);
  });
});

describe('OneTable finds', () => {
  test('by key, by index, filtered and counted', async () => {
    const numbers = await writeInvoices();
    const { Invoice, User, table } = models;
    await User.create(COYOTE);
    const found = async (...query: Parameters<typeof Invoice.find>) =>
      (await Invoice.find(...query)).map(({ number }) => number);
    assert.deepEqual(await found(ACME), numbers);
    assert.deepEqual(await found({ ...ACME, total: 7 }), ['07']);
    assert.deepEqual(await found(ACME, { where: '${total} >= {27} and ${number} <> {"28"}' }), ['27', '29']);
    assert.deepEqual(await found(ACME, { reverse: true, limit: 3, maxPages: 1 }), ['29', '28', '27']);
    const { count } = await Invoice.find(ACME, { count: true, where: '${total} < {10}' });
    assert.equal(count, 10);
    const items = await table.queryItems(
      { pk: 'account:Acme Airplanes', sk: { begins: 'invoice:2' } },
      { parse: true },
    );
    assert.equal(items.length, 10);
    const collection = await table.fetch(['Invoice', 'User'], { pk: 'account:Acme Airplanes' });
    assert.deepEqual([collection['Invoice']?.length, collection['User']?.length], [30, 1]);
  });

  test('page by page, forth and back', async () => {
    const numbers = await writeInvoices();
    const { Invoice } = models;
    const seen: string[] = [];
    let next: object | undefined;
    do {
      const page: Awaited<ReturnType<typeof Invoice.find>> = await Invoice.find(ACME, {
        limit: 12,
        ...(next && { next }),
      });
      seen.push(...page.map(({ number }) => number));
      next = page.next;
    } while (next !== undefined);
    assert.deepEqual(seen, numbers);
    const first = await Invoice.find(ACME, { limit: 5 });
    const second = await Invoice.find(ACME, { limit: 5, next: first.next ?? {} });
    const back = await Invoice.find(ACME, { limit: 5, prev: second.prev ?? {} });
    assert.deepEqual(
      back.map(({ number }) => number),
      numbers.slice(0, 5),
    );
  });

  test('scan a table, whole and in segments', async () => {
    await writeInvoices();
    const { Invoice } = models;
    assert.equal((await Invoice.scan({}, { where: '${total} < {3}' })).length, 3);
    const segments = await Promise.all([0, 1, 2].map((segment) => Invoice.scan({}, { segments: 3, segment })));
    assert.equal(segments.flat().length, 30);
  });

  test('get batches', async () => {
    await writeInvoices();
    const { Invoice, table } = models;
    const batch = {};
    for (const number of ['03', '01', 'none']) await Invoice.get({ ...ACME, number }, { batch });
    const found = await table.batchGet<{ total: number }>(batch, { parse: true, consistent: true });
    assert.deepEqual(found.map(({ total }) => total).toSorted(), [1, 3]);
  });
});

describe('OneTable transactions', () => {
  test('write all or nothing, and read', async () => {
    const { Account, Invoice, table } = models;
    await Account.create({ name: ACME.accountName });
    const write = async (status: string, number: string) => {
      const transaction = {};
      Account.check({ name: ACME.accountName }, { transaction, where: `\${status} = {${status}}` });
      await Invoice.create({ ...ACME, number, total: 1 }, { transaction });
      await table.transact('write', transaction);
    };
    await write('active', 'one');
    await assert.rejects(write('closed', 'two'), /Transaction Cancelled[^]*ConditionalCheckFailed/);
    const transaction = {};
    await Account.get({ name: ACME.accountName }, { transaction });
    await Invoice.get({ ...ACME, number: 'one' }, { transaction });
    const read = (await table.transact('get', transaction, { parse: true, hidden: true })) as unknown;
    assert.deepEqual(
      (read as { _type?: string; sk: string }[]).map(({ sk }) => sk),
      ['account:', 'invoice:one'],
    );
    assert.equal((await Invoice.scan()).length, 1);
  });
});

describe('a OneTable table', () => {
  test('keeps its schema, expires its items, and is deleted when one is sure', async () => {
    const { table } = models;
    await table.saveSchema();
    assert.equal((await table.readSchema()).version, '0.0.1');
    const TimeToLiveSpecification = { AttributeName: 'expires', Enabled: true };
    await server.client.send(new UpdateTimeToLiveCommand({ TableName: table.name, TimeToLiveSpecification }));
    const ttl = await server.client.send(new DescribeTimeToLiveCommand({ TableName: table.name }));
    assert.equal(ttl.TimeToLiveDescription?.AttributeName, 'expires');
    await table.deleteTable('DeleteTableForever');
    assert.equal(await table.exists(), false);
  });

  test('gets and loses indexes', async () => {
    const { table } = models;
    await table.updateTable({ remove: { name: 'gs1' } });
    await table.updateTable({ create: { hash: 'pk2', sort: 'sk2', name: 'gs2' } });
    const description = (await table.describeTable()) as { Table: { GlobalSecondaryIndexes: { IndexName: string }[] } };
    assert.deepEqual(
      description.Table.GlobalSecondaryIndexes.map(({ IndexName }) => IndexName),
      ['gs2'],
    );
  });
});
