import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LeaseRecord } from '../../src/jobs/lease.ts';
import { SYSTEM_SPACE } from '../../src/tables/spaces.ts';
import { encodeVersionedJson } from '../../src/values/versioned-json.ts';
import { createLeaseHistory, PURGE_JOB } from './lease-history.ts';
import type { ObservedWrite } from './observer.ts';

const SPACE = 20;

function write(writer: string, space: number, key: string, value: object | null): ObservedWrite {
  const bytes = value && Buffer.from(encodeVersionedJson(1, value));
  return { id: 0, writer, space, key: Buffer.from(key), value: bytes };
}

/** The session `s-a` writes for the holder `a`. */
function lease(holder: string, token: number, record: Partial<LeaseRecord> = {}): ObservedWrite {
  return write(`s-${holder}`, SYSTEM_SPACE, `lease/${PURGE_JOB}`, { holder, token, beat: 0, ...record });
}

const deletion = write('s-c', SYSTEM_SPACE, 'purge/1', { tableId: '1', spaces: [SPACE] });
const purge = (holder: string): ObservedWrite => write(`s-${holder}`, SPACE, 'entry', null);

test('leases that go from node to node, and purges by who has them, are in order', () => {
  const history = createLeaseHistory();
  history.follow([lease('a', 4), lease('a', 4, { beat: 1 }), deletion, purge('a')]);
  history.follow([lease('a', 4, { holder: undefined }), lease('b', 5), purge('b'), lease('b', 6), lease('a', 7)]);
  history.follow([write('s-a', SYSTEM_SPACE, 'purge/1', null), write('s-b', SPACE + 1, 'entry', null)]);
  assert.equal(history.takeovers(), 2);
  assert.equal(history.purged(), 2);
});

test('a lease that is held twice, skips a token or comes back is found', () => {
  const renewal = lease('a', 1, { beat: 1 });
  for (const next of [lease('b', 1), lease('b', 3), lease('b', 0), lease('b', 2, { holder: undefined })]) {
    assert.throws(() => createLeaseHistory().follow([lease('a', 1), next]), /may not come/);
  }
  assert.throws(() => createLeaseHistory().follow([lease('a', 1), lease('b', 2), renewal]), /may not come/);
  const released = lease('a', 1, { holder: undefined });
  assert.throws(() => createLeaseHistory().follow([lease('a', 1), released, renewal]), /may not come/);
});

test('a purge by a node that has not the lease, or no more, is found', () => {
  const taken = [lease('a', 1), deletion];
  assert.throws(() => createLeaseHistory().follow([...taken, purge('b')]), /space 20 is deleted by s-b/);
  assert.throws(() => createLeaseHistory().follow([...taken, lease('b', 2), purge('a')]), /space 20 is deleted by s-a/);
  const forgotten = write('s-b', SYSTEM_SPACE, 'purge/1', null);
  assert.throws(() => createLeaseHistory().follow([...taken, forgotten]), /purge\/1 is deleted by s-b/);
});
