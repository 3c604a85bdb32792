import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFilterPattern } from './filter-pattern.ts';

/** Source: "Filter rule syntax" in the Lambda developer guide. */
const PATTERNS = [
  { a: [null] },
  { a: [''] },
  { a: [1, 'x', true] },
  { a: [{ exists: true }] },
  { a: [{ prefix: '' }, { suffix: 'x' }, { 'equals-ignore-case': 'y' }] },
  { a: [{ 'anything-but': ['x', 1] }] },
  { a: [{ numeric: ['=', 1] }] },
  { a: [{ numeric: ['>=', -1.5, '<', 2] }] },
  { a: { b: { c: ['x'] } } },
  { $or: [{ a: [1] }, { b: [2] }] },
];

const REFUSED = [
  null,
  1,
  [],
  {},
  { a: 1 },
  { a: 'x' },
  { a: null },
  { a: [] },
  { a: {} },
  { a: [[]] },
  { a: [{}] },
  { a: [{ exists: 1 }] },
  { a: [{ prefix: 1 }] },
  { a: [{ prefix: 'x', suffix: 'y' }] },
  { a: [{ unknown: 'x' }] },
  { a: [{ 'anything-but': [] }] },
  { a: [{ 'anything-but': { x: 1 } }] },
  { a: [{ numeric: [] }] },
  { a: [{ numeric: ['=', '1'] }] },
  { a: [{ numeric: ['==', 1] }] },
  { a: [{ numeric: ['>', 1, '<'] }] },
  { a: [{ numeric: 1 }] },
  { $or: [{ a: [1] }] },
  { $or: [{ a: [1] }, 2] },
];

test('patterns are told from what is none', () => {
  for (const pattern of PATTERNS) assert.ok(isFilterPattern(JSON.stringify(pattern)), JSON.stringify(pattern));
  for (const pattern of REFUSED) assert.ok(!isFilterPattern(JSON.stringify(pattern)), JSON.stringify(pattern));
  assert.ok(!isFilterPattern('{"a":[1]'));
  assert.ok(!isFilterPattern(''));
});

test('nesting has an end', () => {
  const nest = (levels: number): string => `${'{"a":'.repeat(levels)}[1]${'}'.repeat(levels)}`;
  assert.ok(isFilterPattern(nest(100)));
  assert.ok(!isFilterPattern(nest(800)));
});
