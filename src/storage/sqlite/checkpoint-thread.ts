/** The checkpoint thread: copies the WAL into the database when the writer asks. */
import { fdatasyncSync } from 'node:fs';
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import type { CheckpointStart } from './messages.ts';
import { type WalState, copyWalBeside, openCheckpointing } from './wal.ts';

/** Between 0, that of the other threads, and 19, the lowest. */
const PRIORITY = 10;

const { databaseFile, durable, fileDescriptor } = workerData as CheckpointStart;
const db = openCheckpointing(databaseFile, durable);
const copy = db.prepare<[], WalState>('PRAGMA wal_checkpoint(PASSIVE)');
const sync = durable ? () => fdatasyncSync(fileDescriptor) : () => undefined;

// The requests go first where cores are few. Elsewhere than on Linux, this would be the whole process's priority.
if (process.platform === 'linux') setPriority(PRIORITY);

parentPort?.on('message', () => {
  parentPort?.postMessage(copyWalBeside(copy, sync));
});
