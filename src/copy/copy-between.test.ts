import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Entry, Space, StorageEngine, Write } from '../storage/engine.ts';
import { createTable } from '../tables/create-table.ts';
import { deleteTable } from '../tables/delete-table.ts';
import { CATALOG_SPACE, SYSTEM_SPACE } from '../tables/spaces.ts';
import { type TableDefinition, itemCountCounter, sizeBytesCounter } from '../tables/table.ts';
import { deletionOf, draftOf } from '../tables/table-store.test.ts';
import { hashPartitionKey } from '../values/key-encoding.ts';
import { type CopyEnd, type CopyOptions, type CopyProgress, copyBetween } from './copy-between.ts';
import { CopyError } from './copy-error.ts';
import type { Batch } from './copy-procedures.ts';
import { findUnfinishedCopy } from './copy-records.ts';
import { openEmpty, write } from './copied-store.test.ts';

const INDEX = {
  name: 'by-g',
  kind: 'global',
  partitionKeys: [{ name: 'g', type: 'S' }],
  sortKeys: [],
  projection: { type: 'ALL', nonKeyAttributes: [] },
} as const;

const ITEMS = 400;
/** Two tables' definitions, the next free space, a purge record and what is in the logs are no items. */
const ALL_ENTRIES = 6 * ITEMS + 4 + 241;

function text(characters: string): Uint8Array {
  return new TextEncoder().encode(characters);
}

async function addTable(engine: StorageEngine, name: string): Promise<TableDefinition> {
  const outcome = await engine.transact(createTable, draftOf(name, { indexes: [INDEX] }));
  assert.ok('table' in outcome);
  return outcome.table;
}

/** Entries that lie as items do: in no order of their numbers. */
function entriesOf(count: number, note = ''): Entry[] {
  return Array.from({ length: count }, (_, i) => ({
    key: new Uint8Array(hashPartitionKey([{ S: String(i) }])),
    value: text(`${i}${note}`),
  }));
}

function puts(space: Space, entries: readonly Entry[]): Write[] {
  return entries.map((entry) => ({ kind: 'put', space, ...entry }));
}

async function fill(engine: StorageEngine, table: TableDefinition): Promise<void> {
  for (const space of [table.space, table.space + 1]) {
    await write(engine, [
      ...puts(space, entriesOf(ITEMS, `of ${space}`)),
      { kind: 'increment', counter: itemCountCounter(space), by: ITEMS },
      { kind: 'increment', counter: sizeBytesCounter(space), by: -5 },
    ]);
  }
}

/** A store with two tables, one that was deleted and is to be purged, and logs. */
async function openSource(t: TestContext): Promise<StorageEngine> {
  const engine = await openEmpty(t);
  for (const name of ['first', 'dead', 'second']) await fill(engine, await addTable(engine, name));
  await engine.transact(deleteTable, deletionOf('dead'));
  for (const shard of [0, 7]) {
    await write(
      engine,
      Array.from({ length: 120 }, (_, i) => ({ kind: 'append', log: 3, shard, value: text(`${i}`) })),
    );
  }
  // One shard of which the first entries are gone, and one of which all are.
  for (const [shard, through] of [
    [8, 2n],
    [9, 3n],
  ] as const) {
    await write(
      engine,
      ['a', 'b', 'c'].map((value) => ({ kind: 'append', log: 3, shard, value: text(value) })),
    );
    await write(engine, [{ kind: 'trim', log: 3, shard, through }]);
  }
  return engine;
}

/** All that a store holds. */
async function dump(engine: StorageEngine): Promise<unknown> {
  const contents = await engine.contents();
  const entries = contents.spaces.map((space) => engine.scan(space, {}, { limit: 100_000 }));
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
  const spaces = (await Promise.all(entries)).map((space) => space.map(({ key, value }) => [hex(key), hex(value)]));
  const logs = await Promise.all(contents.shards.map(({ log, shard }) => engine.readLog(log, shard, 0n, 100_000)));
  return { ...contents, entries: spaces, logs, bounds: await engine.logBounds(contents.shards) };
}

interface Outcome {
  readonly problems: readonly string[];
  readonly progress: readonly CopyProgress[];
}

async function copy(source: StorageEngine, target: StorageEngine, isResumed = false): Promise<Outcome> {
  const problems: string[] = [];
  const progress: CopyProgress[] = [];
  const options: CopyOptions = {
    isResumed,
    onProgress: (one) => progress.push(one),
    report: (problem) => problems.push(problem),
  };
  await copyBetween(endOf('here', source), endOf('there', target), options);
  return { problems, progress };
}

function endOf(name: string, engine: StorageEngine): CopyEnd {
  return { name, engine, requireUnused: async () => undefined };
}

class Interruption extends Error {}

/** `engine`, whose writes fail from the one numbered `failing`, from 0, which happens nevertheless if `isDone`. */
function interrupt(engine: StorageEngine, failing: number, isDone: boolean): StorageEngine {
  let calls = 0;
  return {
    ...engine,
    transact: async (procedure, input) => {
      const call = calls++;
      if (call < failing) return await engine.transact(procedure, input);
      if (call === failing && isDone) await engine.transact(procedure, input);
      throw new Interruption();
    },
  };
}

test('everything is copied, and nothing else', async (t) => {
  const source = await openSource(t);
  const target = await openEmpty(t);
  const before = await dump(source);
  const { problems, progress } = await copy(source, target);
  assert.deepEqual(problems, []);
  assert.deepEqual(await dump(target), before);
  assert.deepEqual(await dump(source), before);
  for (const stage of ['copying', 'verifying']) {
    const last = progress.findLast((one) => one.stage === stage);
    assert.equal(last?.entries, ALL_ENTRIES);
    assert.equal(last?.expectedEntries, 6 * ITEMS);
  }
});

test('an empty store is no source', async (t) => {
  const target = await openEmpty(t);
  await assert.rejects(copy(await openEmpty(t), target), new CopyError('here is empty'));
  assert.deepEqual((await target.contents()).spaces, []);
});

test('stores that are in use are refused, before and after, and the target is not marked', async (t) => {
  const source = await openSource(t);
  const options: CopyOptions = { isResumed: false, onProgress: () => undefined, report: assert.fail };
  const used = (name: string, engine: StorageEngine, fromLook: number): CopyEnd => {
    let looks = 0;
    const requireUnused = async () => {
      if (++looks >= fromLook) throw new CopyError(`${name} is in use`);
    };
    return { name, engine, requireUnused };
  };
  for (const fromLook of [1, 2]) {
    const target = await openEmpty(t);
    const [here, there] = [used('here', source, fromLook), used('there', target, fromLook)];
    await assert.rejects(copyBetween(here, endOf('there', target), options), new CopyError('here is in use'));
    const isMarked = (await findUnfinishedCopy(target)) !== undefined;
    assert.equal(isMarked, fromLook === 2);
    const again = { ...options, isResumed: isMarked };
    await assert.rejects(copyBetween(endOf('here', source), there, again), new CopyError('there is in use'));
    assert.equal((await findUnfinishedCopy(target)) !== undefined, isMarked);
  }
});

test('a copy that is interrupted at any of its writes goes on there', async (t) => {
  const source = await openEmpty(t);
  await fill(source, await addTable(source, 'only'));
  const expected = await dump(source);

  /** Resolves with whether there was anything to interrupt. */
  async function interruptAt(failing: number, isDone: boolean): Promise<boolean> {
    const target = await openEmpty(t);
    const ended = await copy(source, interrupt(target, failing, isDone)).catch((error: unknown) => error);
    if (!(ended instanceof Interruption)) return false;
    const isBegun = (await findUnfinishedCopy(target)) !== undefined;
    const isComplete = !isBegun && failing > 0;
    if (isBegun) await assert.rejects(copy(source, target), /^CopyError: there holds an unfinished copy; --resume/);
    if (!isComplete) assert.deepEqual((await copy(source, target, true)).problems, []);
    assert.deepEqual(await dump(target), expected, `write ${failing}, ${isDone ? 'done' : 'not done'}`);
    return true;
  }
  for (const isDone of [false, true]) {
    let failing = 0;
    while (await interruptAt(failing, isDone)) failing++;
    assert.ok(failing > 10);
  }
});

test('the catalog is copied last', async (t) => {
  const source = await openSource(t);
  const target = await openEmpty(t);
  const batches: Batch[] = [];
  const watched: StorageEngine = {
    ...target,
    transact: (procedure, input) => {
      if (procedure.name === 'copyBatch') batches.push((input as unknown as { batch: Batch }).batch);
      return target.transact(procedure, input);
    },
  };
  await copy(source, watched);
  const spaces = batches.map((batch) => (batch.kind === 'entries' ? batch.space : batch.kind));
  assert.equal(spaces.indexOf(CATALOG_SPACE), spaces.length - 1);
});

test('what was copied before is not copied again, and counts as done', async (t) => {
  const source = await openSource(t);
  const target = await openEmpty(t);
  await assert.rejects(copy(source, interrupt(target, 5, false)), Interruption);
  const { progress } = await copy(source, target, true);
  const [begun, ...further] = progress.filter(({ stage }) => stage === 'copying');
  assert.ok(begun !== undefined && begun.entries > 0);
  assert.ok(further.every(({ entries }) => entries >= begun.entries));
  assert.equal(further.at(-1)?.entries, ALL_ENTRIES);
});

test('a target that is not empty is refused, resumed or not', async (t) => {
  const source = await openSource(t);
  const written: readonly (readonly Write[])[] = [
    puts(5, entriesOf(1)),
    puts(SYSTEM_SPACE, entriesOf(1)),
    [{ kind: 'increment', counter: 'c', by: 1 }],
    [{ kind: 'append', log: 1, shard: 1, value: text('v') }],
  ];
  for (const writes of written) {
    const target = await openEmpty(t);
    await write(target, writes);
    const before = await dump(target);
    await assert.rejects(copy(source, target), new CopyError('there is not empty, and a copy needs an empty target'));
    await assert.rejects(copy(source, target, true), new CopyError('there is not empty and holds no unfinished copy'));
    assert.deepEqual(await dump(target), before);
  }
});

test('nodes and leases neither make a target full nor are copied', async (t) => {
  const source = await openSource(t);
  const target = await openEmpty(t);
  const here = ['node/1', 'lease/purge'].map((name) => ({ key: text(name), value: text('here') }));
  const there = ['node/2', 'lease/purge'].map((name) => ({ key: text(name), value: text('there') }));
  await write(source, puts(SYSTEM_SPACE, here));
  await write(target, puts(SYSTEM_SPACE, there));
  assert.deepEqual((await copy(source, target)).problems, []);
  assert.equal(await target.get(SYSTEM_SPACE, text('node/1')), undefined);
  assert.deepEqual(new Uint8Array((await target.get(SYSTEM_SPACE, text('lease/purge'))) ?? []), text('there'));
});

test('a copy does not go on from another source, or one that has changed', async (t) => {
  const source = await openSource(t);
  const target = await openEmpty(t);
  await assert.rejects(copy(source, interrupt(target, 5, false)), Interruption);
  const other = /^CopyError: there holds an unfinished copy of something else, or here has changed since: /;
  const another = await openEmpty(t);
  await addTable(another, 'another');
  await assert.rejects(copy(another, target, true), other);
  await write(source, [{ kind: 'increment', counter: itemCountCounter(16), by: 1 }]);
  await assert.rejects(copy(source, target, true), other);
});

test('an unfinished copy is no source', async (t) => {
  const target = await openEmpty(t);
  await assert.rejects(copy(await openSource(t), interrupt(target, 5, false)), Interruption);
  await assert.rejects(copy(target, await openEmpty(t)), new CopyError('here is itself an unfinished copy'));
});

test('of two copies to one target at most one goes on', async (t) => {
  const source = await openSource(t);
  const target = await openEmpty(t);
  await assert.rejects(copy(source, interrupt(target, 1, false)), Interruption);
  const outcomes = await Promise.allSettled([copy(source, target, true), copy(source, target, true)]);
  const failed = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
  assert.ok(failed.length > 0);
  for (const reason of failed) assert.deepEqual(reason, new CopyError('another copy writes to the same target'));
  if (failed.length === 2) assert.deepEqual((await copy(source, target, true)).problems, []);
  assert.deepEqual(await dump(target), await dump(source));
});

/** `engine`, with something done behind the last thing that a copy writes before it compares. */
function tamper(engine: StorageEngine, act: () => Promise<void>): StorageEngine {
  return {
    ...engine,
    transact: async (procedure, input) => {
      const output = await engine.transact(procedure, input);
      if ((input as unknown as { lane?: string }).lane === 'catalog') await act();
      return output;
    },
  };
}

test('what differs in the end is named, and the target stays unfinished', async (t) => {
  const source = await openSource(t);
  const target = await openEmpty(t);
  const tampered = tamper(target, () =>
    write(target, [
      ...puts(16, [{ key: text('k'), value: text('v') }]),
      ...puts(17, entriesOf(1, 'changed')),
      { kind: 'delete', space: 18, key: entriesOf(1)[0]?.key ?? text('') },
      ...puts(99, entriesOf(1)),
      { kind: 'append', log: 3, shard: 7, value: text('more') },
      { kind: 'increment', counter: itemCountCounter(18), by: 7 },
    ]),
  );
  const checksums = 'checksum [0-9a-f]{64} in the source, [0-9a-f]{64} in the target';
  const expected = [
    /^table first: 400 entries in the source, 401 in the target$/,
    new RegExp(`^table first, index by-g: as many entries, but others: ${checksums}$`),
    /^deleted table [^:]+: 400 entries in the source, 399 in the target$/,
    /^space 99: 0 entries in the source, 1 in the target$/,
    /^log 3, shard 7: 120 entries in the source, 121 in the target$/,
    /^counter 18\.items: 400 in the source, 407 in the target$/,
  ];
  for (const engine of [tampered, target]) {
    const { problems } = await copy(source, engine, true);
    assert.equal(problems.length, expected.length, problems.join('\n'));
    for (const [i, pattern] of expected.entries()) assert.match(problems[i] ?? '', pattern);
    assert.notEqual(await findUnfinishedCopy(target), undefined);
  }
});

test('a source that changes meanwhile is told of', async (t) => {
  const source = await openSource(t);
  const target = await openEmpty(t);
  const changing = tamper(target, () => write(source, [{ kind: 'increment', counter: itemCountCounter(16), by: 1 }]));
  assert.deepEqual((await copy(source, changing)).problems, ['here changed while it was copied']);
});
