/**
 * ExecuteStatement as the chapter "PartiQL" of the developer guide has it. Cases that say "tried on the service" are
 * from public threads of people who did: nubo-db/dynoxide pull requests 147, 149, 150 and issue 179, floci-io/floci
 * pull requests 2953 and 3798, aws/aws-sdk-js-v3 issue 4424.
 */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { encodeNextToken, fingerprintOf } from '../../src/partiql/next-token.ts';
import { CONDITION_FAILED, TABLE_NOT_FOUND, validation } from './errors.ts';
import { execute, selectPages } from './partiql.ts';
import { type WireItem, itemsOf, numbersOf, putItems } from './reads.ts';
import { ORDERS_TABLE, makeOrder } from './reads-table.ts';
import { useServer } from './server.ts';

const server = useServer();

const NOT_WELL_FORMED = "Statement wasn't well formed, can't be processed: ";
const KEY_NOT_EQUAL = validation('Where clause does not contain a mandatory equality on all key attributes');

async function getItem(table: string, pk: string, sk: number): Promise<WireItem | undefined> {
  const Key = { pk: { S: pk }, sk: { N: `${sk}` } };
  const { Item } = await server.client.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true }));
  return Item;
}

/** A table with the item `{ pk: 'a', sk: 1, ...attributes }`. */
async function tableWith(attributes: WireItem = {}): Promise<string> {
  const table = await server.createTable();
  const Item = { pk: { S: 'a' }, sk: { N: '1' }, ...attributes };
  await server.client.send(new PutItemCommand({ TableName: table, Item }));
  return table;
}

describe('INSERT', () => {
  test('puts an item of literals of every type', async () => {
    const table = await server.createTable();
    const answer = await execute(
      server,
      `INSERT INTO "${table}" VALUE {'pk': 'a', 'sk': 1, 'map': {'x': 'it''s', 'y': 4}, 'list': [1, 'b', TRUE, null],
       'numbers': <<1, 34, 4.5>>, 'strings': <<'x', 'y'>>, 'no': false}`,
    );
    assert.deepEqual(answer.Items, []);
    assert.deepEqual(await getItem(table, 'a', 1), {
      pk: { S: 'a' },
      sk: { N: '1' },
      map: { M: { x: { S: "it's" }, y: { N: '4' } } },
      list: { L: [{ N: '1' }, { S: 'b' }, { BOOL: true }, { NULL: true }] },
      numbers: { NS: ['1', '34', '4.5'] },
      strings: { SS: ['x', 'y'] },
      no: { BOOL: false },
    });
  });

  test('takes parameters for values, and for the whole item', async () => {
    const table = await server.createTable();
    const binary = { B: Uint8Array.of(1, 2) };
    await execute(server, `INSERT INTO "${table}" VALUE {'pk': ?, 'sk': ?, 'l': [?]}`, [
      { S: 'a' },
      { N: '1' },
      binary,
    ]);
    assert.deepEqual((await getItem(table, 'a', 1))?.['l'], { L: [binary] });
    await execute(server, `INSERT INTO "${table}" VALUE ?`, [{ M: { pk: { S: 'a' }, sk: { N: '2' } } }]);
    assert.ok(await getItem(table, 'a', 2));
  });

  test('of an item that is there: DuplicateItemException', async () => {
    const table = await tableWith({ note: { S: 'first' } });
    await assert.rejects(execute(server, `INSERT INTO "${table}" VALUE {'pk': 'a', 'sk': 1, 'note': 'second'}`), {
      name: 'DuplicateItemException',
      message: 'Duplicate primary key exists in table',
    });
    assert.deepEqual((await getItem(table, 'a', 1))?.['note'], { S: 'first' });
  });

  test('of an item without its key, or with one of a wrong type, has the errors of PutItem', async () => {
    const table = await server.createTable();
    await assert.rejects(
      execute(server, `INSERT INTO "${table}" VALUE {'pk': 'a'}`),
      validation('One or more parameter values were invalid: Missing the key sk in the item'),
    );
    await assert.rejects(
      execute(server, `INSERT INTO "${table}" VALUE {'pk': 'a', 'sk': 'x'}`),
      validation('One or more parameter values were invalid: Type mismatch for key sk expected: N actual: S'),
    );
  });
});

describe('SELECT by the whole key', () => {
  test('reads one item, and needs no next page', async () => {
    const table = await tableWith({ note: { S: 'x' } });
    const answer = await execute(server, `SELECT * FROM "${table}" WHERE pk = 'a' AND sk = ?`, [{ N: '1.0' }], {
      Limit: 1,
    });
    assert.deepEqual(answer.Items, [{ pk: { S: 'a' }, sk: { N: '1' }, note: { S: 'x' } }]);
    assert.equal(answer.NextToken, undefined);
    assert.equal(answer.LastEvaluatedKey, undefined);
  });

  test('gives no item where the rest of the WHERE does not hold', async () => {
    const table = await tableWith({ note: { S: 'x' } });
    const select = `SELECT * FROM "${table}" WHERE pk = 'a' AND sk = 1 AND note =`;
    assert.equal((await execute(server, `${select} 'x'`)).Items?.length, 1);
    assert.deepEqual((await execute(server, `${select} 'y'`)).Items, []);
  });

  test('lists paths, each called from its last name on (tried on the service)', async () => {
    const table = await tableWith({ m: { M: { things: { L: [{ N: '1' }, { M: { deep: { S: 'x' } } }] } } } });
    const answer = await execute(
      server,
      `SELECT pk, m.things[0], m.things[1].deep, m.things[7], "none" FROM "${table}" WHERE pk = 'a' AND sk = 1`,
    );
    assert.deepEqual(answer.Items, [{ pk: { S: 'a' }, 'things[0]': { N: '1' }, deep: { S: 'x' } }]);
  });
});

describe('SELECT by the partition key', () => {
  let table = '';
  before(async () => {
    table = await server.createTable();
    const pks = ['a', 'b', 'c'];
    await putItems(
      server,
      table,
      pks.flatMap((pk, p) =>
        Array.from({ length: 8 }, (_, i) => ({
          pk: { S: pk },
          sk: { N: `${i * 3 + p}` },
          big: { S: 'x'.repeat(3_000) },
        })),
      ),
    );
  });

  const numbers: readonly (readonly [where: string, expected: readonly number[]])[] = [
    ["pk = 'a'", [0, 3, 6, 9, 12, 15, 18, 21]],
    ["pk = 'a' ORDER BY sk DESC", [21, 18, 15, 12, 9, 6, 3, 0]],
    ["'a' = pk AND sk > 9", [12, 15, 18, 21]],
    ["pk = 'a' AND 9 <= sk AND sk < 15", [9, 12]],
    ["pk = 'a' AND sk > 9 AND sk < 3", []],
    ["pk = 'a' AND sk BETWEEN 3 AND 8", [3, 6]],
    ["pk = 'a' AND sk IN [3, 4, 21]", [3, 21]],
    ["pk = 'a' AND (sk = 3 OR sk = 6)", [3, 6]],
    ["pk = 'a' AND NOT sk < 18", [18, 21]],
    ["pk = 'a' AND pk = 'b'", []],
    ["pk IN ['b', 'none', 'a'] AND sk < 5", [1, 4, 0, 3]],
    ["pk IN ('a', 'a') AND sk < 5", [0, 3]],
    ["pk = 'c' OR pk = 'a' ORDER BY pk, sk DESC", [21, 18, 15, 12, 9, 6, 3, 0, 23, 20]],
    ["pk = 'c' OR pk = 'a' ORDER BY pk DESC, sk", [2, 5, 8, 11, 14, 17, 20, 23, 0, 3]],
    ["pk IN ['b', 'a'] AND sk < 9 ORDER BY sk, pk", [0, 3, 6, 1, 4, 7]],
    // A sort key without a term of its own descends: seen on the service, says DynamoDbPartiQLHandler.java of
    // https://github.com/floci-io/floci.
    ["pk = 'a' ORDER BY pk ASC", [21, 18, 15, 12, 9, 6, 3, 0]],
    ["pk IN ['c', 'a'] AND sk < 9 ORDER BY pk", [6, 3, 0, 8, 5, 2]],
    ["pk IN ['a', 'c'] AND sk < 9 ORDER BY pk DESC", [8, 5, 2, 6, 3, 0]],
  ];
  for (const [where, expected] of numbers) {
    test(where, async () => {
      const answer = await execute(server, `SELECT * FROM "${table}" WHERE ${where}`);
      assert.deepEqual(numbersOf(answer.Items, 'sk'), expected);
    });
  }

  test('is a Query: it is charged for that partition key alone', async () => {
    const options = { ReturnConsumedCapacity: 'TOTAL', ConsistentRead: true } as const;
    const query = await execute(server, `SELECT * FROM "${table}" WHERE pk = 'a'`, undefined, options);
    assert.equal(query.ConsumedCapacity?.CapacityUnits, 6);
    const ranged = await execute(server, `SELECT * FROM "${table}" WHERE pk = 'a' AND sk = 3`, undefined, options);
    assert.equal(ranged.ConsumedCapacity?.CapacityUnits, 1);
    const scan = await execute(server, `SELECT * FROM "${table}" WHERE sk = 3`, undefined, options);
    assert.equal(scan.ConsumedCapacity?.CapacityUnits, 18);
  });

  test('is charged as one Query for each partition key, in every order and of nothing too', async () => {
    const small = await server.createTable();
    const items = ['a', 'b'].flatMap((pk) => [1, 2, 3, 4, 5].map((sk) => ({ pk: { S: pk }, sk: { N: `${sk}` } })));
    await putItems(server, small, items);
    const rows: readonly (readonly [table: string, where: string, units: number])[] = [
      [small, "pk IN ['a', 'b']", 1],
      [small, "pk IN ['a', 'b'] ORDER BY pk, sk", 1],
      [small, "pk IN ['a', 'b', 'none'] AND sk > 2 ORDER BY pk, sk DESC", 1.5],
      [small, "pk IN ['none', 'nor this']", 1],
      [small, "pk IN ['none', 'nor this'] ORDER BY pk", 1],
      [small, "pk IN ['a', 'b'] AND sk > 4 AND sk < 1 ORDER BY pk DESC, sk", 1],
      [small, "pk = 'a' AND sk > 4 AND sk < 1", 0.5],
      // Two items of 3 KB of each: 6 KB are two units.
      [table, "pk IN ['a', 'b'] AND sk < 6", 2],
      [table, "pk IN ['a', 'b'] AND sk < 6 ORDER BY pk", 2],
    ];
    const options = { ReturnConsumedCapacity: 'TOTAL' } as const;
    for (const [name, where, units] of rows) {
      const answer = await execute(server, `SELECT * FROM "${name}" WHERE ${where}`, undefined, options);
      assert.equal(answer.ConsumedCapacity?.CapacityUnits, units, where);
    }
  });

  test('pages by Limit, in every order, without gap or repetition', async () => {
    for (const [where, expected] of [
      ["pk = 'a'", [0, 3, 6, 9, 12, 15, 18, 21]],
      ["pk = 'a' ORDER BY sk DESC", [21, 18, 15, 12, 9, 6, 3, 0]],
      ["pk IN ['b', 'a'] AND sk < 9", [1, 4, 7, 0, 3, 6]],
      ["pk IN ['c', 'a', 'b'] AND sk < 9 ORDER BY pk, sk", [0, 3, 6, 1, 4, 7, 2, 5, 8]],
      ["pk IN ['c', 'a', 'b'] AND sk > 14 ORDER BY pk DESC, sk DESC", [23, 20, 17, 22, 19, 16, 21, 18, 15]],
    ] as const) {
      for (const Limit of [1, 2, 5]) {
        const pages = await selectPages(server, `SELECT sk FROM "${table}" WHERE ${where}`, { Limit });
        assert.deepEqual(numbersOf(itemsOf(pages), 'sk'), expected, `${where}, ${Limit}`);
      }
    }
  });

  test('has at most 10 items on a page of several partition keys', async () => {
    const pages = await selectPages(server, `SELECT sk FROM "${table}" WHERE pk IN ['a', 'b', 'c']`);
    assert.deepEqual(
      pages.map(({ Items }) => Items?.length),
      [10, 10, 4],
    );
  });

  // The bound is that of any read: ExecuteStatement in the API reference.
  describe('of several partition keys ends a page at 1 MB', () => {
    const where = "pk IN ['a', 'b', 'c']";
    const size = (sk: number) => (sk === 1 ? 100_000 : 300_000);
    let large = '';
    before(async () => {
      large = await server.createTable({
        LocalSecondaryIndexes: [
          {
            IndexName: 'keys',
            KeySchema: [
              { AttributeName: 'pk', KeyType: 'HASH' },
              { AttributeName: 'l', KeyType: 'RANGE' },
            ],
            Projection: { ProjectionType: 'KEYS_ONLY' },
          },
        ],
        AttributeDefinitions: [
          { AttributeName: 'pk', AttributeType: 'S' },
          { AttributeName: 'sk', AttributeType: 'N' },
          { AttributeName: 'l', AttributeType: 'N' },
        ],
      });
      const items = [0, 1, 2, 3, 4, 5, 6, 7, 8].map((sk) => ({
        pk: { S: 'abc'.charAt(sk % 3) },
        sk: { N: `${sk}` },
        l: { N: `${sk}` },
        body: { S: 'x'.repeat(size(sk)) },
      }));
      await putItems(server, large, items);
    });

    /** The numbers on each page. */
    async function pagesOf(table: string, condition: string): Promise<number[][]> {
      const pages = await selectPages(server, `SELECT sk, body FROM ${table} WHERE ${condition}`);
      return pages.map(({ Items }) => numbersOf(Items, 'sk'));
    }

    test('partition by partition', async () => {
      // Of a: 0, 3, 6; of b: 1, 4, 7; of c: 2, 5, 8. A page ends with the item that takes it over 1 MB.
      assert.deepEqual(await pagesOf(`"${large}"`, where), [[0, 3, 6, 1, 4], [7, 2, 5, 8], []]);
    });

    test('in the order of their keys', async () => {
      assert.deepEqual(await pagesOf(`"${large}"`, `${where} ORDER BY pk DESC, sk`), [
        [2, 5, 8, 1, 4],
        [7, 0, 3, 6],
        [],
      ]);
    });

    test('also of what the filter leaves out', async () => {
      const none = "begins_with(body, 'y')";
      assert.deepEqual(await pagesOf(`"${large}"`, `${where} AND ${none}`), [[], [], []]);
    });

    test('by the sizes of the items that a local index leads to', async () => {
      assert.deepEqual(await pagesOf(`"${large}"."keys"`, `${where} ORDER BY pk, l`), [
        [0, 3, 6, 1, 4],
        [7, 2, 5, 8],
        [],
      ]);
    });
  });

  test('counts Limit before the filter', async () => {
    const pages = await selectPages(server, `SELECT sk FROM "${table}" WHERE pk = 'a' AND contains(pk, 'b')`, {
      Limit: 4,
    });
    assert.deepEqual(
      pages.map(({ Items }) => Items),
      [[], [], []],
    );
  });

  test('takes up to 50 partition keys', async () => {
    const select = (count: number) =>
      execute(server, `SELECT * FROM "${table}" WHERE pk IN [${Array.from({ length: count }, (_, i) => `'${i}'`)}]`);
    assert.deepEqual((await select(50)).Items, []);
    await assert.rejects(select(51), /too many hash key values; number of values: 51$/);
  });

  test('can be ordered by keys alone, and only with a partition key', async () => {
    const ordered = (rest: string) => execute(server, `SELECT * FROM "${table}" ${rest}`);
    await assert.rejects(
      ordered('ORDER BY sk'),
      validation('Must have WHERE clause in the statement when using ORDER BY clause.'),
    );
    await assert.rejects(
      ordered('WHERE sk = 1 ORDER BY sk'),
      validation('Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause.'),
    );
    await assert.rejects(
      ordered("WHERE pk = 'a' ORDER BY big"),
      validation('Attribute big in ORDER BY clause must be part of the primary key'),
    );
    // Source: DynamoDbPartiQLHandler.java of https://github.com/floci-io/floci.
    await assert.rejects(
      ordered("WHERE pk IN ['a', 'b'] ORDER BY sk"),
      validation(
        'Must have hash key in ORDER BY clause when more than one hash key condition specified in WHERE clause.',
      ),
    );
  });

  test('of a key with a value of a wrong type has the error of Query', async () => {
    await assert.rejects(
      execute(server, `SELECT * FROM "${table}" WHERE pk = 1`),
      validation('One or more parameter values were invalid: Condition parameter type does not match schema type'),
    );
  });
});

describe('SELECT of everything', () => {
  test('filters by any condition', async () => {
    const table = await server.createTable();
    await putItems(server, table, [
      { pk: { S: 'a' }, sk: { N: '1' }, t: { S: 'tea' }, l: { L: [{ N: '1' }] }, n: { NULL: true } },
      { pk: { S: 'b' }, sk: { N: '2' }, t: { S: 'coffee' }, s: { SS: ['x', 'y'] }, m: { M: { d: { N: '5' } } } },
      { pk: { S: 'c' }, sk: { N: '3' } },
    ]);
    const cases: readonly (readonly [where: string, expected: readonly number[]])[] = [
      ["t = 'tea'", [1]],
      ["t <> 'tea'", [2, 3]],
      ['t IS MISSING', [3]],
      ['t IS NOT MISSING', [1, 2]],
      ['n IS NULL', [1]],
      ['n IS NOT NULL', [2, 3]],
      ['n = NULL', [1]],
      ["attribute_type(t, 'S')", [1, 2]],
      ["BEGINS_WITH(t, 'co')", [2]],
      ["contains(s, 'x') OR contains(t, 'ea')", [1, 2]],
      ['size(s) = 2', [2]],
      ['size(l) >= 1 AND l[0] = 1', [1]],
      ['m.d BETWEEN 4 AND 6', [2]],
      ["t IN ['coffee', 'milk']", [2]],
      ["NOT t IN ['coffee', 'milk']", [1, 3]],
      ['sk > 1 AND sk < 3', [2]],
      ["sk = 1 OR pk = 'c'", [1, 3]],
      ["s = <<'y', 'x'>>", [2]],
      ["m = {'d': 5}", [2]],
      ['l IS LIST', [1]],
    ];
    for (const [where, expected] of cases) {
      const { Items } = await execute(server, `SELECT sk FROM "${table}" WHERE ${where}`);
      assert.deepEqual(numbersOf(Items, 'sk').toSorted(), expected, where);
    }
  });

  test('pages by Limit, with the key where each page ended', async () => {
    const table = await server.createTable();
    await putItems(
      server,
      table,
      Array.from({ length: 9 }, (_, i) => ({ pk: { S: `p${i}` }, sk: { N: `${i}` } })),
    );
    const pages = await selectPages(server, `SELECT sk FROM "${table}"`, { Limit: 4 });
    assert.deepEqual(numbersOf(itemsOf(pages), 'sk').toSorted(), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
    assert.deepEqual(Object.keys(pages[0]?.LastEvaluatedKey ?? {}), ['pk', 'sk']);
    assert.equal(pages.at(-1)?.LastEvaluatedKey, undefined);
  });

  test('ends a page at 1 MB', async () => {
    const table = await server.createTable();
    const big = { S: 'x'.repeat(300_000) };
    for (let i = 0; i < 5; i++) await putItems(server, table, [{ pk: { S: 'p' }, sk: { N: `${i}` }, big }]);
    const pages = await selectPages(server, `SELECT sk FROM "${table}"`);
    assert.deepEqual(
      pages.map(({ Items }) => Items?.length),
      [4, 1],
    );
  });
});

describe('SELECT from an index (tried on the service)', () => {
  let table = '';
  before(async () => {
    table = await server.createTable(ORDERS_TABLE);
    await putItems(
      server,
      table,
      Array.from({ length: 9 }, (_, i) => makeOrder(i + 1)),
    );
  });

  test('queries it by its partition key, in its order', async () => {
    const { Items } = await execute(
      server,
      `SELECT * FROM "${table}"."city-all" WHERE city = 'oslo' ORDER BY total DESC`,
    );
    assert.deepEqual(numbersOf(Items, 'order'), [9, 6, 3]);
    const local = await execute(
      server,
      `SELECT note FROM "${table}"."placed-keys" WHERE customer = 'ada' AND placed > '2026-01-28'`,
    );
    assert.deepEqual(local.Items, [{ note: { S: 'note 2' } }, { note: { S: 'note 1' } }]);
  });

  test('pages it', async () => {
    const pages = await selectPages(server, `SELECT "order" FROM "${table}"."city-keys" WHERE city = 'rome'`, {
      Limit: 2,
    });
    assert.deepEqual(numbersOf(itemsOf(pages), 'order'), [1, 2, 4, 5, 7, 8]);
    assert.deepEqual(Object.keys(pages[0]?.LastEvaluatedKey ?? {}).toSorted(), ['city', 'customer', 'order', 'total']);
  });

  test('refuses to select what a global index does not hold, even where no key meets all bounds', async () => {
    for (const bounds of ['total > 0', 'total > 5 AND total < 3']) {
      await assert.rejects(
        execute(server, `SELECT note FROM "${table}"."city-keys" WHERE city = 'rome' AND ${bounds}`),
        validation(
          'One or more parameter values were invalid: Global secondary index city-keys does not project [note]',
        ),
      );
    }
  });

  test('scans it without that key, whatever else is asked', async () => {
    const { Items } = await execute(
      server,
      `SELECT * FROM "${table}"."city-all" WHERE customer = 'ada' AND "order" = 3`,
    );
    assert.deepEqual(numbersOf(Items, 'order'), [3]);
  });

  test('is consistent from a local index only', async () => {
    const consistent = { ConsistentRead: true };
    const { Items } = await execute(server, `SELECT * FROM "${table}"."placed-all"`, undefined, consistent);
    assert.equal(Items?.length, 9);
    await assert.rejects(
      execute(server, `SELECT * FROM "${table}"."city-all"`, undefined, consistent),
      validation('Strongly consistent read is not supported on Global Secondary Indexes'),
    );
  });

  test('that is not there is an error, found before the one about consistency', async () => {
    await assert.rejects(
      execute(server, `SELECT * FROM "${table}"."none"`, undefined, { ConsistentRead: true }),
      validation('The table does not have the specified index'),
    );
  });

  test('with keys of several attributes: all partition keys by equality, sort keys from the left', async () => {
    const keys = (names: readonly string[], KeyType: 'HASH' | 'RANGE') =>
      names.map((AttributeName) => ({ AttributeName, KeyType }));
    const places = await server.createTable({
      KeySchema: keys(['id'], 'HASH'),
      AttributeDefinitions: ['id', 'land', 'city', 'street', 'house'].map((AttributeName) => ({
        AttributeName,
        AttributeType: AttributeName === 'house' ? 'N' : 'S',
      })),
      GlobalSecondaryIndexes: [
        {
          IndexName: 'by-place',
          KeySchema: [...keys(['land', 'city'], 'HASH'), ...keys(['street', 'house'], 'RANGE')],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
    });
    const place = (id: string, city: string, street: string, house: number) => ({
      id: { S: id },
      land: { S: 'no' },
      city: { S: city },
      street: { S: street },
      house: { N: `${house}` },
    });
    await putItems(server, places, [
      place('1', 'oslo', 'a', 1),
      place('2', 'oslo', 'a', 5),
      place('3', 'oslo', 'b', 3),
      place('4', 'bergen', 'a', 5),
    ]);
    const idsOf = async (where: string, Limit?: number) => {
      const pages = await selectPages(server, `SELECT id FROM "${places}"."by-place" WHERE ${where}`, { Limit });
      return itemsOf(pages).map(({ id }) => id?.S);
    };
    const oslo = "land = 'no' AND city = 'oslo'";
    assert.deepEqual(await idsOf(oslo), ['1', '2', '3']);
    assert.deepEqual(await idsOf(`${oslo} ORDER BY street DESC`, 1), ['3', '2', '1']);
    assert.deepEqual(await idsOf(`${oslo} AND street = 'a' AND house > 1`), ['2']);
    assert.deepEqual(await idsOf(`${oslo} AND house = 3`), ['3']);
    assert.deepEqual(await idsOf("land = 'no' AND house = 5 AND city <> 'oslo'"), ['4']);
  });

  test('reports the index in ConsumedCapacity', async () => {
    const options = { ReturnConsumedCapacity: 'INDEXES' } as const;
    const { ConsumedCapacity } = await execute(
      server,
      `SELECT * FROM "${table}"."city-all" WHERE city = 'oslo'`,
      undefined,
      options,
    );
    assert.deepEqual(ConsumedCapacity, {
      TableName: table,
      CapacityUnits: 0.5,
      Table: { CapacityUnits: 0 },
      GlobalSecondaryIndexes: { 'city-all': { CapacityUnits: 0.5 } },
    });
  });
});

describe('NextToken', () => {
  test('is good for its statement and parameters only', async () => {
    const table = await server.createTable();
    await putItems(
      server,
      table,
      [1, 2, 3].map((i) => ({ pk: { S: 'a' }, sk: { N: `${i}` } })),
    );
    const select = `SELECT * FROM "${table}" WHERE pk = ?`;
    const parameters = [{ S: 'a' }];
    const { NextToken } = await execute(server, select, parameters, { Limit: 1 });
    assert.ok(NextToken);
    const next = await execute(server, select, parameters, { NextToken });
    assert.deepEqual(numbersOf(next.Items, 'sk'), [2, 3]);
    const mismatch = validation('NextToken does not match request');
    await assert.rejects(execute(server, select, [{ S: 'b' }], { NextToken }), mismatch);
    await assert.rejects(execute(server, `${select} `, parameters, { NextToken }), mismatch);
  });

  test('that was made up is refused', async () => {
    const table = await tableWith();
    const tokens = ['x', 'AAAA', 'q1YqSy1SsqpWKlayUspIzcnJV6oFAA==', `${'A'.repeat(32_000)}`, '****'];
    for (const NextToken of tokens) {
      await assert.rejects(
        execute(server, `SELECT * FROM "${table}"`, undefined, { NextToken }),
        validation('Invalid NextToken'),
      );
    }
  });

  test('that was put together for a place that the statement does not read is refused', async () => {
    const table = await tableWith();
    const place = (pk: string, sk: string) => ({ pk: { S: pk }, sk: { N: sk } });
    const cases = [
      { where: "pk = 'a'", partition: 0, key: place('b', '1') },
      { where: "pk = 'a'", partition: 1, key: place('a', '1') },
      { where: "pk = 'a' AND sk > 5", partition: 0, key: place('a', '1') },
      { where: "pk = 'a'", partition: 0, key: { pk: { S: 'a' } } },
      { where: "pk = 'a'", partition: 0, key: { pk: { S: 'a' }, sk: { S: '1' } } },
      { where: "pk IN ['a', 'b'] ORDER BY pk", partition: 0, key: place('c', '1') },
      { where: "pk IN ['a', 'b'] ORDER BY pk", partition: 1, key: place('a', '1') },
      { where: 'x = 1', partition: 0, key: { x: { N: '1' } } },
    ];
    for (const { where, partition, key } of cases) {
      const statement = `SELECT * FROM "${table}" WHERE ${where}`;
      const NextToken = encodeNextToken(fingerprintOf(statement), { partition, key });
      await assert.rejects(
        execute(server, statement, undefined, { NextToken }),
        validation('Invalid NextToken'),
        where,
      );
    }
  });
});

describe('UPDATE', () => {
  test('sets, removes, appends, adds and deletes as the developer guide shows', async () => {
    const table = await tableWith({
      n: { N: '5' },
      things: { L: [{ N: '1' }, { N: '2' }] },
      map: { M: { gone: { S: 'x' } } },
      set: { NS: ['1', '2'] },
      words: { SS: ['x'] },
    });
    const answer = await execute(
      server,
      `UPDATE "${table}" SET n = n + 100 - 1 SET map.entry = [2020, 'x'] SET things = LIST_APPEND(things, [4])
       REMOVE map.gone SET "set" = SET_ADD("set", <<3, 48.4>>), words = set_delete(words, <<'x'>>)
       WHERE pk = 'a' AND sk = 1`,
    );
    assert.deepEqual(answer.Items, []);
    assert.deepEqual(await getItem(table, 'a', 1), {
      pk: { S: 'a' },
      sk: { N: '1' },
      n: { N: '104' },
      things: { L: [{ N: '1' }, { N: '2' }, { N: '4' }] },
      map: { M: { entry: { L: [{ N: '2020' }, { S: 'x' }] } } },
      set: { NS: ['1', '2', '3', '48.4'] },
    });
  });

  test('reads the item as it was before', async () => {
    const table = await tableWith({ x: { N: '1' }, y: { N: '2' } });
    const statement = `UPDATE "${table}" SET x = y, y = x WHERE pk = ? AND sk = ? RETURNING MODIFIED NEW *`;
    const { Items } = await execute(server, statement, [{ S: 'a' }, { N: '1' }]);
    assert.deepEqual(Items, [{ x: { N: '2' }, y: { N: '1' } }]);
  });

  test('returns what RETURNING asks for (tried on the service)', async () => {
    const returned = async (what: string) => {
      const table = await tableWith({ m: { M: { x: { N: '1' }, y: { N: '2' } } } });
      const { Items } = await execute(
        server,
        `UPDATE "${table}" SET m.x = 5 WHERE pk = 'a' AND sk = 1 RETURNING ${what} *`,
      );
      return Items;
    };
    const item = (x: string) => ({ pk: { S: 'a' }, sk: { N: '1' }, m: { M: { x: { N: x }, y: { N: '2' } } } });
    assert.deepEqual(await returned('ALL OLD'), [item('1')]);
    assert.deepEqual(await returned('ALL NEW'), [item('5')]);
    assert.deepEqual(await returned('MODIFIED OLD'), [{ m: { M: { x: { N: '1' } } } }]);
    assert.deepEqual(await returned('MODIFIED NEW'), [{ m: { M: { x: { N: '5' } } } }]);
  });

  test('returns no item where nothing is left of it (tried on the service)', async () => {
    const table = await tableWith({ x: { N: '1' } });
    const where = `WHERE pk = 'a' AND sk = 1 RETURNING MODIFIED`;
    assert.deepEqual((await execute(server, `UPDATE "${table}" REMOVE x ${where} NEW *`)).Items, []);
    assert.deepEqual((await execute(server, `UPDATE "${table}" SET y = 1 ${where} OLD *`)).Items, []);
  });

  test('of a missing item fails and creates none (tried on the service)', async () => {
    const table = await server.createTable();
    await assert.rejects(execute(server, `UPDATE "${table}" SET x = 1 WHERE pk = 'a' AND sk = 1`), CONDITION_FAILED);
    assert.equal(await getItem(table, 'a', 1), undefined);
  });

  test('fails where the rest of its WHERE does not hold, with the item if asked', async () => {
    const table = await tableWith({ x: { N: '1' } });
    const statement = `UPDATE "${table}" SET x = 2 WHERE pk = 'a' AND sk = 1 AND x = 7`;
    await assert.rejects(execute(server, statement), CONDITION_FAILED);
    await assert.rejects(execute(server, statement, undefined, { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }), {
      ...CONDITION_FAILED,
      Item: { pk: { S: 'a' }, sk: { N: '1' }, x: { N: '1' } },
    });
  });

  test('needs the whole key by equality', async () => {
    const table = await tableWith();
    const wheres = [
      '',
      "WHERE pk = 'a'",
      "WHERE pk = 'a' AND sk > 0",
      "WHERE pk = 'a' OR sk = 1",
      "WHERE pk IN ['a'] AND sk = 1",
    ];
    for (const where of wheres) {
      await assert.rejects(execute(server, `UPDATE "${table}" SET x = 1 ${where}`), KEY_NOT_EQUAL, where);
    }
  });

  test('has the errors of UpdateItem', async () => {
    const table = await tableWith({ x: { S: 'text' } });
    const update = (actions: string) => execute(server, `UPDATE "${table}" ${actions} WHERE pk = 'a' AND sk = 1`);
    await assert.rejects(
      update('SET sk = 2'),
      validation(
        'One or more parameter values were invalid: Cannot update attribute sk. This attribute is part of the key',
      ),
    );
    await assert.rejects(
      update('SET y = none'),
      validation('The provided expression refers to an attribute that does not exist in the item'),
    );
    await assert.rejects(
      update('SET x = x + 1'),
      validation('An operand in the update expression has an incorrect data type'),
    );
    await assert.rejects(
      update('SET x.y = 1'),
      validation('The document path provided in the update expression is invalid for update'),
    );
  });
});

describe('DELETE', () => {
  test('deletes an item and returns it', async () => {
    const table = await tableWith({ x: { N: '1' } });
    const statement = `DELETE FROM "${table}" WHERE pk = 'a' AND sk = 1 RETURNING ALL OLD *`;
    assert.deepEqual((await execute(server, statement)).Items, [{ pk: { S: 'a' }, sk: { N: '1' }, x: { N: '1' } }]);
    assert.deepEqual((await execute(server, statement)).Items, []);
    assert.equal(await getItem(table, 'a', 1), undefined);
  });

  test('of a missing item does nothing, whatever else its WHERE asks', async () => {
    const table = await server.createTable();
    assert.deepEqual((await execute(server, `DELETE FROM "${table}" WHERE pk = 'a' AND sk = 1 AND x = 1`)).Items, []);
  });

  test('fails where the rest of its WHERE does not hold', async () => {
    const table = await tableWith({ x: { N: '1' } });
    await assert.rejects(
      execute(server, `DELETE FROM "${table}" WHERE pk = 'a' AND sk = 1 AND x = 2`),
      CONDITION_FAILED,
    );
    assert.ok(await getItem(table, 'a', 1));
  });

  test('needs the whole key by equality', async () => {
    const table = await tableWith();
    await assert.rejects(execute(server, `DELETE FROM "${table}" WHERE pk = 'a'`), KEY_NOT_EQUAL);
    await assert.rejects(execute(server, `DELETE FROM "${table}"`), KEY_NOT_EQUAL);
  });
});

describe('ConsumedCapacity of writes', () => {
  test('is that of the single operations', async () => {
    const table = await server.createTable();
    const units = async (statement: string) => {
      const answer = await execute(server, statement, undefined, { ReturnConsumedCapacity: 'TOTAL' });
      return answer.ConsumedCapacity;
    };
    const one = { TableName: table, CapacityUnits: 1 };
    assert.deepEqual(await units(`INSERT INTO "${table}" VALUE {'pk': 'a', 'sk': 1}`), one);
    assert.deepEqual(await units(`UPDATE "${table}" SET x = '${'x'.repeat(1_500)}' WHERE pk = 'a' AND sk = 1`), {
      ...one,
      CapacityUnits: 2,
    });
    assert.deepEqual(await units(`DELETE FROM "${table}" WHERE pk = 'b' AND sk = 1`), one);
  });
});

describe('A statement', () => {
  test('may name its table by ARN', async () => {
    const table = await tableWith();
    const arn = `arn:aws:dynamodb:us-east-1:000000000000:table/${table}`;
    assert.equal((await execute(server, `SELECT * FROM "${arn}"`)).Items?.length, 1);
  });

  test('on a table that is not there: ResourceNotFoundException', async () => {
    const where = "WHERE pk = 'a' AND sk = 1";
    for (const statement of [
      'SELECT * FROM nothere',
      "INSERT INTO nothere VALUE {'pk': 'a', 'sk': 1}",
      `UPDATE nothere SET x = 1 ${where}`,
      `DELETE FROM nothere ${where}`,
    ]) {
      await assert.rejects(execute(server, statement), TABLE_NOT_FOUND, statement);
    }
  });

  test('that is none: the parser says why (tried on the service)', async () => {
    await assert.rejects(execute(server, 'SLECT * FROM t'), validation(`${NOT_WELL_FORMED}Expected data manipulation`));
    await assert.rejects(
      execute(server, 'INSERT INTO urls (key, target) VALUES (?, ?)', [{ S: 'a' }, { S: 'b' }]),
      validation(`${NOT_WELL_FORMED}Unexpected keyword`),
    );
  });

  test('with another number of parameters than it has question marks is refused', async () => {
    const table = await tableWith();
    const text = validation("Number of parameters in request and statement don't match.");
    await assert.rejects(execute(server, `SELECT * FROM "${table}" WHERE pk = ?`), text);
    await assert.rejects(execute(server, `SELECT * FROM "${table}"`, [{ S: 'a' }]), text);
  });

  test('EXISTS is for transactions', async () => {
    await assert.rejects(execute(server, "EXISTS(SELECT * FROM t WHERE pk = 'a')"), { name: 'ValidationException' });
  });

  test('has 1 to 8,192 characters and at least one parameter, if any', async () => {
    const shape = (value: string, member: string, limit: string) =>
      validation(
        `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: Member must have length ${limit}`,
      );
    const table = await tableWith();
    const select = `SELECT * FROM "${table}"`;
    await execute(server, select.padEnd(8_192));
    await assert.rejects(
      execute(server, select.padEnd(8_193)),
      shape(select.padEnd(8_193), 'statement', 'less than or equal to 8192'),
    );
    await assert.rejects(execute(server, ''), shape('', 'statement', 'greater than or equal to 1'));
    await assert.rejects(execute(server, select, []), shape('[]', 'parameters', 'greater than or equal to 1'));
    await assert.rejects(
      execute(server, select, undefined, { Limit: 0 }),
      /Member must have value greater than or equal to 1$/,
    );
  });

  test('made to do harm is refused like any other', async () => {
    const table = await tableWith();
    const select = `SELECT * FROM "${table}" WHERE `;
    const fill = (part: string) => select + part.repeat(Math.floor((8_192 - select.length) / part.length));
    const parts = [
      '(',
      'NOT ',
      '[',
      '{',
      "{'a':",
      '<<',
      'size(',
      "'",
      '"',
      '?',
      '-',
      '/*',
      'a=1 OR ',
      'a IN [',
      '.',
      'a.',
      '1+',
    ];
    for (const part of parts) {
      await assert.rejects(execute(server, fill(part)), { name: 'ValidationException' }, part);
    }
    for (const raw of ['\u0000', '\ud800', '§', "'\u0000'", `"${'x'.repeat(8_000)}"`]) {
      const { status } = await server.call('ExecuteStatement', { Statement: raw });
      assert.equal(status, 400);
    }
    for (const Parameters of [[null], [{}], [{ S: 1 }], 'x', [{ N: 'x' }], [{ M: { a: null } }]]) {
      const { status } = await server.call('ExecuteStatement', { Statement: `${select} pk = ?`, Parameters });
      assert.equal(status, 400, JSON.stringify(Parameters));
    }
  });
});
