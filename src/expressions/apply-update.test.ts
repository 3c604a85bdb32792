import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ApiError } from '../foundation/errors.ts';
import type { AttributeValue, Item } from '../values/attribute-value.ts';
import { emptyItem, parseItem } from '../values/attribute-value.ts';
import { applyUpdate, touchedAttributeNames } from './apply-update.ts';
import type { DocumentPath, Update, UpdateAction } from './ast.ts';
import { comparePaths } from './document-path.ts';
import { projectItem } from './project.ts';
import { readExpressions } from './read-expressions.ts';

const VALUES = {
  ':one': { N: '1' },
  ':big': { N: '9.9E125' },
  ':s': { S: 's' },
  ':t': { S: 't' },
  ':u': { S: 'u' },
  ':ss': { SS: ['b', 'c'] },
  ':ab': { SS: ['b', 'a'] },
  ':ns': { NS: ['1'] },
  ':bs': { BS: ['AQ=='] },
  ':l': { L: [{ S: 'tail' }] },
  ':empty': { L: [] },
};

function read(text: string): Update {
  const used = Object.entries(VALUES).filter(([key]) => new RegExp(`${key}\\b`).test(text));
  const values = used.length === 0 ? {} : { ExpressionAttributeValues: Object.fromEntries(used) };
  return readExpressions({ UpdateExpression: text, ...values }).update as Update;
}

const ITEM = {
  pk: { S: 'key' },
  n: { N: '5' },
  s: { S: 'str' },
  ss: { SS: ['a', 'b'] },
  l: { L: [{ S: 'x' }, { S: 'y' }, { S: 'z' }] },
  m: { M: { n: { N: '1' }, s: { S: 'in' }, l: { L: [{ M: { k: { S: 'deep' } } }] } } },
};

/** Freezes a value throughout, so that a change of it throws. */
function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const member of Object.values(value)) freeze(member);
    Object.freeze(value);
  }
  return value;
}

const frozenItem = freeze(parseItem(ITEM));
const { l, m, n, s, ss, pk } = ITEM;

/** Each update of ITEM, what changes in it (undefined: removed), and what UPDATED_OLD and UPDATED_NEW show. */
const CASES: readonly (readonly [text: string, changes: Record<string, unknown>, old: unknown, updated: unknown])[] = [
  ['SET n = :one', { n: { N: '1' } }, { n }, { n: { N: '1' } }],
  ['SET fresh = n + :one', { fresh: { N: '6' } }, {}, { fresh: { N: '6' } }],
  ['SET n = :one - n', { n: { N: '-4' } }, { n }, { n: { N: '-4' } }],
  ['SET n = (n + :one) - (:one + :one)', { n: { N: '4' } }, { n }, { n: { N: '4' } }],
  ['SET n = s, s = n', { n: s, s: n }, { n, s }, { n: s, s: n }],
  [
    'SET n = if_not_exists(n, :one), fresh = if_not_exists(m.x.y, :one) + :one',
    { fresh: { N: '2' } },
    { n },
    { n, fresh: { N: '2' } },
  ],
  ['SET fresh = if_not_exists(x1, if_not_exists(x2, s))', { fresh: s }, {}, { fresh: s }],
  ['SET l = list_append(l, :l)', { l: { L: [...l.L, { S: 'tail' }] } }, { l }, { l: { L: [...l.L, { S: 'tail' }] } }],
  [
    'SET fresh = list_append(:l, if_not_exists(x1, :empty))',
    { fresh: { L: [{ S: 'tail' }] } },
    {},
    { fresh: { L: [{ S: 'tail' }] } },
  ],
  [
    'SET l[1] = :s',
    { l: { L: [{ S: 'x' }, { S: 's' }, { S: 'z' }] } },
    { l: { L: [{ S: 'y' }] } },
    { l: { L: [{ S: 's' }] } },
  ],
  ['SET l[9] = :s', { l: { L: [...l.L, { S: 's' }] } }, {}, {}],
  [
    'SET l[84] = :s, l[37] = :t, l[3] = :u',
    { l: { L: [...l.L, { S: 'u' }, { S: 't' }, { S: 's' }] } },
    {},
    { l: { L: [{ S: 'u' }] } },
  ],
  [
    'SET l[2] = l[0], l[0] = l[2]',
    { l: { L: [{ S: 'z' }, { S: 'y' }, { S: 'x' }] } },
    { l: { L: [{ S: 'x' }, { S: 'z' }] } },
    { l: { L: [{ S: 'z' }, { S: 'x' }] } },
  ],
  [
    'REMOVE l[0], l[1], l[7]',
    { l: { L: [{ S: 'z' }] } },
    { l: { L: [{ S: 'x' }, { S: 'y' }] } },
    { l: { L: [{ S: 'z' }] } },
  ],
  [
    'SET l[2] = :s, l[5] = :t REMOVE l[0]',
    { l: { L: [{ S: 'y' }, { S: 's' }, { S: 't' }] } },
    { l: { L: [{ S: 'x' }, { S: 'z' }] } },
    { l: { L: [{ S: 'y' }, { S: 't' }] } },
  ],
  ['REMOVE l[0], l[1], l[2]', { l: { L: [] } }, { l }, {}],
  [
    'SET m.s = :s',
    { m: { M: { ...m.M, s: { S: 's' } } } },
    { m: { M: { s: { S: 'in' } } } },
    { m: { M: { s: { S: 's' } } } },
  ],
  [
    'SET m.l[0].k = m.n',
    { m: { M: { ...m.M, l: { L: [{ M: { k: { N: '1' } } }] } } } },
    { m: { M: { l: { L: [{ M: { k: { S: 'deep' } } }] } } } },
    { m: { M: { l: { L: [{ M: { k: { N: '1' } } }] } } } },
  ],
  ['REMOVE m.s, absent1, m.absent1', { m: { M: { n: { N: '1' }, l: m.M.l } } }, { m: { M: { s: { S: 'in' } } } }, {}],
  ['REMOVE n', { n: undefined }, { n }, {}],
  [
    'ADD n :one, fresh :one, m.n :one',
    { n: { N: '6' }, fresh: { N: '1' }, m: { M: { ...m.M, n: { N: '2' } } } },
    { n, m: { M: { n: { N: '1' } } } },
    { n: { N: '6' }, fresh: { N: '1' }, m: { M: { n: { N: '2' } } } },
  ],
  ['ADD ss :ss', { ss: { SS: ['a', 'b', 'c'] } }, { ss }, { ss: { SS: ['a', 'b', 'c'] } }],
  [
    'ADD fresh :ns, m.x :bs',
    { fresh: { NS: ['1'] }, m: { M: { ...m.M, x: { BS: ['AQ=='] } } } },
    {},
    { fresh: { NS: ['1'] }, m: { M: { x: { BS: ['AQ=='] } } } },
  ],
  ['DELETE ss :ss', { ss: { SS: ['a'] } }, { ss }, { ss: { SS: ['a'] } }],
  ['DELETE ss :ab', { ss: undefined }, { ss }, {}],
  ['DELETE fresh :ss, m.x :ns', {}, {}, {}],
  ['SET pk = pk', {}, { pk }, { pk }],
];

/** A copy that compares by what it holds alone, without regard to prototypes. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

test('updates change an item as the reference says, and show what they touched', () => {
  for (const [text, changes, old, updated] of CASES) {
    const { item, touched } = applyUpdate(read(text), frozenItem);
    assert.deepEqual(plain(item), plain({ ...ITEM, ...changes }), text);
    assert.deepEqual(plain(projectItem(touched, frozenItem)), old, text);
    assert.deepEqual(plain(projectItem(touched, item)), updated, text);
  }
});

const INVALID_PATH = 'The document path provided in the update expression is invalid for update';
const ABSENT = 'The provided expression refers to an attribute that does not exist in the item';
const WRONG_TYPE = 'An operand in the update expression has an incorrect data type';
const OVERFLOW = 'Number overflow. Attempting to store a number with magnitude larger than supported range';

const ERRORS: readonly (readonly [text: string, error: string])[] = [
  ['SET x.y = :s', INVALID_PATH],
  ['SET m.x.y = :s', INVALID_PATH],
  ['SET x[0] = :s', INVALID_PATH],
  ['SET s.x = :s', INVALID_PATH],
  ['SET m[0] = :s', INVALID_PATH],
  ['SET l.x = :s', INVALID_PATH],
  ['SET l[7].x = :s', INVALID_PATH],
  ['SET l[0].a = :s, l[1].b = :t', INVALID_PATH],
  ['REMOVE x.y', INVALID_PATH],
  ['REMOVE s[0]', INVALID_PATH],
  ['ADD x.y :one', INVALID_PATH],
  ['DELETE x.y :ss', INVALID_PATH],
  ['SET fresh = x1', ABSENT],
  ['SET fresh = m.x', ABSENT],
  ['SET fresh = l[3]', ABSENT],
  ['SET x1 = x1 + :one', ABSENT],
  ['SET x1 = list_append(x1, :l)', ABSENT],
  ['SET fresh = if_not_exists(x1, x2)', ABSENT],
  ['SET s = s + :one', WRONG_TYPE],
  ['SET l = list_append(l, s)', WRONG_TYPE],
  ['SET n = if_not_exists(s, :one) - :one', WRONG_TYPE],
  ['ADD s :one', WRONG_TYPE],
  ['ADD n :ss', WRONG_TYPE],
  ['ADD ss :ns', WRONG_TYPE],
  ['ADD l :ss', WRONG_TYPE],
  ['DELETE ss :ns', WRONG_TYPE],
  ['DELETE n :ss', WRONG_TYPE],
  ['SET n = :big + :big', OVERFLOW],
];

test("updates that do not fit the item have DynamoDB's errors", () => {
  for (const [text, error] of ERRORS) {
    assert.throws(
      () => applyUpdate(read(text), frozenItem),
      (thrown) => thrown instanceof ApiError && thrown.name === 'ValidationException' && thrown.message === error,
      text,
    );
  }
});

test('what an update does not touch is shared with the item as it was', () => {
  const { item } = applyUpdate(read('SET m.s = :s, l[3] = :s'), frozenItem);
  assert.equal(item.ss, frozenItem.ss);
  assert.equal((item.m as { M: Item }).M.l, (frozenItem.m as { M: Item }).M.l);
  assert.equal((item.l as { L: AttributeValue[] }).L[1], (frozenItem.l as { L: AttributeValue[] }).L[1]);
});

test('an attribute called __proto__ is written like any other', () => {
  const { update } = readExpressions({
    UpdateExpression: 'SET #p = :v, m.#p = :v',
    ExpressionAttributeNames: { '#p': '__proto__' },
    ExpressionAttributeValues: { ':v': { S: 'x' } },
  });
  const { item } = applyUpdate(update as Update, parseItem({ m: { M: {} } }));
  assert.equal(JSON.stringify(item), '{"m":{"M":{"__proto__":{"S":"x"}}},"__proto__":{"S":"x"}}');
});

test('the attributes that an update writes are known', () => {
  assert.deepEqual(touchedAttributeNames(read('SET a.b = x, a.c = :s REMOVE l[1] ADD n :one DELETE ss :ss')), [
    'a',
    'l',
    'n',
    'ss',
  ]);
});

/** A value of the model: a list, a map, or a number. */
type Model = number | Model[] | Map<string, Model>;

function toModel(value: AttributeValue): Model {
  if ('L' in value) return value.L.map(toModel);
  if ('M' in value) return toModelMap(value.M);
  return Number((value as { N: string }).N);
}

function toModelMap(item: Item): Map<string, Model> {
  return new Map(Object.keys(item).map((name) => [name, toModel(item[name] as AttributeValue)]));
}

const REMOVED = Number.NaN;

/**
 * The update, action by action on a copy: what is removed from a list stays as a mark until all is done, so that
 * indexes keep their meaning. False where a path does not fit.
 */
function updateModel(root: Map<string, Model>, actions: readonly UpdateAction[], before: Map<string, Model>): boolean {
  const appends: { list: Model[]; index: number; value: Model }[] = [];
  for (const action of actions) {
    const path = action.path.path;
    const last = path.at(-1);
    const parent = path.slice(0, -1).reduce<Model | undefined>(childOf, root);
    const origin = path.slice(0, -1).reduce<Model | undefined>(childOf, before);
    const value =
      action.kind === 'remove' ? REMOVED : Number((action as { value: { value: { N: string } } }).value.value.N);
    if (parent instanceof Map && origin instanceof Map && typeof last === 'string') {
      if (action.kind === 'remove') parent.delete(last);
      else parent.set(last, value);
    } else if (Array.isArray(parent) && Array.isArray(origin) && typeof last === 'number') {
      if (last < origin.length) parent[last] = value;
      else if (action.kind !== 'remove') appends.push({ list: parent, index: last, value });
    } else {
      return false;
    }
  }
  for (const { list, value } of appends.toSorted((left, right) => left.index - right.index)) list.push(value);
  dropRemoved(root);
  return true;
}

function childOf(value: Model | undefined, element: string | number): Model | undefined {
  if (typeof element === 'number') return Array.isArray(value) ? value[element] : undefined;
  return value instanceof Map ? value.get(element) : undefined;
}

function dropRemoved(value: Model): void {
  if (typeof value === 'number') return;
  if (Array.isArray(value)) value.splice(0, value.length, ...value.filter((element) => !Number.isNaN(element)));
  for (const child of value.values()) dropRemoved(child);
}

const NAMES = ['a', 'b', 'c'];
const number = fc.nat({ max: 99 }).map((digits): AttributeValue => ({ N: String(digits) }));
const { map } = fc.letrec<{ value: AttributeValue; map: AttributeValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    number,
    fc.array(tie('value'), { maxLength: 4 }).map((elements): AttributeValue => ({ L: elements })),
    tie('map'),
  ),
  map: fc.tuple(...NAMES.map(() => fc.option(tie('value'), { nil: undefined }))).map((values): AttributeValue => {
    const attributes = emptyItem();
    for (const [i, value] of values.entries()) if (value !== undefined) attributes[NAMES[i] as string] = value;
    return { M: attributes };
  }),
}));
const updatePath: fc.Arbitrary<DocumentPath> = fc
  .tuple(fc.constantFrom(...NAMES), fc.array(fc.oneof(fc.constantFrom(...NAMES), fc.nat({ max: 5 })), { maxLength: 3 }))
  .map(([first, rest]) => [first, ...rest]);
const updates: fc.Arbitrary<readonly UpdateAction[]> = fc
  .array(fc.tuple(updatePath, fc.option(number, { nil: undefined })), { minLength: 1, maxLength: 6 })
  .map((entries) =>
    entries
      .filter(([path], i) => entries.slice(0, i).every(([earlier]) => comparePaths(earlier, path) === 'apart'))
      .map(([path, value]): UpdateAction => {
        const target = { kind: 'path' as const, path };
        return value === undefined
          ? { kind: 'remove', path: target }
          : { kind: 'set', path: target, value: { kind: 'value', value } };
      }),
  );

const TOO_LARGE = { message: 'Item size to update has exceeded the maximum allowed size' };

function listAppends(leaf: string, depth: number): string {
  return depth === 0 ? leaf : `list_append(${listAppends(leaf, depth - 1)},l)`;
}

function applyText(text: string, item: Item, values?: Record<string, unknown>): Item {
  const parameters = { UpdateExpression: text, ...(values && { ExpressionAttributeValues: values }) };
  return applyUpdate(readExpressions(parameters).update as Update, item).item;
}

test('list_append of many lists joins them in order, whatever way the calls nest', () => {
  const item = parseItem({ a: { L: [{ N: '1' }] }, l: { L: [{ N: '2' }, { N: '3' }] } });
  const z = applyText(`SET z = ${listAppends('a', 250)}`, item).z as { L: readonly AttributeValue[] };
  assert.equal(z.L.length, 501);
  assert.deepEqual(z.L.slice(0, 4), [{ N: '1' }, { N: '2' }, { N: '3' }, { N: '2' }]);
  assert.deepEqual(
    applyText('SET z = list_append(list_append(l,a),if_not_exists(y,list_append(a,if_not_exists(a,l))))', item).z,
    parseItem({ z: { L: [2, 3, 1, 1, 1].map((n) => ({ N: String(n) })) } }).z,
  );
});

test('what an update writes may be as large as an item, and is an error from the first byte more', () => {
  // A list of nulls has 3 bytes and 2 for each; what is added here fills the rest.
  const half = { L: Array.from({ length: 102_000 }, () => ({ NULL: true })) };
  const item = parseItem({ l: half, s: { S: 'x'.repeat(204_800) }, t: { S: 'y' }, tags: { SS: ['a'] } });
  const rest = (sizeBytes: number) => ({ ':v': { S: 'v'.repeat(sizeBytes) } });
  assert.equal((applyText('SET z = list_append(l,l), y = :v', item, rest(1_597)).z as { L: [] }).L.length, 204_000);
  assert.throws(() => applyText('SET z = list_append(l,l), y = :v', item, rest(1_598)), TOO_LARGE);
  assert.deepEqual(Object.keys(applyText('SET y = s, z = s', item)), [...Object.keys(item), 'y', 'z']);
  assert.throws(() => applyText('SET y = s, z = s, x = t', item), TOO_LARGE);
  const set = (sizeBytes: number) => ({ ':v': { SS: ['b'.repeat(sizeBytes), 'a'] } });
  assert.deepEqual(applyText('ADD tags :v', item, set(409_599)).tags, { SS: ['a', 'b'.repeat(409_599)] });
  assert.throws(() => applyText('ADD tags :v', item, set(409_600)), TOO_LARGE);
});

test('an update that would write more than an item ends without reading the rest of what it appends', () => {
  let reads = 0;
  const nulls = Array.from({ length: 1_000 }, () => ({ NULL: true }) as const);
  const elements = new Proxy(nulls, {
    get(target, property, receiver) {
      reads++;
      return Reflect.get(target, property, receiver) as unknown;
    },
  });
  const item = { l: { L: elements } };
  const list = (count: number) => listAppends('l', count - 1);
  assert.throws(() => applyText(`SET y = ${list(140)}, z = ${list(100)}`, item), TOO_LARGE);
  assert.ok(reads > 200_000 && reads < 2_000_000, `${reads} reads`);
  reads = 0;
  assert.throws(() => applyText(`SET ${Array.from({ length: 500 }, (_, i) => `a${i}=l`).join()}`, item), TOO_LARGE);
  assert.ok(reads > 200_000 && reads < 2_000_000, `${reads} reads`);
});

test('random updates do what a plain model does', () => {
  let applied = 0;
  fc.assert(
    fc.property(map, updates, (root, actions) => {
      const item = freeze((root as { M: Item }).M);
      const model = toModelMap(item);
      if (updateModel(model, actions, toModelMap(item))) {
        assert.deepEqual(toModelMap(applyUpdate({ kind: 'update', actions }, item).item), model);
        applied++;
      } else {
        assert.throws(() => applyUpdate({ kind: 'update', actions }, item), { message: INVALID_PATH });
      }
    }),
    { numRuns: 1_000 },
  );
  assert.ok(applied > 100, 'the property saw updates that apply');
});
