import type Database from 'better-sqlite3';

/**
 * Makes every commit and checkpoint of `db` reach the medium before it returns; or none, for a store that is not to
 * outlive its process.
 */
export function setDurability(db: Database.Database, durable: boolean): void {
  db.pragma(`synchronous = ${durable ? 'FULL' : 'OFF'}`);
  // On macOS fsync stops at the drive's cache, and this goes on to the medium; elsewhere it says nothing.
  db.pragma(`fullfsync = ${durable ? 'ON' : 'OFF'}`);
}
