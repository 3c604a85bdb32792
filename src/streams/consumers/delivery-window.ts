/**
 * What was read of a shard and not yet delivered: records in lanes, which take batches at the same time.
 *
 * All records of an item are in one lane, in their order. The watermark is the sequence up to which all that was read
 * has been delivered, given up or filtered out, whatever the lanes have done ahead of it.
 */
import type { Timer } from '../../foundation/clock.ts';
import type { ByteBudget } from './byte-budget.ts';

/** A record on its way to a function. */
export interface PendingRecord {
  readonly sequence: bigint;
  /** As the API shows it. */
  readonly sequenceNumber: string;
  /** As the function gets it. */
  readonly json: string;
  readonly sizeBytes: number;
  /** When the change was made. */
  readonly atMs: number;
}

export interface DeliveryWindowOptions {
  /** The sequence that the records follow on. */
  readonly after: bigint;
  readonly lanes: number;
  /** Records in a batch at most. */
  readonly batchSize: number;
  /** For how long a batch that is not full waits for more records, from its first on. */
  readonly batchingWindowMs: number;
  readonly timer: Timer;
  /** While it is spent there is room only where nothing waits. */
  readonly budget: ByteBudget;
}

export interface DeliveryWindow {
  /** Adds the next record to a lane; without one it is passed over. Sequences rise. */
  add(sequence: bigint, record?: { readonly lane: number; readonly pending: PendingRecord }): void;
  /** No record will be added any more. */
  end(): void;
  /** Resolves when there is room for more records, or when `signal` is aborted. */
  waitForRoom(signal: AbortSignal): Promise<void>;
  /** The next batch of a lane: undefined when none will come any more, or when `signal` is aborted. */
  take(lane: number, signal: AbortSignal): Promise<readonly PendingRecord[] | undefined>;
  /** Says that records have been delivered or given up. */
  settle(records: readonly PendingRecord[]): void;
  watermark(): bigint;
  /** Gives back what it holds of the budget; it is not used any more. */
  close(): void;
}

/** What a function is sent at most, with all that surrounds the records. Source: Lambda quotas, synchronous payload. */
const PAYLOAD_BYTES = 6 * 1_048_576;

const EVENT_START = '{"Records":[';
const EVENT_END = ']}';

/** The event that a function gets. */
export function formatEvent(records: readonly PendingRecord[]): string {
  return `${EVENT_START}${records.map(({ json }) => json).join(',')}${EVENT_END}`;
}

export function createDeliveryWindow(options: DeliveryWindowOptions): DeliveryWindow {
  const { lanes: laneCount, batchSize, batchingWindowMs, timer, budget } = options;
  const lanes: Lane[] = Array.from({ length: laneCount }, () => ({ queue: [], sinceMs: 0 }));
  /** Their sizes, in the order in which they were added. */
  const unsettled = new Map<bigint, number>();
  const bell = createBell();
  let last = options.after;
  let waiting = 0;
  let waitingBytes = 0;
  let isEnded = false;

  // At least one lane has a full batch where there is no room.
  const isFull = (): boolean => waiting >= 2 * batchSize * laneCount || waitingBytes >= PAYLOAD_BYTES * (laneCount + 1);
  const hasRoom = (): boolean => waiting === 0 || (!isFull() && !budget.isSpent());

  function cut({ queue }: Lane): PendingRecord[] {
    const count = countBatch(queue, batchSize);
    const batch = queue.splice(0, count);
    waiting -= count;
    for (const { sizeBytes } of batch) waitingBytes -= sizeBytes;
    return batch;
  }

  /** How long a lane with records waits for more; 0 if its batch is to go now. */
  function waitMs({ queue, sinceMs }: Lane): number {
    if (isEnded || batchingWindowMs === 0 || queue.length >= batchSize) return 0;
    if (countBatch(queue, batchSize) < queue.length) return 0;
    return Math.max(0, sinceMs + batchingWindowMs - timer.elapsedMs());
  }

  return {
    add(sequence, record) {
      last = sequence;
      if (record === undefined) return;
      const lane = lanes[record.lane];
      if (lane === undefined) throw new RangeError('no such lane');
      if (lane.queue.length === 0) lane.sinceMs = timer.elapsedMs();
      lane.queue.push(record.pending);
      unsettled.set(sequence, record.pending.sizeBytes);
      budget.add(record.pending.sizeBytes);
      waiting += 1;
      waitingBytes += record.pending.sizeBytes;
      bell.ring();
    },
    end() {
      isEnded = true;
      bell.ring();
    },
    async waitForRoom(signal) {
      while (!hasRoom() && !signal.aborted) await bell.next(signal);
    },
    async take(number, signal) {
      const lane = lanes[number];
      if (lane === undefined) throw new RangeError('no such lane');
      while (!signal.aborted) {
        if (lane.queue.length === 0) {
          if (isEnded) return undefined;
          await bell.next(signal);
          continue;
        }
        const leftMs = waitMs(lane);
        if (leftMs > 0) {
          await bell.nextWithin(leftMs, timer, signal);
          continue;
        }
        const batch = cut(lane);
        lane.sinceMs = timer.elapsedMs();
        bell.ring();
        return batch;
      }
      return undefined;
    },
    settle(records) {
      for (const { sequence } of records) {
        budget.add(-(unsettled.get(sequence) ?? 0));
        unsettled.delete(sequence);
      }
    },
    watermark() {
      const [first] = unsettled.keys();
      return first === undefined ? last : first - 1n;
    },
    close() {
      for (const sizeBytes of unsettled.values()) budget.add(-sizeBytes);
      unsettled.clear();
    },
  };
}

interface Lane {
  readonly queue: PendingRecord[];
  /** When the first record that is in the queue came, or when the last batch was taken. */
  sinceMs: number;
}

/** How many of the first records make a batch. */
function countBatch(queue: readonly PendingRecord[], batchSize: number): number {
  let bytes = EVENT_START.length + EVENT_END.length;
  let count = 0;
  for (const { sizeBytes } of queue) {
    bytes += sizeBytes + 1;
    if (count === batchSize || (bytes > PAYLOAD_BYTES && count > 0)) break;
    count += 1;
  }
  return count;
}

interface Bell {
  ring(): void;
  /** Resolves at the next ring, or when `signal` is aborted. */
  next(signal: AbortSignal): Promise<void>;
  /** The same, but after `ms` at the latest. */
  nextWithin(ms: number, timer: Timer, signal: AbortSignal): Promise<void>;
}

function createBell(): Bell {
  let rung = Promise.withResolvers<void>();
  const bell: Bell = {
    ring() {
      rung.resolve();
      rung = Promise.withResolvers<void>();
    },
    async next(signal) {
      if (signal.aborted) return;
      const aborted = Promise.withResolvers<void>();
      const abort = (): void => aborted.resolve();
      signal.addEventListener('abort', abort, { once: true });
      await Promise.race([rung.promise, aborted.promise]);
      signal.removeEventListener('abort', abort);
    },
    async nextWithin(ms, timer, signal) {
      const over = new AbortController();
      const either = AbortSignal.any([signal, over.signal]);
      await Promise.race([bell.next(either), timer.sleep(ms, either)]);
      over.abort();
    },
  };
  return bell;
}
