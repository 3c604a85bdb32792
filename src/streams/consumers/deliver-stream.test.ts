import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LogPosition } from '../../storage/engine.ts';
import { type ShardRecord, shardKey } from '../../tables/shard-records.ts';
import { type StreamRecord, streamKey } from '../../tables/stream-records.ts';
import { encodeVersionedJson } from '../../values/versioned-json.ts';
import { encodeChangeRecord } from '../change-record.ts';
import { createByteBudget } from './byte-budget.ts';
import { deliverStream } from './deliver-stream.ts';
import type { Invocation } from './invocation.ts';
import { type ProcessingResult, type TriggerPosition, noteTriggerProgress } from './trigger-progress.ts';
import { type TriggerRecord, encodeTrigger, triggerKey } from './trigger-record.ts';
import type { SessionEngine } from './trigger-session.ts';

const NOW_MS = 1_800_000_000_000;
const HOUR_MS = 3_600_000;
const STREAM: StreamRecord = {
  tableName: 'T',
  tableId: 'id',
  label: 'L',
  viewType: 'KEYS_ONLY',
  partitionKey: { name: 'pk', type: 'N' },
  log: 7,
  firstShard: 1,
};

/** A store in memory with one stream. */
function createStream() {
  const entries = new Map<string, Uint8Array>();
  const logs = new Map<number, Uint8Array[]>();
  let appended = Promise.withResolvers<void>();
  const textOf = (key: Uint8Array): string => Buffer.from(key).toString('latin1');
  const hasEntry = ({ shard, after }: LogPosition): boolean => BigInt(logs.get(shard)?.length ?? 0) > after;
  const engine: SessionEngine = {
    get: async (_space, key) => entries.get(textOf(key)),
    scan: async (_space, { from, before }) =>
      [...entries]
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .filter(([key]) => key >= textOf(from ?? new Uint8Array()) && (before === undefined || key < textOf(before)))
        .map(([key, value]) => ({ key: new Uint8Array(Buffer.from(key, 'latin1')), value })),
    readLog: async (_log, shard, after, limit) =>
      (logs.get(shard) ?? [])
        .map((value, i) => ({ sequence: BigInt(i + 1), value }))
        .filter(({ sequence }) => sequence > after)
        .slice(0, limit),
    logBounds: async (shards) => shards.map(({ shard }) => ({ after: 0n, last: BigInt(logs.get(shard)?.length ?? 0) })),
    async waitForAppends(positions, signal) {
      const aborted = new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        signal.addEventListener('abort', () => resolve());
      });
      while (!signal.aborted && !positions.some(hasEntry)) await Promise.race([appended.promise, aborted]);
    },
  };
  const put = ({ key }: { readonly key: Uint8Array }, value: Uint8Array) => void entries.set(textOf(key), value);
  put(streamKey('T', 'L'), encodeVersionedJson(1, STREAM));
  return {
    engine,
    put,
    setShard: (record: Omit<ShardRecord, 'from'>) =>
      put(shardKey(STREAM.log, record.shard), encodeVersionedJson(1, { ...record, from: '0' })),
    append(shard: number, number: number, atMs = NOW_MS) {
      const keysJson = `{"pk":{"N":"${number}"}}`;
      logs.set(shard, [...(logs.get(shard) ?? []), encodeChangeRecord({ event: 'INSERT', atMs, keysJson })]);
      appended.resolve();
      appended = Promise.withResolvers();
    },
    note(progress: Parameters<typeof noteTriggerProgress.decide>[0]) {
      const values = noteTriggerProgress.reads(progress).map(({ key }) => entries.get(textOf(key)));
      for (const write of noteTriggerProgress.decide(progress, values).writes) {
        if (write.kind === 'put') entries.set(textOf(write.key), write.value);
        else if (write.kind === 'delete') entries.delete(textOf(write.key));
      }
    },
  };
}

const TRIGGER: TriggerRecord = {
  uuid: 'u',
  streamArn: 'arn:aws:dynamodb:us-east-1:000000000000:table/T/stream/L',
  target: { kind: 'http', url: 'http://localhost' },
  functionArn: 'http://localhost',
  enabled: true,
  batchSize: 10,
  batchingWindowMs: 0,
  startingPosition: 'TRIM_HORIZON',
  filters: [],
  parallelization: 1,
  maxRetries: -1,
  bisect: false,
  maxAgeMs: -1,
  reportsItemFailures: false,
  state: 'Enabled',
  stateReason: '',
  lastModifiedMs: NOW_MS,
  createdAtMs: NOW_MS,
};

type Store = ReturnType<typeof createStream>;

const RETURNED: Invocation = { kind: 'returned', payload: '', statusCode: 200, executedVersion: '$LATEST' };

/** Delivers to a function that keeps the numbers it gets. */
function deliver(
  store: Store,
  trigger: Partial<TriggerRecord> = {},
  onSave?: (position: TriggerPosition) => void,
  answer = async (_numbers: readonly number[], _signal: AbortSignal): Promise<Invocation> => RETURNED,
) {
  const record = { ...TRIGGER, ...trigger };
  store.put(triggerKey(record.uuid), encodeTrigger(record));
  const stopping = new AbortController();
  const hardStop = new AbortController();
  const numbers: number[] = [];
  const results: ProcessingResult[] = [];
  const session = deliverStream(
    {
      trigger: record,
      region: 'us-east-1',
      engine: store.engine,
      target: {
        timeoutMs: 60_000,
        async invoke(event, signal) {
          const { Records: records } = JSON.parse(event) as {
            Records: { dynamodb: { Keys: { pk: { N: string } } } }[];
          };
          const called = records.map(({ dynamodb }) => Number(dynamodb.Keys.pk.N));
          numbers.push(...called);
          return await answer(called, signal);
        },
        close: async () => undefined,
      },
      filter: undefined,
      budget: createByteBudget(1_048_576),
      poster: { post: async () => ({ statusCode: 200, headers: {}, body: '' }) },
      clock: { nowMs: () => NOW_MS },
      timer: {
        elapsedMs: () => 0,
        // Only what is told of wakes anything.
        sleep: (_ms, signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve())),
      },
      random: { bytes: (length) => new Uint8Array(length), uuid: () => 'id' },
      stopping: stopping.signal,
      hardStop: hardStop.signal,
      giveUp: () => hardStop.abort(),
      async savePosition(position) {
        onSave?.(position);
        store.note({ uuid: record.uuid, positions: [position] });
      },
      forgetPositions: async (trimmed) => store.note({ uuid: record.uuid, trimmed }),
      report: (result) => void results.push(result),
      onFailure: (reason) => assert.fail(reason),
    },
    { tableName: 'T', label: 'L' },
  );
  return {
    numbers,
    results,
    async reach(count: number) {
      while (numbers.length < count) await sleep(1);
    },
    async stop() {
      stopping.abort();
      await session;
    },
    session,
  };
}

describe('shards', () => {
  test('are delivered when their parents are, also those that open meanwhile', async () => {
    const store = createStream();
    store.setShard({ shard: 1, openedAtMs: NOW_MS - 1_000 });
    store.append(1, 1);
    const delivery = deliver(store);
    await delivery.reach(1);
    store.append(1, 2);
    store.setShard({ shard: 1, openedAtMs: NOW_MS - 1_000, closedAtMs: NOW_MS });
    store.setShard({ shard: 2, parent: 1, openedAtMs: NOW_MS });
    store.setShard({ shard: 3, parent: 1, openedAtMs: NOW_MS });
    store.append(3, 3);
    await delivery.reach(3);
    store.append(2, 4);
    await delivery.reach(4);
    await delivery.stop();
    assert.deepEqual(delivery.numbers, [1, 2, 3, 4]);
    store.append(3, 5);
    const again = deliver(store);
    await again.reach(1);
    await again.stop();
    assert.deepEqual(again.numbers, [5]);
  });

  test('wait behind a parent of which something is left', async () => {
    const store = createStream();
    store.setShard({ shard: 1, openedAtMs: NOW_MS - 1_000, closedAtMs: NOW_MS });
    store.setShard({ shard: 2, parent: 1, openedAtMs: NOW_MS });
    for (let number = 1; number <= 25; number++) store.append(1, number);
    store.append(2, 26);
    const delivery = deliver(store);
    await delivery.reach(26);
    await delivery.stop();
    assert.deepEqual(
      delivery.numbers,
      Array.from({ length: 26 }, (_, i) => i + 1),
    );
  });

  test('whose parents are gone are delivered, and no position of those is kept', async () => {
    const store = createStream();
    store.setShard({ shard: 2, parent: 1, openedAtMs: NOW_MS });
    store.append(2, 1);
    store.put(triggerKey('u'), encodeTrigger(TRIGGER));
    const gone = { after: 9n, isEnded: false };
    // Shard 0 went before it had been delivered, as it does while a trigger is disabled.
    const positions = [
      { ...gone, shard: 0 },
      { ...gone, shard: 1, isEnded: true },
    ];
    store.note({ uuid: 'u', positions });
    const delivery = deliver(store);
    await delivery.reach(1);
    await delivery.stop();
    const from = new TextEncoder().encode('trigger-position/u/');
    const before = new TextEncoder().encode('trigger-position/u0');
    const kept = await store.engine.scan(2, { from, before }, { limit: 10 });
    assert.deepEqual(
      kept.map(({ key }) => new TextDecoder().decode(key)),
      ['trigger-position/u/00000002'],
    );
  });
});

describe('a trigger starts', () => {
  const setUp = (): Store => {
    const store = createStream();
    store.setShard({ shard: 1, openedAtMs: NOW_MS - 30 * HOUR_MS, closedAtMs: NOW_MS - HOUR_MS });
    store.setShard({ shard: 2, parent: 1, openedAtMs: NOW_MS - HOUR_MS });
    store.append(1, 1, NOW_MS - 25 * HOUR_MS);
    store.append(1, 2, NOW_MS - 2 * HOUR_MS);
    store.append(2, 3, NOW_MS - 1);
    store.append(2, 4, NOW_MS);
    return store;
  };

  test('at LATEST with what was written since it was made', async () => {
    const delivery = deliver(setUp(), { startingPosition: 'LATEST' });
    await delivery.reach(1);
    await delivery.stop();
    assert.deepEqual(delivery.numbers, [4]);
  });

  test('at TRIM_HORIZON with the last 24 hours', async () => {
    const delivery = deliver(setUp());
    await delivery.reach(3);
    await delivery.stop();
    assert.deepEqual(delivery.numbers, [2, 3, 4]);
  });
});

test('a position that can not be saved ends the session, and the next one delivers again', async () => {
  const store = createStream();
  store.setShard({ shard: 1, openedAtMs: NOW_MS - 1_000 });
  store.append(1, 1);
  const delivery = deliver(store, {}, () => {
    throw new Error('lost');
  });
  await assert.rejects(delivery.session, /lost/);
  const again = deliver(store);
  await again.reach(1);
  await again.stop();
  assert.deepEqual([delivery.numbers, again.numbers], [[1], [1]]);
});

test('a session that ends gives up no record of a call that it cuts short', async () => {
  const store = createStream();
  for (const shard of [1, 2]) {
    store.setShard({ shard, openedAtMs: NOW_MS - 1_000 });
    store.append(shard, shard);
  }
  const saved: TriggerPosition[] = [];
  const save = (position: TriggerPosition): void => {
    if (position.shard === 1) throw new Error('lost');
    saved.push(position);
  };
  let isBusy = false;
  const delivery = deliver(store, { maxRetries: 0 }, save, async ([number], signal) => {
    if (number === 2) {
      isBusy = true;
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      return { kind: 'failed', functionError: 'Unhandled', reason: '', statusCode: 200, executedVersion: '$LATEST' };
    }
    while (!isBusy) await sleep(1);
    return RETURNED;
  });
  await assert.rejects(delivery.session, /lost/);
  assert.deepEqual(saved, [{ shard: 2, after: 0n, isEnded: false }]);
});

test('a stream that is gone is told of', async () => {
  const store = createStream();
  store.put(streamKey('T', 'other'), encodeVersionedJson(1, STREAM));
  const { engine } = store;
  const delivery = deliver({ ...store, engine: { ...engine, get: async () => undefined } });
  while (delivery.results.length === 0) await sleep(1);
  await delivery.stop();
  assert.deepEqual(delivery.results, ['PROBLEM: Stream not found']);
});
