/** The checkpoint thread, as the writer thread sees it. */
import { once } from 'node:events';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { CheckpointStart } from './messages.ts';

export interface Checkpointer {
  /** Copies what it can of the WAL into the database, beside the writer; resolves when that is done. */
  copy(): Promise<void>;
  /** Ends the thread, after what it is doing. */
  stop(): Promise<void>;
}

/**
 * Starts the thread when there is first something to copy: a store that is barely written to never needs it.
 * If the thread fails the writer thread, whose child it is, fails with it.
 */
export function createCheckpointer(start: CheckpointStart): Checkpointer {
  let thread: Worker | undefined;
  let copying: Promise<void> = Promise.resolve();
  const copy = async () => {
    thread ??= startThread(start);
    thread.postMessage('copy');
    await once(thread, 'message');
  };
  return {
    copy: () => (copying = copy()),
    stop: async () => {
      await copying;
      await thread?.terminate();
    },
  };
}

function startThread(workerData: CheckpointStart): Worker {
  const file = new URL(`./checkpoint-thread${extname(import.meta.url)}`, import.meta.url);
  return new Worker(file, { workerData, name: 'checkpoint-thread' });
}
