/** The checkpoint thread: copies the WAL into the database when the writer asks. */
import { fdatasyncSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import type { CheckpointStart } from './messages.ts';
import { type WalState, copyWalBeside, openCheckpointing } from './wal.ts';

const { databaseFile, durable, fileDescriptor } = workerData as CheckpointStart;
const db = openCheckpointing(databaseFile, durable);
const copy = db.prepare<[], WalState>('PRAGMA wal_checkpoint(PASSIVE)');
const sync = durable ? () => fdatasyncSync(fileDescriptor) : () => undefined;

parentPort?.on('message', () => {
  parentPort?.postMessage(copyWalBeside(copy, sync));
});
