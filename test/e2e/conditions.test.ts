/** What conditions mean, in filters and writes alike. Source: "Comparison operator and function reference" in the developer guide. */
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { useServer } from './server.ts';

const server = useServer();
const KEY = { pk: { S: 'key' }, sk: { N: '1' } };
const ITEM = {
  ...KEY,
  s: { S: 'hello' },
  utf16: { S: 'é𝄞' },
  n: { N: '10' },
  big: { N: '12345678901234567890123456789012345678' },
  b: { B: 'AQL/' },
  yes: { BOOL: true },
  off: { BOOL: false },
  nothing: { NULL: true },
  ss: { SS: ['x', 'yy', ''] },
  ns: { NS: ['1', '2.50'] },
  bs: { BS: ['AQ==', 'Ag=='] },
  l: { L: [{ S: 'x' }, { M: { k: { N: '1' } } }, { L: [] }] },
  m: { M: { k: { S: 'v' }, j: { L: [{ N: '7' }] } } },
  blank: { S: '' },
  high: { B: '/w==' },
};

const VALUES: Readonly<Record<string, object>> = {
  ':x': { S: 'x' },
  ':he': { S: 'he' },
  ':ell': { S: 'ell' },
  ':none': { S: '' },
  ':v': { S: 'v' },
  ':ten': { N: '1E1' },
  ':nine': { N: '9' },
  ':big': { N: '12345678901234567890123456789012345677' },
  ':zero': { N: '0' },
  ':two': { N: '2' },
  ':three': { N: '3' },
  ':half': { N: '2.5' },
  ':b1': { B: 'AQ==' },
  ':b12': { B: 'AQI=' },
  ':b2f': { B: 'Av8=' },
  ':b127': { B: 'AX8=' },
  ':set': { SS: ['', 'yy', 'x'] },
  ':numbers': { NS: ['2.5', '1.0'] },
  ':map': { M: { k: { N: '1.0' } } },
  ':true': { BOOL: true },
  ':null': { NULL: true },
  ':L': { S: 'L' },
  ':S': { S: 'S' },
  ':NULL': { S: 'NULL' },
};

let table = '';
beforeEach(async () => {
  table = await server.createTable();
  await server.call('PutItem', { TableName: table, Item: ITEM });
});

/** Whether an item meets `condition`, as a filter, as the condition of a write and in a transaction: all the same. */
async function holds(condition: string, Key: object = KEY): Promise<boolean> {
  const used = Object.entries(VALUES).filter(([key]) => new RegExp(`${key}\\b`).test(condition));
  const common = {
    TableName: table,
    ...(used.length > 0 && { ExpressionAttributeValues: Object.fromEntries(used) }),
  };
  const check = { ...common, Key, ConditionExpression: condition };
  const checked = await server.call('TransactWriteItems', { TransactItems: [{ ConditionCheck: check }] });
  const written = await server.call('UpdateItem', check);
  const isMet = written.status === 200;
  assert.equal(checked.status === 200, isMet, condition);
  if (!isMet) {
    assert.match(String(written.body['__type']), /#ConditionalCheckFailedException$/, String(written.body['message']));
    assert.match(String(checked.body['Message']), /\[ConditionalCheckFailed\]$/);
  }
  if (Key === KEY) {
    const scanned = await server.call('Scan', { ...common, FilterExpression: condition });
    assert.deepEqual([scanned.body['Count'], scanned.body['ScannedCount']], [isMet ? 1 : 0, 1], condition);
  }
  return isMet;
}

const TRUE: Readonly<Record<string, readonly string[]>> = {
  comparisons: [
    'n = :ten AND n >= :ten AND n <= :ten AND n > :nine AND NOT n < :nine AND n <> :nine',
    's > :he AND s >= :he AND :he < s',
    'blank = :none AND s > :none',
    'big > :big',
    'b > :b12 AND b < :b127 AND :b12 < b AND high > :b127',
    'ss = :set AND ns = :numbers AND l[1] = :map',
    'nothing = :null AND yes = :true AND off <> :true',
    's <> n AND s <> absent AND absent <> s',
    'pk <> sk AND m.j[0] > :two',
  ],
  'BETWEEN and IN': [
    'n BETWEEN :nine AND :ten AND n BETWEEN :ten AND :ten',
    ':ten BETWEEN :nine AND n',
    's BETWEEN :he AND :x AND s BETWEEN :ell AND :x',
    's IN (absent, n, :x, s2) OR n IN (:nine, :ten)',
    'ss IN (:x, :set) AND l[0] IN (:x)',
  ],
  functions: [
    'attribute_exists(m.k) AND attribute_exists(nothing) AND attribute_exists(l[2])',
    'attribute_not_exists(m.x) AND attribute_not_exists(s.k) AND attribute_not_exists(l[3]) AND attribute_not_exists(l.k)',
    'attribute_type(l, :L) AND attribute_type(nothing, :NULL) AND attribute_type(m.k, :S)',
    'begins_with(s, :he) AND begins_with(b, :b1) AND begins_with(s, :none) AND begins_with(:x, :x)',
    'contains(s, :ell) AND contains(ss, :x) AND contains(ss, :none) AND contains(ns, :half) AND contains(bs, :b1)',
    'contains(b, :b2f) AND contains(l, :x) AND contains(l, :map) AND contains(m.k, :v)',
    'size(b) = :three AND size(ss) = :three AND size(ns) = :two AND size(l) = :three AND size(m) = :two',
    // In UTF-16 units: https://github.com/ExtendDB/extenddb/issues/60
    'size(utf16) = :three AND size(blank) = :zero AND size(l[2]) = :zero',
    'size(:x) < size(s)',
  ],
  'precedence of NOT over AND over OR': [
    's = :x AND s = :x OR n = :ten',
    'n = :ten OR s = :x AND s = :x',
    'NOT s = :x AND n = :ten',
    'NOT (s = :x AND n = :ten)',
    'NOT s = :x OR s = :x',
    'not s = :x and n between :nine and :ten or s = :x',
  ],
};

const FALSE: Readonly<Record<string, readonly string[]>> = {
  comparisons: [
    'absent = :x',
    'absent = absent2',
    'absent < :x OR absent >= :x',
    'n < :x OR n > :x OR n = :x',
    'yes > s OR yes < s',
    's <= l OR ss >= ns',
    'big = :big',
  ],
  'BETWEEN and IN': [
    'absent BETWEEN :nine AND :ten',
    's BETWEEN :nine AND :ten',
    'n BETWEEN :nine AND absent',
    'absent IN (absent2, :x)',
    'ss IN (:x)',
  ],
  functions: [
    'begins_with(s, :ell) OR begins_with(n, :x) OR begins_with(absent, :he) OR begins_with(b, :he)',
    'contains(ss, :ten) OR contains(n, :ten) OR contains(ns, :two) OR contains(s, n) OR contains(b, :he)',
    'contains(m, :v) OR contains(absent, :x) OR contains(ss, :ell)',
    'attribute_type(absent, :L) OR attribute_type(s, :L)',
    'size(n) = :two OR size(n) <> :two AND attribute_exists(absent)',
    'size(yes) >= :zero OR size(nothing) >= :zero OR size(absent) >= :zero',
  ],
  'precedence of NOT over AND over OR': ['(n = :ten OR s = :x) AND s = :x', 'NOT n = :ten AND s = :x OR s = :x'],
};

for (const [subject, conditions] of Object.entries(TRUE)) {
  describe(subject, () => {
    for (const condition of conditions) {
      test(`true: ${condition}`, async () => assert.equal(await holds(condition), true));
    }
    for (const condition of FALSE[subject] ?? []) {
      test(`false: ${condition}`, async () => assert.equal(await holds(condition), false));
    }
  });
}

test('a missing item has no attributes, its key neither', async () => {
  const missing = { pk: { S: 'other' }, sk: { N: '1' } };
  for (const condition of ['attribute_exists(pk)', 'pk = :x', 'size(pk) >= :zero', 'NOT s <> :x']) {
    assert.equal(await holds(condition, missing), false, condition);
  }
  assert.equal(await holds('attribute_not_exists(pk) AND s <> :x', missing), true);
});
