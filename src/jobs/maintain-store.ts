/** Has the storage engine do what it leaves for later; see `StorageEngine.maintain`. */
import type { StorageEngine } from '../storage/engine.ts';
import type { Job } from './job.ts';

const INTERVAL_MS = 1_000;

/** The jobs that `engine` needs for itself: one or none. It may run anywhere; the lease only spares double work. */
export function listMaintenanceJobs(engine: Pick<StorageEngine, 'maintain'>): Job[] {
  const { maintain } = engine;
  if (maintain === undefined) return [];
  return [{ name: 'maintain-store', intervalMs: INTERVAL_MS, run: () => maintain() }];
}
