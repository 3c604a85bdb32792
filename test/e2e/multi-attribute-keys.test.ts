/**
 * Reads of global indexes whose keys have several attributes. Sources: "Multi-attribute key schema" of global secondary
 * indexes, and "Multi-attribute keys pattern", in the developer guide; others stand at their cases.
 */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import {
  type AttributeValue,
  type ComparisonOperator,
  type CreateTableCommandInput,
  DeleteItemCommand,
  type KeySchemaElement,
  QueryCommand,
  type QueryCommandInput,
  ScanCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { validation } from './errors.ts';
import { type WireItem, itemsOf, putItems, queryPages, scanPages } from './reads.ts';
import { useServer } from './server.ts';

const server = useServer();

function keySchema(partitionKeys: readonly string[], sortKeys: readonly string[]): KeySchemaElement[] {
  return [
    ...partitionKeys.map((AttributeName) => ({ AttributeName, KeyType: 'HASH' as const })),
    ...sortKeys.map((AttributeName) => ({ AttributeName, KeyType: 'RANGE' as const })),
  ];
}

/**
 * Matches, keyed by `id`. `bracket` has two partition key attributes, of two types, and three sort key attributes, of
 * three; `players` two and none; `most` four and four, keys only.
 */
const MATCHES_TABLE: Partial<CreateTableCommandInput> = {
  KeySchema: keySchema(['id'], []),
  AttributeDefinitions: [
    { AttributeName: 'id', AttributeType: 'S' },
    { AttributeName: 'cup', AttributeType: 'S' },
    { AttributeName: 'year', AttributeType: 'N' },
    { AttributeName: 'round', AttributeType: 'S' },
    { AttributeName: 'court', AttributeType: 'N' },
    { AttributeName: 'code', AttributeType: 'B' },
    { AttributeName: 'first', AttributeType: 'S' },
    { AttributeName: 'second', AttributeType: 'S' },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'bracket',
      KeySchema: keySchema(['cup', 'year'], ['round', 'court', 'code']),
      Projection: { ProjectionType: 'ALL' },
    },
    {
      IndexName: 'players',
      KeySchema: keySchema(['first', 'second'], []),
      Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['note'] },
    },
    {
      IndexName: 'most',
      KeySchema: keySchema(['cup', 'year', 'first', 'second'], ['round', 'court', 'code', 'id']),
      Projection: { ProjectionType: 'KEYS_ONLY' },
    },
  ],
};

function match(id: string, round: string, court: number, code: string, more: WireItem = {}): WireItem {
  const rest = { first: { S: 'ada' }, second: { S: 'bob' }, note: { S: `note ${id}` }, ...more };
  return {
    id: { S: id },
    cup: { S: 'winter' },
    year: { N: '2026' },
    round: { S: round },
    court: { N: `${court}` },
    code: { B: Uint8Array.from(Buffer.from(code, 'hex')) },
    ...rest,
  };
}

/** In the order of the index `bracket`, which no order of ids, or of texts laid end to end, gives. */
const IN_ORDER: readonly WireItem[] = [
  match('z', 'f', -3, '00'),
  match('c', 'f', 2, '00'),
  match('y', 'f', 2, '0000'),
  match('b', 'f', 2, '00ff'),
  match('x', 'f', 2, '01'),
  match('a', 'f', 10, '00'),
  match('w', 'f\0', -3, '00'),
  match('d', 'f\0a', -3, '00'),
  match('v', 'fa', -3, '00'),
  match('e', 'g', -3, '00'),
];
const OTHERS: readonly WireItem[] = [
  match('other-year', 'f', 2, '00', { year: { N: '2025' } }),
  match('other-cup', 'f', 2, '00', { cup: { S: 'winter2' } }),
];

let table = '';

/** Makes the table and its matches before the tests around, in another order than the index has. */
function useMatches(): void {
  before(async () => {
    table = await server.createTable(MATCHES_TABLE);
    await putItems(server, table, [...IN_ORDER.toSorted((a, b) => idsOf([a]).localeCompare(idsOf([b]))), ...OTHERS]);
  });
}

const NAMES = { '#year': 'year' };
const VALUES = { ':cup': { S: 'winter' }, ':year': { N: '2026' } };
const PARTITION = 'cup = :cup AND #year = :year';

function bracketInput(condition: string, values: WireItem = {}, input: Partial<QueryCommandInput> = {}) {
  return {
    TableName: table,
    IndexName: 'bracket',
    KeyConditionExpression: condition,
    ExpressionAttributeNames: NAMES,
    ExpressionAttributeValues: { ...VALUES, ...values },
    ...input,
  };
}

function query(condition: string, values: WireItem = {}, input: Partial<QueryCommandInput> = {}) {
  return server.client.send(new QueryCommand(bracketInput(condition, values, input)));
}

function idsOf(items: readonly WireItem[] | undefined): string {
  return (items ?? []).map(({ id }) => id?.S).join(' ');
}

function S(text: string): AttributeValue {
  return { S: text };
}

function N(digits: number | string): AttributeValue {
  return { N: `${digits}` };
}

function B(hex: string): AttributeValue {
  return { B: Uint8Array.from(Buffer.from(hex, 'hex')) };
}

describe('Query of an index with several key attributes', () => {
  useMatches();

  test('finds the items of all partition key attributes, in the order of all sort key attributes', async () => {
    const found = await query(PARTITION);
    assert.equal(idsOf(found.Items), idsOf(IN_ORDER));
    assert.deepEqual(found.Items, IN_ORDER);
    const reversed = await query(PARTITION, {}, { ScanIndexForward: false });
    assert.equal(idsOf(reversed.Items), idsOf(IN_ORDER.toReversed()));
  });

  test('values of the partition key attributes are not run together', async () => {
    const found = await query(PARTITION, { ':cup': S('winter2'), ':year': N('026') });
    assert.equal(found.Count, 0);
  });

  const all = { ':r': S('f'), ':c': N(2), ':k': B('00') };
  const cases: readonly (readonly [condition: string, values: WireItem, ids: string])[] = [
    ['round = :r', { ':r': S('f') }, 'z c y b x a'],
    ['round < :r', { ':r': S('fa') }, 'z c y b x a w d'],
    ['round <= :r', { ':r': S('f') }, 'z c y b x a'],
    ['round > :r', { ':r': S('f') }, 'w d v e'],
    ['round >= :r', { ':r': S('f\0a') }, 'd v e'],
    ['round BETWEEN :r AND :s', { ':r': S('f\0'), ':s': S('fa') }, 'w d v'],
    ['begins_with(round, :r)', { ':r': S('f\0') }, 'w d'],
    ['round = :r AND court = :c', { ':r': S('f'), ':c': N('2.0') }, 'c y b x'],
    ['round = :r AND court < :c', { ':r': S('f'), ':c': N(2) }, 'z'],
    ['round = :r AND court <= :c', { ':r': S('f'), ':c': N(2) }, 'z c y b x'],
    ['round = :r AND court > :c', { ':r': S('f'), ':c': N(2) }, 'a'],
    ['round = :r AND court >= :c', { ':r': S('f'), ':c': N(2) }, 'c y b x a'],
    ['round = :r AND court BETWEEN :c AND :d', { ':r': S('f'), ':c': N(-3), ':d': N(2) }, 'z c y b x'],
    ['round = :r AND court = :c AND code = :k', all, 'c'],
    ['round = :r AND court = :c AND code < :k', { ...all, ':k': B('00ff') }, 'c y'],
    ['round = :r AND court = :c AND code <= :k', { ...all, ':k': B('00ff') }, 'c y b'],
    ['round = :r AND court = :c AND code > :k', all, 'y b x'],
    ['round = :r AND court = :c AND code >= :k', { ...all, ':k': B('00ff') }, 'b x'],
    ['round = :r AND court = :c AND code BETWEEN :k AND :l', { ...all, ':l': B('00ff') }, 'c y b'],
    ['round = :r AND court = :c AND begins_with(code, :k)', all, 'c y b'],
    ['round = :r AND court = :c', { ':r': S('g'), ':c': N(2) }, ''],
  ];
  for (const [condition, values, ids] of cases) {
    test(`${condition} finds ${ids === '' ? 'nothing' : ids}`, async () => {
      assert.equal(idsOf((await query(`${PARTITION} AND ${condition}`, values)).Items), ids);
      const backward = await query(`${PARTITION} AND ${condition}`, values, { ScanIndexForward: false });
      assert.equal(idsOf(backward.Items), ids.split(' ').toReversed().join(' '));
    });
  }

  test('the order of the terms does not matter', async () => {
    const condition = 'court >= :c AND #year = :year AND :r = round AND cup = :cup';
    assert.equal(idsOf((await query(condition, { ':r': S('f'), ':c': N(2) })).Items), 'c y b x a');
  });

  test('without sort key attributes', async () => {
    const pair = {
      IndexName: 'players',
      KeyConditionExpression: '#f = :f AND #s = :s',
      ExpressionAttributeNames: { '#f': 'first', '#s': 'second' },
      ExpressionAttributeValues: { ':f': S('ada'), ':s': S('bob') },
    };
    const found = await server.client.send(new QueryCommand({ TableName: table, ...pair }));
    assert.equal(found.Count, IN_ORDER.length + OTHERS.length);
    assert.deepEqual(Object.keys(found.Items?.[0] ?? {}).toSorted(), ['first', 'id', 'note', 'second']);
  });

  test('four partition key attributes and four sort key attributes', async () => {
    const found = await server.client.send(
      new QueryCommand({
        TableName: table,
        IndexName: 'most',
        KeyConditionExpression:
          'cup = :cup AND #year = :year AND #f = :f AND #s = :s AND round = :r AND court = :c AND code = :k AND id >= :i',
        ExpressionAttributeNames: { ...NAMES, '#f': 'first', '#s': 'second' },
        ExpressionAttributeValues: { ...VALUES, ...all, ':f': S('ada'), ':s': S('bob'), ':i': S('c') },
      }),
    );
    const { note: _, ...keys } = IN_ORDER[1] as WireItem;
    assert.deepEqual(found.Items, [keys]);
  });

  test('filters, projections and counts work as with other keys', async () => {
    const filter = { FilterExpression: 'begins_with(note, :note)' };
    const filtered = await query(PARTITION, { ':note': S('note a') }, filter);
    assert.deepEqual([idsOf(filtered.Items), filtered.ScannedCount], ['a', IN_ORDER.length]);
    const projected = await query(PARTITION, {}, { ProjectionExpression: 'id', Limit: 1 });
    assert.deepEqual(projected.Items, [{ id: S('z') }]);
    const counted = await query(PARTITION, {}, { Select: 'COUNT' });
    assert.deepEqual([counted.Count, counted.Items], [IN_ORDER.length, undefined]);
  });
});

describe('pages of an index with several key attributes', () => {
  useMatches();

  for (const ScanIndexForward of [true, false]) {
    for (const Limit of [1, 3, IN_ORDER.length]) {
      test(`of ${Limit}, ${ScanIndexForward ? 'forward' : 'backward'}, make the whole`, async () => {
        const pages = await queryPages(server, bracketInput(PARTITION, {}, { Limit, ScanIndexForward }));
        const expected = ScanIndexForward ? IN_ORDER : IN_ORDER.toReversed();
        assert.equal(idsOf(itemsOf(pages)), idsOf(expected));
      });
    }
  }

  test('of a range end where the range ends', async () => {
    const values = { ':r': S('f'), ':c': N(2) };
    const pages = await queryPages(
      server,
      bracketInput(`${PARTITION} AND round = :r AND court = :c`, values, { Limit: 2 }),
    );
    assert.deepEqual(
      pages.map(({ Items }) => idsOf(Items)),
      ['c y', 'b x', ''],
    );
  });

  test('LastEvaluatedKey holds all key attributes of the index and of the table', async () => {
    const { LastEvaluatedKey } = await query(PARTITION, {}, { Limit: 1 });
    const { cup, year, round, court, code, id } = IN_ORDER[0] as WireItem;
    assert.deepEqual(LastEvaluatedKey, { cup, year, round, court, code, id });
  });

  test('a page starts behind its ExclusiveStartKey, whether an item is there or not', async () => {
    const { LastEvaluatedKey: key } = await query(PARTITION, {}, { Limit: 3 });
    const behind = (more: WireItem) => query(PARTITION, {}, { ExclusiveStartKey: { ...key, ...more } });
    assert.equal(idsOf((await behind({})).Items), 'b x a w d v e');
    assert.equal(idsOf((await behind({ code: B('0001'), id: S('none') })).Items), 'b x a w d v e');
    assert.equal(idsOf((await behind({ court: N(3) })).Items), 'a w d v e');
    assert.equal(idsOf((await behind({ round: S('f\0'), court: N(-4) })).Items), 'w d v e');
  });

  test('an ExclusiveStartKey without one of them, or with another type, is no key', async () => {
    const { LastEvaluatedKey: key } = await query(PARTITION, {}, { Limit: 1 });
    const text = validation('The provided starting key is invalid');
    for (const name of Object.keys(key ?? {})) {
      const { [name]: _, ...rest } = key as WireItem;
      await assert.rejects(query(PARTITION, {}, { ExclusiveStartKey: rest }), text, name);
      const typed = { ...rest, [name]: { BOOL: true } };
      await assert.rejects(query(PARTITION, {}, { ExclusiveStartKey: typed }), text, name);
    }
  });

  test('an ExclusiveStartKey outside of what is read is refused', async () => {
    const { LastEvaluatedKey: key } = await query(PARTITION, {}, { Limit: 1 });
    await assert.rejects(
      query(PARTITION, {}, { ExclusiveStartKey: { ...key, year: N(2025) } }),
      validation('The provided starting key is outside query boundaries based on provided conditions'),
    );
    const condition = `${PARTITION} AND round = :r AND court > :c`;
    await assert.rejects(
      query(condition, { ':r': S('f'), ':c': N(2) }, { ExclusiveStartKey: key as WireItem }),
      validation('The provided starting key does not match the range key predicate'),
    );
  });
});

describe('Scan of an index with several key attributes', () => {
  useMatches();

  test('finds every item once, those of one partition key together and in order', async () => {
    const pages = await scanPages(server, { TableName: table, IndexName: 'bracket', Limit: 4 });
    const ids = idsOf(itemsOf(pages));
    assert.equal(ids.split(' ').length, IN_ORDER.length + OTHERS.length);
    assert.ok(ids.includes(idsOf(IN_ORDER)), ids);
  });

  test('in segments', async () => {
    const segments = await Promise.all(
      [0, 1, 2].map((Segment) =>
        scanPages(server, { TableName: table, IndexName: 'bracket', Segment, TotalSegments: 3, Limit: 2 }),
      ),
    );
    const ids = segments.flatMap((pages) => itemsOf(pages).map(({ id }) => `${id?.S}`));
    const expected = [...IN_ORDER, ...OTHERS].map(({ id }) => `${id?.S}`);
    assert.deepEqual(ids.toSorted(), expected.toSorted());
  });

  test('can filter on key attributes', async () => {
    const found = await server.client.send(
      new ScanCommand({
        TableName: table,
        IndexName: 'bracket',
        FilterExpression: '#year = :year',
        ExpressionAttributeNames: NAMES,
        ExpressionAttributeValues: { ':year': N(2025) },
      }),
    );
    assert.equal(idsOf(found.Items), 'other-year');
  });
});

describe('an item without one of the key attributes', () => {
  test('is not in the index, and comes and goes as the attribute does', async () => {
    const sparse = await server.createTable(MATCHES_TABLE);
    const whole = match('only', 'f', 1, '00');
    const input = { ...bracketInput(PARTITION), TableName: sparse };
    const count = async (): Promise<number | undefined> => (await server.client.send(new QueryCommand(input))).Count;
    for (const name of ['cup', 'year', 'round', 'court', 'code']) {
      const { [name]: value, ...rest } = whole;
      await putItems(server, sparse, [rest]);
      assert.equal(await count(), 0, name);
      const found = await server.client.send(new ScanCommand({ TableName: sparse, IndexName: 'bracket' }));
      assert.equal(found.Count, 0, name);
      const update = (expression: string, values?: WireItem) =>
        server.client.send(
          new UpdateItemCommand({
            TableName: sparse,
            Key: { id: S('only') },
            UpdateExpression: expression,
            ExpressionAttributeNames: { '#n': name },
            ExpressionAttributeValues: values,
          }),
        );
      await update('SET #n = :v', { ':v': value as AttributeValue });
      assert.equal(await count(), 1, name);
      await update('REMOVE #n');
      assert.equal(await count(), 0, name);
    }
    await putItems(server, sparse, [whole]);
    assert.equal(await count(), 1);
    await server.client.send(new DeleteItemCommand({ TableName: sparse, Key: { id: S('only') } }));
    assert.equal(await count(), 0);
  });
});

/**
 * What the service says of terms that pass over an attribute, or go on behind an inequality, is in no public source; it
 * names two attributes (https://github.com/scylladb/scylladb/pull/31448). These are its words for keys of one attribute.
 */
describe('key conditions that are refused', () => {
  useMatches();

  const missed = (name: string) => validation(`Query condition missed key schema element: ${name}`);
  const unsupported = validation('Query key condition not supported');
  const parameter = (text: string) => validation(`One or more parameter values were invalid: ${text}`);

  test('without one of the partition key attributes', async () => {
    await assert.rejects(query('cup = :cup', {}, onlyCup()), missed('year'));
    const values = { ':r': S('f'), ':cup': S('winter') };
    await assert.rejects(
      query('cup = :cup AND round = :r', {}, { ...onlyCup(), ExpressionAttributeValues: values }),
      missed('year'),
    );
    await assert.rejects(
      query('#year = :year', {}, { ExpressionAttributeValues: { ':year': N(2026) } }),
      missed('cup'),
    );
  });

  test('with another operator than equality on a partition key attribute', async () => {
    await assert.rejects(query('cup = :cup AND #year >= :year'), unsupported);
    await assert.rejects(query('begins_with(cup, :cup) AND #year = :year'), unsupported);
    await assert.rejects(query('cup = :cup AND #year BETWEEN :year AND :year'), unsupported);
  });

  test('that pass over a sort key attribute', async () => {
    await assert.rejects(query(`${PARTITION} AND court = :c`, { ':c': N(2) }), missed('round'));
    await assert.rejects(query(`${PARTITION} AND code = :k`, { ':k': B('00') }), missed('round'));
    const gap = { ':r': S('f'), ':k': B('00') };
    await assert.rejects(query(`${PARTITION} AND round = :r AND code = :k`, gap), missed('court'));
  });

  test('with another operator than equality before the last one', async () => {
    const values = { ':r': S('f'), ':c': N(2) };
    for (const round of ['round > :r', 'begins_with(round, :r)', 'round BETWEEN :r AND :r']) {
      await assert.rejects(query(`${PARTITION} AND ${round} AND court = :c`, values), unsupported, round);
      await assert.rejects(query(`${PARTITION} AND ${round} AND court > :c`, values), unsupported, round);
    }
  });

  test('on attributes that are in no key of the index', async () => {
    await assert.rejects(query(`${PARTITION} AND note = :n`, { ':n': S('n') }), missed('round'));
    const values = { ':r': S('f'), ':c': N(2), ':k': B('00'), ':i': S('c') };
    await assert.rejects(
      query(`${PARTITION} AND round = :r AND court = :c AND code = :k AND id = :i`, values),
      unsupported,
    );
  });

  test('twice on one attribute', async () => {
    await assert.rejects(
      query(`${PARTITION} AND round > :r AND round < :r`, { ':r': S('f') }),
      validation('KeyConditionExpressions must only contain one condition per key'),
    );
  });

  test('with values of another type, or empty', async () => {
    const type = parameter('Condition parameter type does not match schema type');
    await assert.rejects(query(PARTITION, { ':year': S('2026') }), type);
    await assert.rejects(query(`${PARTITION} AND round = :r AND court = :c`, { ':r': S('f'), ':c': S('2') }), type);
    await assert.rejects(
      query(`${PARTITION} AND round = :r AND court = :c`, { ':r': S(''), ':c': N(2) }),
      validation(
        'One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty ' +
          'string value. Key: round',
      ),
    );
  });

  test('with values over the limits, which the attributes of a key have together', async () => {
    // 2,048 bytes with the four of the number 2026, which takes 3; 1,024 with the 2 of 2 and the one of the code.
    const partition = (length: number) => query(PARTITION, { ':cup': S('x'.repeat(length)) });
    assert.equal((await partition(2_045)).Count, 0);
    await assert.rejects(
      partition(2_046),
      parameter('Size of hashkey has exceeded the maximum size limit of2048 bytes'),
    );
    const sort = (length: number) =>
      query(`${PARTITION} AND round = :r AND court = :c AND code = :k`, { ...sortValues, ':r': S('x'.repeat(length)) });
    const sortValues = { ':c': N(2), ':k': B('00') };
    assert.equal((await sort(1_021)).Count, 0);
    await assert.rejects(
      sort(1_022),
      parameter('Aggregated size of all range keys has exceeded the size limit of 1024 bytes'),
    );
  });

  test('filters of a Query on any of the key attributes', async () => {
    for (const name of ['cup', 'year', 'round', 'court', 'code']) {
      await assert.rejects(
        query(
          PARTITION,
          {},
          {
            FilterExpression: 'attribute_exists(#n)',
            ExpressionAttributeNames: { ...NAMES, '#n': name },
          },
        ),
        validation(`Filter Expression can only contain non-primary key attributes: Primary key attribute: ${name}`),
      );
    }
  });

  test('more than two on a key of one attribute of each kind', async () => {
    const three = {
      TableName: await server.createTable(),
      KeyConditionExpression: 'pk = :v AND sk = :v AND third = :v',
      ExpressionAttributeValues: { ':v': S('x') },
    };
    await assert.rejects(
      server.client.send(new QueryCommand(three)),
      validation('Conditions can be of length 1 or 2 only'),
    );
  });

  function onlyCup(): Partial<QueryCommandInput> {
    return { ExpressionAttributeNames: undefined, ExpressionAttributeValues: { ':cup': S('winter') } };
  }
});

/** Source that they are taken: https://github.com/scylladb/scylladb/issues/31393. */
describe('KeyConditions on several key attributes', () => {
  useMatches();

  const condition = (operator: ComparisonOperator, ...values: AttributeValue[]) => ({
    ComparisonOperator: operator,
    AttributeValueList: values,
  });
  const PAIR = { cup: condition('EQ', S('winter')), year: condition('EQ', N(2026)) };
  const legacy = (
    KeyConditions: NonNullable<QueryCommandInput['KeyConditions']>,
    more: Partial<QueryCommandInput> = {},
  ) => server.client.send(new QueryCommand({ TableName: table, IndexName: 'bracket', KeyConditions, ...more }));

  test('find what KeyConditionExpression finds', async () => {
    assert.equal(idsOf((await legacy(PAIR)).Items), idsOf(IN_ORDER));
    const round = condition('EQ', S('f'));
    const court = condition('GE', N(2));
    assert.equal(idsOf((await legacy({ court, ...PAIR, round })).Items), 'c y b x a');
    const code = condition('BEGINS_WITH', B('00'));
    const all = { ...PAIR, round, court: condition('EQ', N(2)), code };
    assert.equal(idsOf((await legacy(all)).Items), 'c y b');
  });

  test('are refused as it is', async () => {
    await assert.rejects(legacy({ cup: PAIR.cup }), validation('Query condition missed key schema element: year'));
    await assert.rejects(
      legacy({ ...PAIR, round: condition('GT', S('f')), court: condition('EQ', N(2)) }),
      validation('Query key condition not supported'),
    );
  });

  test('with a QueryFilter on a key attribute', async () => {
    await assert.rejects(
      legacy(PAIR, { QueryFilter: { court: condition('EQ', N(2)) } }),
      validation('QueryFilter can only contain non-primary key attributes: Primary key attribute: court'),
    );
  });
});
