import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type BatchDelivery, type GivenUpBatch, deliverBatch } from './deliver-batch.ts';
import type { PendingRecord } from './delivery-window.ts';
import type { Invocation } from './invocation.ts';

const START_MS = 1_800_000_000_000;
const ANSWER = { statusCode: 200, executedVersion: '$LATEST' };
const OK: Invocation = { kind: 'returned', payload: '', ...ANSWER };
const FAILED: Invocation = { kind: 'failed', functionError: 'Unhandled', reason: '', ...ANSWER };
const UNREACHABLE: Invocation = { kind: 'unreachable', reason: '' };

const reporting = (...numbers: number[]): Invocation => ({
  kind: 'returned',
  payload: JSON.stringify({ batchItemFailures: numbers.map((number) => ({ itemIdentifier: String(number) })) }),
  ...ANSWER,
});

function recordOf(number: number, atMs = START_MS): PendingRecord {
  return { sequence: BigInt(number), sequenceNumber: String(number), json: '{}', sizeBytes: 2, atMs };
}

interface Run {
  /** The numbers in each call. */
  readonly calls: number[][];
  /** When each was made. */
  readonly callsMs: number[];
  readonly settled: number[];
  readonly givenUp: (Omit<GivenUpBatch, 'records' | 'last'> & { readonly numbers: number[] })[];
  readonly reports: boolean[];
  readonly reasons: string[];
}

/** Delivers `records` to a function that answers calls by `answer`; pauses pass at once. */
async function deliver(
  records: readonly PendingRecord[],
  settings: Partial<BatchDelivery['trigger']>,
  answer: (numbers: number[], call: number) => Invocation,
  { destination = async () => undefined }: { readonly destination?: () => Promise<void> } = {},
): Promise<Run> {
  const run: Run = { calls: [], callsMs: [], settled: [], givenUp: [], reports: [], reasons: [] };
  let passedMs = 0;
  const numbersOf = (some: readonly PendingRecord[]) => some.map(({ sequenceNumber }) => Number(sequenceNumber));
  await deliverBatch(records, {
    trigger: { maxRetries: -1, bisect: false, maxAgeMs: -1, reportsItemFailures: false, ...settings },
    async invoke(batch) {
      run.calls.push(numbersOf(batch));
      run.callsMs.push(passedMs);
      return answer(numbersOf(batch), run.calls.length);
    },
    async giveUp({ records: lost, condition, invocations }) {
      await destination();
      run.givenUp.push({ numbers: numbersOf(lost), condition, invocations });
    },
    settle: (settled) => void run.settled.push(...numbersOf(settled)),
    report(isSuccess, reason) {
      run.reports.push(isSuccess);
      if (reason !== undefined) run.reasons.push(reason);
    },
    clock: { nowMs: () => START_MS + passedMs },
    timer: {
      elapsedMs: () => passedMs,
      sleep: async (ms) => void (passedMs += ms),
    },
    signal: new AbortController().signal,
  });
  return run;
}

const FOUR = [1, 2, 3, 4].map((number) => recordOf(number));

test('a batch that is processed is settled', async () => {
  const run = await deliver(FOUR, {}, () => OK);
  assert.deepEqual(
    [run.calls, run.callsMs, run.settled, run.givenUp, run.reports],
    [[[1, 2, 3, 4]], [0], [1, 2, 3, 4], [], [true]],
  );
});

describe('a function that fails', () => {
  test('is called again, after pauses that grow', async () => {
    const run = await deliver(FOUR, {}, (_, call) => (call < 12 ? FAILED : OK));
    assert.deepEqual(run.callsMs.slice(0, 5), [0, 100, 300, 700, 1_500]);
    assert.equal((run.callsMs[11] ?? 0) - (run.callsMs[10] ?? 0), 30_000);
    assert.deepEqual([run.settled, run.givenUp], [[1, 2, 3, 4], []]);
  });

  test('is called as often as there are retries, and once before', async () => {
    const run = await deliver(FOUR, { maxRetries: 2 }, () => FAILED);
    assert.equal(run.calls.length, 3);
    assert.deepEqual(run.givenUp, [{ numbers: [1, 2, 3, 4], condition: 'RetryAttemptsExhausted', invocations: 3 }]);
    assert.deepEqual(run.settled, [1, 2, 3, 4]);
  });

  test('is called once without retries', async () => {
    const run = await deliver(FOUR, { maxRetries: 0 }, () => FAILED);
    assert.deepEqual([run.calls.length, run.givenUp.length], [1, 1]);
  });

  test('is called until the records have reached their age', async () => {
    const run = await deliver(FOUR, { maxAgeMs: 60_000 }, () => FAILED);
    assert.ok((run.callsMs.at(-1) ?? 0) <= 60_000);
    assert.deepEqual(
      run.givenUp.map(({ numbers, condition }) => [numbers, condition]),
      [[[1, 2, 3, 4], 'RecordAgeExceeded']],
    );
  });

  test('is called until the records would be gone from the stream where there is no age', async () => {
    const run = await deliver(FOUR, {}, () => FAILED);
    const lastMs = run.callsMs.at(-1) ?? 0;
    assert.ok(lastMs > 86_300_000 && lastMs <= 86_400_000);
    assert.equal(run.givenUp[0]?.condition, 'RecordAgeExceeded');
  });
});

test('records that are too old are given up without a call, and the others are delivered', async () => {
  const old = [1, 2].map((number) => recordOf(number, START_MS - 60_001));
  const run = await deliver([...old, recordOf(3, START_MS - 60_000)], { maxAgeMs: 60_000 }, () => OK);
  assert.deepEqual(run.givenUp, [{ numbers: [1, 2], condition: 'RecordAgeExceeded', invocations: 0 }]);
  assert.deepEqual([run.calls, run.settled], [[[3]], [1, 2, 3]]);
});

test('a function that can not be run takes none of the retries, and is no reason to bisect', async () => {
  const run = await deliver(FOUR, { maxRetries: 0, bisect: true }, (_, call) => (call < 5 ? UNREACHABLE : OK));
  assert.deepEqual([run.calls.length, run.calls[4], run.givenUp], [5, [1, 2, 3, 4], []]);
});

describe('bisecting', () => {
  test('finds the record that can not be processed, in order, and takes no retries', async () => {
    const settings = { bisect: true, maxRetries: 1 };
    const run = await deliver(FOUR, settings, (numbers) => (numbers.includes(3) ? FAILED : OK));
    assert.deepEqual(run.calls, [[1, 2, 3, 4], [1, 2], [3, 4], [3], [3], [4]]);
    assert.deepEqual(run.settled, [1, 2, 3, 4]);
    assert.deepEqual(run.givenUp, [{ numbers: [3], condition: 'RetryAttemptsExhausted', invocations: 4 }]);
  });

  test('cuts where the function reports an item', async () => {
    const settings = { bisect: true, maxRetries: 0, reportsItemFailures: true };
    const run = await deliver(FOUR, settings, (numbers) => (numbers.includes(3) ? reporting(3) : OK));
    assert.deepEqual(run.calls, [[1, 2, 3, 4], [3, 4], [3], [4]]);
    assert.deepEqual(
      run.givenUp.map(({ numbers }) => numbers),
      [[3]],
    );
  });
});

describe('a report of items', () => {
  const report = (payload: unknown): Invocation => ({ kind: 'returned', payload: JSON.stringify(payload), ...ANSWER });
  const firstAnswer = (first: Invocation) => async () =>
    await deliver(FOUR, { reportsItemFailures: true }, (_, call) => (call === 1 ? first : OK));

  test('has the batch delivered again from the lowest number', async () => {
    const run = await firstAnswer(reporting(4, 2))();
    assert.deepEqual(
      [run.calls[1], run.settled],
      [
        [2, 3, 4],
        [1, 2, 3, 4],
      ],
    );
  });

  test('may name as many items as its answer holds', async () => {
    const names = Array.from({ length: 200_000 }, (_, i) => (i % 3) + 2);
    const payload = report({ batchItemFailures: names.map((name) => ({ itemIdentifier: String(name) })) });
    assert.deepEqual((await firstAnswer(payload)()).calls[1], [2, 3, 4]);
  });

  for (const payload of [null, {}, { batchItemFailures: null }, { batchItemFailures: [] }]) {
    test(`is success: ${JSON.stringify(payload)}`, async () => {
      assert.equal((await firstAnswer(report(payload))()).calls.length, 1);
    });
  }

  for (const failures of [
    [{ itemIdentifier: '' }],
    [{ itemIdentifier: null }],
    [{ other: '1' }],
    [{ itemIdentifier: '9' }],
    1,
  ]) {
    test(`is failure of the whole batch: ${JSON.stringify(failures)}`, async () => {
      const run = await firstAnswer(report({ batchItemFailures: failures }))();
      assert.deepEqual(run.calls[1], [1, 2, 3, 4]);
    });
  }

  test('counts only for triggers that ask for it', async () => {
    const run = await deliver(FOUR, {}, () => reporting(1));
    assert.equal(run.calls.length, 1);
  });
});

test('a destination that never answers is tried for as long as the records can be read, and three times at least', async () => {
  const runWith = async (atMs: number) => {
    let tries = 0;
    const destination = async () => {
      tries++;
      throw new Error('away');
    };
    const run = await deliver([recordOf(1, atMs)], { maxRetries: 0 }, () => FAILED, { destination });
    return { tries, settled: run.settled, last: run.reasons.at(-1) };
  };
  const { tries, ...young } = await runWith(START_MS);
  const last = '1 records from 1 to 1 are given up, and the destination was not told of them';
  assert.ok(tries > 24 * 60 * 2, `${tries} tries`);
  assert.deepEqual(young, { settled: [1], last });
  assert.deepEqual(await runWith(START_MS - 86_400_001), { tries: 3, settled: [1], last });
});

test('records stay until the destination knows of them', async () => {
  let refusals = 3;
  const destination = async () => {
    if (refusals-- > 0) throw new Error('away');
  };
  const run = await deliver(FOUR, { maxRetries: 0 }, () => FAILED, { destination });
  assert.deepEqual([run.givenUp.length, run.settled], [1, [1, 2, 3, 4]]);
  assert.deepEqual(run.reports, [false, false, false, false]);
});
