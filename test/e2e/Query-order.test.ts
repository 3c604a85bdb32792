/** Sort keys of every type, on tables and both kinds of index: their order, and every operator of key conditions. */
import type { QueryCommandInput, ScalarAttributeType } from '@aws-sdk/client-dynamodb';
import { QueryCommand } from '@aws-sdk/client-dynamodb';
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { WireItem } from './reads.ts';
import { numbersOf, putItems } from './reads.ts';
import { useServer } from './server.ts';

const server = useServer();

/** Values of each type in the order that the developer guide gives them: bytes of UTF-8, numbers, unsigned bytes. */
const STRINGS = [
  '\u0000',
  '!',
  '10',
  '9',
  'A',
  'Z',
  'a',
  'a\u0000',
  'aa',
  'ab',
  'b',
  'é',
  '\ud7ff',
  '\uffee',
  '\u{1f600}',
];
const NUMBERS = [
  '-9.9999999999999999999999999999999999999E+125',
  '-1000',
  '-12.5',
  '-12',
  '-1',
  '-0.001',
  '-1E-130',
  '0',
  '1E-130',
  '0.001',
  '0.5',
  '1.5',
  '2',
  '10',
  '9007199254740992',
  '9007199254740993',
  '9.9999999999999999999999999999999999999E+125',
];
const BINARIES = [[0], [0, 0], [0, 1], [0, 255], [1], [127], [128], [255], [255, 0], [255, 255], [255, 255, 1]];

const VALUES: Readonly<Record<'S' | 'N' | 'B', readonly WireItem[string][]>> = {
  S: STRINGS.map((S) => ({ S })),
  N: NUMBERS.map((N) => ({ N })),
  B: BINARIES.map((bytes) => ({ B: Uint8Array.from(bytes) })),
};

/**
 * One partition whose items have each value once, as the table's sort key and, in opposite order, as the indexes'; and
 * neighbours in other partitions. `rank` is the place of the table's sort key, `altRank` that of the indexes'.
 */
async function createFilledTable(type: ScalarAttributeType & keyof typeof VALUES): Promise<string> {
  const tableName = await server.createTable({
    AttributeDefinitions: [
      { AttributeName: 'pk', AttributeType: 'S' },
      { AttributeName: 'sk', AttributeType: type },
      { AttributeName: 'alt', AttributeType: type },
      { AttributeName: 'owner', AttributeType: 'S' },
    ],
    LocalSecondaryIndexes: [
      {
        IndexName: 'Local',
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'alt', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'ALL' },
      },
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: 'Global',
        KeySchema: [
          { AttributeName: 'owner', KeyType: 'HASH' },
          { AttributeName: 'alt', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'ALL' },
      },
    ],
  });
  const values = VALUES[type];
  const items = ['a', 'b', 'c'].flatMap((name) =>
    values.map((sk, rank) => {
      const altRank = values.length - 1 - rank;
      const alt = values[altRank] as WireItem[string];
      return { pk: { S: name }, owner: { S: name }, sk, alt, rank: { N: `${rank}` }, altRank: { N: `${altRank}` } };
    }),
  );
  await putItems(server, tableName, items);
  return tableName;
}

interface Source {
  readonly name: string;
  readonly input: Pick<QueryCommandInput, 'IndexName'>;
  readonly partitionKey: string;
  readonly sortKey: string;
  readonly rank: string;
}

const SOURCES: readonly Source[] = [
  { name: 'a table', input: {}, partitionKey: 'pk', sortKey: 'sk', rank: 'rank' },
  { name: 'a local index', input: { IndexName: 'Local' }, partitionKey: 'pk', sortKey: 'alt', rank: 'altRank' },
  { name: 'a global index', input: { IndexName: 'Global' }, partitionKey: 'owner', sortKey: 'alt', rank: 'altRank' },
];

type Ranks = readonly number[];

/** For the value of rank `i`: each operator as text, and the ranks it selects of `all`. */
const COMPARATORS: readonly (readonly [text: string, selects: (all: Ranks, i: number) => Ranks])[] = [
  ['#sk = :v', (all, i) => all.filter((rank) => rank === i)],
  ['#sk < :v', (all, i) => all.filter((rank) => rank < i)],
  ['#sk <= :v', (all, i) => all.filter((rank) => rank <= i)],
  ['#sk > :v', (all, i) => all.filter((rank) => rank > i)],
  ['#sk >= :v', (all, i) => all.filter((rank) => rank >= i)],
  [':v < #sk', (all, i) => all.filter((rank) => i < rank)],
  [':v >= #sk', (all, i) => all.filter((rank) => i >= rank)],
];

for (const type of ['S', 'N', 'B'] as const) {
  describe(`sort keys of type ${type}`, () => {
    const values = VALUES[type];
    const all = values.map((_, rank) => rank);
    let tableName = '';
    before(async () => {
      tableName = await createFilledTable(type);
    });

    async function queryRanks(source: Source, condition: string, operands: WireItem, forward = true): Promise<Ranks> {
      const { Items, Count, ScannedCount } = await server.client.send(
        new QueryCommand({
          TableName: tableName,
          ...source.input,
          KeyConditionExpression: condition === '' ? '#pk = :pk' : `#pk = :pk AND ${condition}`,
          ExpressionAttributeNames: {
            '#pk': source.partitionKey,
            ...(condition !== '' && { '#sk': source.sortKey }),
          },
          ExpressionAttributeValues: { ':pk': { S: 'b' }, ...operands },
          ScanIndexForward: forward,
        }),
      );
      assert.deepEqual([Count, ScannedCount], [Items?.length, Items?.length]);
      return numbersOf(Items, source.rank);
    }

    for (const source of SOURCES) {
      test(`items of ${source.name} come in order, forward and backward`, async () => {
        assert.deepEqual(await queryRanks(source, '', {}), all);
        assert.deepEqual(await queryRanks(source, '', {}, false), all.toReversed());
      });

      test(`comparisons on ${source.name}`, async () => {
        for (const [text, selects] of COMPARATORS) {
          for (const i of all) {
            const operands = { ':v': values[i] as WireItem[string] };
            assert.deepEqual(await queryRanks(source, text, operands), selects(all, i), `${text}, rank ${i}`);
          }
        }
      });

      test(`BETWEEN on ${source.name} holds both bounds`, async () => {
        for (const low of all.filter((rank) => rank % 3 === 0)) {
          for (const high of all.filter((rank) => rank >= low)) {
            const operands = { ':low': values[low] as WireItem[string], ':high': values[high] as WireItem[string] };
            const ranks = await queryRanks(source, '#sk BETWEEN :low AND :high', operands, false);
            assert.deepEqual(ranks, all.slice(low, high + 1).toReversed(), `${low} to ${high}`);
          }
        }
      });

      if (type === 'N') continue;
      test(`begins_with on ${source.name}`, async () => {
        for (const [i, prefix] of values.entries()) {
          const expected = all.filter((rank) => bytesOf(values[rank]).indexOf(bytesOf(prefix)) === 0);
          const ranks = await queryRanks(source, 'begins_with(#sk, :v)', { ':v': prefix });
          assert.deepEqual(ranks, expected, `prefix of rank ${i}`);
          assert.ok(ranks.includes(i));
        }
      });
    }
  });
}

function bytesOf(value: WireItem[string] | undefined): Buffer {
  return value?.S === undefined ? Buffer.from(value?.B ?? []) : Buffer.from(value.S);
}

test('binary partition keys differ by every byte', async () => {
  const tableName = await server.createTable({
    AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'B' }],
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
  });
  await putItems(
    server,
    tableName,
    VALUES.B.map((pk, rank) => ({ pk, rank: { N: `${rank}` } })),
  );
  for (const [rank, value] of VALUES.B.entries()) {
    const { Items } = await server.client.send(
      new QueryCommand({
        TableName: tableName,
        KeyConditionExpression: 'pk = :v',
        ExpressionAttributeValues: { ':v': value },
      }),
    );
    assert.deepEqual(Items, [{ pk: value, rank: { N: `${rank}` } }]);
  }
});
