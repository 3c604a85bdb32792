import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { decodeShardIterator, encodeShardIterator, type ShardIterator } from './shard-iterator.ts';

const ARN = 'arn:aws:dynamodb:us-east-1:000000000000:table/t.a-b_c/stream/2026-11-22T22:59:28.061';

const anyIterator: fc.Arbitrary<ShardIterator> = fc.record(
  {
    streamArn: fc.constantFrom(ARN, ARN.replace('t.a-b_c', 'x'.repeat(255))),
    shard: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
    position: fc.oneof(fc.constant('horizon' as const), fc.bigInt({ min: 0n, max: 2n ** 62n })),
    issuedAtMs: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
  },
  { noNullPrototype: true },
);

test('an iterator comes back as it was, in the length that the service model allows', () => {
  fc.assert(
    fc.property(anyIterator, (iterator) => {
      const text = encodeShardIterator(iterator);
      assert.ok(text.length <= 2_048);
      assert.deepEqual(decodeShardIterator(text), iterator);
    }),
  );
});

test('an iterator that was changed anywhere, cut off or put together is none', () => {
  const text = encodeShardIterator({ streamArn: ARN, shard: 3, position: 42n, issuedAtMs: 1_700_000_000_123 });
  fc.assert(
    fc.property(
      fc.nat({ max: text.length - 1 }),
      fc.constantFrom('A', 'B', '/', '|', '=', '0', 'é'),
      (at, character) => {
        const changed = text.slice(0, at) + character + text.slice(at + 1);
        if (changed === text) return;
        assert.equal(decodeShardIterator(changed), undefined, changed);
      },
    ),
  );
  for (let length = 0; length < text.length; length++)
    assert.equal(decodeShardIterator(text.slice(0, length)), undefined);
  for (const garbage of ['', 'x', `${text}A`, ` ${text}`, `${ARN}|1|`, `${ARN}|1|${'A'.repeat(36)}`, `${ARN}|2|AAAA`]) {
    assert.equal(decodeShardIterator(garbage), undefined, garbage);
  }
});
