import { type CheckedStore, checkStore } from './items/check-store.ts';
import { openReadOnlyStorage } from './open-storage.ts';

/**
 * Verifies a data folder without changing it, beside a running server too: the store's own integrity, and that items,
 * index entries and counters agree. Calls `report` with one line for each problem and resolves with what was seen.
 */
export async function checkDataFolder(path: string, report: (problem: string) => void): Promise<CheckedStore> {
  const store = openReadOnlyStorage(path);
  try {
    for (const problem of store.integrityProblems()) report(problem);
    return await checkStore(store.engine, report);
  } finally {
    store.close();
  }
}
