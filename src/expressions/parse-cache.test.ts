import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCachedParser } from './parse-cache.ts';
import { parseProjection } from './parse-projection.ts';

function createCountingParser() {
  const parsed: string[] = [];
  const parse = createCachedParser('ProjectionExpression', (cursor) => {
    parsed.push(cursor.text);
    return parseProjection(cursor);
  });
  return { parse, parsed };
}

test('a text is parsed once, its error too', () => {
  const { parse, parsed } = createCountingParser();
  assert.equal(parse('a, b'), parse('a, b'));
  assert.throws(() => parse('a b'), { message: 'Invalid ProjectionExpression: Syntax error; token: "b", near: "a b"' });
  assert.throws(() => parse('a b'), { message: 'Invalid ProjectionExpression: Syntax error; token: "b", near: "a b"' });
  assert.deepEqual(parsed, ['a, b', 'a b']);
});

test('the oldest texts are forgotten, by number and by length', () => {
  const { parse, parsed } = createCountingParser();
  parse('oldest');
  for (let i = 0; i < 1_000; i++) parse(`a${i}`);
  parse('a999');
  parse('oldest');
  assert.equal(parsed.length, 1_002);
  for (let i = 0; i < 50; i++) parse(`b${i}${'c'.repeat(4_000)}`);
  parse('a999');
  assert.equal(parsed.length, 1_053);
});
