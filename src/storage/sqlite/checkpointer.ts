/** The checkpoint thread, as the writer thread sees it. */
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
 * If the thread fails, the writer thread, whose child it is, fails with it; if it ends without saying why, the next
 * copy starts another.
 */
export function createCheckpointer(startThread: () => Worker): Checkpointer {
  let thread: Worker | undefined;
  let copying: Promise<void> = Promise.resolve();
  const start = () => {
    const started = startThread();
    started.once('exit', () => {
      if (thread === started) thread = undefined;
    });
    return started;
  };
  return {
    copy: () => (copying = orderCopy((thread ??= start()))),
    stop: async () => {
      await copying;
      await thread?.terminate();
    },
  };
}

/** Resolves when `thread` has copied, or has ended. */
function orderCopy(thread: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error?: Error) => {
      thread.off('message', onCopied).off('exit', onExit).off('error', settle);
      if (error === undefined) resolve();
      else reject(error);
    };
    const onCopied = () => settle();
    const onExit = () => settle();
    thread.on('message', onCopied).on('exit', onExit).on('error', settle);
    thread.postMessage('copy');
  });
}

/** Starts the thread, in TypeScript or JavaScript as this module is. */
export function startCheckpointThread(workerData: CheckpointStart): Worker {
  const file = new URL(`./checkpoint-thread${extname(import.meta.url)}`, import.meta.url);
  return new Worker(file, { workerData, name: 'checkpoint-thread' });
}
