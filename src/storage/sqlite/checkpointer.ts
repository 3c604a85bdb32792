/** The checkpoint thread, as the writer thread sees it. */
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { CheckpointStart } from './messages.ts';

export interface Checkpointer {
  /** Runs `copyWalBeside` in the thread, and resolves with what it answers; with false if the thread ends. */
  copy(): Promise<boolean>;
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
  let copying: Promise<boolean> = Promise.resolve(false);
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

function orderCopy(thread: Worker): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const release = () => thread.off('message', onCopied).off('exit', onExit).off('error', onError);
    const onCopied = (isLittleLeft: boolean) => {
      release();
      resolve(isLittleLeft);
    };
    const onExit = () => onCopied(false);
    const onError = (error: Error) => {
      release();
      reject(error);
    };
    thread.on('message', onCopied).on('exit', onExit).on('error', onError);
    thread.postMessage('copy');
  });
}

/** Starts the thread, in TypeScript or JavaScript as this module is. */
export function startCheckpointThread(workerData: CheckpointStart): Worker {
  const file = new URL(`./checkpoint-thread${extname(import.meta.url)}`, import.meta.url);
  return new Worker(file, { workerData, name: 'checkpoint-thread' });
}
