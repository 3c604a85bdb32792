/**
 * Random SELECTs against a model: whatever way a statement is read, by the key, by partition keys, by a scan, page by
 * page, its items are those that meet its WHERE, in its order.
 */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import fc from 'fast-check';
import { selectPages } from './partiql.ts';
import { type WireItem, itemsOf, putItems } from './reads.ts';
import { useServer } from './server.ts';

const server = useServer();

interface ModelItem {
  readonly pk: string;
  readonly sk: number;
  readonly x: number;
}

const ITEMS: readonly ModelItem[] = ['a', 'b', 'c'].flatMap((pk) =>
  [0, 1, 2, 3, 4, 5].map((sk) => ({ pk, sk, x: (sk * 7) % 4 })),
);

interface Condition {
  readonly text: string;
  holds(item: ModelItem): boolean;
}

const PK: fc.Arbitrary<string> = fc.constantFrom('a', 'b', 'c', 'd');
const NUMBER = fc.integer({ min: 0, max: 6 });
const COMPARISONS: readonly (readonly [operator: string, holds: (left: number, right: number) => boolean])[] = [
  ['=', (left, right) => left === right],
  ['<>', (left, right) => left !== right],
  ['<', (left, right) => left < right],
  ['<=', (left, right) => left <= right],
  ['>', (left, right) => left > right],
  ['>=', (left, right) => left >= right],
];

const onNumber: fc.Arbitrary<Condition> = fc
  .tuple(fc.constantFrom('sk' as const, 'x' as const), fc.constantFrom(...COMPARISONS), NUMBER, fc.boolean())
  .map(([name, [operator, holds], value, isFirst]) =>
    isFirst
      ? { text: `${name} ${operator} ${value}`, holds: (item) => holds(item[name], value) }
      : { text: `${value} ${operator} ${name}`, holds: (item) => holds(value, item[name]) },
  );
const between: fc.Arbitrary<Condition> = fc
  .tuple(fc.constantFrom('sk' as const, 'x' as const), NUMBER, NUMBER)
  .map(([name, one, other]): Condition => {
    const [low, high] = [Math.min(one, other), Math.max(one, other)];
    return { text: `${name} BETWEEN ${low} AND ${high}`, holds: (item) => item[name] >= low && item[name] <= high };
  });
const onPk: fc.Arbitrary<Condition> = PK.map((value) => ({ text: `pk = '${value}'`, holds: ({ pk }) => pk === value }));
const inPks: fc.Arbitrary<Condition> = fc.array(PK, { minLength: 1, maxLength: 4 }).map((values) => ({
  text: `pk IN [${values.map((value) => `'${value}'`).join(', ')}]`,
  holds: ({ pk }) => values.includes(pk),
}));
const inNumbers: fc.Arbitrary<Condition> = fc.array(NUMBER, { minLength: 1, maxLength: 3 }).map((values) => ({
  text: `x IN [${values.join(', ')}]`,
  holds: ({ x }) => values.includes(x),
}));

const CONDITION: fc.Arbitrary<Condition> = fc.letrec<{ all: Condition }>((tie) => ({
  all: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.oneof(onPk, inPks, onNumber, between, inNumbers),
    fc
      .tuple(fc.constantFrom('AND', 'AND', 'OR'), fc.array(tie('all'), { minLength: 2, maxLength: 3 }))
      .map(([word, parts]): Condition => ({
        text: parts.map(({ text }) => `(${text})`).join(` ${word} `),
        holds: (item) =>
          word === 'AND' ? parts.every((part) => part.holds(item)) : parts.some((part) => part.holds(item)),
      })),
    tie('all').map((part) => ({ text: `NOT (${part.text})`, holds: (item: ModelItem) => !part.holds(item) })),
  ),
})).all;

function modelOf(item: WireItem): ModelItem {
  return { pk: item['pk']?.S ?? '', sk: Number(item['sk']?.N), x: Number(item['x']?.N) };
}

function sorted(items: readonly ModelItem[]): string[] {
  return items.map((item) => JSON.stringify(item)).toSorted();
}

const LIMIT = fc.constantFrom(undefined, 1, 2, 3, 7);

describe('random SELECTs', () => {
  let table = '';
  before(async () => {
    table = await server.createTable({
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'N' },
        { AttributeName: 'x', AttributeType: 'N' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'by-x',
          KeySchema: [
            { AttributeName: 'x', KeyType: 'HASH' },
            { AttributeName: 'sk', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
    });
    await putItems(
      server,
      table,
      ITEMS.map(({ pk, sk, x }) => ({ pk: { S: pk }, sk: { N: `${sk}` }, x: { N: `${x}` } })),
    );
  });

  test('give the items that meet their WHERE, each once', async () => {
    await fc.assert(
      fc.asyncProperty(CONDITION, LIMIT, fc.boolean(), async (condition, Limit, isOnIndex) => {
        const source = isOnIndex ? `"${table}"."by-x"` : `"${table}"`;
        const pages = await selectPages(server, `SELECT * FROM ${source} WHERE ${condition.text}`, { Limit });
        assert.deepEqual(sorted(itemsOf(pages).map(modelOf)), sorted(ITEMS.filter((item) => condition.holds(item))));
      }),
      { numRuns: 150 },
    );
  });

  test('with ORDER BY give them in that order', async () => {
    await fc.assert(
      fc.asyncProperty(inPks, CONDITION, LIMIT, fc.boolean(), async (pks, rest, Limit, isDescending) => {
        const where = `${pks.text} AND (${rest.text})`;
        const order = `ORDER BY pk, sk ${isDescending ? 'DESC' : 'ASC'}`;
        const pages = await selectPages(server, `SELECT * FROM "${table}" WHERE ${where} ${order}`, { Limit });
        const items = itemsOf(pages).map(modelOf);
        const expected = ITEMS.filter((item) => pks.holds(item) && rest.holds(item));
        assert.deepEqual(sorted(items), sorted(expected));
        const sign = isDescending ? -1 : 1;
        assert.deepEqual(
          items.map(({ pk, sk }) => [pk, sk]),
          items
            .toSorted((left, right) => (left.pk < right.pk ? -1 : left.pk > right.pk ? 1 : sign * (left.sk - right.sk)))
            .map(({ pk, sk }) => [pk, sk]),
        );
      }),
      { numRuns: 150 },
    );
  });
});
