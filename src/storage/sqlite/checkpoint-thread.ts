/** The checkpoint thread: copies the WAL into the database when the writer asks. */
import { parentPort, workerData } from 'node:worker_threads';
import Database from 'better-sqlite3';
import { setDurability } from './durability.ts';
import type { CheckpointStart } from './messages.ts';
import { copyWal } from './wal.ts';

const { databaseFile, durable } = workerData as CheckpointStart;
const db = new Database(databaseFile, { fileMustExist: true });
// A checkpoint syncs the WAL before it copies and the database after, so that the WAL may be written anew.
setDurability(db, durable);
const copy = db.prepare<[]>('PRAGMA wal_checkpoint(PASSIVE)');

parentPort?.on('message', () => {
  copyWal(copy);
  parentPort?.postMessage('copied');
});
