/** The lease of one job from a node's side: waiting for it, keeping it, and losing it. See lease.ts. */
import type { Timer } from '../foundation/clock.ts';
import type { StorageEngine } from '../storage/engine.ts';
import { type JobStore, LeaseLostError } from './job.ts';
import { LEASE_MS, type Lease, type LeaseRecord, readLease, releaseLease, renewLease, takeLease } from './lease.ts';
import { watchStillness } from './stillness.ts';

/** How often a holder renews, and how often others look. */
const BEAT_MS = 1_000;

/** A holder that could not renew for so long stops using the lease: well before another takes it. */
const USABLE_MS = 4_000;

/** Each lease that a node has makes it wait for so many beats before it takes another, up to a bound. */
const MAX_WAIT_BEATS = 3;

/** How many leases a node has or is about to take. */
export interface Claims {
  count: number;
}

export interface LeaseOptions {
  readonly engine: StorageEngine;
  readonly job: string;
  /** This node's name; another one for each start of it. */
  readonly holder: string;
  /**
   * Whether no other process can have the store: then whoever held the lease is gone, and nobody will take it away. It
   * is taken at once and never renewed.
   */
  readonly isAlone: boolean;
  /** Shared by all jobs of the node: who has less to do is quicker to take a lease, so that jobs spread over nodes. */
  readonly claims: Claims;
  readonly timer: Timer;
  /** Told of what failed; it is tried again. */
  readonly onError: (error: unknown) => void;
}

export interface HeldLease {
  /** Aborted when the lease is lost. */
  readonly lost: AbortSignal;
  /** The store as the holder may use it. */
  readonly store: JobStore;
  /** Gives the lease back, lost or not; to be called once. Never rejects. */
  release(): Promise<void>;
}

/** Waits until this node has the lease; resolves with undefined if `signal` is aborted before. */
export async function acquireLease(options: LeaseOptions, signal: AbortSignal): Promise<HeldLease | undefined> {
  const { engine, job, holder, isAlone, claims, timer, onError } = options;
  const findStill = watchStillness(timer, LEASE_MS);

  /** Nobody has it, or only this node, which knows nothing of it: an answer of the store's was lost. */
  const isFree = (seen: LeaseRecord | undefined): boolean =>
    isAlone || seen?.holder === undefined || seen.holder === holder;
  const isStill = ({ token, beat }: LeaseRecord): boolean => findStill([[job, `${token}/${beat}`]]).length > 0;

  async function attempt(): Promise<HeldLease | undefined> {
    const seen = await readLease(engine, job);
    return isFree(seen) || seen === undefined || isStill(seen) ? await claim(seen) : undefined;
  }

  async function claim(seen: LeaseRecord | undefined): Promise<HeldLease | undefined> {
    const waitBeats = isAlone ? 0 : Math.min(claims.count, MAX_WAIT_BEATS);
    claims.count += 1;
    let held: HeldLease | undefined;
    try {
      if (waitBeats > 0) await timer.sleep(waitBeats * BEAT_MS, signal);
      if (!signal.aborted) held = await take(seen);
      return held;
    } finally {
      if (held === undefined) claims.count -= 1;
    }
  }

  async function take(seen: LeaseRecord | undefined): Promise<HeldLease | undefined> {
    const sentMs = timer.elapsedMs();
    const token = await engine.transact(takeLease, { job, holder, seen });
    return token === undefined ? undefined : holdLease(options, { job, token }, sentMs);
  }

  while (!signal.aborted) {
    try {
      const held = await attempt();
      if (held !== undefined) return held;
    } catch (error) {
      onError(error);
    }
    await timer.sleep(BEAT_MS, signal);
  }
  return undefined;
}

/** Keeps a lease that was taken by a call sent at `takenMs`. */
function holdLease(options: LeaseOptions, lease: Lease, takenMs: number): HeldLease {
  const { engine, isAlone, timer, onError } = options;
  const lost = new AbortController();
  const released = new AbortController();
  const over = AbortSignal.any([lost.signal, released.signal]);
  /** When the last call that renewed it was sent. */
  let renewedMs = takenMs;

  const leftMs = (): number => (isAlone ? Infinity : renewedMs + USABLE_MS - timer.elapsedMs());

  async function renew(): Promise<void> {
    while (!over.aborted) {
      await timer.sleep(BEAT_MS, over);
      if (over.aborted) return;
      const sentMs = timer.elapsedMs();
      try {
        if (await engine.transact(renewLease, lease)) renewedMs = sentMs;
        else lost.abort();
      } catch (error) {
        onError(error);
      }
    }
  }

  async function expire(): Promise<void> {
    while (!over.aborted) {
      if (leftMs() <= 0) lost.abort();
      else await timer.sleep(leftMs(), over);
    }
  }

  const transact: JobStore['transact'] = async (procedure, input) => {
    // The timer is asked too: after a pause of the process, what was to end the lease may not have run yet.
    if (over.aborted || leftMs() <= 0) throw loseLease();
    const result = await engine.transact(procedure, { lease, input });
    if (result.kind === 'lost') throw loseLease();
    return result.output;
  };

  function loseLease(): LeaseLostError {
    lost.abort();
    return new LeaseLostError(`the lease of the job ${lease.job} is lost`);
  }

  const keeping = isAlone ? undefined : Promise.all([renew(), expire()]);
  return {
    lost: lost.signal,
    store: { ...readsOf(engine), transact },
    release: async () => {
      released.abort();
      options.claims.count -= 1;
      if (keeping === undefined) return;
      await keeping;
      // Where the store can't be reached, or closes, the lease is free a few seconds later.
      if (!lost.signal.aborted) await engine.transact(releaseLease, lease).catch(() => undefined);
    },
  };
}

function readsOf(engine: StorageEngine): Omit<JobStore, 'transact'> {
  return {
    get: (...given) => engine.get(...given),
    getMany: (...given) => engine.getMany(...given),
    scan: (...given) => engine.scan(...given),
    readLog: (...given) => engine.readLog(...given),
    logBounds: (...given) => engine.logBounds(...given),
    counters: (...given) => engine.counters(...given),
  };
}
