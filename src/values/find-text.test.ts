import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { includesText } from './find-text.ts';

test('a part of a long text is found where the text has it', () => {
  const letters = (maxLength: number) => fc.string({ unit: fc.constantFrom('a', 'a', 'b'), maxLength });
  fc.assert(
    fc.property(letters(12), letters(12), letters(12), (before, part, after) => {
      // Long enough to be past the engine's own search; `c` stands nowhere in the part.
      const filler = 'aabaac'.repeat(150_000);
      const long = 'c'.repeat(3) + part;
      assert.equal(includesText(filler + before + long + after, long), true);
      assert.equal(includesText(filler + before + after, long), (filler + before + after).includes(long));
      assert.equal(includesText(before + after, part), (before + after).includes(part));
    }),
    { numRuns: 30 },
  );
});

test('a text is found at either end, and not where it is cut off', () => {
  const part = `${'a'.repeat(2_000)}b${'a'.repeat(2_000)}`;
  assert.equal(includesText(part + 'a'.repeat(9_000), part), true);
  assert.equal(includesText('a'.repeat(9_000) + part, part), true);
  assert.equal(includesText('a'.repeat(9_000) + part.slice(0, -1), part), false);
  assert.equal(includesText(part.slice(1) + 'a'.repeat(9_000), part), false);
});
