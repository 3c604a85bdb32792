import { findUnfinishedCopy } from './copy/copy-records.ts';
import { reportFailure } from './items/check-entries.ts';
import { type CheckedStore, checkStore } from './items/check-store.ts';
import { checkSystem } from './items/check-system.ts';
import { openReadOnlyStorage } from './open-storage.ts';
import { checkTriggers } from './streams/consumers/check-triggers.ts';
import { checkSpaces } from './tables/check-spaces.ts';

/**
 * Verifies a data folder without changing it, beside a running server too: the store's own integrity, that items,
 * index entries and counters agree, that what the system keeps agrees with them, and that every space belongs to one
 * table. Calls `report` with one line for each problem and resolves with what was seen.
 */
export async function checkDataFolder(path: string, report: (problem: string) => void): Promise<CheckedStore> {
  const store = await openReadOnlyStorage(path);
  try {
    for (const problem of store.integrityProblems()) report(problem);
    await reportFailure("it can't be checked whether the store is an unfinished copy", report, async () => {
      if ((await findUnfinishedCopy(store.engine)) !== undefined) report('the store is an unfinished copy');
    });
    const seen = await checkStore(store.engine, report);
    await checkSystem(store.engine, report);
    await reportFailure("triggers can't be checked", report, () => checkTriggers(store.engine, report));
    await reportFailure("it can't be checked whose the spaces are", report, async () => {
      const { spaces } = await store.engine.contents();
      await checkSpaces(store.engine, spaces, report);
    });
    return seen;
  } finally {
    store.close();
  }
}
