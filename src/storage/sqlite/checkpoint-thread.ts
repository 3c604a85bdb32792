/** The checkpoint thread: copies the WAL into the database when the writer asks. */
import { parentPort, workerData } from 'node:worker_threads';
import type { CheckpointStart } from './messages.ts';
import { copyWal, openCheckpointing } from './wal.ts';

const { databaseFile, durable } = workerData as CheckpointStart;
const db = openCheckpointing(databaseFile, durable);
const copy = db.prepare<[]>('PRAGMA wal_checkpoint(PASSIVE)');

parentPort?.on('message', () => {
  copyWal(copy);
  parentPort?.postMessage('copied');
});
