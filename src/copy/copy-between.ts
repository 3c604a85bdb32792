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

/** A store as messages name it. */
interface NamedStore {
  readonly name: string;
  readonly engine: StorageEngine;
}

/**
 * Copies and compares. Where anything was reported the target stays marked as unfinished. Nobody else may write to
 * either store meanwhile. Rejects with CopyError for a target that is not empty, or is the copy of something else.
 */
export async function copyBetween(from: NamedStore, to: NamedStore, options: CopyOptions): Promise<CopiedStore> {
  if ((await findUnfinishedCopy(from.engine)) !== undefined) {
    throw new CopyError(`${from.name} is itself an unfinished copy`);
  }
  const source = await listStore(from.engine);
  const fingerprint = await fingerprintStore(source);
  const { first, last } = lanesOf(from.engine, source.contents);
  const lanes = [...first, last].map(({ name }) => name);
  await prepareTarget(from, to, { fingerprint, lanes }, options.isResumed);
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
  if (isSame) await to.engine.transact(forgetCopy, await listCopyRecords(to.engine));
  return verified.total();
}

async function listStore(engine: StorageEngine): Promise<ListedStore> {
  return { engine, contents: await engine.contents() };
}

/** Marks an empty target as the copy that `begun` tells of, or sees that it is an unfinished one of it. */
async function prepareTarget(
  from: NamedStore,
  to: NamedStore,
  begun: { readonly fingerprint: string; readonly lanes: readonly string[] },
  isResumed: boolean,
): Promise<void> {
  const unfinished = await findUnfinishedCopy(to.engine);
  if (unfinished === undefined) {
    if (!(await isEmpty(to.engine))) {
      const reason = isResumed ? ' and holds no unfinished copy' : ', and a copy needs an empty target';
      throw new CopyError(`${to.name} is not empty${reason}`);
    }
    if (await to.engine.transact(beginCopy, begun)) return;
    throw new CopyError(`another copy to ${to.name} has just begun`);
  }
  if (!isResumed) throw new CopyError(`${to.name} holds an unfinished copy; --resume goes on with it`);
  if (unfinished.fingerprint !== begun.fingerprint) {
    throw new CopyError(
      `${to.name} holds an unfinished copy of something else, or ${from.name} has changed since: ` +
        'begin anew with an empty target',
    );
  }
}

async function isEmpty(target: StorageEngine): Promise<boolean> {
  const { spaces, counters, shards } = (await listStore(target)).contents;
  if (counters.size > 0 || shards.length > 0 || spaces.some((space) => space !== SYSTEM_SPACE)) return false;
  for await (const { entries } of readChunks(target, SYSTEM_SPACE)) if (entries.length > 0) return false;
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
