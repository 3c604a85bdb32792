import { findUnfinishedCopy } from './copy/copy-records.ts';
import { type CheckedStore, checkStore } from './items/check-store.ts';
import { openReadOnlyStorage } from './open-storage.ts';
import { checkSpaces } from './tables/check-spaces.ts';

/**
 * Verifies a data folder without changing it, beside a running server too: the store's own integrity, that items,
 * index entries and counters agree, and that every space belongs to one table. Calls `report` with one line for each
 * problem and resolves with what was seen.
 */
export async function checkDataFolder(path: string, report: (problem: string) => void): Promise<CheckedStore> {
  const store = await openReadOnlyStorage(path);
  try {
    for (const problem of store.integrityProblems()) report(problem);
    if ((await findUnfinishedCopy(store.engine)) !== undefined) report('the store is an unfinished copy');
    const seen = await checkStore(store.engine, report);
    try {
      const { spaces } = await store.engine.contents();
      await checkSpaces(store.engine, spaces, report);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      report(`it can't be checked whose the spaces are: ${reason.replaceAll(/\s+/g, ' ')}`);
    }
    return seen;
  } finally {
    store.close();
  }
}
