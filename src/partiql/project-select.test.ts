import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { DocumentPath } from '../expressions/ast.ts';
import type { AttributeValue, Item } from '../values/attribute-value.ts';
import { projectSelect } from './project-select.ts';

const ITEM: Item = {
  p: { S: 'x' },
  l: { L: [{ N: '0' }, { L: [{ N: '10' }] }] },
  m: { M: { a: { S: 'of m' }, l: { L: [{ N: '5' }] } } },
  n: { M: { a: { S: 'of n' } } },
};

/** `value` and all in it, with what looks into it counted: the attributes and elements that were asked for. */
function counted<Value extends object>(value: Value, count: () => void): Value {
  return new Proxy(value, {
    get(target, property, receiver) {
      const part: unknown = Reflect.get(target, property, receiver);
      if (property !== 'length') count();
      return typeof part === 'object' && part !== null ? counted(part, count) : part;
    },
  });
}

describe('projectSelect', () => {
  const lists: readonly (readonly [paths: readonly DocumentPath[], columns: Item])[] = [
    [[['p'], ['none']], { p: { S: 'x' } }],
    [[['p'], ['p'], ['p']], { p: { S: 'x' } }],
    [
      [
        ['l', 0],
        ['l', 1, 0],
        ['l', 7],
        ['l', 1, 3],
      ],
      { 'l[0]': { N: '0' }, 'l[1][0]': { N: '10' } },
    ],
    [
      [
        ['m', 'l', 0],
        ['m', 'l'],
        ['m', 0],
        ['l', 'a'],
        ['p', 'a'],
      ],
      { 'l[0]': { N: '5' }, l: { L: [{ N: '5' }] } },
    ],
    // Of two values of one name the later path's counts, where the item has it.
    [
      [
        ['m', 'a'],
        ['n', 'a'],
      ],
      { a: { S: 'of n' } },
    ],
    [
      [
        ['n', 'a'],
        ['m', 'a'],
      ],
      { a: { S: 'of m' } },
    ],
    [
      [
        ['m', 'a'],
        ['n', 'a'],
        ['m', 'a'],
      ],
      { a: { S: 'of m' } },
    ],
    [
      [
        ['m', 'a'],
        ['p', 'a'],
      ],
      { a: { S: 'of m' } },
    ],
    [[['m', '__proto__'], ['__proto__']], {}],
  ];
  for (const [paths, columns] of lists) {
    test(JSON.stringify(paths), () => {
      assert.deepEqual({ ...projectSelect(paths, withoutPrototypes(ITEM)) }, columns);
    });
  }

  test('has the columns in the order of the list', () => {
    assert.deepEqual(Object.keys(projectSelect([['n'], ['l', 0], ['none'], ['p']], ITEM)), ['n', 'l[0]', 'p']);
  });

  const many = <Path>(pathOf: (i: number) => Path): Path[] => Array.from({ length: 4_000 }, (_, i) => pathOf(i));
  const longLists: readonly (readonly [what: string, paths: readonly DocumentPath[]])[] = [
    ['one name repeated', many(() => ['p'])],
    ['one element repeated', many(() => ['l', 0])],
    ['names that are not there', many((i) => [`none${i}`])],
    ['names that are not there in a map', many((i) => ['m', `none${i}`])],
    ['elements that are not there', many((i) => ['l', i + 2])],
    ['deep paths that are not there', many((i) => ['m', 'l', i + 1, 'x'])],
  ];
  for (const [what, paths] of longLists) {
    test(`looks at no more than the item has: ${what}`, () => {
      let looks = 0;
      projectSelect(
        paths,
        counted(ITEM, () => looks++),
      );
      assert.ok(looks < 50, `${looks} looks`);
    });
  }
});

/** As items are read from the store. */
function withoutPrototypes(attributes: Item): Item {
  const entries = Object.entries(attributes).map(([name, value]): [string, AttributeValue] => [
    name,
    'M' in value ? { M: withoutPrototypes(value.M) } : value,
  ]);
  return Object.assign(Object.create(null) as Item, Object.fromEntries(entries));
}
