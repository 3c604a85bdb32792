import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { formatSequenceNumber, formatShardId, parseSequenceNumber, parseShardId } from './sequence-number.ts';

const shard = fc.integer({ min: 1, max: 2 ** 32 - 1 });
const sequence = fc.bigInt({ min: 1n, max: 2n ** 62n });

describe('a sequence number', () => {
  test('says its shard and its sequence', () => {
    assert.equal(formatSequenceNumber(7, 42n), '700000000000000000042');
    fc.assert(
      fc.property(shard, sequence, (number, place) => {
        const text = formatSequenceNumber(number, place);
        // Source: SequenceNumber in the service model.
        assert.match(text, /^\d{21,40}$/);
        assert.deepEqual(parseSequenceNumber(text), { shard: number, sequence: place });
      }),
    );
  });

  test('rises with the sequence, and from a shard to its children, which have higher numbers', () => {
    const place = fc.tuple(shard, sequence);
    fc.assert(
      fc.property(place, place, ([shardA, a], [shardB, b]) => {
        const isBefore = shardA < shardB || (shardA === shardB && a < b);
        assert.equal(BigInt(formatSequenceNumber(shardA, a)) < BigInt(formatSequenceNumber(shardB, b)), isBefore);
      }),
    );
  });

  test('is nothing else', () => {
    const texts = ['', '1', '0'.repeat(21), `0${'1'.repeat(21)}`, 'x'.repeat(21), ` ${'1'.repeat(21)}`, '1'.repeat(41)];
    for (const text of [...texts, '9'.repeat(40), `-${'1'.repeat(21)}`, `1e${'1'.repeat(20)}`]) {
      assert.equal(parseSequenceNumber(text), undefined, text);
    }
  });
});

describe('a shard id', () => {
  test('says when its shard was opened, and its number', () => {
    const id = 'shardId-00000001795392000123-0000002a';
    assert.equal(formatShardId({ shard: 42, openedAtMs: 1_795_392_000_123 }), id);
    assert.deepEqual(parseShardId(id), { shard: 42, openedAtMs: 1_795_392_000_123 });
    fc.assert(
      fc.property(shard, fc.nat({ max: Number.MAX_SAFE_INTEGER }), (number, openedAtMs) => {
        const text = formatShardId({ shard: number, openedAtMs });
        // Source: ShardId in the service model.
        assert.ok(text.length >= 28 && text.length <= 65);
        assert.deepEqual(parseShardId(text), { shard: number, openedAtMs });
      }),
    );
  });

  test('is nothing else', () => {
    const id = 'shardId-00000001795392000123-0000002a';
    for (const text of ['', id.slice(1), `${id}0`, id.toUpperCase(), id.replace('-0000002a', ''), ` ${id}`]) {
      assert.equal(parseShardId(text), undefined, text);
    }
  });
});
