/**
 * One read transaction for all reads of a turn of the event loop, while nobody writes.
 *
 * Beginning and ending a transaction costs SQLite three system calls, more than finding an entry does. A snapshot may
 * be kept as long as nothing was committed since it was taken, which the writer's count of commits tells: it moves
 * before anyone hears of the commit. While commits come, nothing is held, so that the WAL can start anew between reads.
 */
import type Database from 'better-sqlite3';

/** Commits have to pause for this long before snapshots are held. */
const QUIET_MS = 20;

export interface HeldSnapshot {
  /** Call before each read: what follows in this turn reads a snapshot with all that was committed before this call. */
  renew(): void;
}

/** `commits` is the number of commits so far, as the writer counts them. */
export function holdSnapshots(db: Database.Database, commits: () => number): HeldSnapshot {
  const begin = db.prepare('BEGIN');
  const commit = db.prepare('COMMIT');
  let held: number | undefined;
  let seen = commits();
  let seenAtMs = performance.now();

  function release(): void {
    if (held === undefined) return;
    held = undefined;
    // A failed read may have ended the transaction, and the handle may be closed.
    if (db.open && db.inTransaction) commit.run();
  }

  function renew(): void {
    // Read before the snapshot is taken, so that the snapshot is never older than the count says.
    const count = commits();
    if (count === held) return;
    release();
    if (count !== seen) {
      seen = count;
      seenAtMs = performance.now();
    } else if (performance.now() - seenAtMs > QUIET_MS) {
      begin.run();
      held = count;
      setImmediate(release);
    }
  }

  return { renew };
}
