import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { packEntries, packedSizeBytes, unpackEntries } from './packed-entries.ts';

test('lengths stand before keys and values', () => {
  const entry = { key: Uint8Array.of(7, 8), value: Uint8Array.of(9) };
  assert.deepEqual(packEntries([entry]), Uint8Array.of(0, 0, 0, 2, 7, 8, 0, 0, 0, 1, 9));
  assert.equal(packedSizeBytes(entry), 11);
});

test('what is packed is unpacked, also from the middle of a larger array', () => {
  const bytes = fc.uint8Array({ maxLength: 40 });
  const entries = fc.array(fc.record({ key: bytes, value: bytes }, { noNullPrototype: true }), { maxLength: 20 });
  fc.assert(
    fc.property(entries, (given) => {
      const packed = packEntries(given);
      assert.equal(packed.buffer.byteLength, packed.length);
      assert.deepEqual(unpackEntries(packed), given);
      assert.deepEqual(unpackEntries(Uint8Array.of(1, ...packed, 2).subarray(1, -1)), given);
    }),
  );
});

test('entries that differ anywhere are packed otherwise', () => {
  const [a, b, ab, none] = ['a', 'b', 'ab', ''].map((text) => new TextEncoder().encode(text));
  assert.ok(a && b && ab && none);
  const packed = [
    [],
    [{ key: a, value: b }],
    [{ key: b, value: a }],
    [{ key: ab, value: none }],
    [{ key: none, value: ab }],
    [
      { key: a, value: none },
      { key: b, value: none },
    ],
  ].map((entries) => Buffer.from(packEntries(entries)).toString('hex'));
  assert.equal(new Set(packed).size, packed.length);
});
