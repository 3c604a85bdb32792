import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { ApiError } from '../foundation/errors.ts';
import { LIMITS } from '../foundation/limits.ts';
import { canonicalItem } from '../values/arbitraries.test.ts';
import { type Item, emptyItem } from '../values/attribute-value.ts';
import { decodeNextToken, encodeNextToken, fingerprintOf } from './next-token.ts';

/** What the service model allows. */
const MAX_TOKEN_LENGTH = 32_768;

const FINGERPRINT = fingerprintOf('SELECT * FROM t WHERE pk = ?', [{ S: 'a' }]);

const key = canonicalItem.map((item) => {
  const scalars = emptyItem();
  for (const [name, value] of Object.entries(item)) {
    if ('S' in value || 'N' in value || 'B' in value) scalars[name] = value;
  }
  return scalars as Item;
});

function messageOf(token: string): string {
  try {
    decodeNextToken(FINGERPRINT, token);
  } catch (error) {
    assert.ok(error instanceof ApiError, String(error));
    return error.message;
  }
  return 'no error';
}

describe('NextToken', () => {
  test('gives back the position it was made of', () => {
    fc.assert(
      fc.property(fc.nat({ max: 49 }), fc.option(key, { nil: undefined }), (partition, start) => {
        const position = { partition, key: start };
        assert.deepEqual(decodeNextToken(FINGERPRINT, encodeNextToken(FINGERPRINT, position)), position);
      }),
    );
  });

  test('is good for one statement with one list of parameters', () => {
    const token = encodeNextToken(FINGERPRINT, { partition: 0, key: undefined });
    for (const other of [
      fingerprintOf('SELECT * FROM t WHERE pk = ?', [{ S: 'b' }]),
      fingerprintOf('SELECT * FROM t  WHERE pk = ?', [{ S: 'a' }]),
      fingerprintOf('SELECT * FROM t WHERE pk = ?'),
    ]) {
      assert.throws(() => decodeNextToken(other, token), /^ValidationException: NextToken does not match request$/);
    }
  });

  test('fits into a request whatever the key', () => {
    const control = (length: number) =>
      Array.from({ length }, (_, i) => String.fromCharCode(1 + ((i * i * 7 + i) % 31))).join('');
    const largest = emptyItem();
    for (const [i, size] of [LIMITS.partitionKeySizeBytes, LIMITS.sortKeySizeBytes, 2_048, 1_024].entries()) {
      largest[control(254) + i] = { S: control(size) };
    }
    const token = encodeNextToken(FINGERPRINT, { partition: 49, key: largest });
    assert.ok(token.length <= MAX_TOKEN_LENGTH, `${token.length} characters`);
    assert.deepEqual(decodeNextToken(FINGERPRINT, token).key, largest);
  });

  test('that was made up has the error for that', () => {
    const pack = (value: unknown) => deflateRawSync(JSON.stringify(value)).toString('base64');
    const invalid = [
      'x',
      '',
      pack('text'),
      pack(null),
      pack({}),
      pack([]),
      pack([2, FINGERPRINT, 0, null]),
      pack([1, FINGERPRINT, -1, null]),
      pack([1, FINGERPRINT, 0.5, null]),
      pack([1, FINGERPRINT, 0, 'x']),
      pack([1, FINGERPRINT, 0, []]),
      pack([1, FINGERPRINT, 0, [{ S: 'x' }]]),
      pack([1, FINGERPRINT, 0, { pk: null }]),
      pack([1, FINGERPRINT, 0, { pk: { S: 1 } }]),
      pack([1, FINGERPRINT, 0, { pk: { N: 'x' } }]),
      pack([1, FINGERPRINT, 0, { pk: { S: 'x', L: [1] } }]),
      deflateRawSync(Buffer.alloc(50_000_000)).toString('base64').slice(0, MAX_TOKEN_LENGTH),
    ];
    for (const token of invalid) assert.equal(messageOf(token), 'Invalid NextToken', token.slice(0, 80));
    assert.equal(messageOf(pack([1, 'other', 0, null])), 'NextToken does not match request');
  });

  test('of any text has one of its two errors', () => {
    const token = encodeNextToken(FINGERPRINT, { partition: 0, key: undefined });
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.base64String(),
          fc.nat({ max: token.length }).map((end) => token.slice(0, end) + token.slice(end + 1)),
        ),
        (text) => {
          assert.match(messageOf(text), /^(Invalid NextToken|NextToken does not match request|no error)$/);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
