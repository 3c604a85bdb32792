/** The checker tells good histories from bad ones, each of which is made by hand. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Operation, Outcome, Request } from './history.ts';
import type { Action, Condition, HotItem, ItemState } from './items.ts';
import { checkHistory } from './steps.ts';

const itemOf = (...log: string[]): HotItem => ({ tag: log.at(-1) ?? '', n: log.length - 1, log });
const INITIAL = new Map<string, ItemState>([
  ['x', itemOf('x0')],
  ['y', itemOf('y0')],
  ['z', undefined],
]);

type Span = readonly [invokedMs: number, returnedMs: number];

let client = 0;
const operation = ([invokedMs, returnedMs]: Span, request: Request, outcome: Outcome): Operation => ({
  client: ++client,
  request,
  invokedMs,
  returnedMs,
  outcome,
});
const DONE: Outcome = { kind: 'written' };
const UNKNOWN: Outcome = { kind: 'unknown' };
const put = (name: string, tag: string, condition?: Condition): Action => ({ kind: 'put', name, tag, condition });
const update = (name: string, tag: string, condition?: Condition): Action => ({ kind: 'update', name, tag, condition });
const check = (name: string, condition: Condition): Action => ({ kind: 'check', name, condition });
const remove = (name: string): Action => ({ kind: 'delete', name });
const get = (span: Span, name: string, item: ItemState) =>
  operation(span, { kind: 'GetItem', name }, { kind: 'read', items: [item] });
const read = (span: Span, kind: 'TransactGetItems' | 'Query' | 'BatchGetItem', items: Record<string, ItemState>) =>
  operation(span, { kind, names: Object.keys(items) }, { kind: 'read', items: Object.values(items) });
const write = (span: Span, action: Action, outcome: Outcome = DONE, returnValues?: 'ALL_OLD' | 'ALL_NEW') =>
  operation(span, { kind: 'Write', action, returnValues, returnsItemOnFailure: true }, outcome);
const transact = (span: Span, actions: readonly Action[], outcome: Outcome = DONE) =>
  operation(
    span,
    { kind: 'TransactWriteItems', actions, token: 'token', returnsItemsOnFailure: true, isTwin: false },
    outcome,
  );
const failed = (...items: (ItemState | 'none')[]): Outcome => ({
  kind: 'failed',
  reasons: items.map((item) => (item === 'none' ? { isFailed: false } : { isFailed: true, shown: { item } })),
});
const tagIs = (tag: string): Condition => ({ kind: 'tagIs', tag });

const GOOD: Record<string, readonly Operation[]> = {
  'one after the other': [
    write([1, 2], put('x', 'a')),
    get([3, 4], 'x', itemOf('a')),
    transact([5, 6], [update('x', 'b'), remove('y'), put('z', 'b')]),
    read([7, 8], 'TransactGetItems', { x: itemOf('a', 'b'), y: undefined, z: itemOf('b') }),
  ],
  'a read that meets a write sees it or not': [
    write([1, 9], put('x', 'a')),
    get([2, 3], 'x', itemOf('x0')),
    get([4, 5], 'x', itemOf('a')),
  ],
  'blind writes that meet, in the order of their returns': [
    write([1, 5], put('x', 'a')),
    write([2, 4], put('x', 'b')),
    get([6, 7], 'x', itemOf('a')),
  ],
  'blind writes that meet, in the other order': [
    write([1, 5], put('x', 'a')),
    write([2, 4], put('x', 'b')),
    get([6, 7], 'x', itemOf('b')),
  ],
  'a write without an answer that was never done': [
    write([1, 2], put('x', 'a'), UNKNOWN),
    get([3, 4], 'x', itemOf('x0')),
  ],
  'a write without an answer that is done later': [
    write([1, 2], update('x', 'a'), UNKNOWN),
    get([3, 4], 'x', itemOf('x0')),
    get([5, 6], 'x', itemOf('x0', 'a')),
  ],
  'a deletion without an answer that is done later': [
    write([1, 2], remove('x'), UNKNOWN),
    write([3, 4], update('x', 'a')),
    get([5, 6], 'x', itemOf('x0', 'a')),
    get([7, 8], 'x', undefined),
  ],
  'a Query that sees one half of a transaction': [
    transact([1, 5], [update('x', 'a'), update('y', 'a')]),
    read([2, 6], 'Query', { x: itemOf('x0'), y: itemOf('y0', 'a') }),
  ],
  'a transaction that was cancelled, and shows what was there': [
    transact([1, 2], [put('x', 'a', tagIs('y')), update('y', 'a')], failed(itemOf('x0'), 'none')),
    read([3, 4], 'TransactGetItems', { x: itemOf('x0'), y: itemOf('y0') }),
  ],
  'one of two that lock the same version': [
    write([1, 5], update('x', 'a', tagIs('x0'))),
    write([1, 5], update('x', 'b', tagIs('x0')), failed(itemOf('x0', 'a'))),
  ],
  'a counter that returns what it was and what it is': [
    write([1, 5], update('x', 'a'), { kind: 'written', after: { item: itemOf('x0', 'b', 'a') } }, 'ALL_NEW'),
    write([1, 5], update('x', 'b'), { kind: 'written', before: { item: itemOf('x0') } }, 'ALL_OLD'),
  ],
};

const BAD: Record<string, readonly Operation[]> = {
  'a lost update': [
    write([1, 5], update('x', 'a')),
    write([2, 6], update('x', 'b')),
    get([7, 8], 'x', itemOf('x0', 'b')),
  ],
  'a lost update between versions that were locked': [
    write([1, 5], put('x', 'a', tagIs('x0'))),
    write([2, 6], put('x', 'b', tagIs('x0'))),
  ],
  'two that each replace the same item': [
    write([1, 5], put('x', 'a'), { kind: 'written', before: { item: itemOf('x0') } }, 'ALL_OLD'),
    write([2, 6], put('x', 'b'), { kind: 'written', before: { item: itemOf('x0') } }, 'ALL_OLD'),
  ],
  'a lost insert': [write([1, 2], put('z', 'a')), get([3, 4], 'z', undefined)],
  'a write skew': [
    transact([1, 5], [check('x', tagIs('x0')), update('y', 'a')]),
    transact([2, 6], [check('y', tagIs('y0')), update('x', 'b')]),
  ],
  'a fractured read': [
    transact([1, 5], [update('x', 'a'), update('y', 'a')]),
    read([2, 6], 'TransactGetItems', { x: itemOf('x0'), y: itemOf('y0', 'a') }),
  ],
  'a transaction of which one half is done': [
    transact([1, 2], [update('x', 'a'), update('y', 'a')]),
    get([3, 4], 'x', itemOf('x0', 'a')),
    get([3, 4], 'y', itemOf('y0')),
  ],
  'a transaction without an answer of which one half is done': [
    transact([1, 2], [update('x', 'a'), update('y', 'a')], UNKNOWN),
    get([3, 4], 'x', itemOf('x0', 'a')),
    get([5, 6], 'y', itemOf('y0')),
  ],
  'a long fork': [
    write([1, 9], update('x', 'a')),
    write([1, 9], update('y', 'b')),
    read([2, 8], 'TransactGetItems', { x: itemOf('x0', 'a'), y: itemOf('y0') }),
    read([2, 8], 'TransactGetItems', { x: itemOf('x0'), y: itemOf('y0', 'b') }),
  ],
  'a stale read': [write([1, 2], put('x', 'a')), get([3, 4], 'x', itemOf('x0'))],
  'a stale read of an item in a Query': [
    write([1, 2], put('x', 'a')),
    read([3, 4], 'Query', { x: itemOf('x0'), y: itemOf('y0') }),
  ],
  'reads that go back': [write([1, 9], put('x', 'a')), get([2, 3], 'x', itemOf('a')), get([4, 5], 'x', itemOf('x0'))],
  'a read of what nobody has written yet': [get([1, 2], 'x', itemOf('a')), write([3, 4], put('x', 'a'))],
  'an aborted read': [
    transact([1, 2], [put('x', 'a'), put('y', 'a', tagIs('y'))], failed('none', itemOf('y0'))),
    get([3, 4], 'x', itemOf('a')),
  ],
  'a read of what was refused': [write([1, 2], put('x', 'a'), { kind: 'refused' }), get([3, 4], 'x', itemOf('a'))],
  'an update that was done twice': [write([1, 2], update('x', 'a')), get([3, 4], 'x', itemOf('x0', 'a', 'a'))],
  'an update without an answer that was done twice': [
    write([1, 2], update('x', 'a'), UNKNOWN),
    get([3, 4], 'x', itemOf('x0', 'a', 'a')),
  ],
  'an update that was done again after a deletion': [
    write([1, 2], update('x', 'a')),
    write([3, 4], remove('x')),
    get([5, 6], 'x', itemOf('a')),
  ],
  'a condition that was false': [write([1, 2], put('x', 'a', { kind: 'missing' }))],
  'a condition that was true': [write([1, 2], put('x', 'a', { kind: 'exists' }), failed(itemOf('x0')))],
  'a failed condition with an item that was long gone': [
    write([1, 2], put('x', 'a')),
    write([3, 4], put('x', 'b', { kind: 'missing' }), failed(itemOf('x0'))),
  ],
  'a reason with an item that never was': [
    transact([1, 2], [put('x', 'a', tagIs('y'))], failed({ ...itemOf('x0'), n: 7 })),
  ],
  'reasons of different moments': [
    transact([1, 5], [update('x', 'a'), update('y', 'a')]),
    transact([2, 6], [put('x', 'b', tagIs('?')), put('y', 'b', tagIs('?'))], failed(itemOf('x0'), itemOf('y0', 'a'))),
  ],
  'a cancelled transaction without a reason for an action that has one': [
    transact([1, 2], [put('x', 'a', tagIs('?')), put('y', 'a', tagIs('?'))], failed(itemOf('x0'), 'none')),
  ],
};

describe('the checker explains', () => {
  for (const [name, operations] of Object.entries(GOOD)) {
    test(name, () => {
      const verdict = checkHistory({ initial: INITIAL, operations });
      assert.equal(verdict.kind, 'explained', JSON.stringify(verdict));
    });
  }
});

describe('the checker finds', () => {
  for (const [name, operations] of Object.entries(BAD)) {
    test(name, () => {
      assert.equal(checkHistory({ initial: INITIAL, operations }).kind, 'unexplained');
    });
  }

  test('a Query that is not one snapshot, if asked to', () => {
    const operations = GOOD['a Query that sees one half of a transaction'] as readonly Operation[];
    assert.equal(checkHistory({ initial: INITIAL, operations }, { whole: true }).kind, 'unexplained');
  });
});

test('the checker says where it stands, and when it gives up', () => {
  const operations = BAD['a write skew'] as readonly Operation[];
  const verdict = checkHistory({ initial: INITIAL, operations });
  assert.ok(verdict.kind === 'unexplained');
  assert.match(verdict.report, /no order was found beyond 0 steps[^]*x: x0 n=0 - \[x0\][^]*check x if tagIs x0/);
  assert.equal(checkHistory({ initial: INITIAL, operations }, { configurationsMax: 0 }).kind, 'undecided');
});
