/** Follows the leases of jobs from write to write: nobody holds one twice, and nobody purges without holding it. */
import assert from 'node:assert/strict';
import type { PurgeRecord } from '../../src/tables/purge-record.ts';
import { SYSTEM_SPACE } from '../../src/tables/spaces.ts';
import { decodeVersionedJson } from '../../src/values/versioned-json.ts';
import { type ObservedLease, observedLease, type ObservedWrite } from './observer.ts';

/** The job whose work is observed. */
export const PURGE_JOB = 'purge-spaces';

const FORMAT_VERSION = 1;

export interface LeaseHistory {
  /** Throws at the first write that must not be. */
  follow(writes: readonly ObservedWrite[]): void;
  /** How often leases were taken by a process other than the one before. */
  takeovers(): number;
  /** How many entries of deleted tables were purged. */
  purged(): number;
}

export function createLeaseHistory(): LeaseHistory {
  const leases = new Map<string, ObservedLease>();
  const deadSpaces = new Set<number>();
  let takeovers = 0;
  let purged = 0;

  function followLease(job: string, write: ObservedWrite): void {
    const next = observedLease(write);
    const before = leases.get(job);
    const claim = `${job}: after ${JSON.stringify(before)} may not come ${JSON.stringify(next)}`;
    if (next.token === before?.token) {
      assert(before.holder !== undefined && next.writer === before.writer, claim);
      assert(next.holder === undefined || next.holder === before.holder, claim);
    } else if (before !== undefined) {
      assert(next.holder !== undefined && next.token === before.token + 1, claim);
      if (before.writer !== next.writer) takeovers++;
    }
    leases.set(job, next);
  }

  function followPurge({ id, value, writer }: ObservedWrite, what: string): void {
    if (value !== null) {
      const { spaces } = decodeVersionedJson(FORMAT_VERSION, value, 'purge record') as PurgeRecord;
      for (const space of spaces) deadSpaces.add(space);
      return;
    }
    expectHolder(id, writer, what);
  }

  function expectHolder(id: number, writer: string, what: string): void {
    const lease = leases.get(PURGE_JOB);
    const claim = `write ${id}: ${what} is deleted by ${writer}, but the lease is ${JSON.stringify(lease)}`;
    assert(lease?.holder !== undefined && lease.writer === writer, claim);
  }

  function followOne(write: ObservedWrite): void {
    const { id, writer, space, key, value } = write;
    const name = space === SYSTEM_SPACE ? key.toString() : '';
    if (name.startsWith('lease/')) followLease(name.slice('lease/'.length), write);
    else if (name.startsWith('purge/')) followPurge(write, name);
    else if (value === null && deadSpaces.has(space)) {
      expectHolder(id, writer, `an entry of space ${space}`);
      purged++;
    }
  }

  return { follow: (writes) => writes.forEach(followOne), takeovers: () => takeovers, purged: () => purged };
}
