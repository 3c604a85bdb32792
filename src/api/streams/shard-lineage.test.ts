/** Following a stream through splits of its shards. Source: "Working with streams" in the developer guide. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { DescribeStreamInput, Shard, StreamDescription } from '@aws-sdk/client-dynamodb-streams';
import { definitionOf, holdStore } from '../../jobs/followed-table.test.ts';
import { splitPartition } from '../../jobs/split-partitions.ts';
import { createCatalog } from '../../tables/catalog.ts';
import { openTestEngine } from '../../tables/table-store.test.ts';
import type { JsonText } from '../answer.ts';
import { CreateTable } from '../dynamodb/CreateTable.ts';
import { UpdateItem } from '../dynamodb/UpdateItem.ts';
import type { OperationContext } from '../operation-context.ts';
import { DescribeStream } from './DescribeStream.ts';
import { GetRecords } from './GetRecords.ts';
import { GetShardIterator } from './GetShardIterator.ts';

const DAY_MS = 86_400_000;

interface PassingContext extends OperationContext {
  /** Lets time pass. */
  wait(ms: number): void;
}

async function openContext(t: TestContext): Promise<PassingContext> {
  const engine = await openTestEngine(t);
  let nowMs = 1_700_000_000_000;
  return {
    engine,
    catalog: createCatalog(engine),
    clock: { nowMs: () => ++nowMs },
    random: { bytes: (length) => new Uint8Array(length), uuid: () => '00000000-0000-4000-8000-000000000001' },
    region: 'us-east-1',
    accountId: '000000000000',
    tableDelayMs: 0,
    indexBuildDelayMs: 0,
    wait(ms) {
      nowMs += ms;
    },
  };
}

const ITEMS = 20;
const HALF = '8'.padEnd(32, '0');
const QUARTER = '4'.padEnd(32, '0');

/** Makes a table with a stream; resolves with what its tests do with it. */
async function openStream(t: TestContext) {
  const context = await openContext(t);
  const { TableDescription } = await CreateTable.run(context, {
    TableName: 'table',
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
  } as never);
  const { LatestStreamArn: StreamArn } = TableDescription as { LatestStreamArn: string };
  const { id: tableId } = await definitionOf(context.engine, 'table');
  const store = await holdStore(context.engine, 'split-partitions');
  return {
    wait: context.wait,
    iterate: (ShardId: string | undefined) =>
      GetShardIterator.run(context, { StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' } as never),
    getRecords: (ShardIterator: unknown) => GetRecords.run(context, { ShardIterator } as never),
    /** Adds one to a number that every item has. */
    async writeAll(): Promise<void> {
      for (let i = 0; i < ITEMS; i++) {
        await UpdateItem.run(context, {
          TableName: 'table',
          Key: { pk: { S: `item ${i}` } },
          UpdateExpression: 'ADD n :one',
          ExpressionAttributeValues: { ':one': { N: '1' } },
        } as never);
      }
    },
    /** As the job does: in two at a hash, or into one child. */
    async split(shard: number, at?: string): Promise<void> {
      const input = { tableName: 'table', tableId, shard, at, nowMs: context.clock.nowMs() };
      assert.equal(await store.transact(splitPartition, input), true);
    },
    async describe(input: Partial<DescribeStreamInput> = {}): Promise<StreamDescription> {
      const answer = await DescribeStream.run(context, { StreamArn, ...input } as never);
      return answer['StreamDescription'] as StreamDescription;
    },
    /** What a shard says of each item's number, and whether it has come to its end. */
    async read({
      ShardId,
    }: Shard): Promise<{ readonly values: readonly (readonly [string, number])[]; isEnd: boolean }> {
      const start = { StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' };
      let { ShardIterator: iterator } = await GetShardIterator.run(context, start as never);
      const values: (readonly [string, number])[] = [];
      for (;;) {
        const page = await GetRecords.run(context, { ShardIterator: iterator, Limit: 7 } as never);
        const records = (page['Records'] as JsonText[]).map(
          ({ text }) => JSON.parse(text) as { dynamodb: { NewImage: { pk: { S: string }; n: { N: string } } } },
        );
        values.push(...records.map(({ dynamodb: { NewImage: image } }) => [image.pk.S, Number(image.n.N)] as const));
        iterator = page['NextShardIterator'];
        if (iterator === undefined || records.length === 0) return { values, isEnd: iterator === undefined };
      }
    },
  };
}

test('a reader that follows parents to children sees all changes of each item once, in their order', async (t) => {
  const stream = await openStream(t);
  await stream.writeAll();
  await stream.split(1, HALF);
  await stream.writeAll();
  await stream.split(2, QUARTER);
  await stream.writeAll();
  await stream.split(3);
  await stream.writeAll();

  const { Shards = [] } = await stream.describe();
  const seen = new Map<string, number>();
  for (const shard of Shards) {
    const { values, isEnd } = await stream.read(shard);
    assert.equal(isEnd, shard.SequenceNumberRange?.EndingSequenceNumber !== undefined, 'closed shards end');
    for (const [item, value] of values) {
      assert.equal(value, (seen.get(item) ?? 0) + 1, item);
      seen.set(item, value);
    }
  }
  assert.deepEqual(
    [...seen.values()],
    Array.from({ length: ITEMS }, () => 4),
  );
});

test('DescribeStream tells the lineage, by the page too', async (t) => {
  const stream = await openStream(t);
  await stream.writeAll();
  await stream.split(1, HALF);
  await stream.split(3, `c${HALF.slice(1)}`);
  const { Shards = [] } = await stream.describe();
  const [root, left, right, rightLeft, rightRight] = Shards.map(({ ShardId }) => ShardId);
  assert.deepEqual(
    Shards.map(({ ParentShardId }) => ParentShardId),
    [undefined, root, root, right, right],
  );
  const isOpen = Shards.map(({ SequenceNumberRange: range }) => range?.EndingSequenceNumber === undefined);
  assert.deepEqual(isOpen, [false, true, false, true, true]);
  const [first] = Shards;
  const { StartingSequenceNumber: start = 0, EndingSequenceNumber: end = 0 } = first?.SequenceNumberRange ?? {};
  assert.equal(BigInt(end) - BigInt(start), BigInt(ITEMS - 1));

  const paged: Shard[] = [];
  let ExclusiveStartShardId: string | undefined;
  do {
    const page = await stream.describe({ Limit: 2, ExclusiveStartShardId });
    paged.push(...(page.Shards ?? []));
    ExclusiveStartShardId = page.LastEvaluatedShardId;
  } while (ExclusiveStartShardId !== undefined);
  assert.deepEqual(paged, Shards);

  const childrenOf = async (ShardId: string | undefined, more: Partial<DescribeStreamInput> = {}) => {
    const page = await stream.describe({ ShardFilter: { Type: 'CHILD_SHARDS', ShardId }, ...more });
    return [(page.Shards ?? []).map((shard) => shard.ShardId), page.LastEvaluatedShardId];
  };
  assert.deepEqual(await childrenOf(root), [[left, right], undefined]);
  assert.deepEqual(await childrenOf(left), [[], undefined]);
  assert.deepEqual(await childrenOf(right), [[rightLeft, rightRight], undefined]);
  assert.deepEqual(await childrenOf(right, { Limit: 1 }), [[rightLeft], rightLeft]);
  assert.deepEqual(await childrenOf(right, { Limit: 1, ExclusiveStartShardId: rightLeft }), [[rightRight], undefined]);
});

test('a shard that was closed more than 24 hours ago is gone, though it was not trimmed', async (t) => {
  const stream = await openStream(t);
  await stream.writeAll();
  await stream.split(1, HALF);
  const { Shards: before = [] } = await stream.describe();
  const [root, left, right] = before.map(({ ShardId }) => ShardId);
  stream.wait(DAY_MS - 10_000);
  const { ShardIterator: iterator } = await stream.iterate(root);
  assert.equal((await stream.describe()).Shards?.length, 3);
  stream.wait(20_000);

  const { Shards: after = [] } = await stream.describe();
  assert.deepEqual(
    after.map(({ ShardId, ParentShardId }) => [ShardId, ParentShardId]),
    [
      [left, undefined],
      [right, undefined],
    ],
  );
  const children = await stream.describe({ ShardFilter: { Type: 'CHILD_SHARDS', ShardId: root } });
  assert.equal(children.Shards?.length, 2);
  await assert.rejects(stream.iterate(root), { name: 'ResourceNotFoundException' });
  const { Records, NextShardIterator } = await stream.getRecords(iterator);
  assert.deepEqual([Records, NextShardIterator], [[], undefined], 'as of a shard that was trimmed');
});
