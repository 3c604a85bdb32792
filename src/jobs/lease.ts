/**
 * Leases: which node runs which job, kept in the store, so that a job runs on one node at a time.
 *
 * The clocks of nodes are never compared. A holder renews its lease by moving the record's `beat`; who saw a record
 * stand still for LEASE_MS, by its own timer, takes the lease with the next token. What a job writes goes through a
 * `fenced` procedure, which reads the lease in the same transaction and compares the token: a node that was paused
 * past its lease, and doesn't know, writes nothing. That is what keeps the store right. That a holder stops by itself
 * when it could not renew in time (held-lease.ts) only keeps two nodes from doing the same work.
 */
import type { EntryKey, Procedure, StorageEngine } from '../storage/engine.ts';
import { SYSTEM_SPACE } from '../tables/spaces.ts';
import { prefixEnd } from '../values/key-encoding.ts';
import { decodeVersionedJson, encodeVersionedJson } from '../values/versioned-json.ts';

/** How long a lease must stand still before another node takes it. */
export const LEASE_MS = 5_000;

/** The lease of one job, as it lies in the store. It is never deleted, because tokens must not start anew. */
export interface LeaseRecord {
  /** The node that has the lease; absent once it was given back. */
  readonly holder?: string | undefined;
  /** One more for each time the lease was taken. */
  readonly token: number;
  /** Moves while the holder lives. */
  readonly beat: number;
}

/** What a holder shows: which job's lease it took, with which token. */
export interface Lease {
  readonly job: string;
  readonly token: number;
}

const PREFIX = 'lease/';
const FORMAT_VERSION = 1;

function leaseKey(job: string): EntryKey {
  return { space: SYSTEM_SPACE, key: new TextEncoder().encode(PREFIX + job) };
}

function encodeLease(record: LeaseRecord): Uint8Array {
  return encodeVersionedJson(FORMAT_VERSION, record);
}

function decodeLease(bytes: Uint8Array): LeaseRecord {
  return decodeVersionedJson(FORMAT_VERSION, bytes, 'lease') as LeaseRecord;
}

/** The lease of the job called `job`; undefined if nobody ever took it. */
export async function readLease(engine: Pick<StorageEngine, 'get'>, job: string): Promise<LeaseRecord | undefined> {
  const { space, key } = leaseKey(job);
  const bytes = await engine.get(space, key);
  return bytes && decodeLease(bytes);
}

/** More jobs than there will be; bounds what a damaged store may give. */
const MAX_LEASES = 1_000;

/** Which jobs have a holder now: pairs of a job's name and the node. */
export async function listHolders(engine: Pick<StorageEngine, 'scan'>): Promise<[job: string, holder: string][]> {
  const from = new TextEncoder().encode(PREFIX);
  const entries = await engine.scan(SYSTEM_SPACE, { from, before: prefixEnd(from) }, { limit: MAX_LEASES });
  return entries.flatMap(({ key, value }) => {
    const { holder } = decodeLease(value);
    return holder === undefined ? [] : [[new TextDecoder().decode(key.subarray(from.length)), holder]];
  });
}

interface TakeLeaseInput {
  readonly job: string;
  readonly holder: string;
  /** The record that the caller decided to take over from. */
  readonly seen: LeaseRecord | undefined;
}

/** Takes a lease if it is still as it was seen: the new token, or undefined if the record moved meanwhile. */
export const takeLease: Procedure<TakeLeaseInput, number | undefined> = {
  name: 'takeLease',
  reads: ({ job }) => [leaseKey(job)],
  decide({ job, holder, seen }, [bytes]) {
    const record = bytes && decodeLease(bytes);
    if (record?.token !== seen?.token || record?.beat !== seen?.beat) return { writes: [], output: undefined };
    const token = (record?.token ?? 0) + 1;
    return {
      writes: [{ kind: 'put', ...leaseKey(job), value: encodeLease({ holder, token, beat: 0 }) }],
      output: token,
    };
  },
};

/** Moves the beat of a lease that is still held; false, and nothing is written, if it is no more. */
export const renewLease: Procedure<Lease, boolean> = {
  name: 'renewLease',
  reads: ({ job }) => [leaseKey(job)],
  decide(lease, [bytes]) {
    const record = heldRecord(lease, bytes);
    if (record === undefined) return { writes: [], output: false };
    const value = encodeLease({ ...record, beat: record.beat + 1 });
    return { writes: [{ kind: 'put', ...leaseKey(lease.job), value }], output: true };
  },
};

/** Gives a lease back, if it is still held, so that another node can take it at once. */
export const releaseLease: Procedure<Lease, null> = {
  name: 'releaseLease',
  reads: ({ job }) => [leaseKey(job)],
  decide(lease, [bytes]) {
    const record = heldRecord(lease, bytes);
    if (record === undefined) return { writes: [], output: null };
    const value = encodeLease({ ...record, holder: undefined });
    return { writes: [{ kind: 'put', ...leaseKey(lease.job), value }], output: null };
  },
};

export interface FencedInput<Input> {
  readonly lease: Lease;
  readonly input: Input;
}

export type FencedOutput<Output> =
  | { readonly kind: 'done'; readonly output: Output }
  /** Nothing was written: the lease is no longer the caller's. */
  | { readonly kind: 'lost' };

/** The only kind of procedure that jobs run: see `fenced`. */
export type FencedProcedure<Input, Output> = Procedure<FencedInput<Input>, FencedOutput<Output>>;

/** `procedure` for the holder of a lease only: it writes nothing if the lease was taken by another or given back. */
export function fenced<Input, Output>(procedure: Procedure<Input, Output>): FencedProcedure<Input, Output> {
  return {
    name: procedure.name,
    reads: ({ lease, input }) => [leaseKey(lease.job), ...procedure.reads(input)],
    decide({ lease, input }, [bytes, ...values]) {
      if (heldRecord(lease, bytes) === undefined) return { writes: [], output: { kind: 'lost' } };
      const { writes, output } = procedure.decide(input, values);
      return { writes, output: { kind: 'done', output } };
    },
  };
}

/** The record in `bytes`, if it says that `lease` is held. */
function heldRecord({ token }: Lease, bytes: Uint8Array | undefined): LeaseRecord | undefined {
  const record = bytes && decodeLease(bytes);
  return record?.holder !== undefined && record.token === token ? record : undefined;
}
