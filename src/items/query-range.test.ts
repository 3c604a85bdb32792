import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareBytes } from '../values/key-encoding.ts';
import { segmentRange } from './query-range.ts';

test('segments lie side by side over the whole hash space, however many there are', () => {
  for (const totalSegments of [1, 2, 3, 7, 1_000, 1_000_000]) {
    let end: Uint8Array | undefined;
    for (let segment = 0; segment < totalSegments; segment++) {
      const { from, before } = segmentRange(segment, totalSegments);
      if (from !== undefined && before !== undefined && compareBytes(from, before) >= 0)
        assert.fail('no hashes at all');
      if (segment > 0 && (from === undefined || end === undefined || compareBytes(from, end) !== 0)) {
        assert.fail(`segment ${segment} of ${totalSegments} does not start where the one before it ends`);
      }
      if (segment === 0) assert.equal(from, undefined);
      end = before;
    }
    assert.equal(end, undefined);
  }
});
