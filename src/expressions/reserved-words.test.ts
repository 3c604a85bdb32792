import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isReservedWord } from './reserved-words.ts';

test('reserved words are known in any case, and nothing else is', () => {
  for (const word of ['ABORT', 'zone', 'Name', 'STATUS', 'ttl', 'Year', 'SIZE', 'hash'])
    assert.ok(isReservedWord(word), word);
  for (const word of ['', 'names2', 'pk', 'sk', 'email', 'constructor2', '__proto__', 'ABORTS']) {
    assert.ok(!isReservedWord(word), word);
  }
});
