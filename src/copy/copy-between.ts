/**
 * Brings everything that one store holds into another, whatever their engines.
 *
 * Entries are copied as the bytes they are, by lanes (lanes.ts), and the catalog last, so that no table is there before
 * all of its items are. The target notes that it is the unfinished copy of this source until all has been compared.
 */
import type { StorageEngine } from '../storage/engine.ts';
import { SYSTEM_SPACE } from '../tables/spaces.ts';
import { itemCountCounter } from '../tables/table.ts';
import { type ListedStore, compareStores, fingerprintStore } from './compare-stores.ts';
import { CopyError } from './copy-error.ts';
import { copyLanes } from './copy-lanes.ts';
import { beginCopy, forgetCopy } from './copy-procedures.ts';
import { findUnfinishedCopy, listCopyRecords } from './copy-records.ts';
import { lanesOf } from './lanes.ts';
import { readChunks } from './read-chunks.ts';

export interface CopyOptions {
  /** Go on with the copy that the target holds; without one, begin. */
  readonly isResumed: boolean;
  readonly onProgress: (progress: CopyProgress) => void;
  /** Told one line for each thing in which the target turns out to differ. */
  readonly report: (problem: string) => void;
}

/** How far a copy has come. */
export interface CopyProgress {
  readonly stage: 'copying' | 'verifying';
  readonly entries: number;
  readonly bytes: number;
  /** How many entries there are likely to be, from the source's counters. */
  readonly expectedEntries: number;
}

/** What was copied, by this run and those before. */
export interface CopiedStore {
  readonly entries: number;
  readonly bytes: number;
}

/** One end of a copy. */
export interface CopyEnd {
  /** What messages call it. */
  readonly name: string;
  readonly engine: StorageEngine;
  /** Rejects with CopyError if somebody else uses the store now. */
  requireUnused(): Promise<void>;
}

/**
 * Copies and compares. Where anything was reported the target stays marked as unfinished. Nobody else may write to
 * either store meanwhile. Rejects with CopyError for a source or a target that is used, or is not what it should be.
 */
export async function copyBetween(from: CopyEnd, to: CopyEnd, options: CopyOptions): Promise<CopiedStore> {
  await from.requireUnused();
  const source = await listSource(from);
  const fingerprint = await fingerprintStore(source);
  const { first, last } = lanesOf(from.engine, source.contents);
  const lanes = [...first, last].map(({ name }) => name);
  await claimTarget(from, to, { fingerprint, lanes }, options.isResumed);

  const copied = createMeter('copying', source, options);
  await copyLanes(first, to.engine, copied.add);
  await copyLanes([last], to.engine, copied.add);

  const verified = createMeter('verifying', source, options);
  let isSame = true;
  const report = (problem: string) => {
    isSame = false;
    options.report(problem);
  };
  await compareStores(source, await listStore(to.engine), report, verified.add);
  if ((await fingerprintStore(await listStore(from.engine))) !== fingerprint) {
    report(`${from.name} changed while it was copied`);
  }
  await Promise.all([from.requireUnused(), to.requireUnused()]);
  if (isSame) await forget(to.engine);
  return verified.total();
}

async function listSource({ name, engine }: CopyEnd): Promise<ListedStore> {
  if ((await findUnfinishedCopy(engine)) !== undefined) throw new CopyError(`${name} is itself an unfinished copy`);
  const source = await listStore(engine);
  if (await isEmpty(source)) throw new CopyError(`${name} is empty`);
  return source;
}

/** As `prepareTarget`, and sees that nobody uses the target, of whom there will be no more then. */
async function claimTarget(...given: Parameters<typeof prepareTarget>): Promise<void> {
  const [, to] = given;
  const isBegun = await prepareTarget(...given);
  try {
    await to.requireUnused();
  } catch (error) {
    if (isBegun) await forget(to.engine);
    throw error;
  }
}

async function forget(target: StorageEngine): Promise<void> {
  await target.transact(forgetCopy, await listCopyRecords(target));
}

async function listStore(engine: StorageEngine): Promise<ListedStore> {
  return { engine, contents: await engine.contents() };
}

/**
 * Marks an empty target as the copy that `begun` tells of and resolves with true, or sees that it is an unfinished one of
 * it and resolves with false.
 */
async function prepareTarget(
  from: CopyEnd,
  to: CopyEnd,
  begun: { readonly fingerprint: string; readonly lanes: readonly string[] },
  isResumed: boolean,
): Promise<boolean> {
  const unfinished = await findUnfinishedCopy(to.engine);
  if (unfinished === undefined) {
    if (!(await isEmpty(await listStore(to.engine)))) {
      const reason = isResumed ? ' and holds no unfinished copy' : ', and a copy needs an empty target';
      throw new CopyError(`${to.name} is not empty${reason}`);
    }
    if (await to.engine.transact(beginCopy, begun)) return true;
    throw new CopyError(`another copy to ${to.name} has just begun`);
  }
  if (!isResumed) throw new CopyError(`${to.name} holds an unfinished copy; --resume goes on with it`);
  if (unfinished.fingerprint !== begun.fingerprint) {
    throw new CopyError(
      `${to.name} holds an unfinished copy of something else, or ${from.name} has changed since: ` +
        'begin anew with an empty target',
    );
  }
  return false;
}

/** Whether there is nothing in a store that a copy would bring over. */
async function isEmpty({ engine, contents: { spaces, counters, shards } }: ListedStore): Promise<boolean> {
  if (counters.size > 0 || shards.length > 0 || spaces.some((space) => space !== SYSTEM_SPACE)) return false;
  for await (const { entries } of readChunks(engine, SYSTEM_SPACE)) if (entries.length > 0) return false;
  return true;
}

interface Meter {
  add(entries: number, bytes: number): void;
  total(): CopiedStore;
}

function createMeter(stage: CopyProgress['stage'], { contents }: ListedStore, { onProgress }: CopyOptions): Meter {
  const counts = contents.spaces.map((space) => contents.counters.get(itemCountCounter(space)) ?? 0);
  const expectedEntries = counts.reduce((sum, count) => sum + count, 0);
  const total = { entries: 0, bytes: 0 };
  return {
    add: (entries, bytes) => {
      total.entries += entries;
      total.bytes += bytes;
      onProgress({ stage, ...total, expectedEntries });
    },
    total: () => total,
  };
}
