/**
 * The suite that proves an engine: every sentence of the contract in engine.ts that a caller can see, as a test.
 *
 * Each test works in spaces, logs and counters of its own, on one store that stays open through the suite.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import {
  addToAll,
  decodeNumber,
  encodeNumber,
  fail,
  identify,
  readAll,
  RESIDENT_SPACE,
  writeAll,
} from './conformance-procedures.ts';
import {
  type Entry,
  type EntryKey,
  type KeyRange,
  ResidentVersionError,
  type ScannedEntry,
  type ScanOptions,
  StorageClosedError,
  type StorageEngine,
  type Write,
} from './engine.ts';

/** A store that the suite has for itself, opened with conformance-procedures.ts and RESIDENT_SPACE. */
export interface StorageUnderTest {
  /** Opens a handle of its own kind: on another connection, as another thread would. */
  engine(): Promise<StorageEngine>;
  /** Called once, when all handles are closed. */
  close(): Promise<void>;
  /** Closes the store and opens the same data again; absent where nothing outlives a store. All handles are closed. */
  reopen?(): Promise<void>;
}

/** Registers the tests of the contract for the engine that `open` opens. */
export function testStorageConformance(name: string, open: () => Promise<StorageUnderTest>): void {
  describe(`storage conformance: ${name}`, () => {
    const suite = createSuite(open);
    before(suite.start);
    after(suite.stop);
    testReads(suite);
    testScans(suite);
    testScanProperty(suite);
    testSnapshots(suite);
    testTransactions(suite);
    testSerializability(suite);
    testRefusedWrites(suite);
    testCounters(suite);
    testLogs(suite);
    testLogRemovals(suite);
    testAppendWaits(suite);
    testContents(suite);
    testResidentSpaces(suite);
    testHandles(suite);
    testReopening(suite);
  });
}

interface Suite {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** The handle that most tests use. */
  engine(): StorageEngine;
  /** Runs `use` with a further handle. */
  withEngine<Result>(use: (engine: StorageEngine) => Promise<Result>): Promise<Result>;
  /** Closes all and opens it again; false if the engine can't. */
  reopen(): Promise<boolean>;
  /** A number that no other test has: for a space, a log, a counter's name. */
  fresh(): number;
}

function createSuite(open: () => Promise<StorageUnderTest>): Suite {
  let storage: StorageUnderTest;
  let main: StorageEngine;
  let last = 0;
  return {
    start: async () => {
      storage = await open();
      main = await storage.engine();
    },
    stop: async () => {
      await main.close();
      await storage.close();
    },
    engine: () => main,
    withEngine: async (use) => {
      const engine = await storage.engine();
      try {
        return await use(engine);
      } finally {
        await engine.close();
      }
    },
    reopen: async () => {
      if (storage.reopen === undefined) return false;
      await main.close();
      await storage.reopen();
      main = await storage.engine();
      return true;
    },
    fresh: () => ++last,
  };
}

function bytes(...values: number[]): Uint8Array {
  return new Uint8Array(values);
}

function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

/** Compares as unsigned bytes: the order that engines must keep. */
function compareBytes(left: Uint8Array, right: Uint8Array): number {
  return Buffer.compare(left, right);
}

/** Bytes that compare by content, whatever subclass of Uint8Array an engine hands out. */
function plain(value: Uint8Array | undefined): number[] | undefined {
  return value === undefined ? undefined : [...value];
}

function plainEntries(entries: readonly Entry[]): (readonly [number[] | undefined, number[] | undefined])[] {
  return entries.map(({ key, value }) => [plain(key), plain(value)]);
}

function put(space: number, key: Uint8Array, value: Uint8Array): Write {
  return { kind: 'put', space, key, value };
}

/** Puts `keys` into `space`, each with its own bytes as the value. */
async function putKeys(engine: StorageEngine, space: number, keys: readonly Uint8Array[]): Promise<void> {
  await engine.transact(
    writeAll,
    keys.map((key) => put(space, key, key)),
  );
}

function testReads({ engine, fresh, withEngine }: Suite): void {
  test('get finds what was put, in its space only, and nothing else', async () => {
    const [space, other] = [fresh(), fresh()];
    await engine().transact(writeAll, [put(space, text('k'), text('v'))]);
    assert.deepEqual(plain(await engine().get(space, text('k'))), plain(text('v')));
    assert.equal(await engine().get(other, text('k')), undefined);
    assert.equal(await engine().get(space, text('kk')), undefined);
    assert.equal(await engine().get(space, text('K')), undefined);
  });

  test('a put replaces, a delete removes, a delete of an absent key is fine', async () => {
    const space = fresh();
    await engine().transact(writeAll, [put(space, text('k'), text('1')), put(space, text('k'), text('2'))]);
    assert.deepEqual(plain(await engine().get(space, text('k'))), plain(text('2')));
    const remove: Write = { kind: 'delete', space, key: text('k') };
    await engine().transact(writeAll, [remove, remove]);
    assert.equal(await engine().get(space, text('k')), undefined);
  });

  test('values of any size and content come back as they were', async () => {
    const space = fresh();
    const large = new Uint8Array(600_000).map((_, index) => index % 251);
    await engine().transact(writeAll, [put(space, bytes(0), bytes()), put(space, bytes(255), large)]);
    assert.deepEqual(plain(await engine().get(space, bytes(0))), []);
    assert.equal(Buffer.compare((await engine().get(space, bytes(255))) ?? bytes(), large), 0);
  });

  test('keys of 1 and of 2,600 bytes work, in the first and the last space', async () => {
    const longest = new Uint8Array(2600).fill(7);
    const last = 2 ** 31 - 1;
    await engine().transact(writeAll, [put(last, longest, text('long')), put(last, bytes(0), text('short'))]);
    assert.deepEqual(plain(await engine().get(last, longest)), plain(text('long')));
    assert.deepEqual(plain(await engine().get(last, bytes(0))), plain(text('short')));
  });

  test('getMany answers in the order of its keys, absent and repeated ones too', async () => {
    const [space, other] = [fresh(), fresh()];
    await engine().transact(writeAll, [put(space, text('a'), text('1')), put(other, text('b'), text('2'))]);
    const keys = [
      { space: other, key: text('b') },
      { space, key: text('b') },
      { space, key: text('a') },
      { space: other, key: text('b') },
    ];
    const values = await engine().getMany(keys);
    assert.deepEqual(values.map(plain), [plain(text('2')), undefined, plain(text('1')), plain(text('2'))]);
    assert.deepEqual(await engine().getMany([]), []);
  });

  test('getMany ends with the value that until makes the last', async () => {
    const space = fresh();
    await putKeys(engine(), space, [bytes(1), bytes(3), bytes(4)]);
    const keys = [1, 2, 3, 4].map((key) => ({ space, key: bytes(key) }));
    const seen: unknown[] = [];
    const until = (value: Uint8Array | undefined) => {
      seen.push(plain(value));
      return value?.[0] === 3;
    };
    const values = (await engine().getMany(keys, undefined, { until })).map(plain);
    assert.deepEqual(values, [[1], undefined, [3]]);
    assert.deepEqual(seen, values);
    assert.equal((await engine().getMany(keys, undefined, { until: () => false })).length, 4);
    const fails = () => {
      throw new RangeError('enough');
    };
    await assert.rejects(engine().getMany(keys, undefined, { until: fails }), RangeError);
    assert.equal((await engine().getMany(keys)).length, 4);
  });

  test('what was acknowledged is visible to every handle, at once', async () => {
    const space = fresh();
    await withEngine(async (other) => {
      for (let round = 0; round < 50; round += 1) {
        const value = encodeNumber(round);
        const [writer, reader] = round % 2 === 0 ? [engine(), other] : [other, engine()];
        await writer.transact(writeAll, [put(space, text('k'), value)]);
        assert.deepEqual(plain(await reader.get(space, text('k'))), plain(value));
        assert.deepEqual(plainEntries(await writer.scan(space, {}, { limit: 9 })), [[plain(text('k')), plain(value)]]);
      }
    });
  });
}

function testScans({ engine, fresh }: Suite): void {
  const keys = [bytes(0), bytes(0, 0), bytes(1), bytes(1, 255), bytes(127), bytes(128), bytes(255), bytes(255, 255)];
  const fill = async () => {
    const space = fresh();
    await putKeys(engine(), space, keys.toReversed());
    await putKeys(engine(), fresh(), [bytes(1), bytes(2)]);
    return space;
  };
  const scanKeys = async (space: number, range: KeyRange, options: ScanOptions) =>
    (await engine().scan(space, range, options)).map(({ key }) => plain(key));
  const some = (from: number, end: number) => keys.slice(from, end).map(plain);

  test('a scan yields the entries of its space in unsigned byte order, or in reverse', async () => {
    const space = await fill();
    assert.deepEqual(await scanKeys(space, {}, { limit: 100 }), some(0, 8));
    assert.deepEqual(await scanKeys(space, {}, { limit: 100, reverse: true }), some(0, 8).toReversed());
  });

  test('a range takes its lower bound and leaves its upper one, in both directions', async () => {
    const space = await fill();
    for (const reverse of [false, true]) {
      const expect = async (range: KeyRange, expected: unknown[]) =>
        assert.deepEqual(
          await scanKeys(space, range, { limit: 100, reverse }),
          reverse ? expected.toReversed() : expected,
        );
      await expect({ from: bytes(1) }, some(2, 8));
      await expect({ before: bytes(128) }, some(0, 5));
      await expect({ from: bytes(0, 0), before: bytes(255, 255) }, some(1, 7));
      await expect({ from: bytes(1, 0), before: bytes(127, 0) }, some(3, 5));
      await expect({ from: undefined, before: undefined }, some(0, 8));
      await expect({ from: bytes(128), before: bytes(128) }, []);
      await expect({ from: bytes(128), before: bytes(1) }, []);
      await expect({ before: bytes(0) }, []);
      await expect({ from: bytes(255, 255, 0) }, []);
    }
  });

  test('a scan stops at its limit', async () => {
    const space = await fill();
    assert.deepEqual(await scanKeys(space, {}, { limit: 1 }), some(0, 1));
    assert.deepEqual(await scanKeys(space, { before: bytes(255) }, { limit: 2, reverse: true }), [
      plain(bytes(128)),
      plain(bytes(127)),
    ]);
  });

  test('a scan with until finds entries of all sizes, however many', async () => {
    const space = fresh();
    // Small ones, large ones among small ones, small ones again: whatever an engine reads ahead by is wrong somewhere.
    const sizes = Array.from({ length: 400 }, (_, i) => (i % 50 > 46 || (i > 150 && i < 170) ? 30_000 + i : i % 7));
    const entries = sizes.map((size, i) => ({ key: bytes(i >> 8, i & 255), value: new Uint8Array(size).fill(i) }));
    await engine().transact(
      writeAll,
      entries.map(({ key, value }) => put(space, key, value)),
    );
    for (const reverse of [false, true]) {
      for (const limit of [1, 399, 400, 1000]) {
        const found = await engine().scan(space, {}, { limit, reverse, until: () => false });
        const expected = (reverse ? entries.toReversed() : entries).slice(0, limit);
        assert.equal(found.length, expected.length);
        for (const [i, { key, value }] of found.entries()) {
          assert.equal(compareBytes(key, expected[i]?.key ?? bytes()), 0);
          assert.equal(compareBytes(value, expected[i]?.value ?? bytes()), 0);
        }
      }
    }
  });

  test('until sees each entry once, in order, and makes one the last', async () => {
    const space = await fill();
    for (const reverse of [false, true]) {
      const seen: unknown[] = [];
      const until = ({ key, value }: Entry) => {
        assert.deepEqual(plain(value), plain(key));
        seen.push(plain(key));
        return compareBytes(key, bytes(127)) === 0;
      };
      const found = await scanKeys(space, {}, { limit: 100, reverse, until });
      assert.deepEqual(found, reverse ? some(4, 8).toReversed() : some(0, 5));
      assert.deepEqual(seen, found);
    }
    const never = await scanKeys(space, {}, { limit: 3, until: () => false });
    assert.deepEqual(never, some(0, 3));
  });

  test('follow reads what each returned entry points to, and until sees it', async () => {
    const space = await fill();
    const target = fresh();
    await engine().transact(writeAll, [put(target, bytes(1), text('one')), put(target, bytes(128), bytes())]);
    for (const reverse of [false, true]) {
      const followedKeys: unknown[] = [];
      const seen: unknown[] = [];
      const follow = ({ key, value }: Entry) => {
        assert.deepEqual(plain(value), plain(key));
        followedKeys.push(plain(key));
        return { space: target, key };
      };
      const until = ({ key, followed }: ScannedEntry) => {
        seen.push(plain(followed));
        return compareBytes(key, bytes(127)) === 0;
      };
      const values = async (options: ScanOptions) =>
        (await engine().scan(space, {}, options)).map(({ followed }) => plain(followed));
      const all = [undefined, undefined, plain(text('one')), undefined, undefined, [], undefined, undefined];
      const expected = reverse ? all.toReversed() : all;
      assert.deepEqual(await values({ limit: 100, reverse, follow }), expected);
      assert.deepEqual(await values({ limit: 3, reverse, follow }), expected.slice(0, 3));
      followedKeys.length = 0;
      const ended = await values({ limit: 100, reverse, follow, until });
      assert.deepEqual(ended, expected.slice(0, reverse ? 4 : 5));
      assert.deepEqual(seen, ended);
      const ordered = reverse ? keys.toReversed() : keys;
      assert.ok(followedKeys.length >= ended.length);
      assert.deepEqual(followedKeys, ordered.slice(0, followedKeys.length).map(plain));
    }
  });

  test('an exception from follow rejects the scan and leaves the handle usable', async () => {
    const space = await fill();
    const follow = () => {
      throw new RangeError('nowhere');
    };
    await assert.rejects(engine().scan(space, {}, { limit: 9, follow }), RangeError);
    assert.equal((await engine().scan(space, {}, { limit: 100 })).length, 8);
  });

  test('an exception from until rejects the scan and leaves the handle usable', async () => {
    const space = await fill();
    const until = () => {
      throw new RangeError('enough');
    };
    await assert.rejects(engine().scan(space, {}, { limit: 9, until }), RangeError);
    assert.equal((await engine().scan(space, {}, { limit: 100 })).length, 8);
  });
}

function testScanProperty({ engine, fresh }: Suite): void {
  const key = fc.uint8Array({ minLength: 1, maxLength: 4 });
  const bound = fc.option(key, { nil: undefined });
  const scans = fc.record({
    from: bound,
    before: bound,
    limit: fc.integer({ min: 1, max: 12 }),
    reverse: fc.boolean(),
  });

  test('scans agree with a sorted list in memory', async () => {
    const property = fc.asyncProperty(
      fc.array(key, { maxLength: 30 }),
      fc.array(scans, { maxLength: 10 }),
      async (keys, asked) => {
        const space = fresh();
        await putKeys(engine(), space, keys);
        const sorted = [...new Map(keys.map((each) => [String(each), each])).values()].toSorted(compareBytes);
        for (const { from, before: end, limit, reverse } of asked) {
          const inRange = sorted.filter(
            (each) =>
              (from === undefined || compareBytes(each, from) >= 0) &&
              (end === undefined || compareBytes(each, end) < 0),
          );
          const expected = (reverse ? inRange.toReversed() : inRange).slice(0, limit);
          const found = await engine().scan(space, { from, before: end }, { limit, reverse });
          assert.deepEqual(
            plainEntries(found),
            expected.map((each) => [plain(each), plain(each)]),
          );
        }
      },
    );
    await fc.assert(property, { numRuns: 40 });
  });
}

/** Every write sets all keys to one number, so that a mixture shows. */
function testSnapshots({ engine, fresh, withEngine }: Suite): void {
  test('getMany and scan each see one state while others write', async () => {
    const [space, beside] = [fresh(), fresh()];
    const keys = Array.from({ length: 40 }, (_, index) => ({ space, key: bytes(index) }));
    const setAll = (round: number) =>
      engine().transact(
        writeAll,
        [...keys, { space: beside, key: bytes(0) }].map((each) => put(each.space, each.key, encodeNumber(round))),
      );
    await setAll(0);
    let isWriting = true;
    const writing = (async () => {
      for (let round = 1; round <= 40; round += 1) await Promise.all([setAll(round), setAll(round + 1000)]);
    })().finally(() => (isWriting = false));
    await withEngine(async (reader) => {
      while (isWriting) {
        const values = await reader.getMany(keys);
        assert.equal(new Set(values.map(decodeNumber)).size, 1);
        const entries = await reader.scan(space, {}, { limit: 100, until: () => false });
        assert.equal(entries.length, 40);
        assert.equal(new Set(entries.map(({ value }) => decodeNumber(value))).size, 1);
        const follow = () => ({ space: beside, key: bytes(0) });
        const pairs = await reader.scan(space, {}, { limit: 100, follow });
        assert.equal(new Set(pairs.flatMap(({ value, followed }) => [value, followed].map(decodeNumber))).size, 1);
        await new Promise(setImmediate);
      }
    });
    await writing;
  });
}

function testTransactions({ engine, fresh, withEngine }: Suite): void {
  test('a procedure gets the values of its reads in their order, as its transaction sees them', async () => {
    const space = fresh();
    await putKeys(engine(), space, [bytes(1), bytes(3)]);
    const keys = [3, 2, 1, 3].map((key) => ({ space, key: bytes(key) }));
    const output = await engine().transact(readAll, keys);
    assert.deepEqual(output.map(plain), [[3], undefined, [1], [3]]);
  });

  test('one that throws in reads or decide rejects its own caller and writes nothing', async () => {
    const space = fresh();
    const calls = ['reads', 'decide'].flatMap((where, index) => [
      engine().transact(writeAll, [put(space, bytes(index), bytes(index))]),
      engine().transact(fail, { where: where as 'reads' | 'decide' }),
    ]);
    const results = await Promise.allSettled(calls);
    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled', 'rejected'],
    );
    assert.equal((await engine().scan(space, {}, { limit: 9 })).length, 2);
    const [, inReads, , inDecide] = results as PromiseRejectedResult[];
    assert.ok(inReads?.reason instanceof Error && inDecide?.reason instanceof Error);
    assert.deepEqual([inReads.reason.name, inReads.reason.message], ['TestFault', 'thrown by reads']);
    assert.deepEqual([inDecide.reason.name, inDecide.reason.message], ['TestFault', 'thrown by decide']);
    assert.match(inDecide.reason.stack ?? '', /conformance-procedures/);
  });

  test('an input that cannot cross threads fails alone', async () => {
    const space = fresh();
    const good = engine().transact(writeAll, [put(space, bytes(1), bytes(1))]);
    const bad = engine().transact(writeAll, [{ kind: 'put', space, key: bytes(2), value: (() => 0) as never }]);
    await assert.rejects(bad);
    await good;
    assert.equal((await engine().scan(space, {}, { limit: 9 })).length, 1);
  });

  test('the writes of one procedure show together or not at all', async () => {
    const space = fresh();
    const keys = Array.from({ length: 10 }, (_, index) => ({ space, key: bytes(index) }));
    await withEngine(async (other) => {
      const transfers = Array.from({ length: 120 }, (_, index) => {
        const [from, to] = [keys[index % 10], keys[(index * 7 + 3) % 10]] as [EntryKey, EntryKey];
        if (from === to) return Promise.resolve([]);
        return (index % 2 === 0 ? engine() : other).transact(addToAll, { keys: [from, to], by: [-index, index] });
      });
      const sums = Array.from({ length: 30 }, async () => {
        await new Promise(setImmediate);
        const values = await engine().getMany(keys);
        return values.map(decodeNumber).reduce((sum, value) => sum + value, 0);
      });
      await Promise.all(transfers);
      assert.deepEqual(new Set(await Promise.all(sums)), new Set([0]));
    });
  });
}

function testSerializability({ engine, fresh, withEngine }: Suite): void {
  test('concurrent increments by read and write lose nothing, and no two see the same value', async () => {
    const space = fresh();
    const keys = [{ space, key: text('n') }];
    await withEngine(async (other) => {
      const outputs: number[] = [];
      const run = async (handle: StorageEngine) => {
        for (let round = 0; round < 20; round += 1) {
          const [sum] = await handle.transact(addToAll, { keys, by: [1] });
          outputs.push(sum ?? 0);
        }
      };
      await Promise.all(Array.from({ length: 16 }, (_, index) => run(index % 2 === 0 ? engine() : other)));
      assert.equal(decodeNumber(await engine().get(space, text('n'))), 320);
      assert.deepEqual(
        outputs.toSorted((left, right) => left - right),
        Array.from({ length: 320 }, (_, index) => index + 1),
      );
    });
  });

  test('calls of one handle that are sent together see each other’s writes in some order', async () => {
    const space = fresh();
    const add = (key: number) => engine().transact(addToAll, { keys: [{ space, key: bytes(key) }], by: [1] });
    const sums = await Promise.all([add(1), add(2), add(1), add(2), add(1)]);
    assert.deepEqual([sums[0], sums[2], sums[4]].flat().toSorted(), [1, 2, 3]);
    assert.deepEqual([sums[1], sums[3]].flat().toSorted(), [1, 2]);
  });
}

function testRefusedWrites({ engine, fresh }: Suite): void {
  const refused: Record<string, (space: number) => Write> = {
    'an empty key': (space) => put(space, bytes(), bytes(1)),
    'a key that is too long': (space) => put(space, new Uint8Array(2601), bytes(1)),
    'a value that is not bytes': (space) => put(space, bytes(2), 'text' as never),
    'a space of 0': () => put(0, bytes(2), bytes(1)),
    'a space of 2^31': () => put(2 ** 31, bytes(2), bytes(1)),
    'a space that is no integer': () => put(1.5, bytes(2), bytes(1)),
    'a step that is no safe integer': () => ({ kind: 'increment', counter: 'refused', by: 0.5 }),
    'an unknown kind': () => ({ kind: 'rename' }) as never,
  };
  for (const [what, make] of Object.entries(refused)) {
    test(`a decision with ${what} is refused whole`, async () => {
      const space = fresh();
      await assert.rejects(engine().transact(writeAll, [put(space, bytes(1), bytes(1)), make(space)]));
      assert.deepEqual(await engine().scan(space, {}, { limit: 9 }), []);
    });
  }
}

function testCounters({ engine, fresh, withEngine }: Suite): void {
  test('counters start at 0 and hold the sum of all increments, in the order asked for', async () => {
    const [up, down, none] = [`up ${fresh()}`, `down ${fresh()}`, `none ${fresh()}`];
    const step: Write[] = [
      { kind: 'increment', counter: up, by: 3 },
      { kind: 'increment', counter: down, by: -5_000_000_000 },
      { kind: 'increment', counter: up, by: 4 },
    ];
    await withEngine(async (other) => {
      await Promise.all(
        Array.from({ length: 30 }, (_, index) => (index % 2 === 0 ? engine() : other).transact(writeAll, step)),
      );
      assert.deepEqual(await other.counters([down, none, up, up]), [-150_000_000_000, 0, 210, 210]);
      assert.deepEqual(await engine().counters([]), []);
    });
  });

  test('a procedure that is refused moves no counter', async () => {
    const counter = `refused ${fresh()}`;
    const writes: Write[] = [{ kind: 'increment', counter, by: 1 }, put(0, bytes(), bytes())];
    await assert.rejects(engine().transact(writeAll, writes));
    assert.deepEqual(await engine().counters([counter]), [0]);
  });

  test('counters of one transaction are read together', async () => {
    const names = [`a ${fresh()}`, `b ${fresh()}`];
    const step = names.map((counter): Write => ({ kind: 'increment', counter, by: 1 }));
    let isWriting = true;
    const writing = (async () => {
      for (let round = 0; round < 30; round += 1) await engine().transact(writeAll, step);
    })().finally(() => (isWriting = false));
    while (isWriting) {
      const [left, right] = await engine().counters(names);
      assert.equal(left, right);
      await new Promise(setImmediate);
    }
    await writing;
  });
}

function testLogs({ engine, fresh, withEngine }: Suite): void {
  const append = (log: number, shard: number, value: number): Write => ({
    kind: 'append',
    log,
    shard,
    value: encodeNumber(value),
  });

  test('entries keep the order of their transaction and have rising sequences', async () => {
    const log = fresh();
    await engine().transact(writeAll, [append(log, 0, 1), append(log, 1, 10), append(log, 0, 2)]);
    await engine().transact(writeAll, [append(log, 0, 3)]);
    const entries = await engine().readLog(log, 0, 0n, 10);
    assert.deepEqual(
      entries.map(({ value }) => decodeNumber(value)),
      [1, 2, 3],
    );
    assertRising(entries.map(({ sequence }) => sequence));
    const other = await engine().readLog(log, 1, 0n, 10);
    assert.deepEqual(
      other.map(({ value }) => decodeNumber(value)),
      [10],
    );
    assert.deepEqual(await engine().readLog(log, 2, 0n, 10), []);
    assert.deepEqual(await engine().readLog(fresh(), 0, 0n, 10), []);
  });

  test('reading goes on after a sequence, up to a limit', async () => {
    const log = fresh();
    await engine().transact(
      writeAll,
      [1, 2, 3, 4].map((value) => append(log, 5, value)),
    );
    const [first, second] = await engine().readLog(log, 5, 0n, 2);
    assert.ok(first !== undefined && second !== undefined);
    const rest = await engine().readLog(log, 5, second.sequence, 10);
    assert.deepEqual(
      rest.map(({ value }) => decodeNumber(value)),
      [3, 4],
    );
    assert.deepEqual(await engine().readLog(log, 5, rest[1]?.sequence ?? 0n, 10), []);
    assert.deepEqual(await engine().readLog(log, 5, 2n ** 80n, 10), []);
  });

  test('a reader that has seen a sequence finds no new entry before it', async () => {
    const log = fresh();
    let isWriting = true;
    await withEngine(async (other) => {
      const write = async (handle: StorageEngine, value: number) => {
        for (let round = 0; round < 25; round += 1) await handle.transact(writeAll, [append(log, 0, value + round)]);
      };
      const writing = Promise.all([
        write(engine(), 0),
        write(engine(), 100),
        write(other, 200),
        write(other, 300),
      ]).finally(() => (isWriting = false));
      const followed: bigint[] = [];
      const follow = async () => {
        const entries = await other.readLog(log, 0, followed.at(-1) ?? 0n, 7);
        followed.push(...entries.map(({ sequence }) => sequence));
        return entries.length;
      };
      while (isWriting || (await follow()) > 0) {
        await follow();
        await new Promise(setImmediate);
      }
      await writing;
      assertRising(followed);
      const all = await engine().readLog(log, 0, 0n, 1000);
      assert.deepEqual(
        followed,
        all.map(({ sequence }) => sequence),
      );
      assert.equal(all.length, 100);
    });
  });

  test('a procedure that is refused appends nothing', async () => {
    const log = fresh();
    await assert.rejects(engine().transact(writeAll, [append(log, 0, 1), put(0, bytes(), bytes())]));
    assert.deepEqual(await engine().readLog(log, 0, 0n, 10), []);
  });
}

function testLogRemovals({ engine, fresh, withEngine, reopen }: Suite): void {
  const appendAll = (log: number, count: number) =>
    engine().transact(
      writeAll,
      Array.from({ length: count }, (_, i): Write => ({ kind: 'append', log, shard: 1, value: encodeNumber(i + 1) })),
    );
  const trim = (log: number, through: bigint) =>
    engine().transact(writeAll, [{ kind: 'trim', log, shard: 1, through }]);
  const readAllOf = async (log: number) => {
    const entries = await engine().readLog(log, 1, 0n, 1_000);
    return entries.map(({ sequence, value }) => [sequence, decodeNumber(value)]);
  };
  const boundsOf = async (log: number) => (await engine().logBounds([{ log, shard: 1 }]))[0];

  test('the bounds of shards are told, also before anybody has read from them', async () => {
    const [log, none] = [fresh(), fresh()];
    await appendAll(log, 120);
    await withEngine(async (other) => {
      assert.deepEqual(
        await other.logBounds([
          { log, shard: 1 },
          { log: none, shard: 1 },
          { log, shard: 2 },
        ]),
        [
          { after: 0n, last: 120n },
          { after: 0n, last: 0n },
          { after: 0n, last: 0n },
        ],
      );
      assert.deepEqual(await other.logBounds([]), []);
    });
    assert.deepEqual(
      (await engine().readLog(log, 1, 118n, 10)).map(({ sequence }) => sequence),
      [119n, 120n],
    );
  });

  test('what is trimmed is gone, and sequences go on', async () => {
    const log = fresh();
    await appendAll(log, 5);
    assert.deepEqual(await boundsOf(log), { after: 0n, last: 5n });
    await trim(log, 3n);
    assert.deepEqual(await readAllOf(log), [
      [4n, 4],
      [5n, 5],
    ]);
    assert.deepEqual(await boundsOf(log), { after: 3n, last: 5n });
    await trim(log, 2n);
    assert.deepEqual(await boundsOf(log), { after: 3n, last: 5n });
    await trim(log, 5n);
    assert.deepEqual(await readAllOf(log), []);
    assert.deepEqual(await boundsOf(log), { after: 5n, last: 5n });
    await appendAll(log, 1);
    assert.deepEqual(await readAllOf(log), [[6n, 1]]);
    if (await reopen()) assert.deepEqual(await boundsOf(log), { after: 5n, last: 6n });
  });

  test('trimming past the end has what is appended next come behind it', async () => {
    const log = fresh();
    await trim(log, 1_000_000_000_000n);
    assert.deepEqual(await boundsOf(log), { after: 1_000_000_000_000n, last: 1_000_000_000_000n });
    await appendAll(log, 2);
    assert.deepEqual(await readAllOf(log), [
      [1_000_000_000_001n, 1],
      [1_000_000_000_002n, 2],
    ]);
  });

  test('a shard that is dropped is no more, and its neighbours stay', async () => {
    const log = fresh();
    await appendAll(log, 3);
    await engine().transact(writeAll, [{ kind: 'append', log, shard: 2, value: encodeNumber(9) }]);
    await engine().transact(writeAll, [{ kind: 'drop', log, shard: 1 }]);
    assert.deepEqual(await readAllOf(log), []);
    assert.deepEqual(await boundsOf(log), { after: 0n, last: 0n });
    const { shards } = await engine().contents();
    assert.deepEqual(
      shards.filter((each) => each.log === log),
      [{ log, shard: 2 }],
    );
    assert.equal((await engine().readLog(log, 2, 0n, 10)).length, 1);
  });
}

function testAppendWaits({ engine, fresh, withEngine }: Suite): void {
  const append = (handle: StorageEngine, log: number, shard: number) =>
    handle.transact(writeAll, [{ kind: 'append', log, shard, value: bytes(1) }]);
  const never = new AbortController().signal;

  test('who waits is told of entries that are there and of those that come, by any handle', async () => {
    const log = fresh();
    await withEngine(async (other) => {
      const waiting = other.waitForAppends(
        [
          { log: fresh(), shard: 0, after: 0n },
          { log, shard: 3, after: 0n },
        ],
        never,
      );
      let isTold = false;
      void waiting.then(() => (isTold = true));
      const neighbour = other.waitForAppends([{ log, shard: 4, after: 0n }], never);
      await append(engine(), fresh(), 3);
      await append(engine(), log, 4);
      // By then the handle has looked for all who wait.
      await neighbour;
      assert.equal(isTold, false);
      await append(engine(), log, 3);
      await waiting;
      await other.waitForAppends([{ log, shard: 3, after: 0n }], never);
      assert.equal((await other.readLog(log, 3, 0n, 10)).length, 1);
      const next = other.waitForAppends([{ log, shard: 3, after: 1n }], never);
      const same = engine().waitForAppends([{ log, shard: 3, after: 1n }], never);
      await append(other, log, 3);
      await Promise.all([next, same]);
    });
  });

  test('waiting ends when it is aborted, and rejects when its handle is closed', async () => {
    const log = fresh();
    const ending = new AbortController();
    const aborted = engine().waitForAppends([{ log, shard: 0, after: 0n }], ending.signal);
    ending.abort();
    await aborted;
    await engine().waitForAppends([{ log, shard: 0, after: 0n }], ending.signal);
    let closed: Promise<void> | undefined;
    await withEngine(async (other) => {
      closed = other.waitForAppends([{ log, shard: 0, after: 0n }], never);
      closed.catch(() => undefined);
    });
    await assert.rejects(closed ?? Promise.resolve(), StorageClosedError);
  });
}

function assertRising(sequences: readonly bigint[]): void {
  for (const [index, sequence] of sequences.entries()) {
    assert.equal(typeof sequence, 'bigint');
    assert.ok(sequence > (sequences[index - 1] ?? 0n), `${sequence} at ${index}`);
  }
}

function testContents({ engine, fresh, withEngine }: Suite): void {
  test('what there is is told by name, and what is gone is not', async () => {
    const [full, emptied, log] = [fresh(), fresh(), fresh()];
    const [moved, back] = [`moved ${full}`, `back ${full}`];
    const steps = [1, -1].map((by): Write => ({ kind: 'increment', counter: back, by }));
    const shards = [70, 7, 7].map((shard): Write => ({ kind: 'append', log, shard, value: bytes(1) }));
    await engine().transact(writeAll, [
      put(full, bytes(1), bytes()),
      put(full, bytes(2), bytes()),
      put(emptied, bytes(1), bytes()),
      { kind: 'increment', counter: moved, by: -3 },
      ...steps.slice(0, 1),
      ...shards,
    ]);
    await engine().transact(writeAll, [{ kind: 'delete', space: emptied, key: bytes(1) }, ...steps.slice(1)]);
    await withEngine(async (other) => {
      for (const handle of [engine(), other]) {
        const { spaces, counters, shards: all } = await handle.contents();
        assert.deepEqual(
          spaces.filter((space) => space === full || space === emptied),
          [full],
        );
        assert.deepEqual([counters.get(moved), counters.has(back)], [-3, false]);
        assert.deepEqual(
          all.filter((shard) => shard.log === log),
          [
            { log, shard: 7 },
            { log, shard: 70 },
          ],
        );
        assert.deepEqual(
          spaces,
          spaces.toSorted((a, b) => a - b),
        );
        // Whether anybody has read from a shard makes no difference.
        await handle.readLog(log, 7, 0n, 10);
      }
    });
  });
}

function testResidentSpaces({ engine, fresh, withEngine }: Suite): void {
  const change = (handle: StorageEngine, key: Uint8Array) =>
    handle.transact(writeAll, [put(RESIDENT_SPACE, key, encodeNumber(fresh()))]);

  test('the resident version moves with resident spaces only', async () => {
    await change(engine(), bytes(1));
    const start = engine().residentVersion();
    await engine().transact(writeAll, [put(fresh(), bytes(1), bytes(1))]);
    assert.equal(engine().residentVersion(), start);
    await change(engine(), bytes(1));
    const changed = engine().residentVersion();
    assert.notEqual(changed, start);
    await engine().transact(writeAll, [{ kind: 'delete', space: RESIDENT_SPACE, key: bytes(1) }]);
    assert.notEqual(engine().residentVersion(), changed);
  });

  test('a handle knows of a newer resident version once a read was refused for it, or a transact has ended', async () => {
    await withEngine(async (other) => {
      for (let round = 0; round < 20; round += 1) {
        const old = other.residentVersion();
        await change(engine(), bytes(1));
        await assert.rejects(other.get(RESIDENT_SPACE, bytes(1), old), ResidentVersionError);
        const learned = other.residentVersion();
        assert.notEqual(learned, old);
        await other.get(RESIDENT_SPACE, bytes(1), learned);
        await change(engine(), bytes(1));
        await other.transact(readAll, [{ space: RESIDENT_SPACE, key: bytes(1) }]);
        assert.notEqual(other.residentVersion(), learned);
        await other.get(RESIDENT_SPACE, bytes(1), other.residentVersion());
      }
    });
  });

  test('who reads again with the version that a refusal left comes to an end while others write', async () => {
    let isWriting = true;
    const writing = (async () => {
      for (let round = 0; round < 60; round += 1) await change(engine(), bytes(7));
    })().finally(() => (isWriting = false));
    await withEngine(async (reader) => {
      let expected = reader.residentVersion();
      while (isWriting) {
        const result = await reader.get(RESIDENT_SPACE, bytes(7), expected).catch(ignoreVersionError);
        if (result === null) assert.notEqual(reader.residentVersion(), expected);
        expected = reader.residentVersion();
        await new Promise(setImmediate);
      }
    });
    await writing;
  });

  test('reads that expect an older resident version reject, those that expect the present one answer', async () => {
    const space = fresh();
    await putKeys(engine(), space, [bytes(1)]);
    await withEngine(async (other) => {
      const old = engine().residentVersion();
      const readAllAt = (version: number) => [
        engine().get(space, bytes(1), version),
        engine().getMany([{ space, key: bytes(1) }], version),
        engine().scan(space, {}, { limit: 1 }, version),
        engine().scan(space, {}, { limit: 1, until: () => true }, version),
      ];
      assert.equal((await Promise.all(readAllAt(old))).length, 4);
      await change(other, bytes(2));
      await Promise.all(readAllAt(old).map((read) => assert.rejects(read, ResidentVersionError)));
      assert.equal((await Promise.all(readAllAt(engine().residentVersion()))).length, 4);
    });
  });

  test('a read that expects a version never sees anything of a newer one', async () => {
    const space = fresh();
    const key = bytes(3);
    let isWriting = true;
    const writing = (async () => {
      // The value beside the resident one changes in the same transaction.
      for (let round = 0; round < 60; round += 1) {
        const value = encodeNumber(round);
        await engine().transact(writeAll, [put(RESIDENT_SPACE, key, value), put(space, key, value)]);
      }
    })().finally(() => (isWriting = false));
    await withEngine(async (reader) => {
      while (isWriting) {
        const expected = reader.residentVersion();
        const resident = await reader.get(RESIDENT_SPACE, key, expected).catch(ignoreVersionError);
        const beside = await reader.get(space, key, expected).catch(ignoreVersionError);
        if (resident !== null && beside !== null) assert.deepEqual(plain(beside), plain(resident));
        await new Promise(setImmediate);
      }
    });
    await writing;
  });

  test('procedures get the same array of a resident value until it changes', async () => {
    const entry = { space: RESIDENT_SPACE, key: bytes(4) };
    assert.equal(await engine().transact(identify, entry), undefined);
    await change(engine(), entry.key);
    const first = await engine().transact(identify, entry);
    await change(engine(), bytes(5));
    assert.equal(await engine().transact(identify, entry), first);
    await change(engine(), entry.key);
    assert.notEqual(await engine().transact(identify, entry), first);
    await engine().transact(writeAll, [{ kind: 'delete', ...entry }]);
    assert.equal(await engine().transact(identify, entry), undefined);
  });

  test('resident values are ordinary entries to reads and to procedures', async () => {
    const key = bytes(6);
    const [sum] = await engine().transact(addToAll, { keys: [{ space: RESIDENT_SPACE, key }], by: [5] });
    const [next] = await engine().transact(addToAll, { keys: [{ space: RESIDENT_SPACE, key }], by: [2] });
    assert.deepEqual([sum, next], [5, 7]);
    assert.equal(decodeNumber(await engine().get(RESIDENT_SPACE, key)), 7);
    const [entry] = await engine().scan(RESIDENT_SPACE, { from: key }, { limit: 1 });
    assert.equal(decodeNumber(entry?.value), 7);
  });
}

function ignoreVersionError(error: unknown): null {
  assert.ok(error instanceof ResidentVersionError);
  return null;
}

function testHandles({ engine, fresh, withEngine }: Suite): void {
  test('closing a handle settles its calls, then everything rejects, and others go on', async () => {
    const space = fresh();
    const keys = [{ space, key: bytes(1) }];
    const closed = await withEngine(async (handle) => {
      const calls = Array.from({ length: 20 }, () => handle.transact(addToAll, { keys, by: [1] }));
      await handle.close();
      const settled = await Promise.all(calls);
      assert.equal(settled.length, 20);
      return handle;
    });
    await assert.rejects(closed.get(space, bytes(1)), StorageClosedError);
    await assert.rejects(closed.getMany(keys), StorageClosedError);
    await assert.rejects(closed.scan(space, {}, { limit: 1 }), StorageClosedError);
    await assert.rejects(closed.readLog(1, 1, 0n, 1), StorageClosedError);
    await assert.rejects(closed.counters(['c']), StorageClosedError);
    await assert.rejects(closed.contents(), StorageClosedError);
    await assert.rejects(closed.transact(addToAll, { keys, by: [1] }), StorageClosedError);
    await closed.close();
    assert.equal(decodeNumber(await engine().get(space, bytes(1))), 20);
  });
}

function testReopening(suite: Suite): void {
  test('reopening keeps entries, counters, logs and the resident values', async (context) => {
    const [space, log, counter] = [suite.fresh(), suite.fresh(), `kept ${suite.fresh()}`];
    const writes: Write[] = [
      put(space, text('k'), text('v')),
      put(RESIDENT_SPACE, text('kept'), encodeNumber(1)),
      { kind: 'increment', counter, by: 41 },
      { kind: 'append', log, shard: 3, value: text('first') },
    ];
    await suite.engine().transact(writeAll, writes);
    if (!(await suite.reopen())) return context.skip('this engine keeps nothing');
    const engine = suite.engine();
    assert.deepEqual(plain(await engine.get(space, text('k'))), plain(text('v')));
    assert.deepEqual(await engine.counters([counter]), [41]);
    const keys = [{ space: RESIDENT_SPACE, key: text('kept') }];
    assert.deepEqual(await engine.transact(addToAll, { keys, by: [1] }), [2]);
    await engine.transact(writeAll, writes.slice(2));
    assert.deepEqual(await engine.counters([counter]), [82]);
    const entries = await engine.readLog(log, 3, 0n, 10);
    assert.equal(entries.length, 2);
    assertRising(entries.map(({ sequence }) => sequence));
    const expected = engine.residentVersion();
    assert.deepEqual(plain(await engine.get(space, text('k'), expected)), plain(text('v')));
  });
}
