import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { completeOptions, type PartialOptions, StartError } from './options.ts';

const SHARED = { storage: 'postgres://user:secret@db.internal/stator' };

describe('options', () => {
  test('have a drain where the storage is shared, unless it is given', () => {
    assert.equal(completeOptions({}).drainSeconds, 0);
    assert.equal(completeOptions(SHARED).drainSeconds, 5);
    assert.equal(completeOptions({ ...SHARED, drainSeconds: undefined }).drainSeconds, 5);
    assert.equal(completeOptions({ ...SHARED, drainSeconds: 0 }).drainSeconds, 0);
    assert.equal(completeOptions({ drainSeconds: 0.5 }).drainSeconds, 0.5);
  });

  test('keep nothing unless a folder is given for it', () => {
    assert.equal(completeOptions({ dataDir: undefined, inMemory: true }).inMemory, true);
    assert.equal(completeOptions({ dataDir: './data', inMemory: false }).dataDir, './data');
  });

  const refused: readonly (readonly [PartialOptions, RegExp])[] = [
    [{ drainSeconds: -1 }, /^drain-seconds must be 0 to 3600, not -1$/],
    [{ drainSeconds: 3_601 }, /^drain-seconds must be 0 to 3600, not 3601$/],
    [{ drainSeconds: Number.NaN }, /^drain-seconds must be 0 to 3600, not NaN$/],
    [{ tableDelaySeconds: -1 }, /^table-delay must be 0 to 86400, not -1$/],
    [{ ttlIntervalSeconds: 0 }, /^ttl-interval must be 0.05 to 86400, not 0$/],
    [{ ttlIntervalSeconds: 86_401 }, /^ttl-interval must be 0.05 to 86400, not 86401$/],
    [{ indexBuildDelaySeconds: 86_401 }, /^index-build-delay must be 0 to 86400, not 86401$/],
    // Nobody's storage is a reason to let anyone in.
    [{ ...SHARED, host: '0.0.0.0' }, /^without credentials anyone who can reach 0\.0\.0\.0 can read and write/],
    [{ ...SHARED, inMemory: true }, /^in-memory and storage exclude each other$/],
    [{ dataDir: './data', inMemory: true }, /^in-memory and data-dir exclude each other$/],
    [{ storage: 'mysql://user:secret@db.internal/stator' }, /^storage must be a URL like postgres:[^]*$/],
  ];
  for (const [options, message] of refused) {
    test(`${JSON.stringify(options)} are refused, without any password`, () => {
      assert.throws(
        () => completeOptions(options),
        (error) => error instanceof StartError && message.test(error.message) && !error.message.includes('secret'),
      );
    });
  }
});
